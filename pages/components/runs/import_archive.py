"""Taking in a run that another computer packed."""

from __future__ import annotations

import streamlit as st

from lraln_core.exchange.unpack import unpack_run
from lraln_core.store.sync import problems
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.shared.errors import complain, errors_shown
from pages.components.shared.store import Store

MEGABYTES = 200
_SAID = "run_just_imported"


def run_import(store: Store) -> None:
    """A folded upload; what came in stands in the list of runs at once."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(plain_markdown(said[0]), icon=":material/check_circle:")
        st.page_link("pages/launch.py", label="Look at it", icon=":material/show_chart:", query_params={"run": said[1]})
    with st.expander("Take in a run from another computer", icon=":material/unarchive:"):
        file = st.file_uploader(
            "Archive of a run (.lraln.zip)",
            type=["zip"],
            key="run_import_file",
            max_upload_size=MEGABYTES,
            help="Made on the other computer under Take it with you. It is checked file by file before anything is taken in; runs that are "
            f"here are never changed. For archives of more than {MEGABYTES} MB: python -m lraln_core import FILE",
        )
        if st.button("Take it in", key="run_import", type="primary", icon=":material/unarchive:", disabled=file is None):
            with errors_shown(), st.spinner("Checking the archive"):
                file.seek(0)
                found = unpack_run(file, store.workspace)
                store.refresh(now=True)
                left_out = {row.id: row.reason for row in problems(store.db).itertuples()}
                if found.run_id in left_out:
                    complain(left_out[found.run_id])
                    return
                corpora = f" with {plain.count(len(found.corpora), 'corpus', 'corpora')}" if found.corpora else ""
                told = f"was taken in{corpora}" if found.is_new else "is here already, just the same"
                st.session_state[_SAID] = f"The run {found.run_id} {told}.", found.run_id
                st.rerun()
