"""Queries of mined pairs: pages with their sentences, counts, frequent words, similarities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lraln_core.errors import ConfigError, RunError
from lraln_core.evaluation.lexicon import UniqueTypes
from lraln_core.files import schemas
from lraln_core.records import Words
from lraln_core.store.database import Database
from lraln_core.store.matching import require_page
from lraln_core.store.pair_filter import PairFilter


@dataclass(frozen=True)
class Link:
    """One word pair inside a sentence pair."""

    pair_id: int
    src_word: int
    src_token: str
    trg_word: int
    trg_token: str
    similarity: float | None
    forward: bool
    backward: bool
    found_in: int = 1  # iterations that found a pair at this distinct place
    cosine_before: float | None = None  # this and the following under the final maps; None where the run was not scored
    cosine: float | None = None
    csls: float | None = None
    src_hubness: float | None = None  # 1 is the average
    trg_hubness: float | None = None
    alike: int | None = None  # spelling: evaluation.spelling.Alike
    in_lexicon: bool | None = None  # None where the lexicon does not know both words
    src_frequent: bool | None = None
    trg_frequent: bool | None = None


@dataclass(frozen=True)
class MinedPair:
    """A mined pair with its sentences. The words and texts are empty when the corpus is not in the database."""

    run_id: str
    link: Link
    iteration: int
    src_sentence: int
    trg_sentence: int
    src_words: Words
    trg_words: Words
    src_text: str
    trg_text: str
    links: tuple[Link, ...]  # all pairs of this sentence pair and iteration in reading order, including this one

    @property
    def pair_id(self) -> int:
        return self.link.pair_id


@dataclass(frozen=True)
class PairFacets:
    """The most frequent words and word pairs of a selection, as spelled. Columns: src_token and/or trg_token, pairs."""

    src: pd.DataFrame
    trg: pd.DataFrame
    types: pd.DataFrame


_LINK = "pair_id, src_word, src_token, trg_word, trg_token, similarity, forward, backward, found_in, " + ", ".join(schemas.SCORES)


def count_pairs(db: Database, filter: PairFilter) -> int:
    """How many distinct places the filter selects. Raises RunError when the run is not in the database."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    return db.rows(f"SELECT count(*) FROM mined_pairs WHERE {where}", parameters)[0][0]


def pair_ids(db: Database, filter: PairFilter) -> np.ndarray:
    """All selected pairs in order. -> (n,) int64."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    order, more = filter.order()
    frame = db.frame(f"SELECT pair_id FROM mined_pairs WHERE {where} ORDER BY {order}", parameters | more)
    return frame["pair_id"].to_numpy(np.int64)


def page_of_pairs(db: Database, filter: PairFilter, offset: int = 0, limit: int = 50) -> list[MinedPair]:
    """The selected pairs from index `offset` on, in the filter's order, with their sentences."""
    run = db.run_number(filter.run_id)
    where, parameters = filter.where(run)
    order, more = filter.order()
    # Only the two ids are sorted and paged; the rest is fetched for the rows of the page.
    page = db.rows(
        f"SELECT pair_id, sentence_pair FROM mined_pairs WHERE {where} ORDER BY {order} LIMIT $limit OFFSET $offset",
        parameters | more | require_page(offset, limit),
    )
    return _mined_pairs(db, filter.run_id, run, page)


def one_pair(db: Database, run_id: str, pair_id: int) -> MinedPair:
    """A single pair. Raises RunError when the run or the pair does not exist."""
    run = db.run_number(run_id)
    found = db.rows(
        "SELECT pair_id, sentence_pair FROM mined_pairs WHERE run = $run AND pair_id = $pair_id", {"run": run, "pair_id": int(pair_id)}
    )
    if not found:
        raise RunError(f"Run {run_id} has no pair {pair_id}.")
    return _mined_pairs(db, run_id, run, found)[0]


def pairs_by_id(db: Database, run_id: str, pair_ids: Sequence[int]) -> list[MinedPair]:
    """These pairs in this order; unknown ids are skipped."""
    run = db.run_number(run_id)
    wanted = {"run": run, "ids": [int(pair_id) for pair_id in pair_ids]}
    found = dict(
        db.rows("SELECT pair_id, sentence_pair FROM mined_pairs WHERE run = $run AND pair_id IN (SELECT unnest($ids::BIGINT[]))", wanted)
    )
    return _mined_pairs(db, run_id, run, [(pair_id, found[pair_id]) for pair_id in pair_ids if pair_id in found])


