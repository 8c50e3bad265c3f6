"""A workspace of the first released layout (database schema 2, commit ebf1e4e) opens with its runs, judgements and archives.

Everything is written here byte by byte as that version wrote it, with none of the project's writers.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.evaluation.judged import Verdict
from lraln_core.exchange.unpack import unpack_run
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.runs import config as run_config
from lraln_core.store.database import SCHEMA_VERSION, open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import precision_of_run, standing
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.ner import read_ner, read_tagged
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.queries.retrieval import LinkFilter, page_of_links
from lraln_core.store.sync import problems, sync

SRC, TRG = "c9e203eb40b3e96c6cc592edefc4ad37", "679e1a252b9fac0a0ffdabf7b007fe7d"
SENTENCES = {SRC: ("mk", [["кучето", "лае", "."], ["реката", "тече"]]), TRG: ("en", [["the", "dog", "barks"], ["a", "river", "flows"]])}
WORDS = pa.list_(pa.string())
NO_TEXT = {"parallel": "", "alignments": "", "tokenized": False, "lines": ""}
CONFIG = {
    "name": "old",
    "system": "linear_unsup",
    "seed": 1,
    "threads": 0,
    "src": {"language": "mk", "corpus": "/gone/mk.txt", "tokenized": False, "column": "", "limit": 0},
    "trg": {"language": "en", "corpus": "/gone/en.txt", "tokenized": False, "column": "", "limit": 0},
    "test": {"parallel": "/gone/mk-en.tsv", "alignments": "/gone/mk-en.pharaoh", "tokenized": True, "lines": ""},
    "development": NO_TEXT,
    "train": NO_TEXT,
    "encoder": {"name": "multilingual-e5-small", "layer": -1, "pooling": "last", "device": "auto", "precision": "float32"},
    "mining": {
        "method": "forward_backward",
        "threshold": 0.2,
        "mining_k": 1,
        "sample_size": 1000,
        "candidates": 0,
        "scoring": "cosine",
        "backend": "exact",
        "letters_only": False,
    },
    "training": {
        "steps": 5000,
        "batch_size": 2,
        "accumulation": 6,
        "learning_rate": 5e-05,
        "warmup_steps": 1000,
        "schedule": "constant",
        "noise": 0.01,
        "evaluate_every": 250,
        "held_out": 200,
        "select_best": True,
        "tolerance": 0.05,
    },
    "normalization": {"centre": True, "remove_top": 0, "whitening": 0.5, "sentences": 5000},
    "vecmap": {
        "dictionary": "",
        "vocabulary": 50000,
        "sentences_per_word": 100,
        "sentences": 20000,
        "orthogonal": False,
        "patience": 50,
        "vocabulary_cutoff": 20000,
    },
    "evaluation": {"csls_k": 10, "scoring": "csls", "lexicon": "", "bootstrap_samples": 1000},
}
ACCURACY = {"src2trg_accuracy": 1.0, "trg2src_accuracy": 0.5, "mean_accuracy": 0.75, "low": 0.5, "high": 1.0, "pairs": 2}
EVENTS = [
    {"time": 0.1, "kind": "stage", "stage": "encoder", "message": "Opening the encoder"},
    {"time": 0.5, "kind": "retrieval", "split": "test", "when": "before", "step": 0} | ACCURACY,
    {"time": 1.0, "kind": "guard", "step": 0, "best": True, "criterion": 0.03, "mutual_pairs": 2, "mutual_csls": 0.07, "src_norm": 1.0}
    | {"trg_norm": 1.0, "src_rank": 380.5, "trg_rank": 381.0},
    {
        "time": 2.0,
        "kind": "mining",
        "iteration": 0,
        "src_words": 5,
        "trg_words": 6,
        "candidates": 2,
        "pairs": 2,
        "forward": 2,
        "backward": 1,
    }
    | {"backward": 1, "mutual": 1, "sentence_pairs": 2, "multi_pair_share": 0.0, "mean_similarity": 0.8, "recall": 1.0, "seconds": 0.5},
    {"time": 3.0, "kind": "training", "step": 250, "iteration": 0, "learning_rate": 1.25e-05, "loss": 11.0},
]
JUDGEMENT = {
    "id": "bf2082260f434ad5871b69564a341df0",
    "run_id": "mk-first",
    "src_corpus": SRC,
    "src_sentence": 0,
    "src_word": 0,
    "src_token": "кучето",
    "trg_corpus": TRG,
    "trg_sentence": 0,
    "trg_word": 1,
    "trg_token": "dog",
    "annotator": "Ben",
    "verdict": "right",
    "note": "n",
    "time": "2026-11-21T16:54:47.359+00:00",
    "sample": "",
}
TAGGER = {"f1": 1.0, "precision": 1.0, "recall": 1.0, "gold": 1, "predicted": 1, "correct": 1}


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def put_table(path: Path, columns: dict[str, tuple[pa.DataType, list]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()}), path, compression="zstd")


def put_corpora(root: Path) -> None:
    for id, (language, sentences) in SENTENCES.items():
        rows = range(len(sentences))
        put_table(
            root / id / "sentences.parquet",
            {
                "position": (pa.int64(), list(rows)),
                "line": (pa.int64(), [row + 1 for row in rows]),
                "text": (pa.string(), [" ".join(words) for words in sentences]),
                "words": (WORDS, sentences),
            },
        )
        put(
            root / id / "report.json",
            {
                "file": f"{language}.txt",
                "language": language,
                "tokenized": False,
                "column": "",
                "tokenizer": "sacremoses 0.2.0",
                "limits": {"min_words": 3, "max_words": 100, "max_chars": 2000, "nfc": True},
                "limit": 0,
                "lines": 2,
                "kept": 2,
                "dropped": {},
                "examples": {},
                "words": sum(map(len, sentences)),
                "types": sum(map(len, sentences)),
                "letters": {"CYRILLIC" if language == "mk" else "LATIN": 20},
            },
        )


def put_run(folder: Path, state: str) -> None:
    """A finished run with its test and NER results, or one that was killed while it trained."""
    put(folder / "config.json", CONFIG)
    put(
        folder / "status.json",
        {
            "state": state,
            "stage": "train" if state == "running" else "write",
            "done": 970,
            "total": 5000,
            "unit": "steps",
            "rate": None,
            "seconds_left": None,
            "message": "",
            "error": None,
            "started": "2026-11-21T16:49:49.231+00:00",
            "updated": "2026-11-21T16:53:28.517+00:00",
            "pid": 32123,
            "versions": {"torch": "2.13.0+cpu"},
            "src_corpus": SRC,
            "trg_corpus": TRG,
        },
    )
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    (folder / "log.txt").write_text("2026-11-21T16:49:49.231+00:00 Opening the encoder\n")
    (folder / "lock").touch()
    put_table(
        folder / "pairs-0000.parquet",
        {
            "iteration": (pa.int32(), [0, 0]),
            "src_sentence": (pa.int64(), [0, 1]),
            "src_word": (pa.int32(), [0, 0]),
            "src_token": (pa.string(), ["кучето", "реката"]),
            "trg_sentence": (pa.int64(), [0, 1]),
            "trg_word": (pa.int32(), [1, 1]),
            "trg_token": (pa.string(), ["dog", "river"]),
            "similarity": (pa.float32(), [0.9, 0.7]),
            "forward": (pa.bool_(), [True, True]),
            "backward": (pa.bool_(), [True, False]),
        },
    )
    if state == "running":
        (folder / "checkpoint.safetensors").write_bytes(b"")
        return
    put(
        folder / "metrics.json",
        [
            {"step": 0, "split": "test", "direction": direction, "name": "retrieval_accuracy", "when": when}
            | {"value": value, "low": value - 0.1, "high": value}
            for when in ("before", "after")
            for direction, value in (("src2trg", 1.0), ("trg2src", 0.5), ("mean", 0.75))
        ],
    )
    put_table(
        folder / "test.parquet",
        {
            "position": (pa.int64(), [0]),
            "src_words": (WORDS, [["кучето", "лае"]]),
            "trg_words": (WORDS, [["dog", "barks"]]),
        },
    )
    links: dict[str, tuple[pa.DataType, list]] = {  # whole numbers of 32 bits, in the order of that version
        name: (pa.int32(), values)
        for name, values in (("src_sentence", [0, 0]), ("src_word", [0, 1]), ("trg_sentence", [0, 0]), ("trg_word", [0, 1]))
    }
    links |= {"src_token": (pa.string(), ["кучето", "лае"]), "trg_token": (pa.string(), ["dog", "barks"])}
    for when in ("before", "after"):
        for direction, answers in (("src2trg", [0, 1]), ("trg2src", [0, 0])):
            links[f"hit_{when}_{direction}"] = (pa.bool_(), [answer == at for at, answer in enumerate(answers)])
            links[f"answer_{when}_{direction}_sentence"] = (pa.int32(), [0, 0])
            links[f"answer_{when}_{direction}_word"] = (pa.int32(), answers)
    put_table(folder / "retrieval.parquet", links)
    scores = TAGGER | {"low": 0.9, "high": 1.0, "by_type": {"PER": TAGGER}, "confusion": {"names": ["PER"], "counts": [[1]]}}
    tagged = {"split": (pa.string(), ["test"]), "protocol": (pa.string(), ["averaged"]), "position": (pa.int64(), [0])}
    for suffix in ("", "-base"):
        put(folder / f"ner{suffix}.json", {"averaged": scores} | ({} if suffix else {"task": {"seed": 1}, "differences": {}}))
        tags = {"words": (WORDS, [["Ana"]]), "gold": (WORDS, [["B-PER"]]), "predicted": (WORDS, [["O" if suffix else "B-PER"]])}
        put_table(folder / f"predictions{suffix}.parquet", tagged | tags)
    put(
        folder / "summary.json",
        {
            "id": folder.name,
            "name": "old",
            "system": "linear_unsup",
            "seed": 1,
            "src_language": "mk",
            "trg_language": "en",
            "src_corpus": SRC,
            "trg_corpus": TRG,
            "encoder": "multilingual-e5-small",
            "own_encoder": False,
            "iterations": 1,
            "mined_pairs": 2,
            "steps": 5000,
            "best_step": 1750,
            "scoring": "csls",
            "seconds": {"start": 0.5, "train": 2.0},
            "sentences_encoded": 4,
            "retrieval": {"before": ACCURACY, "after": ACCURACY, "change": {"value": 0.0, "low": 0.0, "high": 0.0}},
            "development": None,
            "lost_words": {},
            "warnings": [],
            "run_dir": str(folder),
        },
    )


def put_database(path: Path) -> None:
    """A file of schema 2 that knows one judgement that the judgements file has lost, and a tagged sentence."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(Path(__file__).with_name("schema_2.sql").read_text(encoding="utf-8"))
        connection.execute("INSERT INTO meta VALUES (2)")
        only_here = JUDGEMENT | {"id": "1", "annotator": "Ana", "verdict": "similar"}
        names = ", ".join(only_here)
        connection.execute(f"INSERT INTO judgements ({names}) VALUES ({', '.join('$' + name for name in only_here)})", only_here)
        connection.execute("INSERT INTO predictions VALUES (1, 'test', 'averaged', 0, ['Ana'], ['B-PER'], ['O'])")


