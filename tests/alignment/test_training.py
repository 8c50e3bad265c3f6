"""One update equals Adam written out in numpy on the gradient of equation 2; the state survives a round trip."""

import numpy as np
import pytest

from lraln_core.alignment.maps import LanguageMap, Maps, add_noise, identity
from lraln_core.alignment.training import Trainer, learning_rate_at
from lraln_core.errors import RunError


def _adam(parameter, gradients, rates):
    """Adam(0.9, 0.98, 1e-9) [Kingma and Ba 2015, algorithm 1] in float64."""
    m = v = np.zeros_like(parameter)
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=False), 1):
        g = gradient(parameter)
        m, v = 0.9 * m + 0.1 * g, 0.98 * v + 0.02 * g**2
        parameter = parameter - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.98**t)) + 1e-9)
    return parameter


def test_updates_equal_adam_on_equation_2():
    rng = np.random.default_rng(0)
    start = add_noise(identity(4), 0.3, rng)
    batches = [(rng.standard_normal((n, 4)).astype(np.float32), rng.standard_normal((n, 4)).astype(np.float32)) for n in (3, 1, 5)]
    rates = [1e-3, 2e-3, 3e-3]
    trainer = Trainer.start(start)
    losses = [trainer.step(x, y, rate) for (x, y), rate in zip(batches, rates, strict=False)]
    # both maps move together, so they are one parameter for the reference
    split = lambda joint: (joint[:16].reshape(4, 4), joint[16:].reshape(4, 4))

    def gradient_of(x, y):
        def gradient(joint):
            src, trg = split(joint)
            gap = x @ src.T - y @ trg.T  # (n, 4); L = sum of squares
            return np.concatenate([(2 * gap.T @ x).ravel(), (-2 * gap.T @ y).ravel()])

        return gradient

    joint = np.concatenate([start.src.matrix.ravel(), start.trg.matrix.ravel()]).astype(np.float64)
    src, trg = split(_adam(joint, [gradient_of(x, y) for x, y in batches], rates))
    np.testing.assert_allclose(trainer.maps.src.matrix, src, atol=1e-6)
    np.testing.assert_allclose(trainer.maps.trg.matrix, trg, atol=1e-6)
    x, y = batches[0]
    assert losses[0] == pytest.approx(np.mean(np.sum((x @ start.src.matrix.T - y @ start.trg.matrix.T) ** 2, 1)), rel=1e-5)


@pytest.mark.parametrize("mean", [None, np.ones(5, np.float32)])
def test_training_continues_from_its_state_bit_by_bit(mean):
    rng = np.random.default_rng(1)
    batches = [(rng.standard_normal((3, 5)).astype(np.float32), rng.standard_normal((3, 5)).astype(np.float32)) for _ in range(8)]
    noisy = add_noise(identity(5), 0.1, np.random.default_rng(2))
    start = Maps(noisy.src, LanguageMap(noisy.trg.matrix, mean))
    whole, first = Trainer.start(start), Trainer.start(start)
    for x, y in batches:
        whole.step(x, y, 1e-2)
    for x, y in batches[:4]:
        first.step(x, y, 1e-2)
    second = Trainer.from_state(first.state())
    for x, y in batches[4:]:
        second.step(x, y, 1e-2)
    np.testing.assert_array_equal(second.maps.src.matrix, whole.maps.src.matrix)
    np.testing.assert_array_equal(second.maps.trg.matrix, whole.maps.trg.matrix)
    np.testing.assert_array_equal(second.maps.trg.mean, mean)


def test_warm_up_then_constant_or_linear():
    at = lambda step, linear: learning_rate_at(step, peak=1.0, warmup=10, total=110, linear_decay=linear)
    assert [at(step, False) for step in (1, 5, 10, 11, 110)] == [0.1, 0.5, 1.0, 1.0, 1.0]
    assert [at(step, True) for step in (10, 60, 110)] == [1.0, 0.5, 0.0]
    assert learning_rate_at(1, peak=2.0, warmup=0, total=5, linear_decay=False) == 2.0


def test_divergence_is_a_sentence():
    trainer = Trainer.start(identity(2))
    with pytest.raises(RunError, match="Training diverged"):
        trainer.step(np.full((1, 2), 1e30, np.float32), np.zeros((1, 2), np.float32), 1.0)
