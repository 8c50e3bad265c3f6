"""Zero-shot NER of a finished run: the same tagger before and after alignment, compared on the same sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.evaluation.ner.scores import bootstrap_f1_difference
from lraln_core.evaluation.ner.zero_shot import NerResult
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import RunConfig
from lraln_core.runs.context import encoder_of
from lraln_core.runs.stored import stored_config
from lraln_core.threads import limit_threads

from . import jobs, ner_request
from .ner_request import NerRequest
from .ner_step import NerStep, write_predictions, write_pseudo_labels


def tag_run(
    run: RunFolder,
    request: NerRequest,
    workspace: Workspace,
    *,
    threads: int = 0,
    terminal: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train and test before and after alignment with the run's seed, and write the results into its folder.

    Returns what ner.json then holds: the figures of each selection after alignment, `base` with those before, `differences`
    with paired intervals, and `task`. Raises LralnError, Cancelled.
    """
    jobs.require_run(run)
    config = stored_config(run)
    ner_request.require_languages((config.src.language, config.trg.language), request)
    limit_threads(threads or config.threads)
    return jobs.do(run, ner_request.JOB, lambda reporter: _test(run, config, request, workspace, reporter), terminal=terminal, stop=stop)


def _test(run: RunFolder, config: RunConfig, request: NerRequest, workspace: Workspace, reporter: Reporter) -> dict[str, Any]:
    reporter.stage("read", "Reading the tagged sentences")
    base_step, step = _steps(run, config, request, workspace, reporter)
    epochs = step.options.epochs + step.adaptation_epochs
    reporter.stage("train", "Training the tagger before and after", total=2 * epochs, unit="epochs")
    base = base_step.run(None, config.seed, lambda done, total: reporter.progress(done, 2 * epochs))
    result = step.run(run.maps_for_tagging, config.seed, lambda done, total: reporter.progress(epochs + done, 2 * epochs))
    reporter.stage("write", "Writing the results")
    # ner.json, written last, says that the results are complete: an old one must not lie beside new predictions.
    run.ner.unlink(missing_ok=True)
    write_predictions(run.predictions_base, base)
    write_predictions(run.predictions, result)
    run.pseudo_labels.unlink(missing_ok=True)
    if result.adaptation is not None:
        write_pseudo_labels(run.pseudo_labels, result.adaptation.pseudo)
    write_json(run.ner_base, base.figures())
    task = asdict(request) | {"sources": list(request.sources), "seed": config.seed, "sentences": step.sizes()}
    figures = result.figures() | {"differences": _differences(result, base, config.seed, request.bootstrap_samples), "task": task}
    write_json(run.ner, figures)
    return figures


def _steps(run: RunFolder, config: RunConfig, request: NerRequest, workspace: Workspace, reporter: Reporter) -> tuple[NerStep, NerStep]:
    """The tagged text with CCWRs before and after; the same step twice unless the run has an encoder of its own."""
    cache, progress = CcwrCache(workspace.ccwrs), jobs.encoding(reporter)
    steps = [
        NerStep(request, encoder_of(config.encoder, own, emulated=True), cache, lambda part: progress)
        for own in (None, run.encoder)
        if own is None or own.is_dir()
    ]
    return steps[0], steps[-1]


def _differences(result: NerResult, base: NerResult, seed: int, bootstrap_samples: int) -> dict[str, dict[str, float]]:
    """F1 after less F1 before with its paired interval, by selection."""
    rng = rng_for(seed, "ner-difference")
    return {
        str(name): asdict(bootstrap_f1_difference(one.scores.counts, base.selected[name].scores.counts, bootstrap_samples, rng))
        for name, one in result.selected.items()
    }
