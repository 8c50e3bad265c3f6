"""Mining and word retrieval on texts directly, without a run: what the commands `mine` and `evaluate` and the Python interface share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import mining
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.alignment.mining import MiningResult
from lraln_core.choices import BUILT_IN, Candidates, RetrievalScoring
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.errors import RunError
from lraln_core.evaluation.retrieval import RetrievalResult, retrieve
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText, Words, WordVectors
from lraln_core.text.corpus import Corpus

from . import presets
from .config import MiningConfig, require_searchable
from .pair_source import pair_columns

Fetch = Callable[[Sequence[Words], str], WordVectors]
"""Sentences and the side they are of ("source", "target") to CCWRs."""


def encoder_for(name: str = BUILT_IN, maps: Path | None = None, **given: Any) -> Encoder:
    """The encoder of that name with the options given (see open_encoder) or, where these leave it open, as the maps need it.

    maps: a maps file. Maps of a run with a preset are for that preset's word vectors, and a file names only their fingerprint.
    Raises EncoderError.
    """
    like = maps_module.fingerprint_in(maps) if maps else ""
    if like and not {"layer", "pooling", "inner_depth", "inner_weight"} & given.keys():
        for preset in presets.Preset:
            found = open_encoder(name, like=like, **(presets.VALUES[preset]["encoder"] | given))
            if found.fingerprint == like:
                return found
    return open_encoder(name, like=like, **given)


@dataclass(frozen=True)
class MinedTexts:
    """The pairs of two samples of sentences."""

    result: MiningResult
    positions: tuple[np.ndarray, np.ndarray]  # of the sampled sentences in their corpora, sorted
    words: tuple[list[Words], list[Words]]

    def table(self) -> pa.Table:
        """One row a pair: tokens and corpus positions, in the columns of schemas.PAIRS."""
        return schemas.build(pair_columns(self.result.pairs, 0, self.positions, *self.words), schemas.PAIRS)


def mine_corpora(
    src: Corpus, trg: Corpus, fetch: Fetch, maps: Maps | None, options: MiningConfig, *, sample_size: int, seed: int
) -> MinedTexts:
    """Word pairs of two corpora without training (section 3.1 of the paper).

    sample_size sentences are drawn from each side, 0 takes all; maps are applied to the vectors before. Of the options, method,
    threshold, mining_k, scoring and backend count. Raises ConfigError, EncoderError, MapsError.
    """
    require_searchable(options)
    positions = tuple(
        np.sort(rng_for(seed, f"sample-{side}").choice(len(corpus), min(sample_size or len(corpus), len(corpus)), replace=False))
        for side, corpus in (("src", src), ("trg", trg))
    )
    words = (src.words(positions[0]), trg.words(positions[1]))
    result = mining.mine(
        _mapped(fetch(words[0], "source"), maps.src if maps else None),
        _mapped(fetch(words[1], "target"), maps.trg if maps else None),
        method=options.method,
        threshold=options.threshold,
        mining_k=options.mining_k,
        scoring=options.scoring,
        backend=options.backend,
    )
    return MinedTexts(result, (positions[0], positions[1]), words)


def evaluate_text(
    text: ParallelText,
    fetch: Fetch,
    maps: Maps | None,
    *,
    csls_k: int,
    scoring: RetrievalScoring,
    candidates: Candidates,
    bootstrap_samples: int,
    seed: int,
    name: str,
) -> RetrievalResult:
    """Contextual word retrieval on parallel text (section 4.2 of the paper); name: of its file, for messages.

    Raises RunError for a text without word links.
    """
    if not text.link_count:
        raise RunError(f"{name} has no aligned word pair, so nothing can be retrieved.")
    return retrieve(
        _mapped(fetch(text.src, "source"), maps.src if maps else None),
        _mapped(fetch(text.trg, "target"), maps.trg if maps else None),
        text.pairs(),
        csls_k=csls_k,
        bootstrap_samples=bootstrap_samples,
        rng=rng_for(seed, "bootstrap"),
        scoring=scoring,
        candidates=candidates,
    )


def _mapped(words: WordVectors, language_map: LanguageMap | None) -> WordVectors:
    return words if language_map is None else words.replace_vectors(maps_module.apply(language_map, words.vectors))
