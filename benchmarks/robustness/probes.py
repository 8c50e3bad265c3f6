"""The faults that manual probing found in version 0.1, tried on its sources and on this version with the same commands and requests.

    python -m benchmarks.robustness.probes --commit ebf1e4e

The sources of the commit are taken out of git into a temporary folder, as in `benchmarks.robustness.upgrade`. Every probe is a
command line, a raw request, or a few lines of Python over functions that both versions have; it says what happened and whether that is
right. A probe that is right on both versions shows no difference and is listed so. What this version does not do right is a fault
and ends in exit code 1. Each item of the list in docs/security.md is kept as a table in benchmarks/results/probes.md.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import os
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from safetensors import safe_open

from benchmarks import RESULTS
from benchmarks.robustness import tiny
from benchmarks.robustness.many_users.setup import free_port
from benchmarks.robustness.results import about, keep
from benchmarks.robustness.upgrade import BEFORE_RELEASE, sources
from lraln_core.files.workspace import PROJECT

PATIENCE = 600  # seconds, after which a command counts as one that does not end; on a busy machine
MOST_SECONDS = 90  # of processor time, after which it is ended
MOST_MEMORY = 16 << 30  # address space of a command, so that a probe cannot take the machine
MOST_MB = 1_000  # of memory for a file of settings
TITLE = "Faults of version 0.1, tried again"
FINISHED = "20260101-100000-finished"
BOTH = """
import json, os, resource, shutil, subprocess, sys, time
from pathlib import Path
try:
    from lraln_core.files.workspace import Workspace
    from lraln_core.files.run_folder import RunFolder, create
    from lraln_core.runs.jobs import background
except ImportError:  # version 0.1
    from lraln_core.workspace import Workspace
    from lraln_core.runs.folder import RunFolder, create
    from lraln_core.runs import background
from lraln_core.errors import LralnError
root, given = Path(sys.argv[1]), sys.argv[2:]
workspace = Workspace(root)
def page(name, **parameters):
    from streamlit.testing.v1 import AppTest
    app = AppTest.from_file("app.py", default_timeout=400)
    app.run()
    if name != "home":
        app.switch_page(f"pages/{name}.py")
    for key, value in parameters.items():
        app.query_params[key] = value
    return app.run()
