"""Precision of the pairs of two runs: by a lexicon and by judgements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.evaluation.judged import JudgedPrecision
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.store.pair_filter import PairFilter
from lraln_core.views import charts_compare, plain
from pages.components.compare import data as data
from pages.components.compare.pick import Pick, short_names
from pages.components.pairs.verdicts import LABELS
from pages.components.shared import uploads
from pages.components.shared.address import choose
from pages.components.shared.downloads import figure, table_downloads
from pages.components.shared.errors import errors_shown, warn
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

MEGABYTES = 20
_UPLOAD = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class LexiconChoice:
    """A lexicon and its id in the address."""

    id: str
    title: str
    path: Path


def quality(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    st.subheader("By a lexicon", anchor=False, help=meaning("lexicon"))
    with errors_shown():
        _by_lexicon(store, pick, one, other)
    st.subheader("By judgement", anchor=False, help=meaning("judgement"))
    _by_judgement(store, pick)


def _by_lexicon(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    choices = {choice.id: choice for choice in _choices(store, pick)}
    with st.container(key="fields_lexicon"):
        left, right = st.columns([1.4, 1], vertical_alignment="bottom")
        with right, st.popover("Use another lexicon", icon=":material/upload_file:"):
            _upload(store)
        if not choices:
            st.info(
                "There is no lexicon for these languages. Add one: a text file with a word, a tab and its translation on each line.",
                icon=":material/dictionary:",
            )
            return
        with left:
            linked = st.query_params.get("lexicon")
            if linked and linked not in choices:
                warn("The lexicon of this link is not in this workspace; add the file again.")
            chosen = choices[
                choose(
                    list(choices),
                    lambda id: choices[id].title,
                    param="lexicon",
                    key="compare_lexicon",
                    label="Lexicon",
                    help=meaning("lexicon"),
                )
            ]
    stamps = data.stamp(store, pick.one), data.stamp(store, pick.other)
    with st.spinner("Looking up the pairs"):
        rows = data.by_lexicon(store, stamps, one, other, str(chosen.path), chosen.path.stat().st_mtime)
    names = dict(zip("AB", short_names(pick.one, pick.other), strict=True))
    frame = _table(rows[rows["kind"] == "all"])
    st.dataframe(
        frame,
        hide_index=True,
        alt="Precision by the lexicon",
        column_config={
            "Correct": st.column_config.TextColumn(help="Among the pairs whose source word is in the lexicon."),
            "Correct, both words known": st.column_config.TextColumn(
                help=(
                    "Among the pairs whose two words are both in the lexicon: only for these is a missing entry clear evidence of an error."
                )
            ),
            "Coverage": st.column_config.TextColumn(help="Share of the pairs whose source word is in the lexicon."),
        },
    )
    table_downloads(frame, f"{pick.one.id}-lexicon", "Precision of mined word pairs by a lexicon", key="compare_lexicon_table")
    if not rows["judged"].sum():
        st.caption("The lexicon has none of the mined words, so precision cannot be computed.")
        return
    rows = rows.assign(run=rows["run"].map(names))
    left, right = st.container(key="figures_lexicon").columns(2, gap="large")
    with left:
        st.markdown(
            "**By similarity**", help=f"{meaning('similarity')} Each band has about the same number of pairs, of both runs together."
        )
        figure(
            charts_compare.precision(rows[rows["kind"] == "band"], list(names.values()), "band", "Similarity"),
            f"{pick.one.id}-lexicon-similarity",
            key="compare_by_band",
        )
    with right:
        st.markdown("**By iteration**", help=meaning("iteration"))
        figure(
            charts_compare.precision(rows[rows["kind"] == "iteration"], list(names.values()), "iteration", "Iteration"),
            f"{pick.one.id}-lexicon-iteration",
            key="compare_by_iteration",
        )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    shares = {"Correct": "precision", "Correct, both words known": "precision_both_known", "Coverage": "coverage"}
    return pd.DataFrame(
        {"Run": rows["run"]}
        | {title: [plain.percent(None if pd.isna(value) else value) for value in rows[name]] for title, name in shares.items()}
        | {"Pairs": rows["pairs"].map("{:,}".format), "Correct pairs": rows["correct"].map("{:,}".format)}
    )


def _choices(store: Store, pick: Pick) -> list[LexiconChoice]:
    """The lexicon of the sample data, those that a run names, and uploaded ones."""
    run = pick.one
    sample = SAMPLE_DATA / "lexicon" / f"{run.src_language}-{run.trg_language}.tsv"
    found = [LexiconChoice("sample", f"Sample data: {sample.name}", sample)]
    for letter, record in (("a", pick.one), ("b", pick.other)):
        for section, key in (("evaluation", "lexicon"), ("vecmap", "dictionary")):
            named = Path(str((record.config.get(section) or {}).get(key) or "/"))
            if named.is_absolute() and named not in {choice.path for choice in found}:
                found.append(LexiconChoice(f"{section}-{letter}", f"Run {letter.upper()}: {named.name}", named))
    added = st.session_state.setdefault("compare_lexicons", {})
    linked = st.query_params.get("lexicon", "")
    if _UPLOAD.fullmatch(linked):
        added.setdefault(linked, "Added earlier")
    for id, title in added.items():
        paths = [store.workspace.root / "uploads" / f"{id}{ending}" for ending in (".tsv", ".txt", ".tsv.gz", ".txt.gz")]
        found += [LexiconChoice(id, title, path) for path in paths if path.is_file()][:1]
    return [choice for choice in found if choice.path.is_file()]


def _upload(store: Store) -> None:
    file = st.file_uploader(
        "Lexicon (tsv)",
        type=["tsv", "txt", "gz"],
        key="compare_upload",
        max_upload_size=MEGABYTES,
        help="One entry per line: a word of the first language, a tab, its translation. Several translations are on several lines.",
    )
    if file is not None and st.button("Use it", type="primary", key="compare_upload_use"):
        from lraln_core.text import lexicon

        with errors_shown():
            saved = uploads.save(file, store.workspace)
            try:
                lexicon.read(saved.path)
            except LralnError:
                if saved.new:
                    saved.path.unlink(missing_ok=True)
                raise
            id = saved.path.name.split(".")[0]
            st.session_state.setdefault("compare_lexicons", {})[id] = f"Added: {file.name[:60]}"
            st.query_params["lexicon"] = id
            st.rerun()


def _by_judgement(store: Store, pick: Pick) -> None:
    both = [data.judged(store, run.id) for run in (pick.one, pick.other)]
    if not any(found.overall.judged for found in both):
        st.html(
            '<p class="lr-note">No pairs of these runs have been judged yet. Judge some on the page Pairs; a verdict counts for every '
            "run that found the pair at the same place.</p>"
        )
        st.page_link("pages/pairs.py", label="Judge pairs", icon=":material/link:", query_params={"run": pick.one.id})
        return
    names = short_names(pick.one, pick.other)
    frame = pd.DataFrame([_judged_row(letter, found) for letter, found in zip("AB", both, strict=True)])
    st.dataframe(
        frame,
        hide_index=True,
        alt="Precision by judgement",
        column_config={
            "Correct": st.column_config.TextColumn(
                help="The two words translate each other in these sentences. Each distinct place counts once, with the verdict of most "
                "annotators; unsure does not count; every band of similarity is weighted by its share of all pairs."
            ),
            "Correct or similar": st.column_config.TextColumn(help="Pairs of similar meaning count too."),
            "95 % interval": st.column_config.TextColumn(help=meaning("wilson")),
        },
    )
    table_downloads(frame, f"{pick.one.id}-judged", "Precision of mined word pairs by judgement", key="compare_judged_table")
    rows = [
        {"label": label, "run": name, "value": part.value, "low": part.low, "high": part.high}
        for label, of in (("correct", lambda found: found.overall.strict), ("correct or similar", lambda found: found.overall.lenient))
        for name, found in zip(names, both, strict=True)
        if (part := of(found))
    ]
    figure(charts_compare.two_intervals(pd.DataFrame(rows), names, "Share of the pairs"), f"{pick.one.id}-judged", key="compare_judged")
    st.html('<p class="lr-note">These values represent the run only when the judged pairs were drawn at random.</p>')


def _judged_row(letter: str, found: JudgedPrecision) -> dict[str, str]:
    overall = found.overall
    strict, lenient = overall.strict, overall.lenient
    return {
        "Run": letter,
        "Judged pairs": f"{overall.judged:,}",
        "Correct": plain.percent(strict.value if strict else None),
        "95 % interval": f"{100 * strict.low:.1f} to {100 * strict.high:.1f}" if strict else "",
        "Correct or similar": plain.percent(lenient.value if lenient else None),
    } | {f"{label.capitalize()} (count)": f"{overall.counts.get(verdict, 0):,}" for verdict, label in LABELS.items()}
