"""The table that judges every recipe by four things: retrieval (two pools), retrieval inside the sentence, mined pairs, NER.

    python -m benchmarks.recipe.results --data ../shared/data

Each set is run under each recipe with each seed through the same code as `lraln run`; runs and CCWRs are kept under --work, so an
interrupted command goes on. --limit takes that many sentences of each text, for a machine without hours to spare.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks import RESULTS, WORK
from benchmarks.recipe import sets
from benchmarks.recipe.sets import EvaluationSet
from lraln_core.alignment import glosses, normalization, type_pairs
from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.alignment.similarity import usable
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.evaluation import inside_sentence, lexicon
from lraln_core.evaluation.ner.scores import SentenceCounts, bootstrap_f1_difference
from lraln_core.evaluation.ner.zero_shot import Selection
from lraln_core.evaluation.retrieval import per_sentence, retrieve
from lraln_core.evaluation.significance import Interval, bootstrap_difference
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.records import WordVectors
from lraln_core.runs import config as run_config
from lraln_core.runs import presets, worker
from lraln_core.runs.config import RunConfig
from lraln_core.runs.context import encoder_of
from lraln_core.runs.jobs.ner_request import NerRequest
from lraln_core.runs.jobs.ner_step import NerStep
from lraln_core.runs.presets import Preset
from lraln_core.text import pharaoh

HUBS = 10  # the most frequent answers whose share is shown
SAMPLES = 1000


@dataclass(frozen=True)
class Recipe:
    """A row of the table: a preset and the system in its place."""

    name: str
    preset: Preset
    system: str
    random: bool = False  # whether it depends on the seed
    parallel: bool = False  # whether it needs gold links to learn from
    one_layer: bool = False  # without the second layer of the preset


RECIPES = (
    Recipe("base", Preset.PAPER, "base"),
    Recipe("paper", Preset.PAPER, "linear_unsup", random=True),
    Recipe("linear_sup", Preset.PAPER, "linear_sup", random=True, parallel=True),
    Recipe("normalized, final layer", Preset.RECOMMENDED, "normalized", one_layer=True),
    Recipe("gloss, final layer", Preset.RECOMMENDED, "gloss", random=True, one_layer=True),
    Recipe("cca_sup, final layer", Preset.RECOMMENDED, "cca_sup", parallel=True, one_layer=True),
    Recipe("normalized", Preset.RECOMMENDED, "normalized"),
    Recipe("recommended", Preset.RECOMMENDED, "gloss", random=True),
    Recipe("cca_sup", Preset.RECOMMENDED, "cca_sup", parallel=True),
)


@dataclass
class Measured:
    """What was measured for one recipe on one set, averaged over seeds; hits and counts are kept for paired differences."""

    all: float = float("nan")
    gold: float = float("nan")
    inside: float = float("nan")
    hits: np.ndarray = field(default_factory=lambda: np.zeros(0))  # retrieval by sentence, all candidates
    links: np.ndarray = field(default_factory=lambda: np.zeros(0))
    precision: float = float("nan")
    coverage: float = float("nan")
    hubs: float = float("nan")
    f1: float = float("nan")
    entities: SentenceCounts | None = None
    seconds: float = float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=WORK / "recipe")
    parser.add_argument("--sets", nargs="+", choices=sets.names(), default=sets.names())
    parser.add_argument("--recipes", nargs="+", choices=[recipe.name for recipe in RECIPES], default=[recipe.name for recipe in RECIPES])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--limit", type=int, default=0, help="sentences of each text, 0 for all")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--no-ner", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "recipe.md")
    options = parser.parse_args()
    work = options.work.resolve()
    workspace = Workspace(work / "workspace").require_writable()
    lines = [
        "Retrieval by CSLS in percent with all words or only gold-linked words as candidates, inside: among the words of the aligned",
        "sentence. Pairs: precision of each word type's best translation by the lexicon, at the number of types that the published",
        f"intersection finds, and the share of the {HUBS} most frequent answers. NER: zero-shot micro F1 from English, averaged taggers.",
        "A difference is paired, against the row above base with the paper's pooling, with its 95% interval.",
        "",
    ]
    wanted = [recipe for recipe in RECIPES if recipe.name in options.recipes]
    for name in options.sets:
        data = sets.load(name, options.data.resolve(), work, limit=options.limit)
        measured = {}
        for recipe in wanted:
            if recipe.parallel and data.train is None:
                continue
            began = time.time()
            seeds = options.seeds if recipe.random else options.seeds[:1]
            measured[recipe.name] = _measure(data, recipe, seeds, work, workspace, options)
            print(f"{name} {recipe.name}: {measured[recipe.name].all:.3f}, {time.time() - began:.0f} s", flush=True)
        lines += _table(data, measured)
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _config(data: EvaluationSet, recipe: Recipe, seed: int, work: Path, options: argparse.Namespace) -> RunConfig:
    folder = work / f"texts-{data.name}-{options.limit}"
    values = {
        "name": f"{data.name} {recipe.name} {seed}",
        "seed": seed,
        "src": {"language": data.language, "corpus": str(folder / "src.txt"), "tokenized": True},
        "trg": {"language": "en", "corpus": str(folder / "trg.txt"), "tokenized": True},
        "test": {"parallel": str(folder / "test.tsv"), "alignments": str(folder / "test.pharaoh"), "tokenized": True},
        "encoder": {"precision": options.precision},
    }
    if data.train is not None:
        values["train"] = {"parallel": str(folder / "train.tsv"), "alignments": str(folder / "train.pharaoh"), "tokenized": True}
    if not folder.is_dir():
        folder.mkdir(parents=True)
        for side, sentences in (("src", data.src), ("trg", data.trg)):
            (folder / f"{side}.txt").write_text("".join(f"{' '.join(words)}\n" for words in sentences), encoding="utf-8")
        for part, text in (("test", data.test), ("train", data.train)):
            if text is not None:
                pairs = zip(text.src, text.trg, strict=True)
                (folder / f"{part}.tsv").write_text("".join(f"{' '.join(s)}\t{' '.join(t)}\n" for s, t in pairs), encoding="utf-8")
                pharaoh.write(folder / f"{part}.pharaoh", list(text.links))
    if recipe.one_layer:
        values["encoder"]["inner_depth"] = 0.0
    return run_config.from_json(presets.under(recipe.preset, values) | {"system": recipe.system})


def _measure(
    data: EvaluationSet, recipe: Recipe, seeds: Sequence[int], work: Path, workspace: Workspace, options: argparse.Namespace
) -> Measured:
    every = []
    for seed in seeds:
        config = _config(data, recipe, seed, work, options)
        slug = recipe.name.replace(", ", "-")
        folder = RunFolder(workspace.runs / f"{data.name}-{options.limit}-{slug}-{seed}")
        if not folder.path.exists() or folder.state() is not State.FINISHED:
            folder = create(folder.path, config.to_json())
            worker.work(config, folder, workspace)
        every.append(_one(data, recipe, config, folder, workspace, options))
    mean = lambda name: float(np.mean([getattr(one, name) for one in every]))
    names = ("all", "gold", "inside", "precision", "coverage", "hubs", "f1", "seconds")
    hits = np.mean([one.hits for one in every], axis=0)
    return Measured(**{name: mean(name) for name in names}, hits=hits, links=every[0].links, entities=every[0].entities)


def _one(
    data: EvaluationSet, recipe: Recipe, config: RunConfig, folder: RunFolder, workspace: Workspace, options: argparse.Namespace
) -> Measured:
    encoder, cache = encoder_of(config.encoder), CcwrCache(workspace.ccwrs)
    maps, _ = maps_module.load(folder.maps, encoder_fingerprint=encoder.fingerprint)
    src, trg = (_mapped(cache.fetch(side, encoder), one) for side, one in ((data.test.src, maps.src), (data.test.trg, maps.trg)))
    gold, rng = data.test.pairs(), rng_for(config.seed, "recipe")
    found = retrieve(src, trg, gold, bootstrap_samples=0, rng=rng)
    inside = inside_sentence.retrieve(src, trg, gold, bootstrap_samples=0, rng=rng)
    links, hits = per_sentence(gold.src_sentence, (found.src2trg_hits.astype(float) + found.trg2src_hits) / 2)
    measured = Measured(found.mean_accuracy_all, found.mean_accuracy_gold, inside.mean_accuracy.value, hits, links)
    measured.seconds = float(sum(((folder.summary() or {}).get("seconds") or {}).values()))
    corpora = [cache.fetch(side, encoder) for side in (data.src, data.trg)]
    published = folder.path.with_name(f"{data.name}-{options.limit}-paper-{config.seed}")
    if data.lexicon and published.exists():
        pairs = _published_pairs(RunFolder(published))
        k = len(pairs)
        if recipe.preset is Preset.RECOMMENDED:
            # Pairs for reading come from the normalised space, whatever maps retrieval uses.
            start = Maps(*(normalization.fit(side.vectors[usable(side)]) for side in corpora))
            pairs, measured.hubs = _csls_pairs(data, corpora, start, k)
        elif recipe.name == "paper":
            measured.hubs = _hub_share(RunFolder(published))
        if recipe.preset is Preset.RECOMMENDED or recipe.name == "paper":
            judged = lexicon.precision(pairs, data.lexicon)
            measured.precision, measured.coverage = judged.precision or 0.0, judged.coverage or 0.0
    if not options.no_ner and (files := _ner_files(data, options.data)):
        step = NerStep(files, encoder, cache)
        result = step.run(None if recipe.system == "base" else folder.maps_for_tagging, config.seed)
        scores = result.selected[Selection.AVERAGED].scores
        measured.f1, measured.entities = scores.micro.f1, scores.counts
    return measured


def _mapped(words: WordVectors, side: LanguageMap) -> WordVectors:
    return words.replace_vectors(maps_module.apply(side, words.vectors))


def _published_pairs(folder: RunFolder) -> pd.DataFrame:
    """Each source type's best translation among the pairs that the published run found in both directions, most similar first."""
    pairs = pd.concat([pq.read_table(path).to_pandas() for path in folder.pair_files()], ignore_index=True)
    pairs = pairs[pairs["forward"] & pairs["backward"]].assign(type=lambda frame: frame["src_token"].str.lower())
    pairs = pairs[pairs["type"].map(lambda word: any(map(str.isalpha, word)))]
    return pairs.sort_values("similarity", ascending=False, kind="stable").drop_duplicates("type")


