"""Settings files, TOML or JSON, as plain values: bounded in size and depth, with checks of the file names in them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError

MOST_BYTES = 1_000_000
MOST_PARTS = 20  # of one dotted key; tomllib needs the square of their number in memory
MOST_NAMES = 50_000  # keys and plain values together
MOST_DEPTH = 20  # of lists and tables inside each other
_TOKEN = re.compile(
    r"""(?P<space>[ \t]++)|(?P<comment>\#[^\n]*+)
    |(?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*+"{3,5}|'{3}(?:[^']|'(?!''))*+'{3,5}|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')
    |(?P<bare>[^\s.,=\[\]{}"'\#]++)|(?P<dot>\.)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<other>[\s,=])""",
    re.DOTALL | re.VERBOSE,
)


def read(path: Path, what: str) -> dict[str, Any]:
    """The table of a .json file, or of a TOML file of any other name; what: "the configuration". Raises ConfigError."""
    try:
        if not path.is_file():
            raise ConfigError(f"Cannot read {what} {path}: there is no such file.")
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a character in the name
        raise ConfigError(f"Cannot read {what} {str(path)!r}: {getattr(error, 'strerror', None) or error}.") from error
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than {MOST_BYTES:,} bytes, so it is no file of settings.")
    kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
    try:
        text = raw.decode("utf-8-sig")  # editors of Windows begin a file with a byte order mark
        values = json.loads(text) if kind == "JSON" else parse_toml(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid {kind}: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {what} is a table of keys.")
    return values


def parse_toml(text: str) -> dict[str, Any]:
    """TOML whose keys, depth and number of names are bounded, so that 1 MB takes bounded time and memory. Raises ValueError."""
    _require_bounded(text)
    return tomllib.loads(text)


def _require_bounded(text: str) -> None:
    """One pass over the tokens, linear in the length of the text. Raises ValueError."""
    place = parts = names = depth = 0
    joined = False  # the next name continues a dotted key
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(f"a string that does not end (line {text.count(chr(10), 0, place) + 1})")
        place = token.end()
        kind = token.lastgroup
        if kind in ("string", "bare"):
            parts, joined, names = parts + 1 if joined else 1, False, names + 1
        elif kind == "dot":
            joined = True
        elif kind == "open":
            depth, names = depth + 1, names + 1
        elif kind == "close":
            depth -= 1
        if kind in ("comment", "open", "close", "other"):
            parts, joined = 0, False
        if parts > MOST_PARTS or depth > MOST_DEPTH or names > MOST_NAMES:
            what = f"a key of more than {MOST_PARTS} parts" if parts > MOST_PARTS else f"more than {MOST_DEPTH} levels"
            what = f"more than {MOST_NAMES:,} names and values" if names > MOST_NAMES else what
            raise ValueError(f"{what} (line {text.count(chr(10), 0, place) + 1})")


def beside(folder: Path, name: str, where: str) -> str:
    """The absolute path of a file that is named relative to `folder`. Raises ConfigError for a name that no file can have."""
    try:
        return str((folder / require_text(name, where)).resolve())
    except (OSError, ValueError, RuntimeError) as error:  # a name that is too long, a loop of links
        raise ConfigError(f"{where} = {name!r} cannot be the name of a file.") from error


def require_text(value: str, where: str) -> str:
    """The value. Raises ConfigError when it holds a NUL character or an unpaired surrogate, which files and the database refuse."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigError(f"{where} = {value!r} holds half a character (an unpaired surrogate).") from error
    if "\x00" in value:
        raise ConfigError(f"{where} = {value!r} holds a NUL character.")
    return value
