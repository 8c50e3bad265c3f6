"""Link by link agreement of argmax, itermax and match with the published SimAlign, on the same similarity matrices.

    pip install --no-deps --target SIMALIGN simalign==0.4 networkx==3.6.1
    python -m benchmarks.quality.simalign_agreement --simalign SIMALIGN

The matrices are those of the sample sentence pairs (built-in encoder, mean of the subwords) and random ones of many shapes. SimAlign is
installed for this measurement alone; its three functions are called as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import RESULTS
from lraln_core.alignment.in_sentence.matching import argmax, itermax, maximum_matching
from lraln_core.choices import Pooling, Precision
from lraln_core.encoder.registry import open_encoder
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.word_alignment.align import matrices
from lraln_core.text import parallel

LANGUAGES = ("mk", "sw", "ne")
RANDOM = 2000


def samples(pairs: int) -> Iterator[tuple[str, np.ndarray]]:
    encoder = open_encoder(pooling=Pooling.MEAN, precision=Precision.AUTO)
    for language in LANGUAGES:
        text = parallel.load(SAMPLE_DATA / "parallel" / f"{language}-en.tsv", language, "en", tokenized=True, align=False)
        text = text.take(range(min(pairs, len(text))))
        for matrix in matrices(text.src, text.trg, (encoder.encode(text.src), encoder.encode(text.trg)), None, letters_only=False):
            yield f"sample {language}", (matrix.similarity + 1) / 2


def random_matrices() -> Iterator[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    for _ in range(RANDOM):
        yield "random", rng.random(rng.integers(1, 25, 2)) * 0.99 + 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simalign", type=Path, required=True, help="folder into which simalign and networkx were installed")
    parser.add_argument("--pairs", type=int, default=1000, help="sentence pairs of each sample, at most")
    parser.add_argument("--out", type=Path, default=RESULTS / "simalign_agreement.md")
    options = parser.parse_args()
    sys.path.append(str(options.simalign))
    from simalign.simalign import SentenceAligner  # type: ignore[import-not-found,unused-ignore]

    class Bare(SentenceAligner):  # without a language model: iter_max is a method, but needs none
        def __init__(self) -> None:
            pass

    published = Bare()

    def both_best(similarity: np.ndarray) -> np.ndarray:
        forward, backward = published.get_alignment_matrix(similarity)
        return np.asarray(forward * backward)

    compared = {
        "argmax": (argmax, both_best),
        "itermax, 2 iterations": (lambda m: itermax(m, 2), lambda m: published.iter_max(m, 2)),
        "itermax, 3 iterations": (lambda m: itermax(m, 3), lambda m: published.iter_max(m, 3)),
        "match": (maximum_matching, published.get_max_weight_match),
    }
    counts: dict[tuple[str, str], np.ndarray] = {}
    for name, matrix in [*samples(options.pairs), *random_matrices()]:
        for method, (ours, theirs) in compared.items():
            one, two = ours(matrix) > 0, np.asarray(theirs(matrix)) > 0
            row = np.array([1, (one == two).all(), (one | two).sum(), (one & two).sum()])
            counts[name, method] = counts.get((name, method), 0) + row
    lines = ["# Agreement with SimAlign 0.4", "", "Made by `python -m benchmarks.quality.simalign_agreement`.", ""]
    lines += ["| matrices | method | sentence pairs | all links the same | links of either | links of both |", "|---|---|---|---|---|---|"]
    lines += [f"| {name} | {method} | {a:,} | {b:,} | {c:,} | {d:,} |" for (name, method), (a, b, c, d) in sorted(counts.items())]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
