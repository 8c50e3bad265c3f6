"""Widgets made from the declared options of RunConfig: each brings its own label, help, default, bounds and choices."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import streamlit as st

from lraln_core.runs.config import RunConfig
from lraln_core.runs.options import Option, options


def section_names() -> list[str]:
    """The sections of the configuration, in its order."""
    return list(dict.fromkeys(option.section for option in options(RunConfig).values() if option.section))


def names_of(section: str) -> list[str]:
    """The plain options of a section, in the order of the configuration."""
    return [option.name for option in options(RunConfig).values() if option.section == section]


def option_key(form: str, path: str) -> str:
    """The key of the widget of an option in a form."""
    return f"{form}.{path}"


def default_of(section: str, name: str, defaults: Mapping[str, Any] | None = None) -> Any:
    """The value of an option that is not drawn: that of `defaults` (dotted key -> value), else the declared one."""
    path = f"{section}.{name}" if section else name
    return (defaults or {}).get(path, options(RunConfig)[path].default)


def option(section: str, name: str, *, key: str = "launch", defaults: Mapping[str, Any] | None = None) -> Any:
    """A widget for one option; returns its value. What was typed stays while the visitor looks at other pages.

    defaults: dotted key -> value, in place of the declared default.
    """
    chosen = options(RunConfig)[f"{section}.{name}" if section else name]
    chosen = dataclasses.replace(chosen, default=(defaults or {}).get(chosen.path, chosen.default))
    return widget(chosen, key, help=f"{chosen.help} In configuration files: `{chosen.path}`.")


def declared(kind: type, form: str) -> dict[str, Any]:
    """Widgets for all plain options that a configuration class declares, in two columns. -> values by name"""
    values = {}
    chosen = list(options(kind).values())
    for pair in itertools.zip_longest(chosen[::2], chosen[1::2]):
        for column, one in zip(st.columns(2, gap="medium", vertical_alignment="bottom"), pair, strict=True):
            if one:
                with column:
                    values[one.name] = widget(one, form)
    return values


def widget(chosen: Option, form: str, *, help: str = "") -> Any:
    """A widget for a declared option; returns its value. help: instead of the option's own."""
    shared = {"key": option_key(form, chosen.path), "persist_state": "session", "help": help or chosen.help}
    if chosen.kind is bool:
        return st.toggle(chosen.label, value=chosen.default, **shared)
    if chosen.choices:
        values = list(chosen.choices)
        return st.selectbox(
            chosen.label,
            values,
            index=values.index(str(chosen.default)),
            format_func=lambda value: chosen.choices.get(value, value),
            **shared,
        )
    if chosen.kind in (int, float):
        return _number(chosen, shared)
    return st.text_input(chosen.label, value=chosen.default, **shared)


def _number(chosen: Option, shared: dict[str, Any]) -> Any:
    kind = chosen.kind
    limits = {
        "min_value": None if chosen.low is None else kind(chosen.low),
        "max_value": None if chosen.high is None else kind(chosen.high),
    }
    if kind is float:
        return st.number_input(chosen.label, value=chosen.default, step=_step(chosen.default), format="%.6g", **limits, **shared)
    return st.number_input(chosen.label, value=chosen.default, step=1, **limits, **shared)


def _step(value: float) -> float:
    """A tenth of the order of magnitude of the default."""
    return 10.0 ** (len(f"{int(1 / value)}") * -1) if 0 < value < 1 else 0.1


def section(name: str, *, leave_out: frozenset[str] = frozenset(), defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All options of a section in two columns; defaults as for `option`. -> values by name."""
    values = {}
    names = [option_name for option_name in names_of(name) if option_name not in leave_out]
    for pair in itertools.zip_longest(names[::2], names[1::2]):
        for column, option_name in zip(st.columns(2, gap="medium", vertical_alignment="bottom"), pair, strict=True):
            if option_name:
                with column:
                    values[option_name] = option(name, option_name, defaults=defaults)
    return values
