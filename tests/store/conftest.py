from __future__ import annotations

import pytest

from lraln_core.store.database import open_database
from lraln_core.store.sync import sync
from tests.store.store_folders import write_sample


@pytest.fixture
def db(workspace):
    database = open_database(workspace)
    yield database
    database.close()


@pytest.fixture
def sample(db, workspace):
    """The database with both sample corpora and the finished run `run-1`."""
    write_sample(workspace)
    assert sync(db, workspace) == ["c-en", "c-mk", "run-1"]
    return db
