"""Which order shows right pairs first: lexicon precision of the first pairs of a run by each score.

    python -m benchmarks.quality.pair_order RUN_DIR [RUN_DIR ...]

A pair is judged where the lexicon of the run knows both words; an inflected form that it does not list counts as wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from lraln_core.evaluation.pair_scores import HUB_FROM
from lraln_core.files import schemas
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import PLACE
from lraln_core.text.characters import has_letter

FIRST = (100, 1000, 3000)


def scored_pairs(run: RunFolder) -> pd.DataFrame:
    """Every distinct place whose words hold letters, as first found, with its scores."""
    found = pd.concat([schemas.read(path, schemas.PAIRS).to_pandas() for path in run.pair_files()])
    found = found.drop_duplicates(list(PLACE)).merge(schemas.read(run.pair_scores, schemas.PAIR_SCORES).to_pandas(), on=list(PLACE))
    return found[[has_letter(src) and has_letter(trg) for src, trg in zip(found["src_token"], found["trg_token"], strict=True)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    print("| run | pairs | first | " + " | ".join(("similarity when found", "cosine, final maps", "CSLS, final maps")) + " |")
    print("| --- | --- | --- | --- | --- | --- |")
    for path in parser.parse_args().runs:
        pairs = scored_pairs(RunFolder(path))
        hubs = pairs[["src_hubness", "trg_hubness"]].max(axis=1) >= HUB_FROM
        for name, part in (
            ("all", pairs),
            ("without hubs", pairs[~hubs]),
            ("without function words", pairs[~(pairs["src_frequent"] | pairs["trg_frequent"])]),
        ):
            for first in FIRST:
                cells = []
                for column in ("similarity", "cosine", "csls"):
                    top = part.sort_values(column, ascending=False, kind="stable").head(first)
                    known = top["in_lexicon"].dropna().astype(bool)
                    cells.append(f"{100 * known.mean():.1f} ({known.sum()} of {len(known)})" if len(known) else "")
                print(f"| {path.name} | {name} ({len(part):,}) | {first} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
