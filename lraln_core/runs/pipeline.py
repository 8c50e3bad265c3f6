"""A whole run: corpora, CCWRs, retrieval before, mining and training, retrieval after, summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..alignment import maps as maps_module
from ..alignment.maps import Maps, identity
from ..encoder.ccwr_cache import CcwrCache
from ..encoder.registry import Encoder, open_encoder
from ..errors import RunError
from ..evaluation.retrieval import RetrievalResult, retrieve
from ..records import ParallelText, Progress, Words, WordVectors
from ..text import parallel
from ..text.corpus import Corpus, prepare_corpus
from ..threads import limit_threads
from ..workspace import Workspace, replacing, write_json
from .alignment_loop import AlignmentLoop, LoopResult
from .config import CorpusConfig, ParallelConfig, RunConfig, System
from .folder import RunFolder, State
from .pair_source import InMemory, MonolingualSource, ParallelSource, rng_for, split
from .reporter import Reporter

MIN_HELD_OUT = 5


@dataclass(frozen=True)
class _TestSet:
    """A parallel text with the CCWRs of both sides."""

    text: ParallelText
    src: WordVectors
    trg: WordVectors


class Run:
    """One run in its folder. `execute` may be called again after an interruption and goes on from the last checkpoint."""

    def __init__(self, config: RunConfig, folder: RunFolder, workspace: Workspace, reporter: Reporter):
        self.config, self.folder, self.workspace, self.reporter = config, folder, workspace, reporter
        self.cache = CcwrCache(workspace.ccwrs)
        self.warnings: list[str] = []
        self.lost_words: dict[str, int] = {}

    def execute(self) -> dict[str, Any]:
        """Do everything; returns the summary, which is also written. Raises LralnError, Cancelled."""
        config = self.config
        limit_threads(config.threads)
        if not self.folder.checkpoint.exists():
            self.reporter.rewind_events(0)
        self.reporter.stage("encoder", "Opening the encoder; a hub model is downloaded the first time")
        self.encoder: Encoder = open_encoder(
            config.encoder.name, layer=config.encoder.layer, pooling=config.encoder.pooling, device=config.encoder.device
        )
        src = self._corpus(config.src, "source")
        trg = self._corpus(config.trg, "target")
        tests = {name: self._test_set(part, name) for name, part in (("test", config.test), ("development", config.development))
                 if part.parallel}
        before = {name: self._measure(test, None, name, "before") for name, test in tests.items()}
        result = self._align(src, trg)
        after = {name: self._measure(test, result.chosen, name, "after", result.chosen_step) for name, test in tests.items()}
        self.reporter.stage("write", "Writing the results")
        self._write_maps(result)
        self._write_retrieval(tests, before, after)
        return self._summarize(src, trg, result, before, after)

    def _corpus(self, part: CorpusConfig, side: str) -> Corpus | None:
        if not part.corpus:
            return None
        self.reporter.stage("read", f"Reading the {side} corpus", unit="bytes")
        corpus = prepare_corpus(
            Path(part.corpus), part.language, self.workspace.corpora, tokenized=part.tokenized, column=part.column,
            limit=part.limit, progress=self.reporter.progress,
        )
        for warning in corpus.report.warnings():
            self._warn(f"{Path(part.corpus).name}: {warning}")
        return corpus

    def _test_set(self, part: ParallelConfig, name: str) -> _TestSet:
        text = self._parallel(part, name)
        if not text.link_count:
            raise RunError(f"The {name} set {part.parallel} has no aligned word pair, so nothing can be retrieved.")
        return _TestSet(text, self._fetch(text.src, f"{name} source"), self._fetch(text.trg, f"{name} target"))

    def _parallel(self, part: ParallelConfig, name: str) -> ParallelText:
        self.reporter.stage("read", f"Reading the {name} set")
        return parallel.load(
            Path(part.parallel), self.config.src.language, self.config.trg.language,
            alignments=Path(part.alignments) if part.alignments else None, tokenized=part.tokenized,
        )

    def _fetch(self, sentences: Sequence[Words], what: str = "corpus sentences") -> WordVectors:
        words = self.cache.fetch(sentences, self.encoder, progress=self._encoding(what))
        if words.lost_words:
            self.lost_words[what] = max(words.lost_words, self.lost_words.get(what, 0))
        return words

    def _encoding(self, what: str) -> Progress:
        """Progress of an encoding; the stage begins only when a sentence is missing in the cache."""
        began = False

        def report(done: int, total: int) -> None:
            nonlocal began
            if not began:
                self.reporter.stage("encode", f"Encoding the {what}", total=total, unit="sentences")
                began = True
            self.reporter.progress(done, total)

        return report

    def _align(self, src: Corpus | None, trg: Corpus | None) -> LoopResult:
        if self.config.system is System.BASE:
            maps = identity(self._dimension())
            return LoopResult(maps, maps, 0, 0, 0)
        unsupervised = self.config.system is System.LINEAR_UNSUP
        source, held_out = self._monolingual(src, trg) if unsupervised else self._supervised()
        return AlignmentLoop(self.config, source, held_out, identity(held_out[0].dimension), self.folder, self.reporter).run()

    def _dimension(self) -> int:
        return self._fetch([("a",)], "dimension probe").dimension

    def _monolingual(self, src: Corpus, trg: Corpus) -> tuple[MonolingualSource, tuple[WordVectors, WordVectors]]:
        seed, count = self.config.seed, self.config.training.held_out
        splits = [split(len(corpus), count, rng_for(seed, f"held-out-{side}")) for side, corpus in (("src", src), ("trg", trg))]
        if min(len(part.held_out) for part in splits) < MIN_HELD_OUT:
            raise RunError(
                f"The corpora have {len(src)} and {len(trg)} usable sentences; at least {10 * MIN_HELD_OUT} a side are needed "
                "(a tenth is held out for the guards)."
            )
        held_out = tuple(self._fetch(corpus.words(part.held_out), f"held-out {side} sentences")
                         for corpus, part, side in ((src, splits[0], "source"), (trg, splits[1], "target")))
        source = MonolingualSource(src, trg, splits[0].pool, splits[1].pool, self.config.mining, seed, self._fetch)
        return source, held_out

    def _supervised(self) -> tuple[ParallelSource, tuple[WordVectors, WordVectors]]:
        text = self._parallel(self.config.train, "training")
        part = split(len(text), self.config.training.held_out, rng_for(self.config.seed, "held-out-train"))
        if len(part.held_out) < MIN_HELD_OUT:
            raise RunError(
                f"The training set has {len(text)} sentence pairs; at least {10 * MIN_HELD_OUT} are needed (a tenth is held out "
                "for the guards)."
            )
        held_out = tuple(self._fetch(InMemory(side).words(part.held_out), "held-out training sentences") for side in (text.src, text.trg))
        chosen = ParallelText(*(tuple(column[i] for i in part.pool) for column in (text.src, text.trg, text.links)))
        if not chosen.link_count:
            raise RunError(f"The training set {self.config.train.parallel} has no aligned word pair.")
        src, trg = self._fetch(chosen.src, "training source"), self._fetch(chosen.trg, "training target")
        return ParallelSource(src, trg, chosen.pairs(), self.config.seed), held_out

    def _measure(self, test: _TestSet, maps: Maps | None, split_name: str, when: str, step: int = 0) -> RetrievalResult:
        self.reporter.stage("evaluate", f"Word retrieval {when} alignment ({split_name})")
        src, trg = test.src, test.trg
        if maps is not None:
            src = src.replace_vectors(maps_module.apply(maps.src, src.vectors))
            trg = trg.replace_vectors(maps_module.apply(maps.trg, trg.vectors))
        result = retrieve(src, trg, test.text.pairs(), csls_k=self.config.evaluation.csls_k,
                          bootstrap_samples=self.config.evaluation.bootstrap_samples, rng=rng_for(self.config.seed, "bootstrap"))
        self.reporter.event("retrieval", split=split_name, when=when, step=step, **result.figures())
        return result

    def _warn(self, message: str) -> None:
        self.warnings.append(message)
        self.reporter.event("warning", message=message)

    def _write_maps(self, result: LoopResult) -> None:
        labels = dict(src_language=self.config.src.language, trg_language=self.config.trg.language,
                      encoder=self.config.encoder.name, encoder_fingerprint=self.encoder.fingerprint)
        maps_module.save(self.folder.maps, result.chosen, **labels)
        maps_module.save(self.folder.last_maps, result.last, **labels)

    def _write_retrieval(self, tests: dict[str, _TestSet], before: dict[str, RetrievalResult], after: dict[str, RetrievalResult]) -> None:
        rows = []
        for when, results in (("before", before), ("after", after)):
            for name, result in results.items():
                for direction, value, (low, high) in (
                    ("src2trg", result.src2trg_accuracy, result.src2trg_interval),
                    ("trg2src", result.trg2src_accuracy, result.trg2src_interval),
                    ("mean", result.mean_accuracy, (result.low, result.high)),
                ):
                    rows.append({"step": 0, "split": name, "direction": direction, "name": "retrieval_accuracy", "when": when,
                                 "value": value, "low": low, "high": high})
        write_json(self.folder.metrics, rows)
        if "test" in tests:
            text = tests["test"].text
            sentences = pa.table({"position": pa.array(range(len(text)), pa.int64()), "src_words": pa.array(map(list, text.src)),
                                  "trg_words": pa.array(map(list, text.trg))})
            for path, table in ((self.folder.test_sentences, sentences),
                                (self.folder.retrieval, _retrieval_table(tests["test"], before["test"], after["test"]))):
                with replacing(path) as temporary:
                    pq.write_table(table, temporary, compression="zstd")

    def _summarize(self, src: Corpus | None, trg: Corpus | None, result: LoopResult, before: dict, after: dict) -> dict[str, Any]:
        config = self.config
        for what, count in sorted(self.lost_words.items()):
            self._warn(f"{count} words of the {what} have no vector: they lie past the encoder's length limit or are invisible to it.")
        mined = sum(pq.read_metadata(path).num_rows for path in self.folder.pair_files())
        summary = {
            "id": self.folder.id, "name": config.name, "system": config.system, "seed": config.seed,
            "src_language": config.src.language, "trg_language": config.trg.language,
            "src_corpus": src.id if src else None, "trg_corpus": trg.id if trg else None,
            "encoder": config.encoder.name, "iterations": result.iterations, "mined_pairs": mined, "steps": result.steps,
            "best_step": result.chosen_step, "seconds": self.reporter.seconds, "sentences_encoded": self.cache.sentences_encoded,
            "retrieval": {"before": before["test"].figures(), "after": after["test"].figures()} if "test" in before else None,
            "development": {"before": before["development"].figures(), "after": after["development"].figures()}
            if "development" in before else None,
            "lost_words": self.lost_words, "warnings": self.warnings, "run_dir": str(self.folder.path),
        }
        write_json(self.folder.summary_file, summary)
        self.folder.checkpoint.unlink(missing_ok=True)
        self.reporter.end(State.FINISHED, message="Finished")
        return summary


def _retrieval_table(test: _TestSet, before: RetrievalResult, after: RetrievalResult) -> pa.Table:
    gold = test.text.pairs()
    columns: dict[str, Any] = {
        "src_sentence": gold.src_sentence, "src_word": gold.src_word, "trg_sentence": gold.trg_sentence, "trg_word": gold.trg_word,
        "src_token": [test.text.src[s][w] for s, w in zip(gold.src_sentence, gold.src_word)],
        "trg_token": [test.text.trg[s][w] for s, w in zip(gold.trg_sentence, gold.trg_word)],
    }
    for when, result in (("before", before), ("after", after)):
        for direction, answers, hits, side in (("src2trg", result.src2trg_answers, result.src2trg_hits, test.trg),
                                               ("trg2src", result.trg2src_answers, result.trg2src_hits, test.src)):
            columns[f"hit_{when}_{direction}"] = hits
            columns[f"answer_{when}_{direction}_sentence"] = np.where(answers < 0, -1, side.sentence[answers]).astype(np.int32)
            columns[f"answer_{when}_{direction}_word"] = np.where(answers < 0, -1, side.position[answers]).astype(np.int32)
    return pa.table(columns)
