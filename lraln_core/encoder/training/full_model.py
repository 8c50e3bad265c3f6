"""Updating all weights of an encoder on word pairs [Cao et al. 2020], with English held near its starting point."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.checkpoint import is_trainable
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.errors import EncoderError
from lraln_core.records import ParallelText, Words

from . import language_model
from .adaptation import Trainee

BETAS, EPSILON = (0.9, 0.98), 1e-9  # as for the maps (paper, section 4.1)
SUBWORDS_PER_CHUNK = {"cpu": 512, "cuda": 16_384}  # gradients add up, so this decides speed and memory and nothing else


class LinkedPair(NamedTuple):
    """Two sentences, parallel or not, and the word pairs between them; trg is the English side."""

    src: Words
    trg: Words
    links: tuple[tuple[int, int], ...]  # (src word, trg word)


def from_parallel(text: ParallelText) -> list[LinkedPair]:
    """The sentence pairs of a parallel text that have any link."""
    return [LinkedPair(*pair) for pair in zip(text.src, text.trg, text.links, strict=True) if pair[2]]


@dataclass(frozen=True)
class StepLoss:
    """Losses of one update, before it."""

    pull: float  # mean squared distance of a word pair
    drift: float  # mean squared distance of an English word from where it started
    pairs: int

    @property
    def whole(self) -> float:
        return self.pull + self.drift


class FullModelTrainer:
    """The encoder's own weights with the state of Adam, and a frozen copy of the encoder as it was.

    The model stays in evaluation mode: without dropout the vectors that are compared are those that will be used. Each
    encoder whose weights are already adapted serves as a warm start.
    """

    def __init__(
        self, encoder: FrozenEncoder, *, regularization: float = 1.0, frozen_target: bool = False, train_embeddings: bool | None = None
    ):
        """regularization: weight of the English side's distance from its start, 1 in Cao et al.; frozen_target: words are pulled to
        the English vectors of the original model instead of the present ones; train_embeddings: whether the word embedding
        table is trained, None for only on a GPU (it holds four fifths of the built-in encoder's weights).
        Raises EncoderError for an encoder that averages subwords or whose weights are rounded to 8 bits."""
        if encoder.inner_layer is not None:
            raise EncoderError("Full-model updates train the vectors of one layer: set encoder.inner_depth to 0.")
        if encoder.pooling is Pooling.MEAN:
            raise EncoderError("Full-model updates need one subword a word: set encoder.pooling to last (the paper's) or first.")
        if not is_trainable(encoder.model.config.model_type):
            raise EncoderError(f"Whole-model updates support BERT, RoBERTa and XLM-R types, not {encoder.model.config.model_type!r}.")
        if encoder.precision is Precision.INT8:
            raise EncoderError("Weights of 8 bits do not learn: set encoder.precision to float32 or bfloat16.")
        self.encoder, self.regularization, self.frozen_target = encoder, regularization, frozen_target
        table = encoder.model.get_input_embeddings().weight
        train_table = encoder.device != "cpu" if train_embeddings is None else train_embeddings
        # A table that does not learn is shared with the copy instead of being held twice.
        self.original = copy.deepcopy(encoder.model, {} if train_table else {id(table): table})
        learned = {name: weight for name, weight in encoder.model.named_parameters() if train_table or weight is not table}
        self.trainee = Trainee(learned, betas=BETAS, epsilon=EPSILON)

    def step(self, pairs: Sequence[LinkedPair], learning_rate: float) -> StepLoss:
        """One update on a batch. Its loss is the sum of squared distances of the word pairs [paper, eq. 2] plus the weighted
        sum of squared distances of all English words from their vectors in the original model [Cao et al. 2020].
        """
        pull = drift = 0.0
        links = english = 0
        for chunk in self._chunks(pairs):
            src, trg = [item[1] for item in chunk], [item[2] for item in chunk]
            src_hidden, trg_hidden = self._hidden(self.encoder.model, src), self._hidden(self.encoder.model, trg)
            with torch.no_grad():
                trg_before = self._hidden(self.original, trg)
            linked = [(i, src[i].words[s], trg[i].words[t]) for i, (pair, *_) in enumerate(chunk) for s, t in pair.links]
            linked = [(i, s, t) for i, s, t in linked if s >= 0 and t >= 0]
            words = [(i, place) for i, item in enumerate(trg) for place in item.words if place >= 0]
            goal = trg_before if self.frozen_target else trg_hidden
            pulled = squared_distance(src_hidden[_index((i, s) for i, s, _ in linked)], goal[_index((i, t) for i, _, t in linked)])
            kept = squared_distance(trg_hidden[_index(words)], trg_before[_index(words)])
            (pulled + self.regularization * kept).backward()
            pull, drift = pull + float(pulled.detach()), drift + float(kept.detach())
            links, english = links + len(linked), english + len(words)
        self.trainee.update(learning_rate)
        return StepLoss(pull / max(1, links), drift / max(1, english), links)

    def finish(self) -> None:
        """Stop learning; the encoder is an ordinary frozen one again."""
        self.trainee.freeze()

    def save(self, path: Path, note: dict[str, Any]) -> None:
        """Checkpoint: weights, moments of Adam, note."""
        self.trainee.save(path, note)

    def restore(self, path: Path) -> dict[str, Any]:
        """The inverse of save; returns the note."""
        return self.trainee.restore(path)

    def _tokenize(self, sentences: Sequence[Words]) -> list[_Item]:
        last = self.encoder.pooling is Pooling.LAST
        return [_Item(item.ids, (item.last if last else item.first).tolist()) for item in self.encoder.tokenize(sentences)]

    def _chunks(self, pairs: Sequence[LinkedPair]) -> Iterator[list[tuple[LinkedPair, _Item, _Item]]]:
        """Pairs of similar length together, padded size within the budget."""
        budget = SUBWORDS_PER_CHUNK[self.encoder.device.partition(":")[0]]
        sides = self._tokenize([pair.src for pair in pairs]), self._tokenize([pair.trg for pair in pairs])
        items = list(zip(pairs, *sides, strict=True))

        def length(item: tuple[LinkedPair, _Item, _Item]) -> int:
            return max(len(item[1].ids), len(item[2].ids))

        chunk: list[tuple[LinkedPair, _Item, _Item]] = []
        for item in sorted(items, key=length):
            if chunk and 2 * (len(chunk) + 1) * length(item) > budget:
                yield chunk
                chunk = []
            chunk.append(item)
        if chunk:
            yield chunk

    def _hidden(self, model: torch.nn.Module, items: Sequence[_Item]) -> torch.Tensor:
        """(sentences, longest, d)."""
        longest, device = max(len(item.ids) for item in items), self.encoder.device
        ids = [item.ids + [self.encoder.pad_id] * (longest - len(item.ids)) for item in items]
        mask = [[1] * len(item.ids) + [0] * (longest - len(item.ids)) for item in items]
        tensors = {"input_ids": torch.tensor(ids, device=device), "attention_mask": torch.tensor(mask, device=device)}
        return model(**tensors).last_hidden_state


class _Item(NamedTuple):
    ids: list[int]
    words: list[int]  # position of the subword used for each word, -1 for a word without one


def squared_distance(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Sum of squared Euclidean distances of rows. (n, d), (n, d) -> scalar."""
    return (one - two).square().sum()


def _index(places: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """(sentence, subword) pairs as an index into hidden states."""
    table = torch.tensor(list(places), dtype=torch.long).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def save_encoder(folder: Path, encoder: FrozenEncoder) -> None:
    """Write the encoder as an ordinary checkpoint into an existing folder; layers above the used one are not in it."""
    encoder.model.config.num_hidden_layers = encoder.layer
    language_model.save(folder, encoder.model, encoder.tokenizer)
