"""The counterpart of a run: the same configuration with the other mining method, mutual pairs against the union (paper, section 5.3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lraln_core.choices import MiningMethod
from lraln_core.errors import ConfigError

from .config import PATH_KEYS, RunConfig, from_json
from .stored import as_written
from .systems import registry

_OTHER = {
    MiningMethod.FORWARD_BACKWARD: MiningMethod.INTERSECTION,
    MiningMethod.INTERSECTION: MiningMethod.FORWARD_BACKWARD,
    MiningMethod.FORWARD: MiningMethod.INTERSECTION,
    MiningMethod.BACKWARD: MiningMethod.INTERSECTION,
}
_NO_PART = frozenset({("", "name"), ("", "threads"), ("evaluation", "lexicon")})  # do not change the results
_NAMES = {MiningMethod.FORWARD_BACKWARD: "either way", MiningMethod.INTERSECTION: "both ways"}


def counterpart_method(config: dict[str, Any]) -> MiningMethod | None:
    """The mining method of the counterpart; None for a run that mines nothing or whose configuration is unknown."""
    mining = config.get("mining")
    method = mining.get("method", MiningMethod.FORWARD_BACKWARD) if isinstance(mining, dict) else MiningMethod.FORWARD_BACKWARD
    system = config.get("system", registry.PAPER)
    if system not in registry.names() or not registry.system(system).mines or method not in list(MiningMethod):
        return None
    return _OTHER[MiningMethod(method)]


def counterpart_config(config: dict[str, Any]) -> RunConfig:
    """The configuration of the counterpart. Raises ConfigError when there is none, or a text it needs is not on this computer."""
    method = counterpart_method(config)
    if method is None:
        raise ConfigError("This run mines no word pairs, so it has no counterpart.")
    own = from_json(as_written(config))
    for section, key in PATH_KEYS:
        table = getattr(own, section)
        path = "" if key == "corpus" and table.corpus_id else getattr(table, key)
        if path and not Path(path).is_file():
            raise ConfigError(f"The file {path} of this run is not on this computer, so the counterpart cannot be started here.")
    name = f"{own.name[:120] or 'Run'} ({_NAMES[method]})"
    return dataclasses.replace(own, name=name, mining=dataclasses.replace(own.mining, method=method))


def find_counterpart(config: dict[str, Any], others: Iterable[tuple[str, dict[str, Any]]]) -> str | None:
    """The first of the others, (id, configuration), that is the counterpart; names and processor threads are not compared."""
    method = counterpart_method(config)
    if method is None:
        return None
    wanted = _comparable(config) | {("mining", "method"): str(method)}
    return next((id for id, other in others if _comparable(other) == wanted), None)


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Options in which two configurations differ: (name with its section, value here, value there); defaults are filled in."""
    first, second = _flat(one), _flat(other)
    names = list(dict.fromkeys([*first, *second]))
    return [(".".join(filter(None, name)), first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)]


def _comparable(config: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {name: value for name, value in _flat(config).items() if name not in _NO_PART}


def _flat(config: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """{(section, option): value} with the defaults of the options a configuration leaves out."""
    flat: dict[tuple[str, str], Any] = {}
    for values in (RunConfig().to_json(), as_written(config)):
        for section, value in values.items():
            items = value.items() if isinstance(value, dict) else [("", value)]
            flat |= {(section, name) if name else ("", section): one for name, one in items}
    return flat
