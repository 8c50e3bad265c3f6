"""What people and attackers do by hand: outputs over devices and links, foreign Host headers, absurd options, a damaged database."""

from __future__ import annotations

import contextlib
import io
import os
import random
import stat
from collections.abc import Iterator
from pathlib import Path

from benchmarks.robustness.malformed.damage import HOSTILE, VALUES, damage
from benchmarks.robustness.malformed.entry_points import EntryPoint
from lraln_core.cli import arguments as checks
from lraln_core.cli.main import build_parser
from lraln_core.encoder import ccwr_cache
from lraln_core.errors import ConfigError
from lraln_core.files.atomic import write_json
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.runs.jobs import queue
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.sync import sync
from pages.components.server.hosts import Address, is_own_host, is_own_origin
from tests.store.store_folders import write_sample

PORT = 8501
OWN = {f"{name}:{PORT}" for name in ("localhost", "127.0.0.1", "[::1]")} | {"words.example", f"words.example:{PORT}"}
NAMES = ("localhost", "127.0.0.1", "[::1]", "words.example", "evil.example", "127.0.0.1.evil.example", "0.0.0.0", "2130706433", "::1", "")
KINDS = ("new", "regular", "pipe", "link", "dangling", "loop", "folder", "through a file", "through a loop")
TEXT = str(SAMPLE_DATA / "corpora" / "mk.txt")
COMMANDS = (
    ["mine", "--src", TEXT, "--trg", TEXT, "--src-lang", "mk", "--trg-lang", "en", "--out", "OUT"],
    ["evaluate", "--parallel", TEXT, "--src-lang", "mk", "--trg-lang", "en"],
    ["run", "--sample", "mk-en", "--run-dir", "OUT"],
    ["export", "--run", "x", "--out", "OUT"],
    ["extend", "--corpus", TEXT, "--lang", "mk", "--out", "OUT"],
    ["suite", "--sample", "--out", "OUT"],
)
OPTIONS = ("--threads", "--seed", "--mining-k", "--threshold", "--sample-size", "--csls-k", "--bootstrap-samples", "--layer", "--iteration",
           "--min-similarity", "--new-pieces", "--mlm-steps", "--set", "--no-such-option")  # fmt: skip


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """All of them."""
    yield EntryPoint("output file", "new", _write, lambda rng: rng.choice([*KINDS[2:], *map(str, HOSTILE)]), KINDS[2:])
    yield EntryPoint("Host and Origin", (f"localhost:{PORT}", f"http://localhost:{PORT}"), _request, _headers, share=3)
    yield EntryPoint("arguments of a command", [*COMMANDS[0][:-1], "new"], _command, _arguments, share=2)
    yield EntryPoint("numbers in the environment", "2", _environment, lambda rng: str(rng.choice([*HOSTILE, *map(str, VALUES)])))
    yield _database(root)


def _write(kind: str, place: Path) -> object:
    """Only a free name or a regular file is written; everything else stays what it was."""
    path = place / "out"
    (place / "target").write_text("kept")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind in ("link", "dangling", "loop"):
        path.symlink_to({"link": place / "target", "dangling": place / "absent", "loop": path}[kind])
    elif kind == "folder":
        path.mkdir()
    elif kind == "through a file":
        path = place / "target" / "out"
    elif kind == "through a loop":
        (place / "loop").symlink_to(place / "loop")
        path = place / "loop" / "out"
    elif kind not in KINDS:
        path = place / Path(kind).name
    before = os.lstat(path) if kind in KINDS[2:7] else None
    try:
        return write_json(path, {"x": 1})
    finally:
        if before is not None and (os.lstat(path).st_ino, os.lstat(path).st_mode) != (before.st_ino, before.st_mode):
            raise AssertionError(f"a {kind} was replaced")
        if (place / "target").read_text() != "kept" or not stat.S_ISREG(os.lstat(place / "target").st_mode):
            raise AssertionError("a file behind a link was changed")


