"""Commands, exit codes and signals. 0 done, 2 bad input or usage with one sentence on stderr, 70 a fault of the program, 130 cancelled.

A command is a module of this folder with `add_arguments(parser)` and `main(options, workspace, stop)`, which returns the exit code. Only
the module of the command at hand is imported, so `--help` is quick and a signal during the imports ends the process at once.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from lraln_core.errors import Cancelled, LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.queue import FOLDER, turn

DONE, BAD_INPUT, FAULT, CANCELLED = 0, 2, 70, 130
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
LARGEST_LOG = 5_000_000  # bytes; a larger log of faults begins anew
COMMANDS = {  # name: (module, what it does)
    "doctor": ("doctor", "check versions, memory, disk, threads, encoder and workspace; say what to fix"),
    "app": ("app", "serve the pages on this machine"),
    "run": ("run", "one whole run: mine, train, evaluate"),
    "corpus": ("texts.corpus", "show what a text file holds, or prepare it as a corpus"),
    "fetch": ("texts.fetch", "fetch texts and test sets from the Hugging Face hub"),
    "encode": ("scale.encode", "encode text into a sharded store of word vectors, on this machine or on a Ray cluster"),
    "plan": ("scale.plan", "hours, memory, disk and bytes moved for encoding and mining so many words on so many machines"),
    "mine": ("mine", "mine word pairs from two monolingual files, or from two stores of encode"),
    "layers": ("texts.layers", "recommend a layer of an encoder for two languages, from unlabelled text"),
    "evaluate": ("evaluate", "contextual word retrieval on parallel text"),
    "ner": ("ner", "zero-shot named entity recognition with or without the maps of a run"),
    "suite": ("suite", "systems x languages x seeds as one job; writes the paper's tables"),
    "export": ("export", "write the pairs of a run as tsv, parquet, pharaoh, tmx or moses, or the run as an archive"),
    "import": ("import_run", "import a run that another computer exported as an archive"),
    "report": ("report", "write a run as one HTML file that opens in any browser"),
    "extend": ("extend", "extend an encoder's vocabulary for a language and train it on monolingual text"),
    "lesson": ("lesson", "prepare the lesson of a sample pair for the page Guide"),
    "project": ("jobs.project", "project the word vectors of a finished run to two dimensions, before and after, for the page Space"),
    "score": ("jobs.score", "score the mined pairs of a finished run with its final maps: cosine, CSLS, hubness"),
    "align-words": ("align_words", "link the words of parallel text, by fast_align or by the similarity of their vectors"),
    "similarities": ("similarities", "how similar the words of sentence pairs are before and after a run, for the page Word alignment"),
    "aer": ("aer", "precision, recall, F1 and alignment error rate of word alignments against gold links"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


class StopFlag:
    """Set by the first SIGINT or SIGTERM and checked by the command at its next step. A second signal ends the process at once, and so
    does the first before the command has begun, when there is nothing to finish."""

    def __init__(self) -> None:
        self.wanted, self.begun = False, False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._set)

    def _set(self, *_: object) -> None:
        if self.wanted or not self.begun:
            os._exit(CANCELLED)
        self.wanted = True

    def __call__(self) -> bool:
        return self.wanted


def build_parser(loaded: Iterable[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """All commands; those `loaded` with their arguments and their function."""
    parser = _Parser(prog="python -m lraln_core", description="Align word representations of a low-resource language with English.")
    parser.add_argument("--workspace", type=Path, help="folder for caches and runs (default: cache/ of the project, or LRALN_WORKSPACE)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, (module, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name in loaded:
            code = importlib.import_module(f"lraln_core.cli.{module}")
            code.add_arguments(command)
            command.set_defaults(call=code.main)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    open_standard_streams()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    stop = StopFlag()
    workspace: Workspace | None = None
    try:
        workspace = Workspace.default()
        with _turn(workspace, stop):
            from .arguments import check_paths, standard_output

            options = build_parser([name for name in COMMANDS if name in arguments]).parse_args(arguments)
            check_paths(options, workspace)
            if options.workspace:
                workspace = Workspace(options.workspace.resolve())
            stop.begun = True
            with standard_output(options):
                code = int(options.call(options, workspace, stop))
        sys.stdout.flush()
        return code
    except Cancelled as stopped:
        print(f"{stopped} The same command continues it.", file=sys.stderr)
        return CANCELLED
    except LralnError as error:
        print(f"Error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        _drop_output()
        return DONE
    except (Exception, RecursionError) as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:  # files of the project name themselves
            _drop_output()
            print(f"Error: Cannot write to the standard output: {error.strerror}.", file=sys.stderr)
            return BAD_INPUT
        _drop_output()
        kind = "There was not enough memory" if isinstance(error, MemoryError) else "Something unexpected went wrong"
        print(f"Error: {kind} ({_one_line(error)}); the details are in {_log_fault(workspace)}.", file=sys.stderr)
        return FAULT


def open_standard_streams() -> None:
    """Streams that the caller has closed lead to the null device: else the next file that is opened gets the number of one, and what
    libraries print goes into it."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(free)
    sys.stdin = sys.stdin or open(os.devnull)
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")


@contextlib.contextmanager
def _turn(workspace: Workspace, stop: StopFlag) -> Iterator[None]:
    """For a process that the app started: its turn in the queue of the workspace. Raises Cancelled."""
    folder = os.environ.pop(FOLDER, "")
    if not folder:
        yield
        return
    stop.begun = True
    with turn(workspace, RunFolder(Path(folder)), stop):
        stop.begun = False
        yield


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _drop_output() -> None:
    """Send what is left in the buffer of stdout nowhere, so that the end of the process does not fail on it again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_fault(workspace: Workspace | None) -> Path | str:
    """Append the traceback to the workspace's log of faults, or to a new temporary file; -> its path."""
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sys.argv!r}\n{traceback.format_exc()}\n".encode("utf-8", "backslashreplace")
    try:
        if workspace is None:
            raise ValueError("no workspace")
        path = workspace.root / "faults.log"
        workspace.root.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        large = path.exists() and path.stat().st_size > LARGEST_LOG
        with open(os.open(path, flags | (os.O_TRUNC if large else os.O_APPEND), 0o600), "ab") as log:
            log.write(text)
        return path
    except (OSError, ValueError):
        try:
            handle, name = tempfile.mkstemp(prefix="lraln-fault-", suffix=".log")
            with open(handle, "wb") as log:
                log.write(text)
            return name
        except OSError:
            return "no file, because none can be written"
