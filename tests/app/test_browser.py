"""The main story in a real browser: an empty workspace, one button, progress, the result, pairs, filters, retrieval."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.conftest import PAGES
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (path for path in (shutil.which("chromium"), shutil.which("chromium-browser"), shutil.which("google-chrome")) if path), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
RUN_SECONDS = int(os.environ.get("LRALN_BROWSER_SECONDS", "240"))  # for the sample run; longer on a busy machine
NOT_OURS = re.compile(r"_stcore/(health|host-config)|Failed to load resource|preload")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(RUN_SECONDS + 240),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Workspace]]:
    """The app on a free port of this machine, with an empty workspace."""
    folder = tmp_path_factory.mktemp("browser")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "app.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
            cwd=PROJECT,
            env=os.environ | {"LRALN_WORKSPACE": str(folder / "workspace")},
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}", Workspace(folder / "workspace")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _stop_runs(folder / "workspace")


def _stop_runs(workspace: Path) -> None:
    """A run outlives the app; one that a failed test left behind is ended by its process number."""
    for folder in map(RunFolder, workspace.glob("runs/*/")):
        if folder.state() is State.RUNNING:
            os.kill(folder.status()["pid"], signal.SIGTERM)


def _wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="module")
def page(server: tuple[str, Workspace]) -> Iterator[sync_api.Page]:
    """A page that remembers faults; they are checked when the story is over."""
    faults: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=server[0], viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(45_000)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on(
            "console",
            lambda message: (
                faults.append(f"console: {message.text}")
                if message.type == "error" and not NOT_OURS.search(f"{message.text} {message.location}")
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                faults.append(f"left this machine: {request.url}")
                if not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:", request.url)
                else None
            ),
        )
        page.on("dialog", lambda dialog: faults.append(f"a dialog opened: {dialog.message}"))
        yield page
        browser.close()
    assert not faults, faults


def _no_exception(page: sync_api.Page) -> None:
    assert page.locator('[data-testid="stException"]').count() == 0, page.locator('[data-testid="stException"]').all_inner_texts()


def _count(page: sync_api.Page) -> int:
    """The number of word pairs that the page Pairs says it shows."""
    text = page.get_by_text(re.compile(r"[\d,]+ word pairs?, [\d,]+ of them different")).inner_text()
    return int(text.split()[0].replace(",", ""))


def _changed_count(page: sync_api.Page, before: int) -> int:
    """The count once it is another one."""
    end = time.monotonic() + 30
    while _count(page) == before and time.monotonic() < end:
        page.wait_for_timeout(200)
    return _count(page)


def test_a_deep_link_to_a_fresh_server_has_the_frame_of_the_app(page: sync_api.Page) -> None:
    page.goto("/pairs")
    page.get_by_text("There are no word pairs yet").wait_for()
    assert page.get_by_role("link", name="Launch").first.is_visible()
    _no_exception(page)


def test_the_sample_runs_with_live_progress_and_survives_reloading(page: sync_api.Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Run the sample").first.click()
    page.locator(".lr-steps").wait_for()
    page.locator('[data-testid="stProgress"]').first.wait_for()
    page.reload()
    page.locator(".lr-steps").wait_for()
    page.get_by_text("Sample: Macedonian and English").first.wait_for()
    result = page.locator('[data-testid="before-after"]')
    result.wait_for(timeout=RUN_SECONDS * 1000)
    before, after = (float(value) for value in re.findall(r"([\d.]+)\s%\s", result.inner_text().replace("95 %", ""))[:2])
    assert 0 < before < after <= 100
    sync_api.expect(page.locator(".lr-card")).to_have_count(3)
    _no_exception(page)


def test_pairs_are_filtered_and_the_address_keeps_the_view(page: sync_api.Page) -> None:
    page.get_by_role("link", name="Pairs").last.click()
    page.locator(".lr-card mark.lr-strong").first.wait_for()
    everything = _count(page)
    page.get_by_role("searchbox", name="English word").fill("water")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"trg=water"))
    some = _changed_count(page, everything)
    assert 0 < some < everything
    page.reload()
    page.locator(".lr-card").first.wait_for()
    assert _count(page) == some
    sync_api.expect(page.get_by_role("searchbox", name="English word")).to_have_value("water")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"^Download {some:,} pair")).click()
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == some + 1
    page.locator(".lr-card").first.get_by_role("link", name="link").first.click()
    page.wait_for_url(re.compile(r"pair=\d+"))
    page.get_by_role("button", name="All pairs of this run").wait_for()
    sync_api.expect(page.locator(".lr-card")).to_have_count(1)
    _no_exception(page)


def test_retrieval_shows_both_directions_and_single_words(page: sync_api.Page) -> None:
    page.get_by_role("link", name="Retrieval").first.click()
    page.get_by_text("Macedonian → English").first.wait_for()
    page.locator(".lr-card").nth(1).wait_for()
    assert page.locator('[data-testid="stVegaLiteChart"]').count() >= 2
    _no_exception(page)


@pytest.mark.parametrize("width", [1100, 900])
@pytest.mark.parametrize("path", ["", "guide", "corpora", "launch", "pairs", "compare", "retrieval", "space", "ner", "suite"])
def test_nothing_is_scrolled_sideways(page: sync_api.Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/{path}")
    page.locator("h1").wait_for()
    page.wait_for_timeout(1500)
    wide = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=\"stMain\"]'); return main.scrollWidth - main.clientWidth }"
    )
    assert wide <= 0
    _no_exception(page)


def test_hostile_text_does_nothing_and_is_shown_as_text(page: sync_api.Page, server: tuple[str, Workspace]) -> None:
    add_run(server[1], "run-hostile", texts=HOSTILE, name=NAME, minutes=59)
    for path in PAGES:
        page.goto(f"/{path}?run=run-hostile")
        page.locator("h1").wait_for()
        page.wait_for_timeout(1000)
        assert page.locator("img[src*=evil], iframe[src*=evil], article script, .lr-sentence svg").count() == 0
        _no_exception(page)
    page.goto("/pairs?run=run-hostile&sort=most+similar")
    page.get_by_text("<script>alert(1)</script>").first.wait_for()
