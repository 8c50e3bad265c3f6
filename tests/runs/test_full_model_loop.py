"""Full-model updates: gold pairs come together, bad pairs stop the training with a reason, a stopped one goes on unchanged."""

import dataclasses

import numpy as np
import pytest
import torch

from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training.adaptation import new_folder
from lraln_core.encoder.training.full_model import FullModelTrainer, LinkedPair, save_encoder
from lraln_core.errors import Cancelled, EncoderError, RunError
from lraln_core.runs.full_model_checks import Checks, Reading, degradation
from lraln_core.runs.full_model_loop import FullModelLoop, FullUpdateConfig, Select

PAIRS = [
    LinkedPair(("реката", "е", "длабока"), ("river", "is", "deep"), ((0, 0), (2, 2))),
    LinkedPair(("градот", "е", "стар"), ("town", "is", "old"), ((0, 0), (1, 1), (2, 2))),
    LinkedPair(("војската", "спие"), ("army", "sleeps"), ((0, 0), (1, 1))),
]
FEW = dataclasses.replace(FullUpdateConfig(), steps=30, learning_rate=3e-3, warmup_steps=1, evaluate_every=10, train_embeddings=True)


def full_sup(encoder, pairs, checks, folder, config, progress=None):
    """All weights on gold word pairs."""
    return FullModelLoop(encoder, lambda *_: pairs, checks, folder, config, mined=False).run(progress)


def full_unsup(encoder, next_pairs, checks, folder, config, progress=None):
    """All weights on pairs mined with the current encoder."""
    return FullModelLoop(encoder, next_pairs, checks, folder, config, mined=True).run(progress)


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def watch():
    src, trg = ([pair[side] for pair in PAIRS] for side in (0, 1))
    return Checks([*src, ("лошо", "време")], [*trg, ("bad", "weather")], csls_k=2)


def _encoder(name):
    return open_encoder(name, device="cpu", precision="float32").loaded


def _weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


class _StopAt:
    def __init__(self, step):
        self.step = step

    def __call__(self, done, total):
        if done == self.step:
            raise Cancelled("stop")


def test_full_sup_brings_pairs_together_and_keeps_english_near(checkpoint, watch, tmp_path):
    start, encoder = _encoder(checkpoint), _encoder(checkpoint)
    result = full_sup(encoder, PAIRS, watch, tmp_path, FEW)
    assert (result.steps, result.chosen_step, result.stopped) == (30, 30, "")
    assert [reading.step for reading in result.readings] == [0, 10, 20, 30]
    src, english = (encoder.encode([getattr(p, side) for p in PAIRS]) for side in ("src", "trg"))
    before = start.encode([p.trg for p in PAIRS])
    pairs = [(src.rows([i], [s])[0], english.rows([i], [t])[0]) for i, p in enumerate(PAIRS) for s, t in p.links]
    distance = np.mean([((src.vectors[a] - english.vectors[b]) ** 2).sum() for a, b in pairs])
    drift = ((english.vectors - before.vectors) ** 2).sum(1).mean()
    assert distance < 0.5 * result.readings[1].pull and drift < 0.5 * distance + 0.5
    free = _encoder(checkpoint)
    full_sup(free, PAIRS, watch, _made(tmp_path / "free"), dataclasses.replace(FEW, regularization=0.0))
    assert ((free.encode([p.trg for p in PAIRS]).vectors - before.vectors) ** 2).sum(1).mean() > 2 * drift


def _made(folder):
    folder.mkdir()
    return folder


def test_the_updated_encoder_is_a_checkpoint_like_any_other(checkpoint, watch, tmp_path):
    encoder = open_encoder(checkpoint, layer=1, device="cpu", precision="float32").loaded
    full_sup(encoder, PAIRS, watch, _made(tmp_path / "work"), dataclasses.replace(FEW, steps=3))
    with new_folder(tmp_path / "out") as folder:
        save_encoder(folder, encoder)
    again = _encoder(str(tmp_path / "out"))
    assert again.layer == 1
    np.testing.assert_array_equal(again.encode([PAIRS[0].src]).vectors, encoder.encode([PAIRS[0].src]).vectors)
    full_sup(again, PAIRS, watch, _made(tmp_path / "warm"), dataclasses.replace(FEW, steps=3))  # a warm start


def _bad_pairs(encoder, iteration):
    """Every source word with every English word: all vectors are drawn to one point."""
    everything = lambda p, q: tuple((s, t) for s in range(len(p.src)) for t in range(len(q.trg)))
    return [LinkedPair(p.src, q.trg, everything(p, q)) for p in PAIRS for q in PAIRS]


BAD = dataclasses.replace(
    FullUpdateConfig(patience=3, select=Select.CRITERION),
    steps=2000,
    learning_rate=3e-3,
    warmup_steps=1,
    evaluate_every=5,
    regularization=0.0,
    train_embeddings=True,
)


