"""Arguments, signals and outputs that go wrong: one sentence and an exit code, before any work."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lraln_core.cli import arguments as checks
from lraln_core.cli import main as main_module
from lraln_core.cli.main import build_parser, main
from lraln_core.encoder.ccwr_cache import limit_from_environment
from lraln_core.errors import ConfigError, LralnError
from lraln_core.files.workspace import PROJECT, SAMPLE_DATA

MINE = ["mine", "--src-lang", "mk", "--trg-lang", "en"]
TEXT = str(SAMPLE_DATA / "corpora" / "mk.txt")
EVALUATE = ["evaluate", "--src-lang", "mk", "--trg-lang", "en", "--parallel", TEXT]


@pytest.mark.parametrize(
    "arguments",
    [
        [*EVALUATE, "--threads", "2147483647"],
        [*EVALUATE, "--bootstrap-samples", "2000000000"],
        [*EVALUATE, "--csls-k", "0"],
        [*EVALUATE, "--layer", "9999999999999999999999"],
        [*EVALUATE, "--seed", "-1"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", "x", "--mining-k", "2147483647"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", "x", "--threshold", "nan"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", "x", "--threshold", "inf"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", "x", "--threshold", "2"],
        ["ner", "--train", TEXT, "--test", TEXT, "--lang", "mk", "--bootstrap-samples", "-1"],
        ["export", "--run", "x", "--out", "x", "--min-similarity", "nan"],
        ["extend", "--corpus", TEXT, "--lang", "mk", "--out", "x", "--threads", "99999"],
    ],
    ids=lambda arguments: " ".join(arguments[-2:]),
)
def test_numbers_have_the_bounds_of_the_configuration(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(arguments)
    assert ended.value.code == 2
    assert "is not " in capsys.readouterr().err


def _options(*arguments):
    return build_parser().parse_args([*map(str, arguments)])


def test_outputs_and_names_are_checked_before_the_work(tmp_path, workspace):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for arguments in (
        ["run", "--sample", "mk-en", "--run-dir", tmp_path / "\udce9"],
        ["run", "--sample", "mk-en", "--run-dir", tmp_path / ("x" * 300)],
        ["run", "--sample", "mk-en", "--run-dir", tmp_path / "file"],
        ["run", "--sample", "mk-en", "--run-dir", tmp_path / "loop" / "a"],
        ["run", "--config", tmp_path / "a\0b"],
        ["run", "--sample", "mk-en", "--run-dir", "-"],
        ["suite", "--sample", "--out", tmp_path / "file"],
        ["suite", "--sample", "--out", "/dev/stdout"],
        ["fetch", "flores", "mk", "--out", tmp_path / "file"],
        ["fetch", "flores", "caf\udce9", "--out", tmp_path / "new"],
        ["encode", "--corpus", TEXT, "--lang", "mk", "--out", tmp_path / "file"],
        ["encode", "--corpus", TEXT, tmp_path / ("x" * 300), "--lang", "mk", "--out", tmp_path / "store"],
        ["corpus", TEXT, "--out", tmp_path / "pipe"],
        [*MINE, "--src", tmp_path / "\udce9", "--trg", TEXT, "--out", tmp_path / "out"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", tmp_path / "pipe"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", tmp_path / "file" / "out"],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", tmp_path],
        [*MINE, "--src", TEXT, "--trg", TEXT, "--out", os.devnull],
    ):
        with pytest.raises(LralnError):
            checks.check_paths(_options(*arguments), workspace)
    checks.check_paths(_options(*MINE, "--src", TEXT, "--trg", TEXT, "--out", tmp_path / "new" / "out"), workspace)
    checks.check_paths(_options(*MINE, "--src", TEXT, "--trg", TEXT, "--out", "-"), workspace)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["\udce9", "x" * 300, "loop/w", "file/w"])
def test_a_workspace_that_cannot_be_is_a_sentence(monkeypatch, tmp_path, capsys, name):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for named in (["--workspace", str(tmp_path / name)], []):
        monkeypatch.setenv("LRALN_WORKSPACE", str(tmp_path / name if not named else tmp_path))
        assert main([*named, "export", "--run", "x", "--out", str(tmp_path / "out")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/bin/sh"), reason="the system has no sh")
def test_closed_standard_streams_take_nothing(tmp_path):
    text = tmp_path / "links"
    text.write_text("0-0 1-1\n")
    arguments = ["aer", "--gold", str(text), "--predicted", str(text)]
    for closed in (">&-", "<&- >&- 2>&-"):
        command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "lraln_core", *arguments]
        assert subprocess.run(command, cwd=PROJECT, timeout=400).returncode == 0
    command[2], command[-len(arguments) :] = 'exec "$@" >&-', ["report", "--run", "x", "--out", "-"]
    done = subprocess.run(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True, timeout=400)
    assert done.returncode == 2 and "standard output is closed" in done.stderr


@pytest.mark.parametrize("text", ["abc", "nan", "-1", "1e400"])
def test_a_cache_limit_that_is_no_number_is_a_sentence(monkeypatch, text):
    monkeypatch.setenv("LRALN_CCWR_CACHE_GB", text)
    with pytest.raises(ConfigError, match="LRALN_CCWR_CACHE_GB"):
        limit_from_environment()


def _replace_doctor(monkeypatch, call):
    monkeypatch.setattr("lraln_core.cli.doctor.main", call)


def test_anything_unexpected_is_one_sentence_with_its_log(monkeypatch, workspace, capsys):
    def fail(*_):
        raise ZeroDivisionError("nobody\nthought of it")

    _replace_doctor(monkeypatch, fail)
    monkeypatch.setattr(main_module, "_drop_output", lambda: None)
    assert main(["--workspace", str(workspace.root), "doctor"]) == 70
    said = capsys.readouterr().err
    log = workspace.root / "faults.log"
    assert len(said.splitlines()) == 1 and str(log) in said and "Traceback" not in said
    assert "Traceback" in log.read_text() and "ZeroDivisionError" in log.read_text()


def test_the_file_of_a_command_goes_to_the_standard_output(tmp_path):
    (tmp_path / "text.tsv").write_text("кот спие\tthe cat sleeps\nкотот јаде\tthe cat eats\n", encoding="utf-8")
    arguments = ["align-words", "--parallel", str(tmp_path / "text.tsv"), "--src-lang", "mk", "--trg-lang", "en", "--out"]
    to_file = _lraln([*arguments, str(tmp_path / "out.pharaoh")])
    assert to_file.returncode == 0, to_file.stderr
    for name in ("-", "/dev/stdout"):
        done = _lraln([*arguments, name])
        assert done.returncode == 0, done.stderr
        assert done.stdout == (tmp_path / "out.pharaoh").read_text() and '"links"' in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_full_standard_output_is_a_sentence():
    with open("/dev/full", "w") as full:
        done = _lraln(["doctor"], stdout=full)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "standard output" in done.stderr


@pytest.mark.parametrize("wait", [0.15, 0.6, 1.5])
def test_interrupting_while_libraries_load_ends_with_130(wait):
    process = subprocess.Popen([sys.executable, "-m", "lraln_core", "doctor"], cwd=PROJECT, stdout=-1, stderr=-1, text=True)
    while process.poll() is None and not _handles_interrupts(process.pid):  # until the program itself runs
        time.sleep(0.01)
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=240)
    assert process.returncode in (0, 130) and "Traceback" not in said
    assert wait > 1 or process.returncode == 130


def _handles_interrupts(pid):
    """Whether the process has replaced Python's own handler of SIGINT; seen by the one of SIGTERM, which Python leaves alone."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        caught = next((int(line.split()[1], 16) for line in status if line.startswith("SigCgt")), 0)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def _lraln(arguments, stdout=subprocess.PIPE):
    command = [sys.executable, "-m", "lraln_core", *arguments]
    return subprocess.run(command, cwd=PROJECT, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=400)
