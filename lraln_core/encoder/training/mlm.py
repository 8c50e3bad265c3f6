"""Masked language modelling on monolingual text, the second half of vocabulary extension (paper, section 4.1).

To be affordable on a processor, only selected embedding rows are trained, and the softmax is taken over the pieces of the corpus
instead of over those of a hundred languages.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from lraln_core.errors import Cancelled, ConfigError, EncoderError
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress, Sentences

from .adaptation import Trainee
from .language_model import LanguageModel
from .mlm_batches import Batches, Masked, mask
from .subwords import count_words, piece_counts

BETAS, EPSILON, CLIP = (0.9, 0.999), 1e-8, 1.0  # Adam as in Devlin et al. 2019
SUBWORDS_PER_CHUNK = {"cpu": 512, "cuda": 16_384}


class Rows(StrEnum):
    """Which rows of the embedding table are trained."""

    NEW = "new"  # those of the new pieces
    CORPUS = "corpus"  # those of all pieces of the corpus, new or old
    ALL = "all"


class Targets(StrEnum):
    """Over which pieces the softmax is taken."""

    CORPUS = "corpus"
    ALL = "all"


@dataclass(frozen=True)
class MlmConfig:
    """How long and how hard to train; see PRESETS."""

    steps: int
    batch_size: int  # sentences
    learning_rate: float  # peak of a linear rise and fall
    warmup_steps: int
    rows: Rows
    targets: Targets
    body: bool  # whether the layers learn too, or the embedding rows and the head alone
    max_subwords: int = 128
    record_every: int = 20
    checkpoint_every: int = 500
    seed: int = 1


PRESETS = {
    "cpu": MlmConfig(steps=300, batch_size=16, learning_rate=5e-4, warmup_steps=30, rows=Rows.NEW, targets=Targets.CORPUS, body=False),
    "paper": MlmConfig(
        steps=100_000,
        batch_size=32,
        learning_rate=2e-5,
        warmup_steps=1000,
        rows=Rows.ALL,
        targets=Targets.ALL,
        body=True,
        record_every=500,
        checkpoint_every=5000,
    ),
}
"""`cpu` finishes in minutes on two cores; `paper` has the paper's 100K steps and is meant for a GPU."""


@dataclass(frozen=True)
class LossRecord:
    """Mean cross entropy (nats) per hidden subword since the record before."""

    step: int
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class MlmResult:
    """Result of training; the model itself is changed in place."""

    steps: int
    losses: tuple[LossRecord, ...]


def learning_rate_at(step: int, config: MlmConfig) -> float:
    """Linear rise over the warm-up, then linearly to zero after the last step. step counts from 1."""
    if step <= config.warmup_steps:
        return config.learning_rate * step / config.warmup_steps
    return config.learning_rate * (config.steps + 1 - step) / (config.steps + 1 - config.warmup_steps)


