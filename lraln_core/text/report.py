"""What became of a corpus file: how much was kept, what was dropped and why."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lraln_core.errors import ConfigError, WorkspaceError

from .characters import expected_scripts
from .languages import get_language

SCRIPT_SHARE = 0.7
DUPLICATE_SHARE = 0.2
LONG_SHARE = 0.2


class DropReason(StrEnum):
    """Why a line is not in the corpus."""

    EMPTY = "empty"
    NO_LETTERS = "no letters"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    DUPLICATE = "duplicate"
    LINE_TOO_LONG = "line too long"


@dataclass(frozen=True)
class CorpusLimits:
    """Which sentences a corpus takes. Raises ConfigError for limits that no sentence can meet."""

    min_words: int = 3
    max_words: int | None = 100
    max_chars: int | None = 2000
    nfc: bool = True  # bring the text into Unicode NFC

    def __post_init__(self) -> None:
        for name in ("min_words", "max_words", "max_chars"):
            value = getattr(self, name)
            if value is None and name != "min_words":
                continue
            if type(value) is not int or value < 1:
                raise ConfigError(f"{name} = {value!r} must be a whole number from 1.")
        if self.max_words is not None and self.max_words < self.min_words:
            raise ConfigError(f"max_words = {self.max_words} is below min_words = {self.min_words}.")


@dataclass(frozen=True)
class CorpusReport:
    """Counts of one prepared corpus. With a `limit` the file is read only until so many sentences are kept."""

    file: str  # name of the file
    language: str
    tokenized: bool
    column: str
    tokenizer: str
    limits: CorpusLimits
    limit: int
    lines: int  # lines (or rows) read
    kept: int
    dropped: dict[str, int]  # by DropReason
    examples: dict[str, list[int]]  # a few line numbers by DropReason
    words: int
    types: int  # different words
    letters: dict[str, int]  # by script, most frequent first
    format: str = ""  # as `formats.detect` calls it; "" in reports of earlier versions
    encoding: str = ""  # "" for UTF-8 and UTF-16
    tier: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        return dataclasses.asdict(self)

    def warnings(self) -> tuple[str, ...]:
        """Sentences about what a person should look at before using this corpus."""
        found = [self._script_warning()]
        repeated, long, endless = (
            self.dropped.get(reason, 0) for reason in (DropReason.DUPLICATE, DropReason.TOO_LONG, DropReason.LINE_TOO_LONG)
        )
        lines = max(self.lines, 1)
        if repeated > DUPLICATE_SHARE * lines:
            found.append(f"{repeated:,} of {lines:,} lines ({repeated / lines:.0%}) repeat an earlier one and were dropped.")
        if long > LONG_SHARE * lines:
            found.append(f"{long:,} of {lines:,} lines ({long / lines:.0%}) are too long: is the text one sentence a line?")
        if endless:
            found.append(f"Lines of more than 1,000,000 bytes that were left out: {endless:,}.")
        return tuple(sentence for sentence in found if sentence)

    def _script_warning(self) -> str:
        language, total = get_language(self.language), sum(self.letters.values())
        expected = sum(self.letters.get(script, 0) for script in expected_scripts(language.script))
        if not total or not language.script or expected >= SCRIPT_SHARE * total:
            return ""
        most = max(self.letters, key=self.letters.__getitem__)
        return (
            f"Only {expected / total:.0%} of the letters are {language.script.title()}, the script of {language.name}; "
            f"most are {most.title()}: is this the right file and language?"
        )


def from_json(values: Any) -> CorpusReport:
    """Inverse of `to_json`. Raises WorkspaceError when keys are missing or unknown."""
    try:
        return CorpusReport(**{**values, "limits": CorpusLimits(**values["limits"])})
    except (TypeError, KeyError, ConfigError) as error:
        raise WorkspaceError(f"A corpus report cannot be read ({error}); add the corpus again.") from error
