"""The sample data keeps what sample_data/README.md says of it."""

from __future__ import annotations

import re

import pytest

from tests.sample import checks
from tests.sample import sample_files as files

in_every_language = pytest.mark.parametrize("code", files.LANGUAGES)
in_low_resource_languages = pytest.mark.parametrize("code", files.LOW_RESOURCE)
in_every_file = pytest.mark.parametrize("name", files.ALL_FILES)
in_tagged_files = pytest.mark.parametrize("name", [name for names in files.NER.values() for name in names])
in_corpora_and_test_sets = pytest.mark.parametrize(
    ("code", "name"), [(code, name) for code in files.LANGUAGES for name in files.sentences_in(code)]
)


def test_folder_holds_only_the_listed_files() -> None:
    found = {path.relative_to(files.FOLDER).as_posix() for path in files.FOLDER.rglob("[!.]*") if path.is_file()}
    assert found == {"README.md", *files.ALL_FILES}


@in_every_file
def test_file_is_large_enough(name: str) -> None:
    least = {"corpora/en.txt": 800, "corpora": 400, "parallel": 120, "ner/en.train.conll": 400, "ner": 100, "lexicon": 500}
    assert files.count(name) >= least.get(name, least[name.split("/")[0]])


@in_every_file
def test_readme_states_the_count(name: str) -> None:
    assert re.search(rf"^\| `{re.escape(name)}` \| {files.count(name):,} ", files.text("README.md"), re.MULTILINE)


@in_every_file
def test_file_is_clean_unicode(name: str) -> None:
    assert checks.is_nfc(files.text(name))
    assert checks.hidden_characters(files.text(name)) == []


@in_every_file
def test_no_line_is_blank_or_padded(name: str) -> None:
    rows = files.lines(name) if not name.endswith(".conll") else [row for row in files.lines(name) if row]
    assert [row for row in rows if not row or row != row.strip() or "  " in row] == []


@in_corpora_and_test_sets
def test_letters_belong_to_the_language(code: str, name: str) -> None:
    content = files.joined(files.sentences_in(code)[name])
    assert checks.foreign_letters(content, files.SCRIPTS[code]) == []
    if code == "mk":
        assert checks.letters_outside(content, checks.MACEDONIAN_ALPHABET) == []


@in_every_language
def test_no_sentence_occurs_twice(code: str) -> None:
    assert checks.duplicates(files.sentences_in(code)) == []


@in_corpora_and_test_sets
def test_no_two_sentences_differ_in_one_word_only(code: str, name: str) -> None:
    assert checks.one_word_apart(files.sentences_in(code)[name]) == []


@in_corpora_and_test_sets
def test_openings_vary(code: str, name: str) -> None:
    assert checks.frequent_openings(files.sentences_in(code)[name], most=0.03) == []


@in_every_language
def test_corpus_sentences_have_8_to_30_words(code: str) -> None:
    assert checks.wrong_lengths(files.lines(files.CORPORA[code]), low=8, high=30) == []


@in_every_language
def test_corpus_hardly_repeats_itself(code: str) -> None:
    corpus = files.lines(files.CORPORA[code])
    assert checks.repeated_ngrams(corpus, size=6, at_most=2) == []
    assert checks.distinct_share(corpus, size=5) >= 0.99


@in_every_language
def test_held_out_sentences_are_far_from_the_corpus(code: str) -> None:
    corpus = files.lines(files.CORPORA[code])
    for name, sentences in files.sentences_in(code).items():
        if name != files.CORPORA[code]:
            assert checks.near_copies(sentences, corpus) == [], name


@in_low_resource_languages
def test_links_join_words_one_to_one(code: str) -> None:
    links = [checks.read_links(line) for line in files.lines(files.LINKS[code])]
    pairs = list(zip(files.side(code, 0), files.side(code, 1), strict=True))
    assert len(links) == len(pairs)
    wrong = {line: checks.wrong_links(src.split(), trg.split(), links[line - 1]) for line, (src, trg) in enumerate(pairs, 1)}
    assert {line: faults for line, faults in wrong.items() if faults} == {}


@in_low_resource_languages
def test_pairs_have_enough_links(code: str) -> None:
    counts = [len(checks.read_links(line)) for line in files.lines(files.LINKS[code])]
    assert min(counts) >= 4
    assert sum(counts) / len(counts) >= 6


@in_tagged_files
def test_tags_are_iob2(name: str) -> None:
    wrong = {number: checks.wrong_tags([tag for _, tag in sentence]) for number, sentence in enumerate(files.tagged(name), 1)}
    assert {number: faults for number, faults in wrong.items() if faults} == {}


@in_tagged_files
def test_every_entity_type_is_common(name: str) -> None:
    shares = checks.entity_shares(tag for sentence in files.tagged(name) for _, tag in sentence)
    assert min(shares.values()) >= 0.2, shares


@in_low_resource_languages
def test_lexicon_entries_are_single_lower_case_words(code: str) -> None:
    entries = files.lines(files.LEXICONS[code])
    assert checks.wrong_entries(entries) == []
    for number, script in enumerate([files.SCRIPTS[code], "LATIN"]):
        assert checks.foreign_letters("".join(entry.split("\t")[number] for entry in entries), script) == []


@in_low_resource_languages
def test_lexicon_covers_the_corpus(code: str) -> None:
    sources = [entry.split("\t")[0] for entry in files.lines(files.LEXICONS[code])]
    assert checks.coverage(files.lines(files.CORPORA[code]), sources) >= 0.4
