"""One list of terms: every page uses it, and the glossary of the documentation is made from it."""

from __future__ import annotations

import ast
from collections import Counter

from lraln_core.files.workspace import PROJECT
from lraln_core.views.terms import TERMS, glossary


def names_used() -> set[str]:
    """Every term that a page asks for by a literal name."""
    found = set()
    for path in (PROJECT / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("meaning", "what_is"):
                found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_every_term_that_a_page_asks_for_is_listed() -> None:
    used = names_used()
    assert len(used) > 25
    assert used <= set(TERMS)


def test_a_concept_has_one_name_and_a_whole_sentence() -> None:
    repeated = {title for title, count in Counter(term.title for term in TERMS.values()).items() if count > 1}
    assert repeated <= {"Precision"}  # of pairs and of named entities
    assert all(term.meaning.endswith(".") and term.meaning[0].isupper() or term.meaning[0].isdigit() for term in TERMS.values())


def test_the_glossary_of_the_documentation_is_up_to_date() -> None:
    written = (PROJECT / "docs/glossary.md").read_text(encoding="utf-8")
    assert written == glossary(), "run python -m lraln_core.views.terms > docs/glossary.md"
