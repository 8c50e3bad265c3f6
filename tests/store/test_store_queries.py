"""Lists, sentences of a corpus, and word retrieval link by link."""

from __future__ import annotations

import pytest

from lraln_core.errors import ConfigError, CorpusError, RunError
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.retrieval import LinkFilter, Outcome, count_links, outcome_counts, page_of_links
from tests.store.store_folders import write_run


def test_runs_are_listed_with_the_latest_first(sample, workspace):
    folder = write_run(workspace, "run-2", state="failed", started="2026-02-01T00:00:00.000+00:00", error="no memory")
    ingest_run(sample, folder)
    runs = queries.list_runs(sample)
    assert runs["id"].tolist() == ["run-2", "run-1"]
    assert runs["error"].tolist()[0] == "no memory" and runs["accuracy_after"].isna().tolist() == [True, False]


@pytest.mark.parametrize("read", [queries.one_run, queries.curves, queries.minings, queries.metrics])
def test_an_unknown_run_is_told_by_name(sample, read):
    with pytest.raises(RunError, match="There is no run 'x' in the database"):
        read(sample, "x")


def test_an_unknown_corpus_is_told_by_name(sample):
    for read in (queries.count_sentences, queries.page_of_sentences):
        with pytest.raises(CorpusError, match="There is no corpus 'x'"):
            read(sample, "x")


@pytest.mark.parametrize(
    ("search", "match", "positions"),
    [
        ("", "contains", [0, 1, 2, 3]),
        ("РЕКАТА", "contains", [0, 2]),
        ("војската", "exact", [0, 1]),
        ("река", "exact", []),
        ("река", "prefix", [0, 2]),
        ("кон град", "contains", [3]),
        (r"\.$", "regex", [0, 2]),
        ("%", "contains", []),
    ],
)
def test_sentences_are_searched(sample, search, match, positions):
    assert queries.page_of_sentences(sample, "c-mk", search, match)["position"].tolist() == positions
    assert queries.count_sentences(sample, "c-mk", search, match) == len(positions)
    assert queries.page_of_sentences(sample, "c-mk", search, match, offset=1, limit=1)["position"].tolist() == positions[1:2]


def test_a_search_that_cannot_be_used_says_why(sample):
    with pytest.raises(ConfigError, match="The search"):
        queries.count_sentences(sample, "c-mk", "(", "regex")


@pytest.mark.parametrize(
    ("direction", "outcome", "links"),
    [
        ("src2trg", "all", [0, 1, 2, 3]),
        ("src2trg", "gained", [0]),
        ("src2trg", "lost", [1]),
        ("src2trg", "both right", [2]),
        ("src2trg", "both wrong", [3]),
        ("trg2src", "gained", [2]),
        ("trg2src", "lost", [3]),
        ("trg2src", "both right", [0]),
        ("trg2src", "both wrong", [1]),
    ],
)
def test_links_are_told_apart_by_what_alignment_did(sample, direction, outcome, links):
    filter = LinkFilter("run-1", direction, outcome)
    assert [link.link for link in page_of_links(sample, filter)] == links
    assert count_links(sample, filter) == len(links)
    assert outcome_counts(sample, "run-1", direction)[Outcome(outcome)] == len(links)


def test_a_link_shows_the_words_that_were_retrieved(sample):
    (link,) = page_of_links(sample, LinkFilter("run-1", outcome=Outcome.GAINED))
    assert (link.query.token, link.gold.token, link.before.token, link.after.token) == ("куче", "dog", "dog", "dog")
    assert (link.before.sentence, link.after.sentence) == (1, 0)
    assert link.query.words == ("куче", "лае") and link.before.words == ("the", "dog", "sleeps")
    (nothing,) = page_of_links(sample, LinkFilter("run-1", outcome=Outcome.BOTH_WRONG))
    assert (nothing.before.token, nothing.before.words, nothing.after.token) == ("", (), "dog")


def test_links_are_found_by_the_asking_word(sample):
    assert count_links(sample, LinkFilter("run-1", word="КУЧЕ")) == 2
    assert count_links(sample, LinkFilter("run-1", word="dog")) == 0
    assert count_links(sample, LinkFilter("run-1", "trg2src", word="dog")) == 2
    assert [link.link for link in page_of_links(sample, LinkFilter("run-1", word="е", match="contains"), 1, 2)] == [1, 2]


def test_a_link_filter_that_cannot_be_used_says_why():
    with pytest.raises(ConfigError, match="gained"):
        LinkFilter("run-1", outcome="won")
