"""Options of a configuration: one declaration gives default, bounds, label and help, and validation, form and command line use it.

The configurations of runs and of suites are frozen pydantic dataclasses. `option` declares a field, `build` validates plain values into
a configuration and turns the first fault into one sentence, `options` lists the declarations for forms and the command line.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from lraln_core.errors import ConfigError
from lraln_core.files.settings_file import require_text

T = TypeVar("T")
_NO_NUL = r"^[^\x00]*$"  # neither files nor the database take a NUL; `require_text` says so
Choices = Mapping[str, str] | Callable[[], Mapping[str, str]]

FORBID_UNKNOWN = ConfigDict(extra="forbid")
"""For `pydantic.dataclasses.dataclass(frozen=True, config=FORBID_UNKNOWN)`: keys that no field has are errors."""


def option(
    default: Any, help: str, *, label: str = "", low: float | None = None, high: float | None = None, choices: Choices | None = None
) -> Any:
    """A field of a configuration.

    help: one sentence for the form and the command line. label: the name for people. low, high: the allowed range, bounds included.
    choices: value -> label for people; for an enum those members whose value does not explain itself, for a text all allowed values,
    as a function where they are known only later. Numbers, texts and booleans are not converted from another type.
    """
    strict = not isinstance(default, StrEnum)
    rules: dict[str, Any] = {"strict": strict, "ge": low, "le": high}
    if isinstance(default, float):
        rules["allow_inf_nan"] = False
    if strict and isinstance(default, str):
        rules["pattern"] = _NO_NUL
    if choices:
        rules["json_schema_extra"] = {"choices": choices}
    return Field(default, title=label or None, description=help, **rules)


@dataclass(frozen=True)
class Option:
    """What was declared for one field; `section` is "" for the fields of the configuration itself."""

    section: str
    name: str
    kind: type
    default: Any
    label: str
    help: str
    low: float | None
    high: float | None
    choices: Mapping[str, str]  # value -> label; empty where any value of the kind within the bounds is allowed

    @property
    def path(self) -> str:
        """The dotted key of configuration files and of --set."""
        return f"{self.section}.{self.name}" if self.section else self.name


def options(kind: type) -> dict[str, Option]:
    """The plain options of a configuration class and of its sections by dotted key, in the order of their declaration."""
    hints = typing.get_type_hints(kind)
    found = {option.path: option for option in _plain(kind, "")}
    for field in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[field.name]):
            found |= {option.path: option for option in _plain(hints[field.name], field.name)}
    return found


def _plain(kind: Any, section: str) -> list[Option]:
    hints = typing.get_type_hints(kind)
    found = []
    for name, field in kind.__pydantic_fields__.items():
        if dataclasses.is_dataclass(hints[name]) or not isinstance(hints[name], type):
            continue
        bounds = {type(one).__name__: one for one in field.metadata}
        choices = (field.json_schema_extra or {}).get("choices") or {}
        named: Mapping[str, str] = choices() if callable(choices) else choices
        if issubclass(hints[name], StrEnum):
            named = {str(member): named.get(member, str(member)) for member in hints[name]}
        found.append(
            Option(
                section,
                name,
                hints[name],
                field.default,
                field.title or name.replace("_", " ").capitalize(),
                field.description or "",
                getattr(bounds.get("Ge"), "ge", None),
                getattr(bounds.get("Le"), "le", None),
                named,
            )
        )
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def build(kind: type[T], values: Any, whole: str, *, place: str = "") -> T:
    """A validated configuration from plain values. whole: what they are called, "The configuration"; place: the key under which
    they stand in a larger one. Raises ConfigError that names the first bad key, its value and what is allowed."""
    try:
        hashable: Any = kind
        built: T = _adapter(hashable).validate_python(values)
        return built
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        fault = next((one for one in faults if one["type"] != "missing"), faults[0])  # a misspelt key explains a missing one
        raise ConfigError(_sentence(kind, fault, whole, place)) from error


def _sentence(kind: type, fault: Any, whole: str, place: str) -> str:
    """The fault in words. Raises ConfigError itself for text that cannot be stored."""
    location, value, context = fault["loc"], fault["input"], fault.get("ctx", {})
    where = place + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    where = where.removeprefix(".")
    if isinstance(value, str):
        require_text(value, where)
    said = f"{where} = {_shown(value)}"
    match fault["type"]:
        case "unexpected_keyword_argument":
            parent = _type_at(kind, location[:-1])
            return f"Unknown option {where}; known here: {', '.join(field.name for field in dataclasses.fields(parent))}."
        case "missing":
            return f"{where} is missing."
        case "dataclass_type":
            return f"{where or whole} must be a table, not {_shown(value)}."
        case "enum":
            return f"{said} is unknown; choose one of {', '.join(_type_at(kind, location))}."
        case "greater_than_equal":
            return f"{said} is below the smallest allowed value {context['ge']}."
        case "less_than_equal":
            return f"{said} is above the largest allowed value {context['le']}."
        case "finite_number":
            return f"{said} is not a finite number."
        case "bool_type" | "int_type" | "float_type" | "string_type" | "dict_type" | "list_type" | "tuple_type":
            return f"{said} must be {_TYPES[fault['type'].removesuffix('_type')]}."
        case _:
            return f"{said}: {fault['msg']}."


_TYPES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "dict": "a table",
    "list": "a list",
    "tuple": "a list",
}


def _type_at(kind: Any, location: Sequence[str | int]) -> Any:
    """The declared type at a place inside a configuration class."""
    for part in location:
        if isinstance(part, str) and dataclasses.is_dataclass(kind):
            kind = typing.get_type_hints(kind)[part]
        elif isinstance(part, int):
            kind = typing.get_args(kind)[0]
        inner = [one for one in typing.get_args(kind) if one is not type(None)]
        if inner and typing.get_origin(kind) is not tuple:
            kind = inner[0]
    return kind


def _shown(value: Any) -> str:
    try:
        return repr(value)  # the error class shortens what is long
    except ValueError:
        return "a number of more digits than can be shown"
