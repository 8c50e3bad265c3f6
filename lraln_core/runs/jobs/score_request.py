"""How the pages ask for the scores of a run; without the libraries that the job itself needs."""

from __future__ import annotations

from lraln_core.files.run_folder import RunFolder

JOB = "scores"


def command(run: RunFolder) -> list[str]:
    """The arguments of the command that scores a run."""
    return ["score", "--run-dir", str(run.path), "--quiet"]
