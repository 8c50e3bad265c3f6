"""Sentence pairs with the word pairs between them, for word aligners: each distinct sentence pair of a selection once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lraln_core.errors import RunError
from lraln_core.records import Progress, Words
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter

CHUNK = 20_000  # sentence pairs in memory at a time

_LINKS = """
    SELECT DISTINCT src_sentence, trg_sentence, src_word, trg_word FROM mined_pairs WHERE {where}
    ORDER BY src_sentence, trg_sentence, src_word, trg_word
"""


@dataclass(frozen=True)
class LinkedSentences:
    """Two sentences and the word pairs between them, of all iterations: (src word, trg word) positions from 0."""

    src_sentence: int
    trg_sentence: int
    src_words: Words
    trg_words: Words
    links: tuple[tuple[int, int], ...]


def linked_sentences(db: Database, filter: PairFilter, progress: Progress | None = None) -> Iterator[LinkedSentences]:
    """The sentence pairs of a selection by place in the corpora.

    Raises RunError when the run is unknown, or when its sentences are not in the workspace.
    """
    where, parameters = filter.where(db.run_number(filter.run_id))
    rows = db.frame(_LINKS.format(where=where), parameters).to_numpy(np.int64).reshape(-1, 4)
    if not len(rows):
        return
    starts = np.flatnonzero(np.r_[True, (rows[1:, :2] != rows[:-1, :2]).any(1)])
    stops = np.r_[starts[1:], len(rows)]
    for first in range(0, len(starts), CHUNK):
        chunk = slice(first, first + CHUNK)
        heads = rows[starts[chunk], :2]
        src = sentence_words(db, filter.run_id, "src", np.unique(heads[:, 0]))
        trg = sentence_words(db, filter.run_id, "trg", np.unique(heads[:, 1]))
        for start, stop in zip(starts[chunk], stops[chunk], strict=True):
            s, t = (int(value) for value in rows[start, :2])
            links = tuple((int(i), int(j)) for i, j in rows[start:stop, 2:])
            yield LinkedSentences(s, t, _found(src, s, filter.run_id), _found(trg, t, filter.run_id), links)
        if progress:
            progress(int(stops[chunk][-1]), len(rows))


def sentence_words(db: Database, run_id: str, side: str, positions: np.ndarray) -> dict[int, Words]:
    """The words of the sentences at these positions of a run's corpus; side is src or trg."""
    rows = db.rows(
        "SELECT position, words FROM sentences WHERE corpus = (SELECT c.number FROM runs r JOIN corpora c "
        f"ON c.id = r.{'src' if side == 'src' else 'trg'}_corpus WHERE r.id = $run) "
        "AND position IN (SELECT unnest($positions::BIGINT[]))",
        {"run": run_id, "positions": positions.tolist()},
    )
    return {position: tuple(words) for position, words in rows}


def has_sentences(db: Database, run_id: str) -> bool:
    """Whether both corpora of a run are in the database."""
    return (
        db.rows(
            "SELECT count(*) FROM runs r JOIN corpora s ON s.id = r.src_corpus JOIN corpora t ON t.id = r.trg_corpus WHERE r.id = $run",
            {"run": run_id},
        )[0][0]
        > 0
    )


def _found(words: dict[int, Words], position: int, run_id: str) -> Words:
    try:
        return words[position]
    except KeyError as error:
        raise RunError(
            f"The corpora of run {run_id} are not in the workspace, so its sentences cannot be written; "
            "choose TSV, TMX or Moses, which need only the words."
        ) from error
