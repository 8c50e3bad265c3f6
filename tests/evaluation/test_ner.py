"""Named entity recognition: scores by hand and against seqeval, training on toy problems, both selections, the command."""

import argparse
import json
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.cli import ner as command
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import Cancelled, ConfigError, CorpusError, LanguageError, MapsError, RunError
from lraln_core.evaluation.ner.scores import (
    TAGS,
    SentenceCounts,
    Span,
    bootstrap_f1,
    bootstrap_f1_difference,
    confuse,
    count,
    score,
    spans,
    tag_labels,
)
from lraln_core.evaluation.ner.tagger import LinearTagger, TaggerOptions, average, tagged_words, train
from lraln_core.evaluation.ner.zero_shot import Selection, best_epoch, language_map, tag_zero_shot
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.records import from_lengths
from lraln_core.text import iob2
from lraln_core.text.iob2 import TaggedSentence

RNG = partial(np.random.default_rng, 3)
GOLD = (("B-PER", "I-PER", "O", "B-LOC"), ("B-ORG", "I-ORG", "O"), ("O", "B-LOC"))
GUESS = (("B-PER", "I-PER", "O", "B-ORG"), ("B-ORG", "O", "B-PER"), ("O", "I-LOC"))


def _flat(sentences):
    return tag_labels([tag for tags in sentences for tag in tags]), np.cumsum([0, *map(len, sentences)])


def test_the_tag_set():
    assert TAGS == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
    with pytest.raises(CorpusError, match="'B-DATE' is not one of O, B-PER"):
        tag_labels(["O", "B-DATE"])


@pytest.mark.parametrize(
    "tags, expected",
    [
        (("B-PER", "I-PER", "I-LOC", "O", "B-LOC"), [Span(0, 2, "PER"), Span(4, 5, "LOC")]),
        (("I-PER", "I-PER", "B-PER", "B-PER"), [Span(2, 3, "PER"), Span(3, 4, "PER")]),
        (("B-ORG", "I-PER", "I-ORG", "I-ORG"), [Span(0, 1, "ORG")]),
        (("O", "B-LOC", "I-LOC"), [Span(1, 3, "LOC")]),
        (("O",), []),
        ((), []),
    ],
)
def test_spans_by_hand(tags, expected):
    assert spans(tags) == expected


def test_an_entity_ends_with_its_sentence():
    labels = tag_labels(["B-PER", "I-PER", "I-PER"])
    counts = count(labels, labels, np.array([0, 0, 1, 3, 3]))  # the first and last sentences are empty
    assert counts.gold.tolist() == counts.correct.tolist() == [0, 1, 0, 0]


def test_scores_by_hand():
    gold, offsets = _flat(GOLD)
    scores = score(gold, _flat(GUESS)[0], offsets, rng=RNG())
    assert (scores.micro.gold, scores.micro.predicted, scores.micro.correct) == (4, 4, 1)
    assert (scores.micro.precision, scores.micro.recall, scores.micro.f1) == (0.25, 0.25, 0.25)
    person = scores.by_type["PER"]
    assert (person.gold, person.predicted, person.correct, person.precision, person.recall) == (1, 2, 1, 0.5, 1.0)
    assert person.f1 == pytest.approx(2 / 3) and scores.by_type["LOC"].f1 == scores.by_type["ORG"].f1 == 0
    assert scores.confusion.names == ("PER", "LOC", "ORG", "none")
    assert scores.confusion.counts.tolist() == [[1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1], [1, 0, 1, 0]]
    assert 0 <= scores.interval.low <= scores.interval.value == 0.25 <= scores.interval.high <= 1
    json.dumps(scores.figures(), allow_nan=False)


_sentence = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=7)


