"""Denoising word alignment [Chi et al. 2021, XLM-Align]: the maximisation step, in which hidden words point to their counterparts.

Words of a sentence pair are masked. A pointer network finds, for each masked word with a self-labelled link, the linked word among all
words of the other sentence; masked language modelling keeps the words apart. Unlike the paper, words are masked and pointed at as
wholes (a word is the vector that is used for it everywhere else), and the sides may be encoded separately (`joint` is the paper's form).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.checkpoint import is_trainable
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.errors import EncoderError
from lraln_core.files.randomness import rng_for
from lraln_core.records import Words, WordVectors, from_lengths

from .adaptation import Trainee
from .full_model import LinkedPair, StepLoss
from .language_model import LanguageModel

BETAS, EPSILON, CLIP = (0.9, 0.98), 1e-6, 1.0
SUBWORDS_PER_CHUNK = {"cpu": 1024, "cuda": 32_768}


@dataclass(frozen=True)
class DenoisingOptions:
    """What a step trains; how long and how fast is the loop's."""

    top_layers: int = 0  # only so many layers from the top learn, 0 for all
    mask_share: float = 0.15  # of the words of each sentence
    temperature: float = 0.0  # of cosines in the pointer; 0: products over the square root of the dimension, as in the paper
    joint: bool = True  # both sentences as one input, as in the paper (translation language modelling)
    language_modelling: float = 1.0  # weight of masked language modelling
    train_embeddings: bool | None = None  # None: the embedding table learns on a GPU only
    seed: int = 1


class _Side(NamedTuple):
    ids: list[int]
    first: np.ndarray  # (words,) place of the first subword in ids, -1 for a word without one
    last: np.ndarray  # (words,)


