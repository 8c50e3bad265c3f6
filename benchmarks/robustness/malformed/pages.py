"""The app: every parameter of every page's address, and every upload widget, with the pages run as Streamlit runs them."""

from __future__ import annotations

import ast
import io
import os
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.robustness.malformed.archives import good_archive, zipped
from benchmarks.robustness.malformed.damage import HOSTILE, damage
from benchmarks.robustness.malformed.entry_points import EntryPoint, gzip_bomb, lines_of
from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.jobs_by_hand import add_ner, add_projection
from tests.app.lessons import add_lesson
from tests.app.workspaces import add_run, write_status

COMMON = ("run", "other", "corpus", "view", "pair", "step", "embed")
TIMEOUT_S = 9
NAMES = ["../../../../tmp/evil.txt", "..\\..\\evil.txt", "/etc/passwd", "C:\\evil.txt", "a\x00.txt", "a/b.txt", ".txt", "", ".", "..",
         "x" * 5000 + ".txt", "evil.exe", "evil.txt.exe", "evil.pkl", "evil.gz", "evil.tar.gz", "a.txt.gz", "\u202etxt.exe",
         "<script>alert(1)</script>.txt", "a\nb.txt", "\ud800.txt", "CON.txt", "**bold**.tsv", "$x$.csv", "evil.csv", "evil.TSV.GZ",
         "[a](javascript:alert(1)).txt"]  # fmt: skip


class _File(io.BytesIO):
    """What st.file_uploader gives."""

    def __init__(self, name: str, raw: bytes) -> None:
        super().__init__(raw)
        self.name, self.file_id, self.size = name, name, len(raw)


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """Each page as an entry point for addresses; then each upload."""
    workspace = _workspace(root)
    os.environ["LRALN_WORKSPACE"] = str(workspace.root)
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    first = AppTest.from_file(PROJECT / "app.py", default_timeout=60).run()
    pages = dict.fromkeys(
        re.findall(r'st\.Page\("pages/(\w+)\.py"', (PROJECT / "pages/components/navigation.py").read_text(encoding="utf-8"))
    )
    for page in pages:
        if page != "home":
            first.switch_page(f"pages/{page}.py")
        yield _address(AppTest, page, first._page_hash, workspace)  # a page opened by its address: one run instead of two
    st.cache_resource.clear()  # closes the database
    yield from _uploads(root)


def parameters(page: str) -> list[str]:
    """The names that may stand in the address of a page, read from its source and that of the components it uses."""
    seen, waiting, names = set(), [PROJECT / "pages" / f"{page}.py"], set(COMMON)
    while waiting:
        path = waiting.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        source = path.read_text(encoding="utf-8")
        names |= {*_bound(source), *re.findall(r'^[A-Z_]+ = "(\w+)"', source, re.MULTILINE)}
        names |= {name for line in re.findall(r"query_params\S*\(?.*", source) for name in re.findall(r'"(\w+)"', line)}
        for found in re.findall(r"from (?:pages\.components|\.)(?:\.(\w+))? import ([\w, ]+)|from \.(\w+) import", source):
            parts = [found[0] or found[2]] if found[0] or found[2] else [name.strip() for name in found[1].split(",")]
            waiting += [PROJECT / "pages" / "components" / f"{part}.py" for part in parts]
    return sorted(names)


