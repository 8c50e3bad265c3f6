"""`suite`: systems x languages x seeds as one resumable job, and the paper's tables from it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..runs import suite, suite_config, suite_tables
from ..workspace import Workspace
from .compute import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sample", action="store_true", help="every system on the three sample pairs")
    what.add_argument("--config", type=Path, help="TOML file of the suite")
    parser.add_argument("--out", type=Path, required=True, help="folder of the suite; the same folder continues an unfinished one")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    config = suite_config.sample_suite() if options.sample else suite_config.load(options.config)
    workspace.require_writable()
    out = options.out.resolve()
    results = suite.run(config, out, workspace, stop=stop)
    frame = suite_tables.build(results)
    written = suite_tables.write(frame, out / "tables")
    print_json({
        "out": str(out), "runs": len(results), "tables": [path.name for path in written],
        "failed": {result.cell.name: result.error for result in results if result.error},
    })
    return 0
