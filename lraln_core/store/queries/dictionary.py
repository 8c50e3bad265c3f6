"""From tokens to types: the words of a run with their translations, counted over the distinct places of its pairs.

Words are compared in lower case. Candidates of a word are ranked by the sum of their positive CSLS over all places, which is a better
choice of the first candidate than their number or their mean (docs/pairs.md); without scores, by the number of places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pandas as pd

from lraln_core.errors import ConfigError
from lraln_core.store.database import Database
from lraln_core.store.matching import Match, coerce, condition, require_page, searchable

AT_ONCE = 5_000  # words whose candidates are read at a time


class EntrySort(StrEnum):
    """Order of the entries."""

    BEST = "best"  # highest score of the first candidate
    PLACES = "places"  # most places
    WORD = "word"  # alphabetical
    EXPECTED = "expected"  # highest expected precision of the first candidate


_ORDERS = {
    EntrySort.BEST: "score DESC, places DESC, headword",
    EntrySort.PLACES: "places DESC, headword",
    EntrySort.WORD: "headword",
    EntrySort.EXPECTED: "expected_precision DESC NULLS LAST, score DESC, headword",
}


class Edited(StrEnum):
    """What a person has said about an entry."""

    ANY = "any"
    NOT_YET = "not yet"
    ACCEPTED = "accepted"  # at least one translation was accepted or added


@dataclass(frozen=True)
class DictionaryFilter:
    """A selection of entries. Raises ConfigError when a value cannot be used."""

    run_id: str
    search: str = ""  # in headwords and translations
    match: Match = Match.PREFIX
    least_places: int = 1  # of a candidate
    mutual_only: bool = False  # candidates that were found in both directions at some place
    edited: Edited = Edited.ANY
    sort: EntrySort = EntrySort.BEST

    def __post_init__(self) -> None:
        for name, kind in (("match", Match), ("edited", Edited), ("sort", EntrySort)):
            object.__setattr__(self, name, coerce(kind, getattr(self, name), name))
        object.__setattr__(self, "search", searchable(self.search, self.match, "The search"))
        if not 1 <= self.least_places < 2**31:
            raise ConfigError(f"least_places = {self.least_places!r} is out of range.")


@dataclass(frozen=True)
class Candidate:
    """A translation of a word."""

    translation: str
    places: int  # distinct places; 0 where only type anchors or a person propose it
    share: float  # of the places of the word
    mutual: float  # share of its places that an iteration found in both directions
    csls: float | None  # mean over its places under the final maps
    cosine: float | None
    score: float  # sum of the positive CSLS; the number of places in a run without scores
    in_lexicon: bool | None  # None where the lexicon does not know both words
    right: int  # places judged right
    judged: int  # places judged right, similar or wrong
    expected_precision: float | None  # of the pair of types, see files.schemas.TYPE_PAIRS
    type_csls: float | None  # CSLS of the two type anchors
    example: int | None  # the pair with the highest CSLS
    verdict: str  # accepted, added, rejected, or '' where nobody has said anything
    note: str


@dataclass(frozen=True)
class Entry:
    """A word and its translations, the accepted ones first, the rejected ones last."""

    headword: str
    places: int
    candidates: tuple[Candidate, ...] = field(default_factory=tuple)


# One row a pair of types: counted from the pairs, joined with the pairs of type anchors and with what people said.
_CANDIDATES = """
    WITH judged AS (
        SELECT p.place, count(*) FILTER (j.verdict = 'right') AS r, count(*) FILTER (j.verdict IN ('similar', 'wrong')) AS w
        FROM runs r JOIN mined_pairs p ON p.run = r.number
        JOIN standing_judgements j
          ON j.src_corpus = coalesce(r.src_corpus, '') AND j.src_sentence = p.src_sentence AND j.src_word = p.src_word
         AND j.trg_corpus = coalesce(r.trg_corpus, '') AND j.trg_sentence = p.trg_sentence AND j.trg_word = p.trg_word
         AND (j.src_corpus <> '' OR j.run_id = r.id)
        WHERE r.id = $run_id AND p.run = $run AND p.pair_id = p.place GROUP BY p.place
    ), places AS (
        SELECT place, any_value(lower(src_token)) AS headword, any_value(lower(trg_token)) AS translation,
               bool_or(forward AND backward) AS mutual, any_value(csls) AS csls, any_value(cosine) AS cosine,
               any_value(in_lexicon) AS in_lexicon
        FROM mined_pairs WHERE run = $run AND letters GROUP BY place
    ), counted AS (
        SELECT headword, translation, count(*) AS places, avg(mutual::INTEGER) AS mutual, avg(csls) AS csls, avg(cosine) AS cosine,
               CASE WHEN count(csls) > 0 THEN sum(greatest(csls, 0)) ELSE count(*) END AS score,
               any_value(in_lexicon) AS in_lexicon,
               count(*) FILTER (r > w) AS right_places, count(*) FILTER (r + w > 0 AND r <> w) AS judged_places,
               arg_max(place, coalesce(csls, -9)) AS example
        FROM places LEFT JOIN judged USING (place) GROUP BY ALL
    ), anchored AS (
        SELECT lower(src_word) AS headword, lower(trg_word) AS translation, max(csls) AS type_csls,
               max(expected_precision) AS expected_precision
        FROM type_pairs WHERE run = $run AND regexp_matches(src_word, '\\pL') AND regexp_matches(trg_word, '\\pL') GROUP BY ALL
    ), said AS (
        SELECT headword, translation, verdict, note FROM standing_entries e
        JOIN runs r ON r.src_language = e.src_language AND r.trg_language = e.trg_language
        WHERE r.id = $run_id AND verdict <> 'withdrawn'
    ), candidates AS (
        SELECT coalesce(counted.headword, anchored.headword, said.headword) AS headword,
               coalesce(counted.translation, anchored.translation, said.translation) AS translation,
               coalesce(places, 0) AS places, coalesce(mutual, 0) AS mutual, csls, cosine, coalesce(score, 0) AS score, in_lexicon,
               coalesce(right_places, 0) AS right_places, coalesce(judged_places, 0) AS judged_places, expected_precision, type_csls,
               example, coalesce(verdict, '') AS verdict, coalesce(note, '') AS note
        FROM counted
        FULL JOIN anchored ON anchored.headword = counted.headword AND anchored.translation = counted.translation
        FULL JOIN said ON said.headword = coalesce(counted.headword, anchored.headword)
                      AND said.translation = coalesce(counted.translation, anchored.translation)
    ), selected AS (
        SELECT * FROM candidates
        WHERE (places >= $least OR places = 0 AND $least = 1 OR verdict <> '') AND (NOT $mutual_only OR mutual > 0 OR verdict <> '')
    ), ranked AS (
        SELECT *, sum(places) OVER entry AS total,
               row_number() OVER (PARTITION BY headword ORDER BY verdict IN ('accepted', 'added') DESC, verdict = 'rejected', score DESC,
                                  type_csls DESC NULLS LAST, translation) AS rank,
               bool_or(verdict IN ('accepted', 'added')) OVER entry AS accepted, bool_or(verdict <> '') OVER entry AS edited
        FROM selected WINDOW entry AS (PARTITION BY headword)
    )
