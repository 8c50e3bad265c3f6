"""The job that scores the pairs of a finished run, for runs of older versions and runs with an encoder of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lraln_core.alignment import maps as maps_module
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import RunError
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.context import encoder_of
from lraln_core.runs.pair_source import Fetch
from lraln_core.runs.scores.pair_scores import Spaces, write_scores
from lraln_core.runs.stored import stored_config
from lraln_core.text.corpus import open_corpus
from lraln_core.threads import limit_threads

from . import jobs
from .score_request import JOB


def score(run: RunFolder, workspace: Workspace, *, terminal: bool = False, stop: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Score every mined pair with the final maps and write the files into the run folder. -> {"pairs": how many distinct places}.

    What the CCWR cache no longer holds is encoded again. Raises LralnError, Cancelled.
    """

    def work(reporter: Reporter) -> dict[str, Any]:
        config = stored_config(run)
        limit_threads(config.threads)
        summary = run.summary() or {}
        ids = [summary.get(f"{side}_corpus") for side in ("src", "trg")]
        if not all(ids) or not run.pair_files():
            raise RunError("This run mined no word pairs from two corpora, so there is nothing to score.")
        src, trg = (open_corpus(workspace.corpora / str(id)) for id in ids)
        encoder = encoder_of(config.encoder)
        own = encoder_of(config.encoder, run.encoder) if run.encoder.is_dir() else encoder
        maps, _ = maps_module.load(run.maps, encoder_fingerprint=own.fingerprint)
        cache = CcwrCache(workspace.ccwrs)
        before = _fetch(cache, encoder, reporter)
        after = before if own is encoder else _fetch(cache, own, reporter)
        return {"pairs": write_scores(run, config, (src, trg), Spaces(before, after, maps), reporter)}

    return jobs.do(run, JOB, work, terminal=terminal, stop=stop)


def _fetch(cache: CcwrCache, encoder: Encoder, reporter: Reporter) -> Fetch:
    progress = jobs.encoding(reporter)
    return lambda sentences: cache.fetch(sentences, encoder, progress=progress)
