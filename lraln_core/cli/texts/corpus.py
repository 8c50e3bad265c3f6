"""`corpus`: show what a text file holds, or prepare it as a corpus of the workspace."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lraln_core.cli.output import print_json, progress_line
from lraln_core.files.workspace import Workspace
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.formats.detect import Format
from lraln_core.text.formats.sentences import ReadOptions, format_table, preview
from lraln_core.text.formats.write import best_translations, write_corpus
from lraln_core.text.languages import get_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `corpus`."""
    parser.add_argument("file", type=Path, nargs="?", help="text file in any format of docs/formats.md")
    parser.add_argument("--lang", default="", help="its language: BCP-47 tag, ISO 639 or FLORES code, or English name")
    parser.add_argument("--preview", action="store_true", help="only say what the file holds, with its first ten sentences")
    parser.add_argument("--formats", action="store_true", help="print the table of formats (docs/formats.md) and end")
    parser.add_argument("--tokenized", action="store_true", help="the text is already tokenised: words separated by spaces")
    parser.add_argument("--out", type=Path, help="also write the prepared corpus as .txt, .tsv, .conllu or .flextext")
    parser.add_argument("--pairs", type=Path, help="with --out: Parquet file of mined pairs; the English words become the glosses")
    add_reading_arguments(parser)


def add_reading_arguments(parser: argparse.ArgumentParser, whose: str = "the file") -> None:
    """The options by which a person says how a file is read."""
    parser.add_argument("--format", default="", choices=["", *Format], metavar="FORMAT", help=f"format of {whose}, if not detected")
    parser.add_argument("--encoding", default="", help=f"encoding of {whose}, where it is not UTF-8, e.g. cp1251")
    parser.add_argument("--tier", default="", help=f"tier, marker or writing system of {whose}, for interlinear texts")
    parser.add_argument("--column", default="", help=f"column of {whose}, for tables: number from 1, or name")


def reading_of(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `prepare_corpus` from those of `add_reading_arguments`."""
    return {name: getattr(options, name) for name in ("format", "encoding", "tier", "column")}


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    if options.formats:
        print(format_table(), end="")
        return 0
    if options.file is None:
        print("Give a text file, or --formats.", file=sys.stderr)
        return 2
    language = get_language(options.lang) if options.lang or not options.preview else None
    if options.preview:
        seen = preview(options.file, language.code if language else "", ReadOptions(**reading_of(options)))
        print(f"{options.file.name}: {seen.sentence()}")
        for line in seen.first:
            print(f"{line.number:>7}  {line.text}")
            if line.glosses:
                print(f"         {' '.join(gloss or '_' for gloss in line.glosses)}")
        return 0
    workspace.require_writable()
    corpus = prepare_corpus(
        options.file,
        options.lang,
        workspace.corpora,
        tokenized=options.tokenized,
        progress=progress_line("reading", stop),
        **reading_of(options),
    )
    if options.out:
        write_corpus(corpus, options.out, glosses=best_translations(options.pairs) if options.pairs else None)
    for warning in corpus.report.warnings():
        print(warning, file=sys.stderr)
    print_json({"id": corpus.id, "folder": str(corpus.folder)} | corpus.report.to_json())
    return 0
