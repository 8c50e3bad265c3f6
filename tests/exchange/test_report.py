"""The report of a run: one file that shows everything, runs nothing and fetches nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from lraln_core.errors import RunError
from lraln_core.exchange.report import report_html, write_report
from lraln_core.files.atomic import read_json, write_json
from lraln_core.store.sync import sync
from tests.app.test_hostile_text import HOSTILE, NAME, SRC
from tests.app.workspaces import add_run

VOID = {"meta", "br", "link", "img", "input", "hr"}
DRAWING = {"svg", "g", "path", "line", "text", "rect", "defs", "clippath", "circle", "tspan", "title", "use", "stop", "lineargradient"}
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "h1",
    "h2",
    "p",
    "b",
    "br",
    "bdi",
    "div",
    "span",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "article",
    "mark",
    "sup",
    "pre",
    "details",
    "summary",
} | DRAWING


class Page(HTMLParser):
    """Tags, attributes and text; whether every element is closed."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


def sound(html: str) -> str:
    """The text of a report, after it was found to be whole and to fetch nothing."""
    page = Page(html)
    assert not page.open and page.tags <= OURS, page.tags - OURS
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "srcset", "action")]
    addresses = set(re.findall(r"https?://[^\s\"'<)]*", " ".join(value for _, value in page.attributes)))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style and "prefers-color-scheme: dark" in style
    assert "default-src 'none'" in html and "<script" not in html.lower()
    return "".join(page.text)


def test_a_report_shows_configuration_figures_and_pairs(db, workspace):
    add_run(workspace, "run-one", name="My run")
    sync(db, workspace)
    html = report_html(db, "run-one")
    text = sound(html)
    for part in (
        "My run",
        "50.0\xa0%",
        "75.0\xa0%",
        "25.0 to 75.0",
        "+25.0\xa0points",
        "A made-up warning.",
        "Војската",
        "book",
        "Macedonian → English",
        "src.language",
        "load_file",
        "run-one",
    ):
        assert part in text, part
    assert html.count("<svg") >= 3 and "currentColor" in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_hostile_text_stays_text(db, workspace):
    add_run(workspace, "run-one", texts=HOSTILE, name=NAME)
    sync(db, workspace)
    text = sound(report_html(db, "run-one"))
    assert NAME in text and SRC[0].split()[0] in text


def test_a_hostile_configuration_stays_text(db, workspace):
    folder = add_run(workspace, "run-one")
    config = read_json(folder.config) | {"<script>alert(1)</script>": "<img src=x onerror=alert(1)>"}
    config["src"]["language"] = '"><script>alert(3)</script>'
    write_json(folder.config, config)
    sync(db, workspace)
    sound(report_html(db, "run-one"))


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_run_that_stopped_has_a_report_too(db, workspace, state):
    add_run(workspace, "run-one", state=state, error="It ended <b>badly</b>." if state == "failed" else None)
    sync(db, workspace)
    text = sound(report_html(db, "run-one"))
    assert state in text and (state != "failed" or "It ended <b>badly</b>." in text)


def test_a_run_without_test_or_corpora(db, workspace):
    import shutil

    add_run(workspace, "run-one", tested=False)
    shutil.rmtree(workspace.corpora)
    sync(db, workspace)
    assert "no test set" in sound(report_html(db, "run-one"))


def test_paths_of_this_computer_are_not_in_it(db, workspace, tmp_path):
    add_run(workspace, "run-one")
    sync(db, workspace)
    write_report(db, "run-one", tmp_path / "r.html")
    assert str(workspace.root) not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_an_unknown_run_is_one_sentence(db, workspace, tmp_path):
    with pytest.raises(RunError):
        write_report(db, "none", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