@settings(max_examples=200, deadline=None)
@given(st.lists(_sentence, min_size=1, max_size=5))
def test_equal_to_seqeval_on_random_taggings(sentences):
    gold, guess = ([[pair[side] for pair in sentence] for sentence in sentences] for side in (0, 1))
    labels, offsets = _flat(gold)
    predicted = _flat(guess)[0]
    counts, confusion = count(labels, predicted, offsets), confuse(labels, predicted, offsets).counts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval takes means of nothing when no side has an entity
        f1 = f1_score(gold, guess, mode="strict", scheme=IOB2, zero_division=0)
        report = classification_report(gold, guess, mode="strict", scheme=IOB2, zero_division=0, output_dict=True)
    assert counts.f1 == pytest.approx(f1)
    for i, kind in enumerate(("PER", "LOC", "ORG")):
        row, found, held = report.get(kind, {"f1-score": 0, "support": 0}), confusion[:, i].sum(), confusion[i].sum()
        assert held == row["support"]
        assert (2 * confusion[i, i] / (found + held) if found + held else 0) == pytest.approx(row["f1-score"])
    scores = score(labels, predicted, offsets, bootstrap_samples=0, rng=RNG())
    assert scores.micro.f1 == pytest.approx(f1) and scores.interval.value == pytest.approx(f1)
    assert scores.micro.gold == counts.gold.sum() and scores.micro.correct == counts.correct.sum() == confusion.diagonal().sum()


def test_the_lenient_score_accepts_an_entity_that_begins_with_i():
    gold, guess = (tag_labels(tags) for tags in (["B-PER", "I-PER", "O", "B-LOC"], ["I-PER", "I-PER", "O", "B-LOC"]))
    scores = score(gold, guess, np.array([0, 4]), bootstrap_samples=0, rng=RNG())
    assert scores.micro.f1 == pytest.approx(2 * 1 / (1 + 2)) and scores.lenient_f1 == scores.figures()["f1_lenient"] == 1


def test_without_entities_every_score_is_zero():
    labels, offsets = _flat([("O", "O")])
    scores = score(labels, labels, offsets, rng=RNG())
    assert (scores.micro.f1, scores.micro.precision, scores.micro.recall, scores.micro.gold) == (0, 0, 0, 0)
    assert scores.interval.high == 0


def test_intervals_resample_sentences():
    right = SentenceCounts(*np.array([[1, 1, 2], [1, 1, 2], [1, 1, 2]]))
    wrong = SentenceCounts(*np.array([[0, 1, 0], [1, 1, 2], [1, 1, 2]]))
    assert bootstrap_f1(right, 50, RNG()) == bootstrap_f1(right, 0, RNG())
    assert bootstrap_f1(wrong, 200, RNG()).low < wrong.f1 == 0.25 < bootstrap_f1(wrong, 200, RNG()).high
    assert bootstrap_f1(wrong, 200, RNG()) == bootstrap_f1(wrong, 200, RNG())
    gain = bootstrap_f1_difference(right, wrong, 200, RNG())
    assert gain.value == 0.75 and 0 <= gain.low <= gain.value <= gain.high == 1
    assert bootstrap_f1_difference(wrong, wrong, 200, RNG()).high == 0


DIRECTIONS = np.eye(8, dtype=np.float32)[: len(TAGS)] + 5  # far from the origin, as the vectors of language models are


def _toy(sentences, seed, noise=0.02, valid=None, rotation=None):
    """Words whose vectors tell their tags; the tags are drawn as legal IOB2."""
    rng = np.random.default_rng(seed)
    text = []
    for _ in range(sentences):
        tags = []
        for _ in range(int(rng.integers(3, 9))):
            legal = [tag for tag in TAGS if tag[0] != "I" or (tags and tags[-1][1:] == tag[1:])]
            tags.append(legal[int(rng.integers(len(legal)))])
        text.append(TaggedSentence(tuple(f"w{i}" for i in range(len(tags))), tuple(tags)))
    labels, offsets = _flat([sentence.tags for sentence in text])
    vectors = (DIRECTIONS[labels] + rng.standard_normal((len(labels), 8)) * noise).astype(np.float32)
    vectors = vectors if rotation is None else vectors @ rotation
    return text, from_lengths(vectors, np.diff(offsets), np.ones(len(labels), bool) if valid is None else valid(labels))


OPTIONS = TaggerOptions(epochs=30, learning_rate=0.05, warmup_steps=5)


