"""Links inside a workspace that lead outside: whatever is done then, nothing there is written, changed or removed.

The rooms of a workspace (runs, corpora, ...) may be links, for a room may lie on another disk; what is in them may not.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.robustness.malformed.entry_points import EntryPoint
from lraln_core.exchange.archive import pack_run
from lraln_core.files import app_log
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.removal import remove_corpus, remove_run
from lraln_core.store.sync import sync
from tests.store.store_folders import write_sample

LINKED = ("run", "status.json", "events.jsonl", "log.txt", "config.json", "lock", "jobs", "encoder", "cancel", "summary.json",
          "judgements.jsonl", "corpus", "pairs-0000.parquet", "checkpoint.safetensors", "database", "app.log")  # fmt: skip
ACTIONS = ("work", "work on it", "sync", "judge", "remove run", "remove corpus", "pack", "cancel", "app log")


def links_entry_point(root: Path) -> EntryPoint:
    """Every link with every action."""
    names = [(link, action) for link in LINKED for action in ACTIONS]
    return EntryPoint(
        "links that lead outside",
        ("", "sync"),
        lambda given, place: _through_link(*given, place, root / "outside"),
        lambda rng: rng.choice(names),
        names,
        0.1,
    )


def _through_link(link: str, action: str, place: Path, outside: Path) -> None:
    """One file or folder of a workspace is a link to somebody else's; then something is done that would write there."""
    workspace = Workspace(place / "w").require_writable()
    run = RunFolder(write_sample(workspace))
    (workspace.judgements).mkdir()
    places = {"run": run.path, "judgements.jsonl": workspace.judgements / "judgements.jsonl", "corpus": workspace.corpora / "c-mk",
              "database": workspace.database, "app.log": workspace.root / "app.log"}  # fmt: skip
    if link:
        target = places.get(link, run.path / link)
        theirs = outside / "theirs"
        if target.is_dir():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        target.symlink_to(theirs if link in ("run", "jobs", "encoder", "corpus") else theirs / "file.txt")
    if action == "work":
        with run.hold():
            _report(run)
    elif action == "work on it":
        job = RunFolder(run.path / "jobs" / "x")
        with job.hold():
            _report(job)
    elif action == "cancel":
        run.request_cancel()
    elif action == "pack":
        pack_run(run, workspace, place / "out.zip")
    elif action == "app log":
        app_log.start(workspace)
    else:
        _with_database(workspace, action)


def _report(folder: RunFolder) -> None:
    reporter = Reporter(folder)
    reporter.rewind_events(0)
    reporter.event("stage", message="x")
    reporter.log("x")
    write_json(folder.metrics, [])


def _with_database(workspace: Workspace, action: str) -> None:
    db = open_database(workspace)
    try:
        sync(db, workspace)
        if action == "judge":
            judge(db, "run-1", 0, "right", annotator="x")
        elif action == "remove run":
            remove_run(db, "run-1")
        elif action == "remove corpus":
            remove_run(db, "run-1")
            remove_corpus(db, "c-mk")
    finally:
        db.close()
