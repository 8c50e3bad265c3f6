"""The Python interface: align two texts, mine word pairs, measure retrieval. Results are pandas tables.

run = lraln_core.align("news.mk.txt", "news.en.txt", src_lang="mk", trg_lang="en")
run.pairs()
run.retrieval
"""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm as text_bar

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.choices import BUILT_IN, Backend, Candidates, MiningMethod, RetrievalScoring, Scoring
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import ConfigError, RunError
from lraln_core.files.atomic import read_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, new_run_id
from lraln_core.files.workspace import Workspace
from lraln_core.records import Progress, Words, WordVectors
from lraln_core.runs import presets, worker
from lraln_core.runs.config import PATH_KEYS, MiningConfig, RunConfig, from_json
from lraln_core.runs.direct import encoder_for, evaluate_text, mine_corpora
from lraln_core.runs.options import build
from lraln_core.runs.stored import open_or_create, stored_config
from lraln_core.text import parallel as parallel_text
from lraln_core.text.corpus import open_corpus, prepare_corpus
from lraln_core.threads import limit_threads

PathLike = str | os.PathLike[str]
PLACE = ["src_sentence", "src_word", "trg_sentence", "trg_word"]
PAIR_VALUES = ["src_token", "trg_token", "similarity", "forward", "backward"]
SHOWN_PAIRS = 10  # rows in the summary that Jupyter shows


