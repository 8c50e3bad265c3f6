"""`project`: project the word vectors of a finished run to two dimensions, before and after, for the page Space."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.cli.arguments import add_quiet, number
from lraln_core.cli.output import print_json
from lraln_core.exchange.space_files import HOW, format_of, write_space
from lraln_core.files.projection_files import USUAL, PointSource, ProjectionOptions, load_projection, load_vectors
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.projection_step import project
from lraln_core.runs.stored import stored_config


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
    parser.add_argument("--vectors", action="store_true", help="keep the vectors of the words too, where an earlier version did not")
    parser.add_argument(
        "--out", type=Path, help="also write words, vectors and coordinates: .parquet for Embedding Atlas, .zip for the Embedding Projector"
    )
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    wanted = ProjectionOptions(options.source, options.points, options.seed)
    workspace.require_writable()
    run = RunFolder(options.run_dir.resolve())
    format = format_of(options.out) if options.out else None
    figures = project(
        run,
        wanted,
        workspace,
        umap=options.umap,
        vectors=options.vectors or format is not None,
        terminal=not options.quiet,
        stop=stop,
    )
    if format is not None:
        config = stored_config(run)
        write_space(
            options.out, format, load_projection(run, wanted), load_vectors(run, wanted), (config.src.language, config.trg.language)
        )
        figures = figures | {"out": str(options.out), "format": str(format), "open_with": HOW[format]}
    print_json(figures)
    return 0
