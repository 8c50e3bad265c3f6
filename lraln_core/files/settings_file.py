"""A file of settings, TOML or JSON, as plain values: bounded in size and depth, and every name in it one that a file can have."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError

MOST_BYTES = 1_000_000
_DEEP_KEY = re.compile(r"^[^=\n\"']*(?:\.[^=\n\"'.]*){20}", re.MULTILINE)  # tomllib needs the square of their length in memory


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
    kind = "JSON" if path.suffix == ".json" else "TOML"
    try:
        text = raw.decode("utf-8")
        values = json.loads(text) if kind == "JSON" else parse_toml(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid {kind}: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {what} is a table of keys.")
    return values


def parse_toml(text: str) -> dict[str, Any]:
    """TOML without keys of more than twenty parts. Raises ValueError, RecursionError."""
    if _DEEP_KEY.search(text):
        raise ValueError("a key of more than 20 parts")
    return tomllib.loads(text)


def beside(folder: Path, name: str, where: str) -> str:
    """The full path of a file named in settings that lie in `folder`. Raises ConfigError for what no file can be called."""
    try:
        return str((folder / require_text(name, where)).resolve())
    except (OSError, ValueError, RuntimeError) as error:  # a name that is too long, a loop of links
        raise ConfigError(f"{where} = {name!r} cannot be the name of a file.") from error


def require_text(value: str, where: str) -> str:
    """The value. Raises ConfigError when it holds a NUL or half a character, which neither files nor the database take."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigError(f"{where} = {value!r} holds half a character (an unpaired surrogate).") from error
    if "\x00" in value:
        raise ConfigError(f"{where} = {value!r} holds a NUL character.")
    return value
