"""Paths of the workspace: the folder that holds everything the tool writes."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import WorkspaceError

from .atomic import disk_errors

_INSTALLED = Path(__file__).resolve().parents[1] / "_app"  # a wheel carries app.py, pages/ and sample_data/ here; a checkout at its top
IS_INSTALLED = _INSTALLED.is_dir()
PROJECT = _INSTALLED if IS_INSTALLED else Path(__file__).resolve().parents[2]
SAMPLE_DATA = PROJECT / "sample_data"
NOTICE = PROJECT / "NOTICE"  # licences of the project, its data and the weights it uses


@dataclass(frozen=True)
class Workspace:
    """The folder that holds everything the tool writes.

    LRALN_WORKSPACE where that is set; else `cache/` of a checkout, `lraln-workspace/` in the current folder for an installed wheel.
    """

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        wanted = os.environ.get("LRALN_WORKSPACE", "")
        try:
            usual = Path.cwd() / "lraln-workspace" if IS_INSTALLED else PROJECT / "cache"
            return cls(Path(wanted or usual).resolve())
        except (OSError, RuntimeError) as error:  # the current folder was deleted, or links lead back to themselves
            raise WorkspaceError(f"The workspace {wanted!r} cannot be found from the current folder: {error}.") from error

    @property
    def corpora(self) -> Path:
        return self.root / "corpora"

    @property
    def ccwrs(self) -> Path:
        return self.root / "ccwr"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def suites(self) -> Path:
        return self.root / "suites"

    @property
    def layers(self) -> Path:
        """Layer sweeps, a folder each."""
        return self.root / "layers"

    @property
    def judgements(self) -> Path:
        return self.root / "judgements"

    @property
    def database(self) -> Path:
        return self.root / "lraln.duckdb"

    def require_writable(self) -> Workspace:
        """Create the folder and check that a file can be written. Raises WorkspaceError with the reason."""
        with disk_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        return self
