"""`align-words`: fast_align in both directions, intersected, one-to-one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.files.workspace import Workspace
from lraln_core.text import parallel, pharaoh

from .arguments import add_languages
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `align-words`."""
    parser.add_argument("--parallel", type=Path, required=True, help="source TAB target, one pair a line")
    add_languages(parser)
    parser.add_argument("--out", type=Path, required=True, help="Pharaoh file")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    text = parallel.load(options.parallel, options.src_lang, options.trg_lang, tokenized=options.tokenized)
    if options.out.suffix.lower() == ".naacl":
        pharaoh.write_naacl(options.out, [pharaoh.AlignedSentence(links) for links in text.links])
    else:
        pharaoh.write(options.out, text.links)
    print_json({"out": str(options.out), "sentence_pairs": len(text), "links": text.link_count})
    return 0
