"""Word alignment: which layer, pooling and method to take (development data), and the error rates on the hand-made links of the samples.

    python -m benchmarks.quality.word_alignment develop --data ../shared/data
    python -m benchmarks.quality.word_alignment samples --data ../shared/data
    lraln similarities --run-dir RUN --pairs 80; python -m benchmarks.quality.word_alignment stored --run RUN

layers, develop: the Bible (sw, gu, eu), verses of Matthew and Luke; the gold links are those of fast_align on the whole New Testament, both
directions, intersected, so they favour one-to-one links and are right most of the time only. Methods and their values are chosen on them.
samples: mk, sw and ne with links made by hand, which nothing was chosen on; test pairs are lines 61 on.
stored: every method with its default values before and after one run, from the similarities that `lraln similarities` stored in it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks import REPOSITORY, RESULTS, WORK
from benchmarks.quality.real_text import BIBLE, bible, tatoeba
from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import normalization
from lraln_core.alignment.maps import Maps
from lraln_core.choices import Aligner, Pooling, Precision
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.registry import open_encoder
from lraln_core.evaluation import word_alignment as scores
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.records import ParallelText, Words, WordVectors, from_lengths
from lraln_core.runs import config as run_config
from lraln_core.runs import presets, worker
from lraln_core.runs.context import encoder_of
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config
from lraln_core.runs.word_alignment import stored
from lraln_core.runs.word_alignment.align import align_statistics, align_vectors, as_aligned
from lraln_core.runs.word_alignment.config import AlignerConfig
from lraln_core.text import eflomal, parallel
from lraln_core.text.pharaoh import AlignedSentence

PARALLEL = SAMPLE_DATA / "parallel"
TRAINED_LINES = 60  # of a sample: dwa_sup learns from these sentence pairs (not from their links); the others are the test
LONGEST = 40  # words of a verse
TWO_LAYERS = ", two layers"  # the second layer of the preset `recommended`; without it the final layer alone
SYSTEMS = ("base", "normalized", f"base{TWO_LAYERS}", f"normalized{TWO_LAYERS}", f"gloss{TWO_LAYERS}", "dwa_sup", "dwa_unsup")
LOWEST_LAYER = 5  # of the layers that are tried
METHODS = tuple(method for method in Aligner if method.uses_vectors)
STATISTICS = (Aligner.FAST_ALIGN, *([Aligner.EFLOMAL] if eflomal.is_installed() else []))
GRID = {
    Aligner.ITERMAX: [{"rounds": n} for n in (2, 3)],
    **{
        method: [{"temperature": t, "threshold": p, "null": z} for t in (0.02, 0.05, 0.1) for p in (0.001, 0.1, 0.2, 0.3) for z in (0, 1.5)]
        for method in (Aligner.SOFTMAX, Aligner.ENTMAX)
    },
    Aligner.TRANSPORT: [{"entropy": e, "iterations": n, "filtering": f} for e in (0.02, 0.05, 0.1, 0.2) for n in (1, 2, 5) for f in (1, 2)],
}


def development(data: Path, language: str, size: int, work: Path) -> ParallelText:
    """`size` verses with silver links, drawn evenly from those of Matthew and Luke of at most LONGEST words a side."""
    path = work / f"silver-{language}.json"
    if not path.exists():
        text, split = bible(data, language)
        kept = [i for i in split.train if max(len(text.src[i]), len(text.trg[i])) <= LONGEST and text.links[i]]
        chosen = text.take([kept[i] for i in np.unique(np.linspace(0, len(kept) - 1, size).astype(int))])
        write_json(path, [chosen.src, chosen.trg, chosen.links])
    src, trg, links = ([part[i] for i in np.unique(np.linspace(0, len(part) - 1, size).astype(int))] for part in read_json(path))
    return ParallelText(tuple(map(tuple, src)), tuple(map(tuple, trg)), tuple(tuple((int(i), int(j)) for i, j in one) for one in links))


def aer(text: ParallelText, vectors: tuple[WordVectors, WordVectors], config: AlignerConfig) -> float:
    gold = [AlignedSentence(links) for links in text.links]
    counts = scores.count(gold, as_aligned(align_vectors(text.src, text.trg, vectors, config), config))
    return scores.score(counts, bootstrap_samples=0, rng=rng_for(1, "unused")).aer.value


def encode_all(encoder: FrozenEncoder, sentences: Sequence[Words]) -> dict[tuple[str, int], WordVectors]:
    """The vectors of every layer, as the mean of a word's subwords and as its last, from one pass over each sentence."""
    parts: dict[tuple[str, int], list[np.ndarray]] = {}
    for words, item in zip(sentences, encoder.tokenize(sentences), strict=True):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=encoder.precision is Precision.BFLOAT16):
            layers = encoder.model(input_ids=torch.tensor([item.ids]), output_hidden_states=True).hidden_states
        for layer, hidden in enumerate(layers):
            values = hidden[0].float().numpy()
            # (words, d); a word that is not seen by the model gets zeros
            spans = [values[a : b + 1] if b >= 0 else np.zeros((1, values.shape[1])) for a, b in zip(item.first, item.last, strict=True)]
            parts.setdefault(("mean", layer), []).append(np.array([span.mean(0) for span in spans]).reshape(len(words), -1))
            parts.setdefault(("last", layer), []).append(np.array([span[-1] for span in spans]).reshape(len(words), -1))
    lengths = [len(words) for words in sentences]
    return {key: from_lengths(np.concatenate(rows), lengths, np.ones(sum(lengths), bool)) for key, rows in parts.items()}


