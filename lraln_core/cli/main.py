"""Arguments, exit codes and signals. 0 done, 2 bad input or usage with one sentence on stderr, 130 cancelled."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lraln_core.choices import BUILT_IN, Backend, Candidates, MiningMethod, Pooling, Precision, RetrievalScoring, Scoring
from lraln_core.errors import Cancelled, LralnError
from lraln_core.files.workspace import Workspace
from lraln_core.runs.presets import DEFAULT, Preset
from lraln_core.runs.samples import SAMPLES

from . import align_words, app, corpus, doctor, evaluate, export, extend, import_run, lesson, mine, ner, project, report, run, suite

DONE, BAD_INPUT, CANCELLED = 0, 2, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


class StopFlag:
    """Set by the first SIGINT or SIGTERM; asked by the run at its next step. A second signal ends the process at once."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._set)

    def _set(self, *_: object) -> None:
        if self.wanted:
            os._exit(CANCELLED)
        self.wanted = True

    def __call__(self) -> bool:
        return self.wanted


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = _Parser(prog="python -m lraln_core", description="Align word representations of a low-resource language with English.")
    parser.add_argument("--workspace", type=Path, help="folder for caches and runs (default: cache/ of the project, or LRALN_WORKSPACE)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    add = commands.add_parser("doctor", help="check versions, memory, disk, threads, encoder, workspace; say what to fix")
    add.set_defaults(call=doctor.main)

    add = commands.add_parser("app", help="serve the pages on this machine")
    app.add_arguments(add)
    add.set_defaults(call=app.main)

    add = commands.add_parser("run", help="one whole run: mine, train, evaluate")
    what = add.add_mutually_exclusive_group(required=True)
    what.add_argument("--sample", choices=SAMPLES, help="run on the project's own data")
    what.add_argument("--config", type=Path, help="TOML (or JSON) file; paths in it are relative to its folder")
    add.add_argument(
        "--preset",
        choices=list(Preset),
        help=f"paper or recommended, under what the file says; the samples take {DEFAULT} without it, a file the defaults or its own key",
    )
    add.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override an option, e.g. training.steps=1000")
    add.add_argument("--run-dir", type=Path, help="folder of the run; the same folder continues an unfinished run")
    add.add_argument("--tokenized", action="store_true", help="take all text of the run as it is, words separated by spaces")
    add.add_argument("--quiet", action="store_true", help="no progress on stderr; the run folder's log.txt has it all the same")
    _compute_options(add, seed=True)
    add.set_defaults(call=run.main)

    add = commands.add_parser("corpus", help="show what a text file holds, or prepare it as a corpus")
    corpus.add_arguments(add)
    add.set_defaults(call=corpus.main)

    add = commands.add_parser("mine", help="mine word pairs from two monolingual files")
    add.add_argument("--src", type=Path, required=True)
    add.add_argument("--trg", type=Path, required=True)
    _language_options(add)
    corpus.add_reading_arguments(add, "the --src file")
    add.add_argument("--method", choices=list(MiningMethod), default=MiningMethod.FORWARD_BACKWARD)
    add.add_argument("--threshold", type=float, default=0.2)
    add.add_argument("--mining-k", type=_positive, default=1)
    add.add_argument("--scoring", choices=list(Scoring), default=Scoring.COSINE)
    add.add_argument("--backend", choices=list(Backend), default=Backend.EXACT, help="exact search or a FAISS index")
    add.add_argument("--sample-size", type=_natural, default=0, help="draw N sentences a side; 0 (default) takes all")
    add.add_argument("--maps", type=Path, help="maps.safetensors of a run, applied before mining")
    add.add_argument("--out", type=Path, required=True, help="Parquet file of the pairs")
    _compute_options(add, seed=True, layers=True)
    add.set_defaults(call=mine.main)

    add = commands.add_parser("evaluate", help="contextual word retrieval on parallel text")
    add.add_argument("--parallel", type=Path, required=True, help="source TAB target, one pair a line")
    add.add_argument("--alignments", type=Path, help="Pharaoh file; without it fast_align aligns the text")
    _language_options(add)
    add.add_argument("--maps", type=Path, help="maps.safetensors of a run")
    add.add_argument("--csls-k", type=_positive, default=10)
    add.add_argument(
        "--scoring",
        choices=list(RetrievalScoring),
        default=RetrievalScoring.CSLS,
        help="csls, or csls_published: what the paper's code computes",
    )
    add.add_argument(
        "--candidates",
        choices=list(Candidates),
        default=Candidates.ALL,
        help="look among all words of the other side (the paper's wording), or only gold-linked words (its code)",
    )
    add.add_argument("--bootstrap-samples", type=_natural, default=1000)
    _compute_options(add, seed=True, layers=True)
    add.set_defaults(call=evaluate.main)

    add = commands.add_parser("ner", help="zero-shot named entity recognition with or without the maps of a run")
    ner.add_arguments(add)
    _compute_options(add, seed=True, layers=True)
    add.set_defaults(call=ner.main)

    add = commands.add_parser("suite", help="systems x languages x seeds as one job; writes the paper's tables")
    suite.add_arguments(add)
    add.set_defaults(call=suite.main)

    add = commands.add_parser("export", help="write the pairs of a run as tsv, parquet, pharaoh, tmx or moses, or the run as an archive")
    export.add_arguments(add)
    add.set_defaults(call=export.main)

    add = commands.add_parser("import", help="take in a run that another computer exported as an archive")
    import_run.add_arguments(add)
    add.set_defaults(call=import_run.main)

    add = commands.add_parser("report", help="write a run as one HTML file that opens in any browser")
    report.add_arguments(add)
    add.set_defaults(call=report.main)

    add = commands.add_parser("extend", help="extend an encoder's vocabulary for a language and train it on monolingual text")
    extend.add_arguments(add)
    add.set_defaults(call=extend.main)

    add = commands.add_parser("lesson", help="prepare the lesson of a sample pair for the page Guide")
    lesson.add_arguments(add)
    add.set_defaults(call=lesson.main)

    add = commands.add_parser("project", help="lay the word vectors of a finished run on a plane, before and after, for the page Space")
    project.add_arguments(add)
    add.set_defaults(call=project.main)

    add = commands.add_parser("align-words", help="word-align parallel text with fast_align, both directions, intersected")
    add.add_argument("--parallel", type=Path, required=True)
    _language_options(add)
    add.add_argument("--out", type=Path, required=True, help="Pharaoh file")
    add.set_defaults(call=align_words.main)
    return parser


def _language_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("--src-lang", required=True, help="ISO 639 code, e.g. mk")
    add.add_argument("--trg-lang", required=True, help="ISO 639 code, e.g. en")
    add.add_argument("--tokenized", action="store_true", help="take whitespace-tokenised text as it is")


def _compute_options(add: argparse.ArgumentParser, *, seed: bool = False, layers: bool = False) -> None:
    add.add_argument("--encoder", help=f"encoder name or folder (default {BUILT_IN})")
    add.add_argument("--device", help="auto, cpu or cuda")
    add.add_argument("--threads", type=_natural, help="processor threads, 0 for all")
    if seed:
        add.add_argument("--seed", type=_natural)
    if layers:
        add.add_argument("--layer", type=int, default=-1)
        add.add_argument("--pooling", choices=list(Pooling), default=Pooling.LAST)
        add.add_argument("--precision", choices=list(Precision), default=Precision.FLOAT32, help="numbers the model computes in")


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _positive(text: str) -> int:
    if _natural(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
    workspace = Workspace(options.workspace.resolve()) if options.workspace else Workspace.default()
    try:
        return options.call(options, workspace, StopFlag())
    except Cancelled as stopped:
        print(f"{stopped} The same command continues it.", file=sys.stderr)
        return CANCELLED
    except LralnError as error:
        print(f"Error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
