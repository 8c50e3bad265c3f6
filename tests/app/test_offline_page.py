"""A researcher shares a run: the one HTML file is opened in a browser without this program, and its filters work."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.exchange.offline import write_offline
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.sync import sync
from tests.app.servers import CHROMIUM, ELEMENT_SECONDS, launch, sync_api
from tests.app.workspaces import add_run

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it"),
    pytest.mark.timeout(1800),
]


def test_the_filters_of_a_shared_run_work_offline(workspace: Workspace, tmp_path: Path) -> None:
    add_run(workspace, "run-one")
    database = open_database(workspace)
    try:
        sync(database, workspace)
        path = tmp_path / "run.html"
        assert write_offline(database, "run-one", path) == 6
    finally:
        database.close()
    browser = launch()
    try:
        page = browser.new_page()
        page.set_default_timeout(ELEMENT_SECONDS * 1000)
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        sync_api.expect(page.locator("#count")).to_have_text("6 of 6 word pairs")
        page.get_by_role("searchbox", name="English word").fill("riv")
        sync_api.expect(page.locator("article")).to_have_count(0)
        page.locator("#match").select_option("starts")
        sync_api.expect(page.locator("article")).to_have_count(1)
        assert page.locator("article mark").first.inner_text() == "Реката"
        page.get_by_role("button", name="Clear").click()
        sync_api.expect(page.locator("#count")).to_have_text("6 of 6 word pairs")
        page.locator("#found").select_option("both")
        sync_api.expect(page.locator("#count")).to_have_text("4 of 6 word pairs")
        assert not faults
    finally:
        browser.close()
