"""A run as one HTML file that needs neither this program nor a network: its results, and its pairs with filters.

The file holds the sentences of the pairs; share it only if they may be shared. Its script writes text alone (never markup), and the
policy of the file admits that script by its hash and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lraln_core import __version__
from lraln_core.files.atomic import replacing
from lraln_core.records import Progress
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.pairs import MinedPair, count_pairs, page_of_pairs
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.languages import language_name
from lraln_core.views import plain
from lraln_core.views.highlight import base_direction, escape, spaces_before, word_html

from .report import figure, retrieval_table

MOST_PAIRS = 50_000  # in one file: about 10 MB; a browser filters them at once
_PAGE = 2_000  # pairs read from the database at a time
_FOLDER = Path(__file__).parent


def write_offline(db: Database, run_id: str, path: Path, *, most: int = MOST_PAIRS, progress: Progress | None = None) -> int:
    """Write the file atomically. -> how many pairs it holds. Raises RunError (unknown run), WorkspaceError (not written)."""
    data = _data(db, queries.one_run(db, run_id), most, progress)
    with replacing(path) as temporary:
        temporary.write_text(_page(db, queries.one_run(db, run_id), data), encoding="utf-8")
    return len(data["pairs"])


def offline_html(db: Database, run_id: str, *, most: int = MOST_PAIRS) -> str:
    """The page of a run. Raises RunError when it is not in the database."""
    run = queries.one_run(db, run_id)
    return _page(db, run, _data(db, run, most, None))


def _data(db: Database, run: RunRecord, most: int, progress: Progress | None) -> dict[str, Any]:
    """What the script draws: sentences of both sides as (words, spaces, direction), and the pairs, the most similar first.

    A pair: number of its sentence and word on both sides, similarity, whether found forward and backward, iterations that found it.
    """
    everything = PairFilter(run.id, letters_only=True, sort=Sort.MOST_SIMILAR)
    total = min(most, count_pairs(db, everything))
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})  # position in the corpus -> number in the file
    sentences: tuple[list[Any], list[Any]] = ([], [])
    pairs: list[list[Any]] = []
    while len(pairs) < total:
        page = page_of_pairs(db, everything, len(pairs), min(_PAGE, total - len(pairs)))
        if not page:
            break
        for pair in page:
            src, trg = (_number(pair, side, run, sides, sentences) for side in (0, 1))
            link = pair.link
            similarity = None if link.similarity is None else round(link.similarity, 3)
            pairs.append([*src, *trg, similarity, int(link.forward), int(link.backward), link.found_in])
        if progress:
            progress(len(pairs), total)
    return {
        "src": {"name": language_name(run.src_language), "code": run.src_language, "sentences": sentences[0]},
        "trg": {"name": language_name(run.trg_language), "code": run.trg_language, "sentences": sentences[1]},
        "pairs": pairs,
        "all": count_pairs(db, everything),
    }


def _number(
    pair: MinedPair, side: int, run: RunRecord, known: tuple[dict[int, int], dict[int, int]], sentences: tuple[list[Any], list[Any]]
) -> tuple[int, int]:
    """(number of the sentence in the file, place of the word in it); a sentence is added when it is new."""
    link = pair.link
    position, words, text, at, token, language = (
        (pair.src_sentence, pair.src_words, pair.src_text, link.src_word, link.src_token, run.src_language)
        if side == 0
        else (pair.trg_sentence, pair.trg_words, pair.trg_text, link.trg_word, link.trg_token, run.trg_language)
    )
    if not words:  # the corpus is no longer in the workspace: the word alone
        sentences[side].append([[token], [0], base_direction([token], language)])
        return len(sentences[side]) - 1, 0
    if position not in known[side]:
        known[side][position] = len(sentences[side])
        sentences[side].append([list(words), [int(space) for space in spaces_before(words, text)], base_direction(words, language)])
    return known[side][position], at


def _page(db: Database, run: RunRecord, data: dict[str, Any]) -> str:
    script = (_FOLDER / "offline.js").read_text(encoding="utf-8")
    styles = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("report.css", "offline.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    # "<" is the only character that could end the element of the data, in "</script" or "<!--".
    payload = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(run.name)}</title><style>{styles}</style></head><body><main>{_head(db, run, data)}{_controls(data)}"
        '<p id="count" class="soft" role="status"></p><div id="list"></div><nav id="pages" aria-label="Pages"><button id="back" '
        'type="button">Back</button><span id="page"></span><button id="next" type="button">Next</button></nav>'
        "<noscript><p>The pairs and their filters need JavaScript, which this browser has switched off.</p></noscript>"
        f'</main><script type="application/json" id="data">{payload}</script><script>{script}</script></body></html>\n'
    )


def _head(db: Database, run: RunRecord, data: dict[str, Any]) -> str:
    src, trg = data["src"]["name"], data["trg"]["name"]
    facts = [plain.language_pair(src, trg), (run.started or "")[:10], f"language model {run.encoder}", f"seed {run.seed}"]
    retrieval = (run.summary or {}).get("retrieval")
    figures = ""
    if isinstance(retrieval, dict):
        before, after = (retrieval[when]["mean_accuracy"] for when in ("before", "after"))
        figures = (
            f'<div class="figures">{figure("Words that find their translation: before", plain.percent(before))}'
            f"{figure('after', plain.percent(after))}{figure('difference', plain.points(after - before))}</div>"
            f"<details><summary>Word retrieval in numbers</summary>{retrieval_table(queries.metrics(db, run.id), src, trg)}</details>"
        )
    return (
        f"<h1>{word_html(run.name)}</h1><p class=soft>{escape(' · '.join(filter(None, facts)))} · run {escape(run.id)} · lraln "
        f"{__version__}</p>{figures}<p>Words of two languages that a machine paired because their vectors are similar; part of the pairs "
        "is wrong. The two sentences of a pair are not translations of each other: only the marked words belong together.</p>"
    )


def _controls(data: dict[str, Any]) -> str:
    """The filters; their ids are those that the script reads."""
    src, trg = escape(data["src"]["name"]), escape(data["trg"]["name"])
    matches = (("is", "whole word"), ("starts", "begins with"), ("has", "contains"))
    found = (("any", "either direction"), ("both", "both directions"), ("forward", "forward"), ("backward", "backward"))
    orders = (("similar", "most similar"), ("unlike", "least similar"), ("src", f"{src} word"), ("trg", f"{trg} word"))
    fields = (
        (f"{src} word", '<input id="src" type="search">'),
        (f"{trg} word", '<input id="trg" type="search">'),
        ("Match", _select("match", matches)),
        ("Found", _select("found", found)),
        ("Similarity from", '<input id="low" type="number" min="-1" max="1" step="0.01">'),
        ("Order", _select("sort", orders)),
    )
    labels = "".join(f"<label>{label}{field}</label>" for label, field in fields)
    return f'<form id="filters">{labels}<button type="reset">Clear</button></form>'


def _select(name: str, options: Sequence[tuple[str, str]]) -> str:
    return f'<select id="{name}">{"".join(f"<option value={value}>{text}</option>" for value, text in options)}</select>'
