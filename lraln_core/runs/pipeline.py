"""A whole run: corpora, CCWRs, retrieval before, the system's maps, retrieval after, summary."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.evaluation.retrieval import RetrievalResult, change, retrieve
from lraln_core.files import schemas
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText, WordVectors
from lraln_core.threads import limit_threads

from . import quality
from .config import RunConfig
from .context import RunContext, Sides
from .loop import LoopResult
from .pair_source import Fetch
from .scores.pair_scores import Spaces, write_scores
from .systems import registry


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

    def execute(self) -> dict[str, Any]:
        """Do everything; returns the summary, which is also written. Raises LralnError, Cancelled."""
        config = self.config
        limit_threads(config.threads)
        if not self.folder.checkpoint.exists():
            self.reporter.rewind_events(0)
        context = RunContext(config, self.folder, self.workspace, self.reporter)
        corpora = Sides(context.corpus(config.src, "source"), context.corpus(config.trg, "target"))
        self.reporter.note(src_corpus=corpora.src and corpora.src.id, trg_corpus=corpora.trg and corpora.trg.id)
        texts = {
            name: context.parallel_text(part, name)
            for name, part in (("test", config.test), ("development", config.development))
            if part.parallel
        }
        tests = _encode(context, texts)
        before = {name: self._measure(test, None, name, "before") for name, test in tests.items()}
        result = registry.system(config.system).load()(context, corpora)
        if result.encoder:
            context.encoder = result.encoder
            tests = _encode(context, texts)
        after = {name: self._measure(test, result.chosen, name, "after", result.chosen_step) for name, test in tests.items()}
        self.reporter.stage("write", "Writing the results")
        self._write_maps(context, result)
        self._write_retrieval(tests, before, after)
        self._write_quality(context, corpora, tests, before, after)
        self._score_pairs(context, corpora, result)
        return self._summarize(context, corpora, result, tests, before, after)

    def _measure(self, test: _TestSet, maps: Maps | None, split_name: str, when: str, step: int = 0) -> RetrievalResult:
        self.reporter.stage("evaluate", f"Word retrieval {when} alignment ({split_name})")
        src, trg = test.src, test.trg
        if maps is not None:
            src = src.replace_vectors(maps_module.apply(maps.src, src.vectors))
            trg = trg.replace_vectors(maps_module.apply(maps.trg, trg.vectors))
        options = self.config.evaluation
        result = retrieve(
            src,
            trg,
            test.text.pairs(),
            csls_k=options.csls_k,
            bootstrap_samples=options.bootstrap_samples,
            rng=rng_for(self.config.seed, "bootstrap"),
            scoring=options.scoring,
            candidates=options.candidates,
        )
        self.reporter.event("retrieval", split=split_name, when=when, step=step, **result.figures())
        return result

    def _write_maps(self, context: RunContext, result: LoopResult) -> None:
        labels = dict(
            src_language=self.config.src.language,
            trg_language=self.config.trg.language,
            encoder=context.encoder.name,
            encoder_fingerprint=context.encoder.fingerprint,
        )
        maps_module.save(self.folder.maps, result.chosen, **labels)
        maps_module.save(self.folder.last_maps, result.last, **labels)
        if result.tagging:
            maps_module.save(self.folder.tagging_maps, result.tagging, **labels)

    def _write_retrieval(self, tests: dict[str, _TestSet], before: dict[str, RetrievalResult], after: dict[str, RetrievalResult]) -> None:
        rows = []
        for when, results in (("before", before), ("after", after)):
            for name, result in results.items():
                for direction, value, (low, high) in (
                    ("src2trg", result.src2trg_accuracy, result.src2trg_interval),
                    ("trg2src", result.trg2src_accuracy, result.trg2src_interval),
                    ("mean", result.mean_accuracy, (result.low, result.high)),
                ):
                    rows.append(
                        {
                            "step": 0,
                            "split": name,
                            "direction": direction,
                            "name": "retrieval_accuracy",
                            "when": when,
                            "value": value,
                            "low": low,
                            "high": high,
                        }
                    )
        write_json(self.folder.metrics, rows)
        if "test" in tests:
            text = tests["test"].text
            schemas.write(
                self.folder.test_sentences,
                {"position": range(len(text)), "src_words": list(map(list, text.src)), "trg_words": list(map(list, text.trg))},
                schemas.TEST_SENTENCES,
            )
            schemas.write(self.folder.retrieval, _retrieval_columns(tests["test"], before["test"], after["test"]), schemas.RETRIEVAL)

    def _write_quality(
        self,
        context: RunContext,
        corpora: Sides,
        tests: dict[str, _TestSet],
        before: dict[str, RetrievalResult],
        after: dict[str, RetrievalResult],
    ) -> None:
        if "test" in tests:
            bands = quality.retrieval_bands(context, tests["test"].text, corpora.src, before["test"], after["test"])
            write_json(self.folder.breakdown, [band.to_json() for band in bands])
        mined = quality.mined_quality(self.folder, self.config.evaluation.lexicon)
        if mined:
            write_json(self.folder.mined_quality, mined)

    def _score_pairs(self, context: RunContext, corpora: Sides, result: LoopResult) -> None:
        """Score the mined pairs. Not where the run has trained its encoder: every sentence would have to be encoded once more, which
        the command `score` does on request."""
        if result.encoder is None and self.folder.pair_files():
            fetch: Fetch = lambda sentences: context.fetch(sentences, "sentences of the word pairs")
            write_scores(self.folder, self.config, corpora.both(), Spaces(fetch, fetch, result.chosen), self.reporter)

    def _figures(self, test: _TestSet, before: RetrievalResult, after: RetrievalResult) -> dict[str, Any]:
        options = self.config.evaluation
        difference = change(
            before, after, test.text.pairs(), bootstrap_samples=options.bootstrap_samples, rng=rng_for(self.config.seed, "change")
        )
        return {"before": before.figures(), "after": after.figures(), "change": asdict(difference)}

    def _summarize(self, context: RunContext, corpora: Sides, result: LoopResult, tests: dict, before: dict, after: dict) -> dict[str, Any]:
        config = self.config
        for what, count in sorted(context.lost_words.items()):
            context.warn(f"{count} words of the {what} have no vector: they lie past the encoder's length limit or are invisible to it.")
        for what, count in sorted(context.unusable_words.items()):
            context.warn(
                f"{count} words of the {what} got a vector of zeros, NaN or numbers too large for 16 bits, and were not used; the "
                "encoder may be damaged."
            )
        figures = {name: self._figures(test, before[name], after[name]) for name, test in tests.items()}
        if "test" in figures and figures["test"]["change"]["high"] < 0:
            context.warn(
                "Word retrieval is worse after alignment than before, by more than chance: take fewer training.steps, a lower "
                "training.learning_rate, or mining.method = intersection."
            )
        mined = sum(pq.read_metadata(path).num_rows for path in self.folder.pair_files())
        summary = {
            "id": self.folder.id,
            "name": config.name,
            "system": config.system,
            "seed": config.seed,
            "src_language": config.src.language,
            "trg_language": config.trg.language,
            "src_corpus": corpora.src and corpora.src.id,
            "trg_corpus": corpora.trg and corpora.trg.id,
            "encoder": config.encoder.name,
            "precision": str(context.encoder.precision),
            "own_encoder": bool(result.encoder),
            "iterations": result.iterations,
            "mined_pairs": mined,
            "steps": result.steps,
            "best_step": result.chosen_step,
            "scoring": config.evaluation.scoring,
            "seconds": self.reporter.seconds,
            "sentences_encoded": context.cache.sentences_encoded,
            "retrieval": figures.get("test"),
            "development": figures.get("development"),
            "lost_words": context.lost_words,
            "warnings": context.warnings,
            "run_dir": str(self.folder.path),
        }
        write_json(self.folder.summary_file, summary)
        self.folder.checkpoint.unlink(missing_ok=True)
        self.reporter.end(State.FINISHED, message="Finished")
        return summary


def _encode(context: RunContext, texts: dict[str, ParallelText]) -> dict[str, _TestSet]:
    return {
        name: _TestSet(text, context.fetch(text.src, f"{name} source"), context.fetch(text.trg, f"{name} target"))
        for name, text in texts.items()
    }


def _retrieval_columns(test: _TestSet, before: RetrievalResult, after: RetrievalResult) -> dict[str, Any]:
    gold = test.text.pairs()
    columns: dict[str, Any] = {
        "src_sentence": gold.src_sentence,
        "src_word": gold.src_word,
        "trg_sentence": gold.trg_sentence,
        "trg_word": gold.trg_word,
        "src_token": [test.text.src[s][w] for s, w in zip(gold.src_sentence, gold.src_word, strict=True)],
        "trg_token": [test.text.trg[s][w] for s, w in zip(gold.trg_sentence, gold.trg_word, strict=True)],
    }
    for when, result in (("before", before), ("after", after)):
        for direction, answers, hits, side in (
            ("src2trg", result.src2trg_answers, result.src2trg_hits, test.trg),
            ("trg2src", result.trg2src_answers, result.trg2src_hits, test.src),
        ):
            columns[f"hit_{when}_{direction}"] = hits
            columns[f"answer_{when}_{direction}_sentence"] = np.where(answers < 0, -1, side.sentence[answers]).astype(np.int32)
            columns[f"answer_{when}_{direction}_word"] = np.where(answers < 0, -1, side.position[answers]).astype(np.int32)
    return columns
