"""`lesson`: prepare the vectors of a lesson, shown by the page Guide without a language model."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from lraln_core.files.workspace import Workspace
from lraln_core.lesson import prepare
from lraln_core.runs.samples import SAMPLES
from lraln_core.threads import limit_threads

from .arguments import number
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `lesson`."""
    parser.add_argument("--pair", choices=SAMPLES, required=True, help="which sample")
    parser.add_argument("--threads", type=number(int, 0, 1024), default=0, help="processor threads, 0 for all")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    limit_threads(options.threads)
    workspace.require_writable()
    print_json({"out": str(prepare.work(options.pair, workspace, terminal=not options.quiet, stop=stop))})
    return 0
