"""Why a pair was found: the candidates of its two words before and after alignment, from CCWRs in the cache and the maps of the run.

numpy only, so that the app can use it: nothing is encoded here, and what the cache no longer holds is an error that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.similarity import FloatArray, unit_rows, usable
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.errors import EncoderError, RunError
from lraln_core.evaluation.candidates import Nearest, nearest_words
from lraln_core.evaluation.pair_scores import Reference
from lraln_core.files import schemas
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import MOMENTS
from lraln_core.files.workspace import Workspace
from lraln_core.records import Progress, Words, WordVectors
from lraln_core.text.corpus import Corpus, open_corpus

SIDES = ("src", "trg")
MOST_SENTENCES = 2_000  # of each language, in which candidates are looked for
Place = tuple[int, int]
"""Sentence and word."""


@dataclass(frozen=True)
class Side:
    """The words of one language that can be candidates."""

    sentences: dict[int, Words]
    place: np.ndarray  # (n, 2) int64: sentence, word
    vectors: dict[str, FloatArray]  # by moment: (n, d) float32 unit rows
    reference: dict[str, Reference]  # by moment

    def row(self, place: Place) -> int:
        """Row of a word. Raises RunError when it has no vector."""
        found = np.flatnonzero((self.place == place).all(1))
        if not len(found):
            raise RunError(f"Word {place[1] + 1} of sentence {place[0] + 1} has no vector, so its neighbours cannot be shown.")
        return int(found[0])

    def token(self, row: int) -> str:
        sentence, word = self.place[row].tolist()
        return self.sentences[sentence][word]


@dataclass(frozen=True)
class Pool:
    """The candidates of both languages, under the maps of a run."""

    src: Side
    trg: Side


@dataclass(frozen=True)
class Evidence:
    """The candidates of both words of a pair at one moment, and what each way of mining takes."""

    src: int  # rows of the two words
    trg: int
    of_src: Nearest  # candidates of the source word: rows of the target side
    of_trg: Nearest

    def taken(self) -> dict[str, bool]:
        """Whether the pair is found by each method: forward, backward, both, either; by cosine and by CSLS ("csls_...")."""
        found: dict[str, bool] = {}
        for prefix, name in (("", "by_cosine"), ("csls_", "by_csls")):
            forward, backward = getattr(self.of_src, name) == self.trg, getattr(self.of_trg, name) == self.src
            found |= {
                f"{prefix}forward": forward,
                f"{prefix}backward": backward,
                f"{prefix}both": forward and backward,
                f"{prefix}either": forward or backward,
            }
        return found


@dataclass(frozen=True)
class _Stored:
    """An encoder that can only be asked for what the cache holds."""

    fingerprint: str

    def encode(self, sentences: Sequence[Words], *, progress: Progress | None = None) -> WordVectors:
        raise EncoderError(
            f"{len(sentences):,} sentences of this run are no longer in the cache of word vectors; compute its scores again, which encodes "
            "them."
        )


def open_pool(run: RunFolder, workspace: Workspace, sentences: tuple[Sequence[int], Sequence[int]]) -> Pool:
    """The words of these sentences of both corpora, of the first MOST_SENTENCES, and of the reference sentences of the scores.

    Raises RunError for a run without scores or with damaged files, EncoderError when the cache does not hold the vectors.
    """
    summary = run.summary() or {}
    if summary.get("own_encoder"):
        raise RunError("This run has trained its own encoder; its candidates cannot be shown from stored vectors.")
    reference = _reference(run)
    maps, facts = maps_module.load(run.maps)
    cache, encoder = CcwrCache(workspace.ccwrs), _Stored(facts["encoder_fingerprint"])
    sides = []
    for name, wanted, language_map in zip(SIDES, sentences, (maps.src, maps.trg), strict=True):
        corpus = open_corpus(workspace.corpora / str(summary.get(f"{name}_corpus")))
        sides.append(_side(reference[name], np.unique(np.asarray(wanted[:MOST_SENTENCES], np.int64)), corpus, language_map, cache, encoder))
    return Pool(*sides)


def evidence(pool: Pool, src: Place, trg: Place) -> dict[str, Evidence]:
    """The candidates of a pair before and after alignment, by moment. Raises RunError when a word has no vector."""
    s, t = pool.src.row(src), pool.trg.row(trg)
    found = {}
    for when in MOMENTS:
        own, other = pool.src.reference[when], pool.trg.reference[when]
        of_src = nearest_words(pool.src.vectors[when][s], pool.trg.vectors[when], own, other, also=t)
        of_trg = nearest_words(pool.trg.vectors[when][t], pool.src.vectors[when], other, own, also=s)
        found[when] = Evidence(s, t, of_src, of_trg)
    return found


def _reference(run: RunFolder) -> dict[str, dict[str, np.ndarray]]:
    """The columns of the reference words of each side. Raises RunError."""
    if not run.score_reference.exists():
        raise RunError("The pairs of this run have no scores yet, and the candidates rest on the same reference words; compute the scores.")
    try:
        table = schemas.read(run.score_reference, schemas.SCORE_REFERENCE)
    except (OSError, KeyError, pa.ArrowException) as error:
        raise RunError(f"{run.score_reference} is damaged; compute the scores again.") from error
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return {side: {name: values[columns["side"] == side] for name, values in columns.items()} for side in SIDES}


def _side(
    reference: dict[str, np.ndarray],
    wanted: np.ndarray,
    corpus: Corpus,
    language_map: maps_module.LanguageMap,
    cache: CcwrCache,
    encoder: _Stored,
) -> Side:
    numbers = np.unique(np.concatenate([wanted, reference["sentence"]]))
    if len(numbers) and not 0 <= numbers[0] <= numbers[-1] < len(corpus):
        raise RunError("The stored reference words are not of this corpus; compute the scores again.")
    texts = corpus.words(numbers)
    words = cache.fetch(texts, encoder)
    good = usable(words)
    vectors = np.asarray(words.vectors[good], np.float32)
    by_moment = {"before": unit_rows(vectors), "after": unit_rows(maps_module.apply(language_map, vectors))}
    place = np.column_stack([numbers[words.sentence[good]], words.position[good]]).astype(np.int64)
    rows = np.cumsum(good) - 1
    at = words.rows(np.searchsorted(numbers, reference["sentence"]), reference["word"])
    if len(at) and (at.max() >= len(good) or not good[at].all()):
        raise RunError("The stored reference words have no vectors; compute the scores again.")
    chosen = rows[at]
    references = {when: Reference(by_moment[when][chosen], reference[f"r_{when}"], reference[f"limit_{when}"]) for when in MOMENTS}
    return Side(dict(zip(numbers.tolist(), texts, strict=True)), place, by_moment, references)
