"""Arguments that several commands share, and their check before any work: bounds of numbers, names of files, outputs.

Options of the configuration are declared once, in runs/config.py, and offered from there.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.files.atomic import disk_errors, require_replaceable
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import RunConfig
from lraln_core.runs.options import Option, options

SEED_LIMIT = 2**31
STANDARD_OUTPUT = ("-", "/dev/stdout")
# command -> its option that names a file to write
FILES = {"mine": "out", "export": "out", "report": "out", "align-words": "out", "project": "out", "corpus": "out"}
# command -> its option that names a folder to write
FOLDERS = {"run": "run_dir", "suite": "out", "extend": "out", "encode": "out", "fetch": "out"}
LEAST_ROOM = 1_000_000  # bytes free on the disk of an output


def natural(text: str) -> int:
    """A whole number from 0, as an argparse type."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) >= SEED_LIMIT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def number(kind: type, low: float | None = None, high: float | None = None) -> Callable[[str], Any]:
    """A number within bounds, bounds included, as an argparse type. NaN and infinities are refused."""
    limits = f" from {low:g}" * (low is not None) + f" to {high:g}" * (high is not None)

    def read(text: str) -> Any:
        try:
            value = kind(text)
            if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
                raise ValueError
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a {'whole ' * (kind is int)}number{limits}") from None
        return value

    return read


def add_option(
    parser: argparse.ArgumentParser, path: str, *, flag: str = "", default: Any = None, help: str = "", of: type = RunConfig
) -> None:
    """An option of the configuration, such as mining.threshold, with its bounds, choices and help; of: another class of options.

    flag: the name on the command line, --threshold if not given; default: instead of the configuration's.
    """
    option = options(of)[path]
    named: dict[str, Any] = {"choices": list(option.choices)} if option.choices else {"type": _within(option)}
    parser.add_argument(
        flag or f"--{option.name.replace('_', '-')}",
        dest=option.name,
        default=option.default if default is None else default,
        help=(help or option.help).replace("%", "%%"),
        **named,
    )


def add_declared(parser: argparse.ArgumentParser, kind: type) -> None:
    """Every plain option that a configuration class declares, as --name, or --name and --no-name where it is yes or no."""
    for option in options(kind).values():
        named: dict[str, Any] = {"choices": list(option.choices)} if option.choices else {"type": _within(option)}
        if option.kind is bool:
            named = {"action": argparse.BooleanOptionalAction}
        help = f"{option.help} Default {option.default}.".replace("%", "%%")
        parser.add_argument(f"--{option.name.replace('_', '-')}", dest=option.name, default=option.default, help=help, **named)


def _within(option: Option) -> Callable[[str], Any]:
    """An argparse type that refuses values outside the bounds of the option."""

    def read(text: str) -> Any:
        try:
            value = option.kind(text)
        except ValueError:
            what = "a whole number" if option.kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if option.kind in (int, float) and not (
            (option.low is None or value >= option.low) and (option.high is None or value <= option.high)
        ):
            raise argparse.ArgumentTypeError(f"{text} is not within the allowed range {option.low} to {option.high}")
        return value

    return read


