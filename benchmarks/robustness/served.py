"""What only a served app shows: forged uploads, bad and large files, two people who judge at once, a damaged database, and long use.

    python -m benchmarks.robustness.served [--only forged|uploads|annotators|database|soak] [--soak-minutes 30]

A real server over a temporary workspace, and Chromium. Forged: the request of an upload that the page made is sent again with its
XSRF token, cookie, Host or Origin changed or left out. Uploads: files of 0 bytes, of other types, of 150 MB and of 300,000 sentences go
through the page Corpora. Annotators: two people in two browsers judge the same pairs at the same time. Database: truncated, with
flipped bits, empty, or held by another process, the app must say so in one sentence. Soak: sample runs one after the other, started
with the button on Home, while the page stays open; memory, file descriptors, threads, processes and logs of the app must stay flat.
Counts are printed and kept in benchmarks/results/served.md; any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Error, Page, Request, sync_playwright

from benchmarks import RESULTS
from benchmarks.robustness import tiny
from benchmarks.robustness.malformed.damage import damage
from benchmarks.robustness.many_users import setup
from benchmarks.robustness.many_users.apps import Account, Judge
from benchmarks.robustness.results import about, keep
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.runs import worker
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judgement_count
from lraln_core.store.sync import sync

RUN = "20260101-100000-judged"
VERDICTS = 40  # of each annotator
PATIENCE = 300_000  # milliseconds for something on a page, on a busy machine
LARGE = 150_000_000  # bytes
MANY = 300_000  # sentences
TROUBLE = '[data-testid="stException"]'
ALERT = '[data-testid="stAlert"]'
ERROR = '[data-testid="stAlertContentError"]'
WARM_UP = 3  # runs before growth is counted
MOST_GROWTH_MB, MOST_GROWTH = 60, 3  # memory; descriptors and threads, from after the warm-up to the end
PARTS: dict[str, Callable[[Harness], list[str]]]


class Harness:
    """A workspace with one finished run, a server over it, a browser, and what has happened."""

    def __init__(self, workspace: Workspace, server: setup.Server, browser: Browser, place: Path, options: argparse.Namespace):
        self.workspace, self.server, self.browser, self.place, self.options = workspace, server, browser, place, options
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A page in a browser context of its own; errors of its scripts are faults."""
        context = self.browser.new_context(base_url=self.server.url, viewport={"width": 1440, "height": 1000})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        try:
            yield page
        finally:
            context.close()

    def check(self, page: Page, what: str) -> None:
        """Nothing on the page is an exception, the app lives, and its log has no traceback."""
        if page.locator(TROUBLE).count():
            self.faults.append(f"{what}: {page.locator(TROUBLE).first.inner_text()[:300]}")
        if self.server.process is None or self.server.process.poll() is not None:
            self.faults.append(f"{what}: the app has ended")
        elif self.server.tracebacks():
            self.faults.append(f"{what}: a traceback in the log of the app")
            self.server.log.write_text("")


def forged(harness: Harness) -> list[str]:
    """The request of an upload that the page made is sent again with one thing changed."""
    sent: list[Request] = []
    with harness.page() as page:
        page.on("request", lambda request: sent.append(request) if "/upload_file/" in request.url and request.method == "PUT" else None)
        page.goto("/corpora")
        _choose(page, harness.place, "good.txt", (SAMPLE_DATA / "corpora" / "sw.txt").read_bytes())
        while not sent:
            page.wait_for_timeout(200)
        _forge(harness, sent[0])
        harness.check(page, "forged uploads")
    return _counts(harness)


