"""`mine`: word pairs from two monolingual files, without training."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lraln_core.alignment import mining
from lraln_core.choices import Backend, MiningMethod, Scoring
from lraln_core.errors import ConfigError
from lraln_core.files.randomness import rng_for
from lraln_core.files.workspace import Workspace
from lraln_core.runs.pair_source import write_pairs
from lraln_core.text.corpus import prepare_corpus

from .arguments import add_encoder, add_languages, add_option, add_seed, add_vectors, number
from .compute import encoder_from, fetch, mapped, maps_from
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
    if options.scoring == Scoring.CSLS and options.backend != Backend.EXACT:
        raise ConfigError("--scoring csls needs --backend exact: a FAISS index has no neighbourhood means for CSLS.")
    encoder = encoder_from(options)
    maps = maps_from(options.maps, encoder)
    workspace.require_writable()
    sides = []
    for side, path, language in (("src", options.src, options.src_lang), ("trg", options.trg, options.trg_lang)):
        corpus = prepare_corpus(
            path,
            language,
            workspace.corpora,
            tokenized=options.tokenized,
            progress=progress_line("reading", stop),
            **(reading_of(options) if side == "src" else {}),
        )
        size = min(options.sample_size or len(corpus), len(corpus))
        chosen = np.sort(rng_for(seed_of(options), f"sample-{side}").choice(len(corpus), size, replace=False))
        sides.append((corpus, chosen, corpus.words(chosen)))
    (src_corpus, src_chosen, src_words), (trg_corpus, trg_chosen, trg_words) = sides
    src = mapped(fetch(src_words, encoder, workspace, "source sentences", stop), maps.src if maps else None)
    trg = mapped(fetch(trg_words, encoder, workspace, "target sentences", stop), maps.trg if maps else None)
    result = mining.mine(
        src,
        trg,
        method=MiningMethod(options.method),
        threshold=options.threshold,
        mining_k=options.mining_k,
        scoring=Scoring(options.scoring),
        backend=Backend(options.backend),
    )
    pairs = result.pairs
    write_pairs(options.out, pairs, 0, (src_chosen, trg_chosen), src_words, trg_words)
    print_json(
        {
            "out": str(options.out),
            "pairs": len(pairs),
            "forward": int(pairs.forward.sum()),
            "backward": int(pairs.backward.sum()),
            "mutual": int((pairs.forward & pairs.backward).sum()),
            "src_sentences": len(src_words),
            "trg_sentences": len(trg_words),
            "recall": result.recall,
            "src_corpus": src_corpus.report.to_json(),
            "trg_corpus": trg_corpus.report.to_json(),
        }
    )
    return 0