def test_separable_words_are_all_found():
    training, test = tagged_words(*_toy(120, 1)), tagged_words(*_toy(40, 2))
    result = tag_zero_shot(training, test, target_dev=tagged_words(*_toy(20, 4)), options=OPTIONS, rng=RNG())
    for selection in (Selection.TARGET_DEV, Selection.AVERAGED):
        one = result.selected[selection]
        assert one.scores.micro.f1 == 1 and all(figures.f1 == 1 for figures in one.scores.by_type.values())
        assert [p.predicted for p in one.predictions] == [p.gold for p in one.predictions] == [s.tags for s in test.sentences]
    assert result.history[-1].loss < result.history[0].loss and len(result.history) == 30


def test_each_language_takes_its_map():
    rotation = np.linalg.qr(RNG().standard_normal((8, 8)))[0].astype(np.float32)
    training, (text, words) = tagged_words(*_toy(120, 1)), _toy(40, 2, rotation=rotation)
    tag = lambda test: tag_zero_shot(training, test, options=OPTIONS, rng=RNG()).selected[Selection.AVERAGED].scores.micro.f1
    assert tag(tagged_words(text, words, LanguageMap(rotation))) == 1 > tag(tagged_words(text, words)) + 0.3
    shifted = words.replace_vectors(words.vectors + 9)
    assert tag(tagged_words(text, shifted, LanguageMap(rotation, np.full(8, 9, np.float32)))) == 1
    with pytest.raises(MapsError, match="4 dimensions does not fit word vectors of 8"):
        tagged_words(text, words, LanguageMap(np.eye(4, dtype=np.float32)))
    maps, metadata = Maps(LanguageMap(rotation), LanguageMap(np.eye(8))), {"src_language": "mk", "trg_language": "en"}
    assert language_map(maps, metadata, "mk") is maps.src and language_map(maps, metadata, "en") is maps.trg
    with pytest.raises(MapsError, match="'mk' and 'en'; there is no map for 'sw'"):
        language_map(maps, metadata, "sw")


