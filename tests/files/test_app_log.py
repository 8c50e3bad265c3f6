"""The app's log: bounded, one line an entry, whatever the text."""

import pytest

from lraln_core.files import app_log
from lraln_core.files.app_log import LOG, one_line


@pytest.fixture
def log(workspace):
    app_log.start(workspace)
    yield workspace.root / "app.log"
    for handler in list(LOG.handlers):
        LOG.removeHandler(handler)
        handler.close()


def test_the_log_stays_small(log, monkeypatch, workspace):
    monkeypatch.setattr(app_log, "BYTES", 2000)
    app_log.start(workspace)
    for number in range(500):
        LOG.info("entry %d", number)
    files = sorted(path.name for path in log.parent.glob("app.log*"))
    assert files == ["app.log", "app.log.1", "app.log.2"]
    assert all(path.stat().st_size <= 2000 for path in log.parent.glob("app.log*"))
    assert log.read_text().splitlines()[-1].endswith("INFO entry 499")


def test_starting_twice_writes_once(log, workspace):
    app_log.start(workspace)
    LOG.info("once")
    assert log.read_text().count("once") == 1


@pytest.mark.parametrize("text", ["a\nINFO b", "tab\there", "\u2028", "half \ud800", "\x1b[31m"])
def test_foreign_text_stays_on_its_line(log, text):
    LOG.warning("refused: %s", one_line(text))
    (line,) = log.read_text(encoding="utf-8").splitlines()
    assert "refused: " in line and "\x1b" not in line


def test_plain_text_stays_as_it_is():
    assert one_line("Реката, नदी") == "Реката, नदी"
