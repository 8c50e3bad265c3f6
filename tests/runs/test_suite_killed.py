"""A suite whose process is killed again and again ends with the same tables as one that was left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs.suite.config import SuiteConfig, from_values

MOMENTS = ("runs/mk-linear_unsup-1/checkpoint.safetensors", "runs/mk-full_sup-1/full_model/*", "runs/mk-linear_unsup-1/ner.json",
           "encoders/.mk.*.part", "runs/mk-extended_linear_unsup-1/pairs-0000.parquet", "tables/*")  # fmt: skip


@pytest.fixture
def suite(small_files: Path, tiny_bert: Path) -> SuiteConfig:
    (small_files / "mk.conll").write_text("реката B-LOC\nградот O\n\nучителот B-PER\nзимата O\n\n" * 6, encoding="utf-8")
    (small_files / "en.conll").write_text("river B-LOC\ntown O\n\nteacher B-PER\nwinter O\n\n" * 6, encoding="utf-8")
    return from_values({
        "name": "killed", "systems": ["base", "linear_unsup", "full_sup", "normalized"],
        "run": {"encoder": {"name": str(tiny_bert), "device": "cpu"}, "threads": 1, "mining": {"sample_size": 40},
                "training": {"steps": 40, "warmup_steps": 5, "evaluate_every": 5}, "evaluation": {"bootstrap_samples": 20}},
        "full": {"training": {"steps": 8, "warmup_steps": 1, "evaluate_every": 2}},
        "ner": {"train": "en.conll"}, "keep_encoders": False,
        "extended": {"systems": ["linear_unsup"], "new_pieces": 20, "steps": 4},
        "language": [{"code": "mk", "corpus": "src.txt", "english": "trg.txt", "test": "test.tsv", "test_alignments": "test.pharaoh",
                      "train": "train.tsv", "train_alignments": "train.pharaoh", "ner_test": "mk.conll", "tokenized": True,
                      "tokenized_parallel": True}],
    }, small_files)  # fmt: skip


def _start(config: Path, out: Path, workspace: Workspace) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "lraln_core",
        "--workspace",
        str(workspace.root),
        "suite",
        "--config",
        str(config),
        "--out",
        str(out),
        "--quiet",
    ]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finish(process: subprocess.Popen) -> dict:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.timeout(600)
def test_a_killed_suite_goes_on_and_ends_the_same(suite: SuiteConfig, tmp_path: Path, workspace: Workspace) -> None:
    config = tmp_path / "suite.json"
    write_json(config, suite.to_json())
    whole = _finish(_start(config, tmp_path / "whole", workspace))
    kills, out = 0, tmp_path / "killed"
    other = Workspace(tmp_path / "other").require_writable()
    for moment in MOMENTS:
        process = _start(config, out, other)
        while process.poll() is None and not any(out.glob(moment)):
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()
        if kills:
            assert RunFolder(out).state() in (State.INTERRUPTED, State.FINISHED)
    again = _finish(_start(config, out, other))
    assert kills >= 3 and again["failed"] == whole["failed"] == {}
    for name in ("figures.csv", "comparisons.csv"):
        one, two = (pd.read_csv(folder / "tables" / name) for folder in (tmp_path / "whole", out))
        pd.testing.assert_frame_equal(one, two)
    assert not list(out.rglob("*.part")) and not list(out.glob("encoders/*"))
