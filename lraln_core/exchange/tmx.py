"""Translation Memory eXchange 1.4b: one translation unit for each mined word pair, its sentences as notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from lraln_core import __version__
from lraln_core.records import Progress
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pair_rows import pair_chunks
from lraln_core.store.queries.runs import RunRecord

# Everything except the characters of XML 1.0; the others are not allowed in a file, not even as references.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CODE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def write(db: Database, filter: PairFilter, run: RunRecord, path: Path, progress: Progress | None = None) -> None:
    """Write the selected pairs in order."""
    src, trg = (code if _CODE.fullmatch(code) else "und" for code in (run.src_language, run.trg_language))
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(_head(run, src))
        for table in pair_chunks(db, filter, progress):
            file.writelines(_units(table, src, trg))
        file.write("</body>\n</tmx>\n")


def xml_text(text: str) -> str:
    """Text for an element: characters that XML does not allow are dropped, markup is escaped."""
    return escape(_ILLEGAL.sub("", text), {"\r": "&#13;"})


def _head(run: RunRecord, src: str) -> str:
    attributes = {
        "creationtool": "lraln",
        "creationtoolversion": __version__,
        "segtype": "phrase",
        "o-tmf": "lraln mined word pairs",
        "adminlang": "en",
        "srclang": src,
        "datatype": "plaintext",
    }
    head = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n<header {head}>\n'
        f'<prop type="x-run">{xml_text(run.id)}</prop>\n<prop type="x-run-name">{xml_text(run.name)}</prop>\n</header>\n<body>\n'
    )


def _units(table: pa.Table, src: str, trg: str) -> Iterator[str]:
    columns = ("pair_id", "src_text", "trg_text", "src_token", "trg_token", "similarity", "iteration", "forward", "backward")
    for values in zip(*(table[name].to_pylist() for name in columns), strict=True):
        yield _unit(dict(zip(columns, values, strict=True)), src, trg)


def _unit(pair: dict[str, Any], src: str, trg: str) -> str:
    found = "both ways" if pair["forward"] and pair["backward"] else "source to target" if pair["forward"] else "target to source"
    notes = "".join(
        f'<note xml:lang="{code}">{xml_text(text)}</note>' for code, text in ((src, pair["src_text"]), (trg, pair["trg_text"])) if text
    )
    similarity = "" if pair["similarity"] is None else f'<prop type="x-similarity">{pair["similarity"]:.4f}</prop>'
    return (
        f'<tu tuid="{pair["pair_id"]}">{notes}{similarity}<prop type="x-iteration">{pair["iteration"] + 1}</prop>'
        f'<prop type="x-found">{found}</prop>'
        f'<tuv xml:lang="{src}"><seg>{xml_text(pair["src_token"])}</seg></tuv>'
        f'<tuv xml:lang="{trg}"><seg>{xml_text(pair["trg_token"])}</seg></tuv></tu>\n'
    )
