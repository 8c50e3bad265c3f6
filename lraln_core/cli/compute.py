"""Shared by commands that compute: the encoder from options, CCWRs through the cache, progress on stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.choices import BUILT_IN
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words, WordVectors
from lraln_core.runs.direct import Fetch, encoder_for
from lraln_core.threads import limit_threads

from .output import progress_line


def encoder_from(options: argparse.Namespace) -> Encoder:
    """The encoder named by the options; sets the number of threads."""
    limit_threads(options.threads or 0)
    names = ("layer", "pooling", "inner_depth", "inner_weight", "device", "precision")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return encoder_for(options.encoder or BUILT_IN, getattr(options, "maps", None), **given)


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
