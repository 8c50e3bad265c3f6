"""For teachers: the presenter mode, worksheets with keys, and the question bank."""

from __future__ import annotations

import streamlit as st

from lraln_core.files.workspace import Workspace
from lraln_core.lesson import worksheet
from pages.components.guide.frame import open_lesson
from pages.components.shared.address import BOUND

SHEETS = 99
# Without the navigation and with larger type; one style for every page element, as sizes are relative to the root.
PRESENTER = """<style>
html { font-size: 20px; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"] { display: none !important; }
[data-testid="stMainBlockContainer"] { max-width: none !important; padding-top: 0.6rem !important; }
</style>"""


def for_teachers(pair: str, workspace: Workspace | None) -> None:
    """A popover; the workspace is None while the lesson is not prepared."""
    with st.popover("For teachers", icon=":material/co_present:", type="tertiary", key="guide_teachers"):
        present = st.toggle(
            "Presenter mode",
            key="present",
            help="No navigation and large type, for a projector. It stays in the address.",
            **BOUND,
        )
        if workspace is not None:
            _sheets(pair, workspace)
    if present:
        st.html(PRESENTER)


def _sheets(pair: str, workspace: Workspace) -> None:
    number = st.number_input(
        "Worksheet",
        min_value=1,
        max_value=SHEETS,
        value=1,
        key="guide_sheet",
        help="Each number is another sheet; its key has the same number.",
    )
    opened = lambda: open_lesson(pair, workspace)
    for label, made, name, mime, icon in (
        ("Worksheet", lambda: worksheet.worksheet_html(opened(), number), f"worksheet-{pair}-{number}.html", "text/html", "description"),
        ("Key", lambda: worksheet.key_html(opened(), number), f"key-{pair}-{number}.html", "text/html", "key"),
        ("Question bank (GIFT)", lambda: worksheet.gift(worksheet.bank(opened())), f"questions-{pair}.gift", "text/plain", "quiz"),
    ):
        st.download_button(
            label,
            data=lambda made=made: made().encode("utf-8"),
            file_name=name,
            mime=mime,
            on_click="ignore",
            key=f"guide_take_{icon}",
            icon=f":material/{icon}:",
            help="One page to print." if mime == "text/html" else "For Moodle and other learning platforms that import GIFT.",
        )
