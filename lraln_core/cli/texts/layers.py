"""`layers`: which layer of an encoder suits two languages, from their unlabelled text alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.choices import Pooling, Precision
from lraln_core.cli.arguments import add_encoder, add_languages, add_quiet, add_seed, add_vectors, number
from lraln_core.cli.output import print_json, progress_line, seed_of
from lraln_core.errors import ConfigError
from lraln_core.files.atomic import read_json
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import EncoderConfig
from lraln_core.runs.jobs import layer_request
from lraln_core.runs.jobs.layer_request import LEAST, MOST, USUAL, LayerRequest
from lraln_core.runs.jobs.layer_sweep import sweep
from lraln_core.text.corpus import prepare_corpus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `layers`."""
    parser.add_argument("--src", type=Path, help="text of the first language, in any format of docs/formats.md")
    parser.add_argument("--trg", type=Path, help="text of the second language; no translation of the first is needed")
    parser.add_argument("--layers", default="", help="layers separated by commas, e.g. 0,6,8,12 or -1; default all")
    parser.add_argument(
        "--sentences", type=number(int, LEAST, MOST), default=USUAL, help=f"sentences of each text, drawn at random (default {USUAL})"
    )
    parser.add_argument("--request", type=Path, help="file of a sweep that the page Corpora has started, instead of the options above")
    add_languages(parser, required=False)
    add_encoder(parser)
    add_vectors(parser, leave_out=("layer", "inner_depth", "inner_weight"))
    add_seed(parser)
    add_quiet(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    workspace.require_writable()
    request = _stored(options.request) if options.request else _request(options, workspace, stop)
    print_json(sweep(request, workspace, threads=options.threads or 0, terminal=not options.quiet, stop=stop))
    return 0


def _stored(path: Path) -> LayerRequest:
    try:
        return layer_request.from_json(read_json(path))
    except OSError as error:
        raise ConfigError(f"There is no request of a layer sweep in {path}.") from error


def _request(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> LayerRequest:
    """The request of the command line; its texts are prepared as corpora of the workspace."""
    for name in ("src", "trg", "src_lang", "trg_lang"):
        if not getattr(options, name):
            raise ConfigError(f"Give --{name.replace('_', '-')}: a sweep needs a text of each language.")
    defaults = EncoderConfig()
    corpora = [
        prepare_corpus(path, language, workspace.corpora, tokenized=options.tokenized, progress=progress_line(f"reading {path.name}", stop))
        for path, language in ((options.src, options.src_lang), (options.trg, options.trg_lang))
    ]
    return LayerRequest(
        corpora[0].id,
        corpora[1].id,
        options.encoder or defaults.name,
        Pooling(options.pooling or defaults.pooling),
        options.device or defaults.device,
        Precision(options.precision or defaults.precision),
        options.sentences,
        _layers(options.layers),
        seed_of(options),
    )


def _layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"--layers {text[:40]!r}: write whole numbers separated by commas, e.g. 0,6,12.") from error
