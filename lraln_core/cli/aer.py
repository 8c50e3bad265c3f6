"""`aer`: precision, recall, F1 and alignment error rate of word alignments against gold links, with paired differences."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.evaluation import word_alignment
from lraln_core.files.randomness import rng_for
from lraln_core.files.workspace import Workspace
from lraln_core.text import pharaoh
from lraln_core.text.pharaoh import AlignedSentence

from .arguments import add_option, add_seed
from .output import print_json, seed_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `aer`."""
    parser.add_argument("--gold", type=Path, required=True, help="gold links: Pharaoh (0-1 sure, 0p1 possible), NAACL or Talp file")
    parser.add_argument(
        "--predicted",
        type=Path,
        required=True,
        nargs="+",
        help="alignments of the same sentence pairs; the first is the base of differences",
    )
    add_option(parser, "evaluation.bootstrap_samples")
    add_seed(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    gold, *predicted = _same_length([options.gold, *options.predicted])
    if not any(one.sure or one.possible for one in gold):
        raise CorpusError(f"{options.gold.name} holds no link.")
    samples, seed = options.bootstrap_samples, seed_of(options)
    results, counts = [], []
    for path, alignment in zip(options.predicted, predicted, strict=True):
        counts.append(word_alignment.count(gold, alignment))
        scores = word_alignment.score(counts[-1], bootstrap_samples=samples, rng=rng_for(seed, "bootstrap"))
        result: dict[str, object] = {"predicted": str(path), **scores.figures()}
        if len(counts) > 1:
            found = word_alignment.difference(counts[-1], counts[0], "aer", bootstrap_samples=samples, rng=rng_for(seed, "bootstrap"))
            result["aer_difference"] = {"value": found.value, "low": found.low, "high": found.high, "holds": found.holds}
        results.append(result)
    print_json(results[0] if len(results) == 1 else {"alignments": results})
    return 0


def _same_length(paths: list[Path]) -> list[list[AlignedSentence]]:
    """The alignments of all files, one entry a sentence pair. NAACL files say nothing of sentence pairs without links, so they get
    as many as the first other file has. Raises CorpusError when two files are about another number of sentence pairs."""
    found = [pharaoh.read_aligned(path) for path in paths]
    naacl = [pharaoh.is_naacl(path) for path in paths]
    lines = [(len(one), path) for one, path, is_naacl in zip(found, paths, naacl, strict=True) if not is_naacl]
    wanted, first = lines[0] if lines else (max(map(len, found)), paths[0])
    for number, (one, path, is_naacl) in enumerate(zip(found, paths, naacl, strict=True)):
        if len(one) > wanted or (len(one) < wanted and not is_naacl):
            raise CorpusError(f"{path.name} aligns {len(one):,} sentence pairs, {first.name} {wanted:,}; both must be of the same text.")
        found[number] = one + [AlignedSentence(())] * (wanted - len(one))
    return found
