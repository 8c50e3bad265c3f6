"""`extend`: a language's new subwords for an encoder, then masked language modelling; the result is an encoder folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.choices import BUILT_IN
from lraln_core.encoder.registry import pick_device
from lraln_core.encoder.training.mlm import PRESETS
from lraln_core.encoder.training.vocabulary import Initialization
from lraln_core.files.workspace import Workspace
from lraln_core.runs.extension import ExtensionConfig, extend, preset
from lraln_core.text.corpus import prepare_corpus
from lraln_core.threads import limit_threads

from .compute import print_json, progress_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `extend`."""
    parser.add_argument("--corpus", type=Path, required=True, help="monolingual text, one sentence a line")
    parser.add_argument("--lang", required=True, help="ISO 639 code of its language, e.g. gu")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new encoder; appears whole or not at all")
    parser.add_argument("--tokenized", action="store_true", help="take whitespace-tokenised text as it is")
    parser.add_argument("--column", default="", help="column name or number for .tsv and .csv files")
    parser.add_argument("--new-pieces", type=_count, default=10_000, help="at most so many new subwords (default 10000, as in the paper)")
    parser.add_argument(
        "--init",
        choices=list(Initialization),
        default=Initialization.PIECES,
        help="rows of new subwords: mean of the old pieces that spelled them (default), or random",
    )
    parser.add_argument(
        "--preset", choices=list(PRESETS), default="cpu", help="settings of masked language modelling: cpu (default), or paper, for a GPU"
    )
    parser.add_argument("--mlm-steps", type=_count, help="training steps instead of the preset's; 0 for none")
    parser.add_argument("--encoder", help=f"encoder to extend: name or folder (default {BUILT_IN})")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=_count, help="processor threads, 0 for all")
    parser.add_argument("--seed", type=_count, default=1)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    limit_threads(options.threads or 0)
    device = pick_device(options.device or "auto")
    workspace.require_writable()
    corpus = prepare_corpus(
        options.corpus,
        options.lang,
        workspace.corpora,
        tokenized=options.tokenized,
        column=options.column,
        progress=progress_line("reading", stop),
    )
    config = ExtensionConfig(
        options.new_pieces, Initialization(options.init), preset(options.preset, seed=options.seed, steps=options.mlm_steps), options.seed
    )
    out = options.out.resolve()
    record = extend(
        options.encoder or BUILT_IN, corpus, config, out, workspace, device=device, progress=lambda what: progress_line(what, stop)
    )
    print_json({"out": str(out)} | {key: value for key, value in record.items() if key != "settings"})
    return 0


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)
