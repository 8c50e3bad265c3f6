"""Matching of a search text, ignoring case: exact, prefix, contains or regular expression."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lraln_core.errors import ConfigError

MAX_TEXT = 1000


class Match(StrEnum):
    """How a word must match the search text."""

    EXACT = "exact"
    PREFIX = "prefix"
    CONTAINS = "contains"
    REGEX = "regex"  # RE2, found anywhere in the word unless anchored with ^ and $


_CONDITIONS = {
    Match.EXACT: "lower({column}) = lower(${parameter})",
    Match.PREFIX: "starts_with(lower({column}), lower(${parameter}))",
    Match.CONTAINS: "contains(lower({column}), lower(${parameter}))",
    Match.REGEX: "regexp_matches({column}, ${parameter}, 'i')",
}


def condition(column: str, parameter: str, match: Match) -> str:
    """The SQL condition that `column` (a trusted name) matches the text in the named parameter."""
    return _CONDITIONS[match].format(column=column, parameter=parameter)


def searchable(text: Any, match: Match, what: str) -> str:
    """The text in Unicode NFC, as the corpora are. Raises ConfigError when it cannot be searched for: an unpaired surrogate, more
    than MAX_TEXT characters, or an invalid regular expression."""
    if not isinstance(text, str):
        raise ConfigError(f"{what} must be text, not {text!r}.")
    if len(text) > MAX_TEXT:
        raise ConfigError(f"{what} is {len(text)} characters long; at most {MAX_TEXT} can be searched for.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigError(f"{what} {text!r} holds half a character (an unpaired surrogate); type it again.") from error
    text = unicodedata.normalize("NFC", text)
    if match is Match.REGEX and text:
        try:
            pc.match_substring_regex(pa.array([""]), text, ignore_case=True)  # RE2, the library that DuckDB uses too
        except pa.ArrowInvalid as error:
            reason = str(error).removeprefix("Invalid regular expression: ").splitlines()[0]
            short = text if len(text) <= 80 else f"{text[:80]}\N{HORIZONTAL ELLIPSIS}"
            raise ConfigError(f"{what} {short!r} is not a regular expression that can be used here ({reason[:120]}).") from error
    return text


def coerce(kind: type[StrEnum], value: Any, what: str) -> Any:
    """The member of an option's enum. Raises ConfigError that lists the choices."""
    try:
        return kind(value)
    except ValueError as error:
        raise ConfigError(f"{what} = {value!r} is unknown; choose one of {', '.join(kind)}.") from error


def require_page(offset: int, limit: int) -> dict[str, int]:
    """Parameters of a page. Raises ConfigError when they are out of range."""
    if offset < 0 or not 0 <= limit <= 10_000:
        raise ConfigError(f"A page starts at 0 or later and has at most 10000 rows, not offset {offset} and limit {limit}.")
    return {"offset": int(offset), "limit": int(limit)}
