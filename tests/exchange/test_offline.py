"""A run as one HTML file: every pair is in it once, hostile text stays text, and nothing is fetched.

Its filters are tried in a browser in tests/app/test_offline_page.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re

from lraln_core.exchange.offline import offline_html, write_offline
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pairs import count_pairs
from lraln_core.store.sync import sync
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run


def _data(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL).group(1))


def test_every_pair_is_in_the_file_once_with_its_sentences(db, workspace, tmp_path) -> None:
    add_run(workspace, "run-one")
    sync(db, workspace)
    path = tmp_path / "run.html"
    written = write_offline(db, "run-one", path)
    data = _data(path.read_text(encoding="utf-8"))
    assert written == len(data["pairs"]) == data["all"] == count_pairs(db, PairFilter("run-one", letters_only=True)) == 6
    first = data["pairs"][0]  # the most similar: 0.93
    assert first[4:] == [0.93, 1, 1, 1]
    assert (data["src"]["sentences"][first[0]][0][first[1]], data["trg"]["sentences"][first[2]][0][first[3]]) == ("книга", "book")


def test_the_number_of_pairs_can_be_limited_to_the_most_similar(db, workspace) -> None:
    add_run(workspace, "run-one")
    sync(db, workspace)
    data = _data(offline_html(db, "run-one", most=2))
    assert [pair[4] for pair in data["pairs"]] == [0.93, 0.91] and data["all"] == 6


def test_hostile_text_cannot_leave_the_data_and_only_our_script_runs(db, workspace) -> None:
    add_run(workspace, "run-one", texts=HOSTILE, name=NAME)
    sync(db, workspace)
    html = offline_html(db, "run-one")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 2 and html.count("<script") == 2 and "<" not in scripts[0]
    digest = base64.b64encode(hashlib.sha256(scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html and "default-src 'none'" in html
    assert "innerHTML" not in scripts[1]
    assert not re.search(r"""(src|href)=["']?https?:""", html)
