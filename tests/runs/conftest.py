"""A small run on a tiny encoder: two corpora about the same things, and a test set."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.runs.config import RunConfig, from_json

SRC_WORDS = "реката планината војската градот учителот зимата лебот книгата".split()
TRG_WORDS = "river mountain army town teacher winter bread book".split()


def _sentences(words: list[str], count: int, shift: int) -> str:
    """Sentences of eight words in changing order, each told apart by one longer word."""
    lines = []
    for step in range(count):
        order = " ".join(words[(i * step + shift + i // 8) % 8] for i in range(1, 7))
        lines.append(f"{order} {words[step % 8]}{'x' * (step // 8)} .\n")
    return "".join(lines)


@pytest.fixture
def small_files(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "src.txt").write_text(_sentences(SRC_WORDS, 80, 1), encoding="utf-8")
    (folder / "trg.txt").write_text(_sentences(TRG_WORDS, 90, 2), encoding="utf-8")
    for name, count in (("test", 8), ("train", 64)):
        pairs = [[(SRC_WORDS[(i * (1 + i // 8) + j) % 8], TRG_WORDS[(i * (1 + i // 8) + j) % 8]) for j in range(5)] for i in range(count)]
        lines = [" ".join(s for s, _ in pair) + "\t" + " ".join(t for _, t in pair) + "\n" for pair in pairs]
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")
        (folder / f"{name}.pharaoh").write_text("0-0 1-1 2-2 3-3 4-4\n" * count)
    return folder


@pytest.fixture
def small_config(small_files: Path, tiny_bert: Path) -> RunConfig:
    return from_json({
        "name": "small", "seed": 7, "threads": 1,
        "src": {"language": "mk", "corpus": str(small_files / "src.txt"), "tokenized": True},
        "trg": {"language": "en", "corpus": str(small_files / "trg.txt"), "tokenized": True},
        "test": {"parallel": str(small_files / "test.tsv"), "alignments": str(small_files / "test.pharaoh"), "tokenized": True},
        "train": {"parallel": str(small_files / "train.tsv"), "alignments": str(small_files / "train.pharaoh"), "tokenized": True},
        "encoder": {"name": str(tiny_bert), "device": "cpu", "precision": "float32"},
        "mining": {"sample_size": 40},
        "training": {"steps": 120, "warmup_steps": 20, "learning_rate": 1e-3, "evaluate_every": 15},
        "evaluation": {"bootstrap_samples": 50},
    })  # fmt: skip
