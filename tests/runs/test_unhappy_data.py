"""Data and encoders that cannot work: every run ends with a result that says its doubts, or in one sentence with what to try."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lraln_core.errors import LralnError
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.records import WordVectors
from lraln_core.runs import context, worker
from lraln_core.runs.config import from_json
from tests.conftest import FakeEncoder
from tests.runs.conftest import SRC_WORDS, TRG_WORDS

MINING = ("linear_unsup", "normalized_unsup", "full_unsup")
ADVICE = ("give ", "choose", "take ", "lower", "set ", "check", "use ", "download", "add ")


@pytest.fixture
def attempt(small_config, small_files, workspace) -> Callable[..., tuple[RunFolder, dict[str, Any] | None, str]]:
    """attempt(system, file="text", table={option: value}) -> (folder, summary or None, the sentence or '')."""

    def attempt(system: str = "linear_unsup", *, files: dict[str, str] | None = None, **tables: Any):
        for name, text in (files or {}).items():
            (small_files / name).write_text(text, encoding="utf-8")
        values = small_config.to_json() | {"system": system}
        values["training"] |= {"steps": 40} | ({"steps": 6, "evaluate_every": 3, "warmup_steps": 2} if system.startswith("full") else {})
        for name, change in tables.items():
            values[name] = values[name] | change
        config = from_json(values)
        folder = create(workspace.runs / f"run-{system}", config.to_json())
        try:
            return folder, worker.work(config, folder, workspace), ""
        except LralnError as error:
            assert folder.summary() is None and folder.state() is State.FAILED
            said = str(error)
            assert folder.status()["error"] == said and "\n" not in said and "unexpected" not in said, said
            return folder, None, said

    return attempt


def assert_advice(said: str, *parts: str) -> None:
    """One sentence or two that hold these parts and say what to try."""
    assert all(part in said for part in parts), said
    assert any(word in said.lower() for word in ADVICE), f"no word on what to try: {said}"


def with_weights(folder: Path, original: Path, change: Callable[[str, np.ndarray], np.ndarray]) -> dict[str, str]:
    """A checkpoint whose weights are changed, as the table `encoder` of a configuration."""
    shutil.copytree(original, folder)
    weights = load_file(folder / "model.safetensors")
    with np.errstate(all="ignore"):
        changed = {name: np.ascontiguousarray(change(name, array).astype(array.dtype)) for name, array in weights.items()}
    save_file(changed, folder / "model.safetensors", {"format": "pt"})
    return {"name": str(folder)}


def in_other_script(text: str) -> str:
    """Macedonian letters become Chinese characters, of which the tiny encoder knows none."""
    return "".join(chr(0x4E00 + ord(c)) if "\u0400" <= c <= "\u04ff" or c == "x" else c for c in text)


class Spoiled(FakeEncoder):
    """A fake encoder that spoils the vectors of every nth word."""

    name = "spoiled"

    def __init__(self, every: int, value: float) -> None:
        super().__init__(16)
        self.every, self.value, self.fingerprint = every, value, f"spoiled {every} {value}".replace(" ", "")

    def encode(self, sentences, *, progress=None) -> WordVectors:
        words = super().encode(sentences, progress=progress)
        vectors = words.vectors.copy()
        vectors[:: self.every] = self.value
        return words.replace_vectors(vectors)

    def subword_counts(self, sentences):
        return [np.ones(len(words), np.int64) for words in sentences]


@pytest.fixture
def use_encoder(monkeypatch, tiny_bert) -> Callable[[FakeEncoder], None]:
    """Let runs use this encoder, with the tokenizer of a real one."""
    from lraln_core.encoder.registry import open_encoder

    def use(encoder: FakeEncoder) -> None:
        encoder.tokenizer = open_encoder(str(tiny_bert), device="cpu", precision="float32").tokenizer
        monkeypatch.setattr(context, "encoder_of", lambda *_, **__: encoder)

    return use


@pytest.mark.parametrize("system", ["base", "linear_unsup", "linear_sup", "normalized", "vecmap_id", "full_sup"])
@pytest.mark.parametrize("factor", [np.nan, np.float32(1e38)], ids=["not a number", "infinite"])
def test_a_model_that_gives_no_numbers(attempt, tiny_bert, tmp_path, system, factor):
    encoder = with_weights(tmp_path / "encoder", tiny_bert, lambda _, array: array * factor)
    assert_advice(attempt(system, encoder=encoder)[2], "not finite numbers", "weights may be damaged")


@pytest.mark.parametrize("system", ["base", "linear_unsup", "linear_sup", "normalized", "vecmap_id", "full_unsup"])
@pytest.mark.parametrize(
    "change",
    [lambda _, array: array * 0, lambda name, array: array * 1e6 if "LayerNorm" in name else array],
    ids=["zeros", "too large for 16 bits"],
)
def test_a_model_whose_vectors_are_all_unusable(attempt, tiny_bert, tmp_path, system, change):
    said = attempt(system, encoder=with_weights(tmp_path / "encoder", tiny_bert, change))[2]
    assert_advice(said, "gave no word", "zeros", "numbers too large")


@pytest.mark.parametrize("system", ["base", "linear_unsup", "normalized", "vecmap_id"])
def test_a_model_that_gives_all_words_one_vector(attempt, tiny_bert, tmp_path, system, small_files):
    constant = with_weights(tmp_path / "encoder", tiny_bert, lambda name, array: array * 0 + 1 if "LayerNorm.bias" in name else array * 0)
    many = {f"test.{ending}": (small_files / f"train.{ending}").read_text(encoding="utf-8") for ending in ("tsv", "pharaoh")}
    assert_advice(attempt(system, files=many, encoder=constant)[2], "the same vector")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1e30])
def test_words_without_a_usable_vector_take_no_part_and_are_counted(attempt, use_encoder, value):
    use_encoder(Spoiled(3, value))
    folder, summary, said = attempt()
    assert not said and summary["mined_pairs"] > 0
    assert any("of zeros, NaN or numbers too large for 16 bits" in warning for warning in summary["warnings"])
    for event in folder.events():
        figures = [value for key, value in event.items() if isinstance(value, float)]
        assert np.isfinite(figures).all(), event


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_an_encoder_without_one_usable_vector(attempt, use_encoder, value):
    use_encoder(Spoiled(1, value))
    assert_advice(attempt()[2], "gave no word", "zeros")


@pytest.mark.parametrize("system", MINING)
def test_identical_sentences_count_once(attempt, system):
    said = attempt(system, files={"src.txt": "реката планината војската градот\n" * 90})[2]
    assert_advice(said, "1 and 90 usable sentences", "at least 50", "repeats another counts once")


@pytest.mark.parametrize("system", ["base", *MINING])
@pytest.mark.parametrize("side", ["src", "trg"])
def test_sentences_of_one_word(attempt, system, side):
    words = SRC_WORDS if side == "src" else TRG_WORDS
    said = attempt(system, files={f"{side}.txt": "".join(f"{word}\n" for word in words * 10)})[2]
    assert_advice(said, f"{side}.txt: cannot use any of its 80 lines (80 too short)", "3 to 100 words")


@pytest.mark.parametrize("system", MINING)
@pytest.mark.parametrize("count", [1, 49])
def test_a_corpus_smaller_than_what_is_held_out(attempt, system, count):
    lines = "".join(f"{' '.join(SRC_WORDS[:4])} {'x' * (number + 1)}\n" for number in range(count))
    assert_advice(attempt(system, files={"src.txt": lines})[2], f"{count} and 90 usable sentences", "at least 50")


def test_a_corpus_smaller_than_the_sample_is_taken_whole(attempt):
    _, summary, said = attempt(mining={"sample_size": 1_000_000, "candidates": 1_000_000}, training={"held_out": 1_000_000})
    assert not said and summary["mined_pairs"] > 0 and summary["steps"] == 40


@pytest.mark.parametrize("system", ["linear_unsup", "linear_sup", "full_sup"])
def test_guards_with_nothing_to_look_at(attempt, system):
    assert_advice(attempt(system, training={"held_out": 0})[2], "training.held_out = 0")


@pytest.mark.parametrize("system", ["linear_sup", "full_sup"])
def test_a_training_set_of_one_pair(attempt, system):
    said = attempt(system, files={"train.tsv": "реката\triver\n", "train.pharaoh": "0-0\n"})[2]
    assert_advice(said, "has 1 sentence pairs", "at least 50")


@pytest.mark.parametrize("system", ["base", *MINING])
@pytest.mark.parametrize("text", ["", "\n\n\n", "   \n\t\n"], ids=["no byte", "empty lines", "spaces"])
def test_an_empty_corpus(attempt, system, text):
    said = attempt(system, files={"src.txt": text})[2]
    assert "src.txt is empty" in said if not text else "cannot use any of its" in said
    assert_advice(said, "src.txt")


@pytest.mark.parametrize("system", MINING)
def test_no_pair_above_the_threshold(attempt, system):
    said = attempt(system, mining={"threshold": 1.0})[2]
    assert_advice(said, "no word pair", "lower mining.threshold")


def test_maps_that_collapse(attempt):
    said = attempt("linear_sup", training={"learning_rate": 1.0, "warmup_steps": 0, "steps": 400, "evaluate_every": 25})[2]
    assert_advice(said, "The maps collapsed at step", "fewer training.steps")


def test_maps_that_make_retrieval_worse_say_so(attempt):
    """Each sentence is its own translation, which the encoder alone finds; noise as large as the maps does not."""
    lines = [" ".join(TRG_WORDS[(at + step) % 8] for step in range(5)) for at in range(8)]
    files = {"test.tsv": "".join(f"{line}\t{line}\n" for line in lines)}
    _, summary, said = attempt(files=files, training={"noise": 1.0, "steps": 1, "select_best": False})
    assert not said and summary["retrieval"]["before"]["mean_accuracy"] > 0.9 and summary["retrieval"]["change"]["high"] < 0
    assert any("worse after alignment" in warning and "training.steps" in warning for warning in summary["warnings"])


@pytest.mark.parametrize("name", ["test", "train"])
def test_parallel_text_in_a_script_the_encoder_does_not_know(attempt, small_files, name):
    text = in_other_script((small_files / f"{name}.tsv").read_text(encoding="utf-8"))
    said = attempt("linear_sup", files={f"{name}.tsv": text})[2]
    assert_advice(said, "does not know the script of the source side", "unknown to it as a whole")


@pytest.mark.parametrize("system", ["base", "vecmap_id", *MINING])
def test_a_corpus_in_a_script_the_encoder_does_not_know(attempt, small_files, system):
    text = in_other_script((small_files / "src.txt").read_text(encoding="utf-8"))
    assert_advice(attempt(system, files={"src.txt": text})[2], "does not know the script of src.txt")


def test_some_words_in_a_script_the_encoder_does_not_know(attempt, small_files):
    lines = (small_files / "src.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    mixed = "".join(in_other_script(line) if number % 3 == 0 else line for number, line in enumerate(lines))
    _, summary, said = attempt(files={"src.txt": mixed})
    assert not said and any("unknown to the encoder as a whole" in warning for warning in summary["warnings"])


def test_a_test_of_one_pair_says_that_it_says_little(attempt):
    _, summary, said = attempt("base", files={"test.tsv": "реката е\triver is\n", "test.pharaoh": "0-0\n"})
    assert not said and any("little more than chance" in warning for warning in summary["warnings"])


def test_a_test_without_a_link(attempt):
    assert_advice(attempt("base", files={"test.pharaoh": "\n" * 8})[2], "no aligned word pair")


@pytest.mark.parametrize(("system", "lexicon"), [("vecmap_id", "x\ty\n"), ("vecmap_sup", "xxxx\tyyyy\n")])
def test_vecmap_without_a_seed(attempt, small_files, system, lexicon):
    for name in ("src", "trg"):  # the sentences end with the same dot, and with marks of their own
        text = (small_files / f"{name}.txt").read_text(encoding="utf-8")
        (small_files / f"{name}.txt").write_text(text.replace(" .", "").replace("x", "ж" if name == "src" else "z"), encoding="utf-8")
    (small_files / "lexicon.tsv").write_text(lexicon, encoding="utf-8")
    said = attempt(system, vecmap={"dictionary": str(small_files / "lexicon.tsv")})[2]
    assert_advice(said, "VecMap has nothing to start from")
