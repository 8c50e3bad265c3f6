"""Word alignment by fast_align, both directions intersected."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.errors import LralnError
from lraln_core.text import word_alignment
from lraln_core.text.word_alignment import LexicalTable, align, intersect, one_to_one

LINKS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)))


def words(*sentences):
    return [tuple(sentence.split()) for sentence in sentences]


def test_intersection_is_what_both_directions_have():
    assert intersect([(2, 1), (0, 0), (1, 1)], [(0, 0), (2, 1), (3, 3)]) == ((0, 0), (2, 1))


def test_one_to_one_drops_every_link_of_a_word_with_two():
    assert one_to_one([(0, 0), (1, 1), (1, 2), (3, 3), (4, 3)]) == ((0, 0),)


@given(links=LINKS)
def test_one_to_one_links_share_no_word(links):
    kept = one_to_one(links)
    assert set(kept) <= links
    assert len({i for i, _ in kept}) == len({j for _, j in kept}) == len(kept)


def test_each_target_word_takes_its_most_probable_source_word():
    # Words: 1 the empty word, 2 "s0", 3 "s1", 4 "t0", 5 "t1"; t1 is better explained by nothing than by s1.
    table = LexicalTable(
        keys=np.array([(1 << 32) + 5, (2 << 32) + 4, (3 << 32) + 5], np.int64),
        probabilities=np.array([0.9, 0.5, 1e-6]),
        numbers={"<eps>": 1, "s0": 2, "s1": 3, "t0": 4, "t1": 5},
    )
    assert list(table.links(["s0", "s1"], ["t0", "t1"])) == [(0, 0)]


def test_the_diagonal_settles_what_the_words_leave_open():
    # p(t0 | s0) is the same for both s0: the one nearer to the diagonal wins.
    table = LexicalTable(np.array([(2 << 32) + 3], np.int64), np.array([0.5]), {"<eps>": 1, "s0": 2, "t0": 3})
    assert list(table.links(["s0", "x", "s0"], ["y", "y", "t0"]))[-1] == (2, 2)
    assert (0, 0) in table.links(["s0", "x", "s0"], ["t0", "y", "y"])


def test_a_small_text_is_aligned_as_a_person_would():
    src = words("kuća velika", "kuća", "velika reka", "reka", "velika kuća .")
    trg = words("house big", "house", "big river", "river", "big house .")
    assert align(src, trg) == [((0, 0), (1, 1)), ((0, 0),), ((0, 0), (1, 1)), ((0, 0),), ((0, 0), (1, 1))]
    assert align(src, trg, letters_only=False)[4] == ((0, 0), (1, 1), (2, 2))


def test_words_in_other_cases_are_one_word():
    src, trg = words("Kuća", "kuća stara", "stara"), words("House", "house old", "old")
    assert align(src, trg) == align(words("kuća", "kuća stara", "stara"), trg)


def test_nothing_in_a_word_can_break_the_aligner():
    src = [("a|||b", "|||"), ("x y", "a|||b"), ("",), ("\n", "q\0"), ("\u2028", "<eps>")]
    trg = [("a", "|||"), ("x\ty", "a"), ("b",), ("n", "q"), ("l", "s20")]
    links = align(src, trg, letters_only=False)
    assert len(links) == 5
    assert all(0 <= i < len(src[k]) and 0 <= j < len(trg[k]) for k, pair in enumerate(links) for i, j in pair)


def test_empty_sides_have_no_links():
    assert align([(), ("a",), ("b",), ()], [("a",), (), ("b",), ()]) == [(), (), ((0, 0),), ()]
    assert align([], []) == [] and align([()], [()]) == [()]


def test_endless_sentences_have_no_links():
    assert align([("a",) * 1001, ("b",)], [("a",), ("b",)]) == [(), ((0, 0),)]


def test_sides_of_different_length_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="2 source and 1 target"):
        align([("a",), ("b",)], [("a",)])


def test_a_failing_aligner_is_a_sentence(monkeypatch):
    monkeypatch.setattr(word_alignment, "_ESTIMATE", "raise SystemExit('no memory')")
    with pytest.raises(LralnError) as error:
        align([("a",)], [("b",)])
    assert str(error.value) == ("fast_align failed (no memory); install systran-align 3.5.0 or give an alignments file.")
    monkeypatch.setattr(word_alignment, "_ESTIMATE", "import os; os.abort()")
    with pytest.raises(LralnError, match="exit code -6"):
        align([("a",)], [("b",)])


def test_directions_agree_with_the_library_and_repeat(tmp_path):
    """The library's own links are grow-diag-final: between the intersection and the union of both directions."""
    rng = np.random.default_rng(0)
    src = [[f"s{word}" for word in rng.zipf(1.5, rng.integers(2, 9)) % 40] for _ in range(150)]
    trg = [[f"t{word[1:]}" for word in rng.permutation(sentence)[: rng.integers(1, 9)]] for sentence in src]
    text, forward, backward = (tmp_path / name for name in ("text", "forward", "backward"))
    text.write_text("".join(f"{' '.join(s)} ||| {' '.join(t)}\n" for s, t in zip(src, trg, strict=True)))
    code = word_alignment._ESTIMATE + (
        "import json; both = json.loads(sys.argv[5])\n"
        "found = systran_align.Aligner(*sys.argv[2:4]).align_batch(*both)\n"
        "print(json.dumps([sorted(pair['alignments']) for pair in found]))"
    )
    arguments = [str(text), str(forward), str(backward), "5", json.dumps([src, trg])]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    library = [{tuple(link) for link in links} for links in json.loads(done.stdout)]
    tables = word_alignment._read_table(forward), word_alignment._read_table(backward)
    last = {word for table in tables for word, number in table.numbers.items() if number == table.keys.max() >> 32}
    ours = []
    for source, target, grown in zip(src, trg, library, strict=True):
        towards_trg = set(tables[0].links(source, target))
        towards_src = {(i, j) for j, i in tables[1].links(target, source)}
        # The library counts the last entry of a table twice when it reads it.
        if not last & {*source, *target}:
            assert towards_trg & towards_src <= grown <= towards_trg | towards_src
        ours.append(one_to_one(towards_trg & towards_src))
    assert sum(map(len, ours)) > 200
    pairs = [tuple(sentence) for sentence in src], [tuple(sentence) for sentence in trg]
    assert align(*pairs) == align(*pairs) == ours