"""


@dataclass(frozen=True)
class Outcome:
    """What a probe saw, and whether it is right."""

    right: bool
    said: str


@dataclass(frozen=True)
class Done:
    """A command that has ended, or None as its code when it did not in time."""

    code: int | None
    out: str
    errors: str

    @property
    def refused(self) -> Outcome:
        """Right is one sentence and exit code 2."""
        if self.code is None or -self.code in (signal.SIGXCPU, signal.SIGKILL):
            return Outcome(False, f"did not end in {MOST_SECONDS} s of processor time")
        last = (self.errors.strip().splitlines() or ["nothing said"])[-1]
        kind = "traceback" if "Traceback" in self.errors else f"exit code {self.code}"
        return Outcome(self.code == 2 and "Traceback" not in self.errors and last != "nothing said", f"{kind}: {last}")


@dataclass
class Version:
    """Sources of the project, with a workspace and files of their own."""

    root: Path
    place: Path
    tiny: Path
    config: Path = field(init=False)
    ran: bool = False

    def __post_init__(self) -> None:
        self.place.mkdir()
        self.config = self.place / "config.json"
        self.config.write_text(json.dumps(tiny.run_values(self.tiny)), encoding="utf-8")

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    @property
    def finished(self) -> Path:
        """The folder of a finished run, which is made when it is first asked for. Raises SystemExit when it cannot be made."""
        folder = self.workspace / "runs" / FINISHED
        if not self.ran:
            self.ran = True
            done = self.lraln("run", "--config", self.config, "--run-dir", folder, "--quiet")
            if done.code:
                raise SystemExit(f"{self.root}: the run did not finish: {done.errors[-1500:]}")
        return folder

    def lraln(self, *arguments: object, env: dict[str, str] | None = None, stdout: int | IO[str] = subprocess.PIPE) -> Done:
        """The command line of this version."""
        return self._python(["-m", "lraln_core", "--workspace", self.workspace, *arguments], env or {}, stdout)

    def code(self, text: str, *arguments: object) -> Done:
        """A few lines of Python, which find `workspace`, `page` and `given`, the arguments."""
        return self._python(["-c", BOTH + text, self.workspace, *arguments], {"LRALN_WORKSPACE": str(self.workspace)}, subprocess.PIPE)

    def _python(self, arguments: list[object], env: dict[str, str], stdout: int | IO[str]) -> Done:
        process = self.start(arguments, env, stdout)
        try:
            out, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Done(None, "", "")
        return Done(process.returncode, out or "", errors)

    def start(
        self, arguments: list[object], env: dict[str, str] | None = None, stdout: int | IO[str] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell has switched off for work in the background

        command = [sys.executable, *(item if isinstance(item, bytes) else str(item) for item in arguments)]
        environment = os.environ | {"PYTHONPATH": str(self.root)} | (env or {})
        return subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, errors="replace", preexec_fn=limit
        )

    def encoding(self) -> list[object]:
        """Options of the commands that encode a parallel text."""
        return [*self._languages(), "--parallel", self.tiny / "test.tsv", "--alignments", self.tiny / "test.pharaoh"]

    def mining(self) -> list[object]:
        return [*self._languages(), "--src", self.tiny / "src.txt", "--trg", self.tiny / "trg.txt", "--out", self.place / "mined.tsv"]

    def _languages(self) -> list[object]:
        return ["--src-lang", "mk", "--trg-lang", "en", "--tokenized", "--encoder", self.tiny / "encoder"]

    def align(self, out: object, **options: int | IO[str]) -> Done:
        """A command that is quick and writes one file."""
        return self.lraln(
            "align-words", "--parallel", self.tiny / "test.tsv", "--src-lang", "mk", "--trg-lang", "en", "--out", out, **options
        )


Probe = Callable[[Version], Outcome]
PROBES: list[tuple[int, str, Probe]] = []


def probe(item: int, what: str) -> Callable[[Probe], Probe]:
    """Adds a function to PROBES, under the number of the item in the list of faults."""

    def add(function: Probe) -> Probe:
        PROBES.append((item, what, function))
        return function

    return add


@contextmanager
def served(version: Version) -> Iterator[int]:
    """The app of a version on a free port; -> the port."""
    port = free_port()
    arguments = ["-m", "streamlit", "run", "app.py", "--server.port", port, "--server.headless", "true"]
    process = version.start(arguments, {"LRALN_WORKSPACE": str(version.workspace)}, subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.communicate()


def _answer(port: int, host: str, origin: str | None, path: str = "/_stcore/stream") -> str:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host.replace('P', str(port))}"]
    if origin is not None:
        key = base64.b64encode(b"0123456789abcdef").decode()
        lines += [f"Origin: {origin.replace('P', str(port))}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    else:
        lines.append("Connection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        received = b""
        while b"\r\n\r\n" not in received and (more := connection.recv(4096)):
            received += more
    return received.decode("latin-1")


@probe(1, "WebSocket under another name, from another port, and with a name before `@`; then with its own name")
def foreign(version: Version) -> Outcome:
    sent = [
        ("evil.example:P", "http://evil.example:P", "403"),
        ("127.0.0.1:P", "http://127.0.0.1:9999", "403"),
        ("127.0.0.1:P", "http://evil.example@127.0.0.1", "403"),
        ("127.0.0.1:P", "http://127.0.0.1:P", "101"),
    ]
    with served(version) as port:
        got = [_answer(port, host, origin).split()[1] for host, origin, _ in sent]
    return Outcome(got == [wanted for *_, wanted in sent], ", ".join(got))


@probe(1, "headers that forbid frames around the app")
def framed(version: Version) -> Outcome:
    with served(version) as port:
        answer = _answer(port, "127.0.0.1:P", None, "/").lower()
    missing = [name for name in ("x-frame-options: deny", "frame-ancestors 'none'", "nosniff", "default-src 'none'") if name not in answer]
    return Outcome(not missing, f"without {', '.join(missing)}" if missing else "all there")


@probe(1, "a file of this computer by its path, on the page Corpora, in an app that was started without any option")
def by_path(version: Version) -> Outcome:
    done = version.code("app = page('corpora')\nprint('field for a path:', any(box.key == 'corpus_path' for box in app.text_input))")
    return Outcome("path: False" in done.out, done.out.strip() or done.errors[-200:])


def _kept(path: Path, what: str, done: Done) -> Outcome:
    kind = stat.filemode(os.lstat(path).st_mode)
    return Outcome(done.refused.right and kind[0] != "-", f"{what} is now {kind}; {done.refused.said}")


@probe(2, "`--out` over a pipe")
def pipe(version: Version) -> Outcome:
    path = version.place / "pipe"
    os.mkfifo(path)
    return _kept(path, "the pipe", version.align(path))


@probe(2, "`--out` over a symbolic link")
def link(version: Version) -> Outcome:
    path, target = version.place / "link", version.place / "target"
    target.write_text("kept")
    path.symlink_to(target)
    return _kept(path, "the link", version.align(path))


@probe(2, "`--out` over a device (a copy of the null device, made for this)")
def device(version: Version) -> Outcome:
    path = version.place / "null"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except OSError:
        return Outcome(True, "not tried: only the administrator can make devices")
    return _kept(path, "the device", version.align(path))


@probe(2, "`--out` over a file that only its owner may read")
def mode(version: Version) -> Outcome:
    path = version.place / "mine.pharaoh"
    path.write_text("old")
    path.chmod(0o600)
    done = version.align(path)
    kind = stat.filemode(path.stat().st_mode)
    return Outcome(done.code == 0 and kind == "-rw-------", f"exit code {done.code}, {kind}")


@probe(2, "`--out -`")
def standard_output(version: Version) -> Outcome:
    done = version.align("-")
    (version.root / "-").unlink(missing_ok=True)
    lines = done.out.splitlines()
    return Outcome(lines[:1] != [] and lines[0][:1].isdigit(), f"exit code {done.code}, standard output begins {lines[:1]}")


def _toml(version: Version, text: str) -> tuple[Done, float, float]:
    """-> the command, megabytes and seconds of reading these settings as those of a run."""
    path = version.place / "settings.toml"
    path.write_text(text, encoding="utf-8")
    done = version.code(
        "from lraln_core.runs import config\nbegan = time.monotonic()\n"
        "try:\n    config.load(Path(given[0]))\n    print('taken')\nexcept LralnError as error:\n    print('refused:', error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, time.monotonic() - began)",
        path,
    )
    found = [float(number) for number in done.out.splitlines()[-1].split()] if done.code == 0 else [math.nan, math.nan]
    return done, found[0], found[1]


@probe(3, "160 KB of quoted keys in TOML")
def quoted_keys(version: Version) -> Outcome:
    done, megabytes, seconds = _toml(version, '"a".' * 40_000 + "b = 1")
    said = f"{megabytes:,.0f} MB, {seconds:.1f} s: {done.out[:100]}" if done.code == 0 else done.refused.said
    return Outcome(done.code == 0 and megabytes < MOST_MB and "refused: " in done.out, said)


@probe(3, "sixty dotted words in a text of several lines, which are no key")
def text_of_lines(version: Version) -> Outcome:
    dots = ".".join("a" * 60)
    text = "".join(f"{line}\n" for line in _as_toml(json.loads(version.config.read_text()) | {"name": "NAME"}))
    done, *_ = _toml(version, text.replace('"NAME"', f'"""\n{dots} = 1\n"""'))
    return Outcome("nested" not in done.out and "parts" not in done.out and "TOML" not in done.out, done.out.splitlines()[0][:150])


def _as_toml(values: dict, before: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _as_toml(value, f"{before}{name}.")
        else:
            yield f"{before}{name} = {json.dumps(value)}"


@probe(4, "eight addresses of the page Space, each with another draw of words")
def addresses(version: Version) -> Outcome:
    done = version.code(
        "real, started = subprocess.Popen, []\n"
        "def popen(command, *values, **options):\n"
        "    if 'lraln_core' not in map(str, command):\n        return real(command, *values, **options)\n"
        "    started.append(command)\n    return real(['true'])\n"
        "subprocess.Popen = popen\n"
        "for draw in range(201, 209):\n    page('space', run=given[0], draw=str(draw))\n"
        "print(len(started), 'processes started')",
        version.finished.name,
    )
    return Outcome(done.out.startswith("0 "), done.out.strip() or done.errors[-200:])


def _maps_file(version: Version, dtype: str, shape: list[int], width: int, drop: str = "") -> Path:
    """A file of maps with the metadata of the run's own, and zeros of a data type that numpy may lack."""
    with safe_open(version.finished / "maps.safetensors", framework="numpy") as file:
        metadata = {name: value for name, value in file.metadata().items() if name != drop}
    size = math.prod(shape) * width
    tensors = {
        name: {"dtype": dtype, "shape": shape, "data_offsets": [at * size, (at + 1) * size]} for at, name in enumerate(("src", "trg"))
    }
    header = json.dumps({"__metadata__": metadata} | tensors).encode()
    path = version.place / "maps.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(2 * size))
    return path


