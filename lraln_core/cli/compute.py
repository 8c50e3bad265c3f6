"""Shared by commands that compute: the encoder from options, CCWRs through the cache, progress on stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words, WordVectors
from lraln_core.runs.config import EncoderConfig
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
    )


def maps_from(path: Path | None, encoder: Encoder) -> Maps | None:
    """The maps a user named, checked against the encoder."""
    return maps_module.load(path, encoder_fingerprint=encoder.fingerprint)[0] if path else None


def mapped(words: WordVectors, matrix: Any) -> WordVectors:
    """The words under one map, or unchanged for None."""
    return words if matrix is None else words.replace_vectors(maps_module.apply(matrix, words.vectors))


def fetch(sentences: Sequence[Words], encoder: Encoder, workspace: Workspace, what: str, stop: Callable[[], bool]) -> WordVectors:
    """CCWRs from the cache, encoding what is missing."""
    workspace.require_writable()
    words = CcwrCache(workspace.ccwrs).fetch(sentences, encoder, progress=progress_line(what, stop))
    if words.lost_words:
        reason = "past the encoder's limit or invisible to it"
        print(f"Warning: {words.lost_words} words of the {what} have no vector: {reason}.", file=sys.stderr)
    return words
