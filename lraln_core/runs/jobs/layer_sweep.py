"""The layer sweep: every layer of an encoder measured on the unlabelled text of two languages, after one encoding pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.layers import open_layers
from lraln_core.evaluation import layers as criterion
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import State
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words
from lraln_core.text.corpus import Corpus, open_corpus
from lraln_core.threads import limit_threads

from . import background, jobs, layer_request
from .layer_request import LayerRequest


def sweep(
    request: LayerRequest,
    workspace: Workspace,
    *,
    threads: int = 0,
    terminal: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Measure the layers in this process and write a status that says how it ended; the result of a finished sweep is read.

    Raises LralnError, Cancelled.
    """
    folder = layer_request.folder_of(request, workspace)
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.hold():
        done = layer_request.read_result(folder)
        if done is not None:
            return done
        folder.cancel_request.unlink(missing_ok=True)
        write_json(layer_request.request_file(folder), request.to_json())
        limit_threads(threads)
        reporter = Reporter(folder, terminal=terminal, stop=stop)
        result = background.report_end(folder, reporter, lambda: _measure(request, workspace, reporter))
        write_json(layer_request.result_file(folder), result)
        reporter.end(State.FINISHED, message="Finished")
        return result


def _measure(request: LayerRequest, workspace: Workspace, reporter: Reporter) -> dict[str, Any]:
    reporter.stage("read", "Choosing the sentences")
    corpora = [open_corpus(workspace.corpora / id) for id in (request.src_corpus, request.trg_corpus)]
    src, trg = (_sample(corpus, request, side) for side, corpus in zip(("src", "trg"), corpora, strict=True))
    reporter.stage("encoder", "Opening the encoder; a hub model is downloaded the first time")
    found = open_layers(request.encoder, request.layers, pooling=request.pooling, device=request.device, precision=request.precision)
    cache = CcwrCache(workspace.ccwrs)
    found.fill(cache, [*src, *trg], progress=jobs.encoding(reporter))
    readings = []
    reporter.stage("measure", "Measuring the layers", total=len(found.layers), unit="layers")
    for done, layer in enumerate(found.layers, 1):
        vectors = [found.fetch(cache, layer, sentences) for sentences in (src, trg)]
        readings.append(criterion.read(layer, (src, vectors[0]), (trg, vectors[1]), rng_for(request.seed, "layers")))
        reporter.progress(done, len(found.layers))
    return {
        "encoder": request.encoder,
        "layer_count": found.deepest.layer_count,
        "pooling": str(request.pooling),
        "precision": str(found.deepest.precision),
        "src_language": corpora[0].language,
        "trg_language": corpora[1].language,
        "sentences": [len(src), len(trg)],
        "recommended": criterion.recommend(readings),
        "layers": [dataclasses.asdict(reading) for reading in readings],
    }


def _sample(corpus: Corpus, request: LayerRequest, side: str) -> list[Words]:
    """The sentences of one side, drawn with the seed."""
    size = min(request.sentences, len(corpus))
    return corpus.words(np.sort(rng_for(request.seed, f"layers-{side}").choice(len(corpus), size, replace=False)))
