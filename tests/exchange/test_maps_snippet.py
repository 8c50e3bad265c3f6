"""The three lines that are shown do what the project does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from lraln_core.alignment import maps
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.encoder.registry import open_encoder
from lraln_core.exchange.maps_snippet import how_to, snippet

WORDS = ("војска", "река", "град")


@pytest.mark.parametrize("layer", [-1, 1])
@pytest.mark.parametrize("kind", ["tiny_bert", "tiny_xlmr"])
@pytest.mark.parametrize("side", ["src", "trg"])
def test_the_snippet_gives_what_the_project_computes(kind, layer, side, request, tmp_path, monkeypatch):
    folder = request.getfixturevalue(kind)
    rng = np.random.default_rng(3)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)
    made = Maps(LanguageMap(draw(16, 16), draw(16)), LanguageMap(draw(16, 16)))  # one with a mean, one without
    maps.save(tmp_path / "maps.safetensors", made, src_language="mk", trg_language="en", encoder="tiny", encoder_fingerprint="x")
    wanted = maps.apply(getattr(made, side), open_encoder(str(folder), layer=layer, precision="float32").encode([WORDS]).vectors)

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    inputs = tokenizer([list(WORDS)], is_split_into_words=True, return_tensors="pt")
    place = {word: at for at, word in enumerate(inputs.word_ids(0)) if word is not None}  # the last piece of each word
    inputs.pop("token_type_ids", None)
    monkeypatch.chdir(tmp_path)
    names = {"model": model, "inputs": inputs}
    text = snippet({"encoder": {"layer": layer}}, side)
    assert len(text.splitlines()) == 3
    with torch.no_grad():
        exec(text, names)
    found = names["vectors"][0, [place[word] for word in range(len(WORDS))]].numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_what_has_to_be_known_is_said():
    said = how_to({"src": {"language": "mk"}, "trg": {"language": "en"}, "encoder": {"name": "xlm-roberta-base", "pooling": "first"}})
    assert all(part in said for part in ("Macedonian", "English", "xlm-roberta-base", "first piece"))
    assert "encoder/" in how_to({}, own_encoder=True)


@pytest.mark.parametrize("layer", [-1, 2])
def test_the_snippet_puts_a_second_layer_behind_the_first(layer, tiny_bert, tmp_path, monkeypatch):
    rng = np.random.default_rng(4)
    made = Maps(LanguageMap(rng.standard_normal((32, 32)).astype(np.float32)), LanguageMap(np.eye(32, dtype=np.float32)))
    maps.save(tmp_path / "maps.safetensors", made, src_language="mk", trg_language="en", encoder="tiny", encoder_fingerprint="x")
    encoder = {"layer": layer, "inner_depth": 0.67, "inner_weight": 0.5}
    wanted = maps.apply(made.src, open_encoder(str(tiny_bert), precision="float32", **encoder).encode([("a",)]).vectors)
    inputs = AutoTokenizer.from_pretrained(tiny_bert)([["a"]], is_split_into_words=True, return_tensors="pt")
    names = {"model": AutoModel.from_pretrained(tiny_bert).eval(), "inputs": inputs}
    monkeypatch.chdir(tmp_path)
    with torch.no_grad():
        exec(snippet({"encoder": encoder}), names)
    np.testing.assert_allclose(names["vectors"][0, 1].numpy(), wanted[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", ["__import__('os')", None, 1.5, True])
def test_a_strange_configuration_makes_no_other_code(layer):
    assert snippet({"encoder": {"layer": layer}}) == snippet({})
    assert snippet({"encoder": {"inner_depth": layer if layer != 1.5 else "1"}}) == snippet({})