"""
_ENTRIES = (
    _CANDIDATES
    + """
    SELECT headword, total::BIGINT AS places, max(score) FILTER (rank = 1) AS score,
           max(expected_precision) FILTER (rank = 1) AS expected_precision, any_value(translation) FILTER (rank = 1) AS translation,
           any_value(csls) FILTER (rank = 1) AS csls, any_value(mutual) FILTER (rank = 1) AS mutual,
           any_value(in_lexicon) FILTER (rank = 1) AS in_lexicon, any_value(verdict) FILTER (rank = 1) AS verdict,
           any_value(places) FILTER (rank = 1) AS first_places, count(*) AS candidates
    FROM ranked WHERE {where} GROUP BY headword, total
"""
)
_ONE = (
    _CANDIDATES
    + """
    SELECT translation, places, places / greatest(total, 1) AS share, mutual, csls, cosine, score, in_lexicon, right_places, judged_places,
           expected_precision, type_csls, example, verdict, note, headword, total::BIGINT
    FROM ranked WHERE headword IN (SELECT unnest($headwords::VARCHAR[])) AND rank <= $most ORDER BY headword, rank
"""
)


def entry_table(db: Database, filter: DictionaryFilter, offset: int = 0, limit: int = 100) -> pd.DataFrame:
    """A page of the dictionary with the first candidate of each word. Raises RunError for an unknown run.

    -> headword, places, score, expected_precision, translation, csls, mutual, in_lexicon, verdict, first_places, candidates.
    """
    where, parameters = _selection(db, filter)
    return db.frame(
        _ENTRIES.format(where=where) + f" ORDER BY {_ORDERS[filter.sort]} LIMIT $limit OFFSET $offset",
        parameters | require_page(offset, limit),
    )


def count_entries(db: Database, filter: DictionaryFilter) -> int:
    """How many words the dictionary has."""
    where, parameters = _selection(db, filter)
    return int(db.rows(f"SELECT count(*) FROM ({_ENTRIES.format(where=where)})", parameters)[0][0])


def entries(db: Database, filter: DictionaryFilter, headwords: list[str], *, most: int = 10) -> list[Entry]:
    """These words with their first candidates, in the given order; a word that is not selected is left out."""
    _, parameters = _selection(db, filter)
    parameters = {name: value for name, value in parameters.items() if name != "search"}
    rows = db.rows(_ONE, parameters | {"headwords": headwords, "most": int(most)})
    found: dict[str, list[Any]] = {}
    for *values, headword, total in rows:
        found.setdefault(headword, [total]).append(Candidate(*values))
    return [Entry(word, found[word][0], tuple(found[word][1:])) for word in headwords if word in found]


def all_entries(db: Database, filter: DictionaryFilter, *, most: int = 10) -> Iterator[Entry]:
    """Every entry that the filter selects, in its order."""
    where, parameters = _selection(db, filter)
    words = [row[0] for row in db.rows(_ENTRIES.format(where=where) + f" ORDER BY {_ORDERS[filter.sort]}", parameters)]
    for start in range(0, len(words), AT_ONCE):
        yield from entries(db, filter, words[start : start + AT_ONCE], most=most)


def first_candidates(db: Database, filter: DictionaryFilter) -> pd.DataFrame:
    """The first candidate of every word, for evaluation.lexicon. -> src_token, trg_token."""
    where, parameters = _selection(db, filter)
    return db.frame(
        f"SELECT headword AS src_token, translation AS trg_token FROM ({_ENTRIES.format(where=where)}) "
        "WHERE verdict <> 'rejected' ORDER BY headword",
        parameters,
    )


def _selection(db: Database, filter: DictionaryFilter) -> tuple[str, dict[str, Any]]:
    """(conditions on the ranked candidates, parameters)."""
    parameters: dict[str, Any] = {
        "run": db.run_number(filter.run_id),
        "run_id": filter.run_id,
        "least": filter.least_places,
        "mutual_only": filter.mutual_only,
    }
    conditions = ["true"]
    if filter.search:
        parameters["search"] = filter.search
        found = " OR ".join(condition(column, "search", filter.match) for column in ("headword", "translation"))
        conditions.append(f"headword IN (SELECT headword FROM ranked WHERE {found})")
    if filter.edited is Edited.ACCEPTED:
        conditions.append("accepted")
    elif filter.edited is Edited.NOT_YET:
        conditions.append("NOT edited")
    return " AND ".join(conditions), parameters
