"""Whole runs on a tiny encoder: results on disk, the same bits for the same seed, cancel, kill and resume."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from lraln_core.alignment import maps
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import Cancelled, LralnError, RunError
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.schemas import PLACE
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.jobs import background


def _run(config, workspace, name, **options):
    folder = create(workspace.runs / name, config.to_json())
    return folder, worker.work(config, folder, workspace, **options)


def _changed(config, **tables):
    values = config.to_json()
    for table, change in tables.items():
        values[table] = values[table] | change if isinstance(change, dict) else change
    return from_json(values)


def _results(folder: RunFolder) -> dict:
    """Everything a run computed, without times and names."""
    chosen, _ = maps.load(folder.maps)
    last, _ = maps.load(folder.last_maps)
    events = [
        {key: value for key, value in event.items() if key not in ("time", "seconds")}
        for event in folder.events()
        if event["kind"] in ("mining", "training", "guard", "retrieval")
    ]
    return {
        "maps": [m.matrix.tobytes() for m in (chosen.src, chosen.trg, last.src, last.trg)],
        "events": events,
        "pairs": [pq.read_table(path).to_pydict() for path in folder.pair_files()],
        "metrics": json.loads(folder.metrics.read_text()),
        "retrieval": pq.read_table(folder.retrieval).to_pydict(),
    }


def test_a_run_leaves_everything_a_page_needs(small_config, workspace):
    folder, summary = _run(small_config, workspace, "one")
    assert folder.state() is State.FINISHED and folder.summary() == json.loads(json.dumps(summary))
    assert 0 <= summary["retrieval"]["before"]["mean_accuracy"] <= 1 and summary["retrieval"]["before"]["pairs"] == 40
    assert summary["steps"] == 120 and 0 <= summary["best_step"] <= 120 and summary["iterations"] == len(folder.pair_files())
    kinds = [event["kind"] for event in folder.events()]
    assert kinds.count("mining") == summary["iterations"] and kinds.count("guard") == 1 + 120 // 15
    assert {"stage", "training", "retrieval"} <= set(kinds) and kinds.count("retrieval") == 2
    table = pq.read_table(folder.pair_files()[0])
    assert table.column_names == [
        "iteration",
        "src_sentence",
        "src_word",
        "src_token",
        "trg_sentence",
        "trg_word",
        "trg_token",
        "similarity",
        "forward",
        "backward",
    ]
    assert table.num_rows + sum(pq.read_metadata(p).num_rows for p in folder.pair_files()[1:]) == summary["mined_pairs"]
    # the words of the pairs are the words of the corpora
    lines = (small_config.src.corpus, small_config.trg.corpus)
    for side, path in zip(("src", "trg"), lines, strict=True):
        words = [line.split() for line in open(path, encoding="utf-8")]
        for row in table.to_pylist()[:50]:
            assert words[row[f"{side}_sentence"]][row[f"{side}_word"]] == row[f"{side}_token"]
    assert not folder.checkpoint.exists() and not list(folder.path.glob(".*part"))
    # every distinct place is scored, with the final maps
    places = {tuple(row.values()) for path in folder.pair_files() for row in pq.read_table(path, columns=list(PLACE)).to_pylist()}
    scores = pq.read_table(folder.pair_scores)
    assert {tuple(row.values()) for row in scores.select(list(PLACE)).to_pylist()} == places and scores.num_rows == len(places)
    assert scores["csls"].null_count == 0 and pc.max(scores["cosine"]).as_py() <= 1.001
    assert {row["side"] for row in pq.read_table(folder.score_reference).to_pylist()} == {"src", "trg"}


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(small_config, workspace, tmp_path):
    one, _ = _run(small_config, workspace, "one")
    two, summary = _run(small_config, Workspace(tmp_path / "fresh").require_writable(), "two")
    assert summary["sentences_encoded"] > 0
    assert _results(one) == _results(two)
    warm, summary = _run(small_config, workspace, "warm")
    assert summary["sentences_encoded"] == 0 and _results(warm) == _results(one)
    other, _ = _run(_changed(small_config, seed=8), workspace, "other")
    assert _results(other)["maps"] != _results(one)["maps"]


@pytest.mark.parametrize("method", ["forward", "backward", "intersection"])
def test_each_mining_method_runs(small_config, workspace, method):
    folder, summary = _run(_changed(small_config, mining={"method": method}), workspace, method)
    rows = [row for path in folder.pair_files() for row in pq.read_table(path).to_pylist()]
    assert rows and all(row["similarity"] > 0.2 for row in rows)
    needed = {"forward": ["forward"], "backward": ["backward"], "intersection": ["forward", "backward"]}[method]
    assert all(row[name] for row in rows for name in needed)


def test_supervised_and_base_systems(small_config, workspace):
    training = {"steps": 300, "learning_rate": 1e-3, "select_best": False}
    folder, summary = _run(_changed(small_config, system="linear_sup", training=training), workspace, "sup")
    losses = [event["loss"] for event in folder.events() if event["kind"] == "training"]
    assert losses[-1] < losses[0] and summary["mined_pairs"] == 0
    assert summary["retrieval"]["after"]["mean_accuracy"] > summary["retrieval"]["before"]["mean_accuracy"]
    _, summary = _run(_changed(small_config, system="base"), workspace, "base")
    assert summary["retrieval"]["after"] == summary["retrieval"]["before"]


@pytest.mark.parametrize("system", ["normalized", "normalized_unsup", "vecmap_id", "vecmap_sup"])
def test_systems_beyond_the_linear_maps(small_config, workspace, small_files, system):
    (small_files / "lexicon.tsv").write_text("реката\triver\nпланината\tmountain\nлебот\tbread\n", encoding="utf-8")
    tables = {"system": system, "vecmap": {"dictionary": str(small_files / "lexicon.tsv")}, "training": {"steps": 20}}
    folder, summary = _run(_changed(small_config, **tables), workspace, system)
    chosen, _ = maps.load(folder.maps)
    assert not np.array_equal(chosen.src.matrix, np.eye(16)) and np.isfinite(chosen.src.matrix).all()
    assert (summary["mined_pairs"] > 0) == (system == "normalized_unsup")
    assert (chosen.src.mean is not None) and 0 <= summary["retrieval"]["after"]["mean_accuracy"] <= 1


@pytest.mark.parametrize("system", ["full_sup", "full_unsup"])
def test_full_model_updates_leave_an_encoder(small_config, workspace, system):
    training = {"steps": 12, "warmup_steps": 2, "evaluate_every": 4, "learning_rate": 1e-3}
    folder, summary = _run(_changed(small_config, system=system, training=training), workspace, system)
    assert summary["own_encoder"] and summary["steps"] <= 12 and 0 <= summary["retrieval"]["after"]["mean_accuracy"] <= 1
    own = open_encoder(str(folder.encoder), device="cpu", precision="float32")
    start = open_encoder(small_config.encoder.name, device="cpu", precision="float32")
    assert not np.allclose(own.encode([("река",)]).vectors, start.encode([("река",)]).vectors)
    chosen, metadata = maps.load(folder.maps, encoder_fingerprint=own.fingerprint)
    assert np.array_equal(chosen.src.matrix, np.eye(16))
    kinds = [event["kind"] for event in folder.events()]
    assert "guard" in kinds and "training" in kinds and ("mining" in kinds) == (system == "full_unsup")


def test_every_stop_resumes_to_the_same_result(small_config, workspace, tmp_path):
    whole, _ = _run(small_config, workspace, "whole")
    expected = _results(whole)
    stops = 0
    for calls_until_stop in (1, 3, 6, 9, 13, 16, 20):
        space = Workspace(tmp_path / f"w{calls_until_stop}").require_writable()
        folder = create(space.runs / "run", small_config.to_json())
        left = calls_until_stop

        def stop():
            nonlocal left
            left -= 1
            return left < 0

        try:
            worker.work(small_config, folder, space, stop=stop)
        except Cancelled:
            stops += 1
            assert folder.state() is State.CANCELLED and folder.summary() is None
        worker.work(small_config, folder, space)
        assert _results(folder) == expected, f"stopped after {calls_until_stop} calls"
    assert stops >= 5


def test_killed_workers_are_seen_and_resume_to_the_same_result(small_config, workspace, tmp_path):
    config = _changed(small_config, training={"steps": 3000, "evaluate_every": 50, "learning_rate": 5e-5})
    whole, _ = _run(config, workspace, "whole")
    space = Workspace(tmp_path / "killed").require_writable()
    folder = create(space.runs / "run", config.to_json())
    command = [
        sys.executable,
        "-m",
        "lraln_core",
        "--workspace",
        str(space.root),
        "run",
        "--config",
        str(folder.config),
        "--run-dir",
        str(folder.path),
    ]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not folder.checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert folder.state() is State.RUNNING
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert folder.state() is State.INTERRUPTED
    worker.work(config, folder, space)
    assert folder.state() is State.FINISHED and _results(folder) == _results(whole)


def test_a_cancel_request_stops_the_worker(small_config, workspace):
    config = _changed(small_config, training={"steps": 1_000_000})
    folder = background.launch_run(config, workspace)
    deadline = time.monotonic() + 120
    while not (folder.status().get("stage") == "train" and folder.status()["done"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    if hasattr(os, "getpriority"):  # pages that are read meanwhile come first
        assert os.getpriority(os.PRIO_PROCESS, folder.status()["pid"]) >= background.NICENESS
    if (session := Path(f"/proc/{folder.status()['pid']}/autogroup")).exists():
        assert session.read_text().split()[-1] == str(background.NICENESS)
    folder.request_cancel()
    while folder.state() is State.RUNNING and time.monotonic() < deadline:
        time.sleep(0.05)
    assert folder.state() is State.CANCELLED and not folder.cancel_request.exists()
    status = folder.status()
    if status["stage"] == "train":  # it may also have been mining the next pairs
        assert status["unit"] == "steps" and status["total"] == 1_000_000 and status["done"] < 1_000_000
    assert status["stage"] in ("train", "mine") and folder.checkpoint.exists()


def test_one_worker_at_a_time(small_config, workspace):
    folder = create(workspace.runs / "one", small_config.to_json())
    with folder.hold(), pytest.raises(RunError, match="Another process is working"):
        worker.work(small_config, folder, workspace)


def test_a_finished_run_is_not_done_again(small_config, workspace):
    folder, first = _run(small_config, workspace, "one")
    before = folder.events_file.read_bytes()
    assert worker.work(small_config, folder, workspace) == json.loads(json.dumps(first))
    assert folder.events_file.read_bytes() == before


def test_a_moved_run_says_where_it_is_now(small_config, workspace, tmp_path):
    folder, first = _run(small_config, workspace, "one")
    assert first["run_dir"] == str(folder.path)
    moved = RunFolder(folder.path.rename(tmp_path / "elsewhere"))
    assert worker.work(small_config, moved, workspace) == json.loads(json.dumps(first)) | {"run_dir": str(moved.path)}


def test_vecmap_shows_how_far_it_is(small_config, workspace):
    seen = []

    class Watched(Reporter):
        def progress(self, done, total):
            super().progress(done, total)
            if self._status["stage"] == "vecmap":
                seen.append((done, total))

    config = _changed(small_config, system="vecmap_id", vecmap={"patience": 5})
    folder = create(workspace.runs / "vecmap", config.to_json())
    worker.work(config, folder, workspace, reporter=Watched)
    numbers = [event["iteration"] for event in folder.events() if event["kind"] == "vecmap"]
    assert numbers == [done for done, _ in seen] == list(range(1, len(numbers) + 1)) and len(numbers) > 20
    assert all(done < total for done, total in seen) and seen[0][1] >= 4 * 5  # at least four shares of `patience` iterations
    message = [event["message"] for event in folder.events() if event["kind"] == "stage" and event["stage"] == "vecmap"]
    assert message == ["Learning a map between the two vocabularies (VecMap)"]


@pytest.mark.parametrize(
    "tables, sentence",
    [
        ({"mining": {"threshold": 1.0}}, "mined no word pair above the threshold"),
        ({"training": {"learning_rate": 1e-2, "warmup_steps": 0, "steps": 5000}}, "The maps collapsed at step"),
        ({"src": {"limit": 20}}, "usable sentences; at least 50 a side"),
        ({"encoder": {"layer": 9}}, "there is no layer 9"),
    ],
)
def test_failures_end_in_a_sentence(small_config, workspace, tables, sentence):
    folder = create(workspace.runs / "bad", _changed(small_config, **tables).to_json())
    with pytest.raises(LralnError, match=sentence):
        worker.work(_changed(small_config, **tables), folder, workspace)
    assert folder.state() is State.FAILED
    assert "\n" not in folder.status()["error"]


def test_identical_sentences_and_words_without_vectors(small_config, workspace, small_files):
    lines = ["реката \u200d градот .\n", *(f"реката градот {'а' * i} .\n" for i in range(1, 79))]
    (small_files / "src.txt").write_text("".join(lines), encoding="utf-8")
    _, summary = _run(small_config, workspace, "odd")
    assert np.isfinite(summary["retrieval"]["after"]["mean_accuracy"])


def test_a_folder_with_other_things_is_refused(small_config, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.tex").write_text("x")
    with pytest.raises(RunError, match="is not a run folder"):
        create(tmp_path / "papers", small_config.to_json())
    create(tmp_path / "new", small_config.to_json())
    with pytest.raises(RunError, match="another configuration"):
        create(tmp_path / "new", _changed(small_config, seed=9).to_json())


def test_a_damaged_checkpoint_is_a_sentence(small_config, workspace):
    folder = create(workspace.runs / "one", small_config.to_json())
    folder.checkpoint.write_bytes(b"not a checkpoint")
    with pytest.raises(RunError, match="checkpoint .* is damaged"):
        worker.work(small_config, folder, workspace)


def test_a_queued_run_whose_worker_never_came_is_interrupted(workspace, small_config):
    folder = create(workspace.runs / "one", small_config.to_json())
    write_json(folder.status_file, {"state": "queued", "updated": "2020-01-01T00:00:00+00:00"})
    assert folder.state() is State.INTERRUPTED
