"""Scores of the mined pairs of a run under its final maps, written into its folder at the end of the run or by a job later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.errors import RunError
from lraln_core.evaluation import breakdown, pair_scores, spelling
from lraln_core.evaluation.pair_scores import REFERENCE_WORDS, Reference
from lraln_core.files import schemas
from lraln_core.files.events import Reporter
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import MOMENTS
from lraln_core.records import Sentences
from lraln_core.runs.config import RunConfig
from lraln_core.runs.pair_source import CHUNK_SENTENCES, Fetch
from lraln_core.text import lexicon as lexicon_file
from lraln_core.text.romanisation import romanise

SIDES = ("src", "trg")
COUNTED_SENTENCES = 20_000  # of each corpus, from which the most frequent words are counted


@dataclass(frozen=True)
class Spaces:
    """CCWRs before alignment, and after it before the maps are applied: another encoder where the run has trained its own."""

    before: Fetch
    after: Fetch
    maps: Maps


@dataclass(frozen=True)
class _Words:
    """Words of one language by place, with unit CCWRs before and after alignment; zeros where a word has none."""

    place: np.ndarray  # (n, 2) int64: sentence, word
    before: np.ndarray  # (n, d) float16
    after: np.ndarray  # (n, d) float16


def write_scores(run: RunFolder, config: RunConfig, corpora: tuple[Sentences, Sentences], spaces: Spaces, reporter: Reporter) -> int:
    """Score every distinct place of the mined pairs. -> how many. Raises RunError for damaged files, CorpusError for a bad lexicon."""
    places, tokens = _places(run)
    if not len(places):
        return 0
    reporter.stage("score", "Scoring the word pairs with the final maps", total=4, unit="steps")
    languages = (config.src.language, config.trg.language)
    sides = (spaces.maps.src, spaces.maps.trg)
    chosen = [_reference_places(places[:, 2 * at], corpus, config.seed, SIDES[at]) for at, corpus in enumerate(corpora)]
    sample = [_words(chosen[at], corpora[at], spaces, sides[at], reporter) for at in (0, 1)]
    sample = [_usable(words) for words in sample]
    reporter.progress(1, 4)
    by_moment = {when: pair_scores.references(*(np.asarray(getattr(one, when), np.float32) for one in sample)) for when in MOMENTS}
    reporter.progress(2, 4)
    numbered = [np.unique(places[:, 2 * at : 2 * at + 2], axis=0, return_inverse=True) for at in (0, 1)]
    words = [_words(numbered[at][0], corpora[at], spaces, sides[at], reporter) for at in (0, 1)]
    near = [
        pair_scores.neighbourhood(np.asarray(words[at].after, np.float32), by_moment["after"][1 - at], len(sample[at].place))
        for at in (0, 1)
    ]
    reporter.progress(3, 4)
    s, t = (inverse.ravel() for _, inverse in numbered)
    has = np.any(words[0].after, axis=1)[s] & np.any(words[1].after, axis=1)[t]
    cosine = _cosines(words[0].after, words[1].after, s, t)
    scored = {
        "cosine_before": _cosines(words[0].before, words[1].before, s, t),
        "cosine": cosine,
        "csls": pair_scores.csls(cosine, near[0].r[s], near[1].r[t]),
        "src_hubness": near[0].hubness[s],
        "trg_hubness": near[1].hubness[t],
    }
    columns: dict[str, Any] = {name: places[:, at] for at, name in enumerate(schemas.PLACE)}
    columns["src_word"], columns["trg_word"] = columns["src_word"].astype(np.int32), columns["trg_word"].astype(np.int32)
    columns |= {name: pa.array(values.astype(np.float32), mask=~has) for name, values in scored.items()}
    columns |= _word_facts(tokens, languages, _lexicon(config), [_frequent(corpus) for corpus in corpora])
    _write_reference(run.score_reference, sample, by_moment)
    schemas.write(run.pair_scores, columns, schemas.PAIR_SCORES)
    reporter.progress(4, 4)
    return len(places)


def _places(run: RunFolder) -> tuple[np.ndarray, np.ndarray]:
    """Distinct places (n, 4) int64 and their words (n, 2) object. Raises RunError for a file that cannot be read."""
    wanted = (*schemas.PLACE, "src_token", "trg_token")
    try:
        tables = [schemas.read(path, schemas.PAIRS, wanted) for path in run.pair_files()]
    except (OSError, KeyError, pa.ArrowException) as error:
        raise RunError(f"The word pairs in {run.path} cannot be read ({error}); run it again.") from error
    if not tables:
        return np.empty((0, 4), np.int64), np.empty((0, 2), object)
    table = pa.concat_tables(tables)
    rows = np.column_stack([table[name].to_numpy().astype(np.int64) for name in schemas.PLACE])
    places, first = np.unique(rows, axis=0, return_index=True)
    taken = table.select(["src_token", "trg_token"]).take(pa.array(first))
    return places, np.column_stack([np.array(taken[name].to_pylist(), object) for name in ("src_token", "trg_token")])


def _reference_places(sentences: np.ndarray, corpus: Sentences, seed: int, side: str) -> np.ndarray:
    """Places of the reference words: all words of sentences drawn at random from those with mined pairs. (n, 2) int64, by place."""
    order = rng_for(seed, f"score-reference-{side}").permutation(np.unique(sentences))
    found: list[tuple[int, int]] = []
    for start in range(0, len(order), 100):
        part = order[start : start + 100]
        for number, words in zip(part.tolist(), corpus.words(part), strict=True):
            found += [(number, at) for at in range(len(words))]
        if len(found) >= REFERENCE_WORDS:
            break
    return np.array(sorted(found[:REFERENCE_WORDS]), np.int64).reshape(-1, 2)


def _words(place: np.ndarray, corpus: Sentences, spaces: Spaces, side: LanguageMap, reporter: Reporter) -> _Words:
    """The words at these places, sorted by sentence, fetched a chunk of sentences at a time."""
    numbers, inverse = np.unique(place[:, 0], return_inverse=True)
    before: list[np.ndarray] = []
    after: list[np.ndarray] = []
    for start in range(0, len(numbers), CHUNK_SENTENCES):
        reporter.check()
        part = slice(start, start + CHUNK_SENTENCES)
        mine = (inverse >= start) & (inverse < start + CHUNK_SENTENCES)
        sentences = corpus.words(numbers[part])
        first = spaces.before(sentences)
        last = first if spaces.after is spaces.before else spaces.after(sentences)
        rows = first.rows(inverse[mine] - start, place[mine, 1])
        for words, kept, one in ((first, before, None), (last, after, side)):
            vectors = np.where(usable(words)[rows, None], np.asarray(words.vectors[rows], np.float32), 0)
            mapped = vectors if one is None else np.where(vectors.any(1, keepdims=True), maps_module.apply(one, vectors), 0)
            kept.append(unit_rows(mapped).astype(np.float16))
    empty = np.empty((0, 0), np.float16)
    return _Words(place, np.concatenate(before) if before else empty, np.concatenate(after) if after else empty)


def _usable(words: _Words) -> _Words:
    """The words that have a vector. Raises RunError when none has."""
    good = words.before.any(1) & words.after.any(1)
    if not good.any():
        raise RunError("None of the words of the mined pairs has a vector, so the pairs cannot be scored.")
    return _Words(words.place[good], words.before[good], words.after[good])


def _cosines(src: np.ndarray, trg: np.ndarray, s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Cosines of unit rows in pairs, a block at a time. -> (n,) float32."""
    found = np.empty(len(s), np.float32)
    for start in range(0, len(s), 20_000):
        rows = slice(start, start + 20_000)
        found[rows] = np.einsum("ij,ij->i", src[s[rows]].astype(np.float32), trg[t[rows]].astype(np.float32))
    return found


