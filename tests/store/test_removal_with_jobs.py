"""A run is not removed under the feet of a job that works on it."""

from __future__ import annotations

import pytest

from lraln_core.errors import RunError
from lraln_core.runs.jobs import jobs
from lraln_core.store.database import open_database
from lraln_core.store.removal import remove_run
from tests.app.workspaces import add_run


def test_a_run_with_a_job_at_work_stays(workspace):
    run = add_run(workspace, "run-one")
    db = open_database(workspace)
    try:
        with jobs.job_folder(run, "ner").hold(), pytest.raises(RunError, match="being computed"):
            remove_run(db, "run-one")
        assert run.config.exists()
        remove_run(db, "run-one")
        assert not run.path.exists()
    finally:
        db.close()
