"""Two apps on one workspace, a person who judges, a worker and commands, all at once; now and then the app that works is ended.

Every actor must end with its work done or with one sentence. Judgements that the page has confirmed must be in the file and in the
database, whoever was ended when.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Page

from benchmarks.robustness.kills import unreadable
from benchmarks.robustness.many_users.setup import ARCHIVE, OTHER, RUN, SECOND_USER, Server, command, said, short_run
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judgement_count
from lraln_core.store.queries.runs import list_runs
from lraln_core.store.sync import problems, sync

TOGETHER = 3  # commands at a time
VERDICTS = 12  # in each half of a round
ELSEWHERE = "This workspace is open elsewhere"
DONE = re.compile(r"(\d+) of (\d+) judged")
SENTENCE = re.compile(r"Error: [^\n]+\n?")


@dataclass
class Account:
    """What happened, and what must not have."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)  # seconds until the second app went on by itself
    sentences: Counter[str] = field(default_factory=Counter)


class Commands:
    """Command lines, a few at a time, while others work."""

    def __init__(self, workspace: Workspace, account: Account, todo: list[list[str]]):
        self.workspace, self.account, self.todo = workspace, account, todo
        self.working: list[tuple[list[str], subprocess.Popen]] = []

    def step(self) -> bool:
        """Look after them; whether any is left."""
        for entry in [one for one in self.working if one[1].poll() is not None]:
            self.working.remove(entry)
            self._judge(*entry)
        while self.todo and len(self.working) < TOGETHER:
            arguments = self.todo.pop(0)
            self.working.append((arguments, command(self.workspace, *arguments)))
        return bool(self.working)

    def end(self) -> None:
        """Stop what is still at work, when the harness itself is stopped."""
        for _, process in self.working:
            process.terminate()
            process.wait()

    def _judge(self, arguments: list[str], process: subprocess.Popen) -> None:
        out, complaint = said(process)
        name = arguments[0] + (f" {arguments[arguments.index('--format') + 1]}" if "--format" in arguments else "")
        if process.returncode == 0:
            self.account.counts[f"{name}: done"] += 1
        elif process.returncode == 2 and (SENTENCE.fullmatch(complaint) or arguments[0] == "doctor" and not complaint):
            self.account.counts[f"{name}: refused in one sentence"] += 1
            self.account.sentences[re.sub(r"/\S+/", "", complaint.strip())] += 1
        else:
            self.account.faults.append(f"{' '.join(arguments)} ended with {process.returncode}: {complaint[-600:]}")


def commands_of(workspace: Workspace, number: int, doomed: str) -> list[list[str]]:
    """What people type meanwhile; some do the same at the same time, some meet a run that is removed under their hands."""
    out = workspace.root / "out"
    out.mkdir(exist_ok=True)
    new, at_work = f"20260102-{number:06d}-many", short_run(workspace, "mk-en", f"20260102-{number:06d}-many", f"seed={number + 2}")
    export = lambda run, kind: ["export", "--run", run, "--format", kind, "--out", str(out / f"{number}-{run}.{kind}")]
    import_command = ["import", str(workspace.root / ARCHIVE)]
    project = ["project", "--run-dir", str(workspace.runs / OTHER), "--seed", str(number), "--quiet"]
    return [
        at_work,
        at_work,
        import_command,
        import_command,
        ["doctor"],
        export(doomed, "archive"),
        export(doomed, "tsv"),
        ["report", "--run", doomed, "--out", str(out / f"{number}-doomed.html")],
        export(new, "archive"),
        export(RUN, "archive"),
        export(RUN, "tmx"),
        ["report", "--run", RUN, "--out", str(out / f"{number}.html")],
        project,
        project,
        ["lesson", "--pair", "sw-en", "--quiet"],
        ["lesson", "--pair", "sw-en", "--quiet"],
        export(SECOND_USER, "parquet"),
        ["doctor"],
    ]


class Judge:
    """A person who says of one pair after the other whether it is right."""

    def __init__(self, page: Page, account: Account):
        self.page, self.account, self.confirmed = page, account, 0

    def arrive(self, server: Server) -> None:
        self.page.goto(f"{server.url}/pairs?run={RUN}&view=judge&by=reader")
        self.page.get_by_text(DONE).wait_for()
        there = self._done()
        if there < self.confirmed:
            self.account.faults.append(f"{self.confirmed} judgements were confirmed, but the page finds {there}")
        self.confirmed = there

    def _done(self) -> int:
        return int(DONE.search(self.page.get_by_text(DONE).inner_text())[1])

    def verdict(self) -> None:
        """One more, and the page has said that it is kept."""
        self.page.locator(".st-key-verdict_right button").first.click()
        self.page.get_by_text(re.compile(rf"\b{self.confirmed + 1} of \d+ judged")).wait_for()
        self.confirmed += 1
        self.account.counts["judgements confirmed by the page"] += 1


