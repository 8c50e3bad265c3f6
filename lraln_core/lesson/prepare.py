"""Prepare a lesson: encode a few hundred sample sentences once; everything after that needs numpy only."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lraln_core.alignment.neighbours import csls_both_ways, nearest_both_ways
from lraln_core.alignment.similarity import unit_rows
from lraln_core.encoder.ccwr_cache import CcwrCache, SentenceEncoder
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import ConfigError
from lraln_core.evaluation.space import umap_plane
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import State
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText, Words, WordVectors
from lraln_core.runs.context import encoder_of
from lraln_core.runs.jobs import background
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import SAMPLES, sample_config
from lraln_core.text import parallel
from lraln_core.text.corpus import prepare_corpus

from . import recipe
from .choose import SEVERAL_MEANINGS, is_content
from .data import CSLS_K, Lesson, Nearest, Pictures, Recipe, Texts, file_of, folder_of, sample_files, save

SENTENCES = 480  # of each language
DRAWN = 150  # pairs of words in the pictures of the last step
UMAP_SETTINGS = {
    "few": {"neighbours": 5, "seed": 1},
    "usual": {"neighbours": 15, "seed": 1},
    "again": {"neighbours": 15, "seed": 2},
    "many": {"neighbours": 100, "seed": 1},
}
NOISE = "noise"


def work(pair: str, workspace: Workspace, *, terminal: bool = False, stop: Callable[[], bool] = lambda: False) -> Path:
    """Prepare the lesson of a sample pair and return its file; the folder's status records how it ended.

    Raises LralnError, Cancelled.
    """
    if pair not in SAMPLES:
        raise ConfigError(f"There is no lesson {pair!r}; choose one of {', '.join(SAMPLES)}.")
    folder = folder_of(pair, workspace)
    with folder.hold():
        reporter = Reporter(folder, terminal=terminal, stop=stop)

        def prepare() -> Path:
            reporter.stage("read", "Loading the language model")
            save(build(pair, workspace, open_encoder(), reporter), file_of(pair, workspace))
            reporter.end(State.FINISHED, message="The lesson is ready.")
            return file_of(pair, workspace)

        return background.report_end(folder, reporter, prepare)


def build(pair: str, workspace: Workspace, encoder: SentenceEncoder, reporter: Reporter) -> Lesson:
    """The lesson from the sample files."""
    src_file, trg_file, pairs_file, links_file = sample_files(pair)
    src, trg = pair.split("-")
    reporter.stage("read", "Reading the sample sentences")
    test = parallel.load(pairs_file, src, trg, alignments=links_file, tokenized=True)
    sides = {
        "src": (src, _sentences(src_file, src, workspace)),
        "trg": (trg, _sentences(trg_file, trg, workspace)),
        "test_src": (src, test.src),
        "test_trg": (trg, test.trg),
    }
    # In one request, so that progress and the time left are those of the whole work.
    every = [words for _, sentences in sides.values() for words in sentences]
    reporter.stage("encode", "Reading the sample sentences with the language model", total=len(every), unit="sentences")
    vectors, start, texts = CcwrCache(workspace.ccwrs).fetch(every, encoder, progress=reporter.progress), 0, {}
    for side, (language, sentences) in sides.items():
        texts[side] = Texts(language, tuple(sentences), vectors.take(np.arange(start, start + len(sentences))))
        start += len(sentences)
    reporter.stage("mine", "Looking for the nearest word of every word")
    gold = test.pairs()
    links = np.stack(
        [
            texts["test_src"].words.rows(gold.src_sentence, gold.src_word),
            texts["test_trg"].words.rows(gold.trg_sentence, gold.trg_word),
        ],
        axis=1,
    )
    found = neighbours(texts["src"].words, texts["trg"].words)
    reporter.stage("mine", "Drawing the words in a plane")
    drawn = pictures(texts["src"], texts["trg"], found)
    lesson = Lesson(texts["src"], texts["trg"], found, texts["test_src"], texts["test_trg"], links, drawn)
    return dataclasses.replace(lesson, recipe=_recipe(lesson, test, workspace, reporter))


def _recipe(lesson: Lesson, test: ParallelText, workspace: Workspace, reporter: Reporter) -> Recipe:
    """The figures of the last step; the same sentences and their glosses are encoded with the recommended word vectors."""
    encoder, cache = encoder_of(sample_config(lesson.pair, Preset.RECOMMENDED).encoder), CcwrCache(workspace.ccwrs)

    def fetch(sentences: Sequence[Words]) -> WordVectors:
        reporter.stage("encode", "Measuring the parts of the recommended recipe", total=len(sentences), unit="sentences")
        return cache.fetch(sentences, encoder, progress=reporter.progress)

    languages = lesson.src.language, lesson.trg.language
    last = lesson.test_src.words, lesson.test_trg.words
    return recipe.measure(lesson.src.sentences, lesson.trg.sentences, test, last, fetch, languages)


def pictures(src: Texts, trg: Texts, nearest: Nearest) -> Pictures:
    """Planes of the content words whose pairs are found in both directions, the most similar first, and of random vectors."""
    rows = np.flatnonzero(nearest.mutual & src.words.valid)
    rows = rows[[is_content(src.tokens[row]) and is_content(trg.tokens[nearest.forward[row]]) for row in rows]]
    rows = rows[np.argsort(-nearest.similarity[rows], kind="stable")][:DRAWN]
    other = nearest.forward[rows]
    points = np.vstack([src.units[rows], trg.units[other]])
    noise = unit_rows(np.random.default_rng(1).standard_normal(points.shape).astype(np.float32))
    planes = {name: umap_plane(points, **settings) for name, settings in UMAP_SETTINGS.items()}
    return Pictures(rows.astype(np.int64), other.astype(np.int64), planes | {NOISE: umap_plane(noise, neighbours=5, seed=1)})


def neighbours(src: WordVectors, trg: WordVectors) -> Nearest:
    """The nearest words both ways by cosine, and forward by CSLS, as mining and the test find them."""
    a, b = unit_rows(src.vectors), unit_rows(trg.vectors)
    forward, backward = nearest_both_ways(a, [b], 1)
    corrected = csls_both_ways(a, [b], 1, CSLS_K).forward
    return Nearest(forward.index[:, 0], backward.index[:, 0], forward.similarity[:, 0], corrected.index[:, 0])


def _sentences(path: Path, language: str, workspace: Workspace) -> list[Words]:
    # Not among the corpora of the workspace: nobody added them there.
    with tempfile.TemporaryDirectory(dir=workspace.require_writable().root) as scratch:
        corpus = prepare_corpus(path, language, Path(scratch))
        every = corpus.words(range(len(corpus)))
    return [every[at] for at in chosen(every, SENTENCES)]


def chosen(sentences: list[Words], count: int) -> list[int]:
    """Positions of `count` sentences: those with a word of several meanings first, the rest spread evenly over the text."""
    ambiguous = [at for at, words in enumerate(sentences) if SEVERAL_MEANINGS & {word.lower() for word in words}]
    others = [at for at in range(len(sentences)) if at not in set(ambiguous)]
    wanted = min(max(0, count - len(ambiguous)), len(others))
    spread = [others[at * len(others) // wanted] for at in range(wanted)]
    return sorted([*ambiguous[:count], *spread])
