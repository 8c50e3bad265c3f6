"""Denoising word alignment: the pointer, what learns, checkpoints, and that it cannot start from random weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training.denoising import DenoisingOptions, DenoisingTrainer
from lraln_core.encoder.training.full_model import LinkedPair
from lraln_core.encoder.training.language_model import open_language_model
from lraln_core.errors import EncoderError
from lraln_core.evaluation import word_alignment
from lraln_core.files.randomness import rng_for
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.systems.denoising import self_label
from lraln_core.text import parallel
from lraln_core.text.pharaoh import AlignedSentence

PAIRS = [
    LinkedPair(("реката", "е", "длабока"), ("river", "is", "deep"), ((0, 0), (2, 2))),
    LinkedPair(("градот", "е", "стар"), ("town", "is", "old"), ((0, 0), (1, 1), (2, 2))),
    LinkedPair(("војската", "спие"), ("army", "sleeps"), ((0, 0), (1, 1))),
]
PLAIN = DenoisingOptions(joint=False, language_modelling=0.0, temperature=0.1, train_embeddings=True, mask_share=0.5)


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


def trainer(name, options=PLAIN, *, head=False, pooling="mean"):
    return DenoisingTrainer(
        open_encoder(name, device="cpu", pooling=pooling, precision="float32").loaded, options, open_language_model(name) if head else None
    )


def weights(one):
    return {name: value.clone() for name, value in one.encoder.model.state_dict().items()}


@pytest.mark.parametrize("pooling", ["mean", "last", "first"])
def test_unmasked_vectors_are_those_of_the_encoder(checkpoint, pooling):
    one = trainer(checkpoint, pooling=pooling)
    src, trg = one.vectors([(pair.src, pair.trg) for pair in PAIRS])
    for side, found in (("src", src), ("trg", trg)):
        expected = one.encoder.encode([getattr(pair, side) for pair in PAIRS])
        np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-4)
        assert found.offsets.tolist() == expected.offsets.tolist()


def test_joint_vectors_know_the_other_sentence(checkpoint):
    joint = trainer(checkpoint, dataclasses.replace(PLAIN, joint=True))
    first, _ = joint.vectors([(PAIRS[0].src, PAIRS[0].trg)])
    second, _ = joint.vectors([(PAIRS[0].src, PAIRS[1].trg)])
    assert np.abs(first.vectors - second.vectors).max() > 1e-4


def test_the_pointer_starts_as_the_similarity(tiny_bert):
    one = trainer(str(tiny_bert))
    asked, answers = torch.tensor([[1.0] + [0.0] * 15]), torch.tensor([[3.0, 4.0] + [0.0] * 14, [0.0, 2.0] + [0.0] * 14])
    assert one.scores(asked, answers).tolist()[0] == pytest.approx([0.6 / 0.1, 0.0], abs=1e-5)
    plain = trainer(str(tiny_bert), dataclasses.replace(PLAIN, temperature=0.0))
    assert plain.scores(asked, answers).tolist()[0] == pytest.approx([3.0 / 4, 0.0])


@pytest.mark.parametrize("joint", [False, True])
def test_hidden_words_learn_to_find_their_counterparts(checkpoint, joint):
    one = trainer(checkpoint, dataclasses.replace(PLAIN, joint=joint, language_modelling=0.5), head=True)
    losses = [one.step(PAIRS, 5e-3) for _ in range(60)]
    pull, modelled = ([getattr(loss, name) for loss in losses] for name in ("pull", "drift"))
    assert np.mean(pull[-10:]) < 0.7 * np.mean(pull[:10])
    assert np.mean(modelled[-10:]) < np.mean(modelled[:10])
    assert all(loss.pairs > 0 for loss in losses)


def test_without_a_head_there_is_no_language_modelling(tiny_bert):
    assert trainer(str(tiny_bert)).step(PAIRS, 1e-3).drift == 0


def test_only_the_top_layers_learn(checkpoint):
    one = trainer(checkpoint, dataclasses.replace(PLAIN, top_layers=1))
    before = weights(one)
    for _ in range(3):
        one.step(PAIRS, 1e-2)
    changed = {name for name, value in weights(one).items() if not torch.equal(value, before[name])}
    assert changed and all("layer.1." in name for name in changed)
    with pytest.raises(EncoderError, match="top_layers = 3"):
        trainer(checkpoint, dataclasses.replace(PLAIN, top_layers=3))


def test_a_checkpoint_goes_on_with_the_same_bits(tiny_bert, tmp_path):
    one = trainer(str(tiny_bert))
    for _ in range(3):
        one.step(PAIRS, 1e-3)
    one.save(tmp_path / "a.safetensors", {"note": 1})
    two = trainer(str(tiny_bert))
    assert two.restore(tmp_path / "a.safetensors") == {"note": 1}
    assert dataclasses.asdict(one.step(PAIRS, 1e-3)) == dataclasses.asdict(two.step(PAIRS, 1e-3))
    for name, value in weights(one).items():
        assert torch.equal(value, weights(two)[name]), name


def test_long_pairs_are_encoded_apart(tiny_bert):
    """A joint input has 128 subwords at most; what does not fit is encoded side by side, with the words that fit."""
    long = LinkedPair(("реката",) * 15, ("river",) * 15, ((0, 0), (1, 1)))
    one = trainer(str(tiny_bert), dataclasses.replace(PLAIN, joint=True))
    src, _ = one.vectors([(PAIRS[0].src, PAIRS[0].trg), (long.src, long.trg)])
    assert src.offsets.tolist() == [0, 3, 18]
    assert np.isfinite(one.step([*PAIRS, long], 1e-3).pull)


def test_random_weights_cannot_start_it(tiny_bert):
    """The limitation that the paper names: labels of random weights are wrong, and learning from them keeps them wrong."""
    text = parallel.load(
        SAMPLE_DATA / "parallel" / "mk-en.tsv", "mk", "en", alignments=SAMPLE_DATA / "parallel" / "mk-en.pharaoh", tokenized=True
    ).take(range(40))
    gold = [AlignedSentence(links) for links in text.links]
    pairs = list(zip(text.src, text.trg, strict=True))
    one = trainer(str(tiny_bert), dataclasses.replace(PLAIN, mask_share=0.3))

    def error_rate():
        labelled = {(pair.src, pair.trg): pair.links for pair in self_label(one, pairs, 0.05, 2)}
        predicted = [AlignedSentence(labelled.get(pair, ())) for pair in pairs]
        return word_alignment.score(word_alignment.count(gold, predicted), bootstrap_samples=0, rng=rng_for(1, "x")).aer.value

    before = error_rate()
    for _ in range(3):
        labelled = self_label(one, pairs, 0.05, 2)
        for step in range(10):
            one.step(labelled[4 * step : 4 * step + 4], 2e-3)
    assert before > 0.6 and error_rate() > 0.6
