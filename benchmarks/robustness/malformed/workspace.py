"""What lies in a workspace: files of runs, judgements, checkpoints of interrupted runs, the cache of vectors, lessons."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from safetensors import safe_open

from benchmarks.robustness.malformed.archives import changed_file
from benchmarks.robustness.malformed.damage import HOSTILE, as_lines, change_value, damage
from benchmarks.robustness.malformed.entry_points import EntryPoint, safetensors_draw, safetensors_special, with_header
from benchmarks.robustness.malformed.links import links_entry_point
from lraln_core.files.events import Reporter
from lraln_core.files.projection_files import load_projection
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.lesson import data as lesson_data
from lraln_core.store.database import Database, open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import pairs as queries_pairs
from lraln_core.store.queries import retrieval as queries_retrieval
from lraln_core.store.queries import runs as queries
from lraln_core.store.sync import problems, sync
from tests.app.jobs_by_hand import add_projection
from tests.app.lessons import add_lesson
from tests.store.store_folders import write_sample

FILES = ("summary.json", "status.json", "config.json", "metrics.json", "events.jsonl", "pairs-0000.parquet", "retrieval.parquet",
         "test.parquet")  # fmt: skip


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """All of them; those that need a database share one that is open."""
    workspace = Workspace(root / "good" / "workspace").require_writable()
    run = write_sample(workspace)
    db = open_database(workspace)
    sync(db, workspace)
    for name in FILES:
        yield _run_file(db, run, name, workspace)
    for name in ("judgements.jsonl", "translations.jsonl"):
        yield _lines(db, workspace, name)
    yield EntryPoint(
        "word filter",
        "^(а|б)+[а-ш]{2,5}.*$",
        lambda text, place: _search(db, run.name, text),
        lambda rng: _pattern(rng),
        [*HOSTILE, "(" * 5000, "a{1,1000}{1,1000}", "(?<!a*)b", "\\p{Greek}", "(?P<x>a)(?P=x)", "^" * 9000],
    )
    yield _lesson(root)
    yield _projection(root)
    yield _interrupted(root)
    yield _cache(root)
    yield links_entry_point(root)
    db.close()


def _run_file(db: Database, run: Path, name: str, workspace: Workspace) -> EntryPoint:
    """One file of a finished run is damaged; it is taken in and looked at as the pages do."""
    good = (run / name).read_bytes()

    def take(raw: bytes, place: Path) -> object:
        (run / name).write_bytes(raw)
        try:
            ingest_run(db, run)
            return look(db, run.name)
        finally:
            (run / name).write_bytes(good)

    return EntryPoint(f"run folder, {name}", good, take, lambda rng: changed_file(name, good, rng), share=0.35, roots=(workspace.root,))


def look(db: Database, run_id: str) -> None:
    """What pages ask about a run."""
    queries.list_runs(db)
    record = queries.one_run(db, run_id)
    for read in (
        queries.curves,
        queries.minings,
        queries.metrics,
        queries_retrieval.outcome_counts,
    ):
        read(db, record.id)
    wanted = PairFilter(run_id)
    queries_pairs.page_of_pairs(db, wanted)
    queries_pairs.types_and_facets(db, wanted)
    queries_pairs.similarity_histogram(db, wanted)
    queries_retrieval.page_of_links(db, queries_retrieval.LinkFilter(run_id, queries_retrieval.RetrievalDirection.SRC2TRG))


def _lines(db: Database, workspace: Workspace, name: str) -> EntryPoint:
    """A file of people's work: lines that are none are left out and named, none is lost."""
    fields = {
        "judgements.jsonl": {"run_id": "r", "src_corpus": "c", "src_sentence": 1, "src_word": 2, "src_token": "a", "trg_corpus": "d",
                             "trg_sentence": 1, "trg_word": 1, "trg_token": "b", "annotator": "x", "verdict": "right", "note": "",
                             "time": "2026"},
        "translations.jsonl": {"language": "mk", "sentence": "а б", "translation": "a b", "annotator": "x", "time": "2026"},
    }[name]  # fmt: skip
    good = as_lines([{"id": str(number)} | fields for number in range(3)])

    def take(raw: bytes, place: Path) -> object:
        workspace.judgements.mkdir(exist_ok=True)
        (workspace.judgements / name).write_bytes(raw)
        try:
            sync(db, workspace)
            return problems(db)
        finally:
            (workspace.judgements / name).unlink()

    def draw(rng: random.Random) -> bytes:
        return damage(good, rng) if rng.random() < 0.5 else as_lines([change_value({"id": "1"} | fields, rng), {"id": "2"} | fields])

    return EntryPoint(name, good, take, draw, roots=(workspace.root,))


def _search(db: Database, run_id: str, text: str) -> object:
    for match in Match:
        queries_pairs.count_pairs(db, PairFilter(run_id, src_token=text, match=match))
    return queries.page_of_sentences(db, "c-mk", text, Match.REGEX)


