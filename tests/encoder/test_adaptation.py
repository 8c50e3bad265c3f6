"""Encoders that learn: masked language modelling, and full-model updates on gold and on mined pairs."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from lraln_core.encoder import masking, mlm
from lraln_core.encoder.adaptation import new_folder, stream
from lraln_core.encoder.full_model import FullModelTrainer, LinkedPair, from_parallel, save_encoder
from lraln_core.encoder.language_model import open_language_model, save_language_model
from lraln_core.encoder.mlm import PRESETS, MlmConfig, Rows, Targets
from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.trained_rows import TrainedRows
from lraln_core.encoder.vocabulary import extend_vocabulary
from lraln_core.errors import Cancelled, ConfigError, EncoderError, RunError, WorkspaceError
from lraln_core.records import ParallelText
from lraln_core.runs.full_model_loop import SUPERVISED, UNSUPERVISED, Select, full_sup, full_unsup
from lraln_core.runs.full_model_watch import Reading, Watch, degradation
from lraln_core.runs.pair_source import InMemory

TEXT = InMemory([("kitabu", "cha", "mwalimu"), ("mwalimu", "ana", "kitabu"), ("vitabu", "vya", "watoto")] * 4)
SMALL = MlmConfig(steps=40, batch_size=6, learning_rate=5e-3, warmup_steps=4, rows=Rows.CORPUS, targets=Targets.CORPUS, body=True,
                  record_every=10, checkpoint_every=15)
PAIRS = [LinkedPair(("реката", "е", "длабока"), ("river", "is", "deep"), ((0, 0), (2, 2))),
         LinkedPair(("градот", "е", "стар"), ("town", "is", "old"), ((0, 0), (1, 1), (2, 2))),
         LinkedPair(("војската", "спие"), ("army", "sleeps"), ((0, 0), (1, 1)))]
FEW = dataclasses.replace(SUPERVISED, steps=30, learning_rate=3e-3, warmup_steps=1, evaluate_every=10, train_embeddings=True)


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def watch():
    return Watch([pair.src for pair in PAIRS] + [("лошо", "време")], [pair.trg for pair in PAIRS] + [("bad", "weather")], csls_k=2)


def _encoder(name):
    return open_encoder(name, device="cpu").loaded


def _weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def _same(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


# masking


def test_masking_shares():
    ids = np.arange(100_000).reshape(100, 1000) + 10
    maskable = np.ones(ids.shape, bool)
    maskable[:, 0] = False
    masked = masking.mask(ids, maskable, 3, np.array([5, 6]), np.random.default_rng(0))
    assert masked.chosen.sum() == round(0.15 * 99_900) and not masked.chosen[:, 0].any()
    seen, true = masked.ids[masked.chosen], ids[masked.chosen]
    assert (seen == 3).mean() == pytest.approx(0.8, abs=0.01)
    assert np.isin(seen, [5, 6]).mean() == pytest.approx(0.1, abs=0.01)
    assert (seen == true).mean() == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(masked.ids[~masked.chosen], ids[~masked.chosen])


def test_masking_takes_at_least_one_and_repeats_itself():
    ids, maskable = np.array([[1, 7, 8, 2]]), np.array([[False, True, True, False]])
    one, two = (masking.mask(ids, maskable, 3, np.array([7]), stream(1, "mlm", 5)) for _ in range(2))
    assert one.chosen.sum() == 1 and np.array_equal(one.chosen, two.chosen) and np.array_equal(one.ids, two.ids)
    assert not masking.mask(ids, np.zeros((1, 4), bool), 3, np.array([7]), stream(1, "mlm", 5)).chosen.any()


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
    assert [mlm.learning_rate_at(step, config) for step in (1, 2, 4, 5, 7, 9)] == pytest.approx([1 / 4, 2 / 4, 1, 5 / 6, 3 / 6, 1 / 6])


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
    with pytest.raises(ConfigError, match="at least 1 step"):
        mlm.train(opened, TEXT, dataclasses.replace(SMALL, steps=0))


def test_long_sentences_are_cut_before_the_closing_token(tiny_bert):
    opened = open_language_model(str(tiny_bert))
    training = mlm._Training(opened, TEXT, dataclasses.replace(SMALL, max_subwords=8), None, "cpu")
    ids, attention, maskable = training._tokenize([("kitabu", "cha", "mwalimu"), ("ab",)])
    training.close()
    assert ids.shape == (2, 8) and ids[0, -1] == opened.special("sep_token")
    assert attention.tolist()[1] == [1, 1, 1, 1, 0, 0, 0, 0] and maskable.tolist()[1] == [False, True, True] + [False] * 5


def test_rows_that_learn_by_hand():
    table = torch.nn.Parameter(torch.arange(6.0).reshape(3, 2), requires_grad=False)
    rows = TrainedRows(table, np.array([2]))
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
    distances = [((src.vectors[src.rows([i], [s])[0]] - trg.vectors[trg.rows([i], [t])[0]]) ** 2).sum()
                 for i, pair in enumerate(PAIRS) for s, t in pair.links]
    trainer = FullModelTrainer(_encoder(checkpoint), train_embeddings=True)
    loss = trainer.step(PAIRS, 1e-2)
    assert loss.pairs == len(distances) == 7
    assert loss.pull == pytest.approx(np.mean(distances), rel=1e-4) and loss.drift == pytest.approx(0, abs=1e-9)
    moved = trainer.encoder.encode([pair.trg for pair in PAIRS]).vectors
    assert trainer.step(PAIRS, 1e-2).drift == pytest.approx(((moved - trg.vectors) ** 2).sum(1).mean(), rel=1e-3)


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
    monkeypatch.setattr("lraln_core.encoder.full_model.SUBWORDS_PER_CHUNK", 1)
    two = FullModelTrainer(_encoder(checkpoint), train_embeddings=True)
    parts = two.step(PAIRS, 1e-3)
    assert dataclasses.astuple(parts) == pytest.approx(dataclasses.astuple(whole), rel=1e-5)
    vectors = [trainer.encoder.encode([PAIRS[0].src]).vectors for trainer in (one, two)]
    np.testing.assert_allclose(*vectors, atol=1e-3)


def test_full_sup_brings_pairs_together_and_keeps_english_near(checkpoint, watch, tmp_path):
    start, encoder = _encoder(checkpoint), _encoder(checkpoint)
    result = full_sup(encoder, PAIRS, watch, tmp_path, FEW)
    assert (result.steps, result.chosen_step, result.stopped) == (30, 30, "") and [r.step for r in result.readings] == [0, 10, 20, 30]
    src, english, before = (who.encode([getattr(p, side) for p in PAIRS]) for who, side in ((encoder, "src"), (encoder, "trg"), (start, "trg")))
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
    encoder = open_encoder(checkpoint, layer=1, device="cpu").loaded
    full_sup(encoder, PAIRS, watch, _made(tmp_path / "work"), dataclasses.replace(FEW, steps=3))
    with new_folder(tmp_path / "out") as folder:
        save_encoder(folder, encoder)
    again = _encoder(str(tmp_path / "out"))
    assert again.layer == 1
    np.testing.assert_array_equal(again.encode([PAIRS[0].src]).vectors, encoder.encode([PAIRS[0].src]).vectors)
    full_sup(again, PAIRS, watch, _made(tmp_path / "warm"), dataclasses.replace(FEW, steps=3))  # a warm start


def _bad_pairs(encoder, iteration):
    """Every source word with every English word: all vectors are drawn to one point."""
    return [LinkedPair(p.src, q.trg, tuple((s, t) for s in range(len(p.src)) for t in range(len(q.trg)))) for p in PAIRS for q in PAIRS]


BAD = dataclasses.replace(UNSUPERVISED, steps=2000, learning_rate=3e-3, warmup_steps=1, evaluate_every=5, regularization=0.0,
                          train_embeddings=True)


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

    result = full_unsup(_encoder(str(tiny_bert)), mine, watch, tmp_path, dataclasses.replace(FEW, steps=3, batch_size=1, accumulation=2))
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
        assert again == result and _same(end, weights)


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
        FullModelTrainer(open_encoder(str(tiny_bert), pooling="mean", device="cpu").loaded)
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
    assert "effective rank" in degradation([start, _reading(1, rank=24)], 3) and "shrank" in degradation([start, _reading(1, norm=0.05)], 0)


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
