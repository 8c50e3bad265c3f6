"""How a run is cited: what identifies it on any computer, as a sentence and as BibTeX."""

from __future__ import annotations

import copy
import hashlib
import json
import re

from lraln_core import __version__
from lraln_core.files.latex import latex_text
from lraln_core.runs.config import PATH_KEYS
from lraln_core.store.queries.runs import RunRecord


def run_hash(run: RunRecord) -> str:
    """Twelve hexadecimal digits of everything that was asked for: the configuration without names and paths, and the content of the
    corpora. The same on every computer."""
    config = copy.deepcopy(run.config)
    config.pop("name", None)
    config.pop("threads", None)
    for section, key in PATH_KEYS:
        if isinstance(config.get(section), dict):
            config[section].pop(key, None)
    whole = {"config": config, "src_corpus": run.src_corpus, "trg_corpus": run.trg_corpus}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]


def citation(run: RunRecord) -> str:
    """One sentence: program, run, hash, system, encoder, seed, corpora, versions of the libraries."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted((run.versions or {}).items()))
    corpora = ", ".join(f"{side} corpus {id[:12]}" for side, id in (("source", run.src_corpus), ("target", run.trg_corpus)) if id)
    parts = [
        f"lraln {__version__}",
        f"run {run.id} (configuration {run_hash(run)})",
        f"system {run.system}",
        f"{run.src_language}-{run.trg_language}",
        f"encoder {run.encoder}",
        f"seed {run.seed}",
        corpora,
        f"{run.mined_pairs:,} word pairs",
        versions,
    ]
    return "; ".join(part for part in parts if part) + "."


def bibtex(run: RunRecord) -> str:
    """The same as an entry of type misc; its year is that in which the run began."""
    key = re.sub(r"[^A-Za-z0-9-]", "-", run.id)
    year = (run.started or "")[:4]
    return (
        f"@misc{{lraln-{key},\n"
        f"  title = {{Word pairs of {latex_text(run.src_language)} and {latex_text(run.trg_language)}}},\n"
        + (f"  year = {{{year}}},\n" if year.isdecimal() else "")
        + f"  note = {{{latex_text(citation(run))}}}\n}}\n"
    )