def old_archive(place: Path) -> io.BytesIO:
    """The archive of a run called mk-sent, format version 1."""
    put_run(place / "run-files", "finished")
    put_corpora(place / "corpora")
    config = CONFIG | {side: CONFIG[side] | {"corpus": f"{language}.txt"} for side, language in (("src", "mk"), ("trg", "en"))}
    put(place / "run-files" / "config.json", config)
    left_out = ("log.txt", "lock")
    files = {f"run/{path.name}": path.read_bytes() for path in (place / "run-files").iterdir() if path.name not in left_out}
    files |= {path.relative_to(place).as_posix(): path.read_bytes() for path in (place / "corpora").rglob("*.*")}
    entries = [{"path": name, "size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()} for name, raw in files.items()]
    manifest = {"format": "lraln-run", "version": 1, "run": "mk-sent", "files": entries}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in ({"manifest.json": json.dumps(manifest).encode()} | files).items():
            archive.writestr(name, raw)
    out.seek(0)
    return out


@pytest.fixture
def old(tmp_path) -> Workspace:
    root = tmp_path / "old"
    put_corpora(root / "corpora")
    put_run(root / "runs" / "mk-first", "finished")
    put_run(root / "runs" / "mk-killed", "running")
    (root / "judgements").mkdir()
    (root / "judgements" / "judgements.jsonl").write_text(json.dumps(JUDGEMENT) + "\n")
    put_database(root / "lraln.duckdb")
    return Workspace(root)


def test_it_opens_with_its_runs_pairs_and_tests(old):
    db = open_database(old)
    sync(db)
    assert db.rows("SELECT schema_version FROM meta") == [(SCHEMA_VERSION,)] and problems(db).empty
    assert not db.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'predictions'")
    runs = queries.list_runs(db).set_index("id")
    assert runs.loc["mk-first", ["state", "mined_pairs", "accuracy_after"]].tolist() == ["finished", 2, 0.75]
    assert runs.loc["mk-killed", ["state", "src_corpus", "trg_corpus"]].tolist() == ["interrupted", SRC, TRG]
    for run in ("mk-first", "mk-killed"):
        first, second = page_of_pairs(db, PairFilter(run))
        assert (first.link.src_token, first.src_words, second.trg_words) == ("кучето", ("кучето", "лае", "."), ("a", "river", "flows"))
        assert len(queries.curves(db, run)) == 8 and len(queries.minings(db, run)) == 4
    found = page_of_links(db, LinkFilter("mk-first", "trg2src"))
    assert [(link.query.token, link.after.token, link.hit_after) for link in found] == [("dog", "кучето", True), ("barks", "кучето", False)]
    db.close()


def test_its_judgements_count_and_can_be_changed(old):
    db = open_database(old)
    sync(db)
    assert [(one.annotator, one.verdict) for one in standing(db, "mk-first")[0]] == [("Ana", Verdict.SIMILAR), ("Ben", Verdict.RIGHT)]
    assert precision_of_run(db, PairFilter("mk-killed"), "Ben").overall.counts == {Verdict.RIGHT: 1}  # the same place in the corpora
    judge(db, "mk-first", 1, "wrong", annotator="Ben")
    assert precision_of_run(db, PairFilter("mk-first"), "Ben").overall.strict.value == 0.5
    db.close()


def test_its_run_folders_are_read(old):
    run, killed = (RunFolder(old.runs / name) for name in ("mk-first", "mk-killed"))
    assert (run.state(), killed.state()) == (State.FINISHED, State.INTERRUPTED)
    config = run_config.from_json(json.loads(killed.config.read_text(encoding="utf-8")))
    assert (config.src.corpus, config.training.steps, config.seed) == ("/gone/mk.txt", 5000, 1)
    test = read_ner(run)
    assert test is not None and test.outcomes["averaged"].after.f1 == 1.0
    (row,) = read_tagged(run, "averaged", with_base=True)
    assert (row.words, row.after, row.before) == (("Ana",), ("B-PER",), ("O",))


def test_an_archive_of_that_version_is_imported(old, tmp_path):
    imported = unpack_run(old_archive(tmp_path / "made"), old)
    assert (imported.run_id, imported.is_new, imported.corpora) == ("mk-sent", True, ())
    empty = Workspace(tmp_path / "empty")
    assert set(unpack_run(old_archive(tmp_path / "again"), empty).corpora) == {SRC, TRG}
    for workspace in (old, empty):
        db = open_database(workspace)
        sync(db)
        assert problems(db).empty and queries.one_run(db, "mk-sent").mined_pairs == 2
        assert page_of_pairs(db, PairFilter("mk-sent"))[0].src_words == ("кучето", "лае", ".")
        db.close()
