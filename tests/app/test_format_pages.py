"""Files of every kind on the page Corpora: what was seen is shown before anything is kept; and the check of the encoder on Launch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lraln_core.choices import BUILT_IN
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background, layer_request
from lraln_core.runs.samples import sample_corpus
from lraln_core.text.corpus import open_corpus, prepare_corpus
from lraln_core.text.formats.write import write_corpus
from lraln_core.text.languages import get_language
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.servers import CHROMIUM, Served, browse, no_exception, serve, wait_while_it_advances
from tests.app.workspaces import ENGLISH, MACEDONIAN, add_corpus
from tests.text.formats.test_sentences import EXAMPLES

NKO = ("ߒߞߏ ߦߋ߫ ߞߊ߲ ߘߏ߫ ߟߋ߬ ߘߌ߫", "ߞߊ߬ߙߊ߲ ߠߋ߬ ߞߊ߬ ߘߌ߫ ߝߍ߬ ߞߏߛߓߍ߫")


def upload(app, name: str, content: bytes = b""):
    return app.file_uploader(key="corpus_upload").set_value((name, content or (EXAMPLES / name).read_bytes(), "text/plain")).run()


@pytest.mark.parametrize(
    ("name", "tier", "seen", "first"),
    [
        ("treebank.conllu", "", "CoNLL-U, 3 sentences, text from # text", "Mto unapita katikati ya kijiji."),
        ("story.flextext", "", "FLEx text, 3 sentences", "river it.passes middle of village _"),
        ("story.eaf", "sentence", "ELAN, 3 sentences", "river it.passes middle of village _"),
        ("leipzig-sentences.txt", "", "Leipzig corpus, 3 sentences", "Mto unapita"),
    ],
)
def test_an_upload_is_previewed_and_added(
    open_page: OpenPage, app_workspace: Workspace, name: str, tier: str, seen: str, first: str
) -> None:
    app = open_page("corpora")
    app.text_input(key="upload_tier").set_value(tier)
    upload(app, name)
    assert_sound(app)
    assert seen in html_text(app) and first in html_text(app)
    assert not list(app_workspace.corpora.glob("*"))  # nothing is kept yet
    app.selectbox(key="upload_language").set_value("sw").run()
    app.button(key="corpus_upload_add").click().run()
    assert_sound(app)
    assert "3 sentences in Swahili added" in sentences(app)
    (folder,) = app_workspace.corpora.glob("[!.]*")
    assert open_corpus(folder).language == "sw"


def test_the_preview_shows_ten_sentences_and_hostile_text_as_text(open_page: OpenPage) -> None:
    lines = [f"<b onmouseover=alert(1)>{number}</b> river flows" for number in range(1, 31)]
    app = upload(open_page("corpora"), "a.txt", "\n".join(lines).encode())
    assert_sound(app)
    drawn = next(one.value for one in app.html if "Plain text, 30 sentences" in one.value)
    assert drawn.count("<li ") == 10 and "<b onmouseover" not in drawn and "&lt;b onmouseover=alert(1)&gt;10&lt;" in drawn


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.conllu", b"one line of plain text\nand another\n", "a.conllu is not CoNLL-U although its name says so"),
        ("a.docx", b"PK\x03\x04rest", "save its text as UTF-8"),
        ("a.txt", "Војската стигна вечерта во градот и мина преку реката.\n".encode("cp1251") * 4, "It looks like cp1251"),
    ],
)
def test_what_cannot_be_read_is_said_at_once(open_page: OpenPage, name: str, content: bytes, said: str) -> None:
    app = upload(open_page("corpora"), name, content)
    assert not app.exception and said in app.warning[0].value.replace("\\", "")


def test_an_encoding_is_confirmed_by_the_user(open_page: OpenPage) -> None:
    app = upload(open_page("corpora"), "a.txt", "Војската стигна вечерта во градот.\n".encode("cp1251") * 4)
    app.text_input(key="upload_encoding").set_value("cp1251").run()
    assert_sound(app)
    assert "Војската стигна вечерта во градот." in html_text(app)


def test_languages_are_found_as_one_types(open_page: OpenPage) -> None:
    """The box of the page searches these labels for every word that is typed."""
    options = open_page("corpora").selectbox(key="upload_language").options
    for typed, code in (
        ("swahili", "sw"),
        ("luo", "luo"),
        ("tok pisin", "tpi"),
        ("kabuverdianu", "kea"),
        ("mkd", "mk"),
        ("swh", "sw"),
        ("pes", "fa"),
    ):
        found = [label for label in options if typed in label.lower()]
        assert any(re.search(rf"\b{code}\b", label) for label in found), (typed, found[:5])
    assert get_language("swh").code == get_language("swh_Latn").code == get_language("Swahili").code == "sw"


@pytest.mark.parametrize(("texts", "language", "warned"), [(("Реката е длабока и мирна .",), "mk", ""), (NKO, "nqo", "does not know")])
def test_the_encoder_is_checked_before_a_run(
    open_page: OpenPage, app_workspace: Workspace, texts: tuple[str, ...], language: str, warned: str
) -> None:
    add_corpus(app_workspace, texts, language, "a.txt")
    add_corpus(app_workspace, ("A deep river crosses the city .",), "en", "b.txt")
    app = open_page("launch")
    app.button(key="launch_fit_check").click().run()
    assert not app.exception
    said = " ".join(one.value for one in app.caption)
    assert re.search(
        r"\d\.\d\d subwords a word \(English \d\.\d\d\), \d+% of the words are split, \d+% are unknown", said.replace("\\", "")
    )
    warnings = " ".join(one.value for one in app.warning)
    assert (warned in warnings) if warned else not warnings


def test_a_layer_sweep_needs_two_languages(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_corpus(app_workspace, MACEDONIAN, "mk", "a.txt")
    assert "A sweep needs a corpus of each of two languages" in sentences(open_page("corpora"))


def test_the_layers_are_measured_as_a_job(open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(background, "start", lambda folder, workspace, command: commands.append(command))
    add_corpus(app_workspace, MACEDONIAN, "mk", "a.txt")
    add_corpus(app_workspace, ENGLISH, "en", "b.txt")
    app = open_page("corpora")
    app.button(key="layers_start").click().run()
    assert_sound(app)
    ((name, option, path, quiet),) = commands
    assert (name, option, quiet) == ("layers", "--request", "--quiet")
    request = layer_request.from_json(read_json(Path(path)))
    assert request.encoder == BUILT_IN and request.sentences == 500
    rows = [
        {"layer": at, "criterion": value, "mutual": value, "agreement": 0.1, "mutual_types": 0.2, "identical": None, "identical_words": 3}
        for at, value in enumerate((0.2, 0.5, 0.4))
    ]
    result = {"encoder": BUILT_IN, "layer_count": 2, "pooling": "last", "precision": "bfloat16", "src_language": "mk", "trg_language": "en"}
    result |= {"sentences": [4, 4], "recommended": 1, "layers": rows}
    write_json(layer_request.result_file(layer_request.folder_of(request, app_workspace)), result)
    app = open_page("corpora")
    assert_sound(app)
    said = sentences(app)
    assert "Recommended: layer 1 of 2" in said and "set the option Layer of a run to 1" in said and "computed in bfloat16" in said
    app.number_input(key="layers_sentences").set_value(100).run()  # another request, which was not measured yet
    assert app.button(key="layers_start")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; .ci/run installs it")
@pytest.mark.timeout(7200)  # the test fails by itself when nothing advances; this ends one that hangs otherwise
def test_a_run_from_a_treebank_and_a_flex_text(tmp_path: Path) -> None:
    """Both files are uploaded, previewed and added on the page Corpora, and the run is started on Launch."""
    with serve(tmp_path) as served, browse(served) as page:
        files = _files(tmp_path)
        for path, language, seen in (
            (files["en"], "English", "CoNLL-U, 60 sentences, text from # text"),
            (files["sw"], "Swahili", "FLEx text, 60 sentences"),
        ):
            page.goto("/corpora")
            adding = page.locator("details", has=page.get_by_text("Add a corpus", exact=True)).first
            adding.wait_for()
            if adding.get_attribute("open") is None:  # open only while there is no corpus
                adding.locator("summary").first.click()
            page.get_by_role("tab", name="Upload a file").click()
            page.locator('input[type="file"]').first.set_input_files(path)
            page.get_by_text(seen).wait_for()
            box = page.get_by_role("combobox", name="Language").first
            box.fill(language)
            page.get_by_role("option", name=re.compile(f"^{language}")).first.click()
            page.get_by_role("button", name="Add this file").first.click()
            page.get_by_text(f"60 sentences in {language} added.").wait_for()
            no_exception(page)
        page.goto("/launch")
        page.get_by_role("button", name="Start", exact=True).click()
        wait_while_it_advances(page, served, lambda: _ended(served))
        page.goto("/pairs")
        page.locator(".lr-card mark.lr-strong").first.wait_for()
        page.locator(".lr-gloss", has_text="first").first.wait_for()  # the glosses of the interlinear text stand under its words
        no_exception(page)
    (run,) = served.workspace.runs.glob("[!.]*")
    assert RunFolder(run).state() is State.FINISHED, RunFolder(run).status()


def _ended(served: Served) -> bool:
    return any(RunFolder(run).state() in (State.FINISHED, State.FAILED) for run in served.workspace.runs.glob("[!.]*"))


def _files(folder: Path) -> dict[str, Path]:
    """Sixty sentences of the samples: English as a treebank, Swahili as an interlinear text with English glosses."""
    files = {}
    for code, ending in (("en", ".conllu"), ("sw", ".flextext")):
        corpus = prepare_corpus(sample_corpus(code), code, folder / "corpora", limit=60)
        files[code] = folder / f"text{ending}"
        glosses = {(at, 0): "first" for at in range(len(corpus))} if code == "sw" else None
        write_corpus(corpus, files[code], glosses=glosses)
    return files