class DenoisingTrainer:
    """The weights of an encoder that learn, a pointer network and a head for masked language modelling, with the state of Adam.

    Like FullModelTrainer, so that the same loop drives both: `step` on sentence pairs with links, here self-labelled ones.
    """

    def __init__(self, encoder: FrozenEncoder, options: DenoisingOptions, head: LanguageModel | None = None):
        """head: of masked language modelling, opened for the same weights; None trains the pointer alone.

        Raises EncoderError for a model type that cannot be trained, for weights of 8 bits, and for more top layers than there are.
        """
        config = encoder.model.config
        if not is_trainable(config.model_type):
            raise EncoderError(f"Denoising word alignment supports BERT, RoBERTa and XLM-R types, not {config.model_type!r}.")
        if encoder.precision is Precision.INT8:
            raise EncoderError("Weights of 8 bits do not learn: set encoder.precision to float32 or bfloat16.")
        layers = encoder.model.encoder.layer
        if options.top_layers > len(layers):
            raise EncoderError(f"denoising.top_layers = {options.top_layers}, but the encoder has {len(layers)} layers.")
        self.encoder, self.options, self.head = encoder, options, head
        self.device, self.steps = encoder.device, 0
        table = encoder.model.get_input_embeddings().weight
        self.table = table
        mask_id = encoder.tokenizer.token_to_id("<mask>") or encoder.tokenizer.token_to_id("[MASK]")
        start = table[mask_id] if mask_id is not None and mask_id < len(table) else table.mean(0)
        self.mask = torch.nn.Parameter(start.detach().clone())
        eye = torch.eye(encoder.dimension, device=self.device)
        # From the identity the pointer starts as the similarity that labelled the links, so the encoder is not pulled by a random one.
        self.query, self.key = torch.nn.Parameter(eye.clone()), torch.nn.Parameter(eye.clone())
        self.trainee = Trainee(self._weights(layers), betas=BETAS, epsilon=EPSILON)

    def _weights(self, layers: Any) -> dict[str, torch.nn.Parameter]:
        options = self.options
        weights = {"mask": self.mask, "pointer.query": self.query, "pointer.key": self.key}
        if options.top_layers:
            lowest = len(layers) - options.top_layers
            for number in range(lowest, len(layers)):
                weights |= {f"layer.{number}.{name}": weight for name, weight in layers[number].named_parameters()}
        else:
            train_table = self.device != "cpu" if options.train_embeddings is None else options.train_embeddings
            named = self.encoder.model.named_parameters()
            weights |= {f"body.{name}": weight for name, weight in named if train_table or weight is not self.table}
        if self.head is not None:
            self.head.head.to(self.device)
            named = self.head.head.named_parameters()
            weights |= {f"head.{name}": weight for name, weight in named if not name.startswith("decoder.")}
        return weights

    # ---- the expectation step: vectors to label links with

    @torch.inference_mode()
    def vectors(self, pairs: Sequence[tuple[Words, Words]]) -> tuple[WordVectors, WordVectors]:
        """The words of both sides under the current weights, nothing masked; encoded jointly where training is joint."""
        found: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0), np.empty(0))] * len(pairs)
        for rows in self._chunks(sides := self._tokenize(pairs)):
            hidden = self._hidden([sides[row] for row in rows], {})
            for row, (src, trg) in zip(rows, hidden, strict=True):
                found[row] = src.float().cpu().numpy(), trg.float().cpu().numpy()
        return self._word_vectors([one[0] for one in found], [pair[0] for pair in sides]), self._word_vectors(
            [one[1] for one in found], [pair[1] for pair in sides]
        )

    def _word_vectors(self, vectors: list[np.ndarray], sides: list[_Side]) -> WordVectors:
        valid = [side.last >= 0 for side in sides]
        return from_lengths(np.concatenate(vectors), [len(one) for one in valid], np.concatenate(valid))

    # ---- the maximisation step

    def step(self, pairs: Sequence[LinkedPair], learning_rate: float) -> StepLoss:
        """One update. `pull` of its loss is the mean cross entropy (nats) of the pointer, `drift` that of masked language modelling."""
        rng = rng_for(self.options.seed, "denoising", self.steps)
        sides = self._tokenize([(pair.src, pair.trg) for pair in pairs])
        choose = lambda side: self._choose(len(side.last), side.last >= 0, rng)
        masked = [(choose(one), choose(other)) for one, other in sides]
        pointed = sum(int(sum(both[0][s] + both[1][t] for s, t in pair.links)) for pair, both in zip(pairs, masked, strict=True))
        hidden_pieces = sum(
            int((side.last - side.first + 1)[chosen].sum())
            for two, both in zip(sides, masked, strict=True)
            for side, chosen in zip(two, both, strict=True)
        )
        pull = modelled = 0.0
        for rows in self._chunks(sides):
            loss, (one, two) = self._loss(
                [pairs[i] for i in rows], [sides[i] for i in rows], [masked[i] for i in rows], pointed, hidden_pieces
            )
            if loss is not None:
                loss.backward()
            pull, modelled = pull + one, modelled + two
        self.trainee.update(learning_rate, clip=CLIP)
        self.steps += 1
        return StepLoss(pull, modelled, pointed)

    def _choose(self, words: int, present: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Which words of a sentence are masked, (words,) bool: a share of those with a subword, at least one."""
        chosen = np.zeros(words, bool)
        places = rng.permutation(np.flatnonzero(present))
        chosen[places[: max(1, round(self.options.mask_share * len(places)))]] = True
        return chosen

    def _loss(
        self,
        pairs: Sequence[LinkedPair],
        sides: Sequence[tuple[_Side, _Side]],
        masked: Sequence[tuple[np.ndarray, np.ndarray]],
        pointed: int,
        hidden_pieces: int,
    ) -> tuple[torch.Tensor | None, tuple[float, float]]:
        """The share of some pairs in the loss of the step, and its two parts."""
        states: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        words = self._hidden(sides, dict(enumerate(masked)), states if self.head is not None else None)
        pointer: list[torch.Tensor] = []
        for pair, both, vectors in zip(pairs, masked, words, strict=True):
            forward = [(s, t) for s, t in pair.links if both[0][s]]
            backward = [(t, s) for s, t in pair.links if both[1][t]]
            for links, asked, answers in ((forward, vectors[0], vectors[1]), (backward, vectors[1], vectors[0])):
                if links:
                    right = torch.tensor([link[1] for link in links], device=self.device)
                    logits = self.scores(asked[[link[0] for link in links]], answers)
                    pointer.append(torch.nn.functional.cross_entropy(logits, right, reduction="sum"))
        parts, total = [0.0, 0.0], None
        if pointer:
            total = torch.stack(pointer).sum() / pointed
            parts[0] = float(total.detach())
        if states and hidden_pieces:
            modelling = torch.stack([self._modelling(*state) for state in states]).sum() / hidden_pieces
            parts[1] = float(modelling.detach())
            weighted = self.options.language_modelling * modelling
            total = weighted if total is None else total + weighted
        return total, (parts[0], parts[1])

    def scores(self, asked: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """The pointer network: (q, d) masked words and (w, d) words of the other side -> (q, w)."""
        queries, keys = asked @ self.query.T, answers @ self.key.T
        if not self.options.temperature:
            return queries @ keys.T / math.sqrt(keys.shape[1])
        unit = torch.nn.functional.normalize
        return unit(queries, dim=1) @ unit(keys, dim=1).T / self.options.temperature

    def _modelling(self, hidden: torch.Tensor, right: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """Sum of the cross entropies of masked subwords: hidden (n, d), their places (n,) among the pieces `answers` (p,)."""
        assert self.head is not None
        logits = torch.nn.functional.linear(self.head.transform(hidden), self.table[answers], self.head.head.bias[answers])
        return torch.nn.functional.cross_entropy(logits, right, reduction="sum")

    # ---- shared by both steps

    def _tokenize(self, pairs: Sequence[tuple[Words, Words]]) -> list[tuple[_Side, _Side]]:
        sides = [self.encoder.tokenize([pair[side] for pair in pairs]) for side in (0, 1)]
        return [(_Side(a.ids, a.first, a.last), _Side(b.ids, b.first, b.last)) for a, b in zip(*sides, strict=True)]

    def _joined(self, both: tuple[_Side, _Side]) -> bool:
        return self.options.joint and len(both[0].ids) + len(both[1].ids) - 1 <= self.encoder.max_subwords

    def _chunks(self, sides: Sequence[tuple[_Side, _Side]]) -> Iterator[list[int]]:
        """Pairs of similar length together; pairs too long to be one input apart from the others."""
        budget = SUBWORDS_PER_CHUNK[self.device.partition(":")[0]]
        size = [(not self._joined(both), max(len(side.ids) for side in both)) for both in sides]
        chunk: list[int] = []
        for row in sorted(range(len(sides)), key=lambda row: size[row]):
            if chunk and (2 * (len(chunk) + 1) * size[row][1] > budget or size[row][0] != size[chunk[0]][0]):
                yield chunk
                chunk = []
            chunk.append(row)
        if chunk:
            yield chunk

    def _hidden(
        self,
        sides: Sequence[tuple[_Side, _Side]],
        masked: dict[int, tuple[np.ndarray, np.ndarray]],
        states: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] | None = None,
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The vectors (words, d) of both sides of each pair; masked: which of their words are hidden. Into `states` go, for masked
        language modelling, the hidden states of masked subwords, their answers, and the pieces they are among."""
        joint = self._joined(sides[0])
        inputs: list[list[int]] = []
        hide: list[list[int]] = []
        for number, (src, trg) in enumerate(sides):
            places = [self._pieces(side, masked[number][k]) if masked else [] for k, side in enumerate((src, trg))]
            if joint:
                shift = len(src.ids) - 1  # the opening special token of the second sentence is left out
                inputs.append(src.ids + trg.ids[1:])
                hide.append(places[0] + [place + shift for place in places[1]])
            else:
                inputs += [src.ids, trg.ids]
                hide += places
        output = self._run(inputs, hide)
        if states is not None:
            rows = torch.tensor([row for row, places in enumerate(hide) for _ in places], device=self.device)
            columns = torch.tensor([place for places in hide for place in places], device=self.device)
            if len(rows):
                right = [inputs[row][place] for row, places in enumerate(hide) for place in places]
                answers, place = np.unique([*right, *(piece for ids in inputs for piece in ids)], return_inverse=True)
                states.append(
                    (
                        output[rows, columns],
                        torch.tensor(place[: len(right)], device=self.device),
                        torch.tensor(answers, device=self.device),
                    )
                )
        found = []
        for number, (src, trg) in enumerate(sides):
            if joint:
                shift = len(src.ids) - 1
                found.append((self._pool(output[number], src, 0), self._pool(output[number], trg, shift)))
            else:
                found.append((self._pool(output[2 * number], src, 0), self._pool(output[2 * number + 1], trg, 0)))
        return found

    @staticmethod
    def _pieces(side: _Side, chosen: np.ndarray) -> list[int]:
        return [place for a, b in zip(side.first[chosen], side.last[chosen], strict=True) for place in range(a, b + 1)]

    def _run(self, inputs: list[list[int]], hide: list[list[int]]) -> torch.Tensor:
        """(inputs, longest, d) last hidden states; `hide` are the places of masked subwords of each input."""
        longest = max(map(len, inputs))
        ids = torch.full((len(inputs), longest), self.encoder.pad_id, dtype=torch.long)
        attention = torch.zeros((len(inputs), longest), dtype=torch.long)
        hidden = torch.zeros((len(inputs), longest), dtype=torch.bool)
        for row, (sequence, places) in enumerate(zip(inputs, hide, strict=True)):
            ids[row, : len(sequence)], attention[row, : len(sequence)] = torch.tensor(sequence), 1
            hidden[row, places] = True
        embedded = torch.nn.functional.embedding(ids.to(self.device), self.table)
        embedded = torch.where(hidden.to(self.device)[..., None], self.mask, embedded)
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.encoder.precision is Precision.BFLOAT16):
            states: torch.Tensor = self.encoder.model(inputs_embeds=embedded, attention_mask=attention.to(self.device)).last_hidden_state
        return states.float()

    def _pool(self, states: torch.Tensor, side: _Side, shift: int) -> torch.Tensor:
        """(longest, d) -> (words, d), the subwords of a word taken together as the encoder does; zeros for a word without subwords."""
        present = torch.tensor(side.last >= 0, device=self.device)
        first, last = (torch.tensor(np.maximum(place, 0) + shift, device=self.device) for place in (side.first, side.last))
        if self.encoder.pooling is Pooling.LAST:
            pooled = states[last]
        elif self.encoder.pooling is Pooling.FIRST:
            pooled = states[first]
        else:
            sums = torch.cat([torch.zeros_like(states[:1]), states.cumsum(0)])
            pooled = (sums[last + 1] - sums[first]) / (last + 1 - first)[:, None]
        return pooled * present[:, None]

    # ---- what the loop needs

    def finish(self) -> None:
        """Stop learning; the encoder is an ordinary frozen one again."""
        self.trainee.freeze()

    def save(self, path: Path, note: dict[str, Any]) -> None:
        """Checkpoint: weights, moments of Adam, note."""
        self.trainee.save(path, note | {"denoising_steps": self.steps})

    def restore(self, path: Path) -> dict[str, Any]:
        """The inverse of save; returns the note."""
        note = self.trainee.restore(path)
        self.steps = int(note.pop("denoising_steps", 0))
        return note
