"""`report`: a run as one HTML file that opens in any browser; with --filters, all its pairs to search in."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.exchange.offline import MOST_PAIRS, write_offline
from lraln_core.exchange.report import write_report
from lraln_core.exchange.run_database import database_of, find_run
from lraln_core.files.workspace import Workspace

from .arguments import number
from .output import print_json, progress_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("--run", required=True, help="name of a run in the workspace, or its folder")
    parser.add_argument("--out", type=Path, required=True, help="HTML file to write")
    parser.add_argument(
        "--filters",
        action="store_true",
        help="write all pairs with filters that work without a network, in place of the report with a sample",
    )
    parser.add_argument(
        "--pairs",
        type=number(int, 1, 1_000_000),
        default=MOST_PAIRS,
        help=f"with --filters: at most so many, the most similar (default {MOST_PAIRS})",
    )


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    folder = find_run(options.run, workspace)
    with database_of(folder, workspace) as db:
        if options.filters:
            pairs = write_offline(db, folder.id, options.out, most=options.pairs, progress=progress_line("pairs", stop))
            print_json({"out": str(options.out), "run": folder.id, "pairs": pairs})
            return 0
        write_report(db, folder.id, options.out)
    print_json({"out": str(options.out), "run": folder.id})
    return 0
