"""Commands, exit codes and signals. 0 done, 2 bad input or usage with one sentence on stderr, 130 cancelled.

A command is a module of this folder with `add_arguments(parser)` and `main(options, workspace, stop)`, which returns the exit code. Only
the module of the command at hand is imported, so `--help` is quick and a signal during the imports ends the process at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from lraln_core.errors import Cancelled, LralnError
from lraln_core.files.workspace import Workspace

DONE, BAD_INPUT, CANCELLED = 0, 2, 130
COMMANDS = {  # name: (module, what it does)
    "doctor": ("doctor", "check versions, memory, disk, threads, encoder and workspace; say what to fix"),
    "app": ("app", "serve the pages on this machine"),
    "run": ("run", "one whole run: mine, train, evaluate"),
    "corpus": ("corpus", "show what a text file holds, or prepare it as a corpus"),
    "mine": ("mine", "mine word pairs from two monolingual files"),
    "evaluate": ("evaluate", "contextual word retrieval on parallel text"),
    "ner": ("ner", "zero-shot named entity recognition with or without the maps of a run"),
    "suite": ("suite", "systems x languages x seeds as one job; writes the paper's tables"),
    "export": ("export", "write the pairs of a run as tsv, parquet, pharaoh, tmx or moses, or the run as an archive"),
    "import": ("import_run", "import a run that another computer exported as an archive"),
    "report": ("report", "write a run as one HTML file that opens in any browser"),
    "extend": ("extend", "extend an encoder's vocabulary for a language and train it on monolingual text"),
    "lesson": ("lesson", "prepare the lesson of a sample pair for the page Guide"),
    "project": ("project", "project the word vectors of a finished run to two dimensions, before and after, for the page Space"),
    "align-words": ("align_words", "word-align parallel text with fast_align, both directions, intersected"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


class StopFlag:
    """Set by the first SIGINT or SIGTERM and checked by the command at its next step. A second signal ends the process at once, and so
    does the first before the command has begun, when there is nothing to finish."""

    def __init__(self) -> None:
        self.wanted, self.begun = False, False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._set)

    def _set(self, *_: object) -> None:
        if self.wanted or not self.begun:
            os._exit(CANCELLED)
        self.wanted = True

    def __call__(self) -> bool:
        return self.wanted


def build_parser(loaded: Iterable[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """All commands; those `loaded` with their arguments and their function."""
    parser = _Parser(prog="python -m lraln_core", description="Align word representations of a low-resource language with English.")
    parser.add_argument("--workspace", type=Path, help="folder for caches and runs (default: cache/ of the project, or LRALN_WORKSPACE)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, (module, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name in loaded:
            code = importlib.import_module(f"lraln_core.cli.{module}")
            code.add_arguments(command)
            command.set_defaults(call=code.main)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    stop = StopFlag()
    options = build_parser([name for name in COMMANDS if name in arguments]).parse_args(arguments)
    workspace = Workspace(options.workspace.resolve()) if options.workspace else Workspace.default()
    stop.begun = True
    try:
        return int(options.call(options, workspace, stop))
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
