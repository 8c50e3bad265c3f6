"""The page Pairs: keyword in context, lines below the sentences, translations that stay, numbers on the words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lraln_core.files.atomic import write_json
from lraln_core.files.workspace import Workspace
from lraln_core.store.judging.translations import translations_file
from lraln_core.store.queries.pairs import Link, MinedPair
from lraln_core.text.corpus import prepare_corpus
from pages.components.pairs.cards import CardStyle, card_html, group, group_numbers
from pages.components.pairs.lines import Lines
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import ENGLISH, Texts, add_run
from tests.text.formats.test_sentences import EXAMPLES

ARABIC = Texts(
    ("الكتاب الجديد على الطاولة", "النهر عميق جدا"),
    ("the new book", "a deep river"),
    "ar",
    "en",
    pairs=(((0, 0, 0, 2, 0.9, True, True), (1, 0, 1, 2, 0.8, True, True)),),
)


def test_keyword_in_context(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("pairs", view="kwic", sort="text before first word")
    assert_sound(app)
    assert "**6 word pairs**" in sentences(app)
    lines = next(element.value for element in app.html if 'class="lr-kwlines"' in element.value)
    assert lines.count('class="lr-kwline"') == 6
    # before: nothing for the first two (the more similar one first), then градот има, длабока ... , нова читаат
    words = [part.split("</bdi>")[0].rsplit(">", 1)[1] for part in lines.split('<mark class="lr-word')[1::2]]
    assert words[0] == "Војската" and words[-1] == "библиотека"
    app.selectbox(key="found").set_value("both directions").run()
    assert "**4 word pairs**" in sentences(app)


def test_right_to_left_writing_has_its_direction(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", texts=ARABIC, tested=False)
    app = open_page("pairs", view="kwic")
    assert_sound(app)
    lines = next(element.value for element in app.html if 'class="lr-kwlines"' in element.value)
    assert lines.count('dir="rtl" lang="ar"') == 2 and lines.count('dir="ltr" lang="en"') == 2
    app = open_page("pairs", latin="true", gloss="true")
    cards = next(element.value for element in app.html if 'class="lr-cards"' in element.value)
    assert 'class="lr-sentence lr-aligned" dir="rtl" lang="ar"' in cards and "alktab" in cards.lower().replace("'", "")
    assert "No lexicon for these languages" in sentences(app)


def test_glosses_and_latin_letters(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("pairs", src="библиотека")
    assert 'lr-aligned"' not in "".join(element.value for element in app.html)
    app.toggle(key="gloss").set_value(True).run()
    app.toggle(key="latin").set_value(True).run()
    assert_sound(app)
    cards = next(element.value for element in app.html if 'class="lr-cards"' in element.value)
    assert "biblioteka" in cards  # Latin letters
    assert "→\u202f" in cards and "Mined: library." in cards  # the partner, marked
    assert "has" in cards  # има, by the lexicon of the sample data
    assert "The lexicon of the sample data" in sentences(app)


def test_glosses_of_an_interlinear_text_are_below_its_words(open_page: OpenPage, app_workspace: Workspace) -> None:
    text = prepare_corpus(EXAMPLES / "story.flextext", "sw", app_workspace.corpora)
    swahili = tuple(" ".join(words) for words in text.words(range(len(text))))
    run = add_run(
        app_workspace, "run-one", texts=Texts(swahili, ENGLISH, "sw", "en", pairs=(((0, 0, 1, 2, 0.9, True, True),),)), tested=False
    )
    write_json(run.summary_file, (run.summary() or {}) | {"src_corpus": text.id})
    for options in ({}, {"gloss": "true"}, {"view": "judge", "by": "ana"}):
        app = open_page("pairs", **options)
        assert_sound(app)
        drawn = "".join(element.value for element in app.html)
        assert drawn.count('title="Gloss of the text"') == 6 and ">river<" in drawn and ">it.passes<" in drawn, options
    assert 'class="lr-gloss lr-minedgloss"' not in drawn


def test_a_lexicon_of_the_reader(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    name = f"{'ab' * 16}.tsv"
    folder = app_workspace.root / "uploads"
    folder.mkdir()
    (folder / name).write_text("градот\t<b>the city</b>\n", encoding="utf-8")
    app = open_page("pairs", gloss="true", lexicon=name, src="библиотека")
    assert_sound(app)
    assert "<b>the city</b>" in html_text(app) and "Your lexicon" in sentences(app)
    app.button(key="gloss_usual").click().run()
    assert "lexicon" not in app.query_params


@pytest.mark.parametrize("name", ["../../secret", "x.tsv", f"{'ab' * 16}.tsv", "<script>"])
def test_a_lexicon_that_is_not_there_is_one_sentence(open_page: OpenPage, app_workspace: Workspace, name: str) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("pairs", gloss="true", lexicon=name)
    assert not app.exception and "not in this workspace" in app.error[0].value


def test_a_translation_is_kept_and_shown_after_the_database_is_lost(open_page: OpenPage, app_workspace: Workspace) -> None:
    import streamlit

    add_run(app_workspace, "run-one")
    app = open_page("pairs", pair="0")
    field = next(field for field in app.text_input if field.label.startswith("Your translation"))
    field.set_value("The army came <i>in the evening</i>.").run()
    assert_sound(app)
    assert "‘The army came <i>in the evening</i>.’" in html_text(app)
    assert len(translations_file(app_workspace).read_text().splitlines()) == 1
    streamlit.cache_resource.clear()  # closes the database
    app_workspace.database.unlink()
    app = open_page("pairs", gloss="true")
    assert "‘The army came <i>in the evening</i>.’" in html_text(app)


def test_a_translation_that_nobody_changed_is_not_written_again(app_workspace: Workspace) -> None:
    """The page also calls for a field that a quick verdict took away; an empty one would take a translation back."""

    def fields() -> None:
        import streamlit as st

        from pages.components.pairs.one import _keep

        for value, shown in (("", ""), ("kept", "kept"), ("new", ""), ("", "new")):
            st.session_state["field"] = value
            _keep("field", "mk", "Реката расте.", shown)

    assert not AppTest.from_function(fields).run().exception
    lines = translations_file(app_workspace).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["translation"] for line in lines] == ["new", ""]


@pytest.mark.parametrize(
    "parameters",
    [
        {"view": "kwic"},
        {"gloss": "true", "latin": "true"},
        {"view": "judge", "by": "<b>ana</b>"},
        {"pair": "0", "gloss": "true"},
        {"view": "results"},
    ],
)
def test_hostile_text_stays_text(open_page: OpenPage, app_workspace: Workspace, parameters: dict[str, str]) -> None:
    add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME)
    add_run(app_workspace, "run-two", texts=HOSTILE, name=NAME, minutes=1)
    app = open_page("pairs", **parameters)
    assert_sound(app)
    text = html_text(app)  # fails on a tag that is not ours
    if parameters.get("view") == "judge":
        app.button(key="verdict_right").click().run()
        assert_sound(app)
        app = open_page("pairs", view="results")
        assert_sound(app)
        assert not any("<b>ana" in element.value for element in app.html)
    elif parameters.get("view") != "results":
        assert "<script>alert(1)</script>" in text


@pytest.mark.parametrize("view", ["sentences", "kwic", "judge"])
def test_pairs_without_their_corpus(open_page: OpenPage, app_workspace: Workspace, view: str) -> None:
    import shutil

    add_run(app_workspace, "run-one")
    shutil.rmtree(app_workspace.corpora)
    assert_sound(open_page("pairs", view=view, gloss="true", latin="true", by="ana"))


def test_a_run_that_failed_after_mining_can_be_looked_at(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-bad", state="failed", error="The maps collapsed.")
    for view in ("sentences", "kwic", "judge", "results"):
        assert_sound(open_page("pairs", view=view))


def link(pair: int, src: int, trg: int) -> Link:
    return Link(pair, src, f"s{src}", trg, f"t{trg}", 0.5, True, True)


def test_words_that_hang_together_have_one_number() -> None:
    # 0 and 3 share a source word, 3 and 4 a target word; 1 stands alone
    links = [link(0, 1, 1), link(1, 2, 2), link(3, 1, 3), link(4, 5, 3)]
    assert group_numbers(links) == {0: 1, 1: 2, 3: 1, 4: 1}
    assert group_numbers([link(0, 1, 1), link(1, 2, 2), link(2, 2, 1), link(3, 9, 9)]) == {0: 1, 1: 1, 2: 1, 3: 2}
    assert group_numbers([]) == {}


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=15))
def test_numbers_are_the_connected_parts(places: set[tuple[int, int]]) -> None:
    links = [link(at, *place) for at, place in enumerate(sorted(places))]
    numbers = group_numbers(links)
    reach = {at: {at} for at in numbers}
    for _ in links:
        for one in links:
            for other in links:
                if one.src_word == other.src_word or one.trg_word == other.trg_word:
                    reach[one.pair_id] |= reach[other.pair_id]
    assert all((numbers[one] == numbers[other]) == (other in reach[one]) for one in numbers for other in numbers)
    assert sorted(set(numbers.values())) == list(range(1, len(set(numbers.values())) + 1))


def test_a_blind_card_glosses_by_the_lexicon_and_not_by_the_mined_partner() -> None:
    link = Link(0, 0, "река", 0, "lake", 0.9, True, True)
    pair = MinedPair("run", link, 0, 0, 0, ("река",), ("lake",), "река", "lake", (link,))
    style = {"src": "Macedonian", "trg": "English", "lines": Lines(glossary={"река": ["river"]})}
    (card,) = group([pair])
    assert "river" in card_html(card, CardStyle(**style, blind=True)) and "Mined" not in card_html(card, CardStyle(**style, blind=True))
    assert "Mined: lake" in card_html(card, CardStyle(**style))
