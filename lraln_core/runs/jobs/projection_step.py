"""The CCWR spaces of a finished run before and after alignment, for a sample of its word pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.neighbours import csls_both_ways, nearest_both_ways
from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import RunError
from lraln_core.evaluation import space as projection
from lraln_core.evaluation.space import Planes
from lraln_core.files import projection_files as files
from lraln_core.files import schemas
from lraln_core.files.atomic import read_json
from lraln_core.files.events import Reporter
from lraln_core.files.projection_files import NEIGHBOURS, Figures, Method, Nearness, PointSource, ProjectionOptions
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import MOMENTS
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words
from lraln_core.runs.config import RunConfig
from lraln_core.runs.context import encoder_of
from lraln_core.runs.stored import stored_config
from lraln_core.text.corpus import open_corpus
from lraln_core.threads import limit_threads

from . import jobs

SIDES = ("src", "trg")
CSLS_K = 10


@dataclass(frozen=True)
class _Side:
    """The sampled words of one language: place and sentence of each."""

    sentence: np.ndarray  # (n,) int64, number in the corpus or test set
    word: np.ndarray  # (n,) int64
    sentences: dict[int, Words]  # by number

    def tokens(self) -> list[str]:
        return [self.sentences[s][w] for s, w in zip(self.sentence.tolist(), self.word.tolist(), strict=True)]


@dataclass(frozen=True)
class _Sample:
    src: _Side
    trg: _Side
    pairs: np.ndarray  # (p, 2) int64, rows of src and trg


def project(
    run: RunFolder,
    options: ProjectionOptions,
    workspace: Workspace,
    *,
    umap: bool = False,
    vectors: bool = False,
    terminal: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Compute the points, the PCA and, with umap, the AlignedUMAP, unless they exist; returns the figures. Raises LralnError, Cancelled.

    vectors: also where only the vectors of the points are missing, as in projections of earlier versions.
    """

    def work(reporter: Reporter) -> dict[str, Any]:
        _compute(run, options, workspace, umap, vectors, reporter)
        return read_json(run.projection(options.key))["figures"]

    return jobs.do(run, options.job, work, terminal=terminal, stop=stop)


def _compute(run: RunFolder, options: ProjectionOptions, workspace: Workspace, umap: bool, vectors: bool, reporter: Reporter) -> None:
    todo = [method for method in Method if (umap or method is Method.PCA) and not files.is_ready(run, options, method)]
    lacking = vectors and not files.has_vectors(run, options)
    if not todo and not lacking:
        return
    config = stored_config(run)
    limit_threads(config.threads)
    reporter.stage("read", "Choosing the words")
    sample = draw(run, options, workspace)
    before, after, sample = _spaces(run, config, sample, workspace, reporter)
    if not files.has_vectors(run, options):
        files.save_vectors(run, options, {"before": np.vstack(before), "after": np.vstack(after)})
    if not files.is_ready(run, options, Method.PCA):
        reporter.stage("pca", "Principal components and neighbours")
        points, figures = _describe(sample, before, after, reporter)
        files.save_points(
            run,
            options,
            points,
            sample.pairs + [0, len(sample.src.word)],
            figures,
            _frame(projection.joint_pca(np.vstack(before), np.vstack(after))),
        )
    if Method.UMAP in todo:
        reporter.stage("umap", "AlignedUMAP; getting it ready takes a while", total=3 * projection.UMAP_EPOCHS, unit="epochs")
        planes = projection.aligned_umap(np.vstack(before), np.vstack(after), seed=options.seed, progress=reporter.progress)
        files.save_plane(run, options, Method.UMAP, _frame(planes))


def draw(run: RunFolder, options: ProjectionOptions, workspace: Workspace) -> _Sample:
    """Word pairs in random order until one side has enough different words. Raises RunError when the run has no such pairs."""
    gold = options.source is PointSource.TEST
    try:
        columns = _gold_links(run) if gold else _mined_pairs(run)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise RunError(f"The word pairs in {run.path} cannot be read ({error}); run it again.") from error
    if not len(columns):
        raise RunError("This run has no test set; choose mined pairs." if gold else "This run mined no pairs; choose test pairs.")
    rng = rng_for(options.seed, f"projection-{options.source}")
    places: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    pairs = []
    for row in rng.permutation(len(columns)):
        s, sw, t, tw = columns[row].tolist()
        pairs.append([side.setdefault(place, len(side)) for side, place in zip(places, ((s, sw), (t, tw)), strict=True)])
        if max(map(len, places)) >= options.points:
            break
    sides: list[_Side] = []
    for name, side in zip(SIDES, places, strict=True):
        place = np.array(list(side), np.int64).reshape(-1, 2)
        sides.append(_Side(place[:, 0], place[:, 1], _sentences(run, name, np.unique(place[:, 0]), gold, workspace)))
    src, trg = sides
    return _Sample(src, trg, np.array(pairs, np.int64).reshape(-1, 2))


def _gold_links(run: RunFolder) -> np.ndarray:
    """-> (n, 4) int64: src sentence, src word, trg sentence, trg word"""
    return _columns([run.retrieval] if run.retrieval.exists() else [])


def _mined_pairs(run: RunFolder) -> np.ndarray:
    """Different pairs of all iterations."""
    return np.unique(_columns(run.pair_files()), axis=0)


