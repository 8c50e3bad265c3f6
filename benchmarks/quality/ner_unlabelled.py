"""A tagger that learns from unlabelled text against the plain linear head: English to Swahili, Macedonian and Nepali.

    python -m benchmarks.quality.ner_unlabelled --data ../shared/data

Swahili is real text (--data), the other two are the samples. The unlabelled text is that of the development part, without its tags; nothing
is chosen on the test part. Every variant starts from the same plain head, so differences are paired over seeds and over sentences. --part
development measures on the development part instead (then the unlabelled text is the text to be tagged), which is what the defaults were
chosen by.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import REPOSITORY, RESULTS, WORK
from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import LralnError
from lraln_core.evaluation.ner.adaptation import Adapter, train_averaged
from lraln_core.evaluation.ner.scores import SentenceCounts, bootstrap_f1_difference, count
from lraln_core.evaluation.ner.tagger import PRESETS, Preset, TaggedWords, tagged_words
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.randomness import rng_for
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.jobs.ner_options import AdaptationConfig
from lraln_core.runs.jobs.ner_step import adaptation_options
from lraln_core.text import iob2
from lraln_core.threads import limit_threads

PLAIN, BEST, SAMPLES = "plain head", "default", 1000
DEFAULT = AdaptationConfig()
FIXED = replace(DEFAULT, consensus=False)
NOTHING = replace(FIXED, colouring=-1.0, shares=False, transitions=0.0)
VARIANTS = {
    "valid tags": NOTHING,
    "transitions": replace(NOTHING, transitions=DEFAULT.transitions),
    "colouring": replace(NOTHING, colouring=DEFAULT.colouring),
    "colouring, transitions": replace(FIXED, shares=False),
    "colouring, shares, transitions": FIXED,
    "default": DEFAULT,
    "default, tested words too": replace(DEFAULT, tested=True),
    "default, prototypes": replace(DEFAULT, prototypes=True),
    "default, self-training": replace(DEFAULT, rounds=1, neighbours=0),
    "default, self-training, neighbours": replace(DEFAULT, rounds=1),
    "default, self-training, neighbours, agreement": replace(DEFAULT, rounds=1, agreement=True),
    "default, prototypical self-training": replace(DEFAULT, rounds=1, prototypes=True),
}
SHORT = ("valid tags", "transitions", "colouring, shares, transitions", "default")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data", help="folder with ner/")
    parser.add_argument("--languages", nargs="+", default=["sw", "mk", "ne"], help="sw is real text, sample-sw that of the sample")
    parser.add_argument("--variants", nargs="+", default=list(SHORT), choices=list(VARIANTS), metavar="VARIANT")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--part", choices=["test", "development"], default="test")
    parser.add_argument("--pooling", choices=list(Pooling), default=Pooling.MEAN)
    parser.add_argument("--precision", choices=list(Precision), default=Precision.BFLOAT16)
    parser.add_argument("--ccwrs", type=Path, default=WORK / "ner_unlabelled" / "ccwr", help="CCWR cache")
    parser.add_argument("--read", type=Path, nargs="*", default=[], help="figures of earlier calls, in place of measuring their languages")
    parser.add_argument(
        "--counts", type=Path, default=WORK / "ner_unlabelled" / "counts.json", help="entities of each sentence, for --read"
    )
    parser.add_argument("--out", type=Path, default=RESULTS / "ner_unlabelled")
    options = parser.parse_args()
    limit_threads(0)
    try:
        counts = {language: found for path in options.read for language, found in read_counts(path).items()}
        counts |= {language: measure(language, options) for language in options.languages if language not in counts}
    except LralnError as error:
        raise SystemExit(f"Error: {error}") from error
    figures = {language: {name: [_plain(one) for one in row] for name, row in found.items()} for language, found in counts.items()}
    options.counts.parent.mkdir(parents=True, exist_ok=True)
    write_json(options.counts, figures)
    text = table(counts, options)
    options.out.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


def _plain(one: SentenceCounts) -> dict[str, list[int]]:
    return {name: getattr(one, name).tolist() for name in ("correct", "predicted", "gold")}


def read_counts(path: Path) -> dict[str, dict[str, list[SentenceCounts]]]:
    """What a call wrote to --counts: entities of each sentence by language and variant."""
    arrays = lambda one: SentenceCounts(*(np.array(one[name]) for name in ("correct", "predicted", "gold")))
    return {language: {name: [arrays(one) for one in row] for name, row in found.items()} for language, found in read_json(path).items()}


def measure(language: str, options: argparse.Namespace) -> dict[str, list[SentenceCounts]]:
    """Entities of every test sentence by variant, one entry a seed."""
    folder = options.data / "ner" if language == "sw" else SAMPLE_DATA / "ner"
    code = language.removeprefix("sample-")
    encoder, cache = open_encoder(pooling=options.pooling, precision=options.precision), CcwrCache(options.ccwrs)

    def words(name: str) -> TaggedWords:
        text = iob2.read(folder / f"{name}.conll", types=iob2.ENTITY_TYPES)
        return tagged_words(text, cache.fetch([sentence.words for sentence in text], encoder))

    training, unlabelled = words("en.train"), words(f"{code}.dev")
    test = unlabelled if options.part == "development" else words(f"{code}.test")
    rows = np.flatnonzero(training.usable)
    x, y, offsets = training.vectors[rows], training.labels[rows], np.searchsorted(rows, training.offsets)
    found: dict[str, list[SentenceCounts]] = {name: [] for name in (PLAIN, *options.variants)}
    for seed in range(1, options.seeds + 1):
        plain = train_averaged(x, y, offsets, PRESETS[Preset.STANDARDIZED], rng_for(seed, "ner"))
        found[PLAIN].append(count(test.labels, plain.predict(test), test.offsets))
        for name in options.variants:
            config = VARIANTS[name]
            text = _joined(unlabelled, test) if config.tested and test is not unlabelled else unlabelled
            rng = rng_for(seed, f"ner-{name}")
            learned = Adapter(training, text, adaptation_options(config), PRESETS[Preset.STANDARDIZED], rng=rng, plain=plain).run()
            found[name].append(count(test.labels, learned.tagger.predict(test), test.offsets))
            print(f"{language} seed {seed} {name}: {100 * found[name][-1].f1:.1f} (plain {100 * found[PLAIN][-1].f1:.1f})", flush=True)
    return found


def _joined(one: TaggedWords, other: TaggedWords) -> TaggedWords:
    return TaggedWords(
        one.sentences + other.sentences,
        *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("labels", "vectors", "usable")),
        np.concatenate([one.offsets, one.offsets[-1] + other.offsets[1:]]),
    )


def table(counts: dict[str, dict[str, list[SentenceCounts]]], options: argparse.Namespace) -> str:
    """The figures as Markdown."""
    languages, seeds = list(counts), options.seeds
    lines = [
        f"Zero-shot NER from English, {options.part} part, pooling {options.pooling}, {options.precision}: micro F1 in percent, mean",
        f"and standard deviation of {seeds} seeds. In brackets the difference from the plain head, 95% intervals over sentences (seed 1)",
        "and over seeds; * where both leave out 0.",
        "",
        f"| tagger | {' | '.join(languages)} | mean | difference of the mean |",
        "|---|" + "---|" * (len(languages) + 2),
    ]
    for name in (PLAIN, *options.variants):
        cells, gains = [], []
        for language in languages:
            f1 = 100 * np.array([one.f1 for one in counts[language][name]])
            base = 100 * np.array([one.f1 for one in counts[language][PLAIN]])
            gains.append(f1 - base)
            cells.append(f"{f1.mean():.1f} ± {f1.std():.1f}" + (_difference(counts[language], name, f1 - base) if name != PLAIN else ""))
        mean = np.mean([[100 * one.f1 for one in counts[language][name]] for language in languages])
        gain = np.mean(gains, axis=0)
        low, high = _over_seeds(gain)
        cells += [f"{mean:.1f}", f"{gain.mean():+.1f} [{low:+.1f}, {high:+.1f}]" if name != PLAIN else ""]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "The default less the other taggers, with the same intervals:", "", f"| less | {' | '.join(languages)} |"]
    lines.append("|---|" + "---|" * len(languages))
    for other in options.variants if BEST in options.variants else ():
        if other != BEST:
            cells = [
                _difference(counts[language], BEST, _gain(counts[language], BEST, other), other).strip(" ()") for language in languages
            ]
            lines.append(f"| {other} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _gain(found: dict[str, list[SentenceCounts]], name: str, other: str) -> np.ndarray:
    """Points of F1 of each seed."""
    return np.array([100 * (one.f1 - two.f1) for one, two in zip(found[name], found[other], strict=True)])


def _over_seeds(gain: np.ndarray) -> tuple[float, float]:
    """95% interval of the mean over seeds by resampling them."""
    drawn = np.random.default_rng(1).choice(gain, (SAMPLES, len(gain))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _difference(found: dict[str, list[SentenceCounts]], name: str, gain: np.ndarray, other: str = PLAIN) -> str:
    sentences: Any = bootstrap_f1_difference(found[name][0], found[other][0], SAMPLES, np.random.default_rng(1))
    low, high = _over_seeds(gain)
    both = [(100 * sentences.low, 100 * sentences.high), (low, high)]
    mark = "*" if all(one > 0 for one, _ in both) or all(other < 0 for _, other in both) else ""
    return f" ({gain.mean():+.1f}{mark}; " + ", ".join(f"[{one:+.1f}, {other:+.1f}]" for one, other in both) + ")"


if __name__ == "__main__":
    main()
