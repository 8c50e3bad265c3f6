"""What a layer sweep is asked to do, its folder in the workspace and its result. Loads no model library."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.choices import BUILT_IN, Pooling, Precision
from lraln_core.errors import ConfigError, RunError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.text.corpus import is_corpus_id

from . import background

LEAST, MOST, USUAL = 20, 5000, 500  # sentences of each corpus
FORMAT = 1  # increase it when the same request gives other figures


@dataclass(frozen=True)
class LayerRequest:
    """Two prepared corpora, the encoder, and how many sentences of each are encoded. Raises ConfigError for a value out of range."""

    src_corpus: str  # ids of corpora of the workspace
    trg_corpus: str
    encoder: str = BUILT_IN
    pooling: Pooling = Pooling.LAST
    device: str = "auto"
    precision: Precision = Precision.AUTO
    sentences: int = USUAL
    layers: tuple[int, ...] = ()  # all where none is named; negative numbers count from the end
    seed: int = 1

    def __post_init__(self) -> None:
        for id in (self.src_corpus, self.trg_corpus):
            if not is_corpus_id(id):
                raise ConfigError(f"{id!r} is not the id of a corpus.")
        if not LEAST <= self.sentences <= MOST:
            raise ConfigError(f"A layer sweep takes {LEAST} to {MOST} sentences of each corpus, not {self.sentences}.")

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is its inverse."""
        values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return values

    @property
    def key(self) -> str:
        """Name of the folder: the same request gives the same one."""
        text = json.dumps({"format": FORMAT} | self.to_json(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def from_json(values: Any) -> LayerRequest:
    """Raises ConfigError for values that are no request."""
    try:
        choices = {"pooling": Pooling(values["pooling"]), "precision": Precision(values["precision"]), "layers": tuple(values["layers"])}
        return LayerRequest(**(values | choices))
    except (TypeError, KeyError, ValueError) as error:
        raise ConfigError(f"This is not the request of a layer sweep: {error}.") from error


def folder_of(request: LayerRequest, workspace: Workspace) -> RunFolder:
    """The folder of a sweep, which may not exist yet."""
    return RunFolder(workspace.layers / request.key)


def start(request: LayerRequest, workspace: Workspace) -> RunFolder:
    """Start a sweep in its own process and return its folder at once. Raises WorkspaceError."""
    workspace.require_writable()
    folder = folder_of(request, workspace)
    write_json(request_file(folder), request.to_json())
    background.start(folder, workspace, ["layers", "--request", str(request_file(folder)), "--quiet"])
    return folder


def request_file(folder: RunFolder) -> Path:
    """What the sweep of a folder was asked to do."""
    return folder.path / "request.json"


def result_file(folder: RunFolder) -> Path:
    """The figures of every layer, written last."""
    return folder.path / "layers.json"


def read_result(folder: RunFolder) -> dict[str, Any] | None:
    """The figures of a finished sweep, None before. Raises RunError for a damaged file."""
    path = result_file(folder)
    if not path.exists():
        return None
    values = read_json(path)
    if not isinstance(values, dict) or not {"layers", "recommended", "encoder", "precision"} <= values.keys():
        raise RunError(f"{path} is damaged; start the sweep again.")
    return values
