"""What shorter numbers in the language model gain and cost: words a second, and word retrieval before and after linear_unsup.

    python -m benchmarks.speed.precision

The three sample pairs; differences in retrieval are paired over the test sentences and marked when they hold at 95%. Results go to
benchmarks/results/precision.md.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks import RESULTS
from benchmarks.speed.core import sentences
from lraln_core.choices import Precision
from lraln_core.encoder.precision import offered
from lraln_core.encoder.registry import open_encoder
from lraln_core.evaluation.retrieval import per_sentence
from lraln_core.evaluation.significance import Interval, bootstrap_difference
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import SAMPLES, sample_config
from lraln_core.threads import limit_threads


def run(pair: str, precision: Precision, workspace: Workspace) -> RunFolder:
    """A finished run of linear_unsup."""
    values = sample_config(pair, Preset.PAPER).to_json()
    values["encoder"]["precision"] = precision
    config = from_json(values)
    folder = create(workspace.runs / f"{pair}-{precision}", config.to_json())
    worker.work(config, folder, workspace)
    return folder


def difference(one: RunFolder, other: RunFolder, when: str) -> Interval:
    """Mean retrieval accuracy of one run less that of the other, with its paired interval."""
    sums = []
    for folder in (one, other):
        table = pd.read_parquet(folder.retrieval)
        hits = (table[f"hit_{when}_src2trg"].astype(float) + table[f"hit_{when}_trg2src"]).to_numpy() / 2
        sums.append(per_sentence(table.src_sentence.to_numpy(), hits))
    return bootstrap_difference(sums[0][1], sums[1][1], sums[0][0], 1000, np.random.default_rng(0))


def words_a_second(precision: Precision) -> float:
    """Words encoded in a second, the samples of four languages mixed."""
    encoder, text = open_encoder(precision=precision), sentences(2000, "en", "mk", "sw", "ne")[::4]
    encoder.encode(text[:32])
    began = time.perf_counter()
    encoder.encode(text)
    return sum(map(len, text)) / (time.perf_counter() - began)


def main() -> None:
    limit_threads(0)
    every = offered("cpu")
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; `python -m benchmarks.speed.precision`. Accuracy "
        "in percent, in brackets the difference from float32; a star marks one that holds at 95%.",
        "",
        f"| numbers | words/s | {' | '.join(f'{pair} {when}' for pair in SAMPLES for when in ('before', 'after'))} |",
        "|---|---|" + "---|" * 2 * len(SAMPLES),
    ]
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(Path(name)).require_writable()
        exact: dict[str, RunFolder] = {}
        for precision in every:
            cells = []
            for pair in SAMPLES:
                folder = run(pair, precision, workspace)
                exact.setdefault(pair, folder)
                figures = folder.summary()["retrieval"]
                for when in ("before", "after"):
                    cell = f"{100 * figures[when]['mean_accuracy']:.1f}"
                    if precision is not Precision.FLOAT32:
                        change = difference(folder, exact[pair], when)
                        cell += f" ({100 * change.value:+.1f}{'*' if change.holds else ''})"
                    cells.append(cell)
            lines.append(f"| {precision} | {words_a_second(precision):,.0f} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    (RESULTS / "precision.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
