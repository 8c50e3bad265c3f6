"""Open encoders by name. Opening computes a fingerprint, enough to read cached CCWRs; weights are loaded on first use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError
from tokenizers import Tokenizer

from lraln_core.choices import BUILT_IN, INNER_WEIGHT, Pooling, Precision
from lraln_core.errors import EncoderError
from lraln_core.records import Progress, Words, WordVectors

from . import checkpoint, embedded, embedded_tokenizer
from .frozen import FrozenEncoder
from .precision import resolve
from .word_pieces import takes_words

SAFETENSORS_REVISIONS = {  # of models whose main branch holds pickled weights only
    "microsoft/xlm-align-base": "refs/pr/1",
    "facebook/xlm-v-base": "643a987",
    "google/muril-base-cased": "refs/pr/3",
    "ai4bharat/IndicBERTv2-MLM-only": "210a81f",
}
CONVERT = (
    "python -c \"import transformers as t; n = '{0}'; t.AutoModel.from_pretrained(n).save_pretrained('encoder'); "
    "t.AutoTokenizer.from_pretrained(n).save_pretrained('encoder')\", then give the folder encoder."
)
WEIGHT_FILES = ["*.safetensors", "*.json", "*.txt", "*.model"]


@dataclass
class Encoder:
    """An encoder by name with its options. `fingerprint` identifies weights, layer, pooling and precision; loading waits for `encode`."""

    name: str
    layer: int
    pooling: Pooling
    device: str
    precision: Precision
    inner_depth: float
    inner_weight: float
    weights_fingerprint: str
    _load: Callable[[], FrozenEncoder] = field(repr=False)
    _load_tokenizer: Callable[[], Tokenizer] = field(repr=False)
    _count_layers: Callable[[], int] = field(repr=False)
    _loaded: FrozenEncoder | None = field(default=None, repr=False)
    _tokenizer: Tokenizer | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """Hash of everything that determines a CCWR apart from the sentence."""
        text = f"{self.weights_fingerprint}/{self.layer}/{self.pooling}"
        if self.name != BUILT_IN and not takes_words(self.tokenizer):
            text += "/running-text"
        if self.inner_depth > 0:
            text += f"/inner {self.inner_depth:g} {self.inner_weight:g}"
        if self.precision is not Precision.FLOAT32:
            text += f"/{self.precision}"
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @property
    def loaded(self) -> FrozenEncoder:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def encode(self, sentences: Sequence[Words], *, progress: Progress | None = None) -> WordVectors:
        """CCWRs of the sentences; loads the model at the first call."""
        return self.loaded.encode(sentences, progress=progress)

    @property
    def tokenizer(self) -> Tokenizer:
        """Its tokenizer, for which no weights are loaded. Raises EncoderError."""
        if self._loaded is not None:
            return self._loaded.tokenizer
        if self._tokenizer is None:
            self._tokenizer = self._load_tokenizer()
        return self._tokenizer

    @property
    def layer_count(self) -> int:
        """Transformer layers of the whole model, for which no weights are loaded. Raises EncoderError."""
        return self._count_layers()

    def subword_counts(self, sentences: Sequence[Words]) -> list[np.ndarray]:
        """Subwords of each word (0 for a word without any); the built-in encoder needs no weights for that."""
        if self._loaded is None and self.name == BUILT_IN:
            return embedded_tokenizer.SubwordCounts(self.tokenizer).subword_counts(sentences)
        return self.loaded.subword_counts(sentences)


def pick_device(device: str) -> str:
    """`auto` is CUDA where present. Raises EncoderError for a device this machine lacks."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise EncoderError(f"Device {device} was asked for, but no CUDA device is present; use --device cpu.")
    if device != "cpu" and not device.startswith("cuda"):
        raise EncoderError(f"Unknown device {device!r}; use auto, cpu or cuda.")
    return device


