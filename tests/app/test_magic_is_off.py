"""A text that stands alone in a page's code is a comment to its readers, not a line on the page."""

import ast
import tomllib

from lraln_core.files.workspace import PROJECT


def test_streamlit_shows_no_lone_expressions():
    settings = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["magicEnabled"] is False


def test_pages_have_no_lone_texts():
    for path in [PROJECT / "app.py", *(PROJECT / "pages").glob("*.py")]:
        lone = [
            node.lineno
            for node in ast.parse(path.read_text(encoding="utf-8")).body[1:]
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]
        assert not lone, f"{path.name}: {lone}"
