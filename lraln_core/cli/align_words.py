"""`align-words`: link the words of parallel text, by fast_align, by eflomal or by the similarity of the words' vectors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lraln_core.alignment.in_sentence.links import Link
from lraln_core.choices import Aligner
from lraln_core.errors import ConfigError
from lraln_core.files.atomic import replacing
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText
from lraln_core.runs.options import build
from lraln_core.runs.options import options as declared
from lraln_core.runs.word_alignment.align import align_statistics, align_vectors, as_aligned
from lraln_core.runs.word_alignment.config import AlignerConfig
from lraln_core.text import parallel, pharaoh

from .arguments import add_encoder, add_languages, add_option, add_vectors
from .compute import encoder_from, fetcher, maps_from
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `align-words`."""
    parser.add_argument("--parallel", type=Path, required=True, help="source TAB target, one pair a line")
    parser.add_argument("--columns", default="", help="columns of source and target in a table, by number or name, e.g. 2,4")
    add_languages(parser)
    parser.add_argument("--out", type=Path, required=True, help="Pharaoh file, or NAACL for the ending .naacl")
    parser.add_argument("--confidence", type=Path, help="table of all links with their confidence (TSV): sentence pair, words, confidence")
    parser.add_argument("--more-parallel", type=Path, help="more parallel text for fast_align or eflomal to learn from; it is not written")
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run; for methods over vectors")
    for name in declared(AlignerConfig):
        if name != "letters_only":
            add_option(parser, name, of=AlignerConfig, default=Aligner.FAST_ALIGN if name == "method" else None)
    parser.add_argument("--all-words", action="store_true", help="link punctuation and numbers too")
    add_encoder(parser)
    add_vectors(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    values = {name: getattr(options, name) for name in declared(AlignerConfig) if name != "letters_only"}
    config = build(AlignerConfig, values | {"letters_only": not options.all_words}, "The options of align-words")
    if options.more_parallel and config.method.uses_vectors:
        raise ConfigError(
            f"--more-parallel is for fast_align and eflomal; the method {config.method} compares vectors and learns from no text."
        )
    if options.maps and not config.method.uses_vectors:
        raise ConfigError(f"--maps is for methods over vectors; {config.method} uses none. Choose another --method.")
    text = _load(options, options.parallel)
    if config.method.uses_vectors:
        encoder = encoder_from(options)
        maps = maps_from(options.maps, encoder)
        fetch = fetcher(encoder, workspace, stop)
        links = align_vectors(text.src, text.trg, (fetch(text.src, "source"), fetch(text.trg, "target")), config, maps)
    else:
        more = _load(options, options.more_parallel) if options.more_parallel else None
        links = align_statistics(text.src, text.trg, config, more=(more.src, more.trg) if more else ((), ()))
    aligned = as_aligned(links, config)
    (pharaoh.write_naacl if options.out.suffix.lower() == ".naacl" else pharaoh.write_aligned)(options.out, aligned)
    if options.confidence:
        _write_confidence(options.confidence, text, links)
    sure, possible = (sum(len(getattr(one, name)) for one in aligned) for name in ("sure", "possible"))
    print_json(
        {"out": str(options.out), "method": str(config.method), "sentence_pairs": len(text), "links": sure + possible, "possible": possible}
    )
    return 0


def _load(options: argparse.Namespace, path: Path) -> ParallelText:
    columns = parallel.column_pair(options.columns)
    return parallel.load(path, options.src_lang, options.trg_lang, tokenized=options.tokenized, columns=columns, align=False)


def _write_confidence(path: Path, text: ParallelText, links: list[tuple[Link, ...]]) -> None:
    rows = ["sentence_pair\tsrc_word\ttrg_word\tsrc_token\ttrg_token\tconfidence\n"]
    for number, (src, trg, found) in enumerate(zip(text.src, text.trg, links, strict=True), 1):
        rows += [f"{number}\t{one.src}\t{one.trg}\t{src[one.src]}\t{trg[one.trg]}\t{one.confidence:.4f}\n" for one in found]
    if str(path) == "-":
        sys.stdout.write("".join(rows))
        return
    with replacing(path) as temporary:
        temporary.write_text("".join(rows), encoding="utf-8")
