"""Why this pair: the nearest words of both words before and after alignment, and what each way of mining would have chosen."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from lraln_core.errors import EncoderError, RunError
from lraln_core.evaluation.candidates import Nearest
from lraln_core.evaluation.pair_scores import HUB_FROM
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.scores.evidence import Evidence, Pool, Side, evidence, open_pool
from lraln_core.store.queries.neighbours import sentences_of_iteration
from lraln_core.store.queries.pairs import MinedPair
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views.highlight import Mark, chip_html, escape, sentence_html, word_html
from pages.components.pairs.scores import scoring_offer, signed
from pages.components.shared.address import segments
from pages.components.shared.errors import tell
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

WINDOW = 6  # words around a candidate
MOMENT_NAMES = {"after alignment": "after", "before alignment": "before"}
METHODS = {
    "forward": "Forward",
    "backward": "Backward",
    "both": "In both directions (intersection)",
    "either": "In either direction (union)",
}


def why(store: Store, run: RunRecord, pair: MinedPair, src: str, trg: str) -> None:
    """Draw the part of the page. What is missing for it is one sentence, with the button that computes it."""
    st.subheader("Why this pair?", anchor=False)
    if not (pair.src_words and pair.trg_words):
        tell("The corpora of this run are not in the workspace, so the candidates of the two words cannot be shown.")
        return
    folder = store.workspace.runs / run.id
    link = pair.link
    try:
        pool = _pool(str(folder), _stamp(folder), str(store.workspace.root), pair.iteration, store)
        found = evidence(pool, (pair.src_sentence, link.src_word), (pair.trg_sentence, link.trg_word))
    except (EncoderError, RunError) as error:
        tell(str(error))
        scoring_offer(store, run, again=isinstance(error, EncoderError))
        return
    moment = MOMENT_NAMES[segments("Vectors", MOMENT_NAMES, key="why_moment", label_visibility="collapsed")]
    one = found[moment]
    st.html(_summary(one, pool, src, trg))
    left, right = st.container(key="split_why").columns(2, gap="medium")
    left.html(_table(f"Nearest {trg} words of", link.src_token, one.of_src, pool.trg, one.trg, run.trg_language))
    right.html(_table(f"Nearest {src} words of", link.trg_token, one.of_trg, pool.src, one.src, run.src_language))
    st.caption(
        "Candidates are the words of the sentences in which this iteration found pairs, and of the sentences that stand for all others in "
        "the scores. The vectors are those of the language model, before alignment, or transformed by the final maps, after it; the pair "
        "itself was found with the maps of its iteration."
    )
    space = "space?" + urlencode({"run": run.id, "source": "Mined pairs", "word": f"src:{link.src_token}"})
    st.html(f'<p class="lr-note"><a href="{escape(space)}" target="_self">Show {word_html(link.src_token)} on the page Space</a></p>')


@st.cache_resource(show_spinner="Reading the word vectors", max_entries=2, ttl="20m")  # shared, never changed
def _pool(folder: str, _written: int, root: str, iteration: int, _store: Store) -> Pool:
    """The candidates of an iteration."""
    run = RunFolder(Path(folder))
    return open_pool(run, Workspace(Path(root)), sentences_of_iteration(_store.db, run.id, iteration))


def _stamp(folder: Path) -> int:
    path = RunFolder(folder).score_reference
    return path.stat().st_mtime_ns if path.exists() else 0


def _summary(one: Evidence, pool: Pool, src: str, trg: str) -> str:
    """A table of the ways of mining: what each takes for the two words."""
    taken = one.taken()
    rows = []
    for name, title in METHODS.items():
        cells = []
        for prefix, attribute in (("", "by_cosine"), ("csls_", "by_csls")):
            if name in ("forward", "backward"):
                nearest, side = (one.of_src, pool.trg) if name == "forward" else (one.of_trg, pool.src)
                cells.append(f"{_sign(taken[prefix + name])} {word_html(side.token(getattr(nearest, attribute)))}")
            else:
                cells.append(f"{_sign(taken[prefix + name])} {'found' if taken[prefix + name] else 'not found'}")
        note = f": the {trg} word nearest to the {src} word" if name == "forward" else ""
        note = f": the {src} word nearest to the {trg} word" if name == "backward" else note
        rows.append(f'<tr><th scope="row">{escape(title + note)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    head = '<tr><th scope="col">Way of mining</th><th scope="col">by cosine</th><th scope="col">by CSLS</th></tr>'
    return f'<table class="lr-rows"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _sign(is_taken: bool) -> str:
    return "\N{CHECK MARK}" if is_taken else "\N{MULTIPLICATION X}"


def _table(title: str, word: str, found: Nearest, side: Side, partner: int, language: str) -> str:
    """Candidates with their scores and sentences; the partner of the pair is marked."""
    rows = []
    for at, row in enumerate(found.row.tolist()):
        sentence, place = side.place[row].tolist()
        words = side.sentences[sentence]
        text = sentence_html(words, {place: Mark(strong=row == partner)}, language=language, window=WINDOW)
        hubness = f"{found.hubness[at]:.1f}"
        hub = chip_html(hubness, kind="bad") if found.hubness[at] >= HUB_FROM else hubness
        here = ' class="lr-here"' if row == partner else ""
        rows.append(
            f"<tr{here}><td>{at + 1}</td><td>{signed(float(found.csls[at]))}</td><td>{signed(float(found.cosine[at]))}</td>"
            f"<td>{found.cosine_rank[at]:,}</td><td>{hub}</td><td>{text}</td></tr>"
        )
    names = (
        ("", "by CSLS"),
        ("CSLS", meaning("csls")),
        ("cosine", meaning("similarity")),
        ("rank", "By cosine"),
        ("hubness", f"1 is the average. {meaning('hub')}"),
        ("sentence", ""),
    )
    head = "".join(f'<th scope="col" title="{escape(note)}">{escape(name)}</th>' for name, note in names)
    margin = "" if found.margin is None else f", {signed(found.margin)} before the second"
    about = f"mean cosine to its nearest words {found.r:.3f}, hubness {found.hubness_of_word:.1f}{margin}"
    return (
        f'<p class="lr-note"><b>{escape(title)} {word_html(word)}</b> ({escape(about)})</p>'
        f'<table class="lr-rows"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
