"""`suite`: systems x languages x seeds as one resumable job, and the paper's tables from it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.files.workspace import Workspace
from lraln_core.runs.suite import config as suite_config
from lraln_core.runs.suite import job as suite_job

from .arguments import add_quiet
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sample", action="store_true", help="every system on the three sample pairs")
    what.add_argument("--config", type=Path, help="TOML (or JSON) file of the suite")
    parser.add_argument("--out", type=Path, required=True, help="folder of the suite; the same folder continues an unfinished one")
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    config = suite_config.sample_suite() if options.sample else suite_config.load(options.config)
    workspace.require_writable()
    out = options.out.resolve()
    results, written = suite_job.work(config, out, workspace, terminal=not options.quiet, stop=stop)
    print_json(
        {
            "out": str(out),
            "runs": len({result.cell.run_name for result in results}),
            "tables": [path.name for path in written],
            "failed": {result.cell.run_name: result.error for result in results if result.error},
        }
    )
    return 0
