"""A checkpoint that is damaged, or lies, ends the resumed run in a sentence and changes nothing."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from lraln_core.errors import Cancelled, RunError
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.runs import worker


@pytest.fixture
def stopped(small_config, workspace) -> RunFolder:
    """A run that was cancelled while it trained."""
    folder = create(workspace.runs / "run", small_config.to_json())
    with pytest.raises(Cancelled):
        worker.work(small_config, folder, workspace, stop=lambda: any(event["kind"] == "training" for event in folder.events()))
    header, _ = parts(folder)
    assert json.loads(header["__metadata__"]["progress"])["step"] > 0 and "trainer.src.exp_avg" in header
    return folder


def parts(folder: RunFolder) -> tuple[dict, bytes]:
    """Header and data of the checkpoint."""
    raw = folder.checkpoint.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + size]), raw[8 + size :]


def write(folder: RunFolder, header: dict, data: bytes) -> None:
    raw = json.dumps(header).encode()
    folder.checkpoint.write_bytes(struct.pack("<Q", len(raw)) + raw + data)


def assert_refused(folder: RunFolder, config, workspace) -> None:
    events = folder.events_file.read_bytes()
    with pytest.raises(RunError, match="checkpoint .* is damaged; start the run again") as caught:
        worker.work(config, folder, workspace)
    assert "unexpected" not in str(caught.value) and folder.events_file.read_bytes().startswith(events)


@pytest.mark.parametrize(
    "change",
    [
        {"step": -1},
        {"step": "3"},
        {"step": 1.5},
        {"step": None},
        {"used": 10**30},
        {"events": -1},
        {"best_criterion": "x"},
        {"best_criterion": float("nan")},
        {"new": 1},
        "step",
        "events",
    ],
    ids=str,
)
def test_progress_that_is_none(stopped, small_config, workspace, change):
    header, data = parts(stopped)
    progress = json.loads(header["__metadata__"]["progress"])
    progress = {k: v for k, v in progress.items() if k != change} if isinstance(change, str) else progress | change
    write(stopped, header | {"__metadata__": {"progress": json.dumps(progress)}}, data)
    assert_refused(stopped, small_config, workspace)


@pytest.mark.parametrize("name", ["trainer.src", "trainer.trg", "trainer.src.exp_avg", "best.src", "losses"])
def test_arrays_of_another_shape_or_absent(stopped, small_config, workspace, name):
    header, data = parts(stopped)
    flat = {"shape": [int(np.prod(header[name]["shape"])), 1]}
    write(stopped, header | {name: header[name] | flat}, data)
    assert_refused(stopped, small_config, workspace)
    write(stopped, {("x" if key == name else key): value for key, value in header.items()}, data)
    assert_refused(stopped, small_config, workspace)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none(stopped, small_config, workspace, value):
    header, data = parts(stopped)
    start, stop = header["trainer.src"]["data_offsets"]
    spoiled = np.frombuffer(data[start:stop], np.float32).copy()
    spoiled[3] = value
    write(stopped, header, data[:start] + spoiled.tobytes() + data[stop:])
    assert_refused(stopped, small_config, workspace)


@pytest.mark.parametrize("raw", [b"", b"\x80\x04N.", b"\xff" * 8 + b"{}", struct.pack("<Q", 2**40) + b"{}"])
def test_what_is_no_checkpoint(stopped, small_config, workspace, raw):
    stopped.checkpoint.write_bytes(raw)
    assert_refused(stopped, small_config, workspace)
