"""The extended encoder: a language's new subwords, then masked language modelling, saved as an encoder folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training import mlm
from lraln_core.encoder.training.adaptation import new_folder, require_absent
from lraln_core.encoder.training.language_model import LanguageModel, open_language_model, save_language_model
from lraln_core.encoder.training.mlm import PRESETS, MlmConfig, MlmResult
from lraln_core.encoder.training.subwords import NewPiece, count_words, learn_pieces
from lraln_core.encoder.training.vocabulary import Extension, Initialization, add_pieces, changed_share
from lraln_core.errors import EncoderError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.workspace import Workspace
from lraln_core.records import Progress
from lraln_core.text.corpus import Corpus
from lraln_core.text.fertility import english_sample

RECORD = "extension.json"


@dataclass(frozen=True)
class ExtensionConfig:
    """Section 4.1: number of new subwords, initialisation of their embeddings, and the training that follows (None for none)."""

    new_pieces: int = 10_000
    initialization: Initialization = Initialization.PIECES
    training: MlmConfig | None = PRESETS["cpu"]
    seed: int = 1


def preset(name: str, *, seed: int, steps: int | None = None) -> MlmConfig | None:
    """Training settings by name, with other steps if given; None for 0 steps."""
    chosen = PRESETS[name]
    steps = chosen.steps if steps is None else steps
    return dataclasses.replace(chosen, steps=steps, warmup_steps=min(chosen.warmup_steps, steps // 10), seed=seed) if steps else None


def extend(
    name: str, corpus: Corpus, config: ExtensionConfig, out: Path, workspace: Workspace, *, device: str, progress: Callable[[str], Progress]
) -> dict[str, Any]:
    """Build the folder `out`, or continue what an identical call left there or had begun; returns its record.

    progress(what) gives the progress of one stage. Raises LralnError, Cancelled.
    """
    settings = {
        "encoder": open_encoder(name, device=device).weights_fingerprint,
        "corpus": corpus.id,
        "new_pieces": config.new_pieces,
        "init": str(config.initialization),
        "seed": config.seed,
        "mlm": dataclasses.asdict(config.training) if config.training else None,
    }
    record = _finished(out, settings)
    if record is None:
        digest = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=12).hexdigest()
        work = workspace.root / "extensions" / digest
        record = {"settings": settings, "encoder": name, "language": corpus.language}
        record |= _build(name, corpus, config, device, work, out, record, progress)
        shutil.rmtree(work, ignore_errors=True)
    return record


def _finished(out: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """The record an earlier, identical call left in `out`; None if nothing is there. Raises EncoderError when something else is there."""
    if (out / RECORD).is_file():
        record = read_json(out / RECORD)
        if record.get("settings") == json.loads(json.dumps(settings)):
            return record
    require_absent(out)
    return None


def _build(
    name: str,
    corpus: Corpus,
    config: ExtensionConfig,
    device: str,
    work: Path,
    out: Path,
    record: dict[str, Any],
    progress: Callable[[str], Progress],
) -> dict[str, Any]:
    words = count_words(corpus, progress=progress("counting words"))
    opened = open_language_model(name, seed=config.seed)
    old = opened.tokenizer
    extension = _add_pieces(opened, words, config, work / "pieces.json", progress)
    figures: dict[str, Any] = {"sentences": len(corpus)} | extension.report.to_json()
    english = Counter(word for sentence in english_sample() for word in sentence)
    figures["english_words_changed"] = changed_share(english, old, opened.tokenizer)
    result = MlmResult(0, ())
    if config.training:
        result = mlm.train(
            opened,
            corpus,
            config.training,
            new_ids=extension.ids,
            device=device,
            checkpoint=work / "mlm.safetensors",
            progress=progress("masked language modelling"),
        )
    figures["mlm_steps"] = result.steps
    ends = (result.losses[0].loss, result.losses[-1].loss) if result.losses else (None, None)
    figures["first_loss"], figures["last_loss"] = ends
    figures["losses"] = [dataclasses.asdict(loss) for loss in result.losses]
    with new_folder(out) as part:
        save_language_model(part, opened)
        write_json(part / RECORD, record | figures)
    return figures


def _add_pieces(
    opened: LanguageModel, words: Counter[str], config: ExtensionConfig, path: Path, progress: Callable[[str], Progress]
) -> Extension:
    """Pieces are saved before they are used, so a later continuation has the same ones with any version of the libraries."""
    if path.exists():
        pieces = [NewPiece(**piece) for piece in read_json(path)]
    else:
        pieces = learn_pieces(words, opened.tokenizer, config.new_pieces, progress=progress("learning subwords"))
        if not pieces:
            raise EncoderError("The corpus has no subword that the encoder lacks, so there is nothing to extend.")
        write_json(path, [dataclasses.asdict(piece) for piece in pieces])
    return add_pieces(opened, pieces, words, initialization=config.initialization, seed=config.seed)