def _word_facts(
    tokens: np.ndarray, languages: tuple[str, str], lexicon: dict[str, set[str]], frequent: Sequence[frozenset[str]]
) -> dict[str, Any]:
    """The columns about spelling, lexicon and frequency; looked up once per pair of word types."""
    lower = [[word.lower() for word in tokens[:, at]] for at in (0, 1)]
    pairs = list(zip(*lower, strict=True))
    letters = [
        {word: spelling.plain_letters(latin) for word, latin in zip(words, romanise(words, language), strict=True)}
        for words, language in ((sorted(set(side)), language) for side, language in zip(lower, languages, strict=True))
    ]
    translations = set().union(*lexicon.values())
    alike, known = {}, {}
    for src, trg in set(pairs):
        alike[src, trg] = int(spelling.alike(letters[0][src], letters[1][trg]))
        known[src, trg] = trg in lexicon[src] if src in lexicon and trg in translations else None
    return {
        "alike": pa.array([alike[pair] for pair in pairs], pa.int8()),
        "in_lexicon": pa.array([known[pair] for pair in pairs], pa.bool_()),
        "src_frequent": [word in frequent[0] for word in lower[0]],
        "trg_frequent": [word in frequent[1] for word in lower[1]],
    }


def lexicon_path(config: RunConfig) -> Path | None:
    """The lexicon of a run: by which its pairs are judged, else that of its system, else that of the sample data; None without any."""
    for name in (config.evaluation.lexicon, config.vecmap.dictionary):
        if name and Path(name).is_file():
            return Path(name)
    return lexicon_file.sample_lexicon(config.src.language, config.trg.language)


def _lexicon(config: RunConfig) -> dict[str, set[str]]:
    path = lexicon_path(config)
    return lexicon_file.read(path, language=config.src.language) if path else {}


def _frequent(corpus: Sentences) -> frozenset[str]:
    """The most frequent words of a corpus, counted in sentences spread evenly over it."""
    numbers = np.unique(np.linspace(0, len(corpus) - 1, min(COUNTED_SENTENCES, len(corpus))).astype(np.int64))
    return breakdown.frequent_types(breakdown.count_types(corpus.words(numbers)))


def _write_reference(path: Path, sample: Sequence[_Words], by_moment: dict[str, tuple[Reference, Reference]]) -> None:
    columns: dict[str, Any] = {
        "side": np.repeat(SIDES, [len(one.place) for one in sample]),
        "sentence": np.concatenate([one.place[:, 0] for one in sample]),
        "word": np.concatenate([one.place[:, 1] for one in sample]).astype(np.int32),
    }
    for when, references in by_moment.items():
        for name in ("r", "limit"):
            columns[f"{name}_{when}"] = np.concatenate([getattr(one, name) for one in references])
    schemas.write(path, columns, schemas.SCORE_REFERENCE)
