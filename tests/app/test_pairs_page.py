"""The page Pairs: filters, paging, deep links. The workspace holds seven pairs, see workspaces.PAIRS."""

from __future__ import annotations

import pytest

from lraln_core.files.workspace import Workspace
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run


@pytest.fixture(autouse=True)
def loaded(app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")


def test_all_pairs_but_punctuation_are_counted(open_page: OpenPage) -> None:
    app = open_page("pairs")
    assert_sound(app)
    assert "**6 word pairs**" in sentences(app)  # . – . is hidden
    app.toggle(key="punctuation").set_value(False).run()
    assert "**7 word pairs**" in sentences(app)


def test_words_of_several_pairs_are_numbered_alike_on_both_sides(open_page: OpenPage) -> None:
    app = open_page("pairs", iteration="1")
    text = html_text(app)
    assert "Реката1 е длабока2 и мирна ." in text
    assert "A deep2 river1 crosses the city ." in text


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"src": "книга"}, 1),
        ({"src": "КНИГА"}, 1),
        ({"src": "кни"}, 0),
        ({"src": "кни", "match": "begins with"}, 1),
        ({"trg": "r", "match": "contains"}, 3),
        ({"trg": "^r.*r$", "match": "pattern"}, 1),
        ({"found": "both directions"}, 4),
        ({"several": "true"}, 3),
        ({"iteration": "2"}, 2),
    ],
)
def test_filters_come_from_the_address(open_page: OpenPage, parameters: dict[str, str], count: int) -> None:
    app = open_page("pairs", **parameters)
    assert not app.exception
    if count:
        assert f"**{count} word pair{'s' if count > 1 else ''}**" in sentences(app)
    else:
        assert "No pair matches these filters" in sentences(app)


def test_similarity_range(open_page: OpenPage) -> None:
    app = open_page("pairs")
    app.slider(key="similarity").set_value((0.87, 0.92)).run()
    assert "**2 word pairs**" in sentences(app)  # 0.91 and 0.88


def test_a_broken_pattern_is_one_sentence(open_page: OpenPage) -> None:
    app = open_page("pairs", src="([", match="pattern")
    assert not app.exception
    assert "regular expression" in app.error[0].value


def test_a_click_on_a_frequent_word_filters(open_page: OpenPage) -> None:
    app = open_page("pairs")
    app.button(key="facet_src_0").click().run()
    assert_sound(app)
    assert app.text_input(key="src").value == app.button(key="facet_src_0").label.split(" :gray")[0]
    app.button(key="clear_filters").click().run()
    assert app.text_input(key="src").value == ""


def test_a_link_to_one_pair(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-one", pair="0")
    assert_sound(app)
    assert html_text(app).count("similarity") == 1
    next(button for button in app.button if button.label == "All pairs of this run").click().run()
    assert "word pairs**" in sentences(app)


@pytest.mark.parametrize("pair", ["99", "-1", "x", "9" * 40, "<script>"])
def test_a_link_to_no_pair_is_one_sentence(open_page: OpenPage, pair: str) -> None:
    app = open_page("pairs", run="run-one", pair=pair)
    assert not app.exception and len(app.error) == 1


def test_a_link_to_an_unknown_run_is_said_and_the_latest_is_shown(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-of-somebody-else")
    assert_sound(app)
    assert "somebody" in app.warning[0].value
    assert "**6 word pairs**" in sentences(app)


def test_paging_goes_back_to_the_first_page_when_the_filter_changes(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("pairs", size="10")
    assert not app.exception
    app.toggle(key="punctuation").set_value(False).run()
    assert "**7 word pairs**" in sentences(app)


def test_context_shows_only_the_words_around(open_page: OpenPage) -> None:
    app = open_page("pairs", src="книга", context="2 words around")
    assert "… читаат нова книга ." in html_text(app)


def test_random_order_can_be_shuffled(open_page: OpenPage) -> None:
    app = open_page("pairs", sort="random")
    next(button for button in app.button if button.label == "Shuffle").click().run()
    assert_sound(app)
    assert app.query_params["seed"] == "2"


def test_pairs_without_their_corpus_show_the_words(open_page: OpenPage, app_workspace: Workspace) -> None:
    import shutil

    shutil.rmtree(app_workspace.corpora)
    app = open_page("pairs")
    assert_sound(app)
    assert "книга – book" in html_text(app)
