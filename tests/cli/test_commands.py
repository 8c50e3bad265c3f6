"""The command line as a user types it: one JSON line on stdout, sentences on stderr, exit codes 0, 2 and 130."""

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from lraln_core.cli import doctor
from lraln_core.cli.main import COMMANDS, build_parser
from lraln_core.errors import WorkspaceError, WorkspaceInUseError
from lraln_core.files.workspace import PROJECT, SAMPLE_DATA


@pytest.fixture
def call(workspace):
    def run(*arguments, **options):
        environment = os.environ | {"LRALN_WORKSPACE": str(workspace.root), "HF_HUB_OFFLINE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "lraln_core", *map(str, arguments)],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture
def texts(tmp_path):
    """A few lines of the sample data, enough for the tiny encoder."""
    for name in ("mk", "en"):
        lines = (SAMPLE_DATA / "corpora" / f"{name}.txt").read_text(encoding="utf-8").splitlines()[:60]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for suffix in ("tsv", "pharaoh"):
        lines = (SAMPLE_DATA / "parallel" / f"mk-en.{suffix}").read_text(encoding="utf-8").splitlines()[:12]
        (tmp_path / f"test.{suffix}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


PAIR = ("--src-lang", "mk", "--trg-lang", "en")


def _one_sentence(result):
    assert result.returncode == 2, result.stderr
    assert result.stdout == "" and "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_run_with_a_toml_file(call, texts, tiny_bert):
    (texts / "run.toml").write_text(
        f'system = "linear_unsup"\nseed = 5\n[src]\nlanguage = "mk"\ncorpus = "mk.txt"\n[trg]\nlanguage = "en"\ncorpus = "en.txt"\n'
        f'[test]\nparallel = "test.tsv"\nalignments = "test.pharaoh"\ntokenized = true\n[encoder]\nname = "{tiny_bert}"\n'
    )
    out = texts / "run"
    arguments = ("run", "--config", texts / "run.toml", "--set", "training.steps=40", "--set", "mining.sample_size=50", "--run-dir", out)
    result = call(*arguments)
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    summary = json.loads(line)
    for when in ("before", "after"):
        assert 0 <= summary["retrieval"][when]["mean_accuracy"] <= 1
    assert summary["steps"] == 40 and (out / "maps.safetensors").exists() and "Mining word pairs" in (out / "log.txt").read_text()
    again = call(*arguments)
    assert again.returncode == 0 and json.loads(again.stdout) == summary
    assert "another configuration" in _one_sentence(call(*arguments, "--seed", "6"))

    evaluated = call(
        "evaluate",
        "--parallel",
        texts / "test.tsv",
        "--alignments",
        texts / "test.pharaoh",
        *PAIR,
        "--tokenized",
        "--encoder",
        tiny_bert,
        "--maps",
        out / "maps.safetensors",
        "--seed",
        "5",
    )
    figures = json.loads(evaluated.stdout)
    assert figures["mean_accuracy"] == pytest.approx(summary["retrieval"]["after"]["mean_accuracy"])
    assert {"src2trg_accuracy", "trg2src_accuracy", "mean_accuracy", "pairs"} <= set(figures)
    plain = json.loads(
        call(
            "evaluate",
            "--parallel",
            texts / "test.tsv",
            "--alignments",
            texts / "test.pharaoh",
            *PAIR,
            "--tokenized",
            "--encoder",
            tiny_bert,
        ).stdout
    )
    assert plain["mean_accuracy"] == pytest.approx(summary["retrieval"]["before"]["mean_accuracy"])


def test_mine(call, texts, tiny_xlmr):
    out = texts / "pairs.parquet"
    result = call(
        "mine",
        "--src",
        texts / "mk.txt",
        "--trg",
        texts / "en.txt",
        *PAIR,
        "--method",
        "intersection",
        "--out",
        out,
        "--encoder",
        tiny_xlmr,
    )
    assert result.returncode == 0, result.stderr
    table = pq.read_table(out)
    assert json.loads(result.stdout)["pairs"] == table.num_rows > 0
    assert all(table["forward"].to_pylist()) and all(table["backward"].to_pylist())


def test_align_words_writes_pharaoh(call, tmp_path):
    parallel = SAMPLE_DATA / "parallel" / "mk-en.tsv"
    result = call("align-words", "--parallel", parallel, *PAIR, "--tokenized", "--out", tmp_path / "a.pharaoh")
    assert result.returncode == 0, result.stderr
    lines = (tmp_path / "a.pharaoh").read_text().splitlines()
    gold = (SAMPLE_DATA / "parallel" / "mk-en.pharaoh").read_text().splitlines()
    assert len(lines) == len(gold) == json.loads(result.stdout)["sentence_pairs"]
    found = {(i, link) for i, line in enumerate(lines) for link in line.split()}
    wanted = {(i, link) for i, line in enumerate(gold) for link in line.split()}
    assert len(found & wanted) / len(found) > 0.4  # 148 pairs are little to learn from; chance is below a tenth


def test_align_words_by_vectors_and_aer(call, tmp_path, texts, tiny_bert):
    outs = [tmp_path / "a.pharaoh", tmp_path / "b.naacl"]
    for out, method in zip(outs, ("argmax", "transport"), strict=True):
        vectors = ("--method", method, "--encoder", tiny_bert, "--layer", "1", "--sure", "0.2", "--confidence", tmp_path / f"{method}.tsv")
        result = call("align-words", "--parallel", texts / "test.tsv", *PAIR, "--tokenized", "--out", out, *vectors)
        assert result.returncode == 0, result.stderr
        rows = (tmp_path / f"{method}.tsv").read_text().splitlines()
        assert rows[0].startswith("sentence_pair\t") and len(rows) - 1 == json.loads(result.stdout)["links"] > 0
    scored = call("aer", "--gold", texts / "test.pharaoh", "--predicted", *outs, "--bootstrap-samples", "50")
    assert scored.returncode == 0, scored.stderr
    first, second = json.loads(scored.stdout)["alignments"]
    assert 0 <= first["aer_low"] <= first["aer"] <= first["aer_high"] <= 1
    assert second["aer_difference"]["value"] == pytest.approx(second["aer"] - first["aer"])
    perfect = json.loads(call("aer", "--gold", texts / "test.pharaoh", "--predicted", texts / "test.pharaoh").stdout)
    assert (perfect["precision"], perfect["recall"], perfect["aer"]) == (1, 1, 0)
    (tmp_path / "short.pharaoh").write_text("0-0\n")
    assert "1 sentence pairs" in _one_sentence(call("aer", "--gold", texts / "test.pharaoh", "--predicted", tmp_path / "short.pharaoh"))
    unfit = call("align-words", "--parallel", texts / "test.tsv", *PAIR, "--out", outs[0], "--maps", tmp_path / "short.pharaoh")
    assert "--maps is for methods over vectors" in _one_sentence(unfit)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["run", "--config", "absent.toml"], "Cannot read the configuration"),
        (["run", "--sample", "xx-en"], "invalid choice"),
        (["run"], "required"),
        (["fly"], "invalid choice"),
        (["run", "--sample", "mk-en", "--set", "training.steps=-1"], "training.steps = -1 is below"),
        (["run", "--sample", "mk-en", "--encoder", "no-such/model"], "hub"),
        (["run", "--sample", "mk-en", "--device", "tpu"], "Unknown device 'tpu'"),
        (["run", "--sample", "mk-en", "--seed", "x"], "not a whole number"),
        (["mine", "--src", "a", "--trg", "b", *PAIR, "--out", "x", "--threshold", "2"], "2 is not within the allowed range -1.0 to 1.0"),
        (["mine", "--src", "a", "--trg", "b", *PAIR, "--out", "x", "--mining-k", "0"], "0 is not within the allowed range 1 to 100"),
        (["evaluate", "--parallel", "a", *PAIR, "--csls-k", "many"], "'many' is not a whole number"),
        (["evaluate", "--parallel", "absent.tsv", *PAIR], "absent.tsv"),
        (["evaluate", "--parallel", SAMPLE_DATA / "parallel" / "mk-en.tsv", "--src-lang", "zz", "--trg-lang", "en"], "zz"),
        (["mine", "--src", "absent.txt", "--trg", "absent.txt", *PAIR, "--out", "x.parquet"], "absent.txt"),
        (["align-words", "--parallel", "/", *PAIR, "--out", "x"], "/"),
    ],
)
def test_bad_usage_is_one_sentence(call, arguments, sentence):
    assert sentence in _one_sentence(call(*arguments))


