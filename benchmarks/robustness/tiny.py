"""A language model of 16 dimensions and texts of eighty sentences, made on the spot: a whole run takes little more than its imports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.robustness.malformed.checkpoints import small_checkpoint
from lraln_core.runs.config import RunConfig, from_json
from lraln_core.runs.suite.config import SuiteConfig
from lraln_core.runs.suite.config import from_values as suite_from_values

SRC = "kuno dama zilo pekas foru tiban lumo saki".split()
TRG = "river mountain army town teacher winter bread book".split()
MINING = {"sample_size": 40}
TRAINING = {"steps": 120, "warmup_steps": 20, "learning_rate": 1e-3, "evaluate_every": 15}


def make(folder: Path) -> Path:
    """The language model and the texts, in a new folder; -> the folder."""
    small_checkpoint(folder / "encoder")
    for name, words, step in (("src", SRC, 1), ("trg", TRG, 3)):
        lines = [f"{' '.join(words[(i * step + line + i // 8) % 8] for i in range(1, 8))} {'x' * (line // 8 + 1)}" for line in range(80)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, count in (("test", 8), ("train", 64)):
        at = [[(line * (1 + line // 8) + i) % 8 for i in range(5)] for line in range(count)]
        lines = [" ".join(SRC[i] for i in line) + "\t" + " ".join(TRG[i] for i in line) for line in at]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / f"{name}.pharaoh").write_text("0-0 1-1 2-2 3-3 4-4\n" * count, encoding="utf-8")
    return folder


def run_config(folder: Path, **changes: object) -> RunConfig:
    """A run over `folder`; changes replace values of a table, or a table that is no dictionary."""
    values = run_values(folder)
    for name, change in changes.items():
        values[name] = {**values.get(name, {}), **change} if isinstance(change, dict) else change
    return from_json(values)


def run_values(folder: Path) -> dict[str, Any]:
    """The options of a run over `folder` that are not the default; every version knows them."""
    side = {"tokenized": True}
    parallel = lambda name: {"parallel": str(folder / f"{name}.tsv"), "alignments": str(folder / f"{name}.pharaoh"), "tokenized": True}
    return {
        "name": "tiny",
        "seed": 7,
        "threads": 1,
        "src": side | {"language": "mk", "corpus": str(folder / "src.txt")},
        "trg": side | {"language": "en", "corpus": str(folder / "trg.txt")},
        "test": parallel("test"),
        "train": parallel("train"),
        "encoder": {"name": str(folder / "encoder"), "device": "cpu"},
        "mining": MINING,
        "training": TRAINING,
        "evaluation": {"bootstrap_samples": 50},
    }


def suite_config(folder: Path) -> SuiteConfig:
    """Three systems over the same texts."""
    return suite_from_values(suite_values(folder), folder)


def suite_values(folder: Path) -> dict[str, Any]:
    """The options of the suite, as every version knows them."""
    return {
        "name": "tiny",
        "systems": ["base", "linear_unsup", "normalized"],
        "run": {"encoder": {"name": str(folder / "encoder"), "device": "cpu"}, "threads": 1, "mining": MINING, "training": TRAINING},
        "language": [
            {
                "code": "mk",
                "corpus": str(folder / "src.txt"),
                "english": str(folder / "trg.txt"),
                "test": str(folder / "test.tsv"),
                "test_alignments": str(folder / "test.pharaoh"),
                "tokenized": True,
                "tokenized_parallel": True,
            }
        ],
    }
