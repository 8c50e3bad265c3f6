"""`extend`: one JSON line, a folder that is an encoder, the same answer when asked again, nothing half-written."""

import argparse
import json

import numpy as np
import pytest

from lraln_core.cli import extend
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import Cancelled, ConfigError, CorpusError, EncoderError, LanguageError
from lraln_core.files.workspace import SAMPLE_DATA


@pytest.fixture
def corpus(tmp_path):
    lines = (SAMPLE_DATA / "corpora" / "ne.txt").read_text(encoding="utf-8").splitlines()[:40]
    path = tmp_path / "ne.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def call(workspace, corpus, tmp_path, capsys):
    def run(encoder, *more, lang="ne", stop=lambda: False, out="out"):
        parser = argparse.ArgumentParser()
        extend.add_arguments(parser)
        arguments = ["--corpus", corpus, "--lang", lang, "--out", tmp_path / out, "--encoder", encoder, "--device", "cpu", *more]
        assert extend.main(parser.parse_args(list(map(str, arguments))), workspace, stop) == 0
        (line,) = capsys.readouterr().out.splitlines()
        return json.loads(line)

    return run


@pytest.mark.parametrize("name", ["tiny_bert", "tiny_xlmr"])
def test_a_new_script_becomes_readable(call, request, name, tmp_path, workspace):
    checkpoint = request.getfixturevalue(name)
    figures = call(checkpoint, "--new-pieces", "300", "--mlm-steps", "12")
    assert figures["unknown_before"] > 0.7 and figures["unknown_after"] < 0.05
    assert figures["new_pieces"] == 300 >= figures["used_pieces"] > 100
    assert figures["english_words_changed"] < 0.05  # the text's own quotation marks and dashes
    assert figures["mlm_steps"] == 12 and figures["losses"][-1]["step"] == 12 and figures["last_loss"] > 0
    assert figures["fertility_before"] >= 1 and figures["fertility_after"] > 1
    english = [("the", "old", "town")]
    new, old = (open_encoder(str(folder), device="cpu", precision="float32") for folder in (tmp_path / "out", checkpoint))
    np.testing.assert_array_equal(new.encode(english).vectors, old.encode(english).vectors)  # only new rows learned
    assert not any((workspace.root / "extensions").iterdir())
    assert call(checkpoint, "--new-pieces", "300", "--mlm-steps", "12") == figures


def test_without_training(call, tiny_bert, tmp_path):
    figures = call(tiny_bert, "--new-pieces", "20", "--mlm-steps", "0", "--init", "random")
    assert (figures["mlm_steps"], figures["last_loss"], figures["losses"]) == (0, None, [])
    with pytest.raises(EncoderError, match="exists already"):
        call(tiny_bert, "--new-pieces", "21", "--mlm-steps", "0")
    assert json.loads((tmp_path / "out" / "extension.json").read_text())["new_pieces"] == 20


def test_a_stopped_extension_leaves_no_folder_and_goes_on(call, tiny_bert, tmp_path, workspace):
    whole = call(tiny_bert, "--new-pieces", "50", "--mlm-steps", "30", out="whole")

    def stop():  # at the first training step after the new pieces are written down
        return any((workspace.root / "extensions").glob("*/pieces.json"))

    with pytest.raises(Cancelled):
        call(tiny_bert, "--new-pieces", "50", "--mlm-steps", "30", stop=stop)
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))
    again = call(tiny_bert, "--new-pieces", "50", "--mlm-steps", "30")
    assert again | {"out": ""} == whole | {"out": ""}
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()


def test_bad_input_is_one_sentence(call, tiny_bert, tmp_path, corpus):
    with pytest.raises(LanguageError, match="zz"):
        call(tiny_bert, lang="zz")
    with pytest.raises(EncoderError, match="There is no encoder folder"):
        call("/no/such/folder")
    with pytest.raises(EncoderError, match="nothing to extend"):
        call(tiny_bert, "--new-pieces", "0")
    with pytest.raises((CorpusError, ConfigError), match="ne.txt"):
        call(tiny_bert, "--column", "nothing")
    assert not (tmp_path / "out").exists()
