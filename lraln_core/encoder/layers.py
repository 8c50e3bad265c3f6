"""Several layers of one encoder in one pass, each kept in the CCWR cache as if it had been encoded alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lraln_core.errors import EncoderError
from lraln_core.records import Progress, Words, WordVectors

from .ccwr_cache import CcwrCache
from .frozen import resolve_layer
from .registry import Encoder, open_encoder


@dataclass(frozen=True)
class LayerSet:
    """The wanted layers of an encoder: an `Encoder` for each, whose fingerprint is the one that a run with this layer has."""

    deepest: Encoder
    encoders: dict[int, Encoder]  # by layer, counted from the embedding layer 0

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers, ascending."""
        return tuple(self.encoders)

    def fill(self, cache: CcwrCache, sentences: Sequence[Words], *, progress: Progress | None = None) -> None:
        """Encode what is missing in the cache of any of the layers, all layers in one pass."""
        prints = [encoder.fingerprint for encoder in self.encoders.values()]
        cache.fill(sentences, prints, lambda batch, report: self._encode(batch, report), progress=progress)

    def fetch(self, cache: CcwrCache, layer: int, sentences: Sequence[Words]) -> WordVectors:
        """CCWRs of one layer from the cache, float16."""
        return cache.fetch(sentences, self.encoders[layer])

    def _encode(self, sentences: Sequence[Words], progress: Progress | None) -> tuple[WordVectors, ...]:
        return self.deepest.loaded.encode_layers(sentences, self.layers, progress=progress)


def open_layers(name: str, layers: Sequence[int] = (), **options: Any) -> LayerSet:
    """The layers of an encoder, all of them where none is named; negative numbers count from the end. options: of `open_encoder`.

    Raises EncoderError for an unknown encoder or layer.
    """
    whole = open_encoder(name, layer=-1, **options)
    count = whole.layer_count
    wanted = sorted({resolve_layer(layer, count) for layer in layers} or range(count + 1))
    # A run names its layer as its configuration does, and -1, the default, is the last one.
    encoders = {layer: whole if layer == count else open_encoder(name, layer=layer, **options) for layer in wanted}
    if len({encoder.fingerprint for encoder in encoders.values()}) != len(encoders):
        raise EncoderError(f"Two layers of {name} cannot be told apart.")
    return LayerSet(encoders[wanted[-1]], encoders)
