"""`similarities`: how similar the words of sentence pairs are before and after a run, for the page Word alignment."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.errors import ConfigError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.word_alignment.job import compute
from lraln_core.runs.word_alignment.request import MOST_PAIRS, USUAL_PAIRS, SimilarityRequest

from .arguments import add_quiet, number
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `similarities`."""
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a finished run; the result is written into it")
    parser.add_argument("--parallel", type=Path, help="source TAB target, one pair a line; without it the test set of the run")
    parser.add_argument("--alignments", type=Path, help="gold links of --parallel: Pharaoh, NAACL or Talp file")
    parser.add_argument("--tokenized", action="store_true", help="--parallel is already tokenised: words separated by spaces")
    parser.add_argument("--src-text", default="", help="one sentence in the source language, instead of a file")
    parser.add_argument("--trg-text", default="", help="its translation")
    parser.add_argument("--pairs", type=number(int, 1, MOST_PAIRS), default=USUAL_PAIRS, help=f"at most so many (default {USUAL_PAIRS})")
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    path = lambda given: str(given.resolve()) if given else ""
    if options.parallel and (options.src_text or options.trg_text):
        raise ConfigError("--parallel and --src-text exclude each other: compare a file, or one sentence pair.")
    request = SimilarityRequest(
        path(options.parallel), path(options.alignments), options.tokenized, options.src_text, options.trg_text, options.pairs
    )
    workspace.require_writable()
    print_json(compute(RunFolder(options.run_dir.resolve()), request, workspace, terminal=not options.quiet, stop=stop))
    return 0
