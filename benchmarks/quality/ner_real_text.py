"""Zero-shot NER on real text, English to Swahili: the encoder as it is, the paper's recipe, maps from aligned parallel text.

    python -m benchmarks.quality.ner_real_text --data ../shared/data

Maps come from the run folders that benchmarks/quality/real_text.py leaves (--runs), or from files (--maps linear_sup=FILE). All systems
read the same CCWRs from the cache; the time without the language model is that of everything else.
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import REPOSITORY, RESULTS, WORK
from lraln_core.alignment import maps as maps_module
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import LralnError
from lraln_core.evaluation.ner.scores import bootstrap_f1_difference
from lraln_core.evaluation.ner.tagger import PRESETS, Preset, tagged_words
from lraln_core.evaluation.ner.zero_shot import NerResult, Selection, language_map, tag_zero_shot
from lraln_core.files.atomic import write_json
from lraln_core.files.randomness import rng_for
from lraln_core.text import iob2
from lraln_core.threads import limit_threads

BASE, SYSTEMS = "base", ("linear_unsup", "linear_sup")
FILES = {
    "train": ("en", "en.train.conll"),
    "source_dev": ("en", "en.dev.conll"),
    "dev": ("sw", "sw.dev.conll"),
    "test": ("sw", "sw.test.conll"),
}
SAMPLES = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    work = WORK / "real_text" / "workspace"
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data" / "ner", help="folder with the files")
    parser.add_argument("--runs", type=Path, default=work / "runs", help="folder that holds bible-sw-<system>-1/maps.safetensors")
    parser.add_argument("--maps", action="append", default=[], metavar="SYSTEM=FILE", help="instead of the run folder's")
    parser.add_argument("--ccwrs", type=Path, default=work / "ccwr", help="CCWR cache")
    parser.add_argument("--preset", choices=list(Preset), default=Preset.STANDARDIZED)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "ner_real_text")
    options = parser.parse_args()
    limit_threads(0)
    try:
        rows, seconds = measure(options)
    except LralnError as error:
        raise SystemExit(f"Error: {error}") from error
    options.out.parent.mkdir(parents=True, exist_ok=True)
    figures = {"systems": rows, "seconds": seconds, "seed": options.seed, "preset": options.preset}
    write_json(options.out.with_suffix(".json"), figures)
    text = table(rows, seconds)
    options.out.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


def measure(options: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """One row of figures a system, and the seconds that encoding and everything else took."""
    began = time.perf_counter()
    data = options.data / "ner" if (options.data / "ner").is_dir() else options.data
    texts = {name: iob2.read(data / file, types=iob2.ENTITY_TYPES) for name, (_, file) in FILES.items()}
    read = time.perf_counter()
    encoder, cache = open_encoder(), CcwrCache(options.ccwrs)
    vectors = {name: cache.fetch([sentence.words for sentence in text], encoder) for name, text in texts.items()}
    encoded = time.perf_counter()
    given = dict(item.split("=", 1) for item in options.maps)
    paths = {system: Path(given.get(system, options.runs / f"bible-sw-{system}-1" / "maps.safetensors")) for system in SYSTEMS}
    results: dict[str, NerResult] = {}
    rows = []
    for system in (BASE, *SYSTEMS):
        start = time.perf_counter()
        choose = lambda code: None
        if system != BASE:
            maps, metadata = maps_module.load(paths[system], encoder_fingerprint=encoder.fingerprint)
            choose = lambda code, maps=maps, metadata=metadata: language_map(maps, metadata, code)
        words = {name: tagged_words(texts[name], vectors[name], choose(code)) for name, (code, _) in FILES.items()}
        results[system] = tag_zero_shot(
            words["train"],
            words["test"],
            target_dev=words["dev"],
            source_dev=words["source_dev"],
            options=PRESETS[options.preset],
            bootstrap_samples=SAMPLES,
            rng=rng_for(options.seed, "ner"),
        )
        rows.append({"system": system, "seconds": time.perf_counter() - start} | results[system].figures())
        for selection in (Selection.TARGET_DEV, Selection.AVERAGED):
            mine, base = (results[name].selected[selection].scores.counts for name in (system, BASE))
            gain = bootstrap_f1_difference(mine, base, SAMPLES, np.random.default_rng(options.seed))
            rows[-1][selection] |= {"gain": gain.value, "gain_low": gain.low, "gain_high": gain.high}
    encoding = encoded - read
    rest = time.perf_counter() - began - encoding
    return rows, {"encoding": encoding, "sentences_encoded": cache.sentences_encoded, "rest": rest}


def table(rows: list[dict[str, Any]], seconds: dict[str, float]) -> str:
    """The figures as Markdown."""
    percent = lambda value: f"{100 * value:.1f}"
    lines = [
        "Zero-shot NER, English to Swahili: micro F1 in percent with 95% intervals over sentences (seqeval, strict IOB2).",
        "A gain over base is the paired difference; * where its interval leaves out 0.",
        f"{platform.machine()}, {seconds['encoding']:.0f} s for the CCWRs ({seconds['sentences_encoded']:,} sentences encoded,",
        f"the others from the cache), {seconds['rest']:.0f} s for everything else.",
        "",
        "| selection | system | F1 | gain over base | precision | recall | PER | LOC | ORG | predicted / gold |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for selection in (Selection.TARGET_DEV, Selection.AVERAGED):
        for row in rows:
            one = row[selection]
            mark = "*" if one["gain_low"] > 0 or one["gain_high"] < 0 else ""
            low, high = f"{100 * one['gain_low']:+.1f}", f"{100 * one['gain_high']:+.1f}"
            gain = "" if row["system"] == BASE else f"{100 * one['gain']:+.1f} [{low}, {high}]{mark}"
            by_type = " | ".join(percent(one["by_type"][kind]["f1"]) for kind in iob2.ENTITY_TYPES)
            f1 = f"{percent(one['f1'])} [{percent(one['low'])}, {percent(one['high'])}]"
            lines.append(
                f"| {selection} | {row['system']} | {f1} | {gain} | "
                f"{percent(one['precision'])} | {percent(one['recall'])} | {by_type} | {one['predicted']} / {one['gold']} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
