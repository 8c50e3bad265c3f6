"""Every page of the navigation: empty, loaded, with a run that did not finish, with hostile text, with a broken address."""

from __future__ import annotations

import re

import pytest

from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.conftest import OpenPage
from tests.app.lessons import add_lesson
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import NAME
from tests.app.workspaces import Texts, add_run, write_status

# Read from the navigation itself, so that a new page cannot be forgotten here.
EVERY_PAGE = tuple(
    dict.fromkeys(re.findall(r'st\.Page\("pages/(\w+)\.py"', (PROJECT / "pages/components/navigation.py").read_text(encoding="utf-8")))
)
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "pages").rglob("*.py")))
# All names that may stand in an address: keys of bound widgets, parameters of our own choices.
PARAMETERS = sorted(
    {*re.findall(r'(?:key|param)="(\w+)"', SOURCE), *re.findall(r'^[A-Z_]+ = "(\w+)"', SOURCE, re.MULTILINE)}
    | {*"run other corpus pair step suite view word page item".split()}
)
WHAT = {"pair", "run", "other", "suite", "item", "corpus"}  # what is looked at; when it is wrong, little else is shown
LONG = " ".join(["дума"] * 2000)
HOSTILE = Texts(
    src=(
        "<script>alert(1)</script> &lt;b&gt; **bold** слово",
        "\u202eобратно\u202c \u2066слово\u2069 сло\u200bво [a](javascript:alert(1)) три",
        LONG,
        "<img/src=x/onerror=alert(1)> :red[x] `code` $x^2$ ![x](http://evil.invalid/x.png)",
    ),
    trg=(
        'word "><svg/onload=alert(1)> </article></div> &amp;nbsp;',
        "\u202eone\u202c two\u200d three\u2060 four five",
        " ".join(["word"] * 2000),
        "# heading | a | <iframe/src=//evil.invalid> two",
    ),
    pairs=(
        (
            (0, 0, 0, 1, 0.95, True, True),
            (1, 0, 1, 0, 0.9, True, True),
            (1, 2, 1, 2, 0.85, True, False),
            (2, 1999, 2, 1000, 0.8, True, True),
            (3, 0, 3, 4, 0.7, False, True),
        ),
    ),
)


def test_the_navigation_is_read() -> None:
    assert {"home", "guide", "corpora", "launch", "pairs", "retrieval"} <= set(EVERY_PAGE)
    written = {path.stem for path in (PROJECT / "pages").glob("*.py")} - {"__init__"}
    assert set(EVERY_PAGE) == written


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_empty(page: str, open_page: OpenPage) -> None:
    app = open_page(page)
    assert_sound(app)
    assert len(sentences(app) + html_text(app)) > 300


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_loaded(page: str, open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_processes(monkeypatch)
    add_run(app_workspace, "run-one")
    add_run(app_workspace, "run-two", name="Another", minutes=1)
    add_lesson(app_workspace)
    app = open_page(page)
    assert_sound(app)
    html_text(app)


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_run_that_did_not_finish(page: str, state: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-bad", state=state, error="Iteration 1 mined no word pair." if state == "failed" else None)
    if state == "interrupted":
        write_status(folder, "running")  # and nobody holds the lock
    app = open_page(page, run="run-bad")
    assert not app.exception
    html_text(app)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_hostile_text(page: str, open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_processes(monkeypatch)
    add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME)
    add_run(app_workspace, "run-two", texts=HOSTILE, name=NAME, minutes=1)
    add_lesson(app_workspace, hostile=True)
    app = open_page(page)
    assert_sound(app)
    html_text(app)  # fails on a tag or attribute that is not ours
    said = sentences(app)
    assert not re.search(r"(?<!\\)!\[[^\]]*\]\(|(?<!\\)\]\(javascript", said), "text became Markdown"


@pytest.mark.parametrize("names", [PARAMETERS, [name for name in PARAMETERS if name not in WHAT]], ids=["all", "options"])
@pytest.mark.parametrize("value", ["", "../../etc/passwd", "<script>alert(1)</script>", "9" * 400, "\u202e\u0000", "-1"])
@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_broken_address_is_no_traceback(
    page: str, value: str, names: list[str], open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_processes(monkeypatch)
    add_run(app_workspace, "run-one")
    add_lesson(app_workspace)
    app = open_page(page, **dict.fromkeys(names, value))
    assert not app.exception, [element.message for element in app.exception]
    html_text(app)


def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that starts work by itself must not do so here."""
    from lraln_core.runs.jobs import background

    def start(folder, workspace, command) -> None:
        folder.path.mkdir(parents=True, exist_ok=True)
        write_status(folder, "queued", stage="", message="Starting", done=0, total=0)

    monkeypatch.setattr(background, "start", start)
