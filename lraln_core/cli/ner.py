"""`ner`: zero-shot named entity recognition, trained on one language and tested on another, with or without maps.

With --run-dir it is done before and after alignment for a finished run, and the results are written into its folder.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.errors import ConfigError
from lraln_core.evaluation.ner.tagger import Preset
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.ner_job import tag_run
from lraln_core.runs.jobs.ner_options import AdaptationConfig
from lraln_core.runs.jobs.ner_request import BOOTSTRAP_SAMPLES, NerRequest
from lraln_core.runs.jobs.ner_step import NerStep, tagger_options
from lraln_core.runs.options import build
from lraln_core.runs.options import options as declared
from lraln_core.text.iob2 import Scheme
from lraln_core.text.languages import get_language

from .arguments import add_declared, add_encoder, add_seed, add_vectors, number
from .compute import encoder_from
from .output import print_json, progress_line, seed_of

DECIDED_BY_THE_RUN = ("maps", "encoder", "device", "seed", "layer", "pooling", "inner_depth", "inner_weight", "precision")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ner`."""
    parser.add_argument("--run-dir", type=Path, help="folder of a finished run: test it before and after, for the page NER")
    parser.add_argument("--train", type=Path, required=True, help="IOB2 file to train on")
    parser.add_argument("--train-lang", default="en", help="its language, ISO 639 code (default en)")
    parser.add_argument("--train-dev", type=Path, help="IOB2 file of its language; decides how many epochs are averaged")
    parser.add_argument("--dev", type=Path, help="IOB2 file of --lang; chooses the epoch as the paper does")
    parser.add_argument("--test", type=Path, required=True, help="IOB2 file to test on")
    parser.add_argument("--lang", required=True, help="language of --dev and --test, ISO 639 code, e.g. sw")
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run; each language takes its own map")
    parser.add_argument(
        "--preset", choices=list(Preset), default=Preset.STANDARDIZED, help="options of the tagger: standardized (default), or the paper's"
    )
    parser.add_argument("--epochs", type=number(int, 1, 10_000), help="instead of the preset's")
    parser.add_argument("--learning-rate", type=number(float, 0.0, 1.0), help="instead of the preset's")
    parser.add_argument(
        "--bootstrap-samples", type=number(int, 0, 100_000), default=BOOTSTRAP_SAMPLES, help="bootstrap resamplings for the intervals"
    )
    parser.add_argument("--encoding", default="", help="encoding of the tagged files, where it is not UTF-8, e.g. cp1251")
    parser.add_argument(
        "--format", choices=list(Scheme), default="", help="how their tags mark entities, where it is not to be told from them"
    )
    parser.add_argument("--tag-column", type=number(int, 2, 100), default=0, help="column of the tags, from 1; default the last of tags")
    parser.add_argument(
        "--source", action="append", default=[], metavar="CODE=FILE", help="more tagged sentences to train on, of any language; repeatable"
    )
    parser.add_argument(
        "--learn",
        action="store_true",
        help="also learn from unlabelled text of --lang: --unlabelled, else the words of --dev, else of --test",
    )
    parser.add_argument("--unlabelled", type=Path, help="text of --lang, one sentence a line, or a tagged file whose tags are not read")
    add_declared(parser, AdaptationConfig)
    add_encoder(parser)
    add_seed(parser)
    add_vectors(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    request = _request(options)
    tagger = tagger_options(request)
    workspace.require_writable()
    if options.run_dir:
        for name in DECIDED_BY_THE_RUN:
            if getattr(options, name) is not None:
                raise ConfigError(f"--{name} cannot be given with --run-dir: the configuration of the run decides it.")
        run = RunFolder(options.run_dir.resolve())
        print_json(tag_run(run, request, workspace, threads=options.threads or 0, terminal=True, stop=stop))
        return 0
    encoder, seed = encoder_from(options), seed_of(options)
    step = NerStep(request, encoder, CcwrCache(workspace.ccwrs), lambda part: progress_line(f"{part} sentences", stop))
    result = step.run(options.maps, seed, progress_line("epochs", stop))
    print_json(
        {
            "train_language": request.train_language,
            "language": request.language,
            "encoder": encoder.name,
            "maps": str(options.maps) if options.maps else None,
            "seed": seed,
            "options": dataclasses.asdict(tagger),
            "lost_words": step.lost_words,
            "sentences": step.sizes(),
        }
        | result.figures()
    )
    return 0


def _request(options: argparse.Namespace) -> NerRequest:
    path = lambda given: str(given.resolve()) if given else ""
    chosen = {name: getattr(options, name) for name in declared(AdaptationConfig)}
    changed = [name for name, option in declared(AdaptationConfig).items() if chosen[name] != option.default]
    if not options.learn and (options.unlabelled or changed):
        named = "unlabelled" if options.unlabelled else changed[0].replace("_", "-")
        raise ConfigError(f"--{named} has no effect without --learn.")
    sources = []
    for given in options.source:
        code, equals, file = given.partition("=")
        sources.append(f"{code}={Path(file).resolve()}" if equals and file else given)
    return NerRequest(
        path(options.train),
        get_language(options.train_lang).code,
        path(options.test),
        get_language(options.lang).code,
        path(options.dev),
        path(options.train_dev),
        str(options.preset),
        options.epochs,
        options.learning_rate,
        options.bootstrap_samples,
        options.encoding,
        str(options.format),
        options.tag_column,
        tuple(sources),
        path(options.unlabelled),
        build(AdaptationConfig, chosen, "The options of --learn") if options.learn else None,
    )