def _mined_pairs(db: Database, run_id: str, run: int, page: list[tuple[int, int]]) -> list[MinedPair]:
    """page: (pair_id, sentence_pair) of each wanted pair."""
    rows = db.rows(
        f"SELECT sentence_pair, iteration, src_sentence, trg_sentence, {_LINK} FROM mined_pairs "
        "WHERE run = $run AND sentence_pair IN (SELECT unnest($groups::BIGINT[])) ORDER BY src_word, trg_word, pair_id",
        {"run": run, "groups": sorted({group for _, group in page})},
    )
    links: dict[int, list[Link]] = defaultdict(list)
    places: dict[int, tuple[int, int, int]] = {}
    for group, iteration, src_sentence, trg_sentence, *link in rows:
        links[group].append(Link(*link))
        places[group] = (iteration, src_sentence, trg_sentence)
    src = _sentences(db, run, "src", {src for _, src, _ in places.values()})
    trg = _sentences(db, run, "trg", {trg for _, _, trg in places.values()})
    by_id = {link.pair_id: link for group in links.values() for link in group}
    pairs = []
    for pair_id, group in page:
        iteration, src_sentence, trg_sentence = places[group]
        src_text, src_words = src.get(src_sentence, ("", ()))
        trg_text, trg_words = trg.get(trg_sentence, ("", ()))
        pairs.append(
            MinedPair(
                run_id, by_id[pair_id], iteration, src_sentence, trg_sentence, src_words, trg_words, src_text, trg_text, tuple(links[group])
            )
        )
    return pairs


def _sentences(db: Database, run: int, side: str, positions: set[int]) -> dict[int, tuple[str, Words]]:
    corpus = db.rows(f"SELECT c.number FROM runs r JOIN corpora c ON c.id = r.{side}_corpus WHERE r.number = $run", {"run": run})
    if not corpus or not positions:
        return {}
    rows = db.rows(
        "SELECT position, text, words FROM sentences WHERE corpus = $corpus AND position IN (SELECT unnest($positions::BIGINT[]))",
        {"corpus": corpus[0][0], "positions": sorted(positions)},
    )
    return {position: (text, tuple(words)) for position, text, words in rows}


# The pairs are read once; the words are counted from the much fewer distinct pairs.
_TYPES = """
    WITH types AS MATERIALIZED (
        SELECT src_token, trg_token, count(*) AS pairs FROM mined_pairs WHERE {where} GROUP BY ALL
    ), src AS MATERIALIZED (
        SELECT src_token, sum(pairs)::BIGINT AS pairs FROM types GROUP BY ALL
    ), trg AS MATERIALIZED (
        SELECT trg_token, sum(pairs)::BIGINT AS pairs FROM types GROUP BY ALL
    )
"""
_FACETS = (
    _TYPES
    + """
    SELECT 'count src' AS kind, '' AS src_token, '' AS trg_token, count(*) AS pairs FROM src
    UNION ALL SELECT 'count trg', '', '', count(*) FROM trg
    UNION ALL SELECT 'count types', '', '', count(*) FROM types
    UNION ALL SELECT * FROM (SELECT 'types', src_token, trg_token, pairs FROM types ORDER BY pairs DESC, src_token, trg_token LIMIT $limit)
    UNION ALL SELECT * FROM (SELECT 'src', src_token, '', pairs FROM src ORDER BY pairs DESC, src_token LIMIT $limit)
    UNION ALL SELECT * FROM (SELECT 'trg', '', trg_token, pairs FROM trg ORDER BY pairs DESC, trg_token LIMIT $limit)
"""
)


def types_and_facets(db: Database, filter: PairFilter, limit: int = 20) -> tuple[UniqueTypes, PairFacets]:
    """How many distinct words and pairs a selection has, and the most frequent ones: by count, then by spelling."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    rows = db.frame(_FACETS.format(where=where), parameters | {"limit": int(limit)})

    def part(kind: str, *columns: str) -> pd.DataFrame:
        return rows.loc[rows["kind"] == kind, [*columns, "pairs"]].astype({"pairs": np.int64}).reset_index(drop=True)

    counts = {kind: int(part(f"count {kind}")["pairs"].iloc[0]) for kind in ("src", "trg", "types")}
    facets = PairFacets(part("src", "src_token"), part("trg", "trg_token"), part("types", "src_token", "trg_token"))
    return UniqueTypes(counts["src"], counts["trg"], counts["types"]), facets


def similarity_histogram(db: Database, filter: PairFilter, width: float = 0.02, *, final: bool = False) -> pd.DataFrame:
    """Pairs per bin of similarity [low, high), bins that begin at multiples of `width`, without gaps. -> low, high, pairs.

    Histograms with the same width have the same bins. final: of the cosine under the final maps, where pairs have scores, and not of
    the similarity when they were found.
    """
    if not 1e-4 <= width <= 2:
        raise ConfigError(f"The width of a bin must be between 0.0001 and 2, not {width!r}.")
    where, parameters = filter.where(db.run_number(filter.run_id))
    value = "coalesce(cosine, similarity)" if final else "similarity"
    counts = dict(
        db.rows(
            f"SELECT floor({value}::DOUBLE / $width)::INTEGER AS bin, count(*) FROM mined_pairs "
            f"WHERE {where} AND {value} IS NOT NULL GROUP BY bin",
            parameters | {"width": float(width)},
        )
    )
    bins = np.arange(min(counts), max(counts) + 1) if counts else np.arange(0)
    return pd.DataFrame(
        {
            "low": bins * width,
            "high": (bins + 1) * width,
            "pairs": np.array([counts.get(int(b), 0) for b in bins], np.int64),
        }
    )


def unique_types(db: Database, filter: PairFilter) -> UniqueTypes:
    """Distinct words and word pairs of a selection (`evaluation.lexicon.UniqueTypes`), as spelled."""
    return types_and_facets(db, filter, 0)[0]
