"""A Ray cluster of several node processes on this machine, for tests and benchmarks: they share nothing but the files."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

QUICK = str(Path(__file__).parent / "quick_start")


def prepare_environment() -> None:
    """For the processes of Ray; call it before Ray is imported."""
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # 127.0.0.1
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # else Ray lowers the priority of workers, and on a busy machine they hardly run
    root = str(Path(__file__).resolve().parents[2])
    paths = [QUICK, root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


@contextlib.contextmanager
def nodes(count: int, *, attempts: int = 3) -> Iterator[Any]:
    """A cluster of a head without processors and `count` nodes with one each."""
    prepare_environment()
    from ray.cluster_utils import Cluster

    for attempt in range(attempts):  # Ray gives its processes 15 seconds to come up, too little for a busy machine
        cluster = Cluster()
        try:
            cluster.add_node(
                num_cpus=0,
                include_dashboard=False,
                object_store_memory=100_000_000,
                _system_config={"health_check_initial_delay_ms": 2000, "health_check_period_ms": 2000, "health_check_failure_threshold": 5},
            )
            for _ in range(count):
                add_node(cluster)
            break
        except Exception:
            cluster.shutdown()
            if attempt == attempts - 1:
                raise
    try:
        yield cluster
    finally:
        cluster.shutdown()


def add_node(cluster: Any, *, attempts: int = 3) -> Any:
    """One more node with one processor; on a busy machine Ray may give up its start, then it is started again."""
    for attempt in range(attempts):
        try:
            return cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
        except Exception:
            if attempt == attempts - 1:
                raise
    raise AssertionError


def kill_node(node: Any) -> int:
    """SIGKILL for the process that is a node and for all that it started, at once, as when a machine fails. -> how many were killed."""
    killed = 0
    for started in node.all_processes["raylet"]:
        for pid in (started.process.pid, *_below(started.process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


def _below(pid: int) -> list[int]:
    """The processes that a process started, and those that these did (Linux)."""
    try:
        children = [int(one) for task in os.listdir(f"/proc/{pid}/task") for one in _children(pid, task)]
    except FileNotFoundError:
        return []
    return children + [one for child in children for one in _below(child)]


def _children(pid: int, task: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return []