def _pattern(rng: random.Random) -> str:
    parts = ("(", ")", "[", "]", "a", "*", "+", "{9}", "{1,}", "|", "^", "$", "\\", "\\d", "(?i)", "(?=", "(?#", "[:alpha:]",
             "\\x{110000}", "\x00")  # fmt: skip
    return "".join(rng.choice(parts) for _ in range(rng.randint(1, 30)))


def _lesson(root: Path) -> EntryPoint:
    workspace = Workspace(root / "good" / "lesson").require_writable()
    add_lesson(workspace)
    good = lesson_data.file_of("mk-en", workspace).read_bytes()

    def take(raw: bytes, place: Path) -> object:
        (place / "lesson.safetensors").write_bytes(raw)
        return lesson_data.load(place / "lesson.safetensors")

    return EntryPoint("lesson file", good, take, safetensors_draw(good), safetensors_special(good)[:80], 0.8)


def _projection(root: Path) -> EntryPoint:
    workspace = Workspace(root / "good" / "projection").require_writable()
    run = RunFolder(write_sample(workspace))
    options = add_projection(run, [["а", "б"], ["в"]], [["a", "b"], ["c"]], umap=True)
    names = [path.name for path in run.path.glob("projection-*")]

    def take(given: tuple[str, bytes], place: Path) -> object:
        shutil.copytree(run.path, place / "run")
        (place / "run" / given[0]).write_bytes(given[1])
        return load_projection(RunFolder(place / "run"), options)

    def draw(rng: random.Random) -> tuple[str, bytes]:
        name = rng.choice(names)
        return name, changed_file(name, (run.path / name).read_bytes(), rng)

    return EntryPoint("projection", (names[0], (run.path / names[0]).read_bytes()), take, draw, share=0.6)


def _interrupted(root: Path) -> EntryPoint:
    """A run that was stopped, whose checkpoint is damaged before it goes on."""
    from lraln_core.alignment import maps
    from lraln_core.errors import Cancelled
    from lraln_core.records import WordPairs, from_lengths
    from lraln_core.runs.config import CorpusConfig, RunConfig, TrainingConfig
    from lraln_core.runs.loop import AlignmentLoop
    from lraln_core.runs.pair_source import ParallelSource

    rng = np.random.default_rng(0)
    words = [from_lengths(rng.standard_normal((40, 4)).astype(np.float32), [4] * 10, np.ones(40, bool)) for _ in range(2)]
    at = np.arange(10, dtype=np.int32)
    pairs = WordPairs(at, at * 0, at, at * 0, np.ones(10, np.float32), np.ones(10, bool), np.ones(10, bool))
    training = TrainingConfig(steps=12, warmup_steps=2, evaluate_every=4)
    config = RunConfig(src=CorpusConfig("mk", "a"), trg=CorpusConfig("en", "b"), training=training)

    def loop(folder: RunFolder, stop: Callable[[], bool]) -> AlignmentLoop:
        source = ParallelSource(*words, pairs, 1)
        return AlignmentLoop(config, source, (words[0], words[1]), maps.identity(4), folder, Reporter(folder, stop=stop))

    folder = RunFolder(root / "good" / "interrupted")
    folder.path.mkdir()
    calls = iter([False] * 9 + [True] * 100)
    try:
        loop(folder, lambda: next(calls)).run()
    except Cancelled:
        pass
    good = folder.checkpoint.read_bytes()
    with safe_open(folder.checkpoint, framework="numpy") as file:
        note = json.loads(file.metadata()["progress"])

    def take(raw: bytes, place: Path) -> object:
        shutil.copytree(folder.path, place / "run")
        inner = RunFolder(place / "run")
        inner.checkpoint.write_bytes(raw)
        return loop(inner, lambda: False).run()

    def draw(rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            return safetensors_draw(good)(rng)
        size = int.from_bytes(good[:8], "little")
        header = json.loads(good[8 : 8 + size])
        return with_header(header | {"__metadata__": {"progress": json.dumps(change_value(note, rng))}}, good[8 + size :])

    return EntryPoint("checkpoint of an interrupted run", good, take, draw, safetensors_special(good)[:80], 1.5)


def _cache(root: Path) -> EntryPoint:
    """A damaged segment of the cache is encoded again."""
    from lraln_core.encoder.ccwr_cache import CcwrCache
    from tests.conftest import FakeEncoder

    sentences, encoder = [("a", "b"), ("c",), ("d", "e", "f")], FakeEncoder()
    CcwrCache(root / "good" / "ccwr").fetch(sentences, encoder)
    (path,) = (root / "good" / "ccwr").rglob("*.safetensors")
    good = path.read_bytes()
    right = encoder.encode(sentences).vectors.astype(np.float16)

    def take(raw: bytes, place: Path) -> object:
        (place / path.parent.name).mkdir()
        (place / path.parent.name / path.name).write_bytes(raw)
        found = CcwrCache(place).fetch(sentences, encoder)
        if found.vectors.shape != right.shape:
            raise AssertionError(f"vectors of the shape {found.vectors.shape}")
        return found

    return EntryPoint("cache of vectors", good, take, safetensors_draw(good), safetensors_special(good)[:80], 0.8)
