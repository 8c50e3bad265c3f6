"""Shared by commands that compute: the encoder from options, CCWRs through the cache, progress on stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words, WordVectors
from lraln_core.runs.config import EncoderConfig
from lraln_core.runs.direct import Fetch
from lraln_core.threads import limit_threads

from .output import progress_line


def encoder_from(options: argparse.Namespace) -> Encoder:
    """The encoder named by the options; sets the number of threads."""
    limit_threads(options.threads or 0)
    defaults = EncoderConfig()
    return open_encoder(
        options.encoder or defaults.name,
        layer=defaults.layer if options.layer is None else options.layer,
        pooling=Pooling(options.pooling or defaults.pooling),
        device=options.device or defaults.device,
        precision=Precision(options.precision or defaults.precision),
        like=maps_module.fingerprint_in(options.maps) if getattr(options, "maps", None) else "",
    )


def maps_from(path: Path | None, encoder: Encoder) -> Maps | None:
    """The maps a user named, checked against the encoder."""
    return maps_module.load(path, encoder_fingerprint=encoder.fingerprint)[0] if path else None


def fetcher(encoder: Encoder, workspace: Workspace, stop: Callable[[], bool]) -> Fetch:
    """CCWRs from the cache, encoding what is missing, with progress on stderr and a warning about words without a vector."""
    workspace.require_writable()
    cache = CcwrCache(workspace.ccwrs)

    def fetch(sentences: Sequence[Words], side: str) -> WordVectors:
        words = cache.fetch(sentences, encoder, progress=progress_line(f"{side} sentences", stop))
        if words.lost_words:
            reason = "past the encoder's limit or invisible to it"
            print(f"Warning: {words.lost_words} words of the {side} sentences have no vector: {reason}.", file=sys.stderr)
        return words

    return fetch
