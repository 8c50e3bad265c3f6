"""`fetch`: texts of FLORES+, MasakhaNER 2, WikiANN, Wikipedia and Tatoeba from the Hugging Face hub, with their licence."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.cli.output import print_json
from lraln_core.files.workspace import Workspace
from lraln_core.text.fetch import DATA_SETS, fetch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data_set", choices=list(DATA_SETS), metavar="DATA_SET", help=f"one of {', '.join(DATA_SETS)}")
    parser.add_argument("language", help="BCP-47 tag, ISO 639 or FLORES code, or English name")
    parser.add_argument("--sentences", type=int, default=0, help="at most so many sentences of running text; 0 (default) takes all")
    parser.add_argument("--out", type=Path, default=Path("fetched"), help="folder of the files (default: fetched)")
    parser.add_argument("--from-folder", type=Path, help="a folder with the layout of the hub (REPOSITORY/FILE), instead of the hub")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    files = fetch(options.data_set, options.language, options.out, sentences=max(0, options.sentences), source=options.from_folder)
    print_json({"files": [str(path) for path in files], "licence": DATA_SETS[options.data_set].licence})
    return 0
