"""An encoder with its masked-language-modelling head, opened by any encoder name and saved as an ordinary checkpoint folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import BertForMaskedLM, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from lraln_core.encoder import checkpoint, embedded, registry
from lraln_core.encoder.frozen import longest_input
from lraln_core.encoder.registry import BUILT_IN
from lraln_core.files.tensor_files import safetensors_errors

ROLES = {
    "unk_token": ("[UNK]", "<unk>"),
    "pad_token": ("[PAD]", "<pad>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "mask_token": ("[MASK]", "<mask>"),
    "bos_token": ("<s>",),
    "eos_token": ("</s>",),
}
INITIAL_STD = 0.02  # of fresh weights, as in BERT


@dataclass
class LanguageModel:
    """A trainable encoder: body, tied head, tokenizer."""

    model: PreTrainedModel  # a BERT- or XLM-R-type model for masked language modelling
    tokenizer: Tokenizer
    trained_head: bool  # False for a randomly initialised head, which is not saved

    @property
    def body(self) -> Any:
        return self.model.base_model

    @property
    def head(self) -> Any:
        """Everything between the body and the logits, apart from the tied embedding table."""
        model: Any = self.model
        return model.cls.predictions if hasattr(model, "cls") else model.lm_head

    @property
    def max_subwords(self) -> int:
        """Longest input, special tokens included."""
        return longest_input(self.model.config)

    def transform(self, hidden: torch.Tensor) -> torch.Tensor:
        """The head up to its last layer norm. (n, d) -> (n, d); logits are its products with the embedding rows plus a bias."""
        if hasattr(self.head, "transform"):
            return self.head.transform(hidden)
        return self.head.layer_norm(torch.nn.functional.gelu(self.head.dense(hidden)))

    def special(self, role: str) -> int | None:
        """Id of a special token by its role, None when the tokenizer has none."""
        ids = (self.tokenizer.token_to_id(token) for token in ROLES[role])
        return next((number for number in ids if number is not None), None)


def open_language_model(name: str = BUILT_IN, *, seed: int = 1) -> LanguageModel:
    """The encoder with a head: the built-in one, a checkpoint folder, or a hub name. On the processor, in float32.

    Where the weights come without a head (the built-in encoder, and checkpoints of the body alone) it starts fresh: a small
    transform with random weights drawn from the seed, the decoder tied to the input embeddings. Raises EncoderError.
    """
    if name == BUILT_IN:
        model, tokenizer, trained = *_with_head(*embedded.load()), False
    else:
        folder = Path(name) if Path(name).is_dir() else registry.hub_folder(name)
        tokenizer = checkpoint.load(folder)[1]  # raises EncoderError for a damaged folder
        model, trained = checkpoint.load_with_head(folder)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    opened = LanguageModel(model.eval().requires_grad_(False), tokenizer, trained)
    if not trained:
        _start_head(opened.head, seed)
    opened.model.tie_weights()
    resize(opened.model, max(tokenizer.get_vocab().values()) + 1)  # some checkpoints have fewer rows than pieces
    if opened.special("mask_token") is None:
        _add_mask_token(opened)
    return opened


def _with_head(body: Any, tokenizer: Tokenizer) -> tuple[PreTrainedModel, Tokenizer]:
    with torch.device("meta"):  # no second, random copy of the body in memory
        model: Any = BertForMaskedLM(body.config)
    model.bert = body
    head = model.cls.predictions
    head.transform.to_empty(device="cpu")
    head.decoder.weight = body.embeddings.word_embeddings.weight
    head.bias = head.decoder.bias = torch.nn.Parameter(torch.empty(body.config.vocab_size))
    return model, tokenizer


def _start_head(head: torch.nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in head.named_parameters():
            if name.startswith("decoder."):
                continue
            if name.endswith("dense.weight"):
                weight.copy_(torch.randn(weight.shape, generator=generator) * INITIAL_STD)
            else:
                weight.fill_(1.0 if name.endswith("weight") else 0.0)


def _add_mask_token(opened: LanguageModel) -> None:
    """A tokenizer made for encoding alone has no mask token; it gets one."""
    opened.tokenizer.add_special_tokens([AddedToken(ROLES["mask_token"][1], special=True, normalized=False)])
    resize(opened.model, cast(int, opened.tokenizer.token_to_id(ROLES["mask_token"][1])) + 1)


def resize(model: Any, rows: int) -> None:
    """Make room for `rows` pieces, each new row the mean of the old ones. Larger tables stay (some end in unused rows)."""
    table = model.get_input_embeddings().weight
    before, mean = len(table), table.mean(0)
    if rows > before:
        model.resize_token_embeddings(rows, mean_resizing=False)  # grows the table in place, with random rows
        model.get_input_embeddings().weight.data[before:] = mean
        model.requires_grad_(False)


def save(folder: Path, model: PreTrainedModel, tokenizer: Tokenizer) -> None:
    """Write an ordinary checkpoint (safetensors, config, tokenizer) into an existing folder."""
    transformers_logging.disable_progress_bar()
    with safetensors_errors(folder):
        model.save_pretrained(folder)
    wrap(tokenizer).save_pretrained(folder)


def save_language_model(folder: Path, opened: LanguageModel) -> None:
    """`save`, with the head where it has learned something and the body alone where not."""
    save(folder, opened.model if opened.trained_head else opened.body, opened.tokenizer)


def wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer as a transformers object, with its special tokens found by their usual names."""
    roles = {role: token for role, names in ROLES.items() if (token := _first_known(tokenizer, names))}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles)


def _first_known(tokenizer: Tokenizer, names: Sequence[str]) -> str | None:
    return next((name for name in names if tokenizer.token_to_id(name) is not None), None)
