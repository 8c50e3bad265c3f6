"""Parallel text, alignments, tagged entities and dictionaries of every kind; and what is written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.errors import CorpusError
from lraln_core.files import schemas
from lraln_core.text import iob2, lexicon, parallel, pharaoh
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.formats.sentences import read_sentences
from lraln_core.text.formats.write import best_translations, write_corpus
from lraln_core.text.iob2 import Scheme
from lraln_core.text.pharaoh import AlignedSentence

EXAMPLES = Path(__file__).parent / "examples"
FIRST = (("Mto", "unapita", "katikati", "ya", "kijiji", "."), ("The", "river", "runs", "through", "the", "village", "."))
LINKS = EXAMPLES / "links.pharaoh"


def load(name: str, **options):
    return parallel.load(EXAMPLES / name, "swh_Latn", "en", alignments=LINKS, **options)


@pytest.mark.parametrize(
    ("name", "options", "pairs"),
    [
        ("memory.tmx", {}, 3),
        ("units.xlf", {}, 3),
        ("units2.xliff", {}, 3),
        ("tatoeba.tsv4", {}, 3),
        ("tatoeba.tsv4", {"columns": (2, 4)}, 3),
        ("pairs.tsv", {"columns": ("swahili", "english")}, 3),
        ("pairs.csv", {"columns": ("swahili", "english")}, 3),
        ("moses.sw", {"trg_path": EXAMPLES / "moses.en"}, 3),
        ("ebible-swh.txt", {"trg_path": EXAMPLES / "ebible-eng.txt"}, 3),
    ],
)
def test_parallel_text_in_every_format(name, options, pairs):
    text = load(name, **options)
    assert len(text) == pairs and (text.src[0], text.trg[0]) == FIRST
    assert text.links == (((0, 0),), ((0, 0),), ((1, 1), (2, 2)))  # sure links only


def test_two_files_of_different_length_or_with_a_gap_are_refused(tmp_path):
    (tmp_path / "a.sw").write_text("Moja.\nMbili.\n", encoding="utf-8")
    (tmp_path / "a.en").write_text("One.\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="a.sw has 2 lines, a.en has 1; line i must translate line i."):
        parallel.load(tmp_path / "a.sw", "sw", "en", trg_path=tmp_path / "a.en")
    (tmp_path / "a.en").write_text("One.\n \n", encoding="utf-8")
    with pytest.raises(CorpusError, match="a.en line 2: empty, while the other file has a sentence there."):
        parallel.load(tmp_path / "a.sw", "sw", "en", trg_path=tmp_path / "a.en")


def test_a_memory_without_one_of_the_languages_is_refused():
    with pytest.raises(CorpusError, match="memory.tmx has no unit in both mk and en; its languages are swh, en-US."):
        parallel.load(EXAMPLES / "memory.tmx", "mk", "en")


@pytest.mark.parametrize(("text", "pair"), [("", None), ("2,4", ("2", "4")), (" a , b ", ("a", "b"))])
def test_two_columns_are_named_with_a_comma(text, pair):
    assert parallel.column_pair(text) == pair
    with pytest.raises(CorpusError, match="does not name two columns"):
        parallel.column_pair("2")


@pytest.mark.parametrize("name", ["links.pharaoh", "links.naacl", "links.talp"])
def test_alignments_with_sure_and_possible_links(name):
    read = pharaoh.read_aligned(EXAMPLES / name)
    assert [one.sure for one in read] == [((0, 0),), ((0, 0),), ((1, 1), (2, 2))] or name != "links.pharaoh"
    if name == "links.pharaoh":
        assert read[0].possible == ((1, 1), (2, 2))
    if name == "links.naacl":
        assert read == [AlignedSentence(((0, 0),), ((1, 1),)), AlignedSentence(((0, 0),)), AlignedSentence(((1, 1),))]
    if name == "links.talp":
        assert [one.sure for one in read] == [((0, 0), (1, 1)), ((0, 0),), ((1, 1), (2, 2))]


def test_naacl_alignments_come_back_as_they_were_written(tmp_path):
    read = pharaoh.read_aligned(LINKS)
    pharaoh.write_naacl(tmp_path / "a.naacl", read)
    assert pharaoh.read_aligned(tmp_path / "a.naacl") == read


def test_sentences_without_links_at_the_end_of_a_naacl_file(tmp_path):
    (tmp_path / "a.naacl").write_text("1 1 1 S\n", encoding="utf-8")
    text = parallel.load(EXAMPLES / "moses.sw", "sw", "en", trg_path=EXAMPLES / "moses.en", alignments=tmp_path / "a.naacl")
    assert text.links == (((0, 0),), (), ())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.naacl", "1 1 1 S\n1 0 1 S\n", "a.naacl line 2: '1 0 1 S' is not sentence, source word, target word from 1"),
        ("a.naacl", "1 1 1 S\n9000000 1 1\n", "a.naacl: sentence number 9,000,000, but links for 2 sentences only"),
        ("a.talp", "1-1 0-2\n", "a.talp line 1: '0-2' counts from 0, where Talp files count words from 1."),
        ("a.pharaoh", "0-0 1x1\n", "a.pharaoh line 1: '1x1' is not a pair of word numbers such as 0-1."),
    ],
)
def test_what_is_wrong_with_alignments(name, content, said, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        pharaoh.read(tmp_path / name)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    ("name", "scheme", "words", "tags"),
    [
        ("iob1.conll", Scheme.IOB1, "Mji wa Dar es Salaam | Juma Asha", "O O B-LOC I-LOC I-LOC | B-PER B-PER"),
        ("iob2.iob2", Scheme.IOB2, "Dar es Salaam ni", "B-LOC I-LOC I-LOC O"),
        ("bioes.conll", Scheme.BIOES, "Dar es Salaam na Nairobi", "B-LOC I-LOC I-LOC O B-LOC"),
        ("wikiann.sw", Scheme.IOB2, "Dar es Salaam | Juma alikuja", "B-LOC I-LOC I-LOC | B-PER O"),
        ("masakhaner.txt", Scheme.IOB2, "Dar es Salaam Jumanne .", "B-LOC I-LOC I-LOC O O"),
    ],
)
def test_tagged_entities_in_every_scheme(name, scheme, words, tags, tmp_path):
    text = iob2.load(EXAMPLES / name, types=iob2.ENTITY_TYPES)
    assert text.scheme is scheme
    assert " | ".join(" ".join(sentence.words) for sentence in text.sentences) == words
    assert " | ".join(" ".join(sentence.tags) for sentence in text.sentences) == tags
    iob2.write(tmp_path / "a.iob2", text.sentences)
    assert iob2.load(tmp_path / "a.iob2").sentences == text.sentences


def test_what_was_read_is_said():
    assert iob2.load(EXAMPLES / "iob1.conll").sentence() == "IOB1, 2 sentences, 3 entities (2 PER, 1 LOC)"


def test_scheme_and_column_are_taken_as_given(tmp_path):
    (tmp_path / "a.conll").write_text("Dar B-LOC O\nJuma B-PER O\n", encoding="utf-8")
    assert iob2.read(tmp_path / "a.conll")[0].tags == ("O", "O")
    assert iob2.read(tmp_path / "a.conll", tag_column=2)[0].tags == ("B-LOC", "B-PER")
    assert iob2.load(EXAMPLES / "iob1.conll", scheme="IOB2").scheme is Scheme.IOB2
    for options, said in (
        ({"scheme": "IOB2"}, "line 3: 'E-LOC' is not an IOB2 tag"),
        ({"scheme": "iobes"}, "Unknown tagging scheme 'iobes'; choose one of IOB1, IOB2, BIOES"),
        ({"tag_column": 3}, "line 1: there is no column 3 of tags after the token"),
        ({"tag_column": 1}, "line 1: there is no column 1 of tags after the token"),
    ):
        with pytest.raises(CorpusError, match=said):
            iob2.load(EXAMPLES / "bioes.conll", **options)


def test_tokens_with_a_colon_are_no_language_prefix(tmp_path):
    (tmp_path / "a.conll").write_text("sw:Dar B-LOC\nna O\n", encoding="utf-8")
    assert iob2.read(tmp_path / "a.conll")[0].words == ("sw:Dar", "na")


@pytest.mark.parametrize("name", ["lexicon.tsv", "muse.sw-en.txt", "more-columns.tsv", "panlex.csv"])
def test_dictionaries_in_every_format(name, tmp_path):
    assert lexicon.read(EXAMPLES / name) == {"mto": {"river", "pillow"}, "daraja": {"bridge"}}
    lexicon.write(tmp_path / "a.tsv", lexicon.entries(EXAMPLES / name))
    assert lexicon.read(tmp_path / "a.tsv") == lexicon.read(EXAMPLES / name)


def test_wiktextract_needs_the_language_where_there_are_several():
    path = EXAMPLES / "wiktextract.jsonl"
    assert lexicon.read(path, language="swh") == {"mto": {"river", "pillow"}, "daraja": {"bridge"}}
    with pytest.raises(CorpusError, match=r"line 3: words of several languages \(sw, de\); choose one."):
        lexicon.read(path)


@pytest.mark.parametrize("ending", [".txt", ".conllu", ".flextext"])
def test_a_corpus_comes_back_as_it_was_written(ending, tmp_path):
    corpus = prepare_corpus(EXAMPLES / "story.flextext", "sw", tmp_path)
    write_corpus(corpus, tmp_path / f"out{ending}")
    again = list(read_sentences(tmp_path / f"out{ending}", "sw"))
    assert [line.text for line in again] == corpus.texts(range(3))
    if ending != ".txt":
        assert [line.words for line in again] == corpus.words(range(3))
    if ending == ".flextext":
        assert [line.glosses for line in again] == corpus.glosses(range(3))


def test_a_table_of_a_corpus_and_an_ending_that_is_not_written(tmp_path):
    corpus = prepare_corpus(EXAMPLES / "plain.txt", "sw", tmp_path)
    write_corpus(corpus, tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()[1].startswith("0\tMto unapita katikati ya kijiji.\tMto unapita")
    with pytest.raises(CorpusError, match="out.docx: a corpus is written as .txt, .tsv, .conllu, .flextext."):
        write_corpus(corpus, tmp_path / "out.docx")


def test_mined_english_words_become_the_gloss_tier(tmp_path):
    corpus = prepare_corpus(EXAMPLES / "plain.txt", "sw", tmp_path)
    rows = [(0, 0, "river", 0.9), (0, 0, "water", 0.5), (0, 4, "village & town", 0.7)]
    names = ("src_sentence", "src_word", "trg_token", "similarity")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    filled = {field.name: columns.get(field.name, [0] * 3 if field.type != pa.string() else [""] * 3) for field in schemas.PAIRS}
    filled |= {"forward": [True] * 3, "backward": [True] * 3}
    pq.write_table(pa.table(filled, schema=schemas.PAIRS), tmp_path / "pairs.parquet")
    glosses = best_translations(tmp_path / "pairs.parquet")
    assert glosses == {(0, 0): "river", (0, 4): "village & town"}
    write_corpus(corpus, tmp_path / "out.flextext", glosses=glosses)
    first = next(iter(read_sentences(tmp_path / "out.flextext", "sw")))
    assert first.glosses == ("river", "", "", "", "village & town", "")


def test_possible_links_come_back_from_a_pharaoh_file(tmp_path):
    aligned = [pharaoh.AlignedSentence(((0, 1), (2, 0)), ((1, 1),)), pharaoh.AlignedSentence(())]
    pharaoh.write_aligned(tmp_path / "a.pharaoh", aligned)
    assert (tmp_path / "a.pharaoh").read_text() == "0-1 1p1 2-0\n\n"
    assert pharaoh.read_aligned(tmp_path / "a.pharaoh") == aligned