@dataclass(frozen=True)
class RunResult:
    """A run in its folder: its configuration, mined pairs, maps and retrieval. Jupyter shows it as tables."""

    folder: Path
    workspace: Workspace

    @property
    def _files(self) -> RunFolder:
        return RunFolder(self.folder)

    @cached_property
    def config(self) -> RunConfig:
        """What the run was asked to do. Raises RunError, ConfigError, WorkspaceError."""
        try:
            return stored_config(self._files)
        except FileNotFoundError as error:
            raise RunError(f"{self.folder} is not a run folder: it has no {self._files.config.name}.") from error

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of a finished run. Raises RunError when it is not finished."""
        found = self._files.summary()
        if found is None:
            raise RunError(f"The run in {self.folder} is not finished: it is {self._files.state()}.")
        return found

    @property
    def maps(self) -> Maps:
        """The linear maps of the two languages that the run chose. Raises MapsError."""
        return maps_module.load(self._files.maps)[0]

    @property
    def retrieval(self) -> pd.DataFrame:
        """Word retrieval accuracy before and after alignment with 95% intervals, as fractions; no rows without a test set.

        One row for each set of sentences (test, development) and direction: source to target, target to source, and their mean.
        """
        try:
            rows = read_json(self._files.metrics)
        except FileNotFoundError:
            rows = []
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in rows:
            key, when = (row["split"], row["direction"]), row["when"]
            cells = found.setdefault(key, {"split": key[0], "direction": key[1]})
            cells |= {when: row["value"], f"{when}_low": row["low"], f"{when}_high": row["high"]}
        columns = ["split", "direction", *(f"{when}{end}" for when in ("before", "after") for end in ("", "_low", "_high"))]
        return pd.DataFrame(list(found.values()), columns=columns)

    def pairs(self, *, every_iteration: bool = False, sentences: bool = False) -> pd.DataFrame:
        """Mined word pairs in the order of the source text.

        A pair of places (a word in its sentence on each side) is one row: its similarity is that of the last iteration that
        mined it, `iterations` says how many did. every_iteration gives each mined pair of each iteration its own row.
        sentences adds the tokenised sentences of both sides. Raises RunError, CorpusError.
        """
        files = self._files.pair_files()
        columns = PAIR_VALUES
        if not files:
            return pd.DataFrame(columns=[*columns, "iteration" if every_iteration else "iterations", *PLACE])
        table = pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)
        if every_iteration:
            table = table.sort_values(["iteration", *PLACE], ignore_index=True)[[*columns, "iteration", *PLACE]]
        else:
            table["iterations"] = table.groupby(PLACE)["iteration"].transform("size")
            table = table.sort_values([*PLACE, "iteration"]).drop_duplicates(PLACE, keep="last", ignore_index=True)
            table = table[[*columns, "iterations", *PLACE]]
        if sentences:
            for side in ("src", "trg"):
                corpus = open_corpus(self.workspace.corpora / self.summary[f"{side}_corpus"])
                wanted = np.unique(table[f"{side}_sentence"].to_numpy())
                texts = dict(zip(wanted, (" ".join(words) for words in corpus.words(wanted)), strict=True))
                table[f"{side}_text"] = table[f"{side}_sentence"].map(texts)
        return table

    def _repr_html_(self) -> str:
        summary = self.summary
        heading = f"{summary['name'] or summary['id']}: {summary['src_language']} and {summary['trg_language']}, {summary['system']}"
        parts = [f"<p><b>{html.escape(heading)}</b><br>{html.escape(str(self.folder))}</p>"]
        retrieval = self.retrieval
        if len(retrieval):
            parts.append(retrieval.to_html(index=False, float_format="{:.3f}".format))
        pairs = self.pairs()
        if len(pairs):
            parts.append(f"<p>{len(pairs):,} mined word pairs; the first {min(SHOWN_PAIRS, len(pairs))}:</p>")
            parts.append(pairs.head(SHOWN_PAIRS).to_html(index=False, float_format="{:.3f}".format))
        return "".join(parts)


def align(
    src: PathLike,
    trg: PathLike,
    *,
    src_lang: str,
    trg_lang: str = "en",
    test: PathLike | Mapping[str, Any] | None = None,
    tokenized: bool = False,
    preset: str = "",
    workspace: PathLike | None = None,
    run_dir: PathLike | None = None,
    progress: bool = True,
    **options: Any,
) -> RunResult:
    """Align the word representations of two monolingual texts: mine word pairs, train the maps, repeat (Algorithm 1 of the paper).

    src and trg are text files, one sentence a line; tokenized says that their words are separated by spaces already. test is an
    optional file of sentence pairs (source TAB target) on which word retrieval is measured before and after, or the options of
    that section: {"parallel": file, "alignments": Pharaoh file, "tokenized": True}; fast_align makes alignments where none are
    given. options are those of a configuration file: name, system, seed, threads, and sections as dictionaries, for example
    training={"steps": 1000}, mining={"method": "intersection"}. File names in them are relative to the current folder.
    preset is `recommended` (docs/recipe.md) or `paper`; without one it is `recommended`, unless options name a system: then every other
    option has its default. run_dir continues the run that lies there. Everything is written to the workspace.
    Raises ConfigError, CorpusError, LanguageError, EncoderError, RunError, WorkspaceError.
    """
    values: dict[str, Any] = {
        "src": {"language": src_lang, "corpus": src, "tokenized": tokenized},
        "trg": {"language": trg_lang, "corpus": trg, "tokenized": tokenized},
    }
    if test is not None:
        values["test"] = dict(test) if isinstance(test, Mapping) else {"parallel": test, "tokenized": tokenized}
    for key, value in options.items():
        values[key] = {**values.get(key, {}), **value} if isinstance(value, Mapping) else value
    for section, key in PATH_KEYS:
        if isinstance(values.get(section), dict) and values[section].get(key):
            values[section][key] = _absolute(values[section][key])
    config = from_json(presets.fill(values, preset))
    place = _workspace(workspace)
    path = Path(run_dir).resolve() if run_dir is not None else place.runs / new_run_id(config.name or f"{src_lang}-{trg_lang}")
    folder, config = open_or_create(path, config)
    worker.work(config, folder, place, reporter=_BarReporter if progress else Reporter)
    return RunResult(folder.path, place)


def open_run(run: PathLike, *, workspace: PathLike | None = None) -> RunResult:
    """A run by its folder, or by its name in the workspace. Raises RunError when there is none."""
    place = Workspace.default() if workspace is None else Workspace(Path(workspace).resolve())
    for path in (Path(run), place.runs / Path(run).name):
        if RunFolder(path).config.is_file():
            return RunResult(path.resolve(), place)
    raise RunError(f"There is no run in {run}, and none of that name in {place.runs}.")


def mine(
    src: PathLike,
    trg: PathLike,
    *,
    src_lang: str,
    trg_lang: str = "en",
    method: str = MiningMethod.FORWARD_BACKWARD,
    threshold: float = 0.2,
    mining_k: int = 1,
    scoring: str = Scoring.COSINE,
    backend: str = Backend.EXACT,
    sample_size: int = 0,
    maps: Maps | RunResult | PathLike | None = None,
    encoder: Encoder | str = BUILT_IN,
    tokenized: bool = False,
    seed: int = 1,
    threads: int = 0,
    workspace: PathLike | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Word pairs of two monolingual text files without training (section 3.1 of the paper), one row a pair.

    sample_size draws that many sentences a side, 0 takes all. maps are applied to the vectors before mining: those of a run,
    a maps file, or Maps. The table's `attrs` hold how many words and sentences were searched and the recall of the search.
    Raises ConfigError, CorpusError, EncoderError, MapsError.
    """
    wanted = build(
        MiningConfig,
        {"method": method, "threshold": threshold, "mining_k": mining_k, "scoring": scoring, "backend": backend},
        "The options of mining",
    )
    limit_threads(threads)
    place, opened = _workspace(workspace), _encoder(encoder, maps)
    linear = _maps(maps, opened)
    corpora = []
    for path, language in ((src, src_lang), (trg, trg_lang)):
        with _bar(f"Reading {Path(path).name}", progress, unit="B") as moved:
            corpora.append(prepare_corpus(Path(path), language, place.corpora, tokenized=tokenized, progress=moved))
    names = {"source": Path(src).name, "target": Path(trg).name}
    mined = mine_corpora(
        corpora[0],
        corpora[1],
        lambda sentences, side: _vectors(sentences, opened, place, f"Encoding {names[side]}", progress),
        linear,
        wanted,
        sample_size=sample_size,
        seed=seed,
    )
    table = mined.table().to_pandas()[[*PAIR_VALUES, *PLACE]]
    table.attrs |= {
        "src_sentences": len(mined.words[0]),
        "trg_sentences": len(mined.words[1]),
        "src_words": mined.result.src_words,
        "trg_words": mined.result.trg_words,
        "recall": mined.result.recall,
    }
    return table


