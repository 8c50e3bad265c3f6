"""Line-aligned formats, zipped: Pharaoh alignments and Moses files.

Words are separated by spaces and lines by line feeds, so white space and control characters inside a word become "_".
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from lraln_core.records import Progress
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.linked_sentences import linked_sentences
from lraln_core.store.queries.pair_rows import pair_chunks
from lraln_core.store.queries.runs import RunRecord

_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CODE = re.compile(r"[^A-Za-z0-9-]+")
_PHARAOH_NOTE = """Mined word pairs of the run {run} in Pharaoh format.

{src} and {trg} hold sentences, one a line, tokenised by spaces. Line by line, {links} says which words were paired
as translations: 0-2 is the first word of the first file and the third of the second. The sentences are NOT translations of
each other; only the linked words belong together. Each sentence pair is listed once.
"""
_MOSES_NOTE = """Mined word pairs of the run {run} as parallel files.

Line by line, {src} and {trg} hold the two words of a pair, in the order of the selection; a pair that was found several times
is listed several times.
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date, so that the same pairs give the same file


def one_token(word: str) -> str:
    """The word without characters that would split it."""
    return _BREAKING.sub("_", word) or "_"


def write_pharaoh(db: Database, filter: PairFilter, run: RunRecord, path: Path, progress: Progress | None = None) -> None:
    """Zip of three line-aligned files: both sides' sentences and their links."""
    src, trg = _names(run, "sentences")
    links = f"{src.rpartition('.')[0]}.links"
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as place, ExitStack() as files:
        folder = Path(place)
        one, other, third = (files.enter_context(_text(folder / name)) for name in (src, trg, links))
        for pair in linked_sentences(db, filter, progress):
            one.write(" ".join(map(one_token, pair.src_words)) + "\n")
            other.write(" ".join(map(one_token, pair.trg_words)) + "\n")
            third.write(" ".join(f"{i}-{j}" for i, j in pair.links) + "\n")
        files.pop_all().close()
        _zip(path, folder, [src, trg, links], _PHARAOH_NOTE.format(run=run.id, src=src, trg=trg, links=links))


def write_moses(db: Database, filter: PairFilter, run: RunRecord, path: Path, progress: Progress | None = None) -> None:
    """Zip of two files with one word a line."""
    src, trg = _names(run, "pairs")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as place, ExitStack() as files:
        folder = Path(place)
        one, other = (files.enter_context(_text(folder / name)) for name in (src, trg))
        for table in pair_chunks(db, filter, progress):
            for file, column in ((one, "src_token"), (other, "trg_token")):
                file.writelines(one_token(word) + "\n" for word in table[column].to_pylist())
        files.pop_all().close()
        _zip(path, folder, [src, trg], _MOSES_NOTE.format(run=run.id, src=src, trg=trg))


def add_file(archive: zipfile.ZipFile, source: Path, name: str) -> None:
    """Add a file to a zip without its date and owner."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    with open(source, "rb") as file, archive.open(info, "w", force_zip64=True) as target:
        shutil.copyfileobj(file, target, 1 << 20)


def _zip(path: Path, folder: Path, names: list[str], note: str) -> None:
    (folder / "README.txt").write_text(note, encoding="utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("README.txt", *names):
            add_file(archive, folder / name, name)


def _text(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="\n")


def _names(run: RunRecord, stem: str) -> tuple[str, str]:
    """Names such as sentences.mk-en.mk and sentences.mk-en.en, as in Moses."""
    src, trg = (_CODE.sub("", code) or side for code, side in ((run.src_language, "src"), (run.trg_language, "trg")))
    endings = (src, trg) if src != trg else (f"1.{src}", f"2.{trg}")
    return f"{stem}.{src}-{trg}.{endings[0]}", f"{stem}.{src}-{trg}.{endings[1]}"
