"""Every format of text: the example is read right; what is truncated, mislabelled or mixed is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.errors import CorpusError
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.formats.detect import Format, detect
from lraln_core.text.formats.sentences import ReadOptions, format_table, preview, read_sentences
from lraln_core.text.reading import likely_encoding

EXAMPLES = Path(__file__).parent / "examples"
SENTENCES = ["Mto unapita katikati ya kijiji.", "Watoto wanacheza karibu na daraja.", "Mvua ilinyesha usiku kucha."]
ENGLISH = ["The river runs through the village.", "The children play near the bridge.", "It rained all night."]
SPACED = [sentence.replace(".", " .") for sentence in SENTENCES]
READ = [  # file, format, options, what its sentences are
    ("plain.txt", "plain", {}, SENTENCES),
    ("plain.txt.gz", "plain", {}, SENTENCES),
    ("plain.txt.xz", "plain", {}, SENTENCES),
    ("plain.txt.zst", "plain", {}, SENTENCES),
    ("plain.txt.bz2", "plain", {}, SENTENCES),
    ("utf16.txt", "plain", {}, SENTENCES),
    ("table.tsv", "tsv", {"column": "text"}, SENTENCES),
    ("table.csv", "csv", {"column": "text"}, SENTENCES),
    ("leipzig-sentences.txt", "leipzig", {}, SENTENCES),
    ("sentences.jsonl", "jsonl", {}, SENTENCES),
    ("wiki_00", "wikiextractor", {}, SENTENCES),
    ("sentences.parquet", "parquet", {}, SENTENCES),
    ("treebank.conllu", "conllu", {}, SENTENCES),
    ("multiword.conllu", "conllu", {}, ["del río."]),
    ("memory.tmx", "tmx", {}, SENTENCES),
    ("units.xlf", "xliff", {}, SENTENCES),
    ("units2.xliff", "xliff", {}, SENTENCES),
    ("osis.xml", "bible", {}, SENTENCES),
    ("osis-milestones.xml", "bible", {}, SENTENCES),
    ("usx.xml", "bible", {}, SENTENCES),
    ("usfx.xml", "bible", {}, SENTENCES),
    ("zefania.xml", "bible", {}, SENTENCES),
    ("ces.xml", "bible", {}, SENTENCES),
    ("ebible-swh.txt", "ebible", {}, SENTENCES),
    ("book.usfm", "usfm", {}, SENTENCES),
    ("dump.xml", "wikipedia", {}, SENTENCES),
    ("story.flextext", "flextext", {}, SPACED),
    ("two-scripts.flextext", "flextext", {"tier": "sw-Arab"}, ["مطو"]),
    ("story.eaf", "elan", {"tier": "sentence"}, SENTENCES),
    ("story.toolbox.txt", "toolbox", {}, SPACED),
    ("story.TextGrid", "textgrid", {"tier": "sentence"}, SENTENCES),
    ("short.TextGrid", "textgrid", {}, SENTENCES),
    ("tatoeba.tsv4", "tsv", {"column": "2"}, SENTENCES),
]


def texts(path: Path, **options: str) -> list[str]:
    return [line.text for line in read_sentences(path, "sw", ReadOptions(**options)) if line.text]


@pytest.mark.parametrize(("name", "format", "options", "expected"), READ, ids=[case[0] for case in READ])
def test_an_example_of_every_format_is_read(name, format, options, expected):
    path = EXAMPLES / name
    assert detect(path, column=options.get("column", "")).format == format
    assert texts(path, **options) == expected
    seen = preview(path, "sw", ReadOptions(**options))
    assert [line.text for line in seen.first] == expected and seen.complete and seen.sentences == len(expected)


def test_what_was_seen_is_said_in_words():
    assert preview(EXAMPLES / "treebank.conllu", "sw").sentence() == "CoNLL-U, 3 sentences, text from # text"
    assert preview(EXAMPLES / "plain.txt.xz", "sw").sentence() == "Plain text packed with xz, 3 sentences, text from one sentence a line"


def test_the_other_side_of_a_translation_memory():
    for name in ("memory.tmx", "units.xlf", "units2.xliff"):
        assert [line.text for line in read_sentences(EXAMPLES / name, "en")] == ENGLISH


def test_a_legacy_encoding_is_recognised_but_only_taken_when_it_is_confirmed():
    path = EXAMPLES / "cp1251.txt"
    with pytest.raises(CorpusError, match="line 1: not UTF-8 .*It looks like cp1251: choose that encoding"):
        texts(path)
    assert texts(path, encoding="cp1251")[0] == "Реката тече низ селото и покрај старата воденица."
    assert likely_encoding(path.read_bytes()) == "cp1251"


@pytest.mark.parametrize("name", ["story.flextext", "story.eaf", "story.toolbox.txt"])
def test_interlinear_glosses_are_kept_with_their_words(name, tmp_path):
    tier = "sentence" if name.endswith("eaf") else ""
    corpus = prepare_corpus(EXAMPLES / name, "sw", tmp_path, tier=tier)
    assert corpus.words([0]) == [("Mto", "unapita", "katikati", "ya", "kijiji", ".")]
    assert corpus.glosses([0]) == [("river", "it.passes", "middle", "of", "village", "")]


def test_the_tokens_of_a_treebank_are_taken_when_its_text_is_said_to_be_tokenised(tmp_path):
    corpus = prepare_corpus(EXAMPLES / "multiword.conllu", "es", tmp_path, tokenized=True)
    assert corpus.words([0]) == [("del", "río", ".")] and corpus.glosses([0]) == [()]


def test_the_id_of_plain_text_and_tables_is_that_of_earlier_versions(tmp_path):
    assert prepare_corpus(EXAMPLES / "plain.txt", "sw", tmp_path).id == "1595ac647ae7977c3db2502e3ad06a01"
    assert prepare_corpus(EXAMPLES / "table.tsv", "sw", tmp_path, column="text").id == "d2e582730965281ddd7b450c36c151be"


HALF = [  # files of which the first half is refused, with a part of the sentence
    ("plain.txt.gz", "the gzip data ends too early"),
    ("plain.txt.xz", "the xz data ends too early"),
    ("plain.txt.zst", "the zstd data ends too early"),
    ("plain.txt.bz2", "the bzip2 data"),
    ("sentences.parquet", "damaged or ends too early"),
    ("sentences.jsonl", "line 2: not a JSON object"),
    ("treebank.conllu", "is not a row of ten columns"),
    ("memory.tmx", "the file ends too early"),
    ("units.xlf", "the file ends too early"),
    ("osis.xml", "the file ends too early"),
    ("usx.xml", "the file ends too early"),
    ("dump.xml", "the file ends too early"),
    ("story.flextext", "the file ends too early"),
    ("story.eaf", "the file ends too early"),
    ("story.TextGrid", "the file ends too early"),
]


@pytest.mark.parametrize(("name", "said"), HALF, ids=[name for name, _ in HALF])
def test_a_truncated_file_is_refused_in_one_sentence(name, said, tmp_path):
    raw = (EXAMPLES / name).read_bytes()
    cut = raw[: len(raw) * 3 // 5]
    path = tmp_path / name
    path.write_bytes(cut if not name.endswith("conllu") else cut[: cut.rindex(b"\t") - 3])
    tier = "sentence" if name.endswith(("eaf", "story.TextGrid")) else ""
    with pytest.raises(CorpusError) as error:
        texts(path, tier=tier)
    assert said in str(error.value) and str(error.value).startswith(name) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("example", "name", "said"),
    [
        ("plain.txt", "a.conllu", "a.conllu is not CoNLL-U although its name says so: it looks like Plain text"),
        ("plain.txt", "a.tmx", "a.tmx is not TMX although its name says so"),
        ("plain.txt", "a.eaf", "a.eaf is not ELAN although its name says so"),
        ("plain.txt", "a.TextGrid", "a.TextGrid is not Praat TextGrid although its name says so"),
        ("plain.txt", "a.parquet", "a.parquet is not a Parquet table although its name says so"),
        ("plain.txt", "a.txt.xz", "a.txt.xz is not packed with xz although its name says so"),
        ("memory.tmx", "a.xliff", "a.xliff is not XLIFF although its name says so: it looks like TMX"),
        ("iob1.conll", "a.txt", "a.txt looks like Tagged entities"),
        ("links.pharaoh", "a.txt", "a.txt looks like Pharaoh alignments"),
        ("wiktextract.jsonl", "a.jsonl", "a.jsonl looks like Wiktextract JSON lines"),
        ("tatoeba.tsv4", "a.txt", "a.txt is a Tatoeba export of sentence pairs; choose the column"),
    ],
)
def test_a_mislabelled_file_is_refused_in_one_sentence(example, name, said, tmp_path):
    path = tmp_path / name
    path.write_bytes((EXAMPLES / example).read_bytes())
    with pytest.raises(CorpusError) as error:
        texts(path)
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"1\tOne.\n2\tTwo.\nnot numbered\n", "a.txt", "a.txt line 3: 'not numbered' is not number TAB sentence"),
        (b'{"text": "One."}\nTwo.\n', "a.jsonl", "a.jsonl line 2: not a JSON object"),
        (b'{"text": "One."}\n{"other": 1}\n', "a.jsonl", "a.jsonl line 2: no text in the field 'text'"),
        (b"one\ttwo\n" * 6, "a.txt", "a.txt looks like a table of 2 columns; choose the one with the sentences"),
        (b"PK\x03\x04rest", "a.docx", "a.docx is a Word document; save its text as UTF-8."),
        (b"%PDF-1.7 rest", "a.pdf", "a.pdf is a PDF; save its text as UTF-8."),
        (b"{\\rtf1 text}", "a.rtf", "a.rtf is a rich text document; save its text as UTF-8."),
        (b"<?xml version='1.0'?><html><p>One.</p></html>", "a.xml", "a.xml is XML with the root <html>, which is not read"),
        (
            b'<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><tmx><body><tu>&b;</tu></body></tmx>',
            "a.tmx",
            "a.tmx line 1: declares the entity 'a'; XML with entities is not read.",
        ),
        (b"<tmx>" + b"<a>" * 300, "a.tmx", "a.tmx line 1: more than 200 elements inside one another."),
        (b"\\foo one\n\\bar two\n", "a.txt", "a.txt: text with markers that are neither those of USFM"),
    ],
)
def test_mixed_unknown_and_hostile_files_are_refused_in_one_sentence(content, name, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorpusError) as error:
        texts(path)
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("story.TextGrid", {}, "has several tiers: 'sentence' (3), 'notes' (2); choose the one with the sentences (--tier)."),
        ("story.eaf", {"tier": "words"}, "has no tier 'words'; it has 'sentence' (3), 'word' (17), 'gloss' (17)."),
        ("two-scripts.flextext", {}, "has words in 'sw' (1), 'sw-Arab' (1); choose one (--tier sw)."),
        ("story.flextext", {"tier": "mk"}, "has no words in the writing system 'mk'; it has 'sw' (17)."),
        ("plain.txt", {"tier": "tx"}, "(Plain text) has no tiers; leave the tier out."),
        ("plain.txt", {"encoding": "base64"}, "'base64' is no encoding of text files"),
        ("plain.txt", {"encoding": "klingon"}, "unknown encoding 'klingon'"),
        ("plain.txt", {"format": "doc"}, "Unknown format 'doc'; choose one of plain, tsv"),
        ("sentences.parquet", {"column": "id"}, "has no text column 'id'; columns with text are 'text'"),
    ],
)
def test_a_choice_that_is_missing_or_does_not_exist_is_said_with_what_there_is(name, options, said):
    with pytest.raises(CorpusError) as error:
        texts(EXAMPLES / name, **options)
    assert said in str(error.value)


def test_a_memory_without_the_language_is_refused_with_those_it_has():
    with pytest.raises(CorpusError, match="memory.tmx has no text in mk; it has swh, en-US."):
        list(read_sentences(EXAMPLES / "memory.tmx", "mk"))


def test_every_format_of_sentences_has_an_example():
    shown = {case[1] for case in READ}
    assert {format.value for format in Format} - shown <= {"tatoeba", "ner", "pharaoh", "naacl", "talp", "lexicon", "wiktextract", "panlex"}


def test_the_table_of_formats_in_the_documentation_is_that_of_the_detector():
    written = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert written.endswith(format_table())