def train(
    opened: LanguageModel,
    sentences: Sentences,
    config: MlmConfig,
    *,
    new_ids: np.ndarray | None = None,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> MlmResult:
    """Train in place; go on from `checkpoint` where it exists, and leave it there when stopped or every so many steps.

    new_ids are the rows of new pieces, needed for Rows.NEW. progress(done, total) counts steps and may raise Cancelled.
    Randomness depends on seed and step alone, so a run that was stopped ends as if it had not been. Raises EncoderError
    when the loss is no longer finite, WorkspaceError for a checkpoint of another training.
    """
    training = _Training(opened, sentences, config, new_ids, device)
    try:
        return training.run(checkpoint, progress)
    finally:
        training.close()


class _Training:
    def __init__(self, opened: LanguageModel, sentences: Sentences, config: MlmConfig, new_ids: np.ndarray | None, device: str):
        if config.steps < 1 or config.batch_size < 1 or config.max_subwords < 3:
            raise ConfigError("Masked language modelling needs at least 1 step, 1 sentence a batch and 3 subwords a sentence.")
        if not len(sentences):
            raise EncoderError("There is no sentence to train on.")
        self.opened, self.sentences, self.config, self.device = opened, sentences, config, device
        self.batches = Batches(
            opened.tokenizer,
            sentences,
            size=config.batch_size,
            steps=config.steps,
            seed=config.seed,
            longest=min(config.max_subwords, opened.max_subwords),
            pad_id=int(opened.model.config.pad_token_id or 0),
        )
        self.original: Any = opened.model.get_input_embeddings()
        table = cast(torch.Tensor, self.original.weight)
        corpus = _corpus_pieces(opened, sentences) if Targets.CORPUS in (config.targets, config.rows) else np.empty(0, np.int64)
        targets = corpus if config.targets is Targets.CORPUS else _all_pieces(opened)
        if not len(targets):
            raise EncoderError("The encoder's tokenizer cannot write any word of this text, so there is nothing to learn.")
        rows = {Rows.NEW: new_ids, Rows.CORPUS: corpus, Rows.ALL: np.arange(len(table))}[config.rows]
        if rows is None or not len(rows):
            raise ConfigError("Only new pieces are to learn, but the vocabulary was not extended; set rows to corpus or all.")
        model: Any = opened.model
        model.to(device)
        self.mask_id = opened.special("mask_token") or 0  # open_language_model adds one where there is none
        self.replacements = targets
        self.targets = torch.from_numpy(targets).to(device)
        self.target_place = np.full(len(table), -1, np.int64)
        self.target_place[targets] = np.arange(len(targets))
        self.rows = TrainedRows(table, rows)
        opened.body.set_input_embeddings(self.rows)
        self.trainee = Trainee(self._weights(), betas=BETAS, epsilon=EPSILON)

    def _weights(self) -> dict[str, torch.nn.Parameter]:
        weights = {"rows": self.rows.rows}
        for name, weight in self.opened.head.named_parameters():
            if not name.startswith("decoder."):  # tied to the rows
                weights[f"head.{name}"] = weight
        for name, weight in self.opened.body.named_parameters() if self.config.body else []:
            if weight is not self.rows.rows:
                weights[f"body.{name}"] = weight
        return weights

    def run(self, checkpoint: Path | None, progress: Progress | None) -> MlmResult:
        config, losses, sums, step = self.config, [], [], 0
        settings = dataclasses.asdict(config) | {"sentences": len(self.sentences)}
        if checkpoint is not None and checkpoint.exists():
            note = self.trainee.restore(checkpoint)
            if note["settings"] != settings:
                raise ConfigError(f"{checkpoint} was written with other settings; delete it or use the same settings.")
            step, sums, losses = note["step"], note["sums"], [LossRecord(**record) for record in note["losses"]]

        def save() -> None:
            if checkpoint is not None:
                records = [dataclasses.asdict(record) for record in losses]
                self.trainee.save(checkpoint, {"step": step, "sums": sums, "losses": records, "settings": settings})

        self.opened.model.train(config.body)  # without learning layers dropout would only be noise
        while step < config.steps:
            try:
                if progress:
                    progress(step, config.steps)
            except Cancelled:
                save()
                raise
            rate = learning_rate_at(step + 1, config)
            sums += self._step(step, rate)
            step += 1
            if step % config.record_every == 0 or step == config.steps:
                losses.append(LossRecord(step, float(np.mean(sums)) if sums else math.nan, rate))
                sums.clear()
            if step % config.checkpoint_every == 0 and step < config.steps:
                save()
        self.opened.trained_head = True
        return MlmResult(step, tuple(losses))

    def close(self) -> None:
        """Restore an ordinary model on the processor, after errors too."""
        self.trainee.freeze()
        self.rows.merge()
        self.opened.body.set_input_embeddings(self.original)
        model: Any = self.opened.model
        model.to("cpu").eval()
        self.opened.model.tie_weights()

    def _step(self, step: int, rate: float) -> list[float]:
        """One update; its loss, or an empty list when the batch has no masked subword."""
        rng = rng_for(self.config.seed, "mlm", step)
        batch = self.batches.at(step)
        ids, attention = batch.ids, batch.attention
        maskable = batch.maskable & (self.target_place[ids] >= 0)
        masked = mask(ids, maskable, self.mask_id, self.replacements, rng)
        if not masked.chosen.any():
            return []
        count, value = int(masked.chosen.sum()), 0.0
        answers = self.rows(self.targets)
        leaf = answers.detach().requires_grad_()  # accumulates the gradients of all chunks, for a single backward pass through the table
        with torch.random.fork_rng(devices=[self.device] if self.device.startswith("cuda") else []):
            torch.manual_seed(int(rng.integers(2**62)))  # dropout
            for rows, longest in self._chunks(attention.sum(1)):
                loss = self._loss(masked, ids, attention, rows, longest, leaf) / count
                loss.backward()
                value += float(loss.detach())
        answers.backward(leaf.grad)
        self.trainee.update(rate, clip=CLIP)
        if not math.isfinite(value):
            raise EncoderError(f"Masked language modelling diverged at step {step + 1}; lower its learning rate and start again.")
        return [value]

    def _chunks(self, lengths: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """Rows of similar length together, and their length: gradients add up, so this saves padding and changes nothing else."""
        budget = SUBWORDS_PER_CHUNK[self.device.partition(":")[0]]
        order, start = np.argsort(lengths, kind="stable"), 0
        for stop in range(1, len(order) + 1):
            if stop == len(order) or (stop + 1 - start) * lengths[order[stop]] > budget:
                yield order[start:stop], int(lengths[order[stop - 1]])
                start = stop

    def _loss(
        self, masked: Masked, ids: np.ndarray, attention: np.ndarray, rows: np.ndarray, longest: int, answers: torch.Tensor
    ) -> torch.Tensor:
        """Sum of the cross entropies of the hidden subwords of some rows; answers (targets, d) are the rows to guess among."""
        part = np.ix_(rows, np.arange(longest))
        tables = (masked.ids, attention, masked.chosen)
        seen, attended, chosen = (torch.from_numpy(table[part]).to(self.device) for table in tables)
        hidden = self.opened.transform(self.opened.body(input_ids=seen, attention_mask=attended).last_hidden_state[chosen])
        logits = torch.nn.functional.linear(hidden, answers, self.opened.head.bias[self.targets])
        right = torch.from_numpy(self.target_place[ids[part][masked.chosen[part]]]).to(self.device)
        return torch.nn.functional.cross_entropy(logits, right, reduction="sum")


def _corpus_pieces(opened: LanguageModel, sentences: Sentences) -> np.ndarray:
    """The pieces of the text, sorted; the unknown piece is left out."""
    counts = piece_counts(count_words(sentences), opened.tokenizer)
    unknown = opened.special("unk_token")
    if unknown is not None:
        counts.pop(unknown, None)
    return np.array(sorted(counts), np.int64)


def _all_pieces(opened: LanguageModel) -> np.ndarray:
    return np.array(sorted(opened.tokenizer.get_vocab().values()), np.int64)


class TrainedRows(torch.nn.Module):
    """Stands for an embedding layer of which only some rows learn: gradients and the state of Adam exist for these alone.

    `merge` writes the learned rows back into the table.
    """

    table: torch.Tensor
    ids: torch.Tensor
    places: torch.Tensor

    def __init__(self, table: torch.Tensor, ids: np.ndarray):
        """table (V, d) is shared, not copied; ids (n,) are the rows that learn."""
        super().__init__()
        chosen = torch.from_numpy(ids).to(table.device)
        places = torch.full((len(table),), -1, dtype=torch.long, device=table.device)
        places[chosen] = torch.arange(len(ids), device=table.device)
        self.register_buffer("table", table.detach(), persistent=False)
        self.register_buffer("ids", chosen, persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.rows = torch.nn.Parameter(self.table[chosen].clone())

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(...) int64 -> (..., d)."""
        places = self.places[ids]
        learned = torch.nn.functional.embedding(places.clamp(min=0), self.rows)
        return torch.where((places >= 0)[..., None], learned, self.table[ids])

    def merge(self) -> None:
        """Write the rows into the table."""
        self.table[self.ids] = self.rows.detach()
