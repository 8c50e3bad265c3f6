"""Zero-shot named entity recognition: train a tagger on one language, test it on another (paper, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.errors import MapsError
from lraln_core.evaluation.significance import Interval
from lraln_core.records import Progress, Words

from .adaptation import Adaptation, AdaptationOptions, AdaptedTagger, Adapter
from .scores import NerScores, bootstrap_f1_difference, count, label_tags, score
from .tagger import PRESETS, Checkpoint, LinearTagger, Preset, TaggedWords, TaggerOptions, average, train


class Selection(StrEnum):
    """Which tagger of a training run is tested.

    target_dev, the paper's: the epoch with the best F1 on tagged sentences of the test language.
    averaged: no label of the test language; the mean of the weights of the last half of the epochs.
    unlabelled: no label either; learned from unlabelled text of the test language too (adaptation.py).
    """

    TARGET_DEV = "target_dev"
    AVERAGED = "averaged"
    UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class EpochScores:
    """The loss of an epoch and two micro F1, None without sentences to measure them on.

    source_dev_f1 is that of the averaged tagger if this were the last epoch, target_dev_f1 that of the tagger after this epoch.
    """

    epoch: int
    loss: float
    source_dev_f1: float | None
    target_dev_f1: float | None


@dataclass(frozen=True)
class SentencePrediction:
    """One test sentence with gold and predicted tags."""

    words: Words
    gold: tuple[str, ...]
    predicted: tuple[str, ...]


@dataclass(frozen=True)
class SelectedTagger:
    """A tagger with its test scores; `epochs` are those whose weights went into it."""

    selection: Selection
    epochs: tuple[int, ...]
    tagger: LinearTagger | AdaptedTagger
    scores: NerScores
    predictions: tuple[SentencePrediction, ...]


@dataclass(frozen=True)
class NerResult:
    """One training run under each selection.

    target_dev is absent without a development set of the test language, unlabelled without unlabelled text. gain: F1 of unlabelled less
    that of averaged, the plain head, with its paired interval over sentences.
    """

    selected: dict[Selection, SelectedTagger]
    history: tuple[EpochScores, ...]
    adaptation: Adaptation | None = None
    gain: Interval | None = None

    def figures(self) -> dict[str, Any]:
        """The plain numbers, for JSON."""
        values: dict[str, Any] = {name.value: {"epochs": list(one.epochs)} | one.scores.figures() for name, one in self.selected.items()}
        values["history"] = [asdict(epoch) for epoch in self.history]
        if self.adaptation is not None and self.gain is not None:
            values["adaptation"] = self.adaptation.figures() | {"gain": asdict(self.gain)}
        return values


def tag_zero_shot(
    training: TaggedWords,
    test: TaggedWords,
    *,
    target_dev: TaggedWords | None = None,
    source_dev: TaggedWords | None = None,
    unlabelled: TaggedWords | None = None,
    adaptation: AdaptationOptions | None = None,
    options: TaggerOptions = PRESETS[Preset.STANDARDIZED],
    bootstrap_samples: int = 1000,
    rng: np.random.Generator,
    progress: Progress | None = None,
    tick: Callable[[], None] = lambda: None,
) -> NerResult:
    """Train once, select twice, test. progress counts epochs of that training; tick is called after each epoch of the adaptation.

    source_dev, tagged sentences of the training language, decides how many epochs there are for `averaged`: as many as give the
    best averaged tagger on it. With `adaptation` a tagger also learns from the words of `unlabelled`,
    whose tags are not read. Raises RunError when no training word has a vector or training diverges.
    """
    training_rng, bootstrap_rng = rng.spawn(2)
    checkpoints: list[Checkpoint] = []
    history: list[EpochScores] = []
    for checkpoint in train(training, options, rng=training_rng):
        checkpoints.append(checkpoint)
        source_f1 = None if source_dev is None else _f1(_averaged(checkpoints, last_half(checkpoint.epoch)), source_dev)
        target_f1 = None if target_dev is None else _f1(checkpoint.tagger, target_dev)
        history.append(EpochScores(checkpoint.epoch, checkpoint.loss, source_f1, target_f1))
        if progress:
            progress(checkpoint.epoch, options.epochs)
    chosen = {}
    if target_dev is not None:
        chosen[Selection.TARGET_DEV] = [best_epoch([epoch.target_dev_f1 or 0.0 for epoch in history])]
    last = options.epochs if source_dev is None else best_epoch([epoch.source_dev_f1 or 0.0 for epoch in history])
    chosen[Selection.AVERAGED] = last_half(last)
    selected = {}
    for selection, epochs in chosen.items():
        selected[selection] = _tested(selection, epochs, _averaged(checkpoints, epochs), test, bootstrap_samples, bootstrap_rng)
    if adaptation is None or unlabelled is None:
        return NerResult(selected, tuple(history))
    adaptation_rng, gain_rng = rng.spawn(2)
    head = _averaged(checkpoints, chosen[Selection.AVERAGED])
    learned = Adapter(training, unlabelled, adaptation, options, rng=adaptation_rng, plain=head, tick=tick).run()
    adapted = _tested(Selection.UNLABELLED, [], learned.tagger, test, bootstrap_samples, gain_rng)
    plain = selected[Selection.AVERAGED].scores.counts
    gain = bootstrap_f1_difference(adapted.scores.counts, plain, bootstrap_samples, gain_rng)
    return NerResult(selected | {Selection.UNLABELLED: adapted}, tuple(history), learned, gain)


def best_epoch(f1: Sequence[float]) -> int:
    """The first epoch, counted from 1, with the highest F1."""
    return int(np.argmax(f1)) + 1


def last_half(epochs: int) -> list[int]:
    """The epochs whose weights are averaged when there are `epochs` of them."""
    return list(range(epochs // 2 + 1, epochs + 1))


def language_map(maps: Maps, metadata: dict[str, str], code: str) -> LanguageMap:
    """The map of a language in a maps file with this metadata. Raises MapsError when it has none."""
    languages = {"src": metadata.get("src_language"), "trg": metadata.get("trg_language")}
    for side, language in ((maps.src, languages["src"]), (maps.trg, languages["trg"])):
        if language == code:
            return side
    raise MapsError(f"The maps are for {languages['src']!r} and {languages['trg']!r}; there is no map for {code!r}.")


def _averaged(checkpoints: list[Checkpoint], epochs: list[int]) -> LinearTagger:
    return average([checkpoints[epoch - 1].tagger for epoch in epochs])


def _f1(tagger: LinearTagger, words: TaggedWords) -> float:
    return count(words.labels, tagger.predict(words), words.offsets).f1


def _tested(
    selection: Selection,
    epochs: list[int],
    tagger: LinearTagger | AdaptedTagger,
    test: TaggedWords,
    bootstrap_samples: int,
    rng: np.random.Generator,
) -> SelectedTagger:
    predicted = tagger.predict(test)
    scores = score(test.labels, predicted, test.offsets, bootstrap_samples=bootstrap_samples, rng=rng)
    predictions = tuple(
        SentencePrediction(sentence.words, sentence.tags, label_tags(predicted[start:stop]))
        for sentence, start, stop in zip(test.sentences, test.offsets[:-1], test.offsets[1:], strict=True)
    )
    return SelectedTagger(selection, tuple(epochs), tagger, scores, predictions)
