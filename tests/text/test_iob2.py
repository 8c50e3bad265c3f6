"""Named entities in IOB2."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lraln_core.errors import CorpusError
from lraln_core.text import iob2
from lraln_core.text.iob2 import ENTITY_TYPES, TaggedSentence


def load_text(folder, text, **options):
    path = folder / "ner.conll"
    path.write_text(text, encoding="utf-8")
    return iob2.load(path, **options)


def tags_of(folder, text, **options):
    return [sentence.tags for sentence in load_text(folder, text, **options).sentences]


@pytest.mark.parametrize("mark", [" ", "\t", "  "])
def test_tokens_and_tags(tmp_path, mark):
    text = f"Amina{mark}B-PER\nlives{mark}O\n\n\nNairobi{mark}B-LOC\n"
    assert load_text(tmp_path, text).sentences == (
        TaggedSentence(("Amina", "lives"), ("B-PER", "O")),
        TaggedSentence(("Nairobi",), ("B-LOC",)),
    )


def test_read_gives_the_sentences_of_load(tmp_path):
    load_text(tmp_path, "Nairobi B-LOC\n")
    assert iob2.read(tmp_path / "ner.conll") == [TaggedSentence(("Nairobi",), ("B-LOC",))]


def test_of_several_columns_the_first_and_the_last_count(tmp_path):
    assert load_text(tmp_path, "EU NNP B-NP B-ORG\n").sentences == (TaggedSentence(("EU",), ("B-ORG",)),)


def test_a_token_with_a_space_between_tabs(tmp_path):
    assert load_text(tmp_path, "1 000\tO\n").sentences == (TaggedSentence(("1 000",), ("O",)),)


def test_document_marks_and_comments_are_left_out(tmp_path):
    text = "-DOCSTART- -X- O O\n\n# sent_id = 1\n# text = Go O\n#\nGo O\n# O\n\n# O\nhome O\n"
    assert [sentence.words for sentence in load_text(tmp_path, text).sentences] == [("Go", "#"), ("#", "home")]


def test_an_entity_that_begins_with_i_is_repaired_and_listed(tmp_path):
    text = "Amina I-PER\nJuma I-PER\nin O\nDar I-LOC\nBank B-LOC\nWorld I-ORG\n"
    loaded = load_text(tmp_path, text)
    assert loaded.sentences[0].tags == ("B-PER", "I-PER", "O", "B-LOC", "B-LOC", "B-ORG")
    assert loaded.repaired_lines == (1, 4, 6)


def test_an_entity_does_not_reach_over_sentences(tmp_path):
    assert tags_of(tmp_path, "a B-PER\n\nb I-PER\n") == [("B-PER",), ("B-PER",)]


def test_other_types_may_be_folded_into_outside(tmp_path):
    text = "Monday B-DATE\nmorning I-DATE\nin O\nDar B-LOC\nSalaam I-LOC\n"
    assert tags_of(tmp_path, text, types=ENTITY_TYPES) == [("O", "O", "O", "B-LOC", "I-LOC")]
    assert tags_of(tmp_path, text)[0][:2] == ("B-DATE", "I-DATE")


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("Go O\nhome\n", "ner.conll line 2: 'home' stands alone; write a token and its tag."),
        ("Go o\n", "ner.conll line 1: 'o' is not an IOB2 tag (O, B-PER, I-PER, ...)."),
        ("\nBonn X-LOC\n", "ner.conll line 2: 'X-LOC' is not an IOB2 tag (O, B-PER, I-PER, ...)."),
        ("Bonn B-\n", "ner.conll line 1: 'B-' is not an IOB2 tag (O, B-PER, I-PER, ...)."),
        ("\n\n", "ner.conll holds no tagged sentence."),
    ],
)
def test_what_is_wrong_with_a_line(tmp_path, text, sentence):
    with pytest.raises(CorpusError) as error:
        load_text(tmp_path, text)
    assert str(error.value) == sentence


WORD = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=6).filter(
    lambda word: not word.startswith(("#", "-DOCSTART-", "\ufeff"))
)
ENTITY = st.builds(lambda kind, more: [f"B-{kind}"] + [f"I-{kind}"] * more, st.sampled_from(ENTITY_TYPES), st.integers(0, 2))
TAGS = st.lists(st.one_of(st.just(["O"]), ENTITY), min_size=1, max_size=5).map(lambda parts: tuple(sum(parts, [])))
SENTENCE = TAGS.flatmap(
    lambda tags: st.lists(WORD, min_size=len(tags), max_size=len(tags)).map(lambda words: TaggedSentence(tuple(words), tags))
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentences=st.lists(SENTENCE, min_size=1, max_size=4), mark=st.sampled_from([" ", "\t"]))
def test_valid_files_come_back_unrepaired(tmp_path, sentences, mark):
    text = "\n".join("".join(f"{word}{mark}{tag}\n" for word, tag in zip(s.words, s.tags, strict=True)) for s in sentences)
    loaded = load_text(tmp_path, text)
    assert list(loaded.sentences) == sentences and loaded.repaired_lines == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=80))
def test_arbitrary_bytes_are_sentences_or_a_corpus_error(tmp_path, data):
    path = tmp_path / "ner.conll"
    path.write_bytes(data)
    try:
        loaded = iob2.load(path)
    except CorpusError as error:
        assert "\n" not in str(error)
    else:
        assert all(len(s.words) == len(s.tags) > 0 for s in loaded.sentences)
