"""`report`: a run as one HTML file that opens in any browser."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.exchange.report import write_report
from lraln_core.exchange.run_database import database_of, find_run
from lraln_core.files.workspace import Workspace

from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("--run", required=True, help="name of a run in the workspace, or its folder")
    parser.add_argument("--out", type=Path, required=True, help="HTML file to write")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    folder = find_run(options.run, workspace)
    with database_of(folder, workspace) as db:
        write_report(db, folder.id, options.out)
    print_json({"out": str(options.out), "run": folder.id})
    return 0
