"""A frozen language model that computes one vector, the CCWR, for every word of a tokenised sentence (paper, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from lraln_core.choices import INNER_WEIGHT, Pooling, Precision
from lraln_core.errors import EncoderError
from lraln_core.records import Progress, Words, WordVectors, from_lengths

from . import word_pieces
from .precision import in_precision
from .word_pieces import Pieces

RELATIVE_POSITIONS_LIMIT = 512  # subwords; T5-type models have no limit of their own and were trained on inputs of this length
_LAYERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (  # (attribute that owns the list of layers, the list, the norm behind the last)
    ("encoder", "layer", ()),  # BERT, RoBERTa, XLM-R, ELECTRA
    ("", "layers", ("final_norm", "norm", "layer_norm")),  # ModernBERT, EuroBERT, M2M-100
    ("", "block", ("final_layer_norm",)),  # T5
)
SUBWORDS_PER_BATCH = 2048  # on two cores, larger batches do not fit the processor's cache and are not faster


@dataclass
class _Tokenized:
    ids: list[int]
    first: np.ndarray  # (n_words,) int64, position of each word's first subword, -1 when it has none
    last: np.ndarray  # (n_words,) int64


class FrozenEncoder:
    """Encodes tokenised sentences. The model is never trained here; no gradient is kept.

    layer counts the transformer layers from 1; 0 is the embedding layer, negative numbers count from the end. With inner_depth above 0
    the vector of an inner layer, times inner_weight, follows that of `layer`: word vectors are then twice as wide (see `inner_layer_of`).
    """

    def __init__(
        self,
        model: Any,  # a PreTrainedModel of one of the types in checkpoint.py
        tokenizer: Tokenizer,
        *,
        layer: int = -1,
        pooling: Pooling = Pooling.LAST,
        device: str = "cpu",
        precision: Precision = Precision.FLOAT32,
        inner_depth: float = 0.0,
        inner_weight: float = INNER_WEIGHT,
    ):
        self.layer = resolve_layer(layer, model.config.num_hidden_layers)
        keep_layers(model, self.layer)
        self.precision = Precision(precision)
        self.model: Any = in_precision(model.to(device=device, dtype=torch.float32).eval().requires_grad_(False), self.precision, device)
        self.tokenizer = tokenizer
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.pooling = Pooling(pooling)
        self.device = device
        self.inner_layer = inner_layer_of(self.layer, inner_depth)
        self.inner_weight = inner_weight
        self.width = int(model.config.hidden_size)  # of one layer
        self.dimension = self.width * (1 if self.inner_layer is None else 2)
        self.rows = model.get_input_embeddings().num_embeddings
        self.pad_id = int(model.config.pad_token_id or 0)
        self.max_subwords = longest_input(model.config)

    def tokenize(self, sentences: Sequence[Words]) -> list[_Tokenized]:
        """Subword ids with special tokens; words that do not fit into the model as a whole are cut off. Raises EncoderError."""
        return [self._fit(pieces, len(words)) for pieces, words in zip(word_pieces.cut(self.tokenizer, sentences), sentences, strict=True)]

    def _fit(self, pieces: Pieces, n_words: int) -> _Tokenized:
        ids, words = pieces.ids, pieces.words
        if len(ids) > self.max_subwords:
            closed = pieces.special[-1]  # some tokenizers add no closing special token
            keep = self.max_subwords - closed
            while keep > 1 and words[keep] is not None and words[keep] == words[keep - 1]:
                keep -= 1
            ids, words = [*ids[:keep], *ids[-1:] * closed], [*words[:keep], *[None] * closed]
        first, last = np.full(n_words, -1, np.int64), np.full(n_words, -1, np.int64)
        for at, word in enumerate(words):
            if word is None:
                continue
            if first[word] < 0:
                first[word] = at
            last[word] = at
        return _Tokenized(ids, first, last)

    def encode(self, sentences: Sequence[Words], *, progress: Progress | None = None) -> WordVectors:
        """CCWRs of all words, float32. progress counts sentences. Raises EncoderError when a vector is not finite."""
        if self.inner_layer is None:
            return self.encode_layers(sentences, (self.layer,), progress=progress)[0]
        outer, inner = self.encode_layers(sentences, (self.layer, self.inner_layer), progress=progress)
        return outer.replace_vectors(np.concatenate([outer.vectors, np.float32(self.inner_weight) * inner.vectors], axis=1))

    def encode_layers(
        self, sentences: Sequence[Words], layers: Sequence[int], *, progress: Progress | None = None
    ) -> tuple[WordVectors, ...]:
        """CCWRs of several layers, each from 0 to `self.layer`, in one pass. progress counts sentences.

        Raises EncoderError when a vector is not finite or there is no such layer.
        """
        if not layers or min(layers) < 0 or max(layers) > self.layer:
            raise EncoderError(f"The encoder was opened with layers 0 to {self.layer}; asked for were {list(layers)}.")
        lengths = [len(words) for words in sentences]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        vectors = np.zeros((len(layers), offsets[-1], self.width), np.float32)
        valid = np.zeros(offsets[-1], bool)
        tokenized = self.tokenize(sentences)
        order = sorted(range(len(sentences)), key=lambda i: (len(tokenized[i].ids), i))
        done = 0
        for batch in _batches(order, [len(item.ids) for item in tokenized]):
            for number, hidden in enumerate(self._hidden([tokenized[i].ids for i in batch], layers)):
                for row, i in enumerate(batch):
                    present = tokenized[i].last >= 0
                    target = slice(offsets[i], offsets[i + 1])
                    vectors[number][target][present] = self._pool(hidden[row], tokenized[i], present)
                    valid[target] = present
            done += len(batch)
            if progress:
                progress(done, len(sentences))
        if not np.isfinite(vectors).all():
            raise EncoderError(
                "The language model produced vectors that are not finite numbers; its weights may be damaged. Download or "
                "save it again, or choose another encoder."
            )
        return tuple(from_lengths(one, lengths, valid) for one in vectors)

    @torch.inference_mode()
    def _hidden(self, ids: list[list[int]], layers: Sequence[int]) -> list[np.ndarray]:
        """(batch, longest, dimension) output of each wanted layer."""
        longest = max(map(len, ids))
        tokens = torch.full((len(ids), longest), self.pad_id, dtype=torch.long)
        mask = torch.zeros((len(ids), longest), dtype=torch.long)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        if longest == 0 or int(tokens.max()) >= self.rows:
            raise EncoderError("The tokenizer and the weights of this model do not match: its embedding table has no row for a subword.")
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.precision is Precision.BFLOAT16):
            only_last = tuple(layers) == (self.layer,)
            output = self.model(input_ids=tokens.to(self.device), attention_mask=mask.to(self.device), output_hidden_states=not only_last)
        states = [output.last_hidden_state if layer == self.layer else output.hidden_states[layer] for layer in layers]
        return [state.float().cpu().numpy() for state in states]

    def _pool(self, hidden: np.ndarray, item: _Tokenized, present: np.ndarray) -> np.ndarray:
        first, last = item.first[present], item.last[present]
        if self.pooling is Pooling.LAST:
            return hidden[last]
        if self.pooling is Pooling.FIRST:
            return hidden[first]
        sums = np.concatenate([np.zeros((1, hidden.shape[1])), np.cumsum(hidden, axis=0, dtype=np.float64)])
        return (sums[last + 1] - sums[first]) / (last + 1 - first)[:, None]

    def subword_counts(self, sentences: Sequence[Words]) -> list[np.ndarray]:
        """Subwords per word of each sentence (0 for invisible words); their mean is the fertility."""
        return [np.where(t.last >= 0, t.last - t.first + 1, 0) for t in self.tokenize(sentences)]


def longest_input(config: Any) -> int:
    """The most subwords of an input, special tokens included."""
    if not hasattr(config, "max_position_embeddings"):
        return RELATIVE_POSITIONS_LIMIT
    # RoBERTa types number positions from pad_token_id + 1.
    return int(config.max_position_embeddings) - (int(config.pad_token_id or 0) + 1 if "roberta" in config.model_type else 0)


def keep_layers(model: Any, layer: int) -> None:
    """Remove the transformer layers above `layer`; what is left computes what transformers gives as hidden_states[layer].

    Models with a norm behind their last layer keep it for that layer only: transformers gives inner layers without it.
    """
    for owner, name, norms in _LAYERS:
        stack = getattr(model, owner, None) if owner else model
        if not hasattr(stack, name):
            continue
        layers = getattr(stack, name)
        for norm in norms:
            if hasattr(stack, norm) and layer < len(layers):
                setattr(stack, norm, torch.nn.Identity())
        setattr(stack, name, layers[:layer])
        return
    raise EncoderError(f"The layers of a {type(model).__name__} are not where they are expected; choose another encoder.")


def resolve_layer(layer: int, layers: int) -> int:
    """The layer as a count of transformer layers, 0 to `layers`. Raises EncoderError when there is no such layer."""
    resolved = layer + layers + 1 if layer < 0 else layer
    if not 0 <= resolved <= layers:
        raise EncoderError(f"The encoder has layers 0 to {layers} (or -1 to -{layers + 1}); there is no layer {layer}.")
    return resolved


def inner_layer_of(layer: int, depth: float) -> int | None:
    """The layer at that share of the way from the embeddings to `layer`, at most the one before it; None for a depth of 0.

    A share and not a number, so that one setting means the same in models of different sizes: 0.67 is layer 8 of 12.
    """
    if depth <= 0 or layer == 0:
        return None
    return min(round(depth * layer), layer - 1)


def _batches(order: list[int], lengths: list[int]) -> list[list[int]]:
    """Consecutive runs of `order` (sorted by length) whose padded size stays within the subword budget."""
    batches: list[list[int]] = []
    for i in order:
        if batches and lengths[i] * (len(batches[-1]) + 1) <= SUBWORDS_PER_BATCH:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