def test_target_dev_takes_the_best_epoch_and_averaged_the_mean_of_the_last_half():
    training, test = tagged_words(*_toy(60, 1, noise=0.4)), tagged_words(*_toy(30, 2, noise=0.4))
    dev, source_dev = tagged_words(*_toy(30, 4, noise=0.4)), tagged_words(*_toy(30, 5, noise=0.4))
    options = TaggerOptions(epochs=9, learning_rate=0.05, warmup_steps=5)
    result = tag_zero_shot(training, test, target_dev=dev, source_dev=source_dev, options=options, rng=RNG())
    checkpoints = list(train(training, options, rng=RNG().spawn(2)[0]))
    f1 = lambda tagger, words: f1_score([list(s.tags) for s in words.sentences], _tags(tagger, words), mode="strict", scheme=IOB2)
    dev_f1 = [f1(checkpoint.tagger, dev) for checkpoint in checkpoints]
    assert [epoch.target_dev_f1 for epoch in result.history] == pytest.approx(dev_f1)
    best = int(np.argmax(dev_f1))
    one = result.selected[Selection.TARGET_DEV]
    assert one.epochs == (best + 1,) and np.array_equal(one.tagger.weight, checkpoints[best].tagger.weight)
    source_f1 = [f1(average([c.tagger for c in checkpoints[n // 2 : n]]), source_dev) for n in range(1, 10)]
    assert [epoch.source_dev_f1 for epoch in result.history] == pytest.approx(source_f1)
    last = int(np.argmax(source_f1)) + 1
    averaged = result.selected[Selection.AVERAGED]
    half = checkpoints[last // 2 : last]
    assert averaged.epochs == tuple(c.epoch for c in half)
    np.testing.assert_allclose(averaged.tagger.weight, sum(c.tagger.weight for c in half) / len(half), rtol=1e-5)
    without = tag_zero_shot(training, test, options=options, rng=RNG())
    assert set(without.selected) == {Selection.AVERAGED} and without.selected[Selection.AVERAGED].epochs == (5, 6, 7, 8, 9)


def _tags(tagger, words):
    labels = tagger.predict(words)
    return [[TAGS[label] for label in labels[a:b]] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]


def test_labels_of_the_test_language_do_not_reach_averaged():
    training, test = tagged_words(*_toy(60, 1, noise=0.4)), tagged_words(*_toy(30, 2, noise=0.4))
    run = lambda dev: tag_zero_shot(training, test, target_dev=dev, options=OPTIONS, rng=RNG()).selected[Selection.AVERAGED]
    one, other = run(tagged_words(*_toy(9, 4))), run(None)
    assert np.array_equal(one.tagger.weight, other.tagger.weight) and one.epochs == other.epochs


def test_the_first_of_equal_epochs_is_best():
    assert best_epoch([0.1, 0.5, 0.2, 0.5]) == 2


def test_average_is_the_mean_of_weights():
    ones, threes = (LinearTagger(np.full((7, 2), n, np.float32), np.full(7, n, np.float32)) for n in (1, 3))
    mean = average([ones, threes])
    assert mean.weight.tolist() == [[2, 2]] * 7 and mean.bias.tolist() == [2] * 7 and mean.weight.dtype == np.float32


def test_same_seed_same_weights_other_seed_others():
    words = tagged_words(*_toy(40, 1, noise=0.4))
    last = lambda seed: list(train(words, OPTIONS, rng=np.random.default_rng(seed)))[-1].tagger
    assert np.array_equal(last(1).weight, last(1).weight) and np.array_equal(last(1).bias, last(1).bias)
    assert not np.array_equal(last(1).weight, last(2).weight)


def test_standardized_training_does_not_depend_on_scale_or_origin():
    text, words = _toy(40, 1, noise=0.4)
    moved = words.replace_vectors(words.vectors * 100 + 30)
    one, other = (tagged_words(text, w) for w in (words, moved))
    tag = lambda w: list(train(w, OPTIONS, rng=RNG()))[-1].tagger.predict(w)
    assert (tag(one) == tag(other)).mean() > 0.99


def test_words_without_a_finite_vector_are_tagged_o_and_do_no_harm():
    text, words = _toy(120, 1, valid=lambda labels: np.arange(len(labels)) % 5 != 0)
    vectors = words.vectors.copy()
    vectors[~words.valid] = 0
    vectors[1::50], vectors[2::50] = np.nan, np.inf
    words = tagged_words(text, words.replace_vectors(vectors))
    lost = ~words.usable
    assert lost.sum() > len(lost) / 5 and np.isfinite(words.vectors).all()
    tagger = list(train(words, OPTIONS, rng=RNG()))[-1].tagger
    labels = tagger.predict(words)
    assert not labels[lost].any() and (labels == words.labels)[~lost].all()


def test_training_leaves_the_number_of_threads_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    list(train(tagged_words(*_toy(5, 1)), TaggerOptions(epochs=1), rng=RNG()))
    assert torch.get_num_threads() == before + 1
    torch.set_num_threads(before)


def test_bad_options_and_useless_vectors_are_named():
    bad = {"epochs": [0], "batch_size": [0], "warmup_steps": [-1], "learning_rate": [0.0, float("nan")], "dropout": [-0.1, 1.0]}
    for name, value in [(name, value) for name, values in bad.items() for value in values]:
        with pytest.raises(ConfigError, match=name):
            TaggerOptions(**{name: value})
    with pytest.raises(RunError, match="has a vector"):
        list(train(tagged_words(*_toy(5, 1, valid=lambda labels: labels < 0)), OPTIONS, rng=RNG()))
    with pytest.raises(RunError, match="diverged"):
        list(train(tagged_words(*_toy(40, 1)), TaggerOptions(learning_rate=1e38, warmup_steps=0), rng=RNG()))


def test_progress_counts_epochs_and_can_stop():
    seen = []
    words = tagged_words(*_toy(20, 1))
    note = lambda done, total: seen.append((done, total))
    tag_zero_shot(words, words, options=TaggerOptions(epochs=3), rng=RNG(), progress=note)
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def stop(done, total):
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        tag_zero_shot(words, words, options=OPTIONS, rng=RNG(), progress=stop)


@pytest.fixture
def call(tmp_path, workspace, tiny_bert, capsys):
    """The command on the first sample sentences of English and Macedonian with a tiny encoder."""
    for name, sentences in (("en.train", 60), ("en.dev", 15), ("mk.dev", 15), ("mk.test", 15)):
        blocks = (SAMPLE_DATA / "ner" / f"{name}.conll").read_text(encoding="utf-8").split("\n\n")[:sentences]
        (tmp_path / name).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")

    def run(*arguments):
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        files = ["--train", tmp_path / "en.train", "--test", tmp_path / "mk.test", "--lang", "mk"]
        options = parser.parse_args([*map(str, files), *map(str, arguments)])
        shared = {
            "encoder": str(tiny_bert),
            "device": "cpu",
            "threads": 1,
            "seed": 4,
            "layer": -1,
            "pooling": "last",
            "precision": "float32",
        }
        vars(options).update(shared)
        assert command.main(options, workspace, lambda: False) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_command_prints_both_selections(call, tmp_path):
    dev = ("--dev", tmp_path / "mk.dev", "--train-dev", tmp_path / "en.dev", "--epochs", 4, "--learning-rate", 0.01)
    printed = call(*dev)
    assert printed == call(*dev)
    assert printed["options"]["epochs"] == 4 and printed["options"]["learning_rate"] == 0.01 and len(printed["history"]) == 4
    gold = sum(tag.startswith("B-") for sentence in iob2.read(tmp_path / "mk.test") for tag in sentence.tags)
    for selection in ("target_dev", "averaged"):
        one = printed[selection]
        assert one["gold"] == gold == sum(figures["gold"] for figures in one["by_type"].values())
        assert 0 <= one["low"] <= one["f1"] <= one["high"] <= 1
    assert "target_dev" not in call("--epochs", 2)


def test_the_command_reads_other_schemes_and_encodings(call, tmp_path, capsys):
    before = call("--epochs", 2)["averaged"]
    for name in ("en.train", "mk.test"):
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        columns = [line.split() for line in lines]
        text = "\n".join(f"{one[0]}\t{one[-1]}\tO" if one else "" for one in columns) + "\n"
        (tmp_path / name).write_text(text, encoding="utf-16")
    assert call("--epochs", 2, "--encoding", "utf-16", "--tag-column", 2, "--format", "IOB2")["averaged"] == before
    with pytest.raises(CorpusError, match="not an IOB2 tag"):
        (tmp_path / "mk.test").write_text("Ana\tS-PER\n", encoding="utf-8")
        call("--format", "IOB2", "--tag-column", 2)


def test_the_command_chooses_maps_by_language(call, tmp_path):
    path = tmp_path / "maps.safetensors"
    save = lambda maps, src: maps_module.save(path, maps, src_language=src, trg_language="en", encoder="tiny", encoder_fingerprint="")
    save(maps_module.identity(16), "mk")
    assert call("--epochs", 2, "--maps", path)["averaged"] == call("--epochs", 2)["averaged"]
    save(maps_module.identity(16), "sw")
    with pytest.raises(MapsError, match="there is no map for 'mk'"):
        call("--maps", path)
    save(maps_module.identity(8), "mk")
    with pytest.raises(MapsError, match="8 dimensions"):
        call("--maps", path)


@pytest.mark.parametrize(
    "arguments, error, text",
    [
        (("--dev", "absent.conll"), CorpusError, "absent.conll"),
        (("--epochs", 0), SystemExit, "2"),
        (("--bootstrap-samples", -1), SystemExit, "2"),
        (("--train-lang", "zz"), LanguageError, "zz"),
    ],
)
def test_bad_arguments_are_one_sentence(call, arguments, error, text):
    with pytest.raises(error, match=text) as raised:
        call(*arguments)
    assert "\n" not in str(raised.value)


def test_english_to_macedonian_with_the_built_in_encoder(tmp_path):
    encoder, cache = open_encoder(precision="float32"), CcwrCache(tmp_path)

    def read(name):
        text = iob2.read(SAMPLE_DATA / "ner" / f"{name}.conll", types=iob2.ENTITY_TYPES)
        return tagged_words(text, cache.fetch([sentence.words for sentence in text], encoder))

    result = tag_zero_shot(read("en.train"), read("mk.test"), target_dev=read("mk.dev"), rng=RNG())
    for selection in (Selection.TARGET_DEV, Selection.AVERAGED):
        scores = result.selected[selection].scores
        assert 0.4 < scores.interval.low < scores.micro.f1 < scores.interval.high < 0.8
        assert all(figures.f1 > 0.2 for figures in scores.by_type.values())
