"""A suite on a tiny encoder: every system, tables with the published figures, the same end after an interruption."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from lraln_core.errors import Cancelled, ConfigError, RunError
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.suite import (
    cells as suite_cells,
)
from lraln_core.runs.suite import (
    config as suite_config,
)
from lraln_core.runs.suite import (
    figures as suite_figures,
)
from lraln_core.runs.suite import (
    job as suite_job,
)
from lraln_core.runs.suite import (
    published,
)
from lraln_core.runs.suite import (
    runner as suite,
)
from lraln_core.runs.suite import (
    tables as suite_tables,
)
from lraln_core.runs.suite.config import StudyConfig, from_values, load, sample_suite
from lraln_core.runs.systems import registry


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
        "full": {"training": {"steps": 4, "warmup_steps": 1, "evaluate_every": 2}, "denoising": {"steps": 4}},
        "ner": {"train": "en.conll"}, "keep_encoders": False,
        "extended": {"systems": ["base", "linear_unsup"], "new_pieces": 20, "steps": 2},
        "studies": {"mining": True, "candidates": [20, 40], "backends": ["exact", "ivf_pq"], "corpus_sizes": [60, 70]},
        "language": [{"code": "mk", "corpus": "src.txt", "english": "trg.txt", "test": "test.tsv", "test_alignments": "test.pharaoh",
                      "train": "train.tsv", "train_alignments": "train.pharaoh", "dictionary": "lexicon.tsv", "ner_test": "mk.conll",
                      "ner_development": "mk.conll", "tokenized": True, "tokenized_parallel": True}],
    }, small_files)  # fmt: skip


def _figures(results, folder):
    return suite_figures.build(results, suite.extension_records(folder))


def test_a_suite_is_resumed_to_the_same_tables(small_suite, workspace, tmp_path):
    whole, _ = suite_job.work(small_suite, tmp_path / "whole", workspace)
    systems = 2 * (len(registry.names()) + 2 + 2 + 4 + 2)  # seeds times systems, extended, Table 5, Table 10, Table 11
    assert len(whole) == systems and not [result.error for result in whole if result.error]
    assert len({result.folder.path for result in whole}) == systems - 2  # forward-backward is linear_unsup itself
    stops = iter([False] * 40 + [True])
    with pytest.raises(Cancelled):
        suite_job.work(small_suite, tmp_path / "stopped", workspace, stop=lambda: next(stops, True))
    assert RunFolder(tmp_path / "stopped").state() is State.CANCELLED
    again, _ = suite_job.work(small_suite, tmp_path / "stopped", workspace)
    one, other = _figures(whole, tmp_path / "whole"), _figures(again, tmp_path / "stopped")
    pd.testing.assert_frame_equal(one, other)
    assert not list((tmp_path / "whole").rglob("model.safetensors"))  # keep_encoders = false
    with pytest.raises(RunError, match="another suite"):
        suite_job.work(sample_suite(), tmp_path / "whole", workspace)
    stored = suite_config.load(tmp_path / "whole" / "suite.json")
    assert stored == small_suite


def test_tables_hold_ours_and_the_published(small_suite, workspace, tmp_path):
    results, _ = suite_job.work(small_suite, tmp_path / "suite", workspace)
    frame = _figures(results, tmp_path / "suite")
    at = lambda table, row: frame[(frame["table"] == table) & (frame["row"] == row)]
    row = at("2", "linear_unsup").iloc[0]
    assert row["published"] == 12.83 and row["seeds"] == 2 and row["low"] <= row["value"] <= row["high"]
    assert set(frame["table"]) == {"2", "3", "5", "9", "10", "11", "5.3", "lexicon", "words", "extension"}
    assert set(frame[frame["table"] == "3"]["measure"]) == {"NER F1, target_dev", "NER F1, averaged"}
    types = frame[(frame["measure"] == "mined types") & (frame["column"] == "low_resource")]
    assert types.iloc[0]["published"] == 8514 and list(types["row"]) == ["mk"]
    assert set(at("10", "40 candidates")["column"]) == {"exact", "ivf_pq"} and len(at("11", "60 sentences")) == 1
    changes = frame[(frame["table"] == "5") & (frame["measure"] == "NER F1 change, target_dev")]
    assert set(changes["row"]) == {"intersection", "forward_backward"}
    base = at("2", "base").iloc[0]
    assert base["difference"] == base["difference_low"] == base["difference_high"] == 0 and base["holds"] is False
    mean = np.mean(
        [
            100 * result.summary["retrieval"]["after"]["mean_accuracy"]
            for result in results
            if result.cell.label == "linear_unsup" and not result.cell.study
        ]
    )
    assert row["value"] == pytest.approx(mean)
    changes = suite_figures.compare(results)
    pair = changes[(changes["system"] == "base") & (changes["other"] == "linear_unsup") & (changes["measure"] == "retrieval")].iloc[0]
    assert pair["difference"] == pytest.approx(row["difference"])
    written = suite_tables.write(frame, changes, tmp_path / "tables")
    text = (tmp_path / "tables" / "table-2-retrieval.md").read_text(encoding="utf-8")
    latex = (tmp_path / "tables" / "table-2-retrieval.tex").read_text(encoding="utf-8")
    assert "\\caption{" in latex and "\\label{tab:table-2-retrieval}" in latex and "\\toprule" in latex
    assert "linear_unsup (paper)" in text and "12.8" in text and all(path.stat().st_size for path in written)


def test_a_difference_is_marked_only_when_it_holds():
    figure = dict(table="2", measure="retrieval", column="mk", low=59.0, high=61.0)
    rows = [suite_figures.Figure(row=name, value=60.0, holds=holds, **figure) for name, holds in (("one", True), ("two", False))]
    shaped = suite_tables.pivot(pd.DataFrame([asdict(row) for row in rows]), "2", "retrieval")
    assert list(shaped["mk"]) == ["60.0* [59.0, 61.0]", "60.0 [59.0, 61.0]"]


def test_a_failing_run_leaves_its_sentence_and_the_others_go_on(small_suite, workspace, tmp_path, small_files):
    (small_files / "lexicon.tsv").write_text("куќа\thouse\n", encoding="utf-8")
    results = suite.run(small_suite, tmp_path / "suite", workspace)
    failed = {result.cell.run_name: result.error for result in results if result.error}
    assert set(failed) == {"mk-vecmap_sup-1", "mk-vecmap_sup-2"} and "nothing to start from" in failed["mk-vecmap_sup-1"]


def test_published_figures_as_printed():
    tables = published.tables()
    assert set(tables) == {2, 3, 5, 7, 8, 9, 10, 11}
    assert tables[2].value("mBERT_full_sup", "kn") == 50.47 and tables[3].value("eBERT_linear_unsup", "ne") == 43.75
    assert tables[3].value("mBERT_vecmap_sup", "ml") is None and tables[5].value("intersection", "af") == -1.45
    assert tables[8].value("mBERT", "fo") == 50.97 and tables[9].value("sw", "low_resource") == 10321


def test_the_sample_suite_covers_every_system(tmp_path):
    cells = [cell for cell in suite_cells.cells(sample_suite(), tmp_path) if not cell.study and not cell.extended]
    assert {(cell.language.code, cell.system) for cell in cells} == {
        (code, system) for code in ("mk", "sw", "ne") for system in registry.names()
    }


def test_unseen_languages_have_their_own_tables(small_suite, workspace, tmp_path):
    language = replace(small_suite.languages[0], unseen=True)
    small = replace(small_suite, languages=(language,), systems=("base",), seeds=(1,), extended=None, studies=StudyConfig())
    frame = _figures(suite.run(small, tmp_path / "suite", workspace), tmp_path / "suite")
    assert set(frame["table"]) == {"7", "8", "words"} and frame["published"].isna().all()


@pytest.mark.parametrize("change, sentence", [
    ({"systems": ["magic"]}, "choose from"), ({"seeds": []}, "seeds"), ({"language": []}, "at least one"),
    ({"language": [{"code": "mk"}]}, r"language\[1\]\.corpus is missing"), ({"language": [{"code": "mk", "paper": "x"}]}, "paper"),
    ({"run": {"src": {"corpus": "x"}}}, "belong in"), ({"colour": 1}, "Unknown option colour"),
    ({"run": {"training": {"steps": -1}}}, "training.steps"), ({"extended": {"preset": "big"}}, "preset"),
    ({"extended": {"systems": ["x"]}}, "extended.systems"), ({"extended": {"steps": True}}, "extended.steps"), ({"studies": 3}, "studies"),
    ({"studies": {"candidates": [0]}}, "candidates"), ({"studies": {"languages": ["sw"]}}, "languages of the suite"),
    ({"studies": {"extended": True}}, "needs a table"), ({"studies": {"backends": ["x"]}}, "backends"),
    ({"keep_encoders": 1}, "keep_encoders"),
 ({"language": [{"code": "mk", "tokenized": 1}]}, "tokenized"),
])  # fmt: skip
def test_bad_suites_are_named(change, sentence, tmp_path):
    good = {"language": [{"code": "mk", "corpus": "a", "english": "b", "test": "c"}]}
    with pytest.raises(ConfigError, match=sentence):
        from_values(good | change, tmp_path)
    with pytest.raises(ConfigError, match="Cannot read the suite"):
        load(tmp_path / "absent.toml")
