"""Every page in a browser at the two sizes that are promised: the first row of data is near the top, nothing serious is inaccessible.

One server and one browser serve all checks. A size is that of a window; positions are pixels from its top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.runs.word_alignment import stored
from tests.app.jobs_by_hand import add_ner, add_projection
from tests.app.lessons import add_lesson
from tests.app.servers import CHROMIUM, Served, browse, no_exception, serve, sync_api
from tests.app.test_alignment_page import text as word_alignment_text
from tests.app.workspaces import ENGLISH, MACEDONIAN, add_run

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(1800),
]
SIZES = ((1440, 900), (1280, 720))
FIRST_ROW = 350  # pixels from the top within which the first row of data begins
GRID = '[data-testid="stDataFrame"]'
# Drawn by Streamlit itself, out of our hands: the list of the navigation has groups between its items, and two tables on a
# page number their cells alike.
NOT_OURS = {"list": "stSidebarNavItems", "listitem": '<li class="st-emotion-cache', "duplicate-id-active": "glide-cell"}


@dataclass(frozen=True)
class View:
    """An address, what its first row of data is, and how many rows are to be seen at every size."""

    path: str
    first: str
    rows: int = 1
    within: int = FIRST_ROW


VIEWS = (
    View("/", ".lr-beforeafter"),
    View("/guide?step=1&pair=mk-en", ".lr-near", rows=2, within=400),
    View("/corpora", GRID),
    View("/launch", '[data-testid="stSelectbox"]'),
    View("/launch?run=run-one", ".lr-beforeafter"),
    View("/pairs?run=run-one", ".lr-card", rows=4),
    View("/pairs?run=run-one&view=kwic", ".lr-kwline", rows=7),
    View("/dictionary?run=run-one", GRID),
    View("/compare?run=run-one&other=run-two", GRID),
    View("/retrieval?run=run-one", GRID),
    View("/alignment?run=run-one", GRID),
    View("/alignment?run=run-one&alignment_view=Your%20own%20sentences", '[data-testid="stTextArea"]'),
    View("/tools", GRID),
    View("/space?run=run-one", '[data-testid="stPlotlyChart"]'),
    View("/ner?run=run-one", ".lr-beforeafter"),
    View("/suite", '[data-testid="stButtonGroup"]'),
)


def fill(workspace: Workspace) -> None:
    """Two runs of which the first has everything, and a lesson."""
    workspace.require_writable()
    add_run(workspace, "run-two", name="The second of two runs with a name of some length")
    folder = add_run(workspace, "run-one", name="The first of two runs with a name of some length", minutes=5)
    add_projection(folder, [text.split() for text in MACEDONIAN], [text.split() for text in ENGLISH], umap=True)
    add_ner(folder)
    stored.write(folder.word_alignment, word_alignment_text())
    add_lesson(workspace)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fold")
    fill(Workspace(folder / "workspace"))
    with serve(folder) as served:
        yield served


@pytest.fixture(scope="module")
def page(server: Served) -> Iterator[sync_api.Page]:
    with browse(server) as page:
        yield page


def opened(page: sync_api.Page, view: View) -> None:
    page.goto(view.path)
    page.locator(view.first).first.wait_for()


def tops(page: sync_api.Page, selector: str) -> list[float]:
    """The upper edges of all visible elements."""
    return page.evaluate(
        "selector => [...document.querySelectorAll(selector)].filter(one => one.getClientRects().length)"
        ".map(one => one.getBoundingClientRect().top)",
        selector,
    )


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.path)
def test_results_are_above_the_fold_and_nothing_serious_is_inaccessible(page: sync_api.Page, view: View) -> None:
    opened(page, view)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)  # columns move, charts are drawn anew
        found = tops(page, view.first)
        assert found[0] <= view.within, (width, found[0])
        assert sum(top < height - 40 for top in found) >= view.rows, (width, found)
    no_exception(page)
    violations = axe.Axe().run(page).response["violations"]
    serious = [
        (one["id"], node["html"][:200], node["failureSummary"][:200])
        for one in violations
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if NOT_OURS.get(one["id"], "\n") not in f"{node['html']} {node['target']}"
    ]
    assert not serious, serious


def test_the_play_button_of_space_is_above_the_fold(page: sync_api.Page) -> None:
    page.goto("/space?run=run-one")
    play = page.locator(".updatemenu-button", has_text="Play").first
    play.wait_for()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)
        box = play.bounding_box()
        assert box is not None and box["y"] + box["height"] <= height, (width, box)


def test_a_run_is_chosen_once_for_all_result_pages(page: sync_api.Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/retrieval?run=run-two")
    page.locator(GRID).first.wait_for()
    for name in ("pairs", "compare", "space", "ner", "retrieval"):
        page.locator(f'[data-testid="stSidebarNavLink"][href$="/{name}"]').click()
        page.wait_for_url(re.compile(f"/{name}.*run=run-two"))
        sync_api.expect(page.get_by_role("combobox").first).to_have_value(re.compile("The second of two runs"))
