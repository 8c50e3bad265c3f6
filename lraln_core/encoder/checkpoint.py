"""Checkpoint folders are untrusted input: settings are checked before transformers reads them, and their code is never run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    PreTrainedModel,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaModel,
)
from transformers.utils import logging as transformers_logging

from lraln_core.errors import EncoderError

_TYPES = {
    "bert": (BertConfig, BertModel, BertForMaskedLM),
    "roberta": (RobertaConfig, RobertaModel, RobertaForMaskedLM),
    "xlm-roberta": (XLMRobertaConfig, XLMRobertaModel, XLMRobertaForMaskedLM),
}
_SIZES = {  # smallest and largest value that a network of these types can have
    "vocab_size": (1, 10_000_000), "hidden_size": (1, 65_536), "num_hidden_layers": (0, 1_000), "num_attention_heads": (1, 1_024),
    "intermediate_size": (1, 1_000_000), "max_position_embeddings": (8, 1_000_000), "type_vocab_size": (1, 1_000),
}  # fmt: skip
_OTHERS = ("hidden_act", "layer_norm_eps", "pad_token_id", "bos_token_id", "eos_token_id", "hidden_dropout_prob",
           "attention_probs_dropout_prob", "initializer_range", "tie_word_embeddings")  # fmt: skip
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "relu", "silu", "swish")
_MOST_BYTES = 8 << 20  # of a JSON file of settings
_LOOSE = 2  # how many times the parameters of the files a configuration may ask for: tied weights are stored once


def load(folder: Path) -> tuple[torch.nn.Module, Tokenizer]:
    """A BERT- or XLM-R-type checkpoint: (model without pooler, tokenizer). Never unpickles, never runs code. Raises EncoderError."""
    config = read_config(folder)
    model, info = _from_files(folder, config, _TYPES[config.model_type][1], add_pooling_layer=False)
    lacking = [name for name in info["missing_keys"] if "pooler" not in name and "position_ids" not in name]
    if lacking:
        raise EncoderError(
            f"The checkpoint in {folder} lacks weights that its config.json asks for ({lacking[0]} and {len(lacking) - 1} "
            "more); it would not be a trained model."
        )
    return model, load_tokenizer(folder)


def load_with_head(folder: Path) -> tuple[PreTrainedModel, bool]:
    """The same model with its masked-language-modelling head, and whether the files hold that head. Raises EncoderError."""
    config = read_config(folder)
    model, info = _from_files(folder, config, _TYPES[config.model_type][2])
    return model, not any("dense" in name for name in info["missing_keys"])


def read_config(folder: Path) -> Any:
    """config.json as a configuration of a known type, reduced to the settings that determine the vectors. Raises EncoderError."""
    values = _read_table(folder / "config.json")
    kind = values.get("model_type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise EncoderError(f"{folder} holds a model of type {kind!r}; BERT and XLM-R types are supported.")
    tokenizer = folder / "tokenizer_config.json"
    for name, table in (("config.json", values), (tokenizer.name, _read_table(tokenizer) if tokenizer.exists() else {})):
        if table.get("auto_map"):
            raise EncoderError(f"{name} in {folder} names code of its own (auto_map), which is never run; use a checkpoint without it.")
    if values.get("quantization_config") or (folder / "adapter_config.json").exists():
        raise EncoderError(f"{folder} holds a quantised model or an adapter; save the plain model with safetensors first.")
    if values.get("is_decoder") or values.get("add_cross_attention") or values.get("position_embedding_type", "absolute") != "absolute":
        raise EncoderError(f"{folder} holds a decoder or a model with relative positions; plain BERT and XLM-R types are supported.")
    chosen = {name: values[name] for name in (*_SIZES, *_OTHERS) if name in values}
    for name, (low, high) in _SIZES.items():
        if type(size := chosen.get(name, low)) is not int or not low <= size <= high:
            raise EncoderError(f"config.json in {folder} is damaged: {name} = {size!r} is not a valid size of a model.")
    if chosen.get("hidden_act", "gelu") not in _ACTIVATIONS:
        raise EncoderError(f"config.json in {folder} names the activation {chosen['hidden_act']!r}; known are {', '.join(_ACTIVATIONS)}.")
    try:
        config = _TYPES[kind][0](**chosen)
    except Exception as error:  # transformers raises errors of many types on invalid values
        raise EncoderError(f"config.json in {folder} is damaged: {first_line(error)}") from error
    _require_weights(folder, config)
    return config


def _require_weights(folder: Path, config: Any) -> None:
    """Refuse a configuration that asks for far more memory than the weight files fill, and weights that are no safetensors."""
    stored = 0
    for path in _weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                stored += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())
        except (OSError, SafetensorError, ValueError) as error:
            raise EncoderError(f"{path} is not a safetensors file or is damaged ({first_line(error)}).") from error
    size, inner = config.hidden_size, config.intermediate_size
    asked = size * (config.vocab_size + config.max_position_embeddings + config.type_vocab_size)
    asked += config.num_hidden_layers * (4 * size * size + 2 * size * inner)
    if asked > _LOOSE * stored:
        raise EncoderError(
            f"config.json in {folder} asks for {asked:,} weights, its .safetensors files hold {stored:,}; they do not belong together."
        )


def _weight_files(folder: Path) -> list[Path]:
    """The files transformers will read. Raises EncoderError when there is none, or an index leads elsewhere."""
    index = folder / "model.safetensors.index.json"
    whole = folder / "model.safetensors"
    if whole.is_file():
        return [whole]
    if not index.is_file():
        raise EncoderError(f"{folder} holds no model.safetensors; save the model with safetensors first.")
    table = _read_table(index).get("weight_map")
    names = set(table.values()) if isinstance(table, dict) and all(isinstance(name, str) for name in table.values()) else set()
    if not names or not all(name.endswith(".safetensors") and Path(name).name == name and (folder / name).is_file() for name in names):
        raise EncoderError(f"{index} names files that are missing or are not safetensors files of this folder.")
    return [folder / name for name in sorted(names)]


def _from_files(folder: Path, config: Any, kind: type[PreTrainedModel], **options: Any) -> tuple[PreTrainedModel, dict[str, Any]]:
    transformers_logging.set_verbosity_error()  # it would log the missing pooler in many lines
    transformers_logging.disable_progress_bar()
    try:
        return kind.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation="sdpa",
            output_loading_info=True,
            **options,
        )
    except Exception as error:  # transformers raises errors of many types on damaged files
        raise EncoderError(f"The checkpoint in {folder} cannot be loaded: {first_line(error)}") from error


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer without the model. Raises EncoderError."""
    config = read_config(folder)
    try:
        return AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True, use_fast=True, trust_remote_code=False
        ).backend_tokenizer
    except Exception as error:  # tokenizers raises bare Exceptions
        raise EncoderError(f"The tokenizer in {folder} cannot be loaded: {first_line(error)}") from error


def _read_table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EncoderError(f"{path} is too large for a file of settings.")
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EncoderError(f"{path.parent} is not a model checkpoint: it holds no {path.name}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{path} is damaged ({first_line(error)}).") from error
    if not isinstance(values, dict):
        raise EncoderError(f"{path} is damaged: it should hold a table.")
    return values


def first_line(error: BaseException) -> str:
    """The first line of an error message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
