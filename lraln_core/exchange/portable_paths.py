"""Removal of this computer's paths from the JSON files of a run for an archive, and the inverse at import.

Paths of sample data become relative, all other paths are reduced to the file name.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.config import PATH_KEYS

_SAMPLES = "sample_data/"


def portable(name: str, value: Any) -> Any:
    """The content of a JSON file of a run folder for an archive. name: of the file."""
    value = copy.deepcopy(value)
    if name == "config.json" and isinstance(value, dict):
        _each_path(value, _to_name)
    if name == "summary.json" and isinstance(value, dict):
        value.pop("run_dir", None)
    return value


def local(name: str, value: Any, folder: Path) -> Any:
    """The content after import: paths of sample data point to this computer, other paths stay file names. folder: of the run."""
    value = copy.deepcopy(value)
    if name == "config.json" and isinstance(value, dict):
        _each_path(value, _to_local)
    if name == "summary.json" and isinstance(value, dict):
        value["run_dir"] = str(folder)
    return value


def dump(value: Any) -> bytes:
    """JSON as the project writes it. Raises ValueError for NaN and infinities."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")


def _each_path(config: dict[str, Any], change: Callable[[str], str]) -> None:
    config.pop("stores", None)  # a shared folder and a cluster of this computer; an archive holds the sampled pairs, not the stores
    for section, key in PATH_KEYS:
        table = config.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = change(table[key])
    encoder = config.get("encoder")
    if isinstance(encoder, dict) and isinstance(encoder.get("name"), str) and _is_full(encoder["name"]):
        encoder["name"] = _name(encoder["name"])  # the name of a model on the hub may hold a slash and stays


def _to_name(path: str) -> str:
    """sample_data/corpora/mk.txt for a sample, mk.txt for any other path."""
    try:
        return _SAMPLES + Path(path).relative_to(SAMPLE_DATA).as_posix()
    except ValueError:
        return path if _is_sample(path) else _name(path)


def _to_local(path: str) -> str:
    """The path of the sample on this computer; of any other path only the name, so that an archive cannot name a file here."""
    return str(SAMPLE_DATA.joinpath(*PurePosixPath(path).parts[1:])) if _is_sample(path) else _name(path)


def _is_sample(path: str) -> bool:
    return path.startswith(_SAMPLES) and ".." not in path.split("/") and "\\" not in path


def _is_full(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def _name(path: str) -> str:
    """The last part, whichever system wrote the path."""
    return PureWindowsPath(path).name
