"""Examples for papers: every format holds the words, escaped, and the citation identifies the run."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lraln_core.errors import ConfigError
from lraln_core.exchange.citation import bibtex, citation, run_hash
from lraln_core.exchange.paper_examples import PaperFormat, paper_examples
from lraln_core.store.database import open_database
from lraln_core.store.queries.pairs import MinedPair, pairs_by_id
from lraln_core.store.queries.runs import RunRecord, one_run
from lraln_core.store.sync import sync
from tests.store.store_folders import pair, write_corpus, write_run


@pytest.fixture
def found(workspace) -> tuple[RunRecord, list[MinedPair]]:
    write_corpus(workspace, "c-mk", "mk", [["Река", "&", "\\x", "{тече}", "."], ["שלום", "עולם", "רב"]])
    write_corpus(workspace, "c-en", "en", [["The", "river", "<b>", "100%", "."], ["a_b", "peace", "$"]])
    pairs = [pair(0, (0, 0), (0, 1), 0.9, tokens=("Река", "river")), pair(0, (1, 0), (1, 1), 0.8, tokens=("שלום", "peace"))]
    write_run(workspace, pairs=[pairs])
    db = open_database(workspace)
    sync(db, workspace)
    yield one_run(db, "run-1"), pairs_by_id(db, "run-1", [0, 1])
    db.close()


GLOSSARY = {"река": ("river",), "{тече}": ("flows", "runs_on")}


def test_the_table_has_the_words_in_bold_and_everything_else_escaped(found) -> None:
    text = paper_examples(*found, "latex")
    assert r"\textbf{Река} \& \textbackslash{}x \{тече\} . & The \textbf{river} \textless{}b\textgreater{} 100\% . \\" in text
    assert text.count(r"\textbf{") == 4 and r"\toprule" in text and text.startswith("% lraln ")
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(("format", "gloss"), [("gb4e", r"\ex \glll "), ("expex", r"\gla ")])
def test_interlinear_lines_have_one_cell_a_word(found, format: str, gloss: str) -> None:
    text = paper_examples(*found, format, glossary=GLOSSARY, latin=True)
    assert gloss in text and "no translation" in text
    rows = [line for line in text.splitlines() if "Reka" in line or r"{\textbf{Река}}" in line or "{flows / runs" in line]
    assert len(rows) == 3
    cells = [len(re.findall(r"\{(?:[^{}]|\{[^{}]*\}|\\[{}])*\}", re.sub(r"\\(gla|glb|glc|glll|ex)", "", row))) for row in rows]
    assert len(set(cells)) == 1, rows
    assert r"runs\_on" in text


def test_without_lines_gb4e_has_the_sentence(found) -> None:
    assert r"\ex \textbf{Река} \& " in paper_examples(*found, "gb4e")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


def test_html_and_svg_hold_no_tag_of_the_texts(found) -> None:
    tags = _Tags()
    tags.feed(paper_examples(*found, "html", glossary=GLOSSARY, latin=True))
    assert "b" not in tags.found and tags.found.count("tr") == 3
    root = ElementTree.fromstring(paper_examples(*found, "svg", glossary=GLOSSARY))
    texts = [(one.text, one.get("font-weight"), one.get("direction")) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert ("Река", "bold", None) in texts and ("<b>", None, None) in texts and ("שלום", "bold", "rtl") in texts


def test_a_pair_whose_corpus_was_removed_is_its_words(found) -> None:
    run, pairs = found
    one = pairs[0]
    bare = MinedPair(one.run_id, one.link, 0, 0, 0, (), (), "", "", one.links)
    for format in PaperFormat:
        text = paper_examples(run, [bare], format, glossary=GLOSSARY)
        assert "Река" in text and "river" in text


def test_an_unknown_format_is_refused(found) -> None:
    with pytest.raises(ConfigError, match="gb4e"):
        paper_examples(*found, "pdf")


def test_the_hash_does_not_depend_on_names_and_paths(found) -> None:
    run, _ = found
    moved = run.config | {"name": "other", "src": run.config["src"] | {"corpus": "/elsewhere/mk.txt"}}
    assert run_hash(replace(run, config=moved, name="other")) == run_hash(run)
    assert run_hash(replace(run, config=run.config | {"seed": 8})) != run_hash(run)
    assert run_hash(replace(run, src_corpus="other")) != run_hash(run)


def test_the_citation_names_what_is_needed_to_repeat_the_run(found) -> None:
    run, _ = found
    text = citation(run)
    assert all(part in text for part in ("run-1", run_hash(run), "seed 7", "torch 2", "encoder tiny", "2 word pairs"))
    entry = bibtex(run)
    assert entry.startswith("@misc{lraln-run-1,") and "year = {2026}" in entry and entry.count("{") == entry.count("}")