def add_languages(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The two languages of a text, and whether it is tokenised."""
    parser.add_argument("--src-lang", required=required, help="ISO 639 code, e.g. mk")
    parser.add_argument("--trg-lang", required=required, help="ISO 639 code, e.g. en")
    parser.add_argument("--tokenized", action="store_true", help="the text is already tokenised: words separated by spaces")


def add_encoder(parser: argparse.ArgumentParser) -> None:
    """Encoder, device and threads; None where a user gave nothing."""
    parser.add_argument("--encoder", help=f"encoder name or folder (default {RunConfig().encoder.name})")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=_within(options(RunConfig)["threads"]), help="processor threads, 0 for all")


def add_vectors(parser: argparse.ArgumentParser, *, leave_out: Sequence[str] = ()) -> None:
    """How the encoder gives word vectors; None where a user gave nothing."""
    known = options(RunConfig)
    for name in ("layer", "pooling", "inner_depth", "inner_weight", "precision"):
        if name in leave_out:
            continue
        option = known[f"encoder.{name}"]
        named: dict[str, Any] = {"choices": list(option.choices)} if issubclass(option.kind, StrEnum) else {"type": _within(option)}
        parser.add_argument(f"--{name.replace('_', '-')}", help=f"{option.help} Default {option.default}.", **named)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """The seed; None where a user gave none."""
    parser.add_argument("--seed", type=natural, help="seed of everything random (default 1)")


def add_quiet(parser: argparse._ActionsContainer) -> None:
    """--quiet, for commands whose folder has a log."""
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr; log.txt in the folder has it in any case")


def mines_stores(options: argparse.Namespace) -> bool:
    """Whether `mine` is asked to mine two sharded stores, not two texts."""
    sides = (options.src, options.trg)
    return options.engine is not None or any(not isinstance(side, Path) or (side / "store.json").is_file() for side in sides)


def check_paths(options: argparse.Namespace, workspace: Workspace) -> None:
    """Raises ConfigError for a path or text that cannot be one, WorkspaceError for an output that cannot be written."""
    _require_path(workspace.root, "the workspace")
    for name, value in vars(options).items():
        for given in value if isinstance(value, list) else [value]:
            if isinstance(given, Path):
                _require_path(given, f"--{name.replace('_', '-')}")
            elif isinstance(given, str):
                _require_text(given, f"--{name.replace('_', '-')}")
    out = getattr(options, FILES.get(options.command, ""), None)
    if options.command == "mine" and mines_stores(options):
        out = None  # a folder, which may exist and be continued
    if isinstance(out, Path) and str(out) not in STANDARD_OUTPUT:
        require_replaceable(out)
        _require_room(out.parent, out)
    folder = getattr(options, FOLDERS.get(options.command, ""), None)
    if isinstance(folder, Path):  # and no URL
        if str(folder) in STANDARD_OUTPUT:
            raise ConfigError(f"{options.command} writes a folder, which cannot go to the standard output; give it a name.")
        if folder.exists() and not folder.is_dir():
            raise WorkspaceError(f"Cannot write to {folder}: it is a file, not a folder.")
        _require_room(folder, folder)


def _require_text(text: str, option: str) -> None:
    """Bytes of a command line that are not UTF-8 arrive as characters that cannot be written."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigError(f"{option} {text[:80]!r} is not UTF-8.") from error


def _require_path(path: Path, option: str) -> None:
    try:
        str(path).encode("utf-8")
        path.resolve()
        if os.path.lexists(path):
            os.stat(path)  # a loop of links
        else:
            os.lstat(path)  # a name that is too long, a NUL
    except FileNotFoundError:
        return
    except (ValueError, RuntimeError) as error:
        raise ConfigError(
            f"{option} {str(path)!r} cannot be the name of a file: it is not UTF-8, or it holds a NUL or a loop of links."
        ) from error
    except PermissionError:
        return  # said by the command that needs it
    except OSError as error:
        raise ConfigError(f"{option} {str(path)[:80]!r} cannot be the name of a file: {error.strerror}.") from error


def _require_room(folder: Path, out: Path) -> None:
    """The nearest folder that exists takes a file and has room. Raises WorkspaceError."""
    with disk_errors(out):
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.is_dir():
            raise WorkspaceError(f"Cannot write to {out}: {folder} is a file, not a folder.")
        with tempfile.TemporaryFile(dir=folder):
            pass
        if shutil.disk_usage(folder).free < LEAST_ROOM:
            raise WorkspaceError(f"Cannot write to {out}: the disk is full; free some space and start again.")


@contextlib.contextmanager
def standard_output(options: argparse.Namespace) -> Iterator[None]:
    """While a command runs with `--out -`: its file goes to the standard output once it is whole, what it prints goes to stderr."""
    name = FILES.get(options.command)
    if name is None or str(getattr(options, name)) not in STANDARD_OUTPUT:
        yield
        return
    if getattr(sys.stdout, "name", "") == os.devnull:  # see open_standard_streams in main.py
        raise ConfigError("The standard output is closed; give --out a name.")
    with tempfile.TemporaryDirectory(prefix="lraln-out-") as folder:
        file = Path(folder) / "standard-output"
        setattr(options, name, file)
        with contextlib.redirect_stdout(sys.stderr):
            yield
        written = sorted(Path(folder).iterdir())
        if written != [file]:
            raise ConfigError("This format is several files; give --out a name.")
        with open(file, "rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()