def _maps_probe(what: str, dtype: str, shape: list[int], width: int, drop: str = "") -> None:
    @probe(5, f"`evaluate --maps` with {what}")
    def maps(version: Version) -> Outcome:
        return version.lraln("evaluate", *version.encoding(), "--maps", _maps_file(version, dtype, shape, width, drop)).refused


_maps_probe("maps of bfloat16", "BF16", [16, 16], 2)
_maps_probe("maps of 8-bit numbers", "F8_E4M3", [16, 16], 1)
_maps_probe("maps of 10 dimensions for an encoder of 16", "F32", [10, 10], 4)
_maps_probe("maps of 0 dimensions", "F32", [0, 0], 4)
_maps_probe("maps that do not name the weights they were made for", "F32", [16, 16], 4, "encoder_fingerprint")


@probe(5, "`import` of an archive whose maps have 10 dimensions for an encoder of 16")
def archive(version: Version) -> Outcome:
    other = version.place / "there" / "runs" / "20260101-120000-other"
    shutil.copytree(version.finished, other)
    shutil.copy(_maps_file(version, "F32", [10, 10], 4), other / "maps.safetensors")
    packed = version.code(
        "from lraln_core.exchange.archive import pack_run\npack_run(RunFolder(Path(given[0])), workspace, Path(given[1]))",
        other,
        version.place / "a.zip",
    )
    if packed.code:
        return Outcome(False, f"the archive could not be made: {packed.errors[-200:]}")
    return version.lraln("import", version.place / "a.zip").refused


