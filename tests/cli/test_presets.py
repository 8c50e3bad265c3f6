"""`run --preset`: which values lie under a file and under a sample."""

from __future__ import annotations

import json

import pytest

from lraln_core.cli import run as command
from lraln_core.cli.main import main
from lraln_core.files.workspace import Workspace


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys):
    """The configuration that a command line would run."""

    def ask(*arguments):
        seen = []
        monkeypatch.setattr(command.worker, "work", lambda config, folder, workspace, **_: seen.append(config) or {})
        code = main(["--workspace", str(Workspace(tmp_path / "w").root), "run", *arguments, "--quiet"])
        return seen[0] if code == 0 else capsys.readouterr().err

    return ask


def test_the_samples_take_the_recommended_preset_unless_a_system_is_named(asked):
    assert asked("--sample", "mk-en").system == "gloss"
    assert asked("--sample", "mk-en", "--preset", "paper").system == "linear_unsup"
    named = asked("--sample", "mk-en", "--set", "system=base")
    assert (named.system, named.encoder.pooling) == ("base", "last")
    bar = asked("--sample", "mk-en", "--preset", "recommended", "--set", "system=normalized")
    assert (bar.system, bar.encoder.pooling) == ("normalized", "mean")
    assert "--sample takes a preset: paper, recommended." in asked("--sample", "mk-en", "--preset", "none")


def test_a_file_takes_it_too_unless_it_or_the_command_line_names_a_system(asked, tmp_path):
    path = tmp_path / "c.json"
    for name in "ab":
        (tmp_path / name).write_text("x y\n")
    path.write_text(json.dumps({"src": {"language": "mk", "corpus": "a"}, "trg": {"corpus": "b"}, "mining": {"mining_k": 3}}))
    found = asked("--config", str(path))
    assert (found.system, found.mining.mining_k, found.mining.scoring) == ("gloss", 3, "csls")
    assert asked("--config", str(path), "--preset", "none").system == "linear_unsup"
    named = asked("--config", str(path), "--set", "system=normalized")
    assert (named.system, named.encoder.pooling) == ("normalized", "last")
