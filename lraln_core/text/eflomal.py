"""Word alignment of sentence pairs by eflomal in both directions, intersected [Östling and Tiedemann 2016].

An extra: eflomal needs a C compiler to install and is under the GPL, so it is run as a program of its own and never imported here. It
draws samples with random numbers of the system, so its links differ a little from call to call.
"""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lraln_core.errors import LralnError
from lraln_core.files.atomic import disk_errors
from lraln_core.records import Words

from .characters import has_letter
from .word_alignment import MAX_WORDS, intersect, number_words

_ALIGN = """
import sys, eflomal
with open(sys.argv[1], encoding="ascii") as src, open(sys.argv[2], encoding="ascii") as trg:
    eflomal.Aligner(model=3).align(src, trg, links_filename_fwd=sys.argv[3], links_filename_rev=sys.argv[4], quiet=True)
"""


def is_installed() -> bool:
    """Whether the extra `eflomal` is there."""
    return importlib.util.find_spec("eflomal") is not None


def align_with_confidence(
    src: Sequence[Words], trg: Sequence[Words], *, letters_only: bool = True, lower: bool = True
) -> list[dict[tuple[int, int], float]]:
    """One-to-one links (src word, trg word) of every sentence pair, sorted, with their confidence.

    eflomal gives no probability of a link. The confidence is the share of the source word's links in the whole text that go to this
    target word, times the same share of the target word, and the square root of it. letters_only and lower are as for fast_align, and a
    pair with a side that is empty or longer than MAX_WORDS has no links.
    Raises ValueError for sides of different length, LralnError when eflomal is not installed or fails.
    """
    if len(src) != len(trg):
        raise ValueError(f"{len(src)} source and {len(trg)} target sentences")
    src_ids, trg_ids = number_words(src, "s", lower), number_words(trg, "t", lower)
    filled = [index for index in range(len(src)) if all(0 < len(side[index]) <= MAX_WORDS for side in (src, trg))]
    found: list[tuple[tuple[int, int], ...]] = [() for _ in src]
    if filled:
        both = _run([src_ids[index] for index in filled], [trg_ids[index] for index in filled])
        for index, forward, backward in zip(filled, *both, strict=True):
            found[index] = intersect(forward, backward)
    pairs: Counter[tuple[str, str]] = Counter()
    for one, other, links in zip(src_ids, trg_ids, found, strict=True):
        pairs.update((one[i], other[j]) for i, j in links)
    of_src: Counter[str] = Counter()
    of_trg: Counter[str] = Counter()
    for (s, t), times in pairs.items():
        of_src[s] += times
        of_trg[t] += times
    result: list[dict[tuple[int, int], float]] = []
    for index, links in enumerate(found):
        named = {(i, j): (src_ids[index][i], trg_ids[index][j]) for i, j in links}
        if letters_only:
            named = {(i, j): two for (i, j), two in named.items() if has_letter(src[index][i]) and has_letter(trg[index][j])}
        result.append({link: pairs[s, t] / math.sqrt(of_src[s] * of_trg[t]) for link, (s, t) in named.items()})
    return result


def _run(src: list[list[str]], trg: list[list[str]]) -> tuple[list[list[tuple[int, int]]], list[list[tuple[int, int]]]]:
    """Links (source word, target word) of both directions, a list of each sentence pair."""
    if not is_installed():
        raise LralnError("eflomal is not installed: pip install 'lraln[eflomal]' (it needs a C compiler), or take --method fast_align.")
    with disk_errors(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory(prefix="lraln-align-") as folder:
        files = [Path(folder) / name for name in ("src", "trg", "forward", "backward")]
        for path, sentences in zip(files, (src, trg), strict=False):
            path.write_text("".join(f"{' '.join(words)}\n" for words in sentences), encoding="ascii")
        command = [sys.executable, "-c", _ALIGN, *map(str, files)]
        done = subprocess.run(command, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
        if done.returncode != 0 or not all(path.exists() for path in files):
            reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1] or f"exit code {done.returncode}"
            raise LralnError(f"eflomal failed ({reason[:200]}); install eflomal 2.0.0 anew, or take --method fast_align.")
        forward, backward = ([_links(line) for line in path.read_text(encoding="ascii").split("\n")[: len(src)]] for path in files[2:])
    return forward, backward


def _links(line: str) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for i, _, j in (link.partition("-") for link in line.split())]
