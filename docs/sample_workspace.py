"""A workspace in which every page has something to show: sample runs, a twin, named entities, word links, projections, suite, lesson."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, SAMPLE_DATA
from lraln_core.runs.samples import SAMPLES
from lraln_core.runs.suite.config import StudyConfig, sample_suite

SUITE_STEPS = 2000  # of each run of the suite; the samples reach their best before


def fill(workspace: Path) -> None:
    """Run what is missing; a few minutes on two cores. Raises CalledProcessError."""
    runs = workspace / "runs"
    made = {pair: _run(workspace, runs / f"sample-{pair}", "--sample", pair, "--preset", "paper") for pair in SAMPLES}
    first = made[SAMPLES[0]]
    _run(
        workspace,
        runs / "sample-twin",
        "--sample",
        SAMPLES[0],
        "--preset",
        "paper",
        "--set",
        "mining.method=intersection",
        "--set",
        "name=Sample: Macedonian and English, both ways",
    )
    ner, src = SAMPLE_DATA / "ner", SAMPLES[0].split("-")[0]
    if not list(first.glob("ner*")):
        _command(
            workspace,
            "ner",
            "--run-dir",
            first,
            "--train",
            ner / "en.train.conll",
            "--train-dev",
            ner / "en.dev.conll",
            "--dev",
            ner / f"{src}.dev.conll",
            "--test",
            ner / f"{src}.test.conll",
            "--lang",
            src,
        )
    if not (first / "word-alignment.json").exists():
        _command(workspace, "similarities", "--run-dir", first, "--quiet")
    if not list(first.glob("projection*")):
        _command(workspace, "project", "--run-dir", first, "--umap", "--quiet")
    if not (workspace / "lessons" / SAMPLES[0] / "lesson.safetensors").exists():
        _command(workspace, "lesson", "--pair", SAMPLES[0], "--quiet")
    _suite(workspace)


def _run(workspace: Path, folder: Path, *options: str) -> Path:
    if not (folder / "summary.json").exists():
        _command(workspace, "run", *options, "--run-dir", folder, "--quiet")
    return folder


def _suite(workspace: Path) -> None:
    folder = workspace / "suites" / "20260101-120000-sample-0000"
    if (folder / "status.json").exists() and RunFolder(folder).state() == State.FINISHED:
        return
    whole = sample_suite()
    small = dataclasses.replace(
        whole,
        name="Two systems on two samples",
        systems=("base", "linear_unsup"),
        languages=whole.languages[:2],
        run={"training": {"steps": SUITE_STEPS}},
        ner={},
        full={},
        extended=None,
        studies=StudyConfig(),
    )
    write_json(folder / "suite.json", small.to_json())
    _command(workspace, "suite", "--config", folder / "suite.json", "--out", folder, "--quiet")


def _command(workspace: Path, *arguments: object) -> None:
    print(f"  {arguments[0]} {' '.join(str(one) for one in arguments[1:3])}", flush=True)
    subprocess.run(
        [sys.executable, "-m", "lraln_core", "--workspace", str(workspace), *map(str, arguments)],
        cwd=PROJECT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
