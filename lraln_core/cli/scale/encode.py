"""`encode`: text to a sharded store of word vectors, on this machine or on a Ray cluster."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lraln_core.choices import Pooling, Precision
from lraln_core.cli.arguments import add_encoder, add_quiet, add_vectors, number
from lraln_core.cli.output import print_json
from lraln_core.cli.texts.corpus import add_reading_arguments, reading_of
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import Engine
from lraln_core.files.events import Reporter
from lraln_core.files.places import Place
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import EncoderConfig
from lraln_core.text.corpus import prepare_corpus

from .engines import add_engine, place_or_path, report_work

SHARD_SENTENCES = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `encode`."""
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, metavar="FILE", help="text files in any format of docs/formats.md")
    parser.add_argument("--lang", required=True, help="their language: BCP-47 tag, ISO 639 or FLORES code, or English name")
    parser.add_argument("--tokenized", action="store_true", help="the text is already tokenised: words separated by spaces")
    parser.add_argument("--out", type=place_or_path, required=True, help="the store: a folder, or a URL such as s3://bucket/folder")
    parser.add_argument(
        "--shard-sentences",
        type=number(int, 1, 1_000_000),
        default=SHARD_SENTENCES,
        help=f"sentences a file of the store holds (default {SHARD_SENTENCES}); a worker has one such file in memory",
    )
    add_reading_arguments(parser, "the files")
    add_engine(parser)
    add_encoder(parser)
    add_vectors(parser)
    add_quiet(parser)


def encoder_choice(options: argparse.Namespace) -> EncoderChoice:
    """The encoder that the options name."""
    defaults = EncoderConfig()
    return EncoderChoice(
        options.encoder or defaults.name,
        defaults.layer if options.layer is None else options.layer,
        Pooling(options.pooling or defaults.pooling),
        options.device or defaults.device,
        Precision(options.precision or defaults.precision),
        defaults.inner_depth if options.inner_depth is None else options.inner_depth,
        defaults.inner_weight if options.inner_weight is None else options.inner_weight,
    )


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    workspace.require_writable()

    def work(engine: Engine, reporter: Reporter) -> dict[str, Any]:
        corpora = []
        for path in options.corpus:
            reporter.stage("read", f"Reading {path.name}", unit="bytes")
            corpora.append(
                prepare_corpus(
                    path,
                    options.lang,
                    workspace.corpora,
                    tokenized=options.tokenized,
                    progress=reporter.progress,
                    **reading_of(options),
                )
            )
        total = sum(map(len, corpora))
        reporter.stage("encode", f"Encoding {total:,} sentences with {engine.workers} workers", unit="sentences", total=total)
        done = encode_corpora(
            corpora,
            Place(str(options.out)),
            encoder_choice(options),
            engine,
            shard_sentences=options.shard_sentences,
            progress=reporter.progress,
        )
        return {
            "out": str(options.out),
            "sentences": done.store.sentences,
            "words": done.store.words,
            "usable_words": done.store.usable_words,
            "shards": len(done.store.shards),
            "encoded_shards": done.encoded_shards,
            "words_a_worker_second": round(done.encoded_words / done.worker_seconds, 1) if done.worker_seconds else None,
            "bytes": done.store.words * done.store.dimension * 2,
            "engine": options.engine,
            "workers": engine.workers,
        }

    print_json(report_work("encode", str(options.out), options, workspace, stop, work))
    return 0
