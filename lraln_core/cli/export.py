"""`export`: the pairs of a run for other programs, or the whole run as an archive."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.pair_files import PairFormat, write_pairs
from lraln_core.exchange.run_database import database_of, find_run, removal_reported
from lraln_core.files.workspace import Workspace
from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries.pairs import count_pairs

from .arguments import number
from .output import print_json, progress_line

ARCHIVE = "archive"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("--run", required=True, help="name of a run in the workspace, or its folder")
    parser.add_argument(
        "--format",
        choices=[*PairFormat, ARCHIVE],
        default=PairFormat.TSV,
        help="format of the pairs, or archive: the whole run with its corpora",
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write; a name that ends in .gz compresses tsv and tmx")
    parser.add_argument("--src-word", default="", help="only pairs with this word of the first language")
    parser.add_argument("--trg-word", default="", help="only pairs with this word of the second language")
    parser.add_argument("--match", choices=list(Match), default=Match.EXACT, help="how the words are matched")
    parser.add_argument("--min-similarity", type=number(float, -1.0, 1.0), help="only pairs with this cosine or more")
    parser.add_argument("--max-similarity", type=number(float, -1.0, 1.0), help="only pairs with this cosine or less")
    parser.add_argument("--iteration", type=number(int, 1, 2**31 - 1), help="only this iteration, counted from 1")
    parser.add_argument("--direction", choices=list(Direction), default=Direction.ANY, help="mutual: found in both directions")
    parser.add_argument("--several", action="store_true", help="only pairs of sentences that share several pairs")
    parser.add_argument("--letters-only", action="store_true", help="leave out punctuation and numbers")
    parser.add_argument("--sort", choices=list(Sort), default=Sort.ITERATION, help="order of the pairs")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    folder = find_run(options.run, workspace)
    if options.format == ARCHIVE:
        with removal_reported(folder):
            manifest = pack_run(folder, workspace, options.out)
        print_json({"out": str(options.out), "run": manifest.run, "files": len(manifest.files), "corpora": list(manifest.corpora)})
        return 0
    wanted = PairFilter(
        folder.id,
        src_token=options.src_word,
        trg_token=options.trg_word,
        match=options.match,
        min_similarity=options.min_similarity,
        max_similarity=options.max_similarity,
        iteration=None if options.iteration is None else options.iteration - 1,
        direction=options.direction,
        multi_only=options.several,
        letters_only=options.letters_only,
        sort=options.sort,
    )
    with database_of(folder, workspace) as db:
        pairs = count_pairs(db, wanted)
        write_pairs(db, wanted, options.out, options.format, packed=options.out.suffix == ".gz", progress=progress_line("pairs", stop))
    print_json({"out": str(options.out), "run": folder.id, "format": options.format, "pairs": pairs})
    return 0
