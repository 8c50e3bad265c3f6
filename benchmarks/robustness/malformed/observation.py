"""What an entry point must not do with an input, and how it is observed: time, memory, writes elsewhere, network, processes, pickles."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lraln_core.errors import LralnError

LIMIT_S = 10.0  # of processor time; other work on the machine does not count
STILL_S = 120.0  # by the clock, for what waits and uses no processor
LIMIT_BYTES = 400 << 20  # by which one input may raise the peak of memory
SENTENCE_LONGEST = 1_000  # characters; a message that holds half the file is no sentence
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.mkdir": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.remove": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.utime": 1,
    "os.link": 2,
    "os.symlink": 2,
}  # event: how many of its arguments are paths; the target of a symlink is only read
_NETWORK = {"socket.connect", "socket.getaddrinfo"}
_PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"}


class TooLong(BaseException):
    """Raised in the main thread when an input has taken LIMIT_S of processor time, or STILL_S."""


@dataclass
class Outcome:
    """What became of one input."""

    refused: bool
    seconds: float  # of processor time
    grown: int  # bytes by which the peak of memory rose
    faults: list[str] = field(default_factory=list)


class Observer:
    """Looks on while inputs are taken. One for a process, for an audit hook can never be taken off again."""

    def __init__(self, outside: Path) -> None:
        """outside: a folder whose files must stay as they are."""
        self._outside, self._before = outside, _listing(outside)
        self._roots: tuple[str, ...] = ()
        self._pickles = self._processes = True
        self._seen: list[str] = []
        self._active = False
        sys.addaudithook(self._hook)
        signal.signal(signal.SIGALRM, _alarm)
        signal.signal(signal.SIGPROF, _alarm)

    def look(self, take: Callable[[], object], *roots: Path, pickles: bool = False, processes: bool = False) -> Outcome:
        """Let an entry point take an input that may write below `roots` only; pickles and processes: whether they are part of the work."""
        self._roots, self._pickles, self._processes = tuple(os.path.realpath(root) for root in roots), pickles, processes
        self._seen = []
        faults: list[str] = []
        refused = False
        start, began = _reset_peak(), time.process_time()
        self._active = True
        signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
        signal.setitimer(signal.ITIMER_REAL, STILL_S)
        try:
            take()
        except LralnError as error:
            refused = True
            faults += _not_a_sentence(str(error))
        except TooLong:
            faults.append(f"took more than {LIMIT_S:.0f} s of processor time, or {STILL_S:.0f} s")
        except Exception as error:  # the point of the harness
            faults.append(f"{type(error).__name__}: {str(error)[:200]!r} at {_place(error)}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._active = False
        seconds, grown = time.process_time() - began, max(0, _peak() - start)
        if grown > LIMIT_BYTES:
            faults.append(f"raised the peak of memory by {grown / 1e6:.0f} MB")
        faults += dict.fromkeys(self._seen)
        if (now := _listing(self._outside)) != self._before:
            faults.append(f"changed files outside: {sorted(set(now.items()) ^ set(self._before.items()))[:3]}")
            self._before = now
        return Outcome(refused, seconds, grown, faults)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active or threading.current_thread().name.startswith("tqdm"):
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                self._check("opened for writing", path)
        elif event in _CHANGES:
            if event in ("os.mkdir", "os.rmdir", "os.remove") and arguments[-1] not in (-1, None):
                return  # named from an open folder, as shutil.rmtree does
            for path in arguments[: _CHANGES[event]][1 if event == "os.symlink" else 0 :]:
                self._check(event, path, itself=event in ("os.rename", "os.remove", "os.symlink", "os.link"))
        elif event in _NETWORK or event in _PROCESSES and not self._processes:
            self._seen.append(f"{event} {str(arguments)[:100]}")
        elif event == "pickle.find_class" and not self._pickles:
            self._seen.append(f"unpickled {arguments}")

    def _check(self, what: str, path: Any, *, itself: bool = False) -> None:
        """itself: a link is meant, and not what it leads to."""
        if isinstance(path, int) or path is None:
            return
        with suppress(ValueError, TypeError):  # a NUL in the name: nothing is opened
            name = os.fsdecode(path)
            real = os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name)) if itself else os.path.realpath(name)
            if real != os.devnull and not any(real == root or real.startswith(root + os.sep) for root in self._roots):
                self._seen.append(f"{what} outside: {real[:120]}")


def _alarm(*_: object) -> None:
    raise TooLong


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def _not_a_sentence(text: str) -> list[str]:
    text = text.strip()
    if not text or "\n" in text or "Traceback" in text or len(text) > SENTENCE_LONGEST:
        return [f"not one sentence: {len(text):,} characters, {text[:200]!r}"]
    return []


def _place(error: BaseException) -> str:
    """The last line of the project that the error went through."""
    trace, place = error.__traceback__, ""
    while trace:
        if "lraln_core" in (name := trace.tb_frame.f_code.co_filename) or f"{os.sep}pages{os.sep}" in name:
            place = f"{Path(name).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _reset_peak() -> int:
    """Bytes in memory now, from which the peak is counted; without /proc the peak of the whole process so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) << 10 if found else 0
