"""Samples of pairs to judge: random or stratified, of one run or of two runs in one blind list.

The same specification always gives the same sample, so only its text is stored.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np

from lraln_core.errors import ConfigError
from lraln_core.store.database import Database
from lraln_core.store.matching import coerce
from lraln_core.store.pair_filter import Judged, PairFilter, Sort

MAX_SIZE = 2_000
MAX_BANDS = 8
WIDTHS = (0.05, 0.1, 0.2, 0.5)  # of a band of similarity; the narrowest that needs at most MAX_BANDS bands is used


class How(StrEnum):
    """How pairs are drawn."""

    RANDOM = "random"  # every pair is equally likely
    STRATIFIED = "stratified"  # equal numbers from every band of similarity


@dataclass(frozen=True)
class SampleSpec:
    """A sample, before it is drawn. Raises ConfigError when a value cannot be used."""

    filter: PairFilter  # which pairs of the first run; order and verdicts are ignored
    how: How = How.RANDOM
    size: int = 100  # of two runs together
    seed: int = 1
    against: str = ""  # the second run; its pairs are drawn by the same filter

    def __post_init__(self) -> None:
        object.__setattr__(self, "how", coerce(How, self.how, "how"))
        object.__setattr__(self, "filter", replace(self.filter, judged=Judged.ANY, annotator="", sort=Sort.MOST_SIMILAR, seed=0))
        if not 1 <= self.size <= MAX_SIZE:
            raise ConfigError(f"A sample has 1 to {MAX_SIZE:,} pairs, not {self.size}.")
        if not 0 <= self.seed < 2**31:
            raise ConfigError(f"The seed {self.seed} is out of range.")
        if self.against == self.filter.run_id:
            raise ConfigError("A run cannot be compared with itself; choose another second run.")

    @property
    def runs(self) -> tuple[str, ...]:
        return (self.filter.run_id, self.against) if self.against else (self.filter.run_id,)

    def filter_of(self, run_id: str) -> PairFilter:
        return replace(self.filter, run_id=run_id)

    def text(self) -> str:
        """The specification as text, stored with each judgement; `from_text` is its inverse."""
        plain = PairFilter(self.filter.run_id)
        chosen = {name: value for name, value in asdict(self.filter).items() if value != getattr(plain, name)}
        return json.dumps(
            {"run": self.filter.run_id, "against": self.against, "how": self.how, "size": self.size, "seed": self.seed, "filter": chosen},
            ensure_ascii=False,
            sort_keys=True,
        )

    @classmethod
    def from_text(cls, text: str) -> SampleSpec:
        """The inverse of `text`. Raises ConfigError for other text."""
        try:
            values = json.loads(text)
            known = {field.name for field in fields(PairFilter)} - {"run_id"}
            chosen = {name: value for name, value in values["filter"].items() if name in known}
            return cls(PairFilter(values["run"], **chosen), values["how"], values["size"], values["seed"], values["against"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(f"{text[:60]!r} is not the description of a sample.") from error


@dataclass(frozen=True)
class Drawn:
    """One item of the list to judge. A pair that both runs found is judged once and counts for both."""

    run_id: str  # whose pair is shown
    pair_id: int
    members: tuple[tuple[str, int], ...]  # (run, pair) of every draw that this item represents


@dataclass(frozen=True)
class Population:
    """The pairs of one run that the filter selects, by band, and which of them were drawn.

    A pair that several iterations found at the same place counts once.
    """

    bands: tuple[tuple[float, float] | None, ...]  # [low, high); None for pairs without a similarity
    sizes: tuple[int, ...]  # pairs in each band
    drawn: dict[int, int]  # pair_id -> band

    @property
    def total(self) -> int:
        return sum(self.sizes)


@dataclass(frozen=True)
class Sample:
    """A drawn sample, in the order of judging."""

    spec: SampleSpec
    items: tuple[Drawn, ...]
    populations: dict[str, Population]  # by run


def draw(db: Database, spec: SampleSpec) -> Sample:
    """Draw the sample; it is smaller than requested when there are fewer pairs. Raises RunError for an unknown run."""
    tables = {run: _table(db, spec.filter_of(run)) for run in spec.runs}
    width = band_width(np.concatenate([similarity for _, similarity in tables.values()]))
    populations, found = {}, []
    for at, (run, (ids, similarity)) in enumerate(tables.items()):
        size = (spec.size + (at == 0)) // 2 if spec.against else spec.size
        band = bands_of(similarity, width)
        rng = np.random.default_rng([spec.seed, zlib.crc32(run.encode())])
        chosen = choose(band, size, spec.how, rng)
        populations[run] = _population(band, width, ids, chosen)
        found += [(run, int(ids[i])) for i in chosen]
    order = np.random.default_rng(spec.seed).permutation(len(found))
    return Sample(spec, _merged(db, [found[i] for i in order]), populations)


def population_of(db: Database, filter: PairFilter, drawn: Collection[int]) -> Population:
    """The pairs that a filter selects, and which of the pair ids in `drawn` are among them."""
    ids, similarity = _table(db, filter)
    width = band_width(similarity)
    return _population(bands_of(similarity, width), width, ids, np.flatnonzero(np.isin(ids, list(drawn))))


def _population(band: np.ndarray, width: float, ids: np.ndarray, chosen: np.ndarray) -> Population:
    names, sizes = np.unique(band, return_counts=True)
    place = {name: at for at, name in enumerate(names.tolist())}
    ends = (None if name == _NONE else (round(name * width, 6), round((name + 1) * width, 6)) for name in names.tolist())
    return Population(tuple(ends), tuple(sizes.tolist()), {int(ids[i]): place[int(band[i])] for i in chosen})


def choose(band: np.ndarray, size: int, how: How, rng: np.random.Generator) -> np.ndarray:
    """Indices of the drawn pairs, without repeats. band (n,) -> (at most size,) int."""
    if how is How.RANDOM:
        return rng.permutation(len(band))[:size]
    names, counts = np.unique(band, return_counts=True)
    return np.concatenate(
        [np.zeros(0, int)]
        + [
            rng.permutation(np.flatnonzero(band == name))[:share]
            for name, share in zip(names, allocate(counts.tolist(), size), strict=True)
        ]
    )


def allocate(counts: Sequence[int], size: int) -> list[int]:
    """Equal numbers for every band; the rest of a band that is too small goes to the others, in order.

    allocate([2, 10, 10], 12) -> [2, 5, 5]
    """
    shares, left = [0] * len(counts), min(size, sum(counts))
    while left:
        open_bands = [at for at, count in enumerate(counts) if shares[at] < count]
        each = max(1, left // len(open_bands))
        for at in open_bands:
            more = min(each, counts[at] - shares[at], left)
            shares[at] += more
            left -= more
    return shares


_NONE = -(2**31)  # the band of pairs without a similarity


def bands_of(similarity: np.ndarray, width: float) -> np.ndarray:
    """Number of the band of each pair, [number * width, number * width + width). (n,) float -> (n,) int64."""
    with np.errstate(invalid="ignore"):
        number = np.floor(np.round(similarity.astype(np.float64) / width, 5))  # 0.7 stored as FLOAT is 0.69999999
    return np.where(np.isnan(number), _NONE, number).astype(np.int64)


def band_width(similarity: np.ndarray) -> float:
    """The narrowest width of WIDTHS that cuts the similarities into at most MAX_BANDS bands."""
    known = similarity[~np.isnan(similarity)]
    if not len(known):
        return WIDTHS[0]
    ends = np.array([known.min(), known.max()])
    return next((width for width in WIDTHS if np.diff(bands_of(ends, width))[0] < MAX_BANDS), WIDTHS[-1])


def _table(db: Database, filter: PairFilter) -> tuple[np.ndarray, np.ndarray]:
    """(pair_id (n,) int64, similarity (n,) float32 with NaN for none) of all selected pairs, by pair_id.

    A distinct place is one row, as the first of the selected iterations found it.
    """
    where, parameters = filter.where(db.run_number(filter.run_id))
    table = db.arrow(
        f"SELECT pair_id, similarity FROM mined_pairs WHERE {where} ORDER BY pair_id",
        parameters,
    )
    return table["pair_id"].to_numpy(), table["similarity"].to_numpy().astype(np.float32)


def _merged(db: Database, found: list[tuple[str, int]]) -> tuple[Drawn, ...]:
    """Join the draws of the same place into one item."""
    places: dict[tuple[str, int], Any] = {}
    for run in {run for run, _ in found}:
        rows = db.rows(
            "SELECT pair_id, coalesce(r.src_corpus, r.id), src_sentence, src_word, coalesce(r.trg_corpus, r.id), trg_sentence, trg_word "
            "FROM runs r JOIN mined_pairs p ON p.run = r.number "
            "WHERE r.id = $run_id AND p.run = $run AND pair_id IN (SELECT unnest($ids::BIGINT[]))",
            {"run_id": run, "run": db.run_number(run), "ids": [pair for other, pair in found if other == run]},
        )
        places |= {(run, row[0]): row[1:] for row in rows}
    lines: dict[Any, list[tuple[str, int]]] = {}
    for member in found:
        lines.setdefault(places[member], []).append(member)
    return tuple(Drawn(*members[0], tuple(members)) for members in lines.values())