def test_bad_text_is_one_sentence_and_leaves_nothing(call, texts, tiny_bert):
    (texts / "binary.txt").write_bytes(bytes(range(256)) * 10)
    (texts / "latin.txt").write_bytes("Málaga\n".encode("latin-1") * 5)
    for name, part in (("binary.txt", "binary.txt"), ("latin.txt", "line 1")):
        out = texts / "out.parquet"
        message = _one_sentence(call("mine", "--src", texts / name, "--trg", texts / "en.txt", *PAIR, "--out", out, "--encoder", tiny_bert))
        assert part in message and not out.exists()
    (texts / "bad.pharaoh").write_text("0-0 99-1\n" * 12)
    message = _one_sentence(
        call(
            "evaluate",
            "--parallel",
            texts / "test.tsv",
            "--alignments",
            texts / "bad.pharaoh",
            *PAIR,
            "--tokenized",
            "--encoder",
            tiny_bert,
        )
    )
    assert "99" in message and "line 1" in message


def test_interrupt_ends_with_130_and_can_be_continued(workspace, texts, tiny_bert):
    texts_of_run = '[src]\nlanguage = "mk"\ncorpus = "mk.txt"\n[trg]\nlanguage = "en"\ncorpus = "en.txt"\n'
    (texts / "run.toml").write_text(f'system = "linear_unsup"\n{texts_of_run}')
    out = texts / "run"
    command = [
        sys.executable,
        "-m",
        "lraln_core",
        "--workspace",
        str(workspace.root),
        "run",
        "--config",
        str(texts / "run.toml"),
        "--set",
        "training.steps=1000000",
        "--encoder",
        str(tiny_bert),
        "--run-dir",
        str(out),
    ]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.safetensors").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and stdout == "" and "continues it" in stderr and "Traceback" not in stderr
    assert json.loads((out / "status.json").read_text())["state"] == "cancelled"


def test_only_the_command_at_hand_is_imported():
    code = "import sys; from lraln_core.cli.main import build_parser; build_parser(['export']).format_help(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_each_of_its_arguments_means(name):
    actions = build_parser([name])._subparsers._group_actions[0].choices[name]._actions
    assert all(action.help for action in actions)


def test_doctor(call):
    result = call("doctor")
    assert "built-in encoder" in result.stdout and "workspace" in result.stdout
    assert result.returncode == 0, result.stdout
    assert "multilingual-e5-small (MIT License" in result.stdout and "CC0" in result.stdout  # the licences of NOTICE
    assert result.stdout.strip().endswith("Ready.")


def test_doctor_tells_a_database_in_use_from_one_that_cannot_be_used(workspace, monkeypatch):
    def refuse(error):
        def open_database(workspace):
            raise error

        monkeypatch.setattr("lraln_core.store.database.open_database", open_database)
        return doctor._database(workspace)

    assert refuse(WorkspaceInUseError("in use", 77)) == ("database", True, f"{workspace.database}, open in process 77", "")
    for message in ("a database of another program", "permission denied; choose another workspace"):
        assert refuse(WorkspaceError(message))[:3] == ("database", False, message)