def uploads(harness: Harness) -> list[str]:
    """Files of all kinds and sizes through the page Corpora."""
    rows, end = [], time.monotonic() + 60 * harness.options.minutes
    for name, raw, wanted in _files((SAMPLE_DATA / "corpora" / "sw.txt").read_text(encoding="utf-8")):
        began = time.monotonic()
        if began > end:
            harness.counts["files that there was no time for"] += 1
            continue
        with harness.page() as page:
            page.goto("/corpora")
            _choose(page, harness.place, name, raw)
            said = _add(page, harness.workspace)
            harness.check(page, name)
        taken = said.startswith("added")
        harness.counts["files taken" if taken else "files refused in a sentence"] += 1
        enough = not taken or int(said.split()[1].replace(",", "")) >= (MANY if name == "many.txt" else 1)
        if taken != wanted or "\n" in said.strip() or not said.strip() or not enough:
            harness.faults.append(f"{name}: {said!r}")
        rows.append(f"| {name} | {len(raw):,} | {time.monotonic() - began:.0f} s | {said.strip()[:160]} |")
        print(rows[-1], file=sys.stderr, flush=True)
    return [*_counts(harness), "", "| file | bytes | time | what the page said |", "|---|---:|---:|---|", *rows]


def _choose(page: Page, place: Path, name: str, raw: bytes) -> None:
    path = place / name
    path.write_bytes(raw)
    adding = page.locator("details", has=page.get_by_text("Add a corpus", exact=True)).first
    adding.wait_for()
    if adding.get_attribute("open") is None:  # open only while there is no corpus
        adding.locator("summary").first.click()
    page.get_by_role("tab", name="Upload a file").click()
    page.locator('.st-key-corpus_upload input[type="file"]').set_input_files(path)


def _add(page: Page, workspace: Workspace) -> str:
    """Choose a language, add the file; -> what the page says of it, or how many sentences the new corpus has."""
    box = page.locator(".st-key-upload_language input")
    box.click()
    box.fill("Swahili")
    page.get_by_role("option", name=re.compile("^Swahili")).first.click()
    button = page.locator(".st-key-corpus_upload_add button")
    page.wait_for_function("button => !button.disabled", arg=button.element_handle())
    known = set(workspace.corpora.glob("*"))
    before = page.evaluate("() => location.search")  # names the corpus that is shown
    button.click()
    page.wait_for_timeout(1000)  # until the page has begun; a preview may have shown an error before
    page.wait_for_function(
        """([error, before]) => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning'
          && (location.search !== before || document.querySelector(error))""",
        arg=[ERROR, before],
        polling=200,
    )
    new = [path for path in set(workspace.corpora.glob("*")) - known if (path / "report.json").exists()]
    if new:
        return f"added: {json.loads((new[0] / 'report.json').read_text(encoding='utf-8'))['kept']:,} sentences"
    return page.locator(ERROR).first.inner_text().strip().splitlines()[-1]  # without the name of the icon


