"""Several layers in one pass: in the cache they are what each layer gives when it is encoded alone."""

import numpy as np
import pytest

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.layers import open_layers
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import EncoderError

SENTENCES = [("abc", "d", "efgh"), ("реката", ",", "војска"), ("x",)]
OPTIONS = {"device": "cpu", "precision": "float32"}


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


def test_one_pass_fills_the_cache_of_every_layer(checkpoint, tmp_path):
    cache, layers = CcwrCache(tmp_path), open_layers(checkpoint, **OPTIONS)
    assert layers.layers == tuple(range(open_encoder(checkpoint, **OPTIONS).layer_count + 1))
    layers.fill(cache, SENTENCES)
    assert cache.sentences_encoded == len(SENTENCES)
    for layer in layers.layers:
        alone = open_encoder(checkpoint, layer=layer if layer < layers.layers[-1] else -1, **OPTIONS)
        found = cache.fetch(SENTENCES, alone)  # as a run with this layer does
        assert cache.sentences_encoded == len(SENTENCES)
        np.testing.assert_array_equal(found.vectors, alone.encode(SENTENCES).vectors.astype(np.float16))


def test_only_what_is_missing_is_encoded(checkpoint, tmp_path):
    cache = CcwrCache(tmp_path)
    cache.fetch(SENTENCES[:2], open_encoder(checkpoint, **OPTIONS))
    layers = open_layers(checkpoint, [-1], **OPTIONS)
    layers.fill(cache, SENTENCES)
    assert cache.sentences_encoded == 3
    open_layers(checkpoint, [-1, 0], **OPTIONS).fill(cache, SENTENCES)
    assert cache.sentences_encoded == 6
    assert layers.fetch(cache, layers.layers[0], SENTENCES).valid.all()


def test_layers_that_are_not_there(checkpoint):
    with pytest.raises(EncoderError, match="there is no layer 9"):
        open_layers(checkpoint, [9], **OPTIONS)
    with pytest.raises(EncoderError, match="opened with layers 0 to 1; asked for were .2."):
        open_encoder(checkpoint, layer=1, **OPTIONS).loaded.encode_layers(SENTENCES, [2])
