"""Settings and surroundings at their limits: absurd training options, a clock that jumps, a read-only folder without HOME, flipped bits."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.robustness import tiny
from benchmarks.robustness.malformed.entry_points import EntryPoint
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.errors import ConfigError
from lraln_core.evaluation.judged import Verdict
from lraln_core.files import run_folder
from lraln_core.files.run_folder import create
from lraln_core.files.workspace import PROJECT, SAMPLE_DATA, Workspace
from lraln_core.runs import worker
from lraln_core.runs.systems import registry
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import standing
from lraln_core.store.judging.translations import translate, translations_of
from lraln_core.store.sync import sync
from tests.conftest import FakeEncoder
from tests.store.store_folders import write_sample

NUMBERS = (-1, 0, 1, 2, 7, 300, 10**6, 10**7, 2**31 - 1, 2**63, 1e-300, 1e-9, 0.5, 0.999, 1.0, 1.5, 1e6, 1e300, float("nan"), float("inf"))
OPTIONS = {
    "training": ("batch_size", "accumulation", "learning_rate", "warmup_steps", "noise", "evaluate_every", "held_out", "tolerance"),
    "mining": ("threshold", "mining_k", "sample_size", "candidates"),
    "evaluation": ("csls_k", "bootstrap_samples"),
    "normalization": ("whitening", "remove_top"),
    "vecmap": ("patience", "vocabulary", "vocabulary_cutoff", "sentences", "sentences_per_word"),
}
STEPS = (0, 1, 3, 40)  # so that a run which is taken ends soon
READ_ONLY = ("/proc", "/sys", "/")
COMMANDS = (
    ["--help"],
    ["doctor", "--help"],
    ["corpus", str(SAMPLE_DATA / "corpora" / "sw.txt"), "--lang", "sw"],
    ["export", "--run", "none", "--out", "x.tsv"],
    ["report", "--run", "none", "--out", "x.html"],
    ["import", "none.zip"],
    ["run", "--config", "none.toml"],
    ["align-words", "--parallel", "none.tsv", "--src-lang", "sw", "--trg-lang", "en", "--out", "x"],
)


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """All of them."""
    yield _training(root)
    yield _clock(root)
    if os.path.isdir("/proc"):  # even root writes nothing there
        yield _surroundings()
    yield _bits(root)


def _training(root: Path) -> EntryPoint:
    """A whole run on a tiny language model: a result whose figures are numbers, or one sentence."""
    folder = tiny.make(root / "good" / "tiny")
    cache = root / "good" / "tiny-cache"

    def take(changes: dict[str, Any], place: Path) -> object:
        config = tiny.run_config(folder, **changes)
        workspace = Workspace(place / "workspace").require_writable()
        if cache.exists():
            shutil.copytree(cache, workspace.ccwrs, dirs_exist_ok=True)
        summary = worker.work(config, create(workspace.runs / "run", config.to_json()), workspace)
        if not cache.exists():
            shutil.copytree(workspace.ccwrs, cache)
        if not 0 <= summary["retrieval"]["after"]["mean_accuracy"] <= 1:
            raise AssertionError(f"figures that are none: {summary['retrieval']}")
        return summary

    def draw(rng: random.Random) -> dict[str, Any]:
        changes: dict[str, Any] = {"training": {"steps": rng.choice(STEPS)}, "system": rng.choice(systems)}
        for _ in range(rng.choice((1, 1, 2, 3))):
            table = rng.choice(list(OPTIONS))
            changes.setdefault(table, {})[rng.choice(OPTIONS[table])] = rng.choice(NUMBERS)
        return changes

    systems = [name for name in registry.names() if not registry.system(name).trains_encoder]
    special: list[dict[str, Any]] = [
        {"training": change} for change in (
            {"learning_rate": 1e6}, {"learning_rate": 1.0}, {"learning_rate": 1.0, "warmup_steps": 0}, {"steps": 0},
            {"steps": 3, "warmup_steps": 10**7}, {"batch_size": 100_000, "steps": 3}, {"evaluate_every": 10**7, "steps": 3},
            {"held_out": 10**6}, {"held_out": 0}, {"noise": 1.0}, {"schedule": "linear", "steps": 1, "warmup_steps": 1},
        )
    ]  # fmt: skip
    special += [{"mining": {"sample_size": 1}}, {"mining": {"sample_size": 10**6}}, {"mining": {"mining_k": 100}}]
    special += [{"system": system, "training": {"steps": 0}} for system in systems]
    special += [{"system": name, "training": {"steps": 2, "learning_rate": 1.0}} for name in registry.names() if name not in systems]
    return EntryPoint("extreme training options", {}, take, draw, special, 0.5, (root / "good",))


def _clock(root: Path) -> EntryPoint:
    """The clock jumps between judgements and translations of one pair: the last one given counts, and a new database agrees."""

    def take(days: list[int], place: Path) -> object:
        workspace = Workspace(place / "w").require_writable()
        write_sample(workspace)
        db = open_database(workspace)
        sync(db, workspace)
        verdicts = [Verdict.RIGHT, Verdict.WRONG, Verdict.UNSURE, Verdict.SIMILAR]
        clock = run_folder.datetime
        try:
            for at, day in enumerate(days):
                moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
                run_folder.datetime = type("Clock", (datetime,), {"now": classmethod(lambda *_, moment=moment: moment)})
                judge(db, "run-1", 0, verdicts[at % 4], annotator="x")
                translate(db, "mk", "а", f"text {at}")
        finally:
            run_folder.datetime = clock
        found = []
        for fresh in (False, True):
            if fresh:
                db.close()
                workspace.database.unlink()
                db = open_database(workspace)
                sync(db, workspace)
            found.append((standing(db, "run-1", [0])[0][0].verdict, translations_of(db, "mk", ["а"])["а"]))
        db.close()
        if found != [(verdicts[(len(days) - 1) % 4], f"text {len(days) - 1}")] * 2:
            raise AssertionError(f"not the last word counts: {found}")
        return found

    jumps = (0, 0, 1, -1, 30, -400, 9000, -20_000)
    return EntryPoint("clock set back", [0, 1], take, lambda rng: [rng.choice(jumps) for _ in range(rng.randint(2, 6))], share=0.1)


def _surroundings() -> EntryPoint:
    """Commands in a folder that cannot be written, without HOME and other variables."""

    def take(given: tuple[str, list[str], tuple[str, ...]], place: Path) -> object:
        folder, arguments, missing = given
        environment = {name: value for name, value in os.environ.items() if name not in missing}
        command = [sys.executable, "-B", "-m", "lraln_core", "--workspace", str(place / "w"), *arguments]
        environment |= {"PYTHONPATH": str(PROJECT)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if "Traceback" in done.stderr or done.returncode not in (0, 2):
            raise AssertionError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-300:]}")
        if done.returncode:
            raise ConfigError(done.stderr.strip().splitlines()[-1])
        return done.stdout

    def draw(rng: random.Random) -> tuple[str, list[str], tuple[str, ...]]:
        names = ["HOME", "PATH", "LANG", "LC_ALL", "USER", "TMPDIR", "XDG_CACHE_HOME", "LRALN_WORKSPACE"]
        return rng.choice(READ_ONLY), rng.choice(COMMANDS), tuple(rng.sample(names, rng.randint(1, len(names))))

    special = [(folder, command, ("HOME",)) for command in COMMANDS for folder in READ_ONLY[:1]]
    good = ("/", ["--help"], ())
    return EntryPoint("read-only folder, no HOME", good, take, draw, special, 0.15, processes=True)


def _bits(root: Path) -> EntryPoint:
    """Bits of a cache segment flip, or its end is missing: the vectors are those of the language model all the same."""
    sentences, encoder = [(f"a{at}", "b", "c" * (at % 5 + 1)) for at in range(40)], FakeEncoder()
    CcwrCache(root / "good" / "bits").fetch(sentences, encoder)
    (path,) = (root / "good" / "bits").rglob("*.safetensors")
    good, right = path.read_bytes(), encoder.encode(sentences).vectors.astype(np.float16)

    def take(raw: bytes, place: Path) -> object:
        (place / path.parent.name).mkdir()
        (place / path.parent.name / path.name).write_bytes(raw)
        found = CcwrCache(place).fetch(sentences, encoder)
        if not np.array_equal(found.vectors, right):
            raise AssertionError("vectors that the language model did not give")
        return found

    def draw(rng: random.Random) -> bytes:
        raw = bytearray(good[: rng.choice((len(good), len(good), rng.randrange(len(good))))])
        for _ in range(rng.choice((0, 1, 1, 3, 100)) if raw else 0):
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        return bytes(raw)

    return EntryPoint("cache of vectors, bits flipped or cut", good, take, draw, [b"", good[:8], good[:-1], good + b"x"], 2)
