"""Untrusted checkpoints: no code is run, nothing is unpickled, and no more memory is taken than the weight files fill."""

from __future__ import annotations

import json
import pickle
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lraln_core.encoder import checkpoint
from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training.language_model import open_language_model
from lraln_core.encoder.unknown_words import UnknownWords, count_unknown
from lraln_core.errors import EncoderError

AUTO_MAP = {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil", "AutoTokenizer": "evil.Evil"}


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def folder(tiny_bert, tmp_path) -> Path:
    """A sound checkpoint with code and pickles beside it that leave a trace."""
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_bert, folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Evil: pass\n")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(tmp_path / "ran")))
    return folder


@pytest.fixture(autouse=True)
def nothing_ran(tmp_path):
    yield
    assert not (tmp_path / "ran").exists()


def change(path: Path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def vectors_of(folder: Path):
    return open_encoder(str(folder), device="cpu", precision="float32").encode([("abc", "река")]).vectors


def refused(folder: Path) -> str:
    """The sentence with which both ways of opening refuse it."""
    said = []
    for opening in (
        lambda: open_encoder(str(folder), device="cpu", precision="float32").encode([("abc",)]),
        lambda: open_language_model(str(folder)),
    ):
        with pytest.raises(EncoderError) as caught:
            opening()
        said.append(str(caught.value))
    assert "\n" not in said[0]
    return said[0]


def test_a_sound_checkpoint_with_strange_files_beside_it_is_opened(folder, tiny_bert):
    ours, theirs = (vectors_of(path) for path in (folder, tiny_bert))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_is_refused(folder, file):
    change(folder / file, auto_map=AUTO_MAP)
    assert "auto_map" in refused(folder)


@pytest.mark.parametrize("kind", ["evil", "gpt2", "deberta-v2", ["bert"], None])
def test_other_types_are_refused_without_a_question(folder, kind, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run code"))
    change(folder / "config.json", model_type=kind, auto_map=AUTO_MAP)
    assert "supported are BERT, RoBERTa, XLM-R, ELECTRA, ModernBERT, EuroBERT" in refused(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"_attn_implementation": "someone/evil"},
        {"use_kernels": True},
        {"_name_or_path": "someone/evil"},
        {"dtype": "os.system"},
        {"transformers_weights": "../ran"},
        {"custom_pipelines": {"x": {"impl": "evil.Evil"}}},
        {"trust_remote_code": True},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_does_not_decide_the_vectors_is_not_read(folder, tiny_bert, values):
    change(folder / "config.json", **values)
    ours, theirs = (vectors_of(path) for path in (folder, tiny_bert))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("target", ["pytorch_model.bin", "../ran", "/etc/passwd", "absent.safetensors", 3])
def test_an_index_names_only_safetensors_of_the_folder(folder, target):
    (folder / "model.safetensors").rename(folder / "x.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": {"a": target}}))
    assert "names files that are missing" in refused(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vocab_size", 9_999_999),
        ("hidden_size", 60_000),
        ("num_hidden_layers", 1_000),
        ("intermediate_size", 1_000_000),
        ("max_position_embeddings", 1_000_000),
    ],
)
def test_sizes_that_the_weights_do_not_fill_are_refused_before_memory_is_taken(folder, name, value):
    change(folder / "config.json", **{name: value})
    tracemalloc.start()
    assert "do not belong together" in refused(folder)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("value", [-1, 0, 2**63, 1.5, "16", None, True])
def test_sizes_that_are_none(folder, value):
    change(folder / "config.json", hidden_size=value)
    assert "hidden_size" in refused(folder)


def test_weights_that_are_lacking_are_not_made_up(folder):
    weights = load_file(folder / "model.safetensors")
    save_file({f"other.{name}": array for name, array in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    assert "lacks weights" in refused(folder)


@pytest.mark.parametrize("raw", [b"", b"\x80\x04N.", b"\xff" * 8 + b"{}", b"\x02" + b"\x00" * 7 + b"{}"])
def test_weights_that_are_no_safetensors(folder, raw):
    (folder / "model.safetensors").write_bytes(raw)
    assert "safetensors" in refused(folder)


@pytest.mark.parametrize(
    ("file", "raw"),
    [
        ("config.json", b"["),
        ("config.json", b"[]"),
        ("config.json", b'{"a":' * 100_000),
        ("config.json", b"\xff\xfe"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b""),
        ("tokenizer_config.json", b"[]"),
    ],
)
def test_damaged_settings(folder, file, raw):
    (folder / file).write_bytes(raw)
    assert file.split(".")[0].split("_")[0] in refused(folder)


def test_a_subword_without_a_row_is_a_sentence(folder):
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    known = json.loads(text)
    known["model"]["vocab"]["abc"] = 99_999
    (folder / "tokenizer.json").write_text(json.dumps(known), encoding="utf-8")
    with pytest.raises(EncoderError, match="no row for a subword"):
        open_encoder(str(folder), device="cpu", precision="float32").encode([("abc",)])


@pytest.mark.parametrize("name", ["tiny_bert", "tiny_xlmr"])
def test_words_in_a_script_that_is_not_known(name, request):
    tokenizer = checkpoint.load_tokenizer(request.getfixturevalue(name))
    found = count_unknown([("река", "漢字", "?"), ("कुत्ता", "abc漢"), ("12", ".")], tokenizer)
    assert found.words == 4 and found.unknown in (2, 3)  # BERT cuts Chinese letters off, and then knows abc
    assert count_unknown([(".", "!")], tokenizer) == UnknownWords(0, 0) and UnknownWords(0, 0).share == 0
