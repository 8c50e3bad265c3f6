"""The number of word pairs of a run is the number of distinct places, the same on every page, in the report and in exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.exchange.pair_files import PairFormat, write_pairs
from lraln_core.exchange.report import write_report
from lraln_core.files.workspace import Workspace
from lraln_core.store.pair_filter import PairFilter
from pages.components.shared.store import open_store
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import PAIRS, Texts, add_run

# The second iteration finds two places of the first again, and one new place. Of the 6 places, one is two full stops.
AGAIN = (PAIRS[0], (*PAIRS[0][:2], (2, 3, 3, 2, 0.84, True, True)))
WORDS = 5


@pytest.fixture
def two_runs(app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", texts=Texts(pairs=AGAIN))
    add_run(app_workspace, "run-two", texts=Texts(pairs=AGAIN), minutes=1)


def test_every_page_shows_the_same_number(open_page: OpenPage, two_runs: None) -> None:
    home = open_page("home")
    assert_sound(home)
    assert f"of the {WORDS} word pairs" in sentences(home)
    assert f"**{WORDS} word pairs**" in sentences(open_page("pairs", run="run-one"))
    assert f"Pair 1 of {WORDS}." in sentences(open_page("pairs", run="run-one", view="judge"))
    compared = open_page("compare", run="run-one", other="run-two")
    table = compared.dataframe[0].value.set_index("Measure")
    assert list(table.loc["Word pairs (distinct places)"]) == [f"{WORDS}", f"{WORDS}"]
    assert f"{WORDS} in both" in html_text(compared)


def test_the_report_and_the_exports_have_the_same_number(open_page: OpenPage, two_runs: None, tmp_path: Path) -> None:
    open_page("home")
    db = open_store().db
    write_report(db, "run-one", tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<td>Word pairs (distinct places)</td><td>{WORDS}</td>" in report.replace("\n", "")
    write_pairs(db, PairFilter("run-one", letters_only=True), tmp_path / "pairs.tsv", PairFormat.TSV, packed=False)
    assert len((tmp_path / "pairs.tsv").read_text(encoding="utf-8").splitlines()) == WORDS + 1


def test_how_many_iterations_found_a_pair_is_shown_and_can_be_chosen(open_page: OpenPage, two_runs: None) -> None:
    app = open_page("pairs", run="run-one")
    assert "2 iterations" in html_text(app) and "1 iteration" in html_text(app)
    app.selectbox(key="foundin").set_value("2").run()
    assert "**2 word pairs**" in sentences(app)
    app.selectbox(key="iteration").set_value("2").run()
    assert "**2 word pairs**" in sentences(app)
