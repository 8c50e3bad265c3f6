"""`score`: score the mined pairs of a finished run with its final maps, for the page Pairs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.cli.arguments import add_quiet
from lraln_core.cli.output import print_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.score_job import score


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `score`."""
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a finished run; the scores are written into it")
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    workspace.require_writable()
    print_json(score(RunFolder(options.run_dir.resolve()), workspace, terminal=not options.quiet, stop=stop))
    return 0
