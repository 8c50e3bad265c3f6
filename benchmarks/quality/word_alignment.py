"""Word alignment: which layer, pooling and method to take (development data), and the error rates on the hand-made links of the samples.

    python -m benchmarks.quality.word_alignment develop --data ../shared/data
    python -m benchmarks.quality.word_alignment samples --data ../shared/data

develop: the Bible (sw, gu, eu), verses of Matthew and Luke; the gold links are those of fast_align on the whole New Testament, both
directions, intersected, so they favour one-to-one links and are right most of the time only. Methods and their values are chosen on them.
samples: mk, sw and ne with links made by hand, which nothing was chosen on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks import REPOSITORY, RESULTS, WORK
from benchmarks.quality.real_text import BIBLE, bible
from lraln_core.choices import Aligner, Precision
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.registry import open_encoder
from lraln_core.evaluation import word_alignment as scores
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText, Words, WordVectors, from_lengths
from lraln_core.runs.word_alignment.align import align_vectors, as_aligned
from lraln_core.runs.word_alignment.config import AlignerConfig
from lraln_core.text.pharaoh import AlignedSentence

LONGEST = 40  # words of a verse
METHODS = tuple(method for method in Aligner if method.uses_vectors)
GRID = {
    Aligner.ITERMAX: [{"filtering": n} for n in (2, 3)],
    Aligner.SOFTMAX: [
        {"temperature": t, "threshold": p, "null": z}
        for t in (0.01, 0.02, 0.05)
        for p in (0.001, 0.05, 0.1, 0.2, 0.3)
        for z in (0, 1, 1.5, 2)
    ],
    Aligner.ENTMAX: [
        {"temperature": t, "threshold": p, "null": z} for t in (0.01, 0.02, 0.05, 0.1) for p in (0.0, 0.1, 0.2, 0.3) for z in (0, 1, 1.5, 2)
    ],
    Aligner.TRANSPORT: [
        {"entropy": e, "iterations": n, "filtering": f} for e in (0.01, 0.02, 0.05, 0.1, 1.0) for n in (1, 2, 5, 20) for f in (1, 2)
    ],
}


def development(data: Path, language: str, size: int, work: Path) -> ParallelText:
    """`size` verses with silver links, drawn evenly from those of Matthew and Luke of at most LONGEST words a side."""
    path = work / f"silver-{language}.json"
    if not path.exists():
        text, split = bible(data, language)
        kept = [i for i in split.train if max(len(text.src[i]), len(text.trg[i])) <= LONGEST and text.links[i]]
        chosen = text.take([kept[i] for i in np.unique(np.linspace(0, len(kept) - 1, size).astype(int))])
        write_json(path, [chosen.src, chosen.trg, chosen.links])
    src, trg, links = read_json(path)
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


def develop(options: argparse.Namespace) -> None:
    """Every layer and pooling with the default values of each method, then the grid of each method on the best of them."""
    texts = {code: development(options.data, code, options.verses, options.work) for code in BIBLE}
    encoder = open_encoder(precision=Precision.AUTO).loaded
    kept = {code: (encode_all(encoder, text.src), encode_all(encoder, text.trg)) for code, text in texts.items()}
    rows = []
    for pooling, layer in kept[BIBLE[0]][0]:
        for code, text in texts.items():
            vectors = kept[code][0][pooling, layer], kept[code][1][pooling, layer]
            rows += [(pooling, layer, method.value, code, aer(text, vectors, AlignerConfig(method=method))) for method in METHODS]
    table = pd.DataFrame(rows, columns=["pooling", "layer", "method", "language", "aer"])
    means = table.groupby(["pooling", "layer", "method"]).aer.mean().unstack().round(4)
    print(means.to_string())
    pooling, layer = min(means.index, key=lambda key: means.loc[key, "argmax"])
    best = []
    for method, grid in GRID.items():
        for values in grid:
            config = AlignerConfig(method=method, **values)
            figures = [aer(text, (kept[c][0][pooling, layer], kept[c][1][pooling, layer]), config) for c, text in texts.items()]
            best.append((method.value, str(values), float(np.mean(figures)), *figures))
    found = pd.DataFrame(best, columns=["method", "values", "aer", *texts]).sort_values("aer")
    found.round(4).to_csv(options.out.with_name("word_alignment_grid.csv"), index=False)
    means.to_csv(options.out.with_name("word_alignment_layers.csv"))
    print(pooling, layer, found.groupby("method").head(4).round(4).to_string(index=False), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["develop"])
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=WORK / "word_alignment")
    parser.add_argument("--verses", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS / "word_alignment.md")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    {"develop": develop}[options.what](options)


if __name__ == "__main__":
    main()
