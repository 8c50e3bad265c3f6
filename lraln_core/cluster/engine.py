"""Where tasks are done: on the processors of this machine, or on the machines of a Ray cluster.

A task is a function of `cluster/` with plain arguments. It writes its result into a shared folder, whole or not at all, and returns a few
numbers; so a task may be done twice and the result is the same. Every worker computes with one thread: the number of workers, and
on which machine a task is done, then change no bit of the result on processors of one type.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

import faiss
import torch

from lraln_core.choices import Engine as EngineName
from lraln_core.errors import ConfigError, LralnError, RunError
from lraln_core.threads import limit_threads

Function = Callable[..., Any]
IN_FLIGHT = 2  # tasks given to a worker at a time: one at work, one waiting; no more are made meanwhile
LOOK_EVERY = 0.5  # seconds between two looks at a cancel request
WORKERS_LOST = 5  # workers that may be lost at one task before it is given up
PATIENCE = 600.0  # seconds without any worker
GROWTH_EVERY = 5.0  # seconds between two looks at the size of the cluster
OBJECT_STORE = 500_000_000  # bytes of shared memory for sentences on their way; what does not fit is spilled into the workspace
START_ATTEMPTS = 3


class Engine(Protocol):
    """Does tasks and reports them as they are done."""

    on_gpus: bool  # a worker has a GPU
    dashboard: str  # address of the Ray dashboard; "" where there is none

    @property
    def workers(self) -> int:
        """How many there are, those that are starting included."""
        ...

    def map(self, function: Function, tasks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """(number of the task, what the function returned) in the order in which tasks are done. Tasks are taken from the iterable
        only when there is a worker for them. Raises the error of a task, Cancelled, RunError when no worker is left."""
        ...

    def close(self) -> None:
        """End all workers and what they are doing."""
        ...


def open_engine(
    name: EngineName, *, address: str = "", workers: int = 0, gpus: bool = False, spill: Path, check: Callable[[], None]
) -> Engine:
    """The engine of that name.

    address: of a running Ray cluster; "" starts one on this machine. workers: 0 for one a processor. gpus: give each worker a GPU where
    the cluster has some, and take one worker a GPU: for encoding; the search uses processors. spill: folder for what does not fit into
    memory. check raises Cancelled.

    Raises ConfigError for an address that is public or not reached, or when Ray is not installed.
    """
    if name is EngineName.LOCAL:
        return LocalEngine(workers, check)
    return RayEngine(address, workers, gpus, spill, check)


class LocalEngine:
    """Threads of this process."""

    dashboard = ""
    on_gpus = False

    def __init__(self, workers: int, check: Callable[[], None]):
        before = torch.get_num_threads()
        self.workers = workers or limit_threads(0)
        limit_threads(before)
        self._check = check
        self._pool = ThreadPoolExecutor(self.workers, "worker", initializer=_one_thread)

    def map(self, function: Function, tasks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        waiting: dict[Future[Any], int] = {}
        source, before = enumerate(tasks), torch.get_num_threads()
        _one_thread()
        try:
            while True:
                while len(waiting) < IN_FLIGHT * self.workers and (item := next(source, None)) is not None:
                    waiting[self._pool.submit(function, *item[1])] = item[0]
                if not waiting:
                    return
                for future in wait(waiting, LOOK_EVERY, FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
                self._check()
        finally:
            for future in waiting:
                future.cancel()
            limit_threads(before)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _one_thread() -> None:
    limit_threads(1)
    faiss.omp_set_num_threads(1)


class Worker:
    """What a Ray actor does; it lives as long as the command, so an encoder is loaded once."""

    def __init__(self) -> None:
        _one_thread()

    def ready(self) -> str:
        """The machine it runs on."""
        return socket.gethostname()

    def call(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """Do one task."""
        return function(*arguments)


class _Task:
    def __init__(self, number: int, arguments: tuple[Any, ...]):
        self.number, self.arguments, self.lost = number, arguments, 0


class RayEngine:
    """A pool of Ray actors, one a processor or GPU. The tasks of an actor that is lost are given to others, and it is replaced."""

    def __init__(self, address: str, workers: int, gpus: bool, spill: Path, check: Callable[[], None]):
        require_private(address)
        (self._ray, self.dashboard), self._check, self._wanted = _start(address, workers, spill), check, workers
        try:
            for node in self._ray.nodes():
                require_private(node["NodeManagerAddress"])
            resources = self._ray.cluster_resources()
            self.on_gpus = gpus and resources.get("GPU", 0) >= 1
            self._actor = self._ray.remote(num_cpus=1, num_gpus=1 if self.on_gpus else 0, max_restarts=0)(Worker)
            self._actors: dict[Any, Any] = {}  # actor -> reference that tells when it is ready, None once it is
            self._grown = 0.0
            self.redone = 0  # tasks given to another worker because theirs was lost
            self._grow()
        except BaseException:
            self._ray.shutdown()
            raise

    @property
    def workers(self) -> int:
        return max(1, len(self._actors))

    def map(self, function: Function, tasks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        ray, source = self._ray, (_Task(*item) for item in enumerate(tasks))
        again: list[_Task] = []  # of lost workers
        flying: dict[Any, tuple[_Task, Any]] = {}  # reference -> task and actor
        alone_since: float | None = None
        try:
            while True:
                loads = self._loads(flying)
                for load in range(IN_FLIGHT):
                    for actor in [actor for actor, count in loads.items() if count == load]:
                        task = again.pop() if again else next(source, None)
                        if task is None:
                            break
                        flying[actor.call.remote(function, task.arguments)] = (task, actor)
                        loads[actor] += 1
                if loads and not flying:  # there were workers and nothing to do
                    return
                alone_since = None if loads else alone_since or time.monotonic()
                if alone_since and time.monotonic() - alone_since > PATIENCE:
                    raise RunError(f"No worker of the Ray cluster came up within {PATIENCE / 60:.0f} minutes; see `ray status`.")
                starting = {ref: actor for actor, ref in self._actors.items() if ref is not None}
                if flying or starting:
                    done, _ = ray.wait([*flying, *starting], num_returns=1, timeout=LOOK_EVERY)
                else:
                    done = []
                    time.sleep(LOOK_EVERY)
                for ref in done:
                    if ref in starting:
                        self._came_up(starting[ref], ref)
                        continue
                    task, actor = flying.pop(ref)
                    try:
                        result = ray.get(ref)
                    except ray.exceptions.RayTaskError as error:
                        raise _cause(error) from None
                    except ray.exceptions.RayError as error:
                        self._lose(actor)
                        task.lost += 1
                        if task.lost >= WORKERS_LOST:
                            raise RunError(
                                f"{WORKERS_LOST} workers were lost at one and the same task ({type(error).__name__}): is there enough "
                                "memory a worker? Take smaller shards (encode) or blocks (mine), or fewer workers."
                            ) from error
                        again.append(task)
                        self.redone += 1
                        continue
                    yield task.number, result
                self._grow()
                self._check()
        finally:  # what is still at work must not write any more
            for _, actor in flying.values():
                self._lose(actor)

    def _loads(self, flying: dict[Any, tuple[_Task, Any]]) -> dict[Any, int]:
        """Tasks in flight of every actor that is ready."""
        loads = {actor: 0 for actor, starting in self._actors.items() if starting is None}
        for _, actor in flying.values():
            if actor in loads:
                loads[actor] += 1
        return loads

    def close(self) -> None:
        for actor in list(self._actors):
            self._lose(actor)
        self._ray.shutdown()

    def _came_up(self, actor: Any, ref: Any) -> None:
        try:
            self._ray.get(ref)
            if actor in self._actors:
                self._actors[actor] = None
        except self._ray.exceptions.RayTaskError as error:
            raise RunError(f"A worker of the Ray cluster cannot start: {_cause(error)}; is lraln installed on every machine?") from error
        except self._ray.exceptions.RayError:
            self._lose(actor)

    def _lose(self, actor: Any) -> None:
        if actor in self._actors:
            del self._actors[actor]
            try:
                self._ray.kill(actor, no_restart=True)
            except (self._ray.exceptions.RayError, ValueError):
                pass

    def _grow(self) -> None:
        """As many actors as the cluster has room for, also after machines were lost or have joined."""
        if time.monotonic() - self._grown < GROWTH_EVERY:
            return
        self._grown = time.monotonic()
        resources = self._ray.cluster_resources()
        room = int(resources.get("GPU" if self.on_gpus else "CPU", 0))
        for _ in range(len(self._actors), min(room, self._wanted or room)):
            actor = self._actor.remote()
            self._actors[actor] = actor.ready.remote()


def _cause(error: Any) -> BaseException:
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, LralnError | MemoryError) else error


def require_private(address: str) -> None:
    """Raises ConfigError for an address on the public internet: whoever reaches a Ray cluster can run any program on it."""
    if address in ("", "auto", "local"):
        return
    host = address.removeprefix("ray://")
    host = host[1:].partition("]")[0] if host.startswith("[") else host.rpartition(":")[0] if host.count(":") == 1 else host
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise ConfigError(f"--address {address}: there is no machine {host!r} ({error.strerror}).") from error
    public = sorted(str(one) for one in found if ipaddress.ip_address(str(one).partition("%")[0]).is_global)
    if public:
        raise ConfigError(
            f"The Ray cluster at {address} has the public address {public[0]}, and everybody who reaches a Ray cluster can run any "
            "program on it; bind Ray to a private network (docs/scale.md)."
        )


def _start(address: str, workers: int, spill: Path) -> tuple[Any, str]:
    """Ray, connected: to a running cluster, or to one of this machine alone that ends with this process and listens on loopback; and the
    address of its dashboard, "" where none runs (it needs what ray[default] installs)."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not address:
        os.environ.setdefault("RAY_worker_niceness", "0")  # the priority of this process, as the threads of the local engine have
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # the name misleads: 0 makes Ray use 127.0.0.1 on every system
    try:
        import ray
    except ImportError as error:
        raise ConfigError("engine = ray needs the package Ray: pip install 'lraln[cluster]'.") from error
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True, "namespace": "lraln"}
    if ray.is_initialized():
        raise RunError("Ray is in use in this process already.")
    if address:
        try:
            return ray, _link(ray.init(address=address, **options).dashboard_url)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            raise ConfigError(f"No Ray cluster is reached at {address} ({_line(error)}).") from error
    spill.mkdir(parents=True, exist_ok=True)
    for attempt in range(START_ATTEMPTS):
        try:
            context = ray.init(
                address="local",  # else Ray looks for a cluster that runs here, or was left here by a killed process
                num_cpus=workers or limit_threads(torch.get_num_threads()),
                include_dashboard=None,
                object_store_memory=OBJECT_STORE,
                object_spilling_directory=str(spill.resolve()),
                _node_ip_address="127.0.0.1",
                **options,
            )
            return ray, _link(context.dashboard_url)
        except Exception as error:  # Ray raises Exception itself when a process of it did not come up within its fixed time
            ray.shutdown()
            if attempt == START_ATTEMPTS - 1:
                raise RunError(f"Ray does not start on this machine ({_line(error)}); see /tmp/ray/session_latest/logs.") from error
    raise AssertionError


def _link(host_and_port: str | None) -> str:
    return f"http://{host_and_port}" if host_and_port else ""


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
