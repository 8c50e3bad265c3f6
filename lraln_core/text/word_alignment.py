"""Word alignment of sentence pairs by fast_align in both directions, intersected [Dyer et al. 2013].

The parameters are estimated by systran_align. Its own alignments are symmetrised with grow-diag, so the links of each direction are
computed here from the lexical probabilities, by the rule of fast_align.
"""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lraln_core.errors import LralnError
from lraln_core.files.atomic import disk_errors
from lraln_core.records import Words

from .characters import has_letter
from .pharaoh import Links

TENSION = 4.0  # how strongly the diagonal is favoured, lambda in [Dyer et al. 2013, eq. 1]
NULL_PROBABILITY = 0.08  # p0, the chance that a word has no counterpart
UNSEEN_PROBABILITY = 1e-9
MAX_WORDS = 1000  # time and memory grow with the product of both sides
_NULL = "<eps>"

# One thread, because sums over several threads differ in their last digits from run to run. A separate process, because the number of
# OpenMP threads cannot be changed once it is loaded, and because the library ends the process on input that it cannot read.
_ESTIMATE = """
import sys, systran_align
systran_align.generate_alignment_probabilities(
    *sys.argv[1:4], iterations=int(sys.argv[4]), favor_diagonal=True, optimize_tension=True, variational_bayes=True,
    beam_threshold=-30,
)
"""


def align(src: Sequence[Words], trg: Sequence[Words], *, iterations: int = 5, letters_only: bool = True, lower: bool = True) -> list[Links]:
    """One-to-one links (src word, trg word) of every sentence pair, sorted; the same input gives the same links.

    Arguments and errors are those of `align_with_confidence`.
    """
    found = align_with_confidence(src, trg, iterations=iterations, letters_only=letters_only, lower=lower)
    return [tuple(links) for links in found]


def align_with_confidence(
    src: Sequence[Words], trg: Sequence[Words], *, iterations: int = 5, letters_only: bool = True, lower: bool = True
) -> list[dict[tuple[int, int], float]]:
    """The links of `align` with their confidence: the geometric mean of the probabilities of the link in the two directions.

    letters_only drops links in which a side has no letter; lower compares words in lower case. A pair with a side that
    is empty or longer than MAX_WORDS has no links. The statistics come from the given pairs alone: with a few hundred pairs the links are
    unreliable.
    Raises ValueError for sides of different length, LralnError when the aligner fails.
    """
    if len(src) != len(trg):
        raise ValueError(f"{len(src)} source and {len(trg)} target sentences")
    src_ids, trg_ids = number_words(src, "s", lower), number_words(trg, "t", lower)
    filled = [index for index in range(len(src)) if all(0 < len(side[index]) <= MAX_WORDS for side in (src, trg))]
    links: list[dict[tuple[int, int], float]] = [{} for _ in src]
    if not filled:
        return links
    forward, backward = _estimate([(src_ids[index], trg_ids[index]) for index in filled], iterations)
    for index in filled:
        towards_trg = forward.links(src_ids[index], trg_ids[index])
        towards_src = {(i, j): p for (j, i), p in backward.links(trg_ids[index], src_ids[index]).items()}
        kept = one_to_one(intersect(towards_trg, towards_src))
        if letters_only:
            kept = tuple((i, j) for i, j in kept if has_letter(src[index][i]) and has_letter(trg[index][j]))
        links[index] = {link: math.sqrt(towards_trg[link] * towards_src[link]) for link in kept}
    return links


def intersect(forward: Iterable[tuple[int, int]], backward: Iterable[tuple[int, int]]) -> Links:
    """Links that both directions have, sorted."""
    return tuple(sorted(set(forward) & set(backward)))


def one_to_one(links: Iterable[tuple[int, int]]) -> Links:
    """Links whose source word and whose target word have no other link, sorted."""
    links = sorted(set(links))
    src, trg = [i for i, _ in links], [j for _, j in links]
    return tuple((i, j) for i, j in links if src.count(i) == trg.count(j) == 1)


