"""Import of a run that was exported on another computer."""

from __future__ import annotations

import streamlit as st

from lraln_core.exchange.unpack import unpack_run
from lraln_core.store.sync import problems
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.shared.errors import complain, errors_shown
from pages.components.shared.store import Store

MEGABYTES = 200
_IMPORTED = "run_just_imported"


def run_import(store: Store) -> None:
    """A collapsed upload; the imported run is in the list of runs at once."""
    imported = st.session_state.pop(_IMPORTED, None)
    if imported:
        st.success(plain_markdown(imported[0]), icon=":material/check_circle:")
        st.page_link("pages/launch.py", label="Open it", icon=":material/show_chart:", query_params={"run": imported[1]})
    with st.expander("Import a run from another computer", icon=":material/unarchive:"):
        file = st.file_uploader(
            "Archive of a run (.lraln.zip)",
            type=["zip"],
            key="run_import_file",
            max_upload_size=MEGABYTES,
            help="Made on the other computer under Export. Every file is checked before the import; runs that are already "
            f"here are never changed. For archives of more than {MEGABYTES} MB: python -m lraln_core import FILE",
        )
        if st.button("Import", key="run_import", type="primary", icon=":material/unarchive:", disabled=file is None):
            with errors_shown(), st.spinner("Checking the archive"):
                file.seek(0)
                found = unpack_run(file, store.workspace)
                store.refresh(now=True)
                left_out = {row.id: row.reason for row in problems(store.db).itertuples()}
                if found.run_id in left_out:
                    complain(left_out[found.run_id])
                    return
                corpora = f" with {plain.count(len(found.corpora), 'corpus', 'corpora')}" if found.corpora else ""
                outcome = f"was imported{corpora}" if found.is_new else "is already here, with the same content"
                st.session_state[_IMPORTED] = f"The run {found.run_id} {outcome}.", found.run_id
                st.rerun()
