"""`import`: import a run that another computer exported with `export --format archive`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.errors import RunError
from lraln_core.exchange.unpack import Limits, unpack_run
from lraln_core.files.workspace import Workspace

from .arguments import number
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("archive", type=Path, help="file made by: export --format archive")
    parser.add_argument(
        "--max-gigabytes", type=number(float, 0.0, 100_000.0), default=4.0, help="refuse archives whose contents are larger (default 4)"
    )


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    if not options.archive.is_file():
        raise RunError(f"There is no file {options.archive}.")
    if not 0 < options.max_gigabytes < 1e6:
        raise RunError(f"--max-gigabytes {options.max_gigabytes} is not a size.")
    found = unpack_run(options.archive, workspace, Limits(unpacked_bytes=int(options.max_gigabytes * 1e9)))
    print_json({"run": found.run_id, "new": found.is_new, "corpora": list(found.corpora), "folder": str(workspace.runs / found.run_id)})
    return 0
