"""The four views of the corpus tools, each a table or lines that begin right below the row of choices."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lraln_core.text.counts.collocates import collocates
from lraln_core.text.counts.concordance import How, Line, Order, concordance
from lraln_core.text.counts.ngrams import ngrams
from lraln_core.text.romanisation import needs_romanising, romanise
from lraln_core.views import plain
from lraln_core.views.highlight import base_direction, escape, plain_markdown
from lraln_core.views.interlinear import half_html
from pages.components.shared.address import BOUND
from pages.components.shared.downloads import table_downloads
from pages.components.tools.text import Text

MOST_ROWS, PAGE = 2_000, 25
HOW = {"whole word": How.WHOLE, "begins with": How.PREFIX, "contains": How.PART}
ORDERS = {"by place": Order.PLACE, "text before": Order.BEFORE, "text after": Order.AFTER}
DIRECTIONS = {"ltr": "left to right", "rtl": "right to left"}


@dataclass(frozen=True)
class Settings:
    """The choices of a view."""

    how: How = How.WHOLE
    order: Order = Order.PLACE
    window: int = 4
    size: int = 2


def settings(view: str) -> Settings:
    """Draw the choices of a view into the present row."""
    hidden = {"label_visibility": "collapsed"}
    if view in ("Frequency", "Concordance"):
        how = HOW[st.selectbox("Match", list(HOW), key="tools_match", width=150, **hidden, **BOUND)]
        if view == "Frequency":
            return Settings(how)
        return Settings(how, ORDERS[st.selectbox("Order", list(ORDERS), key="tools_order", width=150, **hidden, **BOUND)])
    if view == "Collocates":
        help = "How many words on each side of the word are counted."
        return Settings(window=st.number_input("Window", 1, 20, 4, key="tools_window", width=150, help=help, **hidden))
    return Settings(size=st.number_input("Words in a sequence", 2, 6, 2, key="tools_size", width=150, help="Their number.", **hidden))


def show(view: str, text: Text, word: str, chosen: Settings) -> None:
    """Draw a view."""
    if text.left_out:
        st.caption(f"The first {len(text.sentences):,} sentences are counted; {text.left_out:,} more are left out.")
    if view == "Frequency":
        _frequency(text, word, chosen)
    elif view == "Concordance":
        _concordance(text, word, chosen)
    elif view == "Collocates":
        _collocates(text, word, chosen)
    else:
        _ngrams(text, word, chosen)


def _frequency(text: Text, word: str, chosen: Settings) -> None:
    wanted = word.lower()
    fits = {How.WHOLE: wanted.__eq__, How.PREFIX: lambda one: one.startswith(wanted), How.PART: lambda one: wanted in one}[chosen.how]
    rows = [(rank, one) for rank, one in enumerate(text.counts, 1) if not wanted or fits(one.word)]
    frame = pd.DataFrame(
        {
            "Rank": [rank for rank, _ in rows],
            "Word": [one.word for _, one in rows],
            "Count": [one.count for _, one in rows],
            "Per million": [round(one.per_million, 1) for _, one in rows],
            "Sentences": [one.sentences for _, one in rows],
            "Dispersion": [round(one.dispersion, 3) for _, one in rows],
            "Parts": [list(one.parts) for _, one in rows],
        }
    )
    column = st.column_config
    _table(
        text,
        frame,
        "frequency",
        "Frequency list",
        {
            "Dispersion": column.NumberColumn(
                help="DP, normalised [Gries 2008; Lijffijt and Gries 2012]: 0 for a word spread evenly over the corpus, 1 for one that "
                "stands in a single place."
            ),
            "Parts": column.BarChartColumn(help="Occurrences in ten equal parts of the corpus, in its order."),
        },
    )


def _collocates(text: Text, word: str, chosen: Settings) -> None:
    if not word:
        st.info("Type a word above to see what stands near it.", icon=":material/search:")
        return
    found = collocates(text.sentences, word, window=chosen.window)
    frame = pd.DataFrame(
        {
            "Word": [one.word for one in found],
            "Together": [one.together for one in found],
            "Before": [one.before for one in found],
            "After": [one.together - one.before for one in found],
            "Count": [one.count for one in found],
            "logDice": [round(one.log_dice, 2) for one in found],
            "Log-likelihood": [round(one.log_likelihood, 1) for one in found],
        }
    )
    column = st.column_config.NumberColumn
    _table(
        text,
        frame,
        f"collocates-{word[:40]}",
        f"Collocates of {word[:40]}",
        {
            "logDice": column(help="How typical the two words are of each other, at most 14 [Rychly 2008]."),
            "Log-likelihood": column(help="How unlikely so many are by chance [Dunning 1993]; from 3.84 significant at 5 %."),
        },
    )


def _ngrams(text: Text, word: str, chosen: Settings) -> None:
    found = ngrams(text.sentences, chosen.size, word=word)
    frame = pd.DataFrame({"Word": [" ".join(one) for one, _ in found], "Count": [count for _, count in found]})
    _table(text, frame, f"{chosen.size}-grams", f"Sequences of {chosen.size} words", {})


def _table(text: Text, frame: pd.DataFrame, name: str, caption: str, columns: dict[str, object]) -> None:
    """A table whose words stand in Latin letters and with their direction too, and its downloads."""
    if frame.empty:
        st.info("Nothing was found. Search for a part of the word, or another word.", icon=":material/search_off:")
        return
    shown = frame.head(MOST_ROWS).copy()
    words = [word.split() for word in shown["Word"]]
    at = list(shown.columns).index("Word") + 1
    if needs_romanising([one for word in words[:200] for one in word]):
        shown.insert(at, "Latin letters", [" ".join(romanise(word, text.language)) for word in words])
        at += 1
    shown.insert(at, "Direction", [DIRECTIONS[base_direction(word, text.language)] for word in words])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain.count(len(frame), 'row')}**" + (f", the first {MOST_ROWS:,} are shown" if len(frame) > MOST_ROWS else ""))
        flat = shown.drop(columns=[one for one in ("Parts",) if one in shown.columns])
        table_downloads(flat, f"{text.id[:12]}-{name}", f"{caption}: {text.title}", key="tools_table")
    st.dataframe(shown, hide_index=True, alt=caption, column_config=columns, height=560, key=f"tools_{name[:12]}")


def _concordance(text: Text, word: str, chosen: Settings) -> None:
    if not word:
        st.info("Type a word above to see every place where it occurs.", icon=":material/search:")
        return
    lines = concordance(text.sentences, word, chosen.how, chosen.order)
    if not lines:
        st.info("Nothing was found. Search for a part of the word, or another word.", icon=":material/search_off:")
        return
    pages = -(-len(lines) // PAGE)
    if st.session_state.get("tools_page", 1) > pages:
        st.session_state["tools_page"] = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain_markdown(f"{plain.count(len(lines), 'occurrence')} of {word[:60]}"))
        latin = needs_romanising([line.word for line in lines[:50]]) and st.toggle("Latin letters", key="tools_latin", **BOUND)
    slot = st.empty()
    page = st.pagination(pages, key="tools_page") if pages > 1 else 1
    here = lines[(page - 1) * PAGE : page * PAGE]
    slot.html(f'<div class="lr-kwlines">{"".join(_line(text, line, latin) for line in here)}</div>')


def _line(text: Text, line: Line, latin: bool) -> str:
    words = (*line.before, line.word, *line.after)
    place = f'<span class="lr-kwend"><span title="Sentence of the corpus">{line.sentence + 1:,}</span></span>'
    below = f'<div class="lr-latin">{escape(" ".join(romanise(words, text.language)))}</div>' if latin else ""
    return f'<div class="lr-kwline lr-kwone"><div>{half_html(words, line.at, language=text.language)}{below}</div>{place}</div>'
