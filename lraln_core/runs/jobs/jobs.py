"""Work on a run that is over: a job has a folder of its own inside the run's, with the same status, log, lock and cancel request."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from typing import TypeVar

from lraln_core.errors import RunError
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.records import Progress

from . import background

T = TypeVar("T")


def job_folder(run: RunFolder, name: str) -> RunFolder:
    """Where a job of that name on a run reports."""
    return run.job(name)


def job_state(job: RunFolder) -> State | None:
    """What a job is doing; None when it was never started. Raises WorkspaceError when its status is damaged."""
    return job.state() if job.status() else None


def start_job(run: RunFolder, name: str, workspace: Workspace, command: list[str]) -> None:
    """Start a job in a process of its own, unless it is at work already. Raises WorkspaceError, RunError."""
    require_run(run)
    job = job_folder(run, name)
    state = job_state(job)
    if state is None or state.over:
        with _still_there(run):
            background.start(job, workspace, command)
            require_run(run)


def require_run(run: RunFolder) -> None:
    """Raises RunError unless the folder holds a run that is finished."""
    if not run.config.exists():
        raise RunError(f"There is no run in {run.path}.")
    if run.summary() is None or not run.maps.exists():
        raise RunError(f"The run {run.id} is not finished, so it has no maps to look at; let it finish first.")


@contextlib.contextmanager
def _still_there(run: RunFolder) -> Iterator[None]:
    """A run that is removed in the moment in which a job begins takes the folder of the job with it."""
    try:
        yield
    finally:
        if not run.config.exists():
            shutil.rmtree(run.jobs, ignore_errors=True)
            with contextlib.suppress(OSError):
                run.path.rmdir()


def do(run: RunFolder, name: str, work: Callable[[Reporter], T], *, terminal: bool = False, stop: Callable[[], bool] = lambda: False) -> T:
    """Do the work of a job here and now and leave a status that says how it ended. Raises LralnError, Cancelled."""
    require_run(run)
    job = job_folder(run, name)
    with _still_there(run), job.hold():
        require_run(run)  # from here on nobody removes it: the lock can be seen
        job.cancel_request.unlink(missing_ok=True)
        reporter = Reporter(job, terminal=terminal, stop=stop)
        result = background.report_end(job, reporter, lambda: work(reporter))
        reporter.end(State.FINISHED, message="Finished")
        return result


def encoding(reporter: Reporter) -> Progress:
    """Progress of fetching CCWRs, time after time; a stage begins only when a sentence is missing in the cache."""
    last = float("inf")

    def report(done: int, total: int) -> None:
        nonlocal last
        if done < last:  # another request
            reporter.stage("encode", "Encoding sentences", total=total, unit="sentences")
        last = done
        reporter.progress(done, total)

    return report
