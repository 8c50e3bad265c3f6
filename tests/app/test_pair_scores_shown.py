"""Scores under the final maps on the page Pairs: order, chips, filters, and the offer to compute them."""

from __future__ import annotations

import pytest

from lraln_core.alignment import maps
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker
from lraln_core.runs.config import RunConfig
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import PAIRS, add_run, add_scores

HUB, FRIEND, NAME = PAIRS[0][1][:4], PAIRS[0][2][:4], PAIRS[0][3][:4]


@pytest.fixture
def run(app_workspace: Workspace) -> RunFolder:
    folder = add_run(app_workspace, "run-one")
    places = [pair[:4] for pairs in PAIRS for pair in pairs]
    facts = {
        HUB: {"trg_hubness": 31.0, "csls": -0.2, "cosine": 0.99},
        FRIEND: {"alike": 1, "in_lexicon": False},
        NAME: {"alike": 2, "csls": 0.456},
    }
    add_scores(folder, {place: facts.get(place, {}) for place in places})
    return folder


def test_the_best_pair_by_csls_is_first_and_a_hub_is_marked(open_page: OpenPage, run: RunFolder) -> None:
    app = open_page("pairs", run="run-one")
    assert_sound(app)
    text = html_text(app)
    assert text.index("CSLS 0.456") < text.index("CSLS 0.100") < text.index("CSLS \N{MINUS SIGN}0.200")
    assert "hub: deep" in text or "hub: river" in text
    assert "possible false friend" in text and "same spelling" in text
    app.selectbox(key="sort").set_value("most similar").run()
    text = html_text(app)
    assert text.index("cosine 0.990") < text.index("cosine 0.800")


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("onlypairs", ["with a hub"], 1),
        ("onlypairs", ["possible false friends"], 1),
        ("onlypairs", ["spelled alike"], 2),
        ("without", ["with a hub", "spelled the same"], 4),
    ],
)
def test_filters(open_page: OpenPage, run: RunFolder, key: str, value: list[str], count: int) -> None:
    app = open_page("pairs", run="run-one")
    app.multiselect(key=key).set_value(value).run()
    assert f"**{count} word pair{'s' if count > 1 else ''}**" in sentences(app)
    app.button(key="clear_filters").click().run()
    assert "**6 word pairs**" in sentences(app)


def test_the_lowest_csls_is_a_filter_and_the_concordance_shows_it(open_page: OpenPage, run: RunFolder) -> None:
    app = open_page("pairs", run="run-one", view="kwic")
    assert "CSLS" in html_text(app)
    app.slider(key="csls").set_value(0.4).run()
    assert "**1 word pair**" in sentences(app) and "0.456" in html_text(app)


def test_a_run_without_scores_offers_them_and_is_in_order_of_iterations(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    app = open_page("pairs", run="run-one")
    assert_sound(app)
    assert "similarity 0.930" in html_text(app) and "CSLS" not in html_text(app)
    assert not [box for box in app.multiselect if box.key == "onlypairs"] and not [
        button for button in app.button if button.key == "pairs_score"
    ]  # there are no maps
    labels = {"src_language": "mk", "trg_language": "en", "encoder": "multilingual-e5-small", "encoder_fingerprint": ""}
    maps.save(folder.maps, maps.identity(4), **labels)
    app = open_page("pairs", run="run-one")
    assert [button.label for button in app.button if button.key == "pairs_score"] == ["Compute CSLS and hubness"]


def test_the_pair_page_steps_through_the_list_it_was_opened_from(open_page: OpenPage, run: RunFolder) -> None:
    app = open_page("pairs", run="run-one", onlypairs="spelled alike")
    assert "onlypairs=spelled+alike" in "".join(element.value for element in app.html)
    app = open_page("pairs", run="run-one", pair="4", onlypairs="spelled alike")  # книга - book, the best by CSLS
    assert not app.exception and "Pair 1 of 2" in sentences(app)
    assert app.button(key="pair_before").disabled
    app.button(key="pair_after").click().run()
    assert "Pair 2 of 2" in sentences(app) and app.button(key="pair_after").disabled
    assert "no scores yet" in sentences(app)  # the reference words were not written by hand


def test_why_a_pair_was_found_is_shown_for_a_real_run(open_page: OpenPage, app_workspace: Workspace, small_config: RunConfig) -> None:
    folder = create(app_workspace.runs / "real", small_config.to_json())
    worker.work(small_config, folder, app_workspace)
    app = open_page("pairs", run="real", pair="0")
    assert_sound(app)
    text = html_text(app)
    assert "Nearest English words of" in text and "Nearest Macedonian words of" in text
    assert "In both directions (intersection)" in text and "Forward: the English word nearest to the Macedonian word" in text
    assert "Show" in text and "on the page Space" in text
    app.segmented_control(key="why_moment").set_value("before alignment").run()
    assert_sound(app)
    assert html_text(app) != text
