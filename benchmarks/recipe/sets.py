"""The evaluation sets: the Bible and Tatoeba texts of shared/data and the three samples, each with corpora that are not parallel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.quality.real_text import BIBLE, TATOEBA, bible, tatoeba, write_files
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.records import ParallelText, Words
from lraln_core.runs.samples import SAMPLES
from lraln_core.text import lexicon, parallel
from lraln_core.text.corpus import prepare_corpus

T = TypeVar("T")
TUNING = ("bible-sw", "bible-gu", "bible-eu", "sample-mk", "sample-sw", "sample-ne")
CONFIRMATION = ("tatoeba-bn", "tatoeba-mk", "tatoeba-af", "tatoeba-eu")


@dataclass(frozen=True)
class EvaluationSet:
    """Monolingual text of both sides that is not parallel, a test text with gold links, and gold links to learn from, if any."""

    name: str
    language: str
    src: list[Words]
    trg: list[Words]
    test: ParallelText
    train: ParallelText | None
    lexicon: dict[str, set[str]] | None


def names() -> list[str]:
    """All sets: those used for tuning first."""
    every = [f"bible-{code}" for code in BIBLE] + [f"sample-{pair.split('-')[0]}" for pair in SAMPLES] + [f"tatoeba-{c}" for c in TATOEBA]
    return sorted(every, key=lambda name: (*TUNING, *CONFIRMATION).index(name))


def load(name: str, data: Path, work: Path, *, limit: int = 0) -> EvaluationSet:
    """One set. data is shared/data; what is tokenised and aligned is kept under work.

    limit bounds the sentences of each corpus, of the training text and, at half of it, of the test text (0: all); they are taken
    evenly over the text. Gold links are always those of the alignment of the whole text.
    """
    kind, language = name.split("-")
    if kind == "sample":
        return _sample(language, work)
    folder = work / name
    if not (folder / "trg.txt").exists():
        write_files(folder, *{"bible": bible, "tatoeba": tatoeba}[kind](data, language))
    texts = {
        part: parallel.load(folder / f"{part}.tsv", language, "en", alignments=folder / f"{part}.pharaoh", tokenized=True)
        for part in ("test", "train")
    }
    words = data / "lexicon" / f"{language}-en.tsv"
    return EvaluationSet(
        name,
        language,
        _thin(_lines(folder / "src.txt"), limit),
        _thin(_lines(folder / "trg.txt"), limit),
        _thin_text(texts["test"], limit // 2),
        _thin_text(texts["train"], limit),
        lexicon.read(words) if words.exists() else None,
    )


def _sample(language: str, work: Path) -> EvaluationSet:
    pair = f"{language}-en"
    sides = []
    for code in (language, "en"):
        corpus = prepare_corpus(SAMPLE_DATA / "corpora" / f"{code}.txt", code, work / "corpora")
        sides.append(corpus.words(range(len(corpus))))
    folder = SAMPLE_DATA / "parallel"
    test = parallel.load(folder / f"{pair}.tsv", language, "en", alignments=folder / f"{pair}.pharaoh", tokenized=True)
    return EvaluationSet(f"sample-{language}", language, *sides, test, None, lexicon.read(SAMPLE_DATA / "lexicon" / f"{pair}.tsv"))


def _lines(path: Path) -> list[Words]:
    return unique(tuple(line.split(" ")) for line in path.read_text(encoding="utf-8").splitlines() if line)


def unique(sentences: Iterable[Words]) -> list[Words]:
    """Each sentence once, as a corpus keeps them."""
    return list(dict.fromkeys(sentences))


def _thin(items: Sequence[T], limit: int) -> list[T]:
    """At most `limit` items (0: all), evenly spaced."""
    if not limit or len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]


def _thin_text(text: ParallelText, limit: int) -> ParallelText:
    return ParallelText(*(tuple(_thin(column, limit)) for column in (text.src, text.trg, text.links)))
