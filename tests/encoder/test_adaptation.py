"""Encoders that learn: masked language modelling, and single full-model updates."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training import full_model, mlm, mlm_batches
from lraln_core.encoder.training.adaptation import new_folder
from lraln_core.encoder.training.full_model import FullModelTrainer, LinkedPair, from_parallel
from lraln_core.encoder.training.language_model import open_language_model, save_language_model
from lraln_core.encoder.training.mlm import PRESETS, MlmConfig, Rows, Targets
from lraln_core.encoder.training.mlm_batches import Batches
from lraln_core.errors import Cancelled, ConfigError, EncoderError, WorkspaceError
from lraln_core.files.randomness import rng_for
from lraln_core.records import InMemory, ParallelText
from tests.encoder.extending import extend_vocabulary

TEXT = InMemory([("kitabu", "cha", "mwalimu"), ("mwalimu", "ana", "kitabu"), ("vitabu", "vya", "watoto")] * 4)
SMALL = MlmConfig(
    steps=40,
    batch_size=6,
    learning_rate=5e-3,
    warmup_steps=4,
    rows=Rows.CORPUS,
    targets=Targets.CORPUS,
    body=True,
    record_every=10,
    checkpoint_every=15,
)
PAIRS = [
    LinkedPair(("реката", "е", "длабока"), ("river", "is", "deep"), ((0, 0), (2, 2))),
    LinkedPair(("градот", "е", "стар"), ("town", "is", "old"), ((0, 0), (1, 1), (2, 2))),
    LinkedPair(("војската", "спие"), ("army", "sleeps"), ((0, 0), (1, 1))),
]


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


def _encoder(name):
    return open_encoder(name, device="cpu", precision="float32").loaded


def _weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def _same(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


# masking


def test_masking_shares():
    ids = np.arange(100_000).reshape(100, 1000) + 10
    maskable = np.ones(ids.shape, bool)
    maskable[:, 0] = False
    masked = mlm_batches.mask(ids, maskable, 3, np.array([5, 6]), np.random.default_rng(0))
    assert masked.chosen.sum() == round(0.15 * 99_900) and not masked.chosen[:, 0].any()
    seen, true = masked.ids[masked.chosen], ids[masked.chosen]
    assert (seen == 3).mean() == pytest.approx(0.8, abs=0.01)
    assert np.isin(seen, [5, 6]).mean() == pytest.approx(0.1, abs=0.01)
    assert (seen == true).mean() == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(masked.ids[~masked.chosen], ids[~masked.chosen])


def test_masking_takes_at_least_one_and_repeats_itself():
    ids, maskable = np.array([[1, 7, 8, 2]]), np.array([[False, True, True, False]])
    one, two = (mlm_batches.mask(ids, maskable, 3, np.array([7]), rng_for(1, "mlm", 5)) for _ in range(2))
    assert one.chosen.sum() == 1 and np.array_equal(one.chosen, two.chosen) and np.array_equal(one.ids, two.ids)
    assert not mlm_batches.mask(ids, np.zeros((1, 4), bool), 3, np.array([7]), rng_for(1, "mlm", 5)).chosen.any()


# masked language modelling


def test_loss_falls_on_repetitive_text(checkpoint):
    opened = open_language_model(checkpoint)
    result = mlm.train(opened, TEXT, dataclasses.replace(SMALL, steps=160, learning_rate=1e-2))
    assert [record.step for record in result.losses] == list(range(10, 161, 10))
    pieces = len(mlm._corpus_pieces(opened, TEXT))
    assert result.losses[0].loss == pytest.approx(np.log(pieces), rel=0.25)  # at first any piece is as likely as any other
    assert result.losses[-1].loss < 0.7 * result.losses[0].loss


def test_learning_rate_rises_and_falls():
    config = dataclasses.replace(SMALL, steps=9, warmup_steps=4, learning_rate=1.0)
    rates = [mlm.learning_rate_at(step, config) for step in (1, 2, 4, 5, 7, 9)]
    assert rates == pytest.approx([1 / 4, 2 / 4, 1, 5 / 6, 3 / 6, 1 / 6])


def test_the_papers_preset():
    paper = PRESETS["paper"]
    assert (paper.steps, paper.rows, paper.targets, paper.body) == (100_000, Rows.ALL, Targets.ALL, True)
    assert all(preset.warmup_steps < preset.steps for preset in PRESETS.values())


def test_only_new_rows_learn_when_only_they_are_wanted(checkpoint):
    opened = open_language_model(checkpoint)
    extension = extend_vocabulary(opened, Counter({"kitabu": 9, "mwalimu": 5}), 10)
    before = _weights(opened.body)
    mlm.train(opened, TEXT, dataclasses.replace(SMALL, rows=Rows.NEW, body=False, steps=5), new_ids=extension.ids)
    after = _weights(opened.body)
    table = "embeddings.word_embeddings.weight"
    changed = (before.pop(table) != after.pop(table)).any(1).nonzero().ravel().tolist()
    assert changed == sorted(extension.ids.tolist()) and _same(before, after)


def test_all_rows_and_all_targets(checkpoint):
    opened = open_language_model(checkpoint)
    before = opened.model.get_input_embeddings().weight.clone()
    mlm.train(opened, TEXT, dataclasses.replace(SMALL, rows=Rows.ALL, targets=Targets.ALL, steps=3))
    known = sorted(opened.tokenizer.get_vocab().values())
    assert (opened.model.get_input_embeddings().weight != before).any(1)[known].all()  # as answers, all are pushed or pulled


def test_the_trained_model_is_saved_with_its_head_and_opens_as_an_encoder(checkpoint, tmp_path):
    opened = open_language_model(checkpoint)
    assert not opened.trained_head
    mlm.train(opened, TEXT, dataclasses.replace(SMALL, steps=5))
    assert opened.trained_head and not any(weight.requires_grad for weight in opened.model.parameters())
    save_language_model(tmp_path, opened)
    again = open_language_model(str(tmp_path))
    assert again.trained_head and _same(_weights(again.model), _weights(opened.model))
    encoder = _encoder(str(tmp_path))
    assert _same(_weights(encoder.model), _weights(opened.body))
    assert not np.allclose(encoder.encode([("kitabu",)]).vectors, _encoder(checkpoint).encode([("kitabu",)]).vectors)


class _StopAt:
    def __init__(self, step):
        self.step = step

    def __call__(self, done, total):
        if done == self.step:
            raise Cancelled("stop")


def test_a_stopped_training_ends_as_if_it_had_not_been(checkpoint, tmp_path):
    whole = open_language_model(checkpoint)
    result = mlm.train(whole, TEXT, SMALL)
    for step in (0, 13, 30):
        file = tmp_path / f"{step}.safetensors"
        with pytest.raises(Cancelled):
            mlm.train(open_language_model(checkpoint), TEXT, SMALL, checkpoint=file, progress=_StopAt(step))
        again = open_language_model(checkpoint)
        assert mlm.train(again, TEXT, SMALL, checkpoint=file) == result
        assert _same(_weights(again.model), _weights(whole.model))


def test_unusable_checkpoints_are_one_sentence(tiny_bert, tmp_path):
    file = tmp_path / "mlm.safetensors"
    with pytest.raises(Cancelled):
        mlm.train(open_language_model(str(tiny_bert)), TEXT, SMALL, checkpoint=file, progress=_StopAt(3))
    with pytest.raises(ConfigError, match="other settings"):
        mlm.train(open_language_model(str(tiny_bert)), TEXT, dataclasses.replace(SMALL, seed=2), checkpoint=file)
    with pytest.raises(WorkspaceError, match="another training"):
        mlm.train(open_language_model(str(tiny_bert)), TEXT, dataclasses.replace(SMALL, body=False), checkpoint=file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(WorkspaceError, match="damaged"):
        mlm.train(open_language_model(str(tiny_bert)), TEXT, SMALL, checkpoint=file)


def test_impossible_settings_are_one_sentence(tiny_bert):
    opened = open_language_model(str(tiny_bert))
    with pytest.raises(ConfigError, match="not extended"):
        mlm.train(opened, TEXT, dataclasses.replace(SMALL, rows=Rows.NEW))
    with pytest.raises(EncoderError, match="no sentence"):
        mlm.train(opened, InMemory([]), SMALL)
    with pytest.raises(EncoderError, match="cannot write any word"):
        mlm.train(opened, InMemory([("नदी",)]), SMALL)
    with pytest.raises(ConfigError, match="at least 1 step"):
        mlm.train(opened, TEXT, dataclasses.replace(SMALL, steps=0))


def test_long_sentences_are_cut_before_the_closing_token(tiny_bert):
    opened = open_language_model(str(tiny_bert))
    batches = Batches(opened.tokenizer, TEXT, size=2, steps=1, seed=1, longest=8, pad_id=0)
    batch = batches.pad([("kitabu", "cha", "mwalimu"), ("ab",)])
    assert batch.ids.shape == (2, 8) and batch.ids[0, -1] == opened.special("sep_token")
    assert batch.attention.tolist()[1] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert batch.maskable.tolist()[1] == [False, True, True] + [False] * 5


def test_every_epoch_sees_every_sentence_once(tiny_bert):
    text = InMemory([(letter,) for letter in "abcdef"])
    tokenizer = open_language_model(str(tiny_bert)).tokenizer
    batches = Batches(tokenizer, text, size=3, steps=200, seed=1, longest=8, pad_id=0)
    epochs = [tuple(row[1] for step in (first, first + 1) for row in batches.at(step).ids) for first in range(0, 200, 2)]
    assert {tuple(sorted(epoch)) for epoch in epochs} == {tuple(sorted(epochs[0]))} and len(set(epochs)) > 50
    assert np.array_equal(batches.at(3).ids, Batches(tokenizer, text, size=3, steps=200, seed=1, longest=8, pad_id=0).at(3).ids)


def test_rows_that_learn_by_hand():
    table = torch.nn.Parameter(torch.arange(6.0).reshape(3, 2), requires_grad=False)
    rows = mlm.TrainedRows(table, np.array([2]))
    rows(torch.tensor([0, 2, 2])).sum().backward()
    assert rows.rows.grad.tolist() == [[2, 2]]
    rows.rows.data.fill_(9)
    assert rows(torch.tensor([1, 2])).tolist() == [[2, 3], [9, 9]]
    rows.merge()
    assert table.tolist() == [[0, 1], [2, 3], [9, 9]]


# full-model updates


def test_loss_by_hand(checkpoint):
    before = _encoder(checkpoint)
    src, trg = (before.encode([getattr(pair, side) for pair in PAIRS]) for side in ("src", "trg"))
    distances = [
        ((src.vectors[src.rows([i], [s])[0]] - trg.vectors[trg.rows([i], [t])[0]]) ** 2).sum()
        for i, pair in enumerate(PAIRS)
        for s, t in pair.links
    ]
    trainer = FullModelTrainer(_encoder(checkpoint), train_embeddings=True)
    loss = trainer.step(PAIRS, 1e-2)
    assert loss.pairs == len(distances) == 7
    assert loss.pull == pytest.approx(np.mean(distances), rel=1e-4) and loss.drift == pytest.approx(0, abs=1e-9)
    moved = trainer.encoder.encode([pair.trg for pair in PAIRS]).vectors
    assert trainer.step(PAIRS, 1e-2).drift == pytest.approx(((moved - trg.vectors) ** 2).sum(1).mean(), rel=1e-3)


def test_with_a_frozen_goal_words_are_pulled_to_the_original_english_vectors(checkpoint):
    start = _encoder(checkpoint).encode([pair.trg for pair in PAIRS])
    trainers = [FullModelTrainer(_encoder(checkpoint), train_embeddings=True, frozen_target=frozen) for frozen in (False, True)]
    first = [trainer.step(PAIRS, 1e-2).pull for trainer in trainers]
    assert first[0] == pytest.approx(first[1], rel=1e-6)  # nothing has moved yet
    encoder = trainers[1].encoder
    src, now = (encoder.encode([getattr(pair, side) for pair in PAIRS]) for side in ("src", "trg"))
    links = [(i, s, t) for i, pair in enumerate(PAIRS) for s, t in pair.links]
    to_start, to_now = (
        np.mean([((src.vectors[src.rows([i], [s])[0]] - goal.vectors[goal.rows([i], [t])[0]]) ** 2).sum() for i, s, t in links])
        for goal in (start, now)
    )
    assert trainers[1].step(PAIRS, 1e-2).pull == pytest.approx(to_start, rel=1e-3)
    assert to_start != pytest.approx(to_now, rel=1e-2)


def test_the_embedding_table_rests_on_a_processor_unless_wanted(checkpoint):
    for wanted, expected in ((None, False), (False, False), (True, True)):
        trainer = FullModelTrainer(_encoder(checkpoint), train_embeddings=wanted)
        before = _weights(trainer.encoder.model)
        trainer.step(PAIRS, 1e-2)
        after = trainer.encoder.model.state_dict()
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert ("embeddings.word_embeddings.weight" in changed) is expected and "embeddings.LayerNorm.weight" in changed
        assert _same(_weights(trainer.original), before)


def test_chunks_change_memory_and_nothing_else(checkpoint, monkeypatch):
    one = FullModelTrainer(_encoder(checkpoint), train_embeddings=True)
    whole = one.step(PAIRS, 1e-3)
    monkeypatch.setitem(full_model.SUBWORDS_PER_CHUNK, "cpu", 1)
    two = FullModelTrainer(_encoder(checkpoint), train_embeddings=True)
    parts = two.step(PAIRS, 1e-3)
    assert dataclasses.astuple(parts) == pytest.approx(dataclasses.astuple(whole), rel=1e-5)
    vectors = [trainer.encoder.encode([PAIRS[0].src]).vectors for trainer in (one, two)]
    np.testing.assert_allclose(*vectors, atol=1e-3)


def test_parallel_text_without_links_is_left_out():
    text = ParallelText((("a",), ("b",)), (("c",), ("d",)), (((0, 0),), ()))
    assert from_parallel(text) == [LinkedPair(("a",), ("c",), ((0, 0),))]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(Cancelled), new_folder(tmp_path / "out") as folder:
        (folder / "half").write_text("x")
        raise Cancelled("stop")
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "out") as folder:
        (folder / "whole").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with pytest.raises(EncoderError, match="exists already"), new_folder(tmp_path / "out"):
        pass
