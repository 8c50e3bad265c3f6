"""A suite on a tiny encoder: every system, tables with the published figures, the same end after an interruption."""

import pandas as pd
import pytest

from lraln_core.errors import Cancelled, ConfigError, RunError
from lraln_core.runs import published, suite, suite_tables
from lraln_core.runs.config import System
from lraln_core.runs.suite_config import from_values, load, sample_suite


@pytest.fixture
def small_suite(small_files, tiny_bert):
    (small_files / "lexicon.tsv").write_text("реката\triver\nпланината\tmountain\nлебот\tbread\n", encoding="utf-8")
    ner = "реката B-LOC\nградот O\n\nучителот B-PER\nзимата O\nвојската B-ORG\n\n" * 6
    english = "river B-LOC\ntown O\n\nteacher B-PER\nwinter O\narmy B-ORG\n\n" * 6
    (small_files / "mk.conll").write_text(ner, encoding="utf-8")
    (small_files / "en.conll").write_text(english, encoding="utf-8")
    return from_values({
        "name": "tiny", "seeds": [1, 2],
        "run": {"encoder": {"name": str(tiny_bert), "device": "cpu"}, "threads": 1, "mining": {"sample_size": 40},
                "training": {"steps": 30, "warmup_steps": 5, "evaluate_every": 15}, "evaluation": {"bootstrap_samples": 20}},
        "full": {"training": {"steps": 4, "warmup_steps": 1, "evaluate_every": 2}},
        "ner": {"train": "en.conll"},
        "language": [{"code": "mk", "corpus": "src.txt", "english": "trg.txt", "test": "test.tsv", "test_alignments": "test.pharaoh",
                      "train": "train.tsv", "train_alignments": "train.pharaoh", "dictionary": "lexicon.tsv", "ner_test": "mk.conll",
                      "ner_development": "mk.conll", "tokenized": True, "tokenized_parallel": True}],
    }, small_files)  # fmt: skip


def _quiet(text):
    pass


def test_a_suite_is_resumed_to_the_same_tables(small_suite, workspace, tmp_path):
    whole = suite.run(small_suite, tmp_path / "whole", workspace, say=_quiet)
    assert len(whole) == 2 * len(System) and not [result.error for result in whole if result.error]
    said = []

    def interrupt(text):
        said.append(text)
        if len(said) == 4:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        suite.run(small_suite, tmp_path / "stopped", workspace, say=interrupt)
    again = suite.run(small_suite, tmp_path / "stopped", workspace, say=_quiet)
    pd.testing.assert_frame_equal(suite_tables.build(whole), suite_tables.build(again))
    with pytest.raises(RunError, match="another suite"):
        suite.run(sample_suite(), tmp_path / "whole", workspace, say=_quiet)


def test_tables_hold_ours_and_the_published(small_suite, workspace, tmp_path):
    frame = suite_tables.build(suite.run(small_suite, tmp_path / "suite", workspace, say=_quiet))
    row = frame[(frame["table"] == 2) & (frame["system"] == "linear_unsup")].iloc[0]
    assert row["published"] == 12.83 and row["seeds"] == 2 and row["low"] <= row["value"] <= row["high"]
    assert set(frame["table"]) == {2, 3, 9}
    assert set(frame[frame["table"] == 3]["measure"]) == {"NER F1, target_dev", "NER F1, averaged"}
    types = frame[(frame["table"] == 9) & (frame["measure"] == "mined types, low_resource")]
    assert types[types["system"] == "linear_unsup"].iloc[0]["published"] == 8514
    written = suite_tables.write(frame, tmp_path / "tables")
    text = (tmp_path / "tables" / "table-2-retrieval.md").read_text(encoding="utf-8")
    assert "linear_unsup (paper, mBERT)" in text and "12.8" in text and len(written) == 2 + 2 * 5


def test_a_failing_run_leaves_its_sentence_and_the_others_go_on(small_suite, workspace, tmp_path, small_files):
    (small_files / "lexicon.tsv").write_text("куќа\thouse\n", encoding="utf-8")
    results = suite.run(small_suite, tmp_path / "suite", workspace, say=_quiet)
    failed = {result.cell.name: result.error for result in results if result.error}
    assert set(failed) == {"mk-vecmap_sup-1", "mk-vecmap_sup-2"} and "seed dictionary" in failed["mk-vecmap_sup-1"]


def test_published_figures_as_printed():
    tables = published.tables()
    assert set(tables) == {2, 3, 5, 7, 8, 9, 10, 11}
    assert tables[2].value("mBERT_full_sup", "kn") == 50.47 and tables[3].value("eBERT_linear_unsup", "ne") == 43.75
    assert tables[3].value("mBERT_vecmap_sup", "ml") is None and tables[5].value("intersection", "af") == -1.45
    assert tables[8].value("mBERT", "fo") == 50.97 and tables[9].value("sw", "low_resource") == 10321


def test_the_sample_suite_covers_every_system():
    cells = list(suite.cells(sample_suite()))
    assert {(cell.language.code, cell.system) for cell in cells} == {(code, system) for code in ("mk", "sw", "ne") for system in System}


@pytest.mark.parametrize("change, sentence", [
    ({"systems": ["magic"]}, "choose from"), ({"seeds": []}, "seeds"), ({"language": []}, "at least one"),
    ({"language": [{"code": "mk"}]}, "needs the file corpus"), ({"language": [{"code": "mk", "paper": "x"}]}, "paper"),
    ({"run": {"src": {"corpus": "x"}}}, "belong into"), ({"colour": 1}, "Unknown suite option"),
    ({"run": {"training": {"steps": -1}}}, "training.steps"), ({"language": [{"code": "mk", "tokenized": 1}]}, "tokenized"),
])  # fmt: skip
def test_bad_suites_are_named(change, sentence, tmp_path):
    good = {"language": [{"code": "mk", "corpus": "a", "english": "b", "test": "c"}]}
    with pytest.raises(ConfigError, match=sentence):
        from_values(good | change, tmp_path)
    with pytest.raises(ConfigError, match="Cannot read the suite"):
        load(tmp_path / "absent.toml")
