"""`ner`: zero-shot named entity recognition, trained on one language and tested on another, with or without maps.

With --run-dir it is done before and after alignment for a finished run, and the results are written into its folder.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path

from lraln_core.alignment import maps as maps_module
from lraln_core.errors import ConfigError
from lraln_core.evaluation.ner.tagger import PRESETS, Preset, TaggedWords, TaggerOptions, tagged_words
from lraln_core.evaluation.ner.zero_shot import language_map, tag_zero_shot
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.ner_job import tag_run
from lraln_core.runs.jobs.ner_request import NerRequest
from lraln_core.text import iob2
from lraln_core.text.languages import get_language

from .compute import encoder_from, fetch, print_json, progress_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command alone; those of the encoder and the seed are shared with other commands."""
    parser.add_argument("--run-dir", type=Path, help="folder of a finished run: test it before and after, for the page NER")
    parser.add_argument("--train", type=Path, required=True, help="IOB2 file to train on")
    parser.add_argument("--train-lang", default="en", help="its language, ISO 639 code (default en)")
    parser.add_argument("--train-dev", type=Path, help="IOB2 file of its language; decides how many epochs are averaged")
    parser.add_argument("--dev", type=Path, help="IOB2 file of --lang; chooses the epoch as the paper does")
    parser.add_argument("--test", type=Path, required=True, help="IOB2 file to test on")
    parser.add_argument("--lang", required=True, help="language of --dev and --test, ISO 639 code, e.g. sw")
    parser.add_argument("--maps", type=Path, help="maps.safetensors of a run; each language takes its own map")
    parser.add_argument("--preset", choices=list(Preset), default=Preset.STANDARDIZED, help="measured options or the paper's")
    parser.add_argument("--epochs", type=int, help="instead of the preset's")
    parser.add_argument("--learning-rate", type=float, help="instead of the preset's")
    parser.add_argument("--bootstrap-samples", type=int, default=1000)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    if options.run_dir:
        return _of_run(options, workspace, stop)
    tagger_options = _tagger_options(options)
    train_lang, lang = get_language(options.train_lang).code, get_language(options.lang).code
    files = {
        "training sentences": (options.train, train_lang),
        "test sentences": (options.test, lang),
        "development sentences": (options.dev, lang),
        "source development sentences": (options.train_dev, train_lang),
    }
    texts = {what: iob2.read(path, types=iob2.ENTITY_TYPES) for what, (path, _) in files.items() if path}
    encoder = encoder_from(options)
    choose = lambda code: None
    if options.maps:
        maps, metadata = maps_module.load(options.maps, encoder_fingerprint=encoder.fingerprint)
        choose = lambda code: language_map(maps, metadata, code)
    chosen = {code: choose(code) for code in (train_lang, lang)}
    lost = 0
    words: dict[str, TaggedWords | None] = dict.fromkeys(files)
    for what, sentences in texts.items():
        vectors = fetch([sentence.words for sentence in sentences], encoder, workspace, what, stop)
        lost += vectors.lost_words
        words[what] = tagged_words(sentences, vectors, chosen[files[what][1]])
    training, test, dev, source_dev = words.values()
    seed = 1 if options.seed is None else options.seed
    result = tag_zero_shot(
        training,
        test,
        target_dev=dev,
        source_dev=source_dev,
        options=tagger_options,
        bootstrap_samples=options.bootstrap_samples,
        rng=rng_for(seed, "ner"),
        progress=progress_line("epochs", stop),
    )
    print_json(
        {
            "train_language": train_lang,
            "language": lang,
            "encoder": encoder.name,
            "maps": str(options.maps) if options.maps else None,
            "seed": seed,
            "options": dataclasses.asdict(tagger_options),
            "lost_words": lost,
            "sentences": {what: len(sentences) for what, sentences in texts.items()},
        }
        | result.figures()
    )
    return 0


def _of_run(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    """Raises ConfigError for options that the run itself decides."""
    for name in ("maps", "encoder", "device", "seed", "epochs", "learning_rate"):
        if getattr(options, name) is not None:
            raise ConfigError(f"--{name.replace('_', '-')} cannot be given with --run-dir: the run and the measured options decide it.")
    workspace.require_writable()
    path = lambda given: str(given.resolve()) if given else ""
    request = NerRequest(
        path(options.train),
        get_language(options.train_lang).code,
        path(options.test),
        get_language(options.lang).code,
        path(options.dev),
        path(options.train_dev),
    )
    run = RunFolder(options.run_dir.resolve())
    print_json(tag_run(run, request, workspace, threads=options.threads or 0, terminal=True, stop=stop))
    return 0


def _tagger_options(options: argparse.Namespace) -> TaggerOptions:
    """The preset with what the user changed. Raises ConfigError for a value out of range."""
    if options.bootstrap_samples < 0:
        raise ConfigError(f"--bootstrap-samples {options.bootstrap_samples} is below the smallest allowed value 0.")
    changes = {name: getattr(options, name) for name in ("epochs", "learning_rate") if getattr(options, name) is not None}
    return dataclasses.replace(PRESETS[Preset(options.preset)], **changes)
