"""A workspace that another version of this project has made, opened by this one: nothing is lost, and unfinished work goes on.

    python -m benchmarks.robustness.upgrade --commit ebf1e4e

The sources of the commit (version 0.1 by default) are taken out of git into a temporary folder and run there, on a language model of 16
dimensions: a finished run with its space, a run that is killed at work, a suite, judgements and a translation, an archive. Then this
version opens the workspace: the database is migrated, every run and corpus is taken in, judgements and translations are counted, maps and
the space are read, the archive is imported, the killed run and the suite go on, and every page shows them. Any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.robustness import tiny
from benchmarks.robustness.kills import unreadable
from benchmarks.robustness.results import about, keep
from lraln_core.alignment import maps
from lraln_core.exchange.unpack import unpack_run
from lraln_core.files.projection_files import ProjectionOptions, load_projection
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge, judgement_count
from lraln_core.store.judging.translations import translations_of
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.queries.runs import list_runs
from lraln_core.store.sync import problems, sync

BEFORE_RELEASE = "ebf1e4e"  # version 0.1
FINISHED, KILLED = "20260101-100000-finished", "20260101-110000-killed"
VERDICTS = ("right", "wrong", "similar", "unsure", "right")
WORDS = """
import sys
from pathlib import Path
from lraln_core.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.sync import sync
from lraln_core.store.judgements import judge
from lraln_core.store.translations import translate
workspace = Workspace(Path(sys.argv[1]))
db = open_database(workspace)
sync(db, workspace)
for pair, verdict in enumerate(sys.argv[3].split(",")):
    judge(db, sys.argv[2], pair, verdict, annotator="before", note="made before")
translate(db, "mk", "kuno dama", "river mountain")
db.close()
"""


def sources(commit: str, place: Path) -> Path:
    """The sources of a commit in a new folder; -> the folder."""
    place.mkdir()
    archive = subprocess.run(["git", "-C", str(PROJECT), "archive", commit], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive, check=True)
    return place


class Old:
    """Commands of another version."""

    def __init__(self, commit: str, place: Path, workspace: Workspace):
        self.place, self.workspace = sources(commit, place), workspace

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(self.place), "LRALN_WORKSPACE": str(self.workspace.root)}
        return subprocess.Popen([sys.executable, *arguments], cwd=self.place, env=environment, stderr=subprocess.PIPE, text=True, stdout=-3)

    def command(self, *arguments: str) -> None:
        """Raises SystemExit when the other version cannot do it."""
        process = self.start(*arguments)
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"The other version could not do {arguments}: {said[-1500:]}")

    def run(self, config: Path, name: str) -> list[str]:
        return ["-m", "lraln_core", "run", "--config", str(config), "--run-dir", str(self.workspace.runs / name), "--quiet"]


def make(old: Old, place: Path) -> None:
    """Everything that the other version leaves behind."""
    values, folder = tiny.run_values(tiny.make(place / "tiny")), old.workspace.root
    config, long, suite = place / "config.json", place / "long.json", place / "suite.json"
    config.write_text(json.dumps(values))
    long.write_text(json.dumps(values | {"training": values["training"] | {"steps": 4000}}))
    suite.write_text(json.dumps(tiny.suite_values(place / "tiny")))
    old.command(*old.run(config, FINISHED))
    killed = old.start(*old.run(long, KILLED))
    while killed.poll() is None and not RunFolder(old.workspace.runs / KILLED).checkpoint.exists():
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    old.command("-m", "lraln_core", "project", "--run-dir", str(old.workspace.runs / FINISHED), "--quiet")
    old.command("-m", "lraln_core", "suite", "--config", str(suite), "--out", str(old.workspace.suites / "suite"), "--quiet")
    old.command("-c", WORDS, str(folder), FINISHED, ",".join(VERDICTS))
    old.command("-m", "lraln_core", "export", "--run", FINISHED, "--format", "archive", "--out", str(place / "run.zip"))


class Account:
    """What was found, and what was not as it should be."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.faults: list[str] = []

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Anything that this raises is a fault."""
        try:
            yield
            self.found[what] += 1
        except Exception as error:  # the point of the harness
            self.faults.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.faults.append(f"{what}: {found}, not {wanted}")


def look(workspace: Workspace, place: Path, account: Account) -> None:
    """Open it all with this version."""
    with account.part("databases migrated, runs and corpora taken in"):
        db = open_database(workspace)
        sync(db, workspace)
        account.expect("problems", list(problems(db)["reason"]), [])
        account.expect("runs", sorted(list_runs(db)["id"])[:1], [FINISHED])
        account.expect("judgements", judgement_count(db), len(VERDICTS))
        account.expect("translations", translations_of(db, "mk", ["kuno dama"]), {"kuno dama": "river mountain"})
        account.expect("pairs on a page", len(page_of_pairs(db, PairFilter(FINISHED), 0, 20)) > 0, True)
        judge(db, FINISHED, 0, "wrong", annotator="before")
        db.close()
    with account.part("files of maps and of the space read"):
        run = RunFolder(workspace.runs / FINISHED)
        account.expect("dimension", maps.load(run.maps)[0].dimension, 16)
        load_projection(run, ProjectionOptions())
    with account.part("archives imported"):
        account.expect("new", unpack_run(place / "run.zip", Workspace(place / "elsewhere")).is_new, True)
    for what, arguments in (
        ("killed runs that went on", ["run", "--config", str(place / "long.json"), "--run-dir", str(workspace.runs / KILLED)]),
        ("suites that went on", ["suite", "--config", str(place / "suite.json"), "--out", str(workspace.suites / "suite")]),
    ):
        with account.part(what):
            done = _command(workspace, *arguments, "--quiet")
            if done.returncode:
                raise AssertionError(f"{done.returncode}: {done.stderr[-400:]}")
    account.faults += unreadable(workspace.root)


def _command(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lraln_core", "--workspace", str(workspace.root), *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def pages(workspace: Workspace, account: Account) -> None:
    """Every page over the workspace."""
    from streamlit.testing.v1 import AppTest

    os.environ["LRALN_WORKSPACE"] = str(workspace.root)
    navigation = (PROJECT / "pages/components/navigation.py").read_text(encoding="utf-8")
    for name in dict.fromkeys(re.findall(r'st\.Page\("pages/(\w+)\.py"', navigation)):
        with account.part("pages shown"):
            app = AppTest.from_file(PROJECT / "app.py", default_timeout=600)
            app.run()
            if name != "home":
                app.switch_page(f"pages/{name}.py")
            app.query_params["run"] = FINISHED
            app.run()
            if app.exception or app.error:
                raise AssertionError(f"{name}: {[*app.exception, *app.error][0].value}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default=BEFORE_RELEASE)
    options = parser.parse_args()
    began, account = time.monotonic(), Account()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        workspace = Workspace(place / "workspace").require_writable()
        make(Old(options.commit, place / "old", workspace), place)
        look(workspace, place, account)
        pages(workspace, account)
    lines = [f"- {count} {what}" for what, count in account.found.items()]
    lines += [f"- **{len(account.faults)} faults**", *(f"   - {fault}" for fault in account.faults)]
    print("\n".join(lines))
    head = about(f"upgrade --commit {options.commit}", (time.monotonic() - began) / 60)
    keep(RESULTS / "served.md", "The served app", {f"## Upgrade of a workspace of commit {options.commit}": [head, "", *lines]})
    return bool(account.faults)


if __name__ == "__main__":
    sys.exit(main())
