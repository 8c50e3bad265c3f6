"""Requests from other pages of the browser are refused: by Host, by Origin, over HTTP and the WebSocket, on a real server."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lraln_core.errors import ConfigError
from lraln_core.files.workspace import PROJECT, Workspace
from pages.components.server import options
from pages.components.server.hosts import Address, address, is_own_host, is_own_origin
from tests.app.conftest import OpenPage
from tests.app.servers import CHROMIUM, ELEMENT_SECONDS, Served, launch, serve

# P is the port of the app. (Host, Origin, HTTP status of a page, HTTP status of the WebSocket); None leaves the header out.
COMBINATIONS = [
    ("127.0.0.1:P", "http://127.0.0.1:P", 200, 101),
    ("localhost:P", "http://localhost:P", 200, 101),
    ("LOCALHOST:P", "http://localhost:P", 200, 101),
    ("localhost:P", "http://127.0.0.1:P", 200, 101),
    ("[::1]:P", "http://[::1]:P", 200, 101),
    ("127.0.0.1:P", None, 200, 403),
    ("words.example:P", "http://words.example:P", 200, 101),  # allowed by option
    ("words.example", "http://words.example", 200, 101),
    ("words.example:9", "http://words.example:P", 403, 403),
    ("evil.example:P", "http://evil.example:P", 403, 403),
    ("evil.example:P", None, 403, 403),
    ("127.0.0.1:P", "http://evil.example:P", 403, 403),
    ("127.0.0.1:P", "http://127.0.0.1:9999", 403, 403),
    ("127.0.0.1:P", "http://evil.example@127.0.0.1:P", 403, 403),
    ("127.0.0.1:P", "http://127.0.0.1:P@evil.example", 403, 403),
    ("127.0.0.1:P", "http://127.0.0.1", 403, 403),
    ("127.0.0.1:P", "null", 403, 403),
    ("127.0.0.1:P", "", 403, 403),
    ("127.0.0.1:9999", "http://127.0.0.1:9999", 403, 403),
    ("127.0.0.1", "http://127.0.0.1:P", 403, 403),
    ("127.0.0.1.evil.example:P", "http://127.0.0.1.evil.example:P", 403, 403),
    ("evil.localhost:P", "http://evil.localhost:P", 403, 403),
    ("0.0.0.0:P", "http://0.0.0.0:P", 403, 403),
    ("127.0.0.1:P", "file://127.0.0.1:P", 403, 403),
]
PATHS = ("/", "/pairs", "/favicon.png", "/_stcore/health", "/_stcore/host-config", "/media/none.csv")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("guard"), "--allow-host", "words.example") as served:
        yield served


def _answer(app: Served, path: str, headers: list[tuple[str, str | None]]) -> str:
    """Status line and headers of one raw request."""
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value.replace('P', str(app.port))}" for name, value in headers if value is not None)]
    with socket.create_connection(("127.0.0.1", app.port), timeout=ELEMENT_SECONDS) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        received = b""
        while b"\r\n\r\n" not in received and (more := connection.recv(4096)):
            received += more
    return received.decode("latin-1")


def _status(app: Served, path: str, host: str | None, origin: str | None, *, upgrade: bool = False) -> int:
    headers = [("Host", host), ("Origin", origin)]
    if upgrade:
        key = base64.b64encode(b"0123456789abcdef").decode()
        headers += [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)]
    else:
        headers += [("Connection", "close")]
    return int(_answer(app, path, headers).split()[1])


@pytest.mark.parametrize(("host", "origin", "page", "websocket"), COMBINATIONS)
def test_only_own_names_and_origins_are_answered(app: Served, host: str, origin: str | None, page: int, websocket: int) -> None:
    assert _status(app, "/", host, origin) == page
    assert _status(app, "/_stcore/stream", host, origin, upgrade=True) == websocket


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_behind_the_guard(app: Served, path: str) -> None:
    assert _status(app, path, "evil.example:P", None) == 403
    assert _status(app, path, "127.0.0.1:P", "http://evil.example") == 403


def test_two_host_headers_are_refused(app: Served) -> None:
    answer = _answer(app, "/", [("Host", "127.0.0.1:P"), ("Host", "evil.example:P"), ("Connection", "close")])
    assert answer.split()[1] in ("400", "403")


def test_every_answer_says_how_it_may_be_used(app: Served) -> None:
    for host in ("127.0.0.1:P", "evil.example:P"):
        answer = _answer(app, "/", [("Host", host), ("Connection", "close")]).lower()
        assert "x-frame-options: deny" in answer
        assert "x-content-type-options: nosniff" in answer
        assert "frame-ancestors 'none'" in answer
        assert "default-src 'none'" in answer
        scripts = re.search(r"script-src ([^;]*)", answer)
        assert scripts and "unsafe" not in scripts[1] and "*" not in scripts[1]


def test_an_option_that_cannot_be_read_is_one_sentence() -> None:
    for arguments in (["--allow-host", "http://evil.example"], ["--allow-local-files", "/no/such/folder"], ["--unknown"]):
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0", "--", *arguments]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=ELEMENT_SECONDS, env=os.environ)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("app.py: ")


def test_a_mapped_name_shows_nothing_in_a_browser(app: Served) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; .ci/run installs it")
    browser = launch("--host-resolver-rules=MAP * 127.0.0.1", "--no-proxy-server")
    try:
        page = browser.new_page()
        answer = page.goto(f"http://evil.example:{app.port}/corpora")
        assert answer is not None and answer.status == 403
        assert "does not answer under that name" in page.inner_text("body")
        assert page.locator("script").count() == 0
        page.goto(f"http://words.example:{app.port}/corpora")  # the same mapping, and a name that was allowed
        page.get_by_role("heading", name="Corpora").first.wait_for(timeout=ELEMENT_SECONDS * 1000)
    finally:
        browser.close()


def test_headers_are_read_strictly() -> None:
    assert address("LocalHost:8501") == Address("localhost", 8501)
    assert address("[::1]") == Address("[::1]", None)
    for text in (
        "",
        ":8501",
        "localhost:",
        "localhost:0",
        "a@localhost",
        "localhost/x",
        "localhost:8501 ",
        "localhost\n",
        "١.example",
        "-a",
    ):
        assert address(text) is None, text
    assert is_own_host("localhost", "http", 80)
    assert is_own_host("localhost", "https", 443)
    assert not is_own_host("localhost", "http", 8501)
    assert is_own_origin("https://words.example", 8501, [Address("words.example", 443)])
    assert not is_own_origin("http://words.example", 8501, [Address("words.example", 443)])


def test_files_by_path_are_off_and_stay_inside_the_folder(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "texts", tmp_path / "secret.txt"
    inside.mkdir()
    (inside / "a.txt").write_text("a", encoding="utf-8")
    outside.write_text("b", encoding="utf-8")
    (inside / "link.txt").symlink_to(outside)
    monkeypatch.delenv(options.LOCAL_FILES, raising=False)
    workspace = Workspace(tmp_path / "workspace")
    with pytest.raises(ConfigError, match="--allow-local-files"):
        options.local_file(str(inside / "a.txt"))
    options.require_readable({"train": {"parallel": "", "name": "a/b"}, "x": [str(workspace.root / "uploads" / "a.txt")]}, workspace)
    with pytest.raises(ConfigError, match="--allow-local-files"):
        options.require_readable({"train": [{"parallel": str(outside)}]}, workspace)
    monkeypatch.setenv(options.LOCAL_FILES, str(inside))
    assert options.local_file(str(inside / "a.txt")) == inside / "a.txt"
    for text in (str(outside), str(inside / ".." / "secret.txt"), str(inside / "link.txt"), "/etc/hostname"):
        with pytest.raises(ConfigError, match="outside"):
            options.local_file(text)
    for text in ("a.txt", "\x00", "~no_such_user_/a", ""):
        with pytest.raises(ConfigError):
            options.local_file(text)


def test_pages_offer_no_path_unless_it_is_allowed(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(options.LOCAL_FILES, raising=False)
    app = open_page("corpora")
    assert not app.exception
    assert not [box for box in app.text_input if box.key == "corpus_path"]
    assert any("--allow-local-files" in note.value.replace("\\", "") for note in app.info)
    app = open_page("suite")
    app.button_group(key="suite_source").set_value("A suite file").run()
    assert not [box for box in app.text_input if box.key == "suite_path"]
    app = open_page("launch")
    app.text_input(key="launch.development.parallel").set_value("/etc/hostname").run()
    app.button(key="launch_start").click().run()
    assert not app.exception and "switched off" in app.error[0].value.replace("\\", "")