def _bound(source: str) -> Iterator[str]:
    """Keys of widgets that are bound to the address, and parameters of choices that stand in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}  # None: **options
            found = given.get("param") or (given.get("key") if "bind" in given or None in given else None)
            if isinstance(found, ast.Constant) and isinstance(found.value, str):
                yield found.value


def _address(app_test: Any, page: str, page_hash: str, workspace: Workspace) -> EntryPoint:
    names = parameters(page)

    def take(address: dict[str, str], place: Path) -> object:
        app = app_test.from_file(PROJECT / "app.py", default_timeout=TIMEOUT_S)
        app._page_hash = page_hash
        for name, value in address.items():
            app.query_params[name] = value.encode("utf-8", "replace").decode()  # all that an address can hold
        app.run()
        if app.exception:
            raise AssertionError(f"a traceback on the page: {app.exception[0].message[:200]} {app.exception[0].stack_trace[-1:]}")
        kinds = ("markdown", "error", "warning", "info", "caption")
        drawn = " ".join(str(element.value) for kind in kinds for element in getattr(app, kind))
        if re.search(r"(?<!\\)<script|(?<!\\)\]\(javascript", drawn):
            raise AssertionError(f"text of the address became code: {drawn[:200]}")
        return app

    def draw(rng: random.Random) -> dict[str, str]:
        """Mostly a good address in which one to three values are hostile."""
        good = {"run": "run-one", "other": "run-two", "pair": "0" if page != "guide" else "mk-en"} if rng.random() < 0.7 else {}
        return good | {rng.choice(names): rng.choice(HOSTILE) for _ in range(rng.choice((1, 1, 2, 3)))}

    alone = [{"run": "run-one"} | {name: value} for at, name in enumerate(names) for value in ("", HOSTILE[7 * at % len(HOSTILE)])]
    every = [dict.fromkeys(names, value) for value in HOSTILE]
    return EntryPoint(
        f"address of {page}, {len(names)} parameters",
        {"run": "run-one"},
        take,
        draw,
        [*alone, *every],
        0.6,
        (workspace.root,),
        pickles=True,
    )


def _workspace(root: Path) -> Workspace:
    workspace = Workspace(root / "good" / "app").require_writable()
    folder = add_run(workspace, "run-one")
    add_run(workspace, "run-two", name="Another", minutes=1)
    add_projection(folder, [["а", "б"], ["в"]], [["a", "b"], ["c"]], umap=True)
    add_ner(folder)
    add_lesson(workspace)
    from lraln_core.runs.jobs import background

    def start(folder: Any, workspace: Workspace, command: list[str]) -> None:
        """A page that starts work by itself says so; the work itself is not part of this."""
        folder.path.mkdir(parents=True, exist_ok=True)
        write_status(folder, "queued", stage="", message="Starting", done=0, total=0)

    background.start = start
    return workspace


def _uploads(root: Path) -> Iterator[EntryPoint]:
    """Every file_uploader: what it does with its file, given names and contents that no browser would send."""
    from lraln_core.exchange.unpack import unpack_run
    from lraln_core.text import iob2, lexicon, parallel
    from lraln_core.text.corpus import prepare_corpus
    from lraln_core.text.lexicon import read_glossary
    from pages.components.shared import uploads

    text, pairs = lines_of("corpora/mk.txt"), lines_of("parallel/mk-en.tsv")
    tagged, words = lines_of("ner/mk.test.conll"), lines_of("lexicon/mk-en.tsv")
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as archive:
        archive.writestr("word/document.xml", "<w:t>x</w:t>")
    wrong = [
        b"", b"\x00" * 9000, office.getvalue(), b"\x89PNG\r\n\x1a\n", text.decode().encode("utf-16"),
        text.decode().encode("koi8-r", "replace"), gzip_bomb(64 << 20), b"x" * (20 << 20), b"a b c\n" * 9000, b"\x80\x04K\x01.", b"<html>",
        zipped({"run/config.json": b"{}"}),
    ]  # fmt: skip

    def saved(read: Callable[[Path, Path], object]) -> Callable[[tuple[str, bytes], Path], object]:
        def take(given: tuple[str, bytes], place: Path) -> object:
            workspace = Workspace(place / "w").require_writable()
            path = uploads.save(_File(*given), workspace).path
            if path.parent != workspace.root / "uploads" or not re.fullmatch(r"[0-9a-f]{32}\.(txt|tsv|csv)(\.gz)?", path.name):
                raise AssertionError(f"the upload lies in {path}")
            return read(path, workspace.root)

        return take

    kinds: dict[str, tuple[str, bytes, Callable[[Path, Path], object]]] = {
        "a corpus": ("a.txt", text, lambda path, here: prepare_corpus(path, "mk", here / "corpora")),
        "a corpus, column": ("a.tsv", pairs, lambda path, here: prepare_corpus(path, "mk", here / "corpora", column="1")),
        "a test set": ("a.tsv", pairs, lambda path, here: parallel.load(path, "mk", "en", tokenized=True)),
        "tagged sentences": ("a.conll", tagged, lambda path, here: iob2.load(path, types=iob2.ENTITY_TYPES)),
        "a lexicon": ("a.tsv", words, lambda path, here: (lexicon.read(path), read_glossary(path))),
    }
    for what, (name, good, read) in kinds.items():
        changed = lambda rng, good=good: damage(good, rng) if rng.random() < 0.7 else rng.choice(wrong)
        draw = lambda rng, name=name, changed=changed: (rng.choice([name, *NAMES]), changed(rng))
        special = [*((other, good) for other in NAMES), *((name, raw) for raw in wrong)]
        aligned = what == "a test set"
        yield EntryPoint(
            f"upload of {what}",
            (name, good),
            saved(read),
            draw,
            special,
            0.3 if aligned else 0.8,
            roots=(root / "tmp",) if aligned else (),
            processes=aligned,
        )
    archive_good = good_archive(root)

    def taken_in(raw: bytes, place: Path) -> object:
        return unpack_run(_File("x.zip", raw), Workspace(place / "w").require_writable())

    yield EntryPoint("upload of a run", archive_good, taken_in, lambda rng: damage(archive_good, rng), wrong, 0.3)