def _hub_share(folder: RunFolder) -> float:
    """Of the forward pairs of the published run, how many go to its ten most frequent target words."""
    pairs = pd.concat(
        [pq.read_table(path, columns=["trg_token", "forward"]).to_pandas() for path in folder.pair_files()], ignore_index=True
    )
    counts = pairs[pairs["forward"]]["trg_token"].str.lower().value_counts()
    return float(counts.iloc[:HUBS].sum() / counts.sum())


def _csls_pairs(data: EvaluationSet, corpora: Sequence[WordVectors], start: Maps, k: int) -> tuple[pd.DataFrame, float]:
    """The k best type pairs by CSLS between anchors, and the share of the ten most frequent answers over all types."""
    mapped = [_mapped(side, one) for side, one in zip(corpora, (start.src, start.trg), strict=True)]
    src, trg = (glosses.type_anchors(text, words) for text, words in zip((data.src, data.trg), mapped, strict=True))
    found = type_pairs.best_pairs(src.vectors, trg.vectors)
    counts = np.sort(np.bincount(found.trg, minlength=1))[::-1]
    best = found.take(np.arange(min(k, len(found))))
    frame = pd.DataFrame({"src_token": [src.words[i] for i in best.src], "trg_token": [trg.words[i] for i in best.trg]})
    return frame, float(counts[:HUBS].sum() / max(1, counts.sum()))


