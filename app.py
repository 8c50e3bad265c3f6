"""The app; start it with `streamlit run app.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from pages.components.navigation import draw_app
from pages.components.server import guard, options

if __name__ == "__main__":
    draw_app()
else:
    # `streamlit run app.py` finds this object and serves it; each visit then runs this file as a script.
    app = st.App(__file__, middleware=guard.middleware(options.read(Path(__file__), sys.argv)))