def two_apps(browser: Browser, workspace: Workspace, pair: list[Server], rounds: int, shots: Path | None) -> Account:
    """`rounds` times: both apps start at once, one works and one waits; the working one is ended, by SIGTERM or SIGKILL in turn."""
    account = Account()
    judge = Judge(browser.new_page(viewport={"width": 1440, "height": 1000}), account)
    waiting = browser.new_page(viewport={"width": 1440, "height": 1000})
    for page in (judge.page, waiting):
        page.set_default_timeout(120_000)
    for number in range(rounds):
        doomed = f"20260101-08{number:04d}-doomed"
        shutil.copytree(workspace.runs / RUN, workspace.runs / doomed)
        commands = Commands(workspace, account, commands_of(workspace, number, doomed))
        try:
            _round(number, judge, waiting, pair, commands, doomed, shots)
        except Error as error:
            account.faults.append(f"round {number + 1}: {str(error).splitlines()[0]}")
        try:
            while commands.step():
                time.sleep(0.1)
        finally:
            commands.end()
        for server in pair:
            server.end()
        account.faults += unreadable(workspace.root)
    _look_at_the_end(workspace, pair, judge, account)
    return account


def _round(number: int, judge: Judge, waiting: Page, pair: list[Server], commands: Commands, doomed: str, shots: Path | None) -> None:
    account = judge.account
    for server in pair:
        server.start()
    for server in pair:
        server.wait_until_up()
    commands.step()
    first, second = _who_works(waiting, pair)
    account.counts["apps that said the workspace is open elsewhere"] += 1
    waiting.goto(f"{second.url}/pairs?run={RUN}")
    waiting.get_by_role("heading", name=ELSEWHERE).wait_for()
    waiting.get_by_role("link", name=first.url).wait_for()  # it says where the other one is
    if shots:
        waiting.screenshot(path=shots / f"elsewhere-{number + 1}.png")
    judge.arrive(first)
    for at in range(VERDICTS):
        judge.verdict()
        commands.step()
        if at == VERDICTS // 2:
            _remove(judge, first, doomed)
            judge.arrive(first)
    began = time.monotonic()
    first.end(signal.SIGKILL if number % 2 else signal.SIGTERM)
    account.counts[f"working apps ended by {'SIGKILL' if number % 2 else 'SIGTERM'}"] += 1
    waiting.get_by_role("heading", name="Word pairs").wait_for()
    account.waited.append(time.monotonic() - began)
    waiting.locator(".lr-card").first.wait_for()
    if shots:
        waiting.screenshot(path=shots / f"gone-on-{number + 1}.png")
    first.start()
    first.wait_until_up()
    judge.arrive(second)
    for _ in range(VERDICTS):
        judge.verdict()
        commands.step()
    waiting.goto(f"{first.url}/")
    waiting.get_by_role("heading", name=ELSEWHERE).wait_for()
    account.counts["apps that said the workspace is open elsewhere"] += 1


def _who_works(page: Page, pair: list[Server]) -> tuple[Server, Server]:
    """(the app that has the workspace, the other one)."""
    heads = {}
    for server in pair:
        page.goto(server.url)
        page.locator("h1").wait_for()
        heads[server] = page.locator("h1").inner_text().strip() == ELSEWHERE
    one, other = pair
    if heads[one] == heads[other]:
        raise Error(f"of two apps, {'none' if heads[one] else 'both'} worked")
    return (other, one) if heads[one] else (one, other)


def _remove(judge: Judge, server: Server, run: str) -> None:
    """Remove a run on the page Launch while commands read it."""
    judge.page.goto(f"{server.url}/launch?run={run}")
    for attempt in range(5):
        judge.page.get_by_role("button", name="Remove this run").click()
        try:
            judge.page.get_by_role("button", name="Yes, remove it").click(timeout=15_000)
            break
        except Error:  # a run ended meanwhile, so the page was drawn anew and the question was closed
            if attempt == 4:
                raise
    judge.page.get_by_role("button", name="Yes, remove it").wait_for(state="hidden")
    judge.account.counts["runs removed while commands read them"] += 1


def _look_at_the_end(workspace: Workspace, pair: list[Server], judge: Judge, account: Account) -> None:
    """Everything that was confirmed is in the file and in the database; what cannot be taken in is told."""
    lines = (workspace.judgements / "judgements.jsonl").read_text(encoding="utf-8").splitlines()
    kept = {json.loads(line)["id"] for line in lines}
    db = open_database(workspace)
    try:
        sync(db)
        found = account.counts["judgements in the file and in the database"] = judgement_count(db)
        if len(kept) != found or found < judge.confirmed:
            account.faults.append(f"{judge.confirmed} judgements confirmed, {len(kept)} in the file, {found} in the database")
        account.faults += [f"not taken in: {row.kind} {row.id}: {row.reason}" for row in problems(db).itertuples()]
        account.counts["runs in the database at the end"] = len(list_runs(db))
    finally:
        db.close()
    for server in pair:
        if server.tracebacks():
            account.faults.append(f"{server.tracebacks()} tracebacks in the log of the app on port {server.port}")
