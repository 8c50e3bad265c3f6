"""CCWRs of BERT- and XLM-R-type checkpoints: the right layer, the right subword, nothing lost in silence."""

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from lraln_core.choices import Pooling
from lraln_core.encoder.frozen import inner_layer_of, resolve_layer
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import EncoderError

SENTENCES = [("abc", "d", "efgh"), ("реката", ",", "војска"), ("x",)]


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return request.getfixturevalue(request.param)


def _direct(checkpoint, words):
    """Hidden states of one sentence by transformers alone, with its word ids."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(checkpoint).eval()(**encoded, output_hidden_states=True).hidden_states
    return [state[0].numpy() for state in states], encoded.word_ids()


@pytest.mark.parametrize("layer", [-1, 1, 0])
@pytest.mark.parametrize("pooling", list(Pooling))
def test_words_agree_with_transformers(checkpoint, layer, pooling):
    result = open_encoder(str(checkpoint), layer=layer, pooling=pooling, device="cpu", precision="float32").encode(SENTENCES)
    for i, words in enumerate(SENTENCES):
        states, word_ids = _direct(checkpoint, words)
        for j in range(len(words)):
            rows = states[layer][[at for at, word in enumerate(word_ids) if word == j]]
            expected = {Pooling.LAST: rows[-1], Pooling.FIRST: rows[0], Pooling.MEAN: rows.mean(0)}[pooling]
            np.testing.assert_allclose(result.vectors[result.rows([i], [j])[0]], expected, atol=1e-5)
    assert result.valid.all() and result.offsets.tolist() == [0, 3, 6, 7]


def test_words_past_the_limit_are_counted_and_whole(checkpoint):
    encoder = open_encoder(str(checkpoint), device="cpu", precision="float32")
    words = ("abcdefgh",) * 40
    result = encoder.encode([words])
    per_word = 9 if "xlmr" in str(checkpoint) else 8  # XLM-R writes a word boundary as a subword of its own
    fitting = (encoder.loaded.max_subwords - 2) // per_word
    assert 0 < fitting < 40
    assert result.valid.tolist() == [True] * fitting + [False] * (40 - fitting)
    assert result.lost_words == 40 - fitting
    assert not result.vectors[fitting:].any()


def test_invisible_words_leave_gaps(tiny_bert):
    result = open_encoder(str(tiny_bert), device="cpu", precision="float32").encode([("a", "\u200d", "b")])
    assert result.valid.tolist() == [True, False, True]


def test_subword_counts(tiny_bert):
    counts = open_encoder(str(tiny_bert), device="cpu", precision="float32").loaded.subword_counts([("abc", "d", "\u200d")])
    assert counts[0].tolist() == [3, 1, 0]


def test_layers_are_counted_from_both_ends():
    assert [resolve_layer(layer, 12) for layer in (-1, 12, 0, -13)] == [12, 12, 0, 0]
    with pytest.raises(EncoderError, match="there is no layer 13"):
        resolve_layer(13, 12)


def test_fingerprint_tells_layers_poolings_and_weights_apart(tiny_bert, tiny_xlmr):
    prints = {
        open_encoder(str(path), layer=layer, pooling=pooling, device="cpu", precision="float32").fingerprint
        for path in (tiny_bert, tiny_xlmr)
        for layer in (-1, 1)
        for pooling in ("last", "mean")
    }
    assert len(prints) == 8


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("bert-base-multilingual-cased", "is not on this machine and the model hub cannot be reached"),
        ("/no/such/folder", "There is no encoder folder"),
        ("an impossible name!", "hub"),
    ],
)
def test_encoders_that_cannot_be_had(name, sentence):
    with pytest.raises(EncoderError, match=sentence):
        open_encoder(name, device="cpu", precision="float32")


def test_pickled_weights_are_refused(tiny_bert, tmp_path):
    for path in tiny_bert.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04anything")
    with pytest.raises(EncoderError, match="no .safetensors weights"):
        open_encoder(str(tmp_path), device="cpu", precision="float32")


def test_unknown_devices():
    with pytest.raises(EncoderError, match="Unknown device 'tpu'"):
        open_encoder(device="tpu")


def test_an_inner_layer_follows_the_final_one(tiny_bert):
    sentences = [("abc", "d"), ("efgh",)]
    final, inner, both = (
        open_encoder(str(tiny_bert), precision="float32", **options)
        for options in ({}, {"layer": 1}, {"inner_depth": 0.67, "inner_weight": 0.25})
    )
    assert final.layer_count == 2  # so that 0.67 of the way is layer 1
    found = both.encode(sentences).vectors
    np.testing.assert_array_equal(found[:, :16], final.encode(sentences).vectors)
    np.testing.assert_allclose(found[:, 16:], 0.25 * inner.encode(sentences).vectors, rtol=1e-5, atol=1e-6)
    prints = {one.fingerprint for one in (final, inner, both, open_encoder(str(tiny_bert), precision="float32", inner_depth=0.67))}
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("layer", "depth", "inner"), [(12, 0.67, 8), (24, 0.67, 16), (12, 0.99, 11), (1, 0.67, 0), (12, 0.0, None), (0, 0.5, None)]
)
def test_the_inner_layer_is_a_share_of_the_depth(layer, depth, inner):
    assert inner_layer_of(layer, depth) == inner
