"""Errors shown to users. Each message is one sentence that names the place, the value and the remedy."""

from __future__ import annotations

LONGEST = 600  # characters of a message; a value it quotes may be a whole file


class LralnError(Exception):
    """Base of all errors shown to users: the message is one line; very long ones are shortened in the middle."""

    def __str__(self) -> str:
        text = " ".join(super().__str__().split())
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 3 :]}"


class ConfigError(LralnError):
    """A run configuration that cannot be used: unknown key, wrong type, value out of range."""


class CorpusError(LralnError):
    """A text file that cannot be read in its format: not UTF-8, empty, a column missing, unequal lengths."""


class LanguageError(LralnError):
    """A language code the project does not know."""


class EncoderError(LralnError):
    """A language model that cannot be found, loaded or run."""


class MapsError(LralnError):
    """A maps file that is damaged or does not fit the encoder or the languages at hand."""


class RunError(LralnError):
    """A run that cannot start, continue or be read: nothing mined, maps that collapsed, a damaged run folder."""


class WorkspaceError(LralnError):
    """The workspace folder cannot be used: read-only, disk full, opened by another app, of a newer version."""


class WorkspaceInUseError(WorkspaceError):
    """Another process has the workspace's database open. It is free again as soon as that process ends."""

    def __init__(self, message: str, holder: int | None = None):
        super().__init__(message)
        self.holder = holder  # its process number, where the system gives it


class Cancelled(LralnError):
    """The user asked the run to stop."""
