"""The run folder: paths, status and lock of one run, while it works and afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from lraln_core.errors import RunError, WorkspaceError

from .atomic import disk_errors, read_json, require_own, sweep, write_json
from .read_only import require_changes_allowed

QUEUE_PATIENCE = 600  # seconds a worker may take to start before the run counts as interrupted


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # status says running, but no process holds the lock: killed, or the machine went down

    @property
    def over(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


def now() -> str:
    """Current time, ISO 8601 in UTC."""
    return _iso(datetime.now(UTC))


def now_after(latest: str | None) -> str:
    """Current time, but at least a millisecond after `latest`: the clock may have been set back, and the order must stay."""
    moment = datetime.now(UTC)
    try:
        moment = max(moment, datetime.fromisoformat(latest or "").astimezone(UTC) + timedelta(milliseconds=1))
    except (ValueError, OverflowError):  # no earlier time, or none that can be read
        pass
    return _iso(moment)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class RunFolder:
    """Paths and small reads of one run. Only the worker that holds the lock writes here, except for the cancel request."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def status_file(self) -> Path:
        return self.path / "status.json"

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def maps(self) -> Path:
        return self.path / "maps.safetensors"

    @property
    def last_maps(self) -> Path:
        return self.path / "maps-last.safetensors"

    @property
    def tagging_maps(self) -> Path:
        """Maps for taggers, where a system makes other ones for them than for retrieval."""
        return self.path / "maps-tagging.safetensors"

    @property
    def maps_for_tagging(self) -> Path:
        """The maps that a tagger uses: `tagging_maps`, or those of the run where there are none."""
        return self.tagging_maps if self.tagging_maps.exists() else self.maps

    @property
    def encoder(self) -> Path:
        """The encoder that a run with full-model updates trained."""
        return self.path / "encoder"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.json"

    @property
    def retrieval(self) -> Path:
        return self.path / "retrieval.parquet"

    @property
    def breakdown(self) -> Path:
        """Word retrieval by frequency band and number of subwords."""
        return self.path / "breakdown.json"

    @property
    def mined_quality(self) -> Path:
        """Unique types, sentence pairs with several word pairs, and lexicon precision of the mined pairs."""
        return self.path / "mined.json"

    @property
    def test_sentences(self) -> Path:
        return self.path / "test.parquet"

    @property
    def ner(self) -> Path:
        """Figures of the NER taggers after alignment; written last, so when it is there the predictions are too."""
        return self.path / "ner.json"

    @property
    def ner_base(self) -> Path:
        """Figures of the NER taggers on the vectors before alignment."""
        return self.path / "ner-base.json"

    @property
    def predictions(self) -> Path:
        """Tagged test sentences after alignment."""
        return self.path / "predictions.parquet"

    @property
    def predictions_base(self) -> Path:
        """Tagged test sentences before alignment."""
        return self.path / "predictions-base.parquet"

    @property
    def word_alignment(self) -> Path:
        """Similarities of the words of sentence pairs before and after alignment, for the page Word alignment."""
        return self.path / "word-alignment.json"

    @property
    def word_alignment_typed(self) -> Path:
        """The same of sentence pairs that a visitor typed, the latest first."""
        return self.path / "word-alignment-typed.json"

    @property
    def pseudo_labels(self) -> Path:
        """Entities that the tagger found in unlabelled text while it learned from it."""
        return self.path / "pseudo-labels.parquet"

    def projection(self, key: str) -> Path:
        """Facts of a projection; written last, so when it is there the points and their PCA are too."""
        return self.path / f"projection-{key}.json"

    def projection_points(self, key: str) -> Path:
        return self.path / f"projection-{key}.parquet"

    def projection_vectors(self, key: str) -> Path:
        """Vectors of the points of a projection before and after; those of earlier versions have none."""
        return self.path / f"projection-{key}.safetensors"

    def projection_plane(self, key: str, method: str) -> Path:
        return self.path / f"projection-{key}-{method}.parquet"

    @property
    def jobs(self) -> Path:
        """The folders of the jobs on this run."""
        return self.path / "jobs"

    def job(self, name: str) -> RunFolder:
        """The folder in which a job of that name reports."""
        return RunFolder(self.jobs / name)

    @property
    def summary_file(self) -> Path:
        return self.path / "summary.json"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def cancel_request(self) -> Path:
        return self.path / "cancel"

    def pairs(self, iteration: int) -> Path:
        """Mined pairs of one iteration."""
        return self.path / f"pairs-{iteration:04d}.parquet"

    @property
    def type_pairs(self) -> Path:
        """Pairs of word types with their expected precision, where a system makes them."""
        return self.path / "type-pairs.parquet"

    @property
    def pair_scores(self) -> Path:
        """Cosine, CSLS and hubness of every mined pair under the final maps; written after the reference words it rests on."""
        return self.path / "pair-scores.parquet"

    @property
    def score_reference(self) -> Path:
        """The reference words of the scores."""
        return self.path / "score-reference.parquet"

    @property
    def pair_shards(self) -> Path:
        """Where the shards of all pairs of each iteration lie, of a run over stores; of very many, its own pair files hold a part."""
        return self.path / "pair-shards.json"

    def pair_files(self) -> list[Path]:
        return sorted(self.path.glob("pairs-[0-9]*.parquet"))

    def status(self) -> dict[str, Any]:
        """The last status; an empty dict before the first. Raises WorkspaceError when damaged."""
        try:
            found: dict[str, Any] = read_json(self.status_file)
        except FileNotFoundError:
            return {}
        return found

    def summary(self) -> dict[str, Any] | None:
        """The summary of a finished run, else None."""
        try:
            found: dict[str, Any] = read_json(self.summary_file)
        except FileNotFoundError:
            return None
        return found

    def state(self) -> State:
        """The state of the run: its status, or INTERRUPTED when the status says running but no process holds the lock.

        Raises WorkspaceError when the status is damaged.
        """
        for _ in range(2):  # twice, for a run may end between the look at its status and the look at its lock
            status = self.status()
            try:
                state = State(status.get("state", State.QUEUED))
            except ValueError as error:
                raise WorkspaceError(f"{self.status_file} holds an unknown state.") from error
            waited_long = state is State.QUEUED and _age_seconds(status) > QUEUE_PATIENCE
            if not (state is State.RUNNING or waited_long) or self.locked():
                return state
        return State.INTERRUPTED

    def locked(self) -> bool:
        """Whether a worker holds the lock of this folder."""
        return is_held(self.path / "lock")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock of the folder. Raises RunError when another process holds it, WorkspaceError for symbolic links."""
        self.require_own()
        with disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / "lock", timeout=0.5)
            try:
                lock.acquire()
            except Timeout as error:
                raise RunError(f"Another process is working in {self.path}; wait for it or cancel it first.") from error
        try:
            sweep(self.path)
            yield
        finally:
            lock.release()

    def require_own(self) -> None:
        """Raises WorkspaceError when the folder or an entry of it is a symbolic link, because writes would change other files."""
        above = list(self.path.parents[:2]) if self.path.parent.name == "jobs" else []
        with disk_errors(self.path):
            for path in (*above, self.path, *(self.path.iterdir() if self.path.is_dir() else ())):
                require_own(path)

    def request_cancel(self) -> None:
        """Ask the worker to stop at the next step. Raises WorkspaceError."""
        require_changes_allowed()
        self.require_own()
        with disk_errors(self.path):
            self.cancel_request.touch()

    def events(self) -> list[dict[str, Any]]:
        """All complete events so far, each with `kind` (text) and `time` (seconds); torn and malformed lines are left out."""
        try:
            raw = self.events_file.read_bytes()
        except FileNotFoundError:
            return []
        events = []
        for line in raw[: raw.rfind(b"\n") + 1].splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a line torn by a power cut
            if isinstance(event, dict) and isinstance(event.get("kind"), str) and isinstance(event.get("time"), (int, float)):
                events.append(event)
        return events


def is_held(lock: Path) -> bool:
    """Whether a FileLock is held. A shared lock is tried where the system has one, so that concurrent checks do not block each other."""
    if not lock.exists():
        return False
    try:
        if fcntl is None:
            with FileLock(lock, timeout=0):
                return False
        with open(lock, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # released when the file is closed
            return False
    except (Timeout, OSError):
        return True


def _age_seconds(status: dict[str, Any]) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(status["updated"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return float("inf")


def new_run_id(name: str) -> str:
    """A folder name that sorts by time: 20260131-120000-mk-en-1a2b."""
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")[:30] or "run"
    return f"{datetime.now():%Y%m%d-%H%M%S}-{slug}-{os.urandom(2).hex()}"


def create(path: Path, config: dict[str, Any], *, queued: bool = False) -> RunFolder:
    """A new run folder with its configuration, or the existing one when its configuration is the same.

    queued: a process will be started over it; without a status others would take it for an interrupted run until that process begins.
    Raises RunError when the folder holds another run or other files.
    """
    folder = RunFolder(path)
    if folder.config.exists():
        if read_json(folder.config) != config:
            raise RunError(f"{path} holds a run with another configuration; choose another --run-dir.")
        return folder
    if path.exists() and (not path.is_dir() or any(p.name != "lock" for p in path.iterdir())):
        raise RunError(f"{path} exists and is not a run folder; choose an empty one.")
    if queued:
        write_json(folder.status_file, {"state": State.QUEUED, "message": "Starting", "updated": now()})
    write_json(folder.config, config)
    return folder
