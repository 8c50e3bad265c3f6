"""A small lesson made by hand of a few sample words, so that the Guide can be tested without a language model."""

from __future__ import annotations

import numpy as np

from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.lesson import data
from lraln_core.lesson.data import Lesson, Nearest, Part, Pictures, Recipe, Texts
from lraln_core.lesson.prepare import NOISE, UMAP_SETTINGS
from lraln_core.records import Words, from_lengths
from lraln_core.text import lexicon

DIMENSION = 12
LITTLE = ("of", "in", "<script>alert(1)</script>", "**bold**")


def texts(language: str, sentences: list[Words], concepts: dict[str, int], noise: float, seed: int) -> Texts:
    """Words of the same concept get similar vectors; unknown ones a direction of their own."""
    rng = np.random.default_rng(seed)
    tokens = [word for words in sentences for word in words]
    base = np.random.default_rng(99).standard_normal((200, DIMENSION))
    rows = [base[concepts.get(token.lower(), 150 + sum(map(ord, token)) % 50)] + noise * rng.standard_normal(DIMENSION) for token in tokens]
    vectors = np.array(rows, np.float32)
    return Texts(language, tuple(sentences), from_lengths(vectors, [len(words) for words in sentences], np.ones(len(tokens), bool)))


def small_lesson(pair: str = "mk-en", hostile: bool = False) -> Lesson:
    """Thirty words of the word list in sentences of five, with their translations; English words of several meanings too."""
    src, trg = pair.split("-")
    known = lexicon.read(SAMPLE_DATA / "lexicon" / f"{pair}.tsv")
    entries = [(word, sorted(found)[0]) for word, found in sorted(known.items()) if len(word) > 5 and len(sorted(found)[0]) > 4][:60]
    concepts = {word: at for at, entry in enumerate(entries) for word in entry}
    fill = LITTLE if hostile else LITTLE[:2]
    sentences = [[], []]
    for start in range(0, 60, 5):
        for side in (0, 1):
            sentences[side].append((*(entry[side] for entry in entries[start : start + 5]), *fill))
    for at in range(4):
        sentences[1].append(("In", "good", "order", f"nothing{at}", "light"))
    a, b = (
        texts(language, found, concepts, noise, seed)
        for language, found, noise, seed in ((src, sentences[0], 0.2, 1), (trg, sentences[1], 0.2, 2))
    )
    similarity = a.units @ b.units.T
    nearest = Nearest(similarity.argmax(1), similarity.argmax(0), similarity.max(1), similarity.argmax(1))
    test_a, test_b = (
        texts(language, found[:6], concepts, 0.3, seed) for language, found, seed in ((src, sentences[0], 3), (trg, sentences[1], 4))
    )
    links = np.array([(at, at) for at in range(5)], np.int64)
    rows = np.arange(0, 20, dtype=np.int64)
    planes = {
        name: np.random.default_rng(at).standard_normal((40, 2)).astype(np.float32) for at, name in enumerate((*UMAP_SETTINGS, NOISE))
    }
    return Lesson(a, b, nearest, test_a, test_b, links, Pictures(rows, rows, planes), small_recipe(a))


def small_recipe(texts: Texts) -> Recipe:
    """Figures made by hand, and a sentence that is its own gloss but for one word."""
    names = ("last", "mean", "normalised", "two_layers", "glosses")
    parts = tuple(Part(name, 0.5 + at / 10, 0.45 + at / 10, 0.55 + at / 10, 0.6) for at, name in enumerate(names))
    words = texts.sentences[0]
    return Recipe(parts, ((words, ("glossed", *words[1:])),))


def add_lesson(workspace: Workspace, pair: str = "mk-en", hostile: bool = False) -> Lesson:
    """Save the small lesson into a workspace."""
    lesson = small_lesson(pair, hostile)
    data.save(lesson, data.file_of(pair, workspace))
    return lesson