def open_encoder(
    name: str = BUILT_IN,
    *,
    layer: int = -1,
    pooling: Pooling | str = Pooling.LAST,
    device: str = "auto",
    precision: Precision | str = Precision.AUTO,
    inner_depth: float = 0.0,
    inner_weight: float = INNER_WEIGHT,
    emulated: bool = False,
    like: str = "",
) -> Encoder:
    """Find an encoder: the built-in one, a folder with a checkpoint, or a hub name (local files first, then download).

    precision `auto` is bfloat16 where this machine computes in it natively, else float32; emulated allows bfloat16 elsewhere too.
    inner_depth and inner_weight: see FrozenEncoder.
    like is the fingerprint of an encoder used before: of the two precisions that `auto` may mean, the one it was computed in is taken.
    Raises EncoderError when it is neither installed nor found.
    """
    if like and precision == Precision.AUTO:
        for exact in (Precision.BFLOAT16, Precision.FLOAT32):
            found = open_encoder(
                name,
                layer=layer,
                pooling=pooling,
                device=device,
                precision=exact,
                inner_depth=inner_depth,
                inner_weight=inner_weight,
                emulated=True,
            )
            if found.fingerprint == like:
                return found
    device, pooling = pick_device(device), Pooling(pooling)
    precision = resolve(Precision(precision), device, emulated=emulated)
    options: dict[str, Any] = {
        "layer": layer,
        "pooling": pooling,
        "device": device,
        "precision": precision,
        "inner_depth": inner_depth,
        "inner_weight": inner_weight,
    }
    if name == BUILT_IN:
        path = embedded.data_file()
        return Encoder(
            name,
            **options,
            weights_fingerprint=embedded.fingerprint(path),
            _load=lambda: FrozenEncoder(*embedded.load(path), **options),
            _load_tokenizer=embedded_tokenizer.load_tokenizer,
            _count_layers=lambda: embedded.count_layers(path),
        )
    folder = Path(name) if Path(name).is_dir() else hub_folder(name)
    return Encoder(
        name,
        **options,
        weights_fingerprint=_folder_fingerprint(folder),
        _load=lambda: FrozenEncoder(*checkpoint.load(folder), **options),
        _load_tokenizer=lambda: checkpoint.load_tokenizer(folder),
        _count_layers=lambda: int(checkpoint.read_config(folder).num_hidden_layers),
    )


def hub_folder(name: str) -> Path:
    """The local snapshot of a hub model, downloaded with progress on stderr when it is not there yet.

    name: owner/model, with an optional revision (branch, tag or commit) after an @. Raises EncoderError.
    """
    if os.sep in name and name.startswith((os.sep, ".")):
        raise EncoderError(f"There is no encoder folder {name}.")
    repository, _, revision = name.partition("@")
    options: dict[str, Any] = {"revision": revision or None, "allow_patterns": WEIGHT_FILES}
    try:
        return _with_weights(name, Path(snapshot_download(repository, local_files_only=True, **options)))
    except (LocalEntryNotFoundError, ValueError, OSError):
        pass
    try:
        return _with_weights(name, Path(snapshot_download(repository, **options)))
    except RevisionNotFoundError as error:
        raise EncoderError(f"The encoder {repository!r} has no revision {revision!r} on the model hub.") from error
    except RepositoryNotFoundError as error:
        raise EncoderError(f"There is no encoder named {repository!r}, neither here nor on the model hub.") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise EncoderError(
            f"The encoder {name!r} is not on this machine and the model hub cannot be reached; connect once to download it, "
            f"give the folder of a saved checkpoint, or use the built-in {BUILT_IN}."
        ) from error


def _with_weights(name: str, folder: Path) -> Path:
    """The folder itself. Raises EncoderError for a snapshot without safetensors weights: pickled weights are never read."""
    if any(folder.glob("*.safetensors")):
        return folder
    repository = name.partition("@")[0]
    known = SAFETENSORS_REVISIONS.get(repository)
    raise EncoderError(
        f"{name} holds no .safetensors weights, and pickled weights are not read because they can run code; "
        + (f"use {repository}@{known}." if known and name != f"{repository}@{known}" else f"convert it once: {CONVERT.format(repository)}")
    )


def _folder_fingerprint(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=12)
    files = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".safetensors", ".txt", ".model"))
    if not any(p.suffix == ".safetensors" for p in files):
        raise EncoderError(f"{folder} holds no .safetensors weights; save the model with safetensors first.")
    for path in files:
        digest.update(path.name.encode())
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()
