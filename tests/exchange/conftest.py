"""A workspace with one run of five pairs, in a database."""

from __future__ import annotations

from pathlib import Path

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
def run(db, workspace) -> Path:
    """The folder of run-1 of store_folders, taken in with its two corpora."""
    folder = write_sample(workspace)
    sync(db, workspace)
    return folder
