"""Shorter numbers: nearly the same CCWRs under another fingerprint, or a refusal where the machine lacks them."""

import numpy as np
import pytest
import torch

from lraln_core.choices import Precision
from lraln_core.encoder import precision as rooms
from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training.full_model import FullModelTrainer
from lraln_core.errors import EncoderError

SENTENCES = [("abc", "d", "efgh"), ("реката", ",", "војска"), ("x",)]


@pytest.fixture
def every_precision(monkeypatch):
    """bfloat16 and int8 run on every processor, only more slowly where it has no instructions for them."""
    monkeypatch.setattr(rooms, "offered", lambda device: list(Precision))


@pytest.mark.usefixtures("every_precision")
@pytest.mark.parametrize("precision, least", [(Precision.BFLOAT16, 0.999), (Precision.INT8, 0.98)])
def test_ccwrs_stay_close(tiny_bert, precision, least):
    exact = open_encoder(str(tiny_bert), device="cpu", precision="float32").encode(SENTENCES)
    short = open_encoder(str(tiny_bert), device="cpu", precision=precision).encode(SENTENCES)
    cosine = (exact.vectors * short.vectors).sum(1) / np.linalg.norm(exact.vectors, axis=1) / np.linalg.norm(short.vectors, axis=1)
    assert cosine.min() > least
    assert (exact.vectors != short.vectors).any()
    assert short.vectors.dtype == np.float32


@pytest.mark.usefixtures("every_precision")
def test_each_precision_has_its_own_cache(tiny_bert):
    named = [precision for precision in Precision if precision is not Precision.AUTO]
    prints = {open_encoder(str(tiny_bert), device="cpu", precision=precision).fingerprint for precision in named}
    assert len(prints) == len(named)
    assert open_encoder(str(tiny_bert), device="cpu", precision="float32").fingerprint in prints


def test_what_the_processor_lacks_is_refused(tiny_bert, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": False, "avx_vnni": True})
    assert rooms.offered("cpu") == [Precision.FLOAT32, Precision.INT8]
    with pytest.raises(EncoderError, match="does not compute in bfloat16; set encoder.precision to float32 or int8"):
        open_encoder(str(tiny_bert), device="cpu", precision="bfloat16")


@pytest.mark.usefixtures("every_precision")
def test_eight_bit_weights_do_not_learn(tiny_bert):
    with pytest.raises(EncoderError, match="8 bits do not learn"):
        FullModelTrainer(open_encoder(str(tiny_bert), device="cpu", precision="int8").loaded)


@pytest.mark.parametrize("offered, expected", [(["float32", "bfloat16", "int8"], "bfloat16"), (["float32", "int8"], "float32")])
def test_auto_is_bfloat16_where_the_processor_has_it(tiny_bert, monkeypatch, offered, expected):
    monkeypatch.setattr(rooms, "offered", lambda device: [Precision(name) for name in offered])
    auto, named = (open_encoder(str(tiny_bert), device="cpu", precision=name) for name in ("auto", expected))
    assert auto.precision is Precision(expected) and auto.fingerprint == named.fingerprint


def test_a_finished_run_may_use_bfloat16_where_it_is_slow(tiny_bert, monkeypatch):
    monkeypatch.setattr(rooms, "offered", lambda device: [Precision.FLOAT32])
    opened = open_encoder(str(tiny_bert), device="cpu", precision="bfloat16", emulated=True)
    assert opened.precision is Precision.BFLOAT16 and opened.encode(SENTENCES).valid.all()


@pytest.mark.parametrize("earlier", ["float32", "bfloat16"])
def test_auto_takes_the_precision_of_earlier_vectors(tiny_bert, monkeypatch, earlier):
    monkeypatch.setattr(rooms, "offered", lambda device: [Precision.FLOAT32, Precision.BFLOAT16])
    before = open_encoder(str(tiny_bert), device="cpu", precision=earlier)
    assert open_encoder(str(tiny_bert), device="cpu", like=before.fingerprint).fingerprint == before.fingerprint
    assert open_encoder(str(tiny_bert), device="cpu", like="of something else").precision is Precision.BFLOAT16
