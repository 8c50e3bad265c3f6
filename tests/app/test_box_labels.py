"""A select box keeps its choice when labels are alike, and when they change while somebody looks at them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lraln_core.files.workspace import Workspace
from lraln_core.views import plain
from tests.app.conftest import OpenPage
from tests.app.workspaces import add_run

OLD = "An old label"


def box() -> None:
    import streamlit as st

    from pages.components.shared.address import choose

    if "sent" in st.session_state:
        st.session_state["box"] = st.session_state.pop("sent")
    labels = st.session_state.get("given", {"a": "one", "b": "one", "c": "two"})
    chosen = choose(list(labels), labels.__getitem__, param="run", key="box", label="Run", help="")
    st.text(chosen)


def chosen(app: AppTest) -> str:
    assert not app.exception
    return app.text[0].value


def test_options_with_one_label_can_each_be_chosen() -> None:
    app = AppTest.from_function(box).run()
    assert app.selectbox(key="box").options == ["one · a", "one · b", "two"]
    for option in "bca":
        assert chosen(app.selectbox(key="box").set_value(option).run()) == option


def test_a_choice_that_comes_back_under_the_label_it_had_is_kept() -> None:
    app = AppTest.from_function(box)
    app.session_state["given"] = {"a": "one, 1 minute ago", "b": "two, 1 minute ago"}
    app.run()
    app.selectbox(key="box").set_value("b").run()
    for minutes in (2, 3, 4):
        app.session_state["given"] = {"a": f"one, {minutes} minutes ago", "b": f"two, {minutes} minutes ago"}
        app.session_state["sent"] = "two, 1 minute ago"  # what Streamlit makes of a label that is no longer among the options
        assert chosen(app.run()) == "b"


def test_a_label_that_nobody_was_shown_chooses_the_first() -> None:
    app = AppTest.from_function(box).run()
    app.session_state["sent"] = OLD
    assert chosen(app.run()) == "a"


@pytest.mark.parametrize("page", ["pairs", "retrieval", "launch", "compare"])
def test_two_runs_that_look_alike_are_told_apart(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(plain, "ago", lambda *_: "2 days ago")
    add_run(app_workspace, "run-one", minutes=1)
    add_run(app_workspace, "run-two", minutes=2)
    app = open_page(page, run="run-one")
    picker = next(one for one in app.selectbox if one.value in ("run-one", "run-two"))
    assert len(set(picker.options)) == 2
    for run in ("run-two", "run-one"):
        app = app.selectbox(key=picker.key).set_value(run).run()
        assert app.selectbox(key=picker.key).value == run and app.query_params["run"] == run
