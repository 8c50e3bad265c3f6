"""Options of the app's own, after `--`: `streamlit run app.py -- --allow-host NAME --allow-local-files FOLDER`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from lraln_core.errors import ConfigError
from lraln_core.files.read_only import READ_ONLY
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.runs.jobs import queue
from pages.components.server.hosts import Address, address

BAD_USAGE = 2
LOCAL_FILES = "LRALN_LOCAL_FILES"  # how the option reaches the script, which runs anew for every click


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"app.py: {message}.", file=sys.stderr, flush=True)
        raise SystemExit(BAD_USAGE)


def parser() -> argparse.ArgumentParser:
    """The options, for the app and for the command that starts it."""
    options = _Parser(prog="app.py", description="Options of the app.")
    options.add_argument(
        "--allow-host",
        action="append",
        default=[],
        type=_address,
        metavar="NAME[:PORT]",
        help="answer under this name too, beside localhost and 127.0.0.1; may be repeated",
    )
    options.add_argument(
        "--allow-local-files", type=_folder, metavar="FOLDER", help="let pages read files of this computer by path, inside this folder only"
    )
    options.add_argument(
        "--jobs", type=_count, metavar="N", help="how many runs, suites and jobs may work at the same time (default 1); the others wait"
    )
    options.add_argument("--read-only", action="store_true", help="show the runs and change nothing: no new run, corpus or judgement")
    return options


def read(script: Path, arguments: Sequence[str]) -> tuple[Address, ...]:
    """Take the options from the command line (`sys.argv`) of a server started for `script`; -> the further addresses it answers under.

    Any other process (a test that imports the script) has no options. Exits with one sentence for options that cannot be read.
    """
    if not arguments or Path(arguments[0]).resolve() != script.resolve():
        return ()
    options = parser().parse_args(arguments[1:])
    if options.allow_local_files is not None:
        os.environ[LOCAL_FILES] = str(options.allow_local_files)
    if options.read_only:
        os.environ[READ_ONLY] = "1"
    if options.jobs is not None:
        os.environ[queue.AT_ONCE] = str(options.jobs)
    return tuple(options.allow_host)


def local_files() -> Path | None:
    """The folder whose files may be read by path; None when reading by path is off."""
    folder = os.environ.get(LOCAL_FILES)
    return Path(folder).resolve() if folder else None


def local_file(text: str) -> Path:
    """The file that a page names by its full path. Links are followed before the folder is compared. Raises ConfigError."""
    return _inside(text, [])


def require_readable(values: Any, workspace: Workspace) -> None:
    """Raises ConfigError unless every path in a configuration lies in the allowed folder, the workspace or the sample data."""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        for value in values:
            require_readable(value, workspace)
    elif isinstance(values, str) and Path(values).is_absolute():
        _inside(values, [workspace.root, SAMPLE_DATA])


OFF = "Reading files of this computer by path is switched off. Start the app with `-- --allow-local-files FOLDER`, or upload the file."


def _inside(text: str, own: list[Path]) -> Path:
    allowed = local_files()
    folders = [folder.resolve() for folder in own] + ([allowed] if allowed else [])
    if not folders:
        raise ConfigError(OFF)
    shown = repr(text.strip()[:80])
    try:
        given = Path(text.strip()).expanduser()
        if not given.is_absolute():
            raise ConfigError(f"{shown} is not a full path; write it from the root of the disk.")
        path = given.resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a loop of links, an unknown home folder
        raise ConfigError(f"{shown} cannot be the name of a file.") from error
    if not any(path.is_relative_to(folder) for folder in folders):
        raise ConfigError(f"{shown} lies outside {allowed}, the only folder that this app reads files from by path." if allowed else OFF)
    return path


def _address(text: str) -> Address:
    found = address(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name, with or without a port")
    return found


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= queue.MOST_AT_ONCE:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 1 to {queue.MOST_AT_ONCE}")
    return int(text)


def _folder(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return path