def _request(headers: tuple[str, str], place: Path) -> object:
    """Accepted is only what stands in a list by hand."""
    host, origin = headers
    allowed = [Address("words.example", None)]
    accepted = is_own_host(host, "http", PORT, allowed), is_own_origin(origin, PORT, allowed)
    scheme, _, rest = origin.partition("://")
    right = host.lower() in OWN, scheme.lower() in ("http", "https") and rest.lower() in OWN
    if accepted != right:
        raise AssertionError(f"accepted {accepted}, right would be {right}")
    if not all(accepted):
        raise ConfigError("The request is refused.")
    return accepted


def _headers(rng: random.Random) -> tuple[str, str]:
    def name() -> str:
        port = rng.choice(("", ":", f":{PORT}", f":{PORT}", ":9999", ":0", f":0{PORT}0", ":٨٥٠١", f":{PORT}/x", f":{PORT}@evil.example"))
        text = rng.choice(("", "", "", "evil.example@", " ", "user:word@")) + rng.choice(NAMES) + port
        return text.upper() if rng.random() < 0.1 else text

    return name(), rng.choice(("http://", "https://", "http://", "file://", "", "null", "http:/", "ws://")) + name()


def _command(arguments: list[str], place: Path) -> object:
    """Options are parsed and outputs checked, as before any work."""
    arguments = [str(place / argument) if argument in ("OUT", *KINDS) else argument for argument in arguments]
    (place / "regular").write_text("kept")
    (place / "folder").mkdir()
    (place / "loop").symlink_to(place / "loop")
    os.mkfifo(place / "pipe")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            return checks.check_paths(build_parser().parse_args(arguments), Workspace(place))
    except SystemExit as ended:
        if ended.code == 0:
            return None
        raise ConfigError(said.getvalue()[-500:] or "no sentence") from ended


def _arguments(rng: random.Random) -> list[str]:
    arguments = list(rng.choice(COMMANDS))
    if rng.random() < 0.7:
        arguments += [rng.choice(OPTIONS), str(rng.choice([*VALUES, *HOSTILE, 2**31 - 1, 2**63, "nan", "inf", "-inf", "1e400", "٣", ""]))]
    if rng.random() < 0.5 and "OUT" in arguments:
        arguments[arguments.index("OUT")] = rng.choice((*KINDS, os.devnull, "x" * 300, "a\udce9", "-", "/dev/stdout", "/proc/nothing/x"))
    return arguments


def _environment(text: str, place: Path) -> object:
    found = []
    for name, read in ((queue.AT_ONCE, queue.at_once), (ccwr_cache.LIMIT, ccwr_cache.limit_from_environment)):
        before = os.environ.get(name)
        try:
            os.environ[name] = text.replace("\0", "")
            found.append(read())
        except UnicodeEncodeError as error:  # the system has no such environment
            raise ConfigError("not a text of an environment") from error
        finally:
            os.environ.pop(name, None)
            if before is not None:
                os.environ[name] = before
    return found


def _database(root: Path) -> EntryPoint:
    """The database of a workspace is truncated, changed or empty: it is said, or the runs are listed."""
    workspace = Workspace(root / "good" / "database").require_writable()
    write_sample(workspace)
    db = open_database(workspace)
    sync(db, workspace)
    db.close()
    good = workspace.database.read_bytes()

    def take(raw: bytes, place: Path) -> object:
        damaged = Workspace(place)
        damaged.database.write_bytes(raw)
        opened = open_database(damaged)
        try:
            queries.list_runs(opened)
            page_of_pairs(opened, PairFilter("run-1"))
            judge(opened, "run-1", 0, "right", annotator="x")
            return sync(opened, workspace)
        finally:
            opened.close()

    special = [b"", b"\0" * 4096, good[:-1], good[: len(good) // 2], good[:4096], good + b"x" * 4096]
    return EntryPoint("database file", good, take, lambda rng: damage(good, rng), special, 0.3)
