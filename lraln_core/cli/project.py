"""`project`: project the word vectors of a finished run to two dimensions, before and after, for the page Space."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.files.projection_files import USUAL, PointSource, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.projection_step import project

from .arguments import add_quiet, number
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `project`."""
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a finished run; the result is written into it")
    parser.add_argument(
        "--source",
        choices=list(PointSource),
        default=PointSource.TEST,
        help="words of the test set with their gold translation, or mined pairs",
    )
    parser.add_argument("--points", type=int, default=USUAL, help=f"words of each language, at most (default {USUAL})")
    parser.add_argument("--seed", type=number(int, 0, 2**31 - 1), default=1, help="seed of the choice of words and of AlignedUMAP")
    parser.add_argument("--umap", action="store_true", help="AlignedUMAP as well as principal components")
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    wanted = ProjectionOptions(options.source, options.points, options.seed)
    workspace.require_writable()
    run = RunFolder(options.run_dir.resolve())
    print_json(project(run, wanted, workspace, umap=options.umap, terminal=not options.quiet, stop=stop))
    return 0