def _ner_files(data: EvaluationSet, folder: Path) -> NerRequest | None:
    """The tagged text that goes with a set: the samples have their own, the Swahili Bible takes the news text."""
    if data.name.startswith("sample-"):
        place, code = SAMPLE_DATA / "ner", data.language
    elif data.name == "bible-sw":
        place, code = folder / "ner", "sw"
    else:
        return None
    names = {"train": "en.train", "train_development": "en.dev", "development": f"{code}.dev", "test": f"{code}.test"}
    files = {name: str(place / f"{file}.conll") for name, file in names.items()}
    return NerRequest(**files, train_language="en", language=code, bootstrap_samples=SAMPLES)


def _table(data: EvaluationSet, measured: dict[str, Measured]) -> list[str]:
    """One set as Markdown."""
    percent = lambda value: "" if np.isnan(value) else f"{100 * value:.1f}"
    lines = [
        f"### {data.name}: {len(data.src)} and {len(data.trg)} sentences, {len(data.test)} test pairs",
        "",
        "| recipe | all | difference from base | gold | inside | pairs right | judged | ten hubs | NER | difference from base |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    base = measured.get("base")
    for name, one in measured.items():
        change = tagging = ""
        if base is not None and one is not base:
            change = _points(bootstrap_difference(one.hits, base.hits, one.links, SAMPLES, np.random.default_rng(1)))
            if one.entities is not None and base.entities is not None:
                tagging = _points(bootstrap_f1_difference(one.entities, base.entities, SAMPLES, np.random.default_rng(1)))
        cells = [
            name,
            percent(one.all),
            change,
            *(percent(x) for x in (one.gold, one.inside, one.precision, one.coverage, one.hubs, one.f1)),
        ]
        lines.append("| " + " | ".join([*cells, tagging]) + " |")
    return [*lines, ""]


def _points(difference: Interval) -> str:
    mark = "*" if difference.holds else ""
    return f"{100 * difference.value:+.1f} [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}]{mark}"


if __name__ == "__main__":
    main()
