"""The Python interface: three lines give tables, nothing is written outside the workspace, and importing it stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lraln_core
from lraln_core.errors import ConfigError, CorpusError, RunError

CORPORA, PARALLEL = lraln_core.SAMPLE_DATA / "corpora", lraln_core.SAMPLE_DATA / "parallel"


def first_lines(source: Path, target: Path, count: int) -> Path:
    target.write_text("".join(source.read_text(encoding="utf-8").splitlines(keepends=True)[:count]), encoding="utf-8")
    return target


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, Path]:
    """Sixty sentences of each of two sample corpora."""
    return first_lines(CORPORA / "mk.txt", tmp_path / "mk.txt", 60), first_lines(CORPORA / "en.txt", tmp_path / "en.txt", 60)


@pytest.fixture
def test_set(tmp_path: Path) -> dict[str, object]:
    return {
        "parallel": first_lines(PARALLEL / "mk-en.tsv", tmp_path / "test.tsv", 20),
        "alignments": first_lines(PARALLEL / "mk-en.pharaoh", tmp_path / "test.pharaoh", 20),
        "tokenized": True,
    }


@pytest.fixture
def run(texts, test_set, tiny_bert, workspace) -> lraln_core.RunResult:
    return lraln_core.align(
        *texts,
        src_lang="mk",
        trg_lang="en",
        test=test_set,
        workspace=workspace.root,
        system="linear_unsup",
        encoder={"name": str(tiny_bert)},
        training={"steps": 20, "evaluate_every": 10, "warmup_steps": 5, "held_out": 6},
        name="small <run>",
    )


def test_align_gives_pairs_retrieval_and_maps_as_tables(run, workspace):
    pairs = run.pairs()
    assert {"src_token", "trg_token", "similarity", "forward", "backward", "iterations"} <= set(pairs.columns)
    places = pairs[["src_sentence", "src_word", "trg_sentence", "trg_word"]]
    assert len(pairs) > 0 and not places.duplicated().any()
    assert pairs["iterations"].sum() == len(run.pairs(every_iteration=True)) == run.summary["mined_pairs"]
    assert list(run.retrieval["direction"]) == ["src2trg", "trg2src", "mean"]
    mean = run.retrieval.iloc[2]
    assert mean["before"] == run.summary["retrieval"]["before"]["mean_accuracy"]
    assert mean["after"] == run.summary["retrieval"]["after"]["mean_accuracy"]
    assert mean["before_low"] <= mean["before"] <= mean["before_high"]
    assert run.maps.dimension == 16
    assert run.folder.parent == workspace.runs and run.config.training.steps == 20


def test_pairs_come_with_their_sentences(run):
    pairs = run.pairs(sentences=True)
    for side in ("src", "trg"):
        for token, word, text in zip(pairs[f"{side}_token"], pairs[f"{side}_word"], pairs[f"{side}_text"], strict=True):
            assert text.split(" ")[word] == token


def test_a_run_is_shown_as_escaped_tables(run):
    shown = run._repr_html_()
    assert shown.count("<table") == 2 and "small &lt;run&gt;" in shown and "<run>" not in shown


def test_nothing_is_written_outside_the_workspace(run, workspace, tmp_path):
    outside = {path.name for path in tmp_path.iterdir()} - {workspace.root.name}
    assert outside == {"mk.txt", "en.txt", "test.tsv", "test.pharaoh"}


def test_a_bar_is_shown_on_stderr_unless_it_is_switched_off(texts, tiny_bert, workspace, capsys):
    options = dict(src_lang="mk", encoder=str(tiny_bert), workspace=workspace.root, sample_size=20)
    lraln_core.mine(*texts, **options, progress=False)
    assert capsys.readouterr() == ("", "")
    lraln_core.mine(*texts, **options | {"sample_size": 30})
    out, err = capsys.readouterr()
    assert out == "" and "Encoding mk.txt" in err


def test_a_run_is_opened_by_folder_and_by_name(run, workspace, tmp_path):
    pd.testing.assert_frame_equal(lraln_core.open_run(run.folder).retrieval, run.retrieval)
    by_name = lraln_core.open_run(run.folder.name, workspace=workspace.root)
    pd.testing.assert_frame_equal(by_name.pairs(), run.pairs())
    with pytest.raises(RunError, match="There is no run in"):
        lraln_core.open_run(tmp_path / "nothing", workspace=workspace.root)


def test_mine_searches_all_words_and_gives_mutual_pairs_on_request(texts, tiny_bert, workspace):
    options = dict(src_lang="mk", encoder=str(tiny_bert), workspace=workspace.root, progress=False)
    union = lraln_core.mine(*texts, **options)
    mutual = lraln_core.mine(*texts, **options, method="intersection")
    expected = union[union["forward"] & union["backward"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(mutual, expected, check_like=True)
    assert union.attrs["src_sentences"] == 60 and union.attrs["recall"] == 1.0
    assert (union["similarity"] > 0.2).all()


def test_mine_and_evaluate_take_the_maps_of_a_run(run, texts, test_set, tiny_bert, workspace):
    opened = lraln_core.open_encoder(str(tiny_bert))
    options = dict(src_lang="mk", encoder=opened, workspace=workspace.root, progress=False)
    plain, mapped = lraln_core.mine(*texts, **options), lraln_core.mine(*texts, **options, maps=run)
    assert not np.array_equal(plain["similarity"], mapped["similarity"])
    for when, maps in (("before", None), ("after", run)):
        table = lraln_core.evaluate(**test_set, **options, maps=maps)
        assert list(table["accuracy"]) == pytest.approx(list(run.retrieval[when]))
        assert list(table["low"]) == pytest.approx(list(run.retrieval[f"{when}_low"]))


def test_a_run_without_a_system_takes_the_recommended_preset_and_its_maps_fit_a_name(texts, test_set, tiny_bert, workspace):
    options = dict(src_lang="mk", workspace=workspace.root, progress=False)
    run = lraln_core.align(*texts, test=test_set, encoder={"name": str(tiny_bert)}, **options)
    assert (run.summary["system"], run.maps.dimension) == ("gloss", 32)  # two layers of 16
    table = lraln_core.evaluate(**test_set, **options, encoder=str(tiny_bert), maps=run)
    assert list(table["accuracy"]) == pytest.approx(list(run.retrieval["after"]))


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"training": {"step": 3}}, ConfigError, "training.step"),
        ({"sytem": "base"}, ConfigError, "sytem"),
        ({"preset": "best"}, ConfigError, "recommended"),
        ({"preset": "recommended", "training": {"step": 3}}, ConfigError, "training.step"),
        ({"src_lang": "xx"}, Exception, "xx"),
        ({"system": "linear_sup"}, ConfigError, "train.parallel"),
    ],
)
def test_wrong_options_end_in_a_sentence_that_names_them(texts, workspace, change, error, sentence):
    with pytest.raises(error, match=sentence):
        lraln_core.align(*texts, **{"src_lang": "mk", "workspace": workspace.root} | change)
    assert not workspace.runs.exists()


def test_a_missing_file_ends_in_a_sentence(workspace, tiny_bert, tmp_path):
    with pytest.raises(CorpusError, match="no.txt"):
        lraln_core.mine(tmp_path / "no.txt", tmp_path / "no.txt", src_lang="mk", encoder=str(tiny_bert), workspace=workspace.root)


def test_an_unknown_choice_names_the_choices(texts, workspace):
    with pytest.raises(ConfigError, match="forward_backward"):
        lraln_core.mine(*texts, src_lang="mk", method="both", workspace=workspace.root)


def test_importing_the_package_loads_no_language_model_library():
    code = (
        "import sys, lraln_core; dir(lraln_core); lraln_core.SAMPLE_DATA; "
        "print(sorted({'torch', 'transformers', 'faiss', 'streamlit', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    assert {"align", "mine", "evaluate", "open_encoder", "open_run", "__version__"} <= set(dir(lraln_core))
    for name in lraln_core.__all__:
        assert getattr(lraln_core, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'allign'"):
        lraln_core.allign  # noqa: B018