def _number_probe(command: str, option: str, value: str) -> None:
    @probe(6, f"`{command} {option} {value}`")
    def number(version: Version) -> Outcome:
        arguments = version.encoding() if command == "evaluate" else version.mining()
        return version.lraln(command, *arguments, option, value).refused


for _command, _option, _value in (
    ("evaluate", "--threads", "2147483647"),
    ("evaluate", "--bootstrap-samples", "2000000000"),
    ("mine", "--mining-k", "2147483647"),
    ("mine", "--threshold", "nan"),
    ("mine", "--threshold", "inf"),
    ("mine", "--threshold", "2"),
):
    _number_probe(_command, _option, _value)


@probe(7, "`run --run-dir` with a name that is not UTF-8")
def not_utf8(version: Version) -> Outcome:
    name = os.fsencode(version.place) + b"/caf\xe9"
    arguments = ["-m", "lraln_core", "--workspace", version.workspace, "run", "--config", version.config, "--quiet", "--run-dir", name]
    outcome = version._python(arguments, {}, subprocess.PIPE).refused
    path = Path(os.fsdecode(name)) / "status.json"
    state = json.loads(path.read_text())["state"] if path.exists() else ""
    return Outcome(outcome.right and not state, outcome.said + (f'; its status stays "{state}"' if state else ""))


@probe(7, "`mine --src` with a name that is not UTF-8")
def not_utf8_text(version: Version) -> Outcome:
    name = os.fsencode(version.place) + b"/caf\xe9.txt"
    shutil.copy(version.tiny / "src.txt", name)
    arguments = [name if item == version.tiny / "src.txt" else item for item in version.mining()]
    return version._python(["-m", "lraln_core", "--workspace", version.workspace, "mine", *arguments], {}, subprocess.PIPE).refused


@probe(7, "`run --run-dir` with a name of 300 characters")
def long_name(version: Version) -> Outcome:
    return version.lraln("run", "--config", version.config, "--run-dir", version.place / ("x" * 300)).refused


@probe(7, "`run --run-dir` behind a loop of symbolic links")
def loop(version: Version) -> Outcome:
    (version.place / "loop").symlink_to(version.place / "loop")
    return version.lraln("run", "--config", version.config, "--run-dir", version.place / "loop" / "run").refused


