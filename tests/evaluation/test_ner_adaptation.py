"""The tagger that learns from unlabelled text: decoding, shares of tags, denoising, prototypes, and the whole on toy languages."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lraln_core.errors import RunError
from lraln_core.evaluation.ner.adaptation import AdaptationOptions, Adapter, estimate_shares, log_softmax
from lraln_core.evaluation.ner.consensus import FULL, Candidate, candidates, most_agreed
from lraln_core.evaluation.ner.decoding import allowed, decode, transitions
from lraln_core.evaluation.ner.denoising import neighbour_consistency
from lraln_core.evaluation.ner.prototypes import Prototypes, align, corrected, prototypes
from lraln_core.evaluation.ner.scores import TAGS, count, tag_labels
from lraln_core.evaluation.ner.tagger import LinearTagger, TaggedWords, TaggerOptions
from lraln_core.evaluation.ner.zero_shot import Selection, tag_zero_shot
from lraln_core.runs.jobs.ner_options import AdaptationConfig
from lraln_core.runs.jobs.ner_step import adaptation_options
from lraln_core.text.iob2 import TaggedSentence

FAST = TaggerOptions(epochs=12, warmup_steps=10, batch_size=8, learning_rate=1e-2)
DEFAULTS = adaptation_options(AdaptationConfig())
DIMENSION = 12


def _language(sentences: int, seed: int, *, shift: float = 0.0, spread: float = 1.0, valid: float = 1.0) -> TaggedWords:
    """Sentences of ten words, the third and fourth an entity, around one centre a tag; moved by `shift`, stretched by `spread`."""
    rng = np.random.default_rng(seed)
    centres = 2.5 * np.random.default_rng(0).normal(size=(len(TAGS), DIMENSION))
    kinds = [("O", "O", f"B-{kind}", f"I-{kind}", *["O"] * 6) for kind in rng.choice(["PER", "LOC", "ORG"], sentences)]
    labels = tag_labels([tag for tags in kinds for tag in tags])
    vectors = centres[labels] + rng.normal(scale=0.8, size=(len(labels), DIMENSION))
    text = tuple(TaggedSentence(tuple(f"w{i}" for i in range(10)), tags) for tags in kinds)
    usable = rng.random(len(labels)) < valid
    moved = np.where(usable[:, None], vectors * spread + shift, 0)
    return TaggedWords(text, labels, moved.astype(np.float32), usable, np.arange(0, len(labels) + 1, 10))


def _f1(words: TaggedWords, predicted: np.ndarray) -> float:
    return count(words.labels, predicted, words.offsets).f1


def test_every_strength_of_the_steps_that_are_on_is_a_candidate():
    assert len(set(candidates(move=True, shares=True))) == 9
    assert candidates(move=False, shares=True) == [(1, 1), (1, 0.5), (1, 0)] and candidates(move=False, shares=False) == [FULL]


def test_the_tagging_that_most_others_agree_with_is_chosen():
    begin, offsets = TAGS.index("B-PER"), np.array([0, 6])
    tagging = lambda *places: np.isin(np.arange(6), places) * begin
    taggings = [tagging(0, 1, 2, 3, 4, 5), tagging(1, 3), tagging(1, 3, 5), tagging(1)]
    best, mean = most_agreed(taggings, offsets, [True] * 4)
    assert best == 1  # F1 with the others: 4 / 8, 4 / 5, 2 / 3
    assert mean[1] == pytest.approx((4 / 8 + 4 / 5 + 2 / 3) / 3) and (mean <= mean[1]).all()
    best, mean = most_agreed(taggings, offsets, [True, False, False, True])
    assert best == 0 and mean.tolist() == pytest.approx([2 / 7, 0, 0, 2 / 7])
    assert most_agreed(taggings, offsets, [False, True, False, False])[0] == 0


@pytest.mark.parametrize("move", [0.0, 0.5, 1.0])
def test_half_of_the_way_gives_the_mean_of_both_scores(move):
    training, unlabelled = _language(40, 1), _language(30, 2, shift=2.0, spread=1.3)
    adapter = Adapter(training, unlabelled, DEFAULTS, FAST, rng=np.random.default_rng(1))
    whole, words = adapter.u.copy(), unlabelled.vectors[adapter.rows]
    adapter._take(Candidate(move, 1.0))
    assert adapter.u == pytest.approx((1 - move) * words + move * whole, abs=1e-3)


def test_the_choice_among_strengths_reads_no_tag_and_is_told():
    training, unlabelled = _language(80, 1), _language(60, 2, shift=4.0, spread=1.4)
    found = Adapter(training, unlabelled, DEFAULTS, FAST, rng=np.random.default_rng(1)).run()
    assert found.chosen in candidates(move=True, shares=True) and found.chosen.move > 0
    assert found.figures()["chosen"] == {"move": found.chosen.move, "shares": found.chosen.shares}
    fixed = Adapter(training, unlabelled, replace(DEFAULTS, consensus=False), FAST, rng=np.random.default_rng(1)).run()
    assert fixed.chosen == FULL
    known = (np.bincount(training.labels, minlength=7) + 1.0) / (len(training.labels) + 7)
    bare = Adapter(training, unlabelled, replace(DEFAULTS, shares=False), FAST, rng=np.random.default_rng(1)).run()
    assert bare.shares == pytest.approx(known)


def test_what_may_follow_in_iob2():
    may = allowed()
    after = lambda tag: {TAGS[i] for i in np.flatnonzero(may[TAGS.index(tag)])}
    assert after("O") == {"O", "B-PER", "B-LOC", "B-ORG"}
    assert after("B-LOC") == after("I-LOC") == after("O") | {"I-LOC"}


def test_decoding_equals_the_best_of_all_valid_sequences():
    rng, change = np.random.default_rng(1), transitions(tag_labels(["O", "B-PER", "I-PER", "O"]), np.array([0, 4]), 0.7)
    lengths = [3, 0, 1, 4, 2]
    offsets = np.cumsum([0, *lengths])
    scores = rng.normal(size=(offsets[-1], len(TAGS)))
    found = decode(scores, offsets, change)
    for start, length in zip(offsets[:-1], lengths, strict=True):
        if length:
            value = lambda tags, start=start: (
                sum(scores[start + i, tag] for i, tag in enumerate(tags))
                + sum(change[one, other] for one, other in zip((0, *tags[:-1]), tags, strict=True))
            )
            best = max(itertools.product(range(len(TAGS)), repeat=length), key=value)
            assert tuple(found[start : start + length]) == best
    assert len(decode(scores[:0], np.array([0, 0]))) == 0


def test_transitions_are_of_the_training_tags_and_stop_at_sentences():
    labels, offsets = tag_labels(["B-PER", "I-PER", "B-PER", "I-PER"]), np.array([0, 2, 4])
    scores = transitions(labels, offsets, 1.0)
    begin, inside = TAGS.index("B-PER"), TAGS.index("I-PER")
    # O -> B twice, B -> I twice, a tenth more each: p(I | B) = 2.1 / 2.7, p(I) = 2.1 / 4.7
    assert scores[begin, inside] == pytest.approx(np.log(2.1 / 2.7) - np.log(2.1 / 4.7))
    assert scores[inside, begin] < scores[0, begin] and scores[0, inside] == -np.inf
    assert set(np.unique(transitions(labels, offsets, 0.0))) == {-np.inf, 0.0}


def test_estimated_shares_are_those_of_the_text_and_never_leave_the_limit():
    rng = np.random.default_rng(2)
    known = np.array([0.7, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05])
    true = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05])
    drawn = rng.choice(7, 4000, p=true)
    likelihood = np.exp(-0.5 * ((drawn + rng.normal(scale=0.35, size=4000))[:, None] - np.arange(7)) ** 2 / 0.35**2)
    posterior = likelihood * known
    found = estimate_shares(posterior / posterior.sum(axis=1, keepdims=True), known)
    assert np.abs(found - true).max() < 0.02
    extreme = estimate_shares(np.tile(np.eye(7)[1] * 0.99 + 0.01 / 7, (50, 1)), known)
    assert extreme.sum() == pytest.approx(1) and extreme[1] / extreme[0] < 9.1 * known[1] / known[0]


def test_a_tag_among_words_of_another_tag_weighs_little():
    rng = np.random.default_rng(3)
    centres = np.array([[5.0, 0, 0], [0, 5.0, 0]])
    vectors = np.repeat(centres, 20, axis=0) + rng.normal(scale=0.1, size=(40, 3))
    labels = np.repeat([1, 3], 20)
    labels[0] = 3  # wrong: among the first twenty
    found = neighbour_consistency(vectors, labels, 5)
    assert found.share[0] == 0 and found.weight[0] < 0.05 and found.weight[25] > 0.5
    assert found.mean[3] == pytest.approx(found.share[labels == 3].mean())
    assert (neighbour_consistency(vectors[:1], labels[:1], 5).weight == 1).all()


def test_identical_words_are_neighbours_of_each_other():
    found = neighbour_consistency(np.ones((6, 4)), np.array([1, 1, 1, 1, 1, 1]), 3)
    assert (found.share == 1).all()


def test_prototypes_are_weighted_means_and_correct_doubtful_tags():
    vectors = np.array([[0.0, 0], [2, 0], [10, 0], [12, 0]], np.float32)
    probabilities = np.zeros((4, 7), np.float32)
    probabilities[[0, 1], 1], probabilities[[2, 3], 3] = 2, 2
    known = prototypes(vectors, probabilities)
    assert known.means[1].tolist() == [1, 0] and known.means[3].tolist() == [11, 0] and known.words[1] == 4
    doubtful = np.full((1, 7), 1e-6, np.float32)
    doubtful[0, 1], doubtful[0, 3] = 0.5, 0.5
    near = corrected(doubtful, np.array([[2.0, 0]], np.float32), known)
    # squared distances 1 and 81, deviation 40: the odds are exp(80 / 40)
    assert near[0, 1] == pytest.approx(np.exp(2) / (1 + np.exp(2)), abs=1e-4) and near.sum() == pytest.approx(1)
    assert (corrected(doubtful, vectors[:1], Prototypes(known.means, np.zeros(7))) == doubtful).all()


def test_aligned_prototypes_are_nearer_and_the_training_words_keep_their_tags():
    words, rng = _language(60, 1), np.random.default_rng(4)
    tagger = LinearTagger(rng.normal(scale=0.1, size=(7, DIMENSION)).astype(np.float32), np.zeros(7, np.float32))
    other = _language(60, 2, shift=1.0)
    src, trg = (prototypes(one.vectors, np.eye(7)[one.labels]) for one in (words, other))
    moved = align(tagger, words.vectors, words.labels, src, trg, rng)
    loss = lambda one, text: -log_softmax(text.vectors @ one.weight.T + one.bias)[np.arange(len(text.labels)), text.labels].mean()
    assert loss(moved, words) < loss(tagger, words)
    assert align(tagger, words.vectors, words.labels, src, Prototypes(trg.means, np.zeros(7)), rng) is tagger


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prototypes": True},
        {"rounds": 2},
        {"rounds": 2, "agreement": True},
        {"rounds": 1, "prototypes": True, "neighbours": 0},
        {"seeds": 2},
    ],
)
def test_unlabelled_text_lifts_a_tagger_whose_language_is_moved(changes):
    training, unlabelled, test = (
        _language(80, 1),
        _language(60, 2, shift=4.0, spread=1.4),
        _language(60, 3, shift=4.0, spread=1.4, valid=0.97),
    )
    hidden = replace(unlabelled, labels=np.zeros_like(unlabelled.labels))
    options = replace(DEFAULTS, **changes)
    result = tag_zero_shot(
        training, test, unlabelled=hidden, adaptation=options, options=FAST, bootstrap_samples=50, rng=np.random.default_rng(5)
    )
    plain, learned = (result.selected[name].scores.micro.f1 for name in (Selection.AVERAGED, Selection.UNLABELLED))
    assert learned > plain + 0.05 and result.gain.value == pytest.approx(learned - plain)
    figures = result.figures()["adaptation"]
    assert figures["refused"] == "" and sum(figures["shares"].values()) == pytest.approx(1)
    assert len(result.adaptation.rounds) <= 1 + options.rounds + options.prototypes
    assert len(result.adaptation.pseudo.labels) == len(unlabelled.labels)


def test_the_plain_tagger_is_the_same_with_and_without_unlabelled_text():
    training, test = _language(40, 1), _language(30, 3, shift=1.0)
    run = lambda **more: tag_zero_shot(training, test, options=FAST, bootstrap_samples=20, rng=np.random.default_rng(5), **more)
    one, other = (run(**more).selected[Selection.AVERAGED] for more in ({}, {"unlabelled": test, "adaptation": DEFAULTS}))
    assert (one.tagger.weight == other.tagger.weight).all() and one.scores.interval == other.scores.interval


def test_no_tag_of_the_unlabelled_text_is_read():
    training, unlabelled = _language(40, 1), _language(30, 2, shift=1.0)
    options = replace(DEFAULTS, rounds=1, prototypes=True, agreement=True)
    run = lambda text: Adapter(training, text, options, FAST, rng=np.random.default_rng(6)).run()
    one, other = run(unlabelled), run(replace(unlabelled, labels=np.roll(unlabelled.labels, 1)))
    assert (one.tagger.linear.weight == other.tagger.linear.weight).all() and (one.pseudo.labels == other.pseudo.labels).all()


def test_a_tagger_that_marks_far_too_much_is_refused_and_the_plain_head_kept():
    training, unlabelled = _language(40, 1), _language(30, 2)
    entities = replace(unlabelled, vectors=unlabelled.vectors[np.resize(np.flatnonzero(unlabelled.labels), len(unlabelled.labels))])
    options = replace(DEFAULTS, colouring=-1.0)
    found = Adapter(training, replace(entities, labels=np.zeros_like(entities.labels)), options, FAST, rng=np.random.default_rng(7)).run()
    known = (np.bincount(training.labels, minlength=7) + 1.0) / (len(training.labels) + 7)
    assert "times as many words" in found.refused and found.shares == pytest.approx(known)
    test = _language(30, 4)
    assert _f1(test, found.tagger.predict(test)) > 0.9


def test_too_little_text_is_refused():
    training, few = _language(40, 1), _language(19, 2)
    found = Adapter(training, few, DEFAULTS, FAST, rng=np.random.default_rng(7)).run()
    assert found.refused == "The unlabelled text has 190 words; at least 200 are needed."


def test_text_without_a_vector_is_one_sentence():
    training, empty = _language(10, 1), _language(10, 2, valid=0.0)
    with pytest.raises(RunError, match="no word with a vector"):
        Adapter(training, empty, DEFAULTS, FAST, rng=np.random.default_rng(8))


def test_self_training_ends_when_tags_no_longer_change():
    training, unlabelled = _language(80, 1), _language(60, 2, shift=0.5)
    found = Adapter(training, unlabelled, replace(DEFAULTS, rounds=15), FAST, rng=np.random.default_rng(9)).run()
    assert len(found.rounds) < 16 and found.rounds[-1].changed < 0.005


def test_options_reach_the_tagger():
    options = adaptation_options(AdaptationConfig(rounds=3, neighbours=7))
    assert isinstance(options, AdaptationOptions) and (options.rounds, options.neighbours, options.colouring) == (3, 7, 0.5)
