"""The parts of the recommended recipe, measured on a small world of words."""

from __future__ import annotations

import numpy as np

from lraln_core.lesson import recipe
from lraln_core.records import ParallelText, from_lengths

WIDTH, TYPES = 8, 30


def _fetch(sentences):
    """Two layers of a word: its concept with noise of its sentence in front, the concept alone, halved, behind; a shift by language."""
    concepts = np.random.default_rng(1).standard_normal((TYPES, WIDTH))
    rows = []
    for words in sentences:
        noise = np.random.default_rng([ord(letter) for letter in "".join(words)]).standard_normal(WIDTH)
        for word in words:
            concept, shift = concepts[int(word[1:])], 2.0 * (word[0] == "a")
            rows.append(np.concatenate([concept + 0.7 * noise + shift, 0.5 * (concept + shift)]))
    lengths = [len(words) for words in sentences]
    return from_lengths(np.array(rows, np.float32), lengths, np.ones(sum(lengths), bool))


def _sentences(letter, seed, count=60):
    rng = np.random.default_rng(seed)
    return [tuple(f"{letter}{number}" for number in rng.choice(TYPES, 7, replace=False)) for _ in range(count)]


def test_parts_are_measured_in_the_order_in_which_they_are_added():
    src, trg = _sentences("a", 1), _sentences("b", 2)
    words = _sentences("a", 3, 8)
    other = [tuple(word.replace("a", "b") for word in sentence) for sentence in words]
    test = ParallelText(tuple(words), tuple(other), tuple(tuple((at, at) for at in range(7)) for _ in words))
    plain = tuple(side.replace_vectors(side.vectors[:, :WIDTH]) for side in (_fetch(words), _fetch(other)))
    found = recipe.measure(src, trg, test, plain, _fetch, ("mk", "en"))
    assert [part.name for part in found.parts] == ["last", "mean", "normalised", "two_layers", "glosses"]
    shares = {part.name: part.inside for part in found.parts}
    assert found.parts[0].accuracy == found.parts[1].accuracy  # the same vectors
    assert shares["two_layers"] > shares["mean"]
    assert all(part.low <= part.accuracy <= part.high for part in found.parts)
    assert len(found.glosses) == recipe.SHOWN_GLOSSES
    real, gloss = found.glosses[0]
    assert len(real) == len(gloss) and all(word.startswith("b") for word in gloss)
    assert np.mean([a[1:] == b[1:] for a, b in zip(real, gloss, strict=True)]) > 0.5
