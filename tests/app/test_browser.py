"""Pages in a real browser, each test with a server and a workspace of its own: progress, reloading, filters, width, hostile text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.conftest import PAGES
from tests.app.servers import CHROMIUM, ELEMENT_SECONDS, Served, browse, no_exception, serve, sync_api, wait_while_it_advances
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(7200),  # a test fails by itself when nothing advances; this ends one that hangs otherwise
]


@contextmanager
def _open(folder: Path, *run_ids: str, **options) -> Iterator[tuple[sync_api.Page, Served]]:
    """A browser at an app whose workspace holds these finished runs."""
    with serve(folder) as served:
        served.workspace.require_writable()
        for run_id in run_ids:
            add_run(served.workspace, run_id, **options)
        with browse(served) as page:
            yield page, served


def _count(page: sync_api.Page) -> int:
    """The number of word pairs that the page Pairs says it shows."""
    text = page.get_by_text(re.compile(r"[\d,]+ word pairs?, [\d,]+ of them different")).inner_text()
    return int(text.split()[0].replace(",", ""))


def _changed_count(page: sync_api.Page, before: int) -> int:
    """The count once it is another one."""
    end = time.monotonic() + ELEMENT_SECONDS
    while _count(page) == before and time.monotonic() < end:
        page.wait_for_timeout(200)
    return _count(page)


def test_a_deep_link_to_a_fresh_server_has_the_frame_of_the_app(tmp_path: Path) -> None:
    with _open(tmp_path) as (page, _):
        page.goto("/pairs")
        page.get_by_text("There are no word pairs yet").wait_for()
        assert page.get_by_role("link", name="Launch").first.is_visible()
        no_exception(page)


def test_the_sample_runs_with_live_progress_and_survives_reloading(tmp_path: Path) -> None:
    with _open(tmp_path) as (page, served):
        page.goto("/")
        page.get_by_role("button", name="Run the sample").first.click()
        page.locator(".lr-steps").wait_for()
        page.locator('[data-testid="stProgress"]').first.wait_for()
        page.reload()
        page.locator(".lr-steps").wait_for()
        page.get_by_text("Sample: Macedonian and English").first.wait_for()
        result = page.locator('[data-testid="before-after"]')
        wait_while_it_advances(page, served, result.is_visible)
        before, after = (float(value) for value in re.findall(r"([\d.]+)\s%\s", result.inner_text().replace("95 %", ""))[:2])
        assert 0 < before < after <= 100
        sync_api.expect(page.locator(".lr-card")).to_have_count(3)
        no_exception(page)


def test_pairs_are_filtered_and_the_address_keeps_the_view(tmp_path: Path) -> None:
    with _open(tmp_path, "run-one") as (page, _):
        page.goto("/")
        page.get_by_role("link", name="Pairs").last.click()
        page.locator(".lr-card mark.lr-strong").first.wait_for()
        everything = _count(page)
        page.get_by_role("searchbox", name="English word").fill("river")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"trg=river"))
        some = _changed_count(page, everything)
        assert 0 < some < everything
        page.reload()
        page.locator(".lr-card").first.wait_for()
        assert _count(page) == some
        sync_api.expect(page.get_by_role("searchbox", name="English word")).to_have_value("river")
        with page.expect_download() as download:
            page.get_by_role("button", name=re.compile(f"^Download {some:,} pair")).click()
        assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == some + 1
        page.locator(".lr-card").first.get_by_role("link", name="why?").first.click()
        page.wait_for_url(re.compile(r"pair=\d+"))
        page.get_by_role("button", name="All pairs of this run").wait_for()
        sync_api.expect(page.locator(".lr-card")).to_have_count(1)
        no_exception(page)


def test_retrieval_shows_both_directions_and_single_words(tmp_path: Path) -> None:
    with _open(tmp_path, "run-one") as (page, _):
        page.goto("/")
        page.get_by_role("link", name="Retrieval").first.click()
        page.get_by_text("Macedonian → English").first.wait_for()
        page.locator(".lr-card").nth(1).wait_for()
        assert page.locator('[data-testid="stVegaLiteChart"]').count() >= 2
        no_exception(page)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    """A page of an app with one finished run; tests of it only look."""
    with _open(tmp_path_factory.mktemp("looks"), "run-one") as (page, _):
        yield page


@pytest.mark.parametrize("width", [1100, 900])
@pytest.mark.parametrize("path", ["", "guide", "corpora", "launch", "pairs", "compare", "retrieval", "space", "ner", "suite"])
def test_nothing_is_scrolled_sideways(one_run: sync_api.Page, path: str, width: int) -> None:
    page = one_run
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/{path}")
    page.locator("h1").wait_for()
    page.wait_for_timeout(1500)
    wide = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=\"stMain\"]'); return main.scrollWidth - main.clientWidth }"
    )
    assert wide <= 0
    no_exception(page)


def test_hostile_text_does_nothing_and_is_shown_as_text(tmp_path: Path) -> None:
    with _open(tmp_path, "run-hostile", texts=HOSTILE, name=NAME) as (page, _):
        for path in PAGES:
            page.goto(f"/{path}?run=run-hostile")
            page.locator("h1").wait_for()
            page.wait_for_timeout(1000)
            assert page.locator("img[src*=evil], iframe[src*=evil], article script, .lr-sentence svg").count() == 0
            no_exception(page)
        page.goto("/pairs?run=run-hostile&sort=most+similar")
        page.get_by_text("<script>alert(1)</script>").first.wait_for()
