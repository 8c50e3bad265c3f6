"""Files of settings are untrusted input: size, depth and number of keys are bounded, and file names in them are checked."""

from __future__ import annotations

import tracemalloc

import pytest

from lraln_core.errors import ConfigError
from lraln_core.files import settings_file
from lraln_core.runs import config
from lraln_core.runs.config import from_json, line_range
from lraln_core.runs.suite import config as suite_config

GOOD = {"src": {"language": "mk", "corpus": "a"}, "trg": {"language": "en", "corpus": "b"}}


@pytest.mark.parametrize("load", [config.load, suite_config.load])
@pytest.mark.parametrize(
    "text",
    [
        "a." * 100_000 + "b = 1",
        "[a" + ".a" * 50_000 + "]",
        "a = " + "[" * 100_000,
        '"a".' * 40_000 + "b = 1",
        "'a' . " * 30_000 + "b = 1",
        "['a'" + '."a"' * 30_000 + "]",
        "x = {" + "'a'." * 40_000 + "b = 1}",
        "\n".join(f"[{'.'.join(f'k{i}_{j}' for j in range(19))}]" for i in range(5_000)),
        "[[a]]\n" * 160_000,
        "a = [" + "{}," * 300_000 + "]",
        'a = "' + '\\"' * 400_000,
    ],
    ids=["key", "table", "list", "quoted", "spaced", "quoted table", "inline", "many tables", "array of tables", "many values", "unclosed"],
)
def test_depth_is_bounded_and_so_is_memory(tmp_path, load, text):
    (tmp_path / "a.toml").write_text(text)
    tracemalloc.start()
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(tmp_path / "a.toml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("load", [config.load, suite_config.load])
def test_size_is_bounded_and_only_files_are_read(tmp_path, load):
    (tmp_path / "a.toml").write_text("#" * (settings_file.MOST_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load(tmp_path / "a.toml")
    for path in (tmp_path, tmp_path / "absent.toml", tmp_path / "a\0.toml", tmp_path / ("x" * 5000)):
        with pytest.raises(ConfigError, match="Cannot read"):
            load(path)


def test_text_in_strings_and_comments_is_no_key():
    dots = ".".join("a" * 60)
    text = f'"""\n{dots} = 1\n[{dots}]\n"""'
    assert settings_file.parse_toml(f"a = {text}\n# {dots}\nb = '''\n{dots} = '1'\n'''\n'c.d' = 2")["c.d"] == 2
    assert settings_file.parse_toml('a = """x""""\nb = "\\""') == {"a": 'x"', "b": '"'}


def test_a_byte_order_mark_and_the_case_of_the_ending(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfa = 1\n")
    (tmp_path / "a.JSON").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert settings_file.read(tmp_path / "a.toml", "the file") == settings_file.read(tmp_path / "a.JSON", "the file") == {"a": 1}


def test_deep_paths_and_dotted_values_are_no_deep_keys():
    assert settings_file.parse_toml('a = "' + "../" * 100 + 'x"\nb.c = 1.5\n')["b"] == {"c": 1.5}


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_names_that_no_file_can_have(tmp_path, name):
    with pytest.raises(ConfigError, match="src.corpus"):
        settings_file.beside(tmp_path, name, "src.corpus")
    assert settings_file.beside(tmp_path, "../a.txt", "src.corpus") == str(tmp_path.parent / "a.txt")


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
@pytest.mark.parametrize("table", ["src", "encoder", "test"])
def test_texts_that_cannot_be_stored(table, value):
    key = {"src": "column", "encoder": "name", "test": "parallel"}[table]
    with pytest.raises(ConfigError, match=f"{table}.{key} = .*(NUL|surrogate)"):
        from_json(GOOD | {table: GOOD.get(table, {}) | {key: value}})


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**63, float("inf")], ids=["huge", "huge and negative", "large", "infinite"])
def test_numbers_beyond_all_bounds(value):
    with pytest.raises(ConfigError, match="mining.threshold"):
        from_json(GOOD | {"mining": {"threshold": value}})


@pytest.mark.parametrize("text", ["1-" + "9" * 5000, "9" * 5000 + "-", "²-³", "٣-٤", "0-5", "5-1", "-", "1", "1-2-3"])
def test_ranges_of_lines_that_are_none(text):
    with pytest.raises(ConfigError, match="is not a range of lines"):
        line_range(text, "test.lines")