@probe(7, "a NUL in a file name of a configuration")
def nul(version: Version) -> Outcome:
    values = json.loads(version.config.read_text())
    values["src"]["corpus"] = "a\0b"
    (version.place / "nul.json").write_text(json.dumps(values))
    return version.lraln("run", "--config", version.place / "nul.json").refused


@probe(7, "`suite --out` on a file")
def suite_on_a_file(version: Version) -> Outcome:
    (version.place / "file").write_text("kept")
    (version.place / "suite.json").write_text(json.dumps(tiny.suite_values(version.tiny)))
    return version.lraln("suite", "--config", version.place / "suite.json", "--out", version.place / "file").refused


@probe(7, "`LRALN_CCWR_CACHE_GB=abc`")
def cache_limit(version: Version) -> Outcome:
    return version.lraln("mine", *version.mining(), env={"LRALN_CCWR_CACHE_GB": "abc"}).refused


@probe(7, "a standard output that is full")
def full_output(version: Version) -> Outcome:
    if not Path("/dev/full").exists():
        return Outcome(True, "not tried: this system has no /dev/full")
    with open("/dev/full", "w") as full:
        return version.lraln("doctor", stdout=full).refused


def _interrupt_probe(seconds: float) -> None:
    @probe(8, f"Ctrl-C after {seconds} s of processor time")
    def interrupted(version: Version) -> Outcome:
        process = version.start(["-m", "lraln_core", "--workspace", version.workspace, "mine", *version.mining()])
        while process.poll() is None and _processor_time(process.pid) < seconds:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        kind = "traceback" if "Traceback" in errors else "no traceback"
        return Outcome(process.returncode == 130 and kind == "no traceback", f"ended with {process.returncode}, {kind}")


def _processor_time(pid: int) -> float:
    """Seconds that a process has used so far."""
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


for _seconds in (0.3, 0.8, 1.6):
    _interrupt_probe(_seconds)


@probe(9, "the workspace is deleted while the app runs")
def deleted(version: Version) -> Outcome:
    gone = version.place / "gone"
    version.workspace.mkdir(exist_ok=True)
    text = (
        "shutil.copytree(given[0], given[1])\nos.environ['LRALN_WORKSPACE'] = given[1]\n"
        "app = page('corpora')\nshutil.rmtree(given[1])\napp.run()\n"
        "said = [one.value for one in (*app.error, *app.warning, *app.info)]\nprint(' '.join(said)[:200].replace('\\n', ' '))"
    )
    done = version.code(text, version.workspace, gone)
    return Outcome("is gone" in done.out, done.out.strip() or done.errors[-200:])


@probe(9, "processes that the app started and that have ended")
def zombies(version: Version) -> Outcome:
    done = version.code(
        "sys.executable = shutil.which('true')\nfolder = create(workspace.runs / 'ended', json.loads(Path(given[0]).read_text()))\n"
        "background.start(folder, workspace, ['run'])\ntime.sleep(3)\nstates = []\n"
        "for stat in Path('/proc').glob('[0-9]*/stat'):\n"
        "    try:\n        state, parent = stat.read_text().rpartition(')')[2].split()[:2]\n    except OSError:\n        continue\n"
        "    states += [state] * (int(parent) == os.getpid())\nprint(states.count('Z'), 'zombies')",
        version.config,
    )
    shutil.rmtree(version.workspace / "runs" / "ended", ignore_errors=True)
    return Outcome(done.out.startswith("0 "), done.out.strip() or done.errors[-200:])


@probe(9, "a finished run whose folder was moved prints where it is")
def moved(version: Version) -> Outcome:
    there = version.place / "moved"
    shutil.copytree(version.finished, there)
    done = version.lraln("run", "--config", version.config, "--run-dir", there, "--quiet")
    right = done.code == 0 and str(there) in done.out and str(version.finished) not in done.out
    return Outcome(right, f"exit code {done.code}, {_where(done.out)}")


def _where(out: str) -> str:
    names = [line.strip() for line in out.splitlines() if "run_dir" in line]
    return names[0].replace(tempfile.gettempdir(), "") if names else "no run_dir printed"


