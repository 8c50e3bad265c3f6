"""The closing table: word retrieval on real text under every system the data allow, and which differences hold.

    python -m benchmarks.quality.real_text --data ../shared/data

Bible (sw, eu, gu): the low-resource side is mined from even chapters and English from odd ones, so that the corpora are not
parallel; Mark is the test set, Mark and James stay out of everything else; linear_sup trains on all other verses.
Tatoeba (af, bn, eu, mk; 1,000 pairs each): pairs 1-400 are the test set, the low-resource side is mined from pairs 401-700 and
English from 701-1000; linear_sup trains on pairs 401-1000. Gold links are fast_align's, both directions, intersected.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks import REPOSITORY, RESULTS, WORK
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText, Words
from lraln_core.runs.suite import figures as suite_figures
from lraln_core.runs.suite import job as suite_job
from lraln_core.runs.suite import tables as suite_tables
from lraln_core.runs.suite.config import SuiteConfig, from_values
from lraln_core.runs.suite.runner import CellResult
from lraln_core.text import pharaoh, word_alignment
from lraln_core.text.characters import clean
from lraln_core.text.languages import get_language
from lraln_core.text.tokenization import tokenizer_for

BIBLE, TATOEBA = ("sw", "gu", "eu"), ("af", "bn", "eu", "mk")
MARK, JAMES = 41, 59
LONGEST = 60  # words; longer verses are left out of mining and training
SYSTEMS = ("base", "linear_unsup", "linear_sup", "normalized", "normalized_unsup", "vecmap_id", "vecmap_sup", "full_sup")
FULL_STEPS = 60  # what two cores do in a few minutes
ORDER = (
    ("base", "linear_unsup"),
    ("linear_unsup", "linear_sup"),
    ("linear_sup", "full_sup"),
    ("base", "normalized"),
    ("linear_unsup", "normalized"),
    ("linear_unsup", "normalized_unsup"),
)


@dataclass(frozen=True)
class Split:
    """Numbers of the sentence pairs that serve for each purpose."""

    test: list[int]
    src_mining: list[int]
    trg_mining: list[int]
    train: list[int]


def bible(data: Path, language: str) -> tuple[ParallelText, Split]:
    rows = [line.rstrip("\n").split("\t") for line in open(data / "parallel" / f"bible-nt.{language}-en.tsv", encoding="utf-8")]
    places = [tuple(map(int, row[0].split(".")[:2])) for row in rows]
    text = _aligned([row[1] for row in rows], [row[2] for row in rows], language)
    free = [i for i, (book, _) in enumerate(places) if book not in (MARK, JAMES) and max(len(text.src[i]), len(text.trg[i])) <= LONGEST]
    test = [i for i, (book, _) in enumerate(places) if book == MARK]
    even, odd = ([i for i in free if places[i][1] % 2 == parity] for parity in (0, 1))
    return text, Split(test, even, odd, free)


def tatoeba(data: Path, language: str) -> tuple[ParallelText, Split]:
    rows = [line.rstrip("\n").split("\t") for line in open(data / "parallel" / f"tatoeba.{language}-en.tsv", encoding="utf-8")]
    text = _aligned([row[0] for row in rows], [row[1] for row in rows], language)
    numbers = list(range(len(rows)))
    return text, Split(numbers[:400], numbers[400:700], numbers[700:], numbers[400:])


CORPORA = {"tatoeba": [(code, tatoeba) for code in TATOEBA], "bible": [(code, bible) for code in BIBLE]}


def _aligned(src: list[str], trg: list[str], language: str) -> ParallelText:
    sides = [
        [tokenizer_for(code)(clean(line, script=get_language(code).script)) for line in lines]
        for lines, code in ((src, language), (trg, "en"))
    ]
    return ParallelText(tuple(sides[0]), tuple(sides[1]), tuple(word_alignment.align(*sides)))


def write_files(folder: Path, text: ParallelText, split: Split) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, numbers in (("test", split.test), ("train", split.train)):
        (folder / f"{name}.tsv").write_text(
            "".join(f"{' '.join(text.src[i])}\t{' '.join(text.trg[i])}\n" for i in numbers), encoding="utf-8"
        )
        pharaoh.write(folder / f"{name}.pharaoh", [text.links[i] for i in numbers])
    for name, side, numbers in (("src", text.src, split.src_mining), ("trg", text.trg, split.trg_mining)):
        (folder / f"{name}.txt").write_text("".join(f"{_line(side[i])}\n" for i in numbers), encoding="utf-8")


def _line(words: Words) -> str:
    return " ".join(words)


def suite_of(corpus: str, systems: list[str], work: Path, data: Path, seed: int) -> SuiteConfig:
    """All systems that the data allow on all languages of one corpus."""
    languages = []
    for code, read in CORPORA[corpus]:
        folder = work / f"{corpus}-{code}"
        if not (folder / "trg.txt").exists():
            write_files(folder, *read(data, code))
        lexicon = data / "lexicon" / f"{code}-en.tsv"
        languages.append(
            {
                "code": code,
                "corpus": f"{folder.name}/src.txt",
                "english": f"{folder.name}/trg.txt",
                "tokenized": True,
                "test": f"{folder.name}/test.tsv",
                "test_alignments": f"{folder.name}/test.pharaoh",
                "tokenized_parallel": True,
                "train": f"{folder.name}/train.tsv",
                "train_alignments": f"{folder.name}/train.pharaoh",
            }
            | ({"dictionary": str(lexicon.resolve())} if lexicon.exists() else {})
        )
    return from_values(
        {
            "name": corpus,
            "seeds": [seed],
            "language": languages,
            "systems": systems,
            "keep_encoders": False,
            "run": {"vecmap": {"patience": 10, "vocabulary_cutoff": 5000}},
            "full": {"training": {"steps": FULL_STEPS, "warmup_steps": FULL_STEPS // 5, "evaluate_every": FULL_STEPS // 4}},
        },
        work,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=WORK / "real_text")
    parser.add_argument("--corpora", nargs="+", choices=list(CORPORA), default=list(CORPORA))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "real_text")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(options.work / "workspace").require_writable()
    for corpus in options.corpora:
        began = time.time()
        suite = suite_of(corpus, options.systems, options.work.resolve(), options.data, options.seed)
        folder = options.work.resolve() / "-".join(["suite", corpus, str(options.seed), *options.systems])
        results, _ = suite_job.work(suite, folder, workspace, terminal=True)
        frame, changes = suite_figures.build(results), suite_figures.compare(results)
        out = options.out.with_name(f"{options.out.name}_{corpus}")
        frame.to_csv(out.with_suffix(".csv"), index=False)
        out.with_suffix(".md").write_text(report(corpus, frame, changes, results, time.time() - began), encoding="utf-8")
        print(out.with_suffix(".md").read_text(encoding="utf-8"), flush=True)


def report(corpus: str, frame: pd.DataFrame, changes: pd.DataFrame, results: list[CellResult], seconds: float) -> str:
    """The closing table, whether base < linear_unsup < linear_sup holds, and what failed."""
    lines = [
        f"{corpus}: mean retrieval accuracy in percent; CSLS, k = 10. {platform.machine()}, {os.cpu_count()} cores, "
        f"{seconds / 60:.0f} minutes (what was encoded before is read from the cache).",
        "",
        suite_tables.markdown(_ours(frame)),
        suite_tables.NOTE.split(" Rows of the paper")[0],
        "",
        "| language | lower | higher | difference, points | holds |",
        "|---|---|---|---|---|",
    ]
    for code in dict.fromkeys(changes["language"]):
        for low, high in ORDER:
            row = changes[(changes["language"] == code) & (changes["system"] == low) & (changes["other"] == high)]
            row = row[row["measure"] == "retrieval"]
            for one in row.itertuples():
                lines.append(
                    f"| {code} | {low} | {high} | {-one.difference:+.1f} [{-one.high:+.1f}, {-one.low:+.1f}] | "
                    f"{'yes' if one.holds and one.difference < 0 else 'no'} |"
                )
    lines += ["", *(f"{result.cell.run_name}: {result.error}" for result in results if result.error)]
    return "\n".join(lines) + "\n"


def _ours(frame: pd.DataFrame) -> pd.DataFrame:
    return suite_tables.pivot(frame.assign(published=None), "2", "retrieval")


if __name__ == "__main__":
    main()
