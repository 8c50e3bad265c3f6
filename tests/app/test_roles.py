"""The stories of a teacher and of a researcher in a real browser, on finished runs; test_story.py tells the first user's."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lraln_core.files.workspace import Workspace
from tests.app.servers import CHROMIUM, Served, browse, no_exception, serve, sync_api
from tests.app.test_fold import fill

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(7200),  # a test fails by itself when nothing advances; this ends one that hangs otherwise
]
Page = sync_api.Page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("roles")
    fill(Workspace(folder / "workspace"))
    with serve(folder) as served:
        yield served


@pytest.fixture(scope="module")
def page(server: Served) -> Iterator[Page]:
    with browse(server) as page:
        yield page


def _taken(page: Page, button: str | re.Pattern[str]) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return download.value.path()


def test_a_teacher_projects_the_guide_and_prints_handout_and_worksheet(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/guide?step=6&pair=mk-en")
    page.get_by_text("6. ").first.wait_for()
    page.get_by_role("button", name="For teachers").click()
    page.get_by_text("Presenter mode").click()
    page.wait_for_url(re.compile("present=true"))
    sync_api.expect(page.locator('[data-testid="stSidebar"]')).to_be_hidden()
    sheet = _taken(page, "Worksheet").read_text(encoding="utf-8")
    key = _taken(page, "Key").read_text(encoding="utf-8")
    assert "<html" in sheet and "<html" in key and sheet != key
    page.keyboard.press("Escape")
    page.emulate_media(media="print")
    handout = page.locator(".lr-handout")
    sync_api.expect(handout).to_be_visible()
    pictures = handout.locator("img.lr-drawn")
    assert pictures.count() == 5
    for at in range(5):  # an image that could not be drawn has no size of its own
        assert pictures.nth(at).evaluate("one => one.naturalWidth") > 100
    page.emulate_media(media="screen")
    no_exception(page)


def test_a_researcher_takes_figure_dictionary_and_run_along(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/space?run=run-one&shown=density")
    page.get_by_text("25, 50 and 75 %").wait_for()
    page.locator('[data-testid="stPlotlyChart"] .contourlayer path').first.wait_for(state="attached")
    page.goto("/space?run=run-one&shown=clusters")
    page.locator('[data-testid="stPlotlyChart"] .plot-container').first.wait_for()
    page.get_by_text("all of the picture").wait_for()
    page.goto("/dictionary?run=run-one")
    page.locator('[data-testid="stDataFrame"]').first.wait_for()
    no_exception(page)
    page.goto("/pairs?run=run-one")
    page.get_by_role("button", name="For a paper").click()
    assert "\\begin{tabular}" in _taken(page, re.compile("^Download$")).read_text(encoding="utf-8")
    page.goto("/launch?run=run-one")
    page.get_by_text("Export", exact=True).first.click()
    offline = _taken(page, re.compile(r"Pairs with filters \(HTML\)")).read_text(encoding="utf-8")
    assert "<html" in offline and "http://" not in offline.replace("http://www.w3.org", "")
    with zipfile.ZipFile(_taken(page, re.compile(r"Whole run \(archive\)"))) as archive:
        assert any(name.endswith("config.json") for name in archive.namelist())
    no_exception(page)
