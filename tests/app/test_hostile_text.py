"""Text that tries to be markup stays text, on every page."""

from __future__ import annotations

import pytest

from lraln_core.files.workspace import Workspace
from tests.app.conftest import PAGES, OpenPage
from tests.app.looks import assert_sound, html_text
from tests.app.workspaces import Texts, add_run

SRC = (
    "<script>alert(1)</script> &amp; **bold** слово",
    "\u202eобратно\u202c [a](javascript:alert(1)) слово три",
    "![x](http://evil.invalid/x.png) два три",
    "<img/src=x/onerror=alert(1)> :red[x] `code` $x^2$",
)
TRG = (
    "word <b>two</b> </article></div> &lt;i&gt;",
    '"><svg/onload=alert(1)> one two three',
    "# heading one two",
    "| a | b <iframe/src=//evil.invalid>",
)
HOSTILE = Texts(
    SRC,
    TRG,
    pairs=(
        (
            (0, 0, 0, 1, 0.9, True, True),
            (1, 1, 1, 0, 0.8, True, True),
            (2, 0, 2, 1, 0.7, True, False),
            (3, 0, 3, 4, 0.6, True, True),
            (0, 2, 0, 2, 0.95, True, True),
        ),
    ),
)
NAME = "<script>alert(2)</script> ![x](http://evil.invalid/y.png) :material/home: **n**"


@pytest.mark.parametrize("page", PAGES)
def test_html_holds_only_our_tags_and_labels_are_escaped(page: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME)
    app = open_page(page)
    assert_sound(app)
    text = html_text(app)  # fails on a tag that is not ours
    if page == "pairs":
        assert "<script>alert(1)</script>" in text and '"><svg/onload=alert(1)>' in text
        labels = [button.label for button in app.button if button.key and button.key.startswith("facet_")]
        assert labels and not any("![" in label or "](" in label or "<b>" in label for label in labels)
    if page == "home":
        assert NAME in text


def test_a_failed_run_cannot_smuggle_markdown_into_its_sentence(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-bad", state="failed", error="![x](http://evil.invalid/z.png) is **not** a file")
    app = open_page()
    assert all("![x](" not in error.value for error in app.error) and app.error
