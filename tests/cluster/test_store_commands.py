"""The commands encode and mine on stores."""

import json

import pytest

from lraln_core.cli.main import main
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA


@pytest.fixture
def call(workspace, tiny_bert, monkeypatch, capsys):
    monkeypatch.setenv("LRALN_WORKSPACE", str(workspace.root))

    def run(*arguments):
        code = main([*map(str, arguments)])
        output = capsys.readouterr()
        return code, json.loads(output.out) if code == 0 else output.err

    return run


@pytest.fixture
def texts(tmp_path):
    for language in ("mk", "en"):
        lines = (SAMPLE_DATA / "corpora" / f"{language}.txt").read_text(encoding="utf-8").splitlines()[:30]
        (tmp_path / f"{language}.txt").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_encode_and_mine_stores(call, texts, tiny_bert, workspace):
    encode = ["--encoder", tiny_bert, "--shard-sentences", 10, "--quiet"]
    for language in ("mk", "en"):
        code, made = call(
            "encode", "--corpus", texts / f"{language}.txt", "--lang", language, "--out", texts / f"{language}-store", *encode
        )
        assert code == 0 and made["shards"] == made["encoded_shards"] == 3 and made["usable_words"] > 200
    again = ["encode", "--corpus", texts / "mk.txt", "--lang", "mk", "--out", texts / "mk-store", *encode]
    assert call(*again)[1]["encoded_shards"] == 0
    (texts / "more.txt").write_text("една сосема нова реченица тука .\n", encoding="utf-8")
    assert call(*again[:3], texts / "more.txt", *again[3:])[1]["encoded_shards"] == 1
    code, error = call(*again)
    assert code == 2 and "more.txt" in error
    mine = ["mine", "--src", texts / "mk-store", "--trg", texts / "en-store", "--out", texts / "pairs", "--quiet"]
    code, mined = call(*mine)
    assert code == 0 and mined["pairs"] > 200 and mined["recall"] == 1
    assert call(*mine)[1]["pairs"] == mined["pairs"]
    statuses = [RunFolder(path).status() for path in (workspace.root / "jobs").iterdir()]
    assert {status["state"] for status in statuses} == {"finished", "failed"} and len(statuses) == 3


def test_what_cannot_be_mined_is_one_sentence(call, texts):
    store = ["mine", "--src", texts / "absent", "--trg", texts / "absent", "--out", texts / "out", "--engine", "local"]
    assert "no whole store" in call(*store)[1]
    assert "are mined whole" in call(*store, "--sample-size", "5")[1]
    assert "--src-lang" in call("mine", "--src", texts / "mk.txt", "--trg", texts / "en.txt", "--out", texts / "out.parquet")[1]
