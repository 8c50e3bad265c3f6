"""`mine`: word pairs from two monolingual files, or from two sharded stores of the command `encode`, without training."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lraln_core.alignment import maps as maps_module
from lraln_core.choices import Backend, MiningMethod, Scoring
from lraln_core.cluster.engine import Engine
from lraln_core.cluster.mining import BLOCK_WORDS, Wanted, mine_stores
from lraln_core.cluster.shards import open_store
from lraln_core.errors import ConfigError
from lraln_core.files.events import Reporter
from lraln_core.files.places import Place
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import MiningConfig, require_searchable
from lraln_core.runs.direct import mine_corpora
from lraln_core.runs.pair_source import write_pairs
from lraln_core.text.corpus import prepare_corpus

from .arguments import add_encoder, add_languages, add_option, add_quiet, add_seed, add_vectors, mines_stores, number
from .compute import encoder_from, fetcher, maps_from
from .output import print_json, progress_line, seed_of
from .scale.engines import add_engine, place_or_path, report_work
from .texts.corpus import add_reading_arguments, reading_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `mine`."""
    parser.add_argument("--src", type=place_or_path, required=True, help="monolingual text of the source language, or a store of encode")
    parser.add_argument("--trg", type=place_or_path, required=True, help="monolingual text of the target language, or a store of encode")
    add_languages(parser, required=False)
    add_reading_arguments(parser, "the --src file")
    for name in ("method", "threshold", "mining_k", "scoring", "backend"):
        add_option(parser, f"mining.{name}")
    parser.add_argument("--sample-size", type=number(int, 0, 1_000_000), default=0, help="sample N sentences a side; 0 (default) takes all")
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run, applied before mining")
    parser.add_argument(
        "--out", type=place_or_path, required=True, help="Parquet file of the pairs; of stores a folder or URL of Parquet files"
    )
    stores = parser.add_argument_group("two stores")
    add_engine(stores, default=None)
    stores.add_argument(
        "--block-words",
        type=number(int, 16, 100_000_000),
        default=BLOCK_WORDS,
        help=f"words of a side that a worker compares at a time (default {BLOCK_WORDS})",
    )
    stores.add_argument("--letters-only", action="store_true", help="leave out pairs in which a side has no letter")
    add_quiet(stores)
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
    if mines_stores(options):
        return _mine_stores(options, workspace, stop)
    if not (options.src_lang and options.trg_lang):
        raise ConfigError("Give the languages of the two texts, --src-lang and --trg-lang.")
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


def _mine_stores(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    if options.sample_size:
        raise ConfigError(f"--sample-size {options.sample_size}: stores are mined whole.")
    wanted = Wanted(
        MiningMethod(options.method),
        options.threshold,
        options.mining_k,
        Scoring(options.scoring),
        Backend(options.backend),
        letters_only=options.letters_only,
        block_words=options.block_words,
        seed=seed_of(options),
    )
    src, trg = (open_store(Place(str(side))) for side in (options.src, options.trg))
    maps = maps_module.load(options.maps, encoder_fingerprint=src.fingerprint)[0] if options.maps else None
    workspace.require_writable()

    def work(engine: Engine, reporter: Reporter) -> dict[str, Any]:
        what = f"{src.usable_words:,} and {trg.usable_words:,} words with {engine.workers} workers"
        reporter.stage("mine", f"Mining {what}", unit="tasks")
        mined = mine_stores(src, trg, Place(str(options.out)), wanted, engine, maps=maps, progress=reporter.progress)
        figures = {name: value for name, value in vars(mined).items() if name not in ("place", "shards")}
        return {"out": str(options.out), "shards": len(mined.shards)} | figures | {"workers": engine.workers}

    print_json(report_work("mine", str(options.out), options, workspace, stop, work))
    return 0