def test_full_unsup_stops_with_a_reason_and_keeps_the_best(checkpoint, watch, tmp_path):
    encoder = _encoder(checkpoint)
    result = full_unsup(encoder, _bad_pairs, watch, tmp_path, BAD)
    assert result.steps < 2000 and ("below its start" in result.stopped or "collapses" in result.stopped)
    best = max(result.readings, key=lambda reading: reading.criterion)
    assert result.chosen_step == best.step < result.steps
    assert watch.read(encoder, 0, 0, None, None).criterion == pytest.approx(best.criterion, abs=1e-6)


def test_full_unsup_mines_with_the_encoder_as_it_is(tiny_bert, watch, tmp_path):
    seen = []

    def mine(encoder, iteration):
        seen.append((iteration, encoder.encode([PAIRS[0].src]).vectors.copy()))
        return PAIRS

    config = dataclasses.replace(FEW, steps=3, batch_size=1, accumulation=2)
    result = full_unsup(_encoder(str(tiny_bert)), mine, watch, tmp_path, config)
    assert [iteration for iteration, _ in seen] == [0, 1] and result.iterations == 2
    assert not np.allclose(seen[0][1], seen[1][1])


@pytest.mark.parametrize("mined", [True, False])
def test_a_stopped_update_ends_as_if_it_had_not_been(checkpoint, watch, tmp_path, mined):
    config = dataclasses.replace(FEW, batch_size=1, accumulation=2, steps=14, evaluate_every=4, select=Select.CRITERION)

    def run(folder, progress=None):
        encoder, first = _encoder(checkpoint), iter([encoder_pairs])
        if not mined:
            return full_sup(encoder, encoder_pairs, watch, folder, config, progress=progress), _weights(encoder.model)

        def mine(encoder, iteration):  # the pairs depend on the encoder, as mined ones do
            turn = int(abs(encoder.encode([PAIRS[0].src]).vectors).sum() * 1e4) % 3
            return next(first, encoder_pairs)[turn:] + encoder_pairs[:turn]

        return full_unsup(encoder, mine, watch, folder, config, progress=progress), _weights(encoder.model)

    encoder_pairs = [*PAIRS, *PAIRS[:2]]
    result, weights = run(_made(tmp_path / "whole"))
    for step in (0, 4, 7, 13):
        folder = _made(tmp_path / str(step))
        with pytest.raises(Cancelled):
            run(folder, _StopAt(step))
        again, end = run(folder)
        assert again == result and end.keys() == weights.keys() and all(torch.equal(end[name], weights[name]) for name in end)


def test_selection_by_retrieval_needs_a_development_set(tiny_bert, watch, tmp_path):
    with pytest.raises(RunError, match="no development set"):
        full_sup(_encoder(str(tiny_bert)), PAIRS, watch, tmp_path, dataclasses.replace(FEW, select=Select.RETRIEVAL))
    values = iter([0.2, 0.9, 0.4, 0.1])
    judged = dataclasses.replace(watch, retrieval=lambda encoder: next(values))
    result = full_sup(_encoder(str(tiny_bert)), PAIRS, judged, tmp_path, dataclasses.replace(FEW, select=Select.RETRIEVAL))
    assert result.chosen_step == 10 and [reading.retrieval for reading in result.readings] == [0.2, 0.9, 0.4, 0.1]


def test_nothing_to_train_on_is_one_sentence(tiny_bert, watch, tmp_path):
    with pytest.raises(RunError, match="no word pair to train on"):
        full_sup(_encoder(str(tiny_bert)), [], watch, tmp_path, FEW)
    with pytest.raises(EncoderError, match="one subword a word"):
        FullModelTrainer(open_encoder(str(tiny_bert), pooling="mean", device="cpu", precision="float32").loaded)
    with pytest.raises(RunError, match="other settings"):
        full_sup(_encoder(str(tiny_bert)), PAIRS, watch, tmp_path, dataclasses.replace(FEW, seed=2))


def test_training_that_diverges_stops_with_a_reason(tiny_bert, watch, tmp_path):
    result = full_unsup(_encoder(str(tiny_bert)), lambda *_: PAIRS, watch, tmp_path, dataclasses.replace(BAD, learning_rate=1e30))
    assert result.chosen_step == 0 and ("finite" in result.stopped or "collapses" in result.stopped)


def _reading(step, criterion=0.1, rank=50.0, norm=1.0):
    return Reading(step, 0, None, None, criterion, 3, rank, rank, norm, norm, None)


def test_degradation_by_hand():
    start = _reading(0)
    assert degradation([start], 3) == ""
    worse = [_reading(step, criterion=0.09) for step in (1, 2, 3)]
    assert degradation([start, *worse[:2]], 3) == "" and "below its start" in degradation([start, *worse], 3)
    assert degradation([start, *worse[:2], _reading(3, criterion=0.11)], 3) == "" and degradation([start, *worse], 0) == ""
    assert "effective rank" in degradation([start, _reading(1, rank=24)], 3)
    assert "shrank" in degradation([start, _reading(1, norm=0.05)], 0)
