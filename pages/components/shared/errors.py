"""A sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.app_log import LOG, one_line
from lraln_core.views.highlight import plain_markdown


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the project's own errors where they happen; everything else is a fault and goes on."""
    try:
        yield
    except LralnError as error:
        complain(str(error))


def complain(message: str) -> None:
    """An error that the user can do something about."""
    LOG.warning("refused: %s", one_line(message))
    st.error(plain_markdown(message), icon=":material/error:")


def warn(message: str) -> None:
    """Something to look at."""
    st.warning(plain_markdown(message), icon=":material/warning:")


def tell(message: str) -> None:
    """Something to know."""
    st.info(plain_markdown(message), icon=":material/info:")
