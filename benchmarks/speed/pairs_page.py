"""The page Pairs with a million mined pairs: seconds of taking the run in, of the first paint, of a filter change and of a page
change, and the peak memory of the process that shows it.

    python -m benchmarks.speed.pairs_page [pairs] [--keep FOLDER]

The corpora and pairs are drawn at random with Zipf's law, written as a run leaves them, and taken in by the normal ingest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import REPOSITORY, RESULTS

TYPES, SENTENCES, LENGTH, ITERATIONS = 40_000, 120_000, 14, 5
TARGETS = {"first paint": 1.0, "filter": 0.3, "page": 0.3, "order": 0.3, "judge": 0.3}
SYLLABLES = {"mk": "ва ко ре ма ти на су ло жи че ѓа ќу".split(), "en": "ba co re ma ti na su lo she wi gra tho".split()}


def words(language: str, rng: np.random.Generator) -> np.ndarray:
    """Different made-up words, the most frequent first."""
    parts = SYLLABLES[language]
    found: dict[str, None] = {}
    while len(found) < TYPES:
        found.setdefault("".join(rng.choice(parts, int(rng.integers(1, 6)))), None)
    return np.array(list(found), dtype=object)


def write_workspace(root: Path, pairs: int) -> None:
    """Two corpora and one finished run of so many pairs in the workspace."""
    from lraln_core.files.atomic import write_json
    from lraln_core.files.run_folder import create, now
    from lraln_core.files.workspace import Workspace
    from lraln_core.text.corpus import prepare_corpus

    rng = np.random.default_rng(1)
    workspace = Workspace(root).require_writable()
    sides = {}
    for language in ("mk", "en"):
        vocabulary = words(language, rng)
        drawn = np.minimum(rng.zipf(1.3, size=(SENTENCES, LENGTH)) - 1, TYPES - 1)
        path = root / f"{language}.txt"
        path.write_text("\n".join(" ".join(vocabulary[row]) for row in drawn) + "\n", encoding="utf-8")
        corpus = prepare_corpus(path, language, workspace.corpora, tokenized=True)
        read = pq.read_table(workspace.corpora / corpus.id / "sentences.parquet", columns=["words"]).column("words")
        sides[language] = (path, corpus, read.combine_chunks())
    config = {"name": "A million pairs", "system": "linear_unsup", "seed": 1, "encoder": {"name": "made-up"}, "mining": {"threshold": 0.2}}
    for side, language in (("src", "mk"), ("trg", "en")):
        config[side] = {"language": language, "corpus": str(sides[language][0]), "tokenized": True}
    folder = create(workspace.runs / "million", config)
    for iteration in range(ITERATIONS):
        table = _pairs(iteration, pairs // ITERATIONS, sides["mk"][2], sides["en"][2], rng)
        pq.write_table(table, folder.pairs(iteration), compression="zstd")
    folder.events_file.write_text(json.dumps({"time": 0.0, "kind": "stage", "stage": "read", "message": ""}) + "\n")
    write_json(folder.metrics, [])
    write_json(
        folder.summary_file,
        {
            "id": folder.id,
            "name": config["name"],
            "system": config["system"],
            "seed": 1,
            "src_language": "mk",
            "trg_language": "en",
            "src_corpus": sides["mk"][1].id,
            "trg_corpus": sides["en"][1].id,
            "encoder": "made-up",
            "iterations": ITERATIONS,
            "mined_pairs": pairs,
            "steps": 0,
            "best_step": 0,
            "seconds": {},
            "retrieval": None,
            "lost_words": {},
            "warnings": [],
        },
    )
    write_json(
        folder.status_file,
        {
            "state": "finished",
            "stage": "write",
            "done": 1,
            "total": 1,
            "unit": "",
            "rate": None,
            "seconds_left": None,
            "message": "",
            "error": None,
            "started": now(),
            "updated": now(),
            "pid": 0,
            "versions": {},
        },
    )


def _pairs(iteration: int, count: int, src: pa.ListArray, trg: pa.ListArray, rng: np.random.Generator) -> pa.Table:
    """Pairs of random places; a third of them share their two sentences with others."""
    lengths = [np.diff(side.offsets.to_numpy()) for side in (src, trg)]
    places = [rng.integers(0, len(length), count) for length in lengths]
    for at in range(0, count, 3):
        for side in places:
            side[at + 1 : at + 2] = side[at]
    chosen = [rng.integers(0, length[place]) for length, place in zip(lengths, places, strict=True)]
    whole = np.unique(np.stack([places[0], chosen[0], places[1], chosen[1]], 1), axis=0)
    flat = [
        side.flatten().take(pa.array(side.offsets.to_numpy()[whole[:, 2 * at]] + whole[:, 2 * at + 1]))
        for at, side in enumerate((src, trg))
    ]
    forward = rng.random(len(whole)) < 0.7
    return pa.table(
        {
            "iteration": pa.array(np.full(len(whole), iteration, np.int32)),
            "src_sentence": whole[:, 0],
            "src_word": whole[:, 1].astype(np.int32),
            "src_token": flat[0],
            "trg_sentence": whole[:, 2],
            "trg_word": whole[:, 3].astype(np.int32),
            "trg_token": flat[1],
            "similarity": np.clip(rng.normal(0.8, 0.06, len(whole)), 0.5, 1).astype(np.float32),
            "forward": forward,
            "backward": ~forward | (rng.random(len(whole)) < 0.4),
        }
    )


def measure(root: Path) -> dict[str, float]:
    """In a process of its own: ingest, then the page as a visitor meets it. Seconds, and MB."""
    os.environ["LRALN_WORKSPACE"] = str(root)
    os.chdir(REPOSITORY)
    from lraln_core.files.workspace import Workspace
    from lraln_core.store.database import open_database
    from lraln_core.store.sync import sync

    figures = {}
    if not (root / "lraln.duckdb").exists():
        times = []
        for _ in range(3):
            for left in root.glob("lraln.duckdb*"):
                left.unlink()
            began = time.perf_counter()
            db = open_database(Workspace(root))
            sync(db)
            times.append(time.perf_counter() - began)
            db.close()
        figures["ingest, the median of three"] = sorted(times)[1]
        figures["ingest MB"] = _peak()
        return figures
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(REPOSITORY / "app.py", default_timeout=120)
    app.run()  # Home: the app is up and the database open, as for any visitor but the very first of a server
    app.switch_page("pages/pairs.py")

    def timed(name: str, change=lambda: None) -> None:
        change()
        began, busy = time.perf_counter(), time.process_time()
        app.run()
        figures[name], figures[f"{name} CPU"] = time.perf_counter() - began, time.process_time() - busy
        assert not app.exception and not app.error, (app.exception, app.error)

    timed("first paint")
    timed("the same again")
    timed(
        "filter: word begins with",
        lambda: (app.text_input(key="src").set_value("ва"), app.segmented_control(key="match").set_value("begins with")),
    )
    timed("filter: none again", lambda: app.text_input(key="src").set_value(""))
    timed("filter: similarity", lambda: app.slider(key="similarity").set_value((0.8, 1.0)))
    timed("filter: found in both directions", lambda: app.selectbox(key="found").set_value("both directions"))
    timed(
        "filter: pattern", lambda: (app.text_input(key="trg").set_value("^th.*o$"), app.segmented_control(key="match").set_value("pattern"))
    )
    timed("filter: several pairs", lambda: (app.text_input(key="trg").set_value(""), app.toggle(key="several").set_value(True)))
    timed("filter: cleared", lambda: app.button(key="clear_filters").click())
    timed("filter: not judged yet", lambda: app.selectbox(key="judged").set_value("not judged yet"))
    timed("filter: cleared again (counted before)", lambda: app.button(key="clear_filters").click())
    timed("page: 2", lambda: app.session_state.__setitem__("page", 2))
    timed("page: 20,000", lambda: app.session_state.__setitem__("page", 20_000))
    timed("order: text before first word", lambda: app.selectbox(key="sort").set_value("text before first word"))
    timed("view: keyword in context", lambda: app.query_params.__setitem__("view", "kwic"))
    timed("page of that: 3", lambda: app.session_state.__setitem__("page", 3))
    timed("view: judge, sample of 100 drawn", lambda: app.query_params.__setitem__("view", "judge"))
    timed(
        "judge: a verdict kept, the next pair",
        lambda: (app.text_input(key="by").set_value("bench").run(), app.button(key="verdict_right").click()),
    )
    timed("view: precision", lambda: app.query_params.__setitem__("view", "results"))
    figures["MB"] = _peak()
    return figures


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def in_a_process(root: Path) -> dict[str, float]:
    code = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from benchmarks.speed import pairs_page; import json, pathlib\n"
        f"print('FIGURES' + json.dumps(pairs_page.measure(pathlib.Path({str(root)!r}))))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = [line for line in run.stdout.splitlines() if line.startswith("FIGURES")]
    if not lines:
        raise SystemExit(f"{run.stdout}\n{run.stderr}")
    return json.loads(lines[0].removeprefix("FIGURES"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for the made-up workspace, used again when it is there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = (arguments.keep or Path(temporary)).resolve()
        if not (root / "runs" / "million").exists():
            write_workspace(root, arguments.pairs)
        load = os.getloadavg()[0]
        figures = in_a_process(root)
        figures |= in_a_process(root) if "ingest MB" in figures else {}
    text = "\n".join(table(figures, arguments.pairs, load)) + "\n"
    (RESULTS / "pairs_page.md").write_text(text, encoding="utf-8")
    print(text)


def table(figures: dict[str, float], pairs: int, load: float) -> list[str]:
    lines = [
        f"{pairs:,} word pairs; {platform.machine()}, {len(os.sched_getaffinity(0))} cores, load {load:.1f} at the start, "
        f"Python {platform.python_version()}.",
        "",
        "| measured | value | of processor time | target |",
        "|---|---|---|---|",
    ]
    for name, value in figures.items():
        if name.endswith("MB"):
            lines.append(f"| peak memory of the {'ingest' if name != 'MB' else 'app'} | {value / 1000:.2f} GB | | 1.50 GB |")
        elif not name.endswith("CPU"):
            target = next((f"{seconds:.1f} s" for kind, seconds in TARGETS.items() if name.startswith(kind)), "")
            busy = f"{figures[f'{name} CPU']:.2f} s" if f"{name} CPU" in figures else ""
            lines.append(f"| {name} | {value:.2f} s | {busy} | {target} |")
    return lines


if __name__ == "__main__":
    main()
