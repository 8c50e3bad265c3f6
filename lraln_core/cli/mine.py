"""`mine`: word pairs from two monolingual files, without training."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.choices import Backend, MiningMethod, Scoring
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import MiningConfig, require_searchable
from lraln_core.runs.direct import mine_corpora
from lraln_core.runs.pair_source import write_pairs
from lraln_core.text.corpus import prepare_corpus

from .arguments import add_encoder, add_languages, add_option, add_seed, add_vectors, number
from .compute import encoder_from, fetcher, maps_from
from .output import print_json, progress_line, seed_of
from .texts.corpus import add_reading_arguments, reading_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `mine`."""
    parser.add_argument("--src", type=Path, required=True, help="monolingual text of the source language")
    parser.add_argument("--trg", type=Path, required=True, help="monolingual text of the target language")
    add_languages(parser)
    add_reading_arguments(parser, "the --src file")
    for name in ("method", "threshold", "mining_k", "scoring", "backend"):
        add_option(parser, f"mining.{name}")
    parser.add_argument("--sample-size", type=number(int, 0, 1_000_000), default=0, help="sample N sentences a side; 0 (default) takes all")
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run, applied before mining")
    parser.add_argument("--out", type=Path, required=True, help="Parquet file of the pairs")
    add_encoder(parser)
    add_seed(parser)
    add_vectors(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    wanted = MiningConfig(
        method=MiningMethod(options.method),
        threshold=options.threshold,
        mining_k=options.mining_k,
        scoring=Scoring(options.scoring),
        backend=Backend(options.backend),
    )
    require_searchable(wanted)
    encoder = encoder_from(options)
    maps = maps_from(options.maps, encoder)
    workspace.require_writable()
    src, trg = (
        prepare_corpus(path, language, workspace.corpora, tokenized=options.tokenized, progress=progress_line("reading", stop), **reading)
        for path, language, reading in (
            (options.src, options.src_lang, reading_of(options)),
            (options.trg, options.trg_lang, {}),
        )
    )
    mined = mine_corpora(src, trg, fetcher(encoder, workspace, stop), maps, wanted, sample_size=options.sample_size, seed=seed_of(options))
    pairs = mined.result.pairs
    write_pairs(options.out, pairs, 0, mined.positions, *mined.words)
    print_json(
        {
            "out": str(options.out),
            "pairs": len(pairs),
            "forward": int(pairs.forward.sum()),
            "backward": int(pairs.backward.sum()),
            "mutual": int((pairs.forward & pairs.backward).sum()),
            "src_sentences": len(mined.words[0]),
            "trg_sentences": len(mined.words[1]),
            "recall": mined.result.recall,
            "src_corpus": src.report.to_json(),
            "trg_corpus": trg.report.to_json(),
        }
    )
    return 0