@probe(9, "a configuration (TOML) with a byte order mark")
def mark(version: Version) -> Outcome:
    done, *_ = _toml(version, "\ufeff" + "\n".join(_as_toml(json.loads(version.config.read_text()))))
    return Outcome(done.out.startswith("taken"), done.out.splitlines()[0] if done.out else done.errors[-200:])


@probe(9, "a configuration whose name ends in .JSON")
def upper_case(version: Version) -> Outcome:
    path = version.place / "CONFIG.JSON"
    shutil.copy(version.config, path)
    done = version.code("from lraln_core.runs import config\nconfig.load(Path(given[0]))\nprint('taken')", path)
    return Outcome(done.out.startswith("taken"), done.out.strip() or done.errors.strip().splitlines()[-1])


@probe(9, "a file `notgz.gz` that is no gzip, whose text was prepared before under another name")
def no_gzip(version: Version) -> Outcome:
    shutil.copy(version.tiny / "src.txt", version.place / "notgz.gz")
    done = version.code(
        "from lraln_core.text.corpus import prepare_corpus\nprepare_corpus(Path(given[0]), 'mk', workspace.root / 'gz')\n"
        "try:\n    prepare_corpus(Path(given[1]), 'mk', workspace.root / 'gz')\n    print('taken')\n"
        "except LralnError as error:\n    print('refused:', error)",
        version.tiny / "src.txt",
        version.place / "notgz.gz",
    )
    return Outcome(done.out.startswith("refused"), done.out.strip() or done.errors[-200:])


@probe(9, "events of VecMap that say how far it is")
def vecmap(version: Version) -> Outcome:
    values = json.loads(version.config.read_text()) | {"system": "vecmap_id", "vecmap": {"patience": 5}}
    path, folder = version.place / "vecmap.json", version.workspace / "runs" / "20260101-130000-vecmap"
    path.write_text(json.dumps(values))
    done = version.lraln("run", "--config", path, "--run-dir", folder, "--quiet")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    count = sum(event.get("kind") == "vecmap" for event in events)
    return Outcome(count > 0, f"{count} events" + (f" ({done.refused.said})" if done.code else ""))


@probe(10, "cells of a CSV file that begin with = + - @")
def formulas(version: Version) -> Outcome:
    done = version.code(
        "import pandas\nfrom lraln_core.exchange.tables import to_csv\n"
        "print(to_csv(pandas.DataFrame({'word': ['=1+1', '+1', '-x', '@A1']})).split()[1:])"
    )
    return Outcome(done.out.count("\"'") == 4, done.out.strip() or done.errors[-200:])


def _cell(outcome: Outcome, version: Version) -> str:
    """The verdict and what was said, in one line without places of this machine."""
    text = " ".join(outcome.said.split())
    for place in (version.place, version.root, version.tiny):
        text = text.replace(str(place), "...")
    text = text.replace("x" * 250, "x").replace("|", "\\|").replace("`", "'")
    return f"{'right' if outcome.right else '**wrong**'}: {text.strip()[:170]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default=BEFORE_RELEASE)
    parser.add_argument(
        "--item", type=int, action="append", choices=sorted({item for item, *_ in PROBES}), help="only these, in this order"
    )
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as both:
        place = Path(name)
        files = tiny.make(place / "tiny")
        before = Version(sources(options.commit, place / "sources"), place / "before", files)
        now = Version(PROJECT, place / "now", files)
        for item in options.item or sorted({item for item, *_ in PROBES}):
            began, rows, counts = time.monotonic(), [], Counter()
            for what, function in [(what, function) for number, what, function in PROBES if number == item]:
                old, new = both.map(function, (before, now))
                counts["probes wrong on the commit and right on this version"] += new.right and not old.right
                counts["probes right on both"] += new.right and old.right
                counts["faults of this version"] += not new.right
                rows.append("| " + " | ".join([what, *(_cell(one, version) for one, version in ((old, before), (new, now)))]) + " |")
                print(item, rows[-1], flush=True)
            faults += counts["faults of this version"]
            head = about(f"probes --commit {options.commit} --item {item}", (time.monotonic() - began) / 60)
            told = [f"- {count} {what}" for what, count in counts.items()]
            table = [f"| probe | {options.commit} | this version |", "|---|---|---|", *rows]
            keep(RESULTS / "probes.md", TITLE, {f"## Item {item:02}": [head, "", *told, "", *table]}, ascending=True)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