@dataclass(frozen=True)
class LexicalTable:
    """Probabilities p(to | from) of one direction; words are numbers, and 0 stands for the empty word."""

    keys: np.ndarray  # (n,) int64, sorted; from * 2^32 + to
    probabilities: np.ndarray  # (n,) float64
    numbers: dict[str, int]

    def links(self, source: list[str], target: list[str]) -> dict[tuple[int, int], float]:
        """(source, target) word pairs: for each target word its most probable source word, unless it is the empty word. The value is
        the probability of the source word given the target word.

        p(i | j) is proportional to exp(-lambda |i/n - j/m|), with 1-based i and j [Dyer et al. 2013, eq. 1].
        """
        n, m = len(source), len(target)
        distance = np.abs(np.arange(1, n + 1)[:, None] / n - np.arange(1, m + 1)[None] / m)
        diagonal = np.exp(-TENSION * distance)
        diagonal *= (1 - NULL_PROBABILITY) / diagonal.sum(axis=0)
        position = np.concatenate([np.full((1, m), NULL_PROBABILITY), diagonal])
        joint = position * self._lexical([_NULL, *source], target)  # (n + 1, m), row 0 is the empty word
        best, total = joint.argmax(axis=0), joint.sum(axis=0)
        return {(int(i) - 1, j): float(joint[i, j] / total[j]) for j, i in enumerate(best) if i}

    def _lexical(self, source: list[str], target: list[str]) -> np.ndarray:
        rows, columns = (np.array([self.numbers.get(word, -1) for word in words], np.int64) for words in (source, target))
        wanted = (rows[:, None] << 32) + columns
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, self.probabilities[place], UNSEEN_PROBABILITY)


def number_words(sentences: Sequence[Words], side: str, lower: bool) -> list[list[str]]:
    """Words replaced by s0, s1, ... (side is the letter), so that no character of a word is read as a separator by an aligner's program."""
    numbers: dict[str, int] = {}
    return [[f"{side}{numbers.setdefault(word.lower() if lower else word, len(numbers))}" for word in sentence] for sentence in sentences]


def _estimate(pairs: list[tuple[list[str], list[str]]], iterations: int) -> tuple[LexicalTable, LexicalTable]:
    with disk_errors(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory(prefix="lraln-align-") as folder:
        text, forward, backward = (Path(folder) / name for name in ("text", "forward", "backward"))
        with open(text, "w", encoding="ascii") as file:
            file.writelines(f"{' '.join(src)} ||| {' '.join(trg)}\n" for src, trg in pairs)
        command = [sys.executable, "-c", _ESTIMATE, *map(str, (text, forward, backward, iterations))]
        done = subprocess.run(command, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
        if done.returncode != 0 or not (forward.exists() and backward.exists()):
            reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1] or f"exit code {done.returncode}"
            raise LralnError(f"fast_align failed ({reason[:200]}); install systran-align 3.5.0 or give an alignments file.")
        return _read_table(forward), _read_table(backward)


def _read_table(path: Path) -> LexicalTable:
    """systran_align's file: u32 version, u32 words, the words each ended by NUL, u32 last row; rows of u32 word,
    u32 length, then that many (u32 word, f32 probability); words are counted from 1."""
    data = path.read_bytes()
    version, count = struct.unpack_from("<II", data)
    if version != 2:
        raise LralnError(f"systran_align wrote a table of version {version}, not 2; install systran-align 3.5.0.")
    *words, rest = data[8:].split(b"\0", count)
    cells = np.frombuffer(rest, "<u4")
    floats = cells.view("<f4")
    keys, probabilities, at = [], [], 1
    while at < len(cells):
        row, length = int(cells[at]), int(cells[at + 1])
        stop = at + 2 + 2 * length
        keys.append((row << 32) + cells[at + 2 : stop : 2].astype(np.int64))
        probabilities.append(floats[at + 3 : stop : 2])
        at = stop
    key, probability = np.concatenate(keys), np.concatenate(probabilities).astype(np.float64)
    order = np.argsort(key)
    return LexicalTable(key[order], probability[order], {word.decode(): number for number, word in enumerate(words, 1)})
