"""The job behind the page Word alignment: similarities of the words of sentence pairs under a finished run, before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.in_sentence.links import Link, similarity_matrix
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import ConfigError, CorpusError
from lraln_core.files.atomic import read_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.records import Words, WordVectors
from lraln_core.runs import config as run_config
from lraln_core.runs.config import RunConfig, line_range
from lraln_core.runs.context import encoder_of
from lraln_core.runs.jobs import jobs
from lraln_core.text import parallel, word_alignment
from lraln_core.text.characters import clean
from lraln_core.text.languages import get_language, script_for
from lraln_core.text.pharaoh import AlignedSentence, read_aligned
from lraln_core.text.tokenization import tokenizer_for
from lraln_core.threads import limit_threads

from . import stored
from .request import JOB, LONGEST_TYPED, TYPED_KEPT, SimilarityRequest
from .stored import GoldSource, Space, StoredPair, StoredText


@dataclass(frozen=True)
class _Text:
    name: str
    src: Sequence[Words]
    trg: Sequence[Words]
    gold: Sequence[AlignedSentence] | None
    source: GoldSource
    fast_align: Sequence[tuple[Link, ...]]


def compute(
    run: RunFolder,
    request: SimilarityRequest,
    workspace: Workspace,
    *,
    terminal: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Write the similarities of the requested sentence pairs into the run folder. Raises LralnError, Cancelled."""
    jobs.require_run(run)
    config = run_config.from_json(read_json(run.config))
    limit_threads(config.threads)

    def work(reporter: Reporter) -> dict[str, Any]:
        reporter.stage("read", "Reading the sentence pairs")
        text = _typed(request, config) if request.typed else _of_file(request, config)
        pairs = _similarities(run, config, text, request.pairs, workspace, reporter)
        result = StoredText(text.name, text.source, len(text.src), pairs)
        if request.typed:
            before = stored.read(run.word_alignment_typed)
            kept = [pair for pair in (before.pairs if before else ()) if (pair.src, pair.trg) != (pairs[0].src, pairs[0].trg)]
            result = StoredText("", GoldSource.NONE, 1 + len(kept), (*pairs, *kept)[:TYPED_KEPT])
        stored.write(run.word_alignment_typed if request.typed else run.word_alignment, result)
        return {"sentence_pairs": len(pairs), "gold": str(text.source)}

    return jobs.do(run, JOB, work, terminal=terminal, stop=stop)


def _of_file(request: SimilarityRequest, config: RunConfig) -> _Text:
    """The sentence pairs of a file, or of the run's test set. Raises ConfigError, CorpusError."""
    test = config.test
    own = not request.parallel
    path = test.parallel if own else request.parallel
    if not path:
        raise ConfigError("This run has no test set; give a text with --parallel.")
    alignments = test.alignments if own else request.alignments
    text = parallel.load(
        Path(path),
        config.src.language,
        config.trg.language,
        alignments=Path(alignments) if alignments else None,
        tokenized=test.tokenized if own else request.tokenized,
        columns=parallel.column_pair(test.columns) if own else None,
        trg_path=Path(test.target) if own and test.target else None,
        encoding=test.encoding if own else "",
        align=False if not alignments else True,
    )
    wanted = line_range(test.lines, "test lines") if own else slice(None)
    found = word_alignment.align_with_confidence(text.src, text.trg)
    fast_align = [tuple(Link(*link, confidence) for link, confidence in links.items()) for links in found][wanted]
    gold: list[AlignedSentence] | None = None
    if alignments:
        gold = read_aligned(Path(alignments))
        gold = [*gold, *[AlignedSentence(())] * (len(text) - len(gold))][: len(text)][wanted]
    source = GoldSource.FILE if gold is not None else GoldSource.FAST_ALIGN
    if gold is None:
        gold = [AlignedSentence(tuple((one.src, one.trg) for one in links)) for links in fast_align]
    return _Text(Path(path).name, text.src[wanted], text.trg[wanted], gold, source, fast_align)


def _typed(request: SimilarityRequest, config: RunConfig) -> _Text:
    """The typed sentences, tokenised as texts of their languages are. Raises ConfigError, CorpusError."""
    sides = []
    for text, language, name in ((request.src_text, config.src.language, "first"), (request.trg_text, config.trg.language, "second")):
        if len(text) > LONGEST_TYPED:
            raise ConfigError(f"The {name} sentence has {len(text):,} characters; at most {LONGEST_TYPED:,} are compared.")
        script = script_for(get_language(language), [text])
        words = tokenizer_for(language, script=script)(clean(text, script=script))
        if not words:
            raise CorpusError(f"The {name} sentence is empty.")
        sides.append((words,))
    src, trg = sides
    return _Text("", src, trg, None, GoldSource.NONE, ((),))


def _similarities(
    run: RunFolder, config: RunConfig, text: _Text, limit: int, workspace: Workspace, reporter: Reporter
) -> tuple[StoredPair, ...]:
    """The first `limit` sentence pairs with their similarities before and after."""
    cache, progress = CcwrCache(workspace.ccwrs), jobs.encoding(reporter)
    src, trg = text.src[:limit], text.trg[:limit]
    first = encoder_of(config.encoder)
    second = encoder_of(config.encoder, run.encoder) if run.encoder.is_dir() else first

    def vectors(encoder: Encoder) -> tuple[WordVectors, WordVectors]:
        return cache.fetch(src, encoder, progress=progress), cache.fetch(trg, encoder, progress=progress)

    before = vectors(first)
    after = before if second is first else vectors(second)
    maps = maps_module.load(run.maps, encoder_fingerprint=second.fingerprint)[0]
    mapped = [
        side.replace_vectors(np.where(side.valid[:, None], maps_module.apply(one, side.vectors), 0))
        for side, one in zip(after, (maps.src, maps.trg), strict=True)
    ]
    pairs = []
    for number in range(len(src)):
        matrices = {}
        for space, (one, other) in ((Space.BEFORE, before), (Space.AFTER, mapped)):
            rows, columns = (slice(*side.offsets[number : number + 2]) for side in (one, other))
            matrices[space] = similarity_matrix(one.vectors[rows], other.vectors[columns])
        gold = text.gold[number] if text.gold is not None else None
        pairs.append(StoredPair(src[number], trg[number], gold, text.fast_align[number], matrices))
    return tuple(pairs)
