"""Presets: named sets of values under a configuration. What the configuration itself says comes before them."""

from __future__ import annotations

import copy
from enum import StrEnum
from typing import Any

from lraln_core.choices import INNER_WEIGHT
from lraln_core.errors import ConfigError

from .systems import registry


class Preset(StrEnum):
    """`paper` does what the published script does; `recommended` is what measured best here (docs/recipe.md)."""

    PAPER = "paper"
    RECOMMENDED = "recommended"


DEFAULT = Preset.RECOMMENDED
"""Of a run whose preset and system nobody named."""
NONE = "none"
"""In place of a preset: every option that a configuration leaves out has its default, which is the paper's."""

LABELS = {Preset.RECOMMENDED: "Recommended", Preset.PAPER: "The paper's"}

EXPLANATIONS = {
    Preset.PAPER: "The paper's recipe exactly: the last subword, mining in both directions, 5,000 steps, the last maps.",
    Preset.RECOMMENDED: "What measured best with the built-in encoder: mean of subwords, normalised spaces, maps learned from glosses.",
}

VALUES: dict[Preset, dict[str, Any]] = {
    Preset.PAPER: {
        "system": registry.PAPER,
        "encoder": {"pooling": "last", "inner_depth": 0.0},
        "training": {"schedule": "linear", "select_best": False},
        "vecmap": {"orthogonal": True},
    },
    Preset.RECOMMENDED: {
        "system": registry.RECOMMENDED,
        "encoder": {"pooling": "mean", "inner_depth": 0.67, "inner_weight": INNER_WEIGHT},
        "normalization": {"centre": True, "remove_top": 0, "whitening": 0.5},
        "mining": {"scoring": "csls", "method": "intersection", "letters_only": True, "threshold": 0.0},
    },
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises ConfigError that lists them."""
    try:
        return Preset(name)
    except ValueError as error:
        raise ConfigError(f"preset = {name!r} is unknown; choose one of {', '.join(Preset)}.") from error


def under(name: Preset, values: dict[str, Any]) -> dict[str, Any]:
    """The preset's values with those of a configuration over them, key by key. values: plain tables, not changed."""
    return _merged(copy.deepcopy(VALUES[name]), values)


def fill(values: dict[str, Any], name: str = "") -> dict[str, Any]:
    """The values of a configuration over those of its preset: `name`, else the one that its key `preset` names, else DEFAULT.

    A configuration that names a system and no preset says what it wants: its other options have their defaults. So it is with NONE.
    Raises ConfigError for an unknown preset.
    """
    values = dict(values)
    own = values.pop("preset", "")
    chosen = name or own or (NONE if "system" in values else DEFAULT)
    return values if chosen == NONE else under(preset(chosen), values)


def by_path(name: Preset) -> dict[str, Any]:
    """The preset's values by dotted key, for forms."""
    flat: dict[str, Any] = {}
    for section, values in VALUES[name].items():
        flat |= {f"{section}.{key}": value for key, value in values.items()} if isinstance(values, dict) else {section: values}
    return flat


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            below[key] = _merged(below[key], value)
        else:
            below[key] = value
    return below
