"""Pages are drawn inside the frame of app.py, however the visitor came in."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from streamlit.navigation.page import Page

_inside: ContextVar[bool] = ContextVar("inside_the_app", default=False)


def run(page: Page) -> None:
    """Run the chosen page; for app.py."""
    token = _inside.set(True)
    try:
        page.run()
    finally:
        _inside.reset(token)


def show(main: Callable[[], None]) -> None:
    """Draw a page; for the last line of its file.

    Until the first call of st.navigation in a server process, Streamlit takes the folder pages/ for the old kind of
    multipage app and runs the file of a deep link alone. Then app.py is run, which comes back here.
    """
    if _inside.get():
        main()
        return
    import app

    app.main()
