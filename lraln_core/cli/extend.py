"""`extend`: a language's new subwords for an encoder, then masked language modelling; the result is an encoder folder."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..encoder import mlm
from ..encoder.adaptation import new_folder, require_absent
from ..encoder.language_model import LanguageModel, open_language_model, save_language_model
from ..encoder.mlm import PRESETS, MlmConfig, MlmResult
from ..encoder.registry import BUILT_IN, open_encoder, pick_device
from ..encoder.subwords import NewPiece, count_words, learn_pieces
from ..encoder.vocabulary import Extension, Initialization, add_pieces, changed_share
from ..errors import EncoderError
from ..text.corpus import Corpus, prepare_corpus
from ..threads import limit_threads
from ..views.fertility import english_sample
from ..workspace import Workspace, read_json, write_json
from .compute import print_json, progress_line

RECORD = "extension.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `extend`."""
    parser.add_argument("--corpus", type=Path, required=True, help="monolingual text, one sentence a line")
    parser.add_argument("--lang", required=True, help="ISO 639 code of its language, e.g. gu")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new encoder; appears whole or not at all")
    parser.add_argument("--tokenized", action="store_true", help="take whitespace-tokenised text as it is")
    parser.add_argument("--column", default="", help="column name or number for .tsv and .csv files")
    parser.add_argument("--new-pieces", type=_count, default=10_000,
                        help="at most so many new subwords (default 10000, as in the paper)")
    parser.add_argument("--init", choices=list(Initialization), default=Initialization.PIECES,
                        help="rows of new subwords: mean of the old pieces that spelled them (default), or random")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu",
                        help="settings of masked language modelling: cpu (default), or paper, for a GPU")
    parser.add_argument("--mlm-steps", type=_count, help="training steps instead of the preset's; 0 for none")
    parser.add_argument("--encoder", help=f"encoder to extend: name or folder (default {BUILT_IN})")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=_count, help="processor threads, 0 for all")
    parser.add_argument("--seed", type=_count, default=1)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    limit_threads(options.threads or 0)
    name, device = options.encoder or BUILT_IN, pick_device(options.device or "auto")
    workspace.require_writable()
    fingerprint = open_encoder(name, device=device).weights_fingerprint
    corpus = prepare_corpus(options.corpus, options.lang, workspace.corpora, tokenized=options.tokenized, column=options.column,
                            progress=progress_line("reading", stop))
    config = _mlm_config(options)
    settings = {
        "encoder": fingerprint, "corpus": corpus.id, "new_pieces": options.new_pieces, "init": str(options.init),
        "seed": options.seed, "mlm": dataclasses.asdict(config) if config else None,
    }
    out = options.out.resolve()
    record = _finished(out, settings)
    if record is None:
        digest = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=12).hexdigest()
        work = workspace.root / "extensions" / digest
        record = {"settings": settings, "encoder": name, "language": options.lang}
        record |= _extend(name, corpus, settings, config, device, work, out, record, stop)
        shutil.rmtree(work, ignore_errors=True)
    print_json({"out": str(out)} | {key: value for key, value in record.items() if key != "settings"})
    return 0


def _mlm_config(options: argparse.Namespace) -> MlmConfig | None:
    preset = PRESETS[options.preset]
    steps = preset.steps if options.mlm_steps is None else options.mlm_steps
    if not steps:
        return None
    return dataclasses.replace(preset, steps=steps, warmup_steps=min(preset.warmup_steps, steps // 10), seed=options.seed)


def _finished(out: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """What an earlier, identical call left in `out`. Raises EncoderError when something else is there."""
    if (out / RECORD).is_file():
        record = read_json(out / RECORD)
        if record.get("settings") == json.loads(json.dumps(settings)):
            return record
    require_absent(out)
    return None


def _extend(name: str, corpus: Corpus, settings: dict[str, Any], config: MlmConfig | None, device: str, work: Path, out: Path,
            record: dict[str, Any], stop: Callable[[], bool]) -> dict[str, Any]:
    words = count_words(corpus, progress=progress_line("counting words", stop))
    opened = open_language_model(name, seed=settings["seed"])
    old = opened.tokenizer
    extension = _add_pieces(opened, words, settings, work / "pieces.json", stop)
    figures: dict[str, Any] = {"sentences": len(corpus)} | extension.report.to_json()
    english = Counter(word for sentence in english_sample() for word in sentence)
    figures["english_words_changed"] = changed_share(english, old, opened.tokenizer)
    result = MlmResult(0, ())
    if config:
        result = mlm.train(opened, corpus, config, new_ids=extension.ids, device=device, checkpoint=work / "mlm.safetensors",
                           progress=progress_line("masked language modelling", stop))
    figures["mlm_steps"] = result.steps
    ends = (result.losses[0].loss, result.losses[-1].loss) if result.losses else (None, None)
    figures["first_loss"], figures["last_loss"] = ends
    figures["losses"] = [dataclasses.asdict(loss) for loss in result.losses]
    with new_folder(out) as part:
        save_language_model(part, opened)
        write_json(part / RECORD, record | figures)
    return figures


def _add_pieces(opened: LanguageModel, words: Counter[str], settings: dict[str, Any], path: Path,
                stop: Callable[[], bool]) -> Extension:
    """Pieces are written down before they are used: a later continuation has the same ones, whatever the libraries do."""
    if path.exists():
        pieces = [NewPiece(**piece) for piece in read_json(path)]
    else:
        pieces = learn_pieces(words, opened.tokenizer, settings["new_pieces"], progress=progress_line("learning subwords", stop))
        if not pieces:
            raise EncoderError("The corpus brings no subword that the encoder lacks, so there is nothing to extend.")
        write_json(path, [dataclasses.asdict(piece) for piece in pieces])
    return add_pieces(opened, pieces, words, initialization=Initialization(settings["init"]), seed=settings["seed"])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)
