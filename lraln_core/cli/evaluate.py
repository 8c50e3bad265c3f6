"""`evaluate`: contextual word retrieval on parallel text, with or without maps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from lraln_core.choices import Candidates, RetrievalScoring
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words, WordVectors
from lraln_core.runs.direct import evaluate_text
from lraln_core.text import parallel

from .arguments import add_encoder, add_languages, add_option, add_seed, add_vectors
from .compute import encoder_from, fetcher, maps_from
from .output import print_json, seed_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `evaluate`."""
    parser.add_argument(
        "--parallel", type=Path, required=True, help="source TAB target, a table, TMX, XLIFF or Tatoeba export; or the source file of two"
    )
    parser.add_argument("--parallel-target", type=Path, help="second file, where line i of it translates line i of --parallel")
    parser.add_argument("--columns", default="", help="columns of source and target in a table, by number or name, e.g. 2,4")
    parser.add_argument("--encoding", default="", help="encoding of the text, where it is not UTF-8, e.g. cp1251")
    parser.add_argument("--alignments", type=Path, help="Pharaoh, NAACL or Talp file; without it fast_align aligns the text")
    add_languages(parser)
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run")
    for name in ("csls_k", "scoring", "candidates", "bootstrap_samples"):
        add_option(parser, f"evaluation.{name}")
    add_encoder(parser)
    add_seed(parser)
    add_vectors(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    encoder = encoder_from(options)
    maps = maps_from(options.maps, encoder)
    text = parallel.load(
        options.parallel,
        options.src_lang,
        options.trg_lang,
        alignments=options.alignments,
        tokenized=options.tokenized,
        columns=parallel.column_pair(options.columns),
        trg_path=options.parallel_target,
        encoding=options.encoding,
    )
    lost = 0

    def fetch(sentences: Sequence[Words], side: str) -> WordVectors:
        nonlocal lost
        words = fetch_side(sentences, side)
        lost += words.lost_words
        return words

    fetch_side = fetcher(encoder, workspace, stop)
    result = evaluate_text(
        text,
        fetch,
        maps,
        csls_k=options.csls_k,
        scoring=RetrievalScoring(options.scoring),
        candidates=Candidates(options.candidates),
        bootstrap_samples=options.bootstrap_samples,
        seed=seed_of(options),
        name=str(options.parallel),
    )
    print_json(result.figures() | {"scoring": options.scoring, "sentence_pairs": len(text), "lost_words": lost})
    return 0