def evaluate(
    parallel: PathLike,
    *,
    src_lang: str,
    trg_lang: str = "en",
    alignments: PathLike | None = None,
    maps: Maps | RunResult | PathLike | None = None,
    encoder: Encoder | str = BUILT_IN,
    tokenized: bool = False,
    csls_k: int = 10,
    scoring: str = RetrievalScoring.CSLS,
    candidates: str = Candidates.ALL,
    bootstrap_samples: int = 1000,
    seed: int = 1,
    threads: int = 0,
    workspace: PathLike | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Contextual word retrieval on parallel text (section 4.2 of the paper), with the maps of a run or without.

    parallel holds source TAB target lines; alignments are word links in Pharaoh format, without them fast_align makes some.
    candidates: all words of the other side (the paper), or gold, only words with a link (the published code).
    One row a direction and their mean: accuracy as a fraction, the 95% interval over sentences, the number of word links.
    Raises ConfigError, CorpusError, EncoderError, MapsError, RunError.
    """
    chosen_scoring = _choice(RetrievalScoring, scoring, "scoring")
    chosen_candidates = _choice(Candidates, candidates, "candidates")
    limit_threads(threads)
    place, opened = _workspace(workspace), _encoder(encoder, maps)
    linear = _maps(maps, opened)
    links = None if alignments is None else Path(alignments)
    text = parallel_text.load(Path(parallel), src_lang, trg_lang, alignments=links, tokenized=tokenized)
    result = evaluate_text(
        text,
        lambda sentences, side: _vectors(sentences, opened, place, f"Encoding the {side} sentences", progress),
        linear,
        csls_k=csls_k,
        scoring=chosen_scoring,
        candidates=chosen_candidates,
        bootstrap_samples=bootstrap_samples,
        seed=seed,
        name=str(parallel),
    )
    rows = [
        ("src2trg", result.src2trg_accuracy, *result.src2trg_interval),
        ("trg2src", result.trg2src_accuracy, *result.trg2src_interval),
        ("mean", result.mean_accuracy, result.low, result.high),
    ]
    return pd.DataFrame(rows, columns=["direction", "accuracy", "low", "high"]).assign(links=result.pairs)


def _absolute(path: PathLike) -> str:
    return str(Path(path).resolve())


def _workspace(path: PathLike | None) -> Workspace:
    return (Workspace.default() if path is None else Workspace(Path(path).resolve())).require_writable()


def _encoder(encoder: Encoder | str, maps: Maps | RunResult | PathLike | None) -> Encoder:
    """The encoder itself, or the one of that name with the word vectors that the maps of a run or file are for."""
    if not isinstance(encoder, str):
        return encoder
    return encoder_for(encoder, None if maps is None or isinstance(maps, Maps) else _maps_file(maps))


def _maps_file(maps: RunResult | PathLike) -> Path:
    return RunFolder(maps.folder).maps if isinstance(maps, RunResult) else Path(maps)


def _maps(maps: Maps | RunResult | PathLike | None, encoder: Encoder) -> Maps | None:
    """Maps from what a caller gave; those of a file are checked against the encoder. Raises MapsError."""
    if maps is None or isinstance(maps, Maps):
        return maps
    return maps_module.load(_maps_file(maps), encoder_fingerprint=encoder.fingerprint)[0]


def _choice(kind: Any, value: str, name: str) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        raise ConfigError(f"{name} = {value!r} is unknown; choose one of {', '.join(kind)}.") from error


def _vectors(sentences: Sequence[Words], encoder: Encoder, workspace: Workspace, label: str, progress: bool) -> WordVectors:
    """CCWRs of the sentences through the cache of the workspace."""
    with _bar(label, progress, unit="sentences") as moved:
        return CcwrCache(workspace.ccwrs).fetch(sentences, encoder, progress=moved)


def _new_bar(label: str, total: int | None, unit: str) -> Any:
    """A tqdm bar: a widget in a notebook that has ipywidgets, else text on stderr."""
    kind: Callable[..., Any] = text_bar
    if "ipykernel" in sys.modules and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm as kind
    return kind(desc=label, total=total, unit=f" {unit}", leave=False)


@contextmanager
def _bar(label: str, shown: bool, *, unit: str) -> Iterator[Progress | None]:
    """A progress function that moves a bar, which appears with the first call; None where no bar is wanted."""
    if not shown:
        yield None
        return
    bar: Any = None

    def move(done: int, total: int) -> None:
        nonlocal bar
        bar = bar or _new_bar(label, total, unit)
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield move
    finally:
        if bar is not None:
            bar.close()


class _BarReporter(Reporter):
    """Writes events and status as every run does, and shows a bar for each stage that counts its work."""

    _bar: Any = None
    _label, _unit = "", ""

    def stage(self, stage: str, message: str, *, total: int = 0, unit: str = "", done: int = 0) -> None:
        self._close()
        self._label, self._unit = message, unit
        super().stage(stage, message, total=total, unit=unit, done=done)

    def progress(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _new_bar(self._label, total, self._unit)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        super().progress(done, total)

    def end(self, state: Any, *, message: str = "", error: str | None = None) -> None:
        self._close()
        super().end(state, message=message, error=error)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
