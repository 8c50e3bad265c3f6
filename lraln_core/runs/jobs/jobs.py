"""Jobs on a finished run (its projection, its NER test): each has a folder inside the run's, with status, log, lock and cancel request."""

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
    """The folder of a job of that name on a run."""
    return run.job(name)


def job_state(job: RunFolder) -> State | None:
    """The state of a job; None when it was never started. Raises WorkspaceError when its status is damaged."""
    return job.state() if job.status() else None


def start_job(run: RunFolder, name: str, workspace: Workspace, command: list[str]) -> None:
    """Start a job in its own process, unless it is running already. Raises WorkspaceError, RunError."""
    require_run(run)
    job = job_folder(run, name)
    state = job_state(job)
    if state is None or state.over:
        with _removed_with_its_run(run):
            background.start(job, workspace, command)
            require_run(run)


def require_run(run: RunFolder) -> None:
    """Raises RunError unless the folder holds a run that is finished."""
    if not run.config.exists():
        raise RunError(f"There is no run in {run.path}.")
    if run.summary() is None or not run.maps.exists():
        raise RunError(f"The run {run.id} is not finished, so it has no maps; let it finish first.")


@contextlib.contextmanager
def _removed_with_its_run(run: RunFolder) -> Iterator[None]:
    """Removes the folder of the job when the run is removed while the job begins."""
    try:
        yield
    finally:
        if not run.config.exists():
            shutil.rmtree(run.jobs, ignore_errors=True)
            with contextlib.suppress(OSError):
                run.path.rmdir()


def do(run: RunFolder, name: str, work: Callable[[Reporter], T], *, terminal: bool = False, stop: Callable[[], bool] = lambda: False) -> T:
    """Do a job in this process and write a status that says how it ended. Raises LralnError, Cancelled."""
    require_run(run)
    job = job_folder(run, name)
    with _removed_with_its_run(run), job.hold():
        require_run(run)  # again, now that the lock protects the run from removal
        job.cancel_request.unlink(missing_ok=True)
        reporter = Reporter(job, terminal=terminal, stop=stop)
        result = background.report_end(job, reporter, lambda: work(reporter))
        reporter.end(State.FINISHED, message="Finished")
        return result


def encoding(reporter: Reporter) -> Progress:
    """A progress reporter for repeated fetches of CCWRs; a stage begins only when a sentence is missing in the cache."""
    last = float("inf")

    def report(done: int, total: int) -> None:
        nonlocal last
        if done < last:  # another request
            reporter.stage("encode", "Encoding sentences", total=total, unit="sentences")
        last = done
        reporter.progress(done, total)

    return report
