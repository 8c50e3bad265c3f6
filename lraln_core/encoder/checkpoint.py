"""Checkpoint folders are untrusted input: settings are checked before transformers reads them, and their code is never run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from lraln_core.errors import EncoderError

_COUNT = {  # smallest and largest value of a setting that is a size
    "vocab_size": (1, 10_000_000), "hidden_size": (1, 65_536), "num_hidden_layers": (0, 1_000), "num_attention_heads": (1, 1_024),
    "intermediate_size": (1, 1_000_000), "max_position_embeddings": (8, 1_000_000), "type_vocab_size": (1, 1_000),
    "embedding_size": (1, 65_536), "num_key_value_heads": (1, 1_024), "head_dim": (1, 65_536), "local_attention": (1, 1_000_000),
    "relative_attention_num_buckets": (1, 100_000), "relative_attention_max_distance": (1, 1_000_000),
}  # fmt: skip
_TOKENS = ("pad_token_id", "bos_token_id", "eos_token_id", "tie_word_embeddings", "initializer_range")
_BERT_SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings",
               "type_vocab_size")  # fmt: skip
_BERT_OTHERS = ("hidden_act", "layer_norm_eps", "hidden_dropout_prob", "attention_probs_dropout_prob", *_TOKENS)
_T5_NAMES = {"hidden_size": "d_model", "num_hidden_layers": "num_layers", "num_attention_heads": "num_heads", "intermediate_size": "d_ff",
             "head_dim": "d_kv"}  # fmt: skip


@dataclass(frozen=True)
class ModelType:
    """Which classes of transformers load a model type, and which settings of its config.json are used."""

    config: str
    body: str
    sizes: tuple[str, ...]  # settings that are sizes, by the names in _COUNT
    others: tuple[str, ...]
    masked: str = ""  # the class with the head of masked language modelling, for types whose weights can be trained here
    names: Mapping[str, str] = field(default_factory=dict)  # what config.json calls a size, where it differs from _COUNT
    learned_positions: bool = True
    encoder: str = ""  # attribute that holds the encoder of an encoder-decoder model
    fixed: Mapping[str, Any] = field(default_factory=dict)  # settings that are always these
    options: Mapping[str, Any] = field(default_factory=dict)  # of from_pretrained

    def size(self, config: Any, name: str, default: int = 0) -> int:
        """A size of a configuration by its name in _COUNT."""
        return int(getattr(config, self.names.get(name, name), default) or default)


def _bert_type(name: str) -> ModelType:
    return ModelType(
        f"{name}Config", f"{name}Model", _BERT_SIZES, _BERT_OTHERS, masked=f"{name}ForMaskedLM", options={"add_pooling_layer": False}
    )


def _t5_type(name: str) -> ModelType:
    return ModelType(
        f"{name}Config",
        f"{name}EncoderModel",
        ("vocab_size", *_T5_NAMES, "relative_attention_num_buckets", "relative_attention_max_distance"),
        ("feed_forward_proj", "layer_norm_epsilon", "dropout_rate", *_TOKENS),
        names=_T5_NAMES,
        learned_positions=False,
        encoder="encoder",
    )


_ROTARY_SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings")
_TYPES = {
    "bert": _bert_type("Bert"),
    "roberta": _bert_type("Roberta"),
    "xlm-roberta": _bert_type("XLMRoberta"),
    "electra": ModelType("ElectraConfig", "ElectraModel", (*_BERT_SIZES, "embedding_size"), _BERT_OTHERS),
    "modernbert": ModelType(
        "ModernBertConfig",
        "ModernBertModel",
        (*_ROTARY_SIZES, "local_attention"),
        ("hidden_activation", "norm_eps", "norm_bias", "attention_bias", "mlp_bias", "layer_types", "global_attn_every_n_layers",
         "rope_parameters", "global_rope_theta", "local_rope_theta", "cls_token_id", "sep_token_id", *_TOKENS),
        learned_positions=False,
    ),
    "eurobert": ModelType(
        "EuroBertConfig",
        "EuroBertModel",
        (*_ROTARY_SIZES, "num_key_value_heads", "head_dim"),
        ("hidden_act", "rms_norm_eps", "attention_bias", "mlp_bias", "rope_parameters", "rope_theta", "rope_scaling", "mask_token_id",
         *_TOKENS),
        learned_positions=False,
    ),
    "t5": _t5_type("T5"),
    "mt5": _t5_type("MT5"),
    "umt5": _t5_type("UMT5"),
    "m2m_100": ModelType(
        "M2M100Config",
        "M2M100Model",
        ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings"),
        ("activation_function", "scale_embedding", "dropout", "attention_dropout", "activation_dropout", *_TOKENS),
        names={"hidden_size": "d_model", "num_hidden_layers": "encoder_layers", "num_attention_heads": "encoder_attention_heads",
               "intermediate_size": "encoder_ffn_dim"},
        encoder="encoder",
        fixed={"decoder_layers": 0, "decoder_ffn_dim": 8, "decoder_attention_heads": 1},
    ),
}  # fmt: skip
_SUPPORTED = "BERT, RoBERTa, XLM-R, ELECTRA, ModernBERT, EuroBERT, T5 and M2M-100 (NLLB)"
_ACTIVATION_SETTINGS = ("hidden_act", "hidden_activation", "activation_function")
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "relu", "silu", "swish")
_MOST_BYTES = 8 << 20  # of a JSON file of settings
_LOOSE = 2  # how many times the parameters of the files a configuration may ask for: tied weights are stored once


def load(folder: Path) -> tuple[torch.nn.Module, Tokenizer]:
    """A checkpoint of a supported type: (model without pooler and decoder, tokenizer). Never unpickles, never runs code.

    Raises EncoderError.
    """
    config = read_config(folder)
    kind = _TYPES[config.model_type]
    model, info = _from_files(folder, config, getattr(transformers, kind.body), **kind.options)
    lacking = [name for name in info["missing_keys"] if "pooler" not in name and "position_ids" not in name]
    if lacking:
        raise EncoderError(
            f"The checkpoint in {folder} lacks weights that its config.json asks for ({lacking[0]} and {len(lacking) - 1} "
            "more); it would not be a trained model."
        )
    return getattr(model, kind.encoder) if kind.encoder else model, load_tokenizer(folder)


def is_trainable(model_type: str) -> bool:
    """Whether weights of a model type can be trained here (vocabulary extension, whole-model updates)."""
    return bool(_TYPES[model_type].masked)


def load_with_head(folder: Path) -> tuple[PreTrainedModel, bool]:
    """The same model with its masked-language-modelling head, and whether the files hold that head. Raises EncoderError."""
    config = read_config(folder)
    masked = _TYPES[config.model_type].masked
    if not masked:
        raise EncoderError(f"Training supports BERT, RoBERTa and XLM-R types; {folder} holds a model of type {config.model_type!r}.")
    model, info = _from_files(folder, config, getattr(transformers, masked))
    return model, not any("dense" in name for name in info["missing_keys"])


def read_config(folder: Path) -> Any:
    """config.json as a configuration of a known type, reduced to the settings that determine the vectors. Raises EncoderError."""
    values = _read_table(folder / "config.json")
    name = values.get("model_type")
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise EncoderError(f"{folder} holds a model of type {name!r}; supported are {_SUPPORTED} types.")
    tokenizer = folder / "tokenizer_config.json"
    for file, table in (("config.json", values), (tokenizer.name, _read_table(tokenizer) if tokenizer.exists() else {})):
        # EuroBERT checkpoints name the code they had before transformers knew the type; it is not needed and never run.
        if table.get("auto_map") and name != "eurobert":
            raise EncoderError(f"{file} in {folder} names code of its own (auto_map), which is never run; use a checkpoint without it.")
    if values.get("quantization_config") or (folder / "adapter_config.json").exists():
        raise EncoderError(f"{folder} holds a quantised model or an adapter; save the plain model with safetensors first.")
    positions = values.get("position_embedding_type", "absolute")
    relative = positions not in (("absolute", "sans_pos") if name == "modernbert" else ("absolute",))
    if not kind.encoder and (values.get("is_decoder") or values.get("add_cross_attention") or relative):
        raise EncoderError(f"{folder} holds a decoder or a model with relative positions of an unsupported kind; use a plain encoder.")
    chosen = {name: values[name] for name in kind.others if name in values} | dict(kind.fixed)
    for size in kind.sizes:
        written = kind.names.get(size, size)
        low, high = _COUNT[size]
        if written not in values or (values[written] is None and size in ("num_key_value_heads", "head_dim")):
            continue
        if type(values[written]) is not int or not low <= values[written] <= high:
            raise EncoderError(f"config.json in {folder} is damaged: {written} = {values[written]!r} is not a valid size of a model.")
        chosen[written] = values[written]
    for setting in _ACTIVATION_SETTINGS:
        if chosen.get(setting, "gelu") not in _ACTIVATIONS:
            raise EncoderError(f"config.json in {folder} names the activation {chosen[setting]!r}; known are {', '.join(_ACTIVATIONS)}.")
    try:
        config = getattr(transformers, kind.config)(**chosen)
    except Exception as error:  # transformers raises errors of many types on invalid values
        raise EncoderError(f"config.json in {folder} is damaged: {first_line(error)}") from error
    _require_weights(folder, config, kind)
    return config


def _require_weights(folder: Path, config: Any, kind: ModelType) -> None:
    """Refuse a configuration that asks for far more memory than the weight files fill, and weights that are not safetensors."""
    stored = 0
    for path in _weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                stored += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())
        except (OSError, SafetensorError, ValueError) as error:
            raise EncoderError(f"{path} is not a safetensors file or is damaged ({first_line(error)}).") from error
    size, inner = kind.size(config, "hidden_size"), kind.size(config, "intermediate_size")
    heads = kind.size(config, "num_attention_heads")
    attention = heads * kind.size(config, "head_dim", -(-size // heads))
    asked = kind.size(config, "vocab_size") * kind.size(config, "embedding_size", size)
    if kind.learned_positions:
        asked += size * (kind.size(config, "max_position_embeddings") + kind.size(config, "type_vocab_size"))
    asked += kind.size(config, "num_hidden_layers") * (4 * size * attention + 2 * size * inner)
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
        loaded: Any = kind.from_pretrained(
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
        model, info = loaded
        return model, info
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
