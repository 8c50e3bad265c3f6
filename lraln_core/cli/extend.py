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

from .arguments import add_encoder, add_seed, number
from .output import print_json, progress_line, seed_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `extend`."""
    parser.add_argument("--corpus", type=Path, required=True, help="monolingual text, one sentence a line")
    parser.add_argument("--lang", required=True, help="ISO 639 code of its language, e.g. gu")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new encoder; appears whole or not at all")
    parser.add_argument("--tokenized", action="store_true", help="the text is already tokenised: words separated by spaces")
    parser.add_argument("--column", default="", help="column name or number for .tsv and .csv files")
    parser.add_argument(
        "--new-pieces",
        type=number(int, 0, 10_000_000),
        default=10_000,
        help="at most so many new subwords (default 10000, as in the paper)",
    )
    parser.add_argument(
        "--init",
        choices=list(Initialization),
        default=Initialization.PIECES,
        help="rows of new subwords: mean of the old pieces that spelled them (default), or random",
    )
    parser.add_argument(
        "--preset", choices=list(PRESETS), default="cpu", help="settings of masked language modelling: cpu (default), or paper, for a GPU"
    )
    parser.add_argument("--mlm-steps", type=number(int, 0, 100_000_000), help="training steps instead of the preset's; 0 for none")
    add_encoder(parser)
    add_seed(parser)


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
    seed = seed_of(options)
    training = preset(options.preset, seed=seed, steps=options.mlm_steps)
    config = ExtensionConfig(options.new_pieces, Initialization(options.init), training, seed)
    out = options.out.resolve()
    record = extend(
        options.encoder or BUILT_IN, corpus, config, out, workspace, device=device, progress=lambda what: progress_line(what, stop)
    )
    print_json({"out": str(out)} | {key: value for key, value in record.items() if key != "settings"})
    return 0