def layers(options: argparse.Namespace) -> None:
    """Every layer and pooling with the default values of each method."""
    texts = {code: development(options.data, code, options.verses, options.work) for code in BIBLE}
    encoder = open_encoder(precision=options.precision).loaded
    kept = {code: (encode_all(encoder, text.src), encode_all(encoder, text.trg)) for code, text in texts.items()}
    rows = []
    for pooling, layer in [key for key in kept[BIBLE[0]][0] if key[1] >= LOWEST_LAYER]:
        for code, text in texts.items():
            vectors = kept[code][0][pooling, layer], kept[code][1][pooling, layer]
            rows += [(pooling, layer, method.value, code, aer(text, vectors, AlignerConfig(method=method))) for method in METHODS]
    table = pd.DataFrame(rows, columns=["pooling", "layer", "method", "language", "aer"])
    means = table.groupby(["pooling", "layer", "method"]).aer.mean().unstack().round(4)
    means.to_csv(options.out.with_name("word_alignment_layers.csv"))
    print(means.to_string())


def develop(options: argparse.Namespace) -> None:
    """The values of each method, on the final layer as it is and on both layers of the preset `recommended`, normalised."""
    texts = {code: development(options.data, code, options.verses, options.work) for code in BIBLE}
    cache = CcwrCache(options.work / "workspace" / "ccwr")
    vector = presets.VALUES[Preset.RECOMMENDED]["encoder"]
    one = open_encoder(pooling=Pooling.MEAN, precision=options.precision)
    both = open_encoder(
        pooling=Pooling.MEAN, precision=options.precision, inner_depth=vector["inner_depth"], inner_weight=vector["inner_weight"]
    )
    best = []
    for space, encoder, normalised in (("final layer", one, False), ("two layers, normalised", both, True)):
        ccwrs = {code: (cache.fetch(text.src, encoder), cache.fetch(text.trg, encoder)) for code, text in texts.items()}
        if normalised:
            ccwrs = {code: (_normalised(src), _normalised(trg)) for code, (src, trg) in ccwrs.items()}
        for method in METHODS:
            for values in GRID.get(method, [{}]):
                figures = [aer(text, ccwrs[code], AlignerConfig(method=method, **values)) for code, text in texts.items()]
                best.append((space, method.value, str(values), float(np.mean(figures)), *figures))
    found = pd.DataFrame(best, columns=["space", "method", "values", "aer", *texts]).sort_values(["space", "aer"])
    found.round(4).to_csv(options.out.with_name("word_alignment_grid.csv"), index=False)
    print(found.groupby(["space", "method"]).head(3).round(4).to_string(index=False), sep="\n")


def _normalised(vectors: WordVectors) -> WordVectors:
    """The same under the mean and spread of their own language."""
    return vectors.replace_vectors(maps_module.apply(normalization.fit(vectors.vectors[vectors.valid]), vectors.vectors))


