"""The checks of the maps: agreement of two spaces without gold data, and collapse."""

import numpy as np
import pytest

from lraln_core.alignment import checks, maps
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.errors import RunError
from lraln_core.records import from_lengths


def _plain_csls(src, trg, k):
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    cosine = unit(src) @ unit(trg).T
    r_src, r_trg = np.sort(cosine, 1)[:, -k:].mean(1), np.sort(cosine, 0)[-k:].mean(0)
    return 2 * cosine - r_src[:, None] - r_trg[None]


def test_agreement_equals_the_formula():
    rng = np.random.default_rng(0)
    src, trg = rng.standard_normal((30, 6)).astype(np.float32), rng.standard_normal((20, 6)).astype(np.float32)
    csls = _plain_csls(src, trg, 10)
    mutual = [(i, csls[i].argmax()) for i in range(30) if csls[:, csls[i].argmax()].argmax() == i]
    criterion, count, mean = checks.agreement(src, trg, 10)
    assert criterion == pytest.approx((csls.max(1).mean() + csls.max(0).mean()) / 2, abs=1e-5)
    assert count == len(mutual)
    assert mean == pytest.approx(np.mean([csls[i, j] for i, j in mutual]), abs=1e-5)


def test_a_rotation_undone_agrees_better():
    rng = np.random.default_rng(1)
    src = rng.standard_normal((60, 8)).astype(np.float32)
    rotation = np.linalg.qr(rng.standard_normal((8, 8)))[0].astype(np.float32)
    words = lambda vectors: from_lengths(vectors, [60], np.ones(60, bool))
    apart = checks.read(maps.identity(8), words(src), words(src @ rotation.T), 10)
    together = checks.read(Maps(LanguageMap(rotation), LanguageMap(np.eye(8, dtype=np.float32))), words(src), words(src @ rotation.T), 10)
    assert together.mutual_pairs == 60 and together.criterion > apart.criterion
    assert together.src_norm == pytest.approx(1, abs=1e-5) and together.src_rank == pytest.approx(8, abs=1e-4)
    assert not together.collapsed(8)


def test_collapse_is_seen():
    words = from_lengths(np.random.default_rng(2).standard_normal((10, 40)).astype(np.float32), [10], np.ones(10, bool))
    whole = maps.identity(40).trg
    one_direction = Maps(LanguageMap(np.ones((40, 40), np.float32)), whole)
    tiny = Maps(LanguageMap(whole.matrix * 0.01), whole)
    assert checks.read(one_direction, words, words, 10).collapsed(40)
    assert checks.read(tiny, words, words, 10).collapsed(40)


def test_no_word_at_all_is_a_sentence():
    empty = from_lengths(np.zeros((2, 4), np.float32), [2], np.zeros(2, bool))
    with pytest.raises(RunError, match="no word with a vector"):
        checks.read(maps.identity(4), empty, empty, 10)
