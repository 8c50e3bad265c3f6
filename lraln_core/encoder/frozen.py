"""A frozen language model that computes one vector, the CCWR, for every word of a tokenised sentence (paper, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer

from lraln_core.choices import Pooling, Precision
from lraln_core.errors import EncoderError
from lraln_core.records import Progress, Words, WordVectors, from_lengths

from . import checkpoint
from .precision import in_precision

SUBWORDS_PER_BATCH = 2048  # on two cores, larger batches do not fit the processor's cache and are not faster


@dataclass
class _Tokenized:
    ids: list[int]
    first: np.ndarray  # (n_words,) int64, position of each word's first subword, -1 when it has none
    last: np.ndarray  # (n_words,) int64


class FrozenEncoder:
    """Encodes tokenised sentences. The model is never trained here; no gradient is kept.

    layer counts the transformer layers from 1; 0 is the embedding layer, negative numbers count from the end.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        tokenizer: Tokenizer,
        *,
        layer: int = -1,
        pooling: Pooling = Pooling.LAST,
        device: str = "cpu",
        precision: Precision = Precision.FLOAT32,
    ):
        self.layer = resolve_layer(layer, model.config.num_hidden_layers)
        # Layers above the wanted one are not needed.
        model.encoder.layer = model.encoder.layer[: self.layer]
        self.precision = Precision(precision)
        self.model = in_precision(model.to(device=device, dtype=torch.float32).eval().requires_grad_(False), self.precision, device)
        self.tokenizer = tokenizer
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.pooling = Pooling(pooling)
        self.device = device
        self.dimension = int(model.config.hidden_size)
        self.rows = model.get_input_embeddings().num_embeddings
        self.pad_id = int(model.config.pad_token_id or 0)
        roberta = "roberta" in model.config.model_type
        # RoBERTa types number positions from pad_id + 1.
        self.max_subwords = int(model.config.max_position_embeddings) - (self.pad_id + 1 if roberta else 0)

    def tokenize(self, sentences: Sequence[Words]) -> list[_Tokenized]:
        """Subword ids with special tokens; words that do not fit into the model as a whole are cut off. Raises EncoderError."""
        try:
            encodings = self.tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True)
        except Exception as error:  # the library raises bare Exceptions
            raise EncoderError(f"The tokenizer of this language model failed: {checkpoint.first_line(error)}") from error
        return [self._fit(encoding, len(words)) for encoding, words in zip(encodings, sentences, strict=True)]

    def _fit(self, encoding: Encoding, n_words: int) -> _Tokenized:
        ids, words = encoding.ids, encoding.word_ids
        if len(ids) > self.max_subwords:
            keep = self.max_subwords - 1
            while keep > 1 and words[keep] is not None and words[keep] == words[keep - 1]:
                keep -= 1
            ids, words = [*ids[:keep], ids[-1]], [*words[:keep], None]
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
        lengths = [len(words) for words in sentences]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        vectors = np.zeros((offsets[-1], self.dimension), np.float32)
        valid = np.zeros(offsets[-1], bool)
        tokenized = self.tokenize(sentences)
        order = sorted(range(len(sentences)), key=lambda i: (len(tokenized[i].ids), i))
        done = 0
        for batch in _batches(order, [len(item.ids) for item in tokenized]):
            hidden = self._hidden([tokenized[i].ids for i in batch])
            for row, i in enumerate(batch):
                present = tokenized[i].last >= 0
                target = slice(offsets[i], offsets[i + 1])
                vectors[target][present] = self._pool(hidden[row], tokenized[i], present)
                valid[target] = present
            done += len(batch)
            if progress:
                progress(done, len(sentences))
        if not np.isfinite(vectors).all():
            raise EncoderError(
                "The language model produced vectors that are not finite numbers; its weights may be damaged. Download or "
                "save it again, or choose another encoder."
            )
        return from_lengths(vectors, lengths, valid)

    @torch.inference_mode()
    def _hidden(self, ids: list[list[int]]) -> np.ndarray:
        """(batch, longest, dimension) output of the wanted layer."""
        longest = max(map(len, ids))
        tokens = torch.full((len(ids), longest), self.pad_id, dtype=torch.long)
        mask = torch.zeros((len(ids), longest), dtype=torch.long)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        if longest == 0 or int(tokens.max()) >= self.rows:
            raise EncoderError("The tokenizer and the weights of this model do not match: its embedding table has no row for a subword.")
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.precision is Precision.BFLOAT16):
            output = self.model(input_ids=tokens.to(self.device), attention_mask=mask.to(self.device))
        return output.last_hidden_state.float().cpu().numpy()

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


def resolve_layer(layer: int, layers: int) -> int:
    """The layer as a count of transformer layers, 0 to `layers`. Raises EncoderError when there is no such layer."""
    resolved = layer + layers + 1 if layer < 0 else layer
    if not 0 <= resolved <= layers:
        raise EncoderError(f"The encoder has layers 0 to {layers} (or -1 to -{layers + 1}); there is no layer {layer}.")
    return resolved


def _batches(order: list[int], lengths: list[int]) -> list[list[int]]:
    """Consecutive runs of `order` (sorted by length) whose padded size stays within the subword budget."""
    batches: list[list[int]] = []
    for i in order:
        if batches and lengths[i] * (len(batches[-1]) + 1) <= SUBWORDS_PER_BATCH:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