def _files(text: str) -> Iterator[tuple[str, bytes, bool]]:
    """Name, content, and whether the file is to be taken."""
    lines = text.splitlines()
    picture = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + random.Random(1).randbytes(5000)
    yield "many.txt", "".join(f"{lines[at % len(lines)]} {at}\n" for at in range(MANY)).encode(), True
    one = "".join(f"{line} {at}\n" for at, line in enumerate(lines * 200)).encode()
    yield "large.txt", (one * (LARGE // len(one) + 1))[:LARGE], True
    yield "empty.txt", b"", False
    yield "blank lines.txt", b"\n\n  \n" * 50, False
    yield "picture.png", picture, False
    yield "picture.txt", picture, False
    yield "program.exe", b"MZ\x90\x00" + random.Random(2).randbytes(5000), False
    yield "paper.pdf", b"%PDF-1.7\n" + random.Random(3).randbytes(5000), False
    yield "letter.docx", b"PK\x03\x04" + random.Random(4).randbytes(5000), False
    yield "no archive.txt.gz", b"\x1f\x8b\x08\x00" + random.Random(5).randbytes(500), False


def _forge(harness: Harness, good: Request) -> None:
    """The same upload, sent as another page of the browser would send it."""
    headers = {name.lower(): value for name, value in good.all_headers().items() if name.lower() not in ("content-length", ":authority")}
    token, cookie = headers.get("x-xsrftoken", ""), headers.get("cookie", "")
    url, port = urlsplit(good.url), harness.server.port
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nforged\r\n--x--\r\n'
    fine = headers | {"content-type": "multipart/form-data; boundary=x", "host": f"127.0.0.1:{port}", "origin": harness.server.url}
    changes: list[tuple[str, dict[str, str | None], bool]] = [
        ("as the page sends it", {}, True),
        ("no token, no cookie", {"x-xsrftoken": None, "cookie": None}, False),
        ("no token", {"x-xsrftoken": None}, False),
        ("no cookie", {"cookie": None}, False),
        ("empty token", {"x-xsrftoken": ""}, False),
        ("another token", {"x-xsrftoken": _other_token(token)}, False),
        ("token and cookie of our own making", {"x-xsrftoken": "2|00000000|" + "0" * 32 + "|1", "cookie": "_streamlit_xsrf=evil"}, False),
        ("foreign Origin", {"origin": "http://evil.example"}, False),
        ("foreign Origin, same port", {"origin": f"http://evil.example:{port}"}, False),
        ("Origin null", {"origin": "null"}, False),
        ("foreign Host", {"host": f"evil.example:{port}", "origin": f"http://evil.example:{port}"}, False),
        ("another port", {"origin": "http://127.0.0.1:9"}, False),
    ]
    if not token or not cookie:
        harness.faults.append("the page sends no XSRF token")
    for method in ("PUT", "DELETE"):
        for what, change, wanted in changes:
            sent = {name: value for name, value in (fine | change).items() if value is not None}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.putrequest(method, url.path, skip_host=True, skip_accept_encoding=True)
            for name, value in (sent | {"content-length": str(len(body))}).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            status = connection.getresponse().status
            connection.close()
            taken = status < 300
            harness.counts["uploads as the page sends them" if taken else "forged uploads refused"] += 1
            if taken != wanted:
                harness.faults.append(f"{method}, {what}: {status}")


def _other_token(token: str) -> str:
    """The token with the first half of its secret changed: version|mask|secret under the mask|time."""
    version, mask, secret, moment = token.split("|")
    half = len(secret) // 2
    return "|".join((version, mask, "".join("0" if digit != "0" else "1" for digit in secret[:half]) + secret[half:], moment))


def annotators(harness: Harness) -> list[str]:
    """Two people in two browsers judge the same pairs at the same time."""
    with harness.page() as one, harness.page() as two:
        people = {name: Judge(page, Account()) for name, page in (("ana", one), ("ben", two))}
        for name, person in people.items():
            person.page.goto(f"/pairs?run={RUN}&view=judge&by={name}")
            person.page.get_by_text(re.compile(r"0 of \d+ judged")).wait_for()
        for done in range(1, VERDICTS + 1):
            for person in people.values():  # both before either has its answer
                person.page.locator(f".st-key-verdict_{('right', 'wrong')[done % 2]} button").first.click()
            for person in people.values():
                person.page.get_by_text(re.compile(rf"\b{done} of \d+ judged")).wait_for()
        for name, person in people.items():
            harness.check(person.page, name)
    harness.server.end()
    lines = [json.loads(line) for line in (harness.workspace.judgements / "judgements.jsonl").read_text().splitlines()]
    by = Counter(line["annotator"] for line in lines)
    db = open_database(harness.workspace)
    sync(db)
    stored, standing = judgement_count(db), db.rows("SELECT annotator, count(*) FROM standing_judgements GROUP BY ALL ORDER BY ALL")
    db.close()
    harness.server.start()
    harness.server.wait_until_up()
    harness.counts["verdicts confirmed by the pages"] += 2 * VERDICTS
    harness.counts["verdicts in the file"] += len(lines)
    harness.counts["verdicts in the database"] += stored
    if by != {"ana": VERDICTS, "ben": VERDICTS} or stored != 2 * VERDICTS or standing != [("ana", VERDICTS), ("ben", VERDICTS)]:
        harness.faults.append(f"verdicts lost: file {dict(by)}, database {stored}, standing {standing}")
    return _counts(harness)


def database(harness: Harness) -> list[str]:
    """The app is started over a damaged database: every page says so, and after the file is moved away all is there again."""
    harness.server.end()
    db = open_database(harness.workspace)  # no page has been opened yet when this part is run alone
    sync(db)
    db.close()
    good, rng = harness.workspace.database.read_bytes(), random.Random(1)
    flipped = bytearray(good)
    for _ in range(200):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    kinds = {
        "truncated to a half": good[: len(good) // 2],
        "truncated to a page": good[:4096],
        "last byte missing": good[:-1],
        "200 bits flipped": bytes(flipped),
        "zero bytes": b"\0" * len(good),
        "empty": b"",
        "not a database": b"hello\n" * 1000,
        "damaged at random": damage(good, rng),
    }
    said = []
    for kind, raw in kinds.items():
        harness.workspace.database.write_bytes(raw)
        Path(f"{harness.workspace.database}.wal").unlink(missing_ok=True)
        said.append((kind, _first_sentence(harness, kind)))
    harness.workspace.database.write_bytes(good)
    held = open_database(harness.workspace)
    said.append(("held by another process", _first_sentence(harness, "held by another process")))
    held.close()
    harness.workspace.database.unlink()
    harness.server.start()
    harness.server.wait_until_up()
    with harness.page() as page:
        page.goto(f"/pairs?run={RUN}")
        page.locator(".lr-card").first.wait_for()
        harness.check(page, "database built anew")
    harness.counts["databases built anew from the run folders"] += 1
    return [*_counts(harness), "", "| database | what Home said |", "|---|---|", *(f"| {kind} | {text} |" for kind, text in said)]


def _first_sentence(harness: Harness, kind: str) -> str:
    harness.server.start()
    harness.server.wait_until_up()
    with harness.page() as page:
        page.goto("/")
        page.locator(f"h1, {ALERT}").first.wait_for()
        page.wait_for_function("() => document.querySelector('[data-testid=\"stApp\"]').dataset.testScriptState === 'notRunning'")
        alerts = page.locator(ALERT).all_inner_texts()
        text = alerts[0] if alerts else page.locator("h1").first.inner_text()
        harness.check(page, kind)
    harness.server.end()
    harness.counts["starts over a database that cannot be used" if alerts or "elsewhere" in text else "starts over one that can"] += 1
    return re.sub(r"/\S*/", "", " ".join(text.split()))[:200]


@dataclass(frozen=True)
class Usage:
    """What the app holds at one moment."""

    megabytes: float
    descriptors: int
    threads: int
    children: int  # living
    zombies: int
    log_bytes: int  # of the app and its server

    @classmethod
    def of(cls, harness: Harness) -> Usage:
        pid = harness.server.process.pid
        status = Path(f"/proc/{pid}/status").read_text()
        number = lambda name: int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])
        states = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == pid:
                states.append(state)
        logs = [harness.server.log, harness.workspace.root / "app.log"]
        return cls(
            number("VmRSS") / 1000,
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
            number("Threads"),
            sum(state != "Z" for state in states),
            states.count("Z"),
            sum(path.stat().st_size for path in logs if path.exists()),
        )


def soak(harness: Harness) -> list[str]:
    """Sample runs one after the other while the page is open."""
    end, used = time.monotonic() + 60 * harness.options.soak_minutes, []
    with harness.page() as page:
        page.goto("/")
        page.locator(".st-key-run_mk-en button").first.wait_for()
        before = Usage.of(harness)
        while time.monotonic() < end and not harness.faults:
            known = set(harness.workspace.runs.glob("*/config.json"))
            page.locator(".st-key-run_mk-en button").first.click()  # two while a page is drawn again
            while not (new := set(harness.workspace.runs.glob("*/config.json")) - known):
                page.wait_for_timeout(200)
            run = RunFolder(new.pop().parent)
            while not run.state().over:
                page.wait_for_timeout(500)
            if run.state() is not State.FINISHED:
                harness.faults.append(f"{run.id} ended as {run.state()}: {run.status().get('error')}")
            page.wait_for_function("() => !document.querySelector('.lr-steps')")  # the page has seen the end
            while run.locked():  # its process is about to end
                page.wait_for_timeout(500)
            page.wait_for_timeout(5000)
            harness.check(page, run.id)
            used.append(Usage.of(harness))
            harness.counts["runs one after the other"] += 1
            print(f"run {len(used)}: {used[-1]}", file=sys.stderr, flush=True)
    rows = [
        f"| {at or 'none'} | {one.megabytes:.0f} | {one.descriptors} | {one.threads} | {one.children} | {one.zombies} | {one.log_bytes:,} |"
        for at, one in enumerate([before, *used])
    ]
    if len(used) > WARM_UP:
        first, last = used[WARM_UP - 1], used[-1]
        slope = float(np.polyfit(range(len(used[WARM_UP - 1 :])), [one.megabytes for one in used[WARM_UP - 1 :]], 1)[0])
        rows += ["", f"Memory after the first {WARM_UP} runs: {slope:+.2f} MB a run (least squares)."]
        if last.megabytes - first.megabytes > MOST_GROWTH_MB:
            harness.faults.append(f"memory grew from {first.megabytes:.0f} to {last.megabytes:.0f} MB")
        for name in ("descriptors", "threads"):
            if getattr(last, name) - getattr(first, name) > MOST_GROWTH:
                harness.faults.append(f"{name} grew from {getattr(first, name)} to {getattr(last, name)}")
    if used and (used[-1].children > before.children or used[-1].zombies):
        harness.faults.append(f"{used[-1].children} processes ({before.children} before) and {used[-1].zombies} zombies under the app")
    head = ["", "| after run | memory, MB | file descriptors | threads | children | zombies | logs, bytes |", "|---:|" + "---:|" * 6]
    return [*_counts(harness), *head, *rows]


def _counts(harness: Harness) -> list[str]:
    counts = [f"- {count:,} {what}" for what, count in sorted(harness.counts.items())]
    harness.counts.clear()
    return counts


PARTS = {"forged": forged, "uploads": uploads, "annotators": annotators, "database": database, "soak": soak}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--soak-minutes", type=float, default=30)
    parser.add_argument("--minutes", type=float, default=60, help="after which no other file is uploaded")
    options = parser.parse_args()
    faults = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        place = Path(name)
        workspace = Workspace(place / "workspace").require_writable()
        config = tiny.run_config(tiny.make(place / "tiny"))
        worker.work(config, create(workspace.runs / RUN, config.to_json()), workspace)
        browser = playwright.chromium.launch(executable_path=setup.CHROMIUM, args=setup.FLAGS, timeout=PATIENCE)
        with setup.servers(workspace, [setup.free_port()]) as (server,):
            server.start()
            server.wait_until_up(600)
            for part in options.only or PARTS:
                began, harness = time.monotonic(), Harness(workspace, server, browser, place, options)
                try:
                    lines = PARTS[part](harness)
                except Error as error:
                    lines = _counts(harness)
                    harness.faults.append(f"{part}: {str(error).splitlines()[0]}")
                faults += harness.faults
                told = [f"- **{len(harness.faults)} faults**", *(f"   - {fault}" for fault in harness.faults)]
                head = about(f"served --only {part}", (time.monotonic() - began) / 60)
                print("\n".join([f"## {part}", *lines, *told, ""]), flush=True)
                keep(RESULTS / "served.md", "The served app", {f"## {part.capitalize()}": [head, "", *told, *lines]})
        browser.close()
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
