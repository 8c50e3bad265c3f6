"""A database of version 1 is brought up to the present one; nothing that a person did is lost."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from lraln_core.errors import WorkspaceError
from lraln_core.store import migrations
from lraln_core.store.database import SCHEMA_VERSION, open_database
from lraln_core.store.judging.judgements import judge, reload_judgements
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries.pairs import pair_ids
from lraln_core.store.sync import sync
from tests.store.store_folders import verdicts_of, write_sample

COLUMNS = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
TABLES = ("corpora sentences runs minings mined_pairs curves metrics test_sentences retrieval judgements scanned").split()


@pytest.fixture(params=[1, 2])
def old(workspace, request):
    """The path of a database of an older version with the sample run and two judgements; the workspace has nothing else left."""
    write_sample(workspace)
    db = open_database(workspace)
    sync(db, workspace)
    judge(db, "run-1", 0, "right", annotator="ana", note="sure")
    judge(db, "run-1", 2, "wrong", annotator="ben")
    path = workspace.root / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(Path(__file__).with_name(f"schema_{request.param}.sql").read_text(encoding="utf-8"))
        connection.execute("INSERT INTO meta VALUES ($version)", {"version": request.param})
        for table in TABLES:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE table_name = $table", {"table": table}
                ).fetchall()
            ]
            quoted = ", ".join(f'"{name}"' for name in names)
            rows = db.cursor().sql(f"SELECT {quoted} FROM {table}").to_arrow_table()  # noqa: F841
            connection.register("rows", rows)
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
            connection.unregister("rows")
    db.close()
    workspace.database.unlink()
    path.rename(workspace.database)
    return workspace.database


def test_judgements_and_runs_survive(old, workspace):
    (workspace.judgements / "judgements.jsonl").unlink()  # only the database has them
    db = open_database(workspace)
    assert db.rows("SELECT schema_version FROM meta") == [(SCHEMA_VERSION,)]
    assert verdicts_of(db) == [(0, "ana", "right", "sure"), (2, "ben", "wrong", "")]
    assert db.rows("SELECT DISTINCT sample FROM judgements") == [("",)]
    judge(db, "run-1", 0, "similar", annotator="ana", sample="{}")
    assert verdicts_of(db) == [(0, "ana", "similar", ""), (2, "ben", "wrong", "")]
    db.close()


def test_it_is_like_one_made_anew(old, workspace, tmp_path):
    from lraln_core.files.workspace import Workspace

    db, fresh = open_database(workspace), open_database(Workspace(tmp_path / "fresh").require_writable())
    assert db.rows(COLUMNS) == fresh.rows(COLUMNS)
    fresh.close()
    # before "Реката" (0 words), "Војската" (0), "марширала" (војската), "војската" (ја ...): the order by the words before
    places = dict(db.rows("SELECT DISTINCT src_token, by_src_before FROM mined_pairs"))
    assert places["Војската"] < places["Реката"] < places["марширала"] < places["."] < places["војската"]
    assert None not in places.values()
    assert pair_ids(db, PairFilter("run-1", sort=Sort.SRC_BEFORE)).tolist() == [0, 4, 1, 3, 2]
    db.close()


def test_the_judgements_file_of_an_older_version_is_read(old, workspace):
    path = workspace.judgements / "judgements.jsonl"
    lines = path.read_text().replace(', "sample": ""', "")
    assert "sample" not in lines
    path.write_text(lines)
    db = open_database(workspace)
    db.execute("DELETE FROM judgements")
    assert reload_judgements(db) == []
    assert len(verdicts_of(db)) == 2
    db.close()


@pytest.mark.parametrize("old", [1], indirect=True)
def test_a_migration_that_fails_leaves_the_old_database(old, workspace, monkeypatch):
    def fail(*_):
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr(migrations, "rank_contexts", fail)
    with pytest.raises(WorkspaceError, match="disk is full"):
        open_database(workspace)
    with duckdb.connect(str(old)) as connection:
        assert connection.execute("SELECT schema_version FROM meta").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM judgements").fetchall() == [(2,)]
        assert "sample" not in [row[1] for row in connection.execute("PRAGMA table_info('judgements')").fetchall()]
