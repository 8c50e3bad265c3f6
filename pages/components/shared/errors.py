"""Messages to users: errors, warnings and hints, one sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.app_log import LOG, one_line
from lraln_core.views.highlight import plain_markdown


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show LralnError as a message in place; any other exception is a bug and is raised on."""
    try:
        yield
    except LralnError as error:
        complain(str(error))


def complain(message: str) -> None:
    """An error that the user can correct."""
    LOG.warning("refused: %s", one_line(message))
    st.error(plain_markdown(message), icon=":material/error:")


def warn(message: str) -> None:
    """A warning."""
    st.warning(plain_markdown(message), icon=":material/warning:")


def tell(message: str) -> None:
    """A hint."""
    st.info(plain_markdown(message), icon=":material/info:")
