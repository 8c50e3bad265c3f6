"""The readers on real files, which lie beside the project on some machines only."""

from pathlib import Path

import pytest

from lraln_core.text import iob2, lexicon, parallel
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.tokenization import tokenizer_for

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real evaluation data in {DATA}")


def test_tatoeba_is_aligned_with_words_that_translate_each_other():
    text = parallel.load(DATA / "parallel" / "tatoeba.af-en.tsv", "af", "en")
    assert len(text) == 1000 and 4000 < text.link_count < 6000
    words = lexicon.read(DATA / "lexicon" / "af-en.tsv")
    found = [
        trg[j].lower() in words[src[i].lower()]
        for src, trg, links in zip(text.src, text.trg, text.links, strict=True)
        for i, j in links
        if src[i].lower() in words
    ]
    assert len(found) > 2500 and sum(found) / len(found) > 0.7


@pytest.mark.parametrize("code, name", [("mk", "tatoeba.mk-en.tsv"), ("bn", "tatoeba.bn-en.tsv"), ("eu", "tatoeba.eu-en.tsv")])
def test_tokenised_text_comes_out_unchanged(code, name):
    rows = [line.split("\t") for line in (DATA / "parallel" / name).read_text(encoding="utf-8").splitlines()]
    for side, language in ((0, code), (1, "en")):
        tokenize = tokenizer_for(language)
        for row in rows:
            words = tokenize(row[side])
            assert tokenize(" ".join(words)) == words


@pytest.mark.parametrize("name, sentences", [("en.dev", 2077), ("en.train", 2001), ("sw.dev", 942), ("sw.test", 1883)])
def test_entities_are_whole(name, sentences):
    loaded = iob2.load(DATA / "ner" / f"{name}.conll")
    assert len(loaded.sentences) == sentences and loaded.repaired_lines == ()
    assert {tag for sentence in loaded.sentences for tag in sentence.tags} == {
        "O", *(f"{begin}-{kind}" for begin in "BI" for kind in iob2.ENTITY_TYPES)
    }  # fmt: skip


def test_a_bible_column_is_a_corpus(tmp_path):
    corpus = prepare_corpus(DATA / "parallel" / "bible-nt.gu-en.tsv", "gu", tmp_path, column="2")
    assert len(corpus) > 7000 and corpus.report.warnings() == ()
    assert max(corpus.report.letters, key=corpus.report.letters.get) == "GUJARATI"
