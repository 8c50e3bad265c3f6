"""lraln: align the word representations of a low-resource language with English, without parallel data.

    import lraln_core

    run = lraln_core.align("news.mk.txt", "news.en.txt", src_lang="mk", trg_lang="en")
    run.pairs()
    run.retrieval

The functions are imported on first use, so that `import lraln_core` is quick and loads no language model library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lraln_core.api import RunResult, align, evaluate, mine, open_run
    from lraln_core.encoder.registry import open_encoder
    from lraln_core.files.workspace import SAMPLE_DATA

__version__ = "0.2.0"

__all__ = ["SAMPLE_DATA", "RunResult", "__version__", "align", "evaluate", "mine", "open_encoder", "open_run"]

_MODULES = {
    "RunResult": "lraln_core.api",
    "SAMPLE_DATA": "lraln_core.files.workspace",
    "align": "lraln_core.api",
    "evaluate": "lraln_core.api",
    "mine": "lraln_core.api",
    "open_encoder": "lraln_core.encoder.registry",
    "open_run": "lraln_core.api",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