def _columns(paths: list[Path]) -> np.ndarray:
    tables = [schemas.read(path, schemas.PAIRS, schemas.PLACE) for path in paths]
    rows = [np.column_stack([table[name].to_numpy().astype(np.int64) for name in schemas.PLACE]) for table in tables]
    return np.concatenate(rows) if rows else np.empty((0, 4), np.int64)


def _sentences(run: RunFolder, side: str, numbers: np.ndarray, gold: bool, workspace: Workspace) -> dict[int, Words]:
    if gold:
        column = schemas.read(run.test_sentences, schemas.TEST_SENTENCES, [f"{side}_words"]).column(0)
        return {int(i): tuple(column[int(i)].as_py()) for i in numbers}
    corpus = (run.summary() or {}).get(f"{side}_corpus")
    if not corpus:
        raise RunError("This run mined from no corpus; choose test pairs.")
    return dict(zip(numbers.tolist(), open_corpus(workspace.corpora / corpus).words(numbers), strict=True))


def _spaces(
    run: RunFolder, config: RunConfig, sample: _Sample, workspace: Workspace, reporter: Reporter
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], _Sample]:
    """Unit CCWRs of both sides before and after, and the sample without words that have no vector."""
    encoder = encoder_of(config.encoder, emulated=True)
    own = encoder_of(config.encoder, run.encoder, emulated=True) if run.encoder.is_dir() else encoder
    maps, _ = maps_module.load(run.maps, encoder_fingerprint=own.fingerprint)
    cache = CcwrCache(workspace.ccwrs)
    first = [_fetch(side, encoder, cache, reporter) for side in (sample.src, sample.trg)]
    last = first if own is encoder else [_fetch(side, own, cache, reporter) for side in (sample.src, sample.trg)]
    fine = [a[1] & b[1] for a, b in zip(first, last, strict=True)]
    sample = _keep(sample, fine)
    before = tuple(unit_rows(vectors[good]) for (vectors, _), good in zip(first, fine, strict=True))
    after = tuple(
        unit_rows(maps_module.apply(side, vectors[good])) for side, (vectors, _), good in zip((maps.src, maps.trg), last, fine, strict=True)
    )
    return before, after, sample


def _fetch(side: _Side, encoder: Encoder, cache: CcwrCache, reporter: Reporter) -> tuple[np.ndarray, np.ndarray]:
    """CCWRs of the words of a side (n, d), and which of them have one (n,)."""
    numbers = sorted(side.sentences)
    words = cache.fetch([side.sentences[number] for number in numbers], encoder, progress=jobs.encoding(reporter))
    rows = words.rows(np.searchsorted(numbers, side.sentence), side.word)
    return np.asarray(words.vectors[rows], np.float32), usable(words)[rows]


def _keep(sample: _Sample, fine: list[np.ndarray]) -> _Sample:
    """The sample with the usable words only; fine holds (n,) bool of each side. Raises RunError when none is left."""
    src, trg = (
        replace(side, sentence=side.sentence[good], word=side.word[good]) for side, good in zip((sample.src, sample.trg), fine, strict=True)
    )
    kept = fine[0][sample.pairs[:, 0]] & fine[1][sample.pairs[:, 1]]
    if not kept.any():
        raise RunError("None of the chosen words has a vector; choose other points.")
    place = [np.cumsum(good) - 1 for good in fine]
    pairs = np.column_stack([place[0][sample.pairs[kept, 0]], place[1][sample.pairs[kept, 1]]])
    return _Sample(src, trg, pairs)


def _describe(
    sample: _Sample, before: tuple[np.ndarray, ...], after: tuple[np.ndarray, ...], reporter: Reporter
) -> tuple[pd.DataFrame, dict[str, Figures]]:
    """The points with their neighbours in the other language, and the figures before and after."""
    sides = (sample.src, sample.trg)
    points = pd.DataFrame(
        {
            "side": np.repeat(SIDES, [len(side.word) for side in sides]),
            "sentence": np.concatenate([side.sentence for side in sides]),
            "word": np.concatenate([side.word for side in sides]),
            "token": [token for side in sides for token in side.tokens()],
            "words": [list(side.sentences[number]) for side in sides for number in side.sentence.tolist()],
        }
    )
    is_src = (points["side"] == "src").to_numpy()
    figures = {}
    for moment, (src, trg) in zip(MOMENTS, (before, after), strict=True):
        reporter.check()
        far = projection.distances(src, trg, sample.pairs)
        figures[moment] = Figures(projection.mixing(np.vstack([src, trg]), is_src), far.matched, far.random)
        for nearness in Nearness:
            if nearness is Nearness.CSLS:
                found = csls_both_ways(src, [trg], NEIGHBOURS, CSLS_K)
                forward, backward = found.forward, found.backward
            else:
                forward, backward = nearest_both_ways(src, [trg], NEIGHBOURS)
            points[f"near_{nearness}_{moment}"] = [*(forward.index + len(src)), *backward.index]
            points[f"similarity_{nearness}_{moment}"] = [*forward.similarity, *backward.similarity]
    return points, figures


def _frame(planes: Planes) -> pd.DataFrame:
    values = np.hstack([planes.before, planes.after])
    return pd.DataFrame(values, columns=["x_before", "y_before", "x_after", "y_after"])
