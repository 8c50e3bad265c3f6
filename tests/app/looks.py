"""What a reader would see of an AppTest."""

from __future__ import annotations

from html.parser import HTMLParser

from streamlit.testing.v1 import AppTest

OUR_TAGS = frozenset(
    "p b i br bdi span div article sup mark a details summary ol ul li style table thead tbody tr th td section h2 sub img".split()
)
OUR_ATTRIBUTES = frozenset(
    "class title dir lang style href target aria-label aria-current aria-hidden data-testid scope value src alt".split()
)

OUR_IMAGE = "data:image/svg+xml;base64,"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.strange += [tag] if tag not in OUR_TAGS else []
        self.strange += [f"{tag} {name}" for name, _ in attrs if name not in OUR_ATTRIBUTES]
        # An image is one of our own drawings, inside the page: nothing is fetched.
        self.strange += [f"{tag} src" for name, value in attrs if name == "src" and not (value or "").startswith(OUR_IMAGE)]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def html_text(app: AppTest) -> str:
    """The text of all HTML of a page. Fails when there is a tag or attribute that is not ours."""
    reader = _Reader()
    for element in app.html:
        if not element.value.startswith("<style>"):
            reader.feed(element.value)
    assert not reader.strange, reader.strange
    return "".join(reader.text)


def sentences(app: AppTest) -> str:
    """Everything that is written outside HTML: headings, Markdown, messages, labels."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success", "metric", "button")
    parts = [
        part for kind in kinds for element in getattr(app, kind) for part in (getattr(element, "value", ""), getattr(element, "label", ""))
    ]
    return "\n".join(str(part) for part in parts)


def assert_sound(app: AppTest) -> None:
    """No traceback, no error message."""
    assert not app.exception, [element.message for element in app.exception]
    assert not app.error, [element.value for element in app.error]