def samples(options: argparse.Namespace) -> None:
    """Error rates of systems by methods, and of fast_align (and eflomal, where installed) on the sample text alone and with more text."""
    workspace = Workspace(options.work / "workspace").require_writable()
    rows: list[dict[str, object]] = []
    for language in options.languages:
        pair = f"{language}-en"
        text = parallel.load(PARALLEL / f"{pair}.tsv", language, "en", alignments=PARALLEL / f"{pair}.pharaoh", tokenized=True)
        tested = text.take(range(TRAINED_LINES, len(text)))
        gold = [AlignedSentence(links) for links in tested.links]
        first: dict[str, np.ndarray] = {}
        for name, more in more_text(options.data, language).items():
            for method in STATISTICS:
                config = AlignerConfig(method=method)
                links = align_statistics(text.src, text.trg, config, more=more)[TRAINED_LINES:]
                rows.append(row(language, name, method.value, scores.count(gold, as_aligned(links, config)), None))
        for system in options.systems:
            vectors, maps, seconds = space_of(language, system, tested, workspace, options)
            for method in METHODS:
                config = AlignerConfig(method=method)
                counts = scores.count(gold, as_aligned(align_vectors(tested.src, tested.trg, vectors, config, maps), config))
                rows.append(row(language, system, method.value, counts, first.setdefault(method.value, counts), seconds))
        write_json(options.work / "samples.json", rows)
        print(pd.DataFrame([one for one in rows if one["language"] == language]).round(4).to_string(index=False), flush=True)
    write_table(pd.DataFrame(rows), options.out)


def stored_run(options: argparse.Namespace) -> None:
    """A table of every method before and after a run, with paired differences to before and to fast_align."""
    text = stored.read(options.run / "word-alignment.json")
    if text is None or text.gold is not stored.GoldSource.FILE:
        raise SystemExit(f"{options.run} holds no similarities with links made by hand; make them with: lraln similarities --run-dir")
    gold = [pair.gold or AlignedSentence(()) for pair in text.pairs]

    def counted(method: Aligner, space: stored.Space) -> np.ndarray:
        config = AlignerConfig(method=method)
        return scores.count(gold, as_aligned([pair.links(config, space) for pair in text.pairs], config))

    def shown(counts: np.ndarray) -> str:
        found = scores.score(counts, bootstrap_samples=1000, rng=rng_for(1, "bootstrap"))
        return f"{100 * found.aer.value:.1f} ({100 * found.aer.low:.1f} to {100 * found.aer.high:.1f})"

    def less(one: np.ndarray, other: np.ndarray) -> str:
        found = scores.difference(one, other, "aer", bootstrap_samples=1000, rng=rng_for(1, "bootstrap"))
        return f"{100 * found.value:+.1f}{'' if found.holds else ' (does not hold)'}"

    statistics = counted(Aligner.FAST_ALIGN, stored.Space.AFTER)
    lines = [
        f"# Alignment error rates before and after a run: {len(text.pairs)} pairs of {text.name}",
        "",
        "Made by `python -m benchmarks.quality.word_alignment stored`. AER in percent with 95% intervals over sentence pairs;",
        "differences are paired.",
        "",
        "| method | before | after | after less before | after less fast_align |",
        "|---|---|---|---|---|",
        f"| fast_align on all {text.total} pairs of the text | {shown(statistics)} | | | |",
    ]
    for method in METHODS:
        before, after = (counted(method, space) for space in stored.Space)
        lines.append(f"| {method} | {shown(before)} | {shown(after)} | {less(after, before)} | {less(after, statistics)} |")
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def more_text(data: Path, language: str) -> dict[str, tuple[Sequence[Words], Sequence[Words]]]:
    """What a statistical aligner learns from beside the sample: nothing; the New Testament (sw) or 1,000 pairs of Tatoeba (mk)."""
    found: dict[str, tuple[Sequence[Words], Sequence[Words]]] = {"same text": ((), ())}
    if language in BIBLE:
        text, _ = bible(data, language)
        found[f"same text and {len(text):,} Bible verses"] = text.src, text.trg
    elif (data / "parallel" / f"tatoeba.{language}-en.tsv").exists():
        text, _ = tatoeba(data, language)
        found[f"same text and {len(text):,} Tatoeba pairs"] = text.src, text.trg
    return found


