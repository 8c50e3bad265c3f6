"""Word retrieval on real text: before, the paper's recipe, and maps trained on aligned parallel text.

    python benchmarks/real_text.py --data ../shared/data

Bible (sw, eu, gu): the low-resource side is mined from even chapters and English from odd ones, so that the corpora are not
parallel; Mark is the test set, Mark and James stay out of everything else; linear_sup trains on all other verses.
Tatoeba (af, bn, eu, mk; 1,000 pairs each): pairs 1-400 are the test set, the low-resource side is mined from pairs 401-700 and
English from 701-1000; linear_sup trains on pairs 401-1000. Gold links are fast_align's, both directions, intersected.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from lraln_core.records import ParallelText, Words
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.folder import create
from lraln_core.text import pharaoh, word_alignment
from lraln_core.text.characters import clean
from lraln_core.text.languages import get_language
from lraln_core.text.tokenization import tokenizer_for
from lraln_core.workspace import Workspace, write_json

HERE = Path(__file__).resolve().parent
BIBLE, TATOEBA = ("sw", "gu", "eu"), ("af", "bn", "eu", "mk")
MARK, JAMES = 41, 59
LONGEST = 60  # words; longer verses are left out of mining and training
SYSTEMS = ("linear_unsup", "linear_sup")


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


def _aligned(src: list[str], trg: list[str], language: str) -> ParallelText:
    sides = [[tokenizer_for(code)(clean(line, script=get_language(code).script)) for line in lines]
             for lines, code in ((src, language), (trg, "en"))]
    return ParallelText(tuple(sides[0]), tuple(sides[1]), tuple(word_alignment.align(*sides)))


def write_files(folder: Path, text: ParallelText, split: Split) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, numbers in (("test", split.test), ("train", split.train)):
        (folder / f"{name}.tsv").write_text(
            "".join(f"{' '.join(text.src[i])}\t{' '.join(text.trg[i])}\n" for i in numbers), encoding="utf-8")
        pharaoh.write(folder / f"{name}.pharaoh", [text.links[i] for i in numbers])
    for name, side, numbers in (("src", text.src, split.src_mining), ("trg", text.trg, split.trg_mining)):
        (folder / f"{name}.txt").write_text("".join(f"{_line(side[i])}\n" for i in numbers), encoding="utf-8")


def _line(words: Words) -> str:
    return " ".join(words)


def run(folder: Path, name: str, language: str, system: str, seed: int, workspace: Workspace, overrides: dict) -> dict:
    part = lambda stem: {"parallel": str(folder / f"{stem}.tsv"), "alignments": str(folder / f"{stem}.pharaoh"), "tokenized": True}
    config = from_json({
        "name": f"{name} {system}", "system": system, "seed": seed,
        "src": {"language": language, "corpus": str(folder / "src.txt"), "tokenized": True},
        "trg": {"language": "en", "corpus": str(folder / "trg.txt"), "tokenized": True},
        "test": part("test"), "train": part("train"), **overrides,
    })
    run_folder = create(workspace.runs / f"{name}-{system}-{seed}", config.to_json())
    return worker.work(config, run_folder, workspace, terminal=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "real_text")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "real_text")
    options = parser.parse_args()
    workspace = Workspace(options.work / "workspace").require_writable()
    jobs = [("tatoeba", code, tatoeba) for code in TATOEBA] + [("bible", code, bible) for code in BIBLE]
    rows, began = [], time.time()
    for corpus, language, read in jobs:
        name, folder = f"{corpus}-{language}", options.work / f"{corpus}-{language}"
        if not (folder / "trg.txt").exists():
            write_files(folder, *read(options.data, language))
        for system in SYSTEMS:
            summary = run(folder, name, language, system, options.seed, workspace, {})
            rows.append({"data": name, "system": system, "before": summary["retrieval"]["before"], "after": summary["retrieval"]["after"],
                         "best_step": summary["best_step"], "mined_pairs": summary["mined_pairs"]})
            print(json.dumps(rows[-1]), flush=True)
        write_results(options.out, rows, time.time() - began)


def write_results(out: Path, rows: list[dict], seconds: float) -> None:
    """After every data set, so that an interrupted benchmark leaves what it has."""
    write_json(out.with_suffix(".json"), rows)
    out.with_suffix(".md").write_text(table(rows, seconds), encoding="utf-8")


def table(rows: list[dict], seconds: float) -> str:
    figure = lambda r: f"{100 * r['mean_accuracy']:.1f} [{100 * r['low']:.1f}, {100 * r['high']:.1f}]"
    lines = [f"Mean retrieval accuracy in percent with 95% intervals; CSLS, k = 10. {platform.machine()}, {seconds / 60:.0f} minutes.", "",
             "| data | links | before | " + " | ".join(SYSTEMS) + " |", "|---|---|---|" + "---|" * len(SYSTEMS)]
    for name in dict.fromkeys(row["data"] for row in rows):
        mine = {row["system"]: row for row in rows if row["data"] == name}
        before = next(iter(mine.values()))["before"]
        lines.append(f"| {name} | {before['pairs']} | {figure(before)} | " + " | ".join(figure(mine[s]["after"]) for s in SYSTEMS) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
