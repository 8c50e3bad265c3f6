"""Two minings side by side: which word pair types both found, and which only one of them did."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .database import Database
from .pair_filter import PairFilter

_TYPE = ["src_token", "trg_token"]


@dataclass(frozen=True)
class Overlap:
    """Word pair types by who has them; `types` has the columns src_token, trg_token, one, other (how often each mined it)."""

    types: pd.DataFrame

    @property
    def both(self) -> int:
        return int(((self.types["one"] > 0) & (self.types["other"] > 0)).sum())

    @property
    def only_one(self) -> int:
        return int((self.types["other"] == 0).sum())

    @property
    def only_other(self) -> int:
        return int((self.types["one"] == 0).sum())

    @property
    def jaccard(self) -> float:
        """Share of all types that both have."""
        return self.both / len(self.types) if len(self.types) else 0.0


def pair_types(db: Database, filter: PairFilter) -> pd.DataFrame:
    """All word pair types of a selection, as spelled, the most frequent first. -> src_token, trg_token, pairs."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    return db.frame(
        f"SELECT src_token, trg_token, count(*) AS pairs FROM mined_pairs WHERE {where} "
        "GROUP BY src_token, trg_token ORDER BY pairs DESC, src_token, trg_token",
        parameters,
    )


def overlap(db: Database, one: PairFilter, other: PairFilter) -> Overlap:
    """Compare two selections, of two runs or of one, by the types they hold. The types that occur most come first."""
    first, second = (pair_types(db, filter).rename(columns={"pairs": name}) for filter, name in ((one, "one"), (other, "other")))
    types = first.merge(second, on=_TYPE, how="outer").fillna({"one": 0, "other": 0}).astype({"one": int, "other": int})
    order = types.assign(total=types["one"] + types["other"]).sort_values(["total", *_TYPE], ascending=[False, True, True])
    return Overlap(order.drop(columns="total").reset_index(drop=True))
