"""The layer sweep: figures worked out on made vectors, the command and its folder, and the layer it recommends."""

import json

import numpy as np
import pytest

from lraln_core.cli.main import main
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import ConfigError, EncoderError, RunError
from lraln_core.evaluation import layers
from lraln_core.evaluation.layers import LayerReading
from lraln_core.records import from_lengths
from lraln_core.runs.jobs import layer_request
from lraln_core.runs.jobs.layer_request import LayerRequest
from lraln_core.runs.jobs.layer_sweep import sweep
from lraln_core.text.corpus import prepare_corpus

WORDS = [f"w{number}" for number in range(40)]


def text(vectors, names):
    """Sentences of four words with these vectors."""
    sentences = [tuple(names[at : at + 4]) for at in range(0, len(names), 4)]
    return sentences, from_lengths(vectors.astype(np.float32), [4] * len(sentences), np.ones(len(names), bool))


def test_a_layer_in_which_translations_are_near_is_better():
    rng = np.random.default_rng(0)
    src = rng.standard_normal((40, 12))
    near, far = src + 0.1 * rng.standard_normal(src.shape), rng.standard_normal(src.shape)
    good, bad = (layers.read(layer, text(src, WORDS), text(trg, WORDS), np.random.default_rng(1)) for layer, trg in ((1, near), (2, far)))
    assert good.mutual == good.mutual_types == good.identical == 1.0 and good.identical_words == 40
    assert bad.mutual < 0.8 and bad.identical < 0.2
    assert good.agreement > bad.agreement and layers.recommend([bad, good]) == 1


@pytest.mark.parametrize(
    ("criteria", "recommended"), [((0.2, 0.5, 0.5, 0.1), 2), ((0.2, 0.5, 0.46, 0.44), 2), ((0.2, 0.5, 0.48, 0.45), 3), ((0.0, 0.0), 1)]
)
def test_the_last_layer_within_ten_percent_of_the_best_is_recommended(criteria, recommended):
    readings = [LayerReading(layer, value, 0, 0, 0, None, 0) for layer, value in enumerate(criteria)]
    assert layers.recommend(readings) == recommended


def test_identical_spelling_needs_some_words():
    vectors = np.random.default_rng(0).standard_normal((40, 12))
    found = layers.read(0, text(vectors, WORDS), text(vectors, [f"v{at}" for at in range(36)] + WORDS[:4]), np.random.default_rng(0))
    assert found.identical is None and found.identical_words == 4


def test_words_without_letters_or_vectors_are_said():
    vectors = np.ones((4, 3))
    with pytest.raises(RunError, match="no word with a letter"):
        layers.read(0, text(np.random.default_rng(0).standard_normal((4, 3)), ["1", "2", "3", "."]), text(vectors, WORDS[:4]), None)
    with pytest.raises(RunError, match="no word with a vector"):
        layers.read(0, text(0 * vectors, WORDS[:4]), text(vectors, WORDS[:4]), None)


@pytest.fixture
def request_of(small_files, workspace, tiny_bert):
    corpora = [
        prepare_corpus(small_files / f"{side}.txt", code, workspace.corpora, tokenized=True)
        for side, code in (("src", "mk"), ("trg", "en"))
    ]
    return LayerRequest(corpora[0].id, corpora[1].id, str(tiny_bert), device="cpu", precision="float32", sentences=30)


def test_a_sweep_measures_every_layer_after_one_pass(request_of, workspace, tiny_bert):
    result = sweep(request_of, workspace)
    assert [row["layer"] for row in result["layers"]] == [0, 1, 2] and result["layer_count"] == 2
    best = max(row["criterion"] for row in result["layers"])
    assert result["recommended"] == max(row["layer"] for row in result["layers"] if row["criterion"] >= 0.9 * best)
    assert (result["src_language"], result["trg_language"], result["sentences"], result["precision"]) == ("mk", "en", [30, 30], "float32")
    folder = layer_request.folder_of(request_of, workspace)
    assert folder.status()["state"] == "finished" and sweep(request_of, workspace) == result == layer_request.read_result(folder)
    cache = CcwrCache(workspace.ccwrs)
    for layer in (0, 1, -1):  # a run with any layer finds its vectors
        encoder = open_encoder(str(tiny_bert), layer=layer, device="cpu", precision="float32")
        assert len(list((workspace.ccwrs / encoder.fingerprint).glob("*.safetensors"))) == 1
    assert cache.sentences_encoded == 0


def test_the_command_and_the_request_file_do_the_same(request_of, workspace, small_files, tiny_bert, capsys):
    texts = ["--src", small_files / "src.txt", "--trg", small_files / "trg.txt", "--src-lang", "mk", "--trg-lang", "en", "--tokenized"]
    options = ["--encoder", tiny_bert, "--device", "cpu", "--precision", "float32", "--sentences", 30, "--quiet"]
    call = lambda *arguments: main(list(map(str, ["--workspace", workspace.root, "layers", *arguments])))
    assert call(*texts, *options) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["encoder"] == str(tiny_bert)
    folder = layer_request.folder_of(request_of, workspace)
    assert call("--request", layer_request.request_file(folder), "--quiet") == 0
    assert json.loads(capsys.readouterr().out) == printed
    assert call(*texts, *options, "--layers", "1,-1") == 0
    assert [row["layer"] for row in json.loads(capsys.readouterr().out)["layers"]] == [1, 2]
    for wrong, said in (
        (["--layers", "one"], "write whole numbers separated by commas"),
        (["--layers", "7"], "there is no layer 7"),
    ):
        assert call(*texts, *options, *wrong) == 2
        assert said in capsys.readouterr().err
    assert call("--src", small_files / "src.txt") == 2 and "Give --trg" in capsys.readouterr().err
    assert call("--request", small_files / "absent.json") == 2


def test_requests_are_checked(request_of, workspace):
    assert layer_request.from_json(request_of.to_json()) == request_of
    for values, said in (
        ({"sentences": 1}, "takes 20 to 5000"),
        ({"src_corpus": "../x"}, "not the id"),
        ({"pooling": "best"}, "not the request"),
    ):
        with pytest.raises(ConfigError, match=said):
            layer_request.from_json(request_of.to_json() | values)
    with pytest.raises(EncoderError, match="there is no layer 5"):
        sweep(layer_request.from_json(request_of.to_json() | {"layers": [5]}), workspace)
    folder = layer_request.folder_of(request_of, workspace)
    folder.path.mkdir(parents=True)
    layer_request.result_file(folder).write_text("{}")
    with pytest.raises(RunError, match="is damaged"):
        layer_request.read_result(folder)
