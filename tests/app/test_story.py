"""The main story in a real browser, told once from an empty workspace: what a reader does, and what the reader then sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.app.servers import CHROMIUM, Served, browse, no_exception, serve, sync_api, wait_while_it_advances

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(7200),  # a test fails by itself when nothing advances; this ends one that hangs otherwise
]
Page = sync_api.Page
LIVE = '.lr-steps, [class*="_panel"] [data-testid="stProgress"]'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with an empty workspace, for the whole story."""
    with serve(tmp_path_factory.mktemp("story")) as served:
        yield served


@pytest.fixture(scope="module")
def page(server: Served) -> Iterator[Page]:
    with browse(server) as page:
        yield page


def _open(page: Page, name: str) -> None:
    """Go to a page by its link in the navigation."""
    page.locator(f'[data-testid="stSidebarNavLink"][href$="/{name.lower()}"]').click()
    page.locator("h1").wait_for()


def _pairs_shown(page: Page) -> int:
    text = page.get_by_text(re.compile(r"[\d,]+ word pairs?, [\d,]+ of them different")).inner_text()
    return int(text.split()[0].replace(",", ""))


def test_1_from_an_empty_workspace_to_the_result_of_the_sample(page: Page, server: Served) -> None:
    page.goto("/")
    page.get_by_text("No run is finished yet").wait_for()
    assert not list(server.workspace.runs.glob("*"))
    page.get_by_role("button", name="Run the sample").first.click()
    page.locator(LIVE).first.wait_for()
    page.get_by_text(re.compile(r"\d+ of [\d,]+ \w+, [\d,]+ per second, .+ left")).first.wait_for()  # rate and time left
    page.get_by_role("button", name="Cancel").wait_for()
    page.reload()
    page.locator(LIVE).first.wait_for()  # nothing is lost
    result = page.locator('[data-testid="before-after"]')
    wait_while_it_advances(page, server, result.is_visible)
    before, after = (float(value) for value in re.findall(r"([\d.]+)\s%\s", result.inner_text().replace("95 %", ""))[:2])
    assert 0 < before < after <= 100
    no_exception(page)


def test_2_the_counterpart_is_started_from_compare(page: Page) -> None:
    page.goto("/")
    _open(page, "Compare")
    page.get_by_role("button", name="Run the counterpart").click()
    page.get_by_text("The two runs are compared here").wait_for()
    no_exception(page)


def test_3_pairs_are_filtered_taken_along_and_kept_in_the_address(page: Page) -> None:
    _open(page, "Pairs")
    page.locator(".lr-card mark.lr-strong").first.wait_for()
    everything = _pairs_shown(page)
    page.get_by_role("searchbox", name="English word").fill("water")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"trg=water"))
    sync_api.expect(page.get_by_text(f"{everything:,} word pairs")).to_have_count(0)
    some = _pairs_shown(page)
    assert 0 < some < everything
    assert "water" in page.locator(".lr-card").first.inner_text().lower()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"^Download {some:,} pair")).click()  # not the one before the filter
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == some + 1
    page.reload()
    page.locator(".lr-card").first.wait_for()
    assert _pairs_shown(page) == some
    no_exception(page)


def test_4_three_pairs_are_judged_by_keyboard_and_kept(page: Page, server: Served) -> None:
    page.goto("/pairs?view=judge")
    page.get_by_text("Do the two marked words translate each other").wait_for()
    page.get_by_role("textbox", name="Your name").fill("Ana")
    page.keyboard.press("Enter")
    page.get_by_text("0 of 100").wait_for()
    sync_api.expect(page.get_by_role("button", name="correct")).to_be_enabled()
    page.evaluate("() => document.activeElement.blur()")
    card = page.locator(".lr-card").first
    for done, key in enumerate("132", 1):
        before = card.inner_text()
        assert "similarity" not in before  # blind: how it was found is told after the verdict
        page.keyboard.press(key)
        page.get_by_text(f"{done} of 100").wait_for()
        sync_api.expect(card).not_to_have_text(before, use_inner_text=True)
    kept = "".join(path.read_text(encoding="utf-8") for path in server.workspace.judgements.rglob("*") if path.is_file())
    assert [kept.count(f'"{verdict}"') for verdict in ("right", "wrong", "similar")] == [1, 1, 1]
    page.reload()
    page.get_by_text("3 of 100").wait_for()
    no_exception(page)


def test_5_the_space_is_computed_and_drawn(page: Page, server: Served) -> None:
    _open(page, "Space")
    page.get_by_role("button", name="Compute this picture").click()
    wait_while_it_advances(page, server, page.locator('[data-testid="stPlotlyChart"] .plot-container').first.is_visible)
    page.get_by_text("Mixing of the two languages").first.wait_for()
    no_exception(page)


def test_6_the_two_runs_are_compared(page: Page, server: Served) -> None:
    wait_while_it_advances(page, server, lambda: len(list(server.workspace.runs.glob("*/summary.json"))) >= 2)
    page.goto("/compare")
    page.get_by_text("In numbers").first.wait_for()
    page.get_by_text("Shared pairs").first.wait_for()
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
    page.get_by_text("Word retrieval", exact=True).first.click()
    page.wait_for_url(re.compile("view=Word"))
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
    page.reload()
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
    assert "view=Word" in page.url
    no_exception(page)


def test_7_the_lesson_is_prepared_and_answers(page: Page, server: Served) -> None:
    page.goto("/")
    _open(page, "Guide")
    page.get_by_role("button", name="Prepare the lesson").click()
    wait_while_it_advances(page, server, page.get_by_text("1. One word, many vectors").is_visible)
    page.locator(".lr-near").nth(2).wait_for()
    page.goto("/guide?step=3&pair=mk-en")
    page.get_by_role("button", name=re.compile("^A. ")).click()
    page.get_by_text(re.compile("[01] of 1")).first.wait_for()
    page.wait_for_url(re.compile("answers=A"))
    page.get_by_role("button", name="Next word").click()
    page.get_by_text("Word 2 of 8").first.wait_for()
    page.locator(".lr-handout section").nth(7).wait_for(state="attached")
    page.emulate_media(media="print")
    sync_api.expect(page.locator(".lr-handout")).to_be_visible()
    assert not page.get_by_role("button", name=re.compile("^A. ")).first.is_visible()
    page.emulate_media(media="screen")
    sync_api.expect(page.locator(".lr-handout")).to_be_hidden()
    no_exception(page)


def test_8_home_remembers_it_all(page: Page) -> None:
    page.goto("/")
    page.locator('[data-testid="before-after"]').wait_for()
    page.get_by_text(re.compile("^Sample: Macedonian and English")).nth(1).wait_for()  # the sample and its counterpart
    no_exception(page)