def space_of(
    language: str, system: str, text: ParallelText, workspace: Workspace, options: argparse.Namespace
) -> tuple[tuple[WordVectors, WordVectors], Maps, float]:
    """Vectors and maps of the test pairs under a finished run of the system, and the seconds that the run took on this machine."""
    values = sample_config(f"{language}-en").to_json()  # of the preset `recommended`
    values |= {"name": f"{system} {language}", "system": system.removesuffix(TWO_LAYERS)}
    values["encoder"]["precision"] = options.precision
    if not system.endswith(TWO_LAYERS):
        values["encoder"]["inner_depth"] = 0.0
    values["test"]["lines"] = f"{TRAINED_LINES + 1}-"
    values["train"] = values["test"] | {"lines": f"1-{TRAINED_LINES}"}
    values["denoising"] |= {"steps": options.steps}
    config = run_config.from_json(values)
    folder = RunFolder(workspace.runs / f"{system.replace(', ', '-').replace(' ', '-')}-{language}-{options.steps}")
    if folder.summary() is None:
        worker.work(config, folder if folder.config.exists() else create(folder.path, config.to_json()), workspace)
    seconds = sum(folder.summary()["seconds"].values())
    encoder = encoder_of(config.encoder, folder.encoder if folder.encoder.is_dir() else None)
    maps, _ = maps_module.load(folder.maps)
    print(f"{system} {language}: {seconds:.0f} s", json.dumps(folder.summary()["retrieval"]), flush=True)
    return (encoder.encode(text.src), encoder.encode(text.trg)), maps, seconds


def row(
    language: str, system: str, method: str, counts: np.ndarray, base: np.ndarray | None, seconds: float | None = None
) -> dict[str, object]:
    """One line of the table; the difference is to the encoder as it is, by the same method."""
    found = scores.score(counts, bootstrap_samples=1000, rng=rng_for(1, "bootstrap"))
    values = {"language": language, "system": system, "method": method, **found.figures(), "seconds": seconds}
    if base is not None and base is not counts:
        change = scores.difference(counts, base, "aer", bootstrap_samples=1000, rng=rng_for(1, "bootstrap"))
        values |= {"change": change.value, "change_low": change.low, "change_high": change.high}
    return values


def write_table(frame: pd.DataFrame, out: Path) -> None:
    """AER in percent by system and method, an asterisk where the difference to the encoder as it is leaves out 0."""
    lines = [
        "# Alignment error rates on the samples",
        "",
        "Made by `python -m benchmarks.quality.word_alignment samples`. AER in percent on links made by hand, test pairs 61 on; * marks a "
        "difference to the encoder as it is (same method) whose 95% interval leaves out 0. Half the width of an interval is about "
        f"{100 * float(((frame['aer_high'] - frame['aer_low']) / 2).mean()):.1f} points.",
        "",
    ]
    for language, part in frame.groupby("language", sort=False):
        methods = [method for method in Aligner if method.value in set(part["method"])]
        lines += [f"## {language}", "", f"| system | {' | '.join(methods)} |", "|" + "---|" * (len(methods) + 1)]
        for system, cells in part.groupby("system", sort=False):
            by_method = {cell["method"]: cell for _, cell in cells.iterrows()}
            shown = []
            for method in methods:
                cell = by_method.get(method.value)
                change = None if cell is None else cell.get("change_low")
                holds = change is not None and change == change and (change > 0 or cell["change_high"] < 0)
                shown.append("-" if cell is None else f"{100 * cell['aer']:.1f}{'*' if holds else ''}")
            lines.append(f"| {system} | {' | '.join(shown)} |")
        lines.append("")
    out.write_text("\n".join(lines), encoding="utf-8")
    frame.round(4).to_csv(out.with_suffix(".csv"), index=False)
    print("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["layers", "develop", "samples", "stored"])
    parser.add_argument("--run", type=Path, help="folder of a finished run, for stored")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=WORK / "word_alignment")
    parser.add_argument("--verses", type=int, default=60)
    parser.add_argument("--languages", nargs="+", choices=("mk", "sw", "ne"), default=["mk", "sw", "ne"])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS, metavar="SYSTEM")
    parser.add_argument("--precision", choices=list(Precision), default=Precision.AUTO)
    parser.add_argument("--steps", type=int, default=0, help="of dwa_sup and dwa_unsup, 0 for those of its preset")
    parser.add_argument("--out", type=Path, default=RESULTS / "word_alignment.md")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    {"layers": layers, "develop": develop, "samples": samples, "stored": stored_run}[options.what](options)


if __name__ == "__main__":
    main()
