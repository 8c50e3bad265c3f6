"""A vocabulary extended with a language's own subwords: used, well started, without effect on words that need none."""

import dataclasses
import json
from collections import Counter

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models

from lraln_core.encoder import embedded
from lraln_core.encoder.registry import BUILT_IN, open_encoder
from lraln_core.encoder.training.language_model import open_language_model, save_language_model
from lraln_core.encoder.training.subwords import NewPiece, Speller, count_words, learn_pieces
from lraln_core.encoder.training.vocabulary import Initialization, add_pieces, compare, extend_tokenizer
from lraln_core.errors import Cancelled, EncoderError
from lraln_core.records import InMemory
from tests.encoder.extending import extend_vocabulary

WORDS = Counter({"kitabu": 9, "vitabu": 7, "mwalimu": 5, "नदी": 4, "tabu": 3, "zz": 1})


@pytest.fixture(params=["tiny_bert", "tiny_xlmr"])
def opened(request):
    return open_language_model(str(request.getfixturevalue(request.param)))


def _subwords(tokenizer, word):
    return tokenizer.encode([word], is_pretokenized=True, add_special_tokens=False).tokens


def _is_bert(opened):
    return opened.model.config.model_type == "bert"


def test_words_are_counted_over_all_sentences():
    assert count_words(InMemory([("a", "b", "a"), ("b",)])) == {"a": 2, "b": 2}


def test_frequent_words_become_one_subword_and_rare_ones_stay(opened):
    extend_vocabulary(opened, WORDS, 100)
    boundary = "" if _is_bert(opened) else "▁"
    for word in ("kitabu", "vitabu", "mwalimu", "नदी", "tabu"):
        assert _subwords(opened.tokenizer, word) == [boundary + word]
    assert _subwords(opened.tokenizer, "zz") == (["z", "##z"] if _is_bert(opened) else ["▁", "z", "z"])


def test_report_by_hand(opened):
    # letters: kitabu 6, vitabu 6, mwalimu 7, tabu 4, zz 2; the tiny XLM-R has a subword for the word boundary as well;
    # BERT cannot write a word with Devanagari letters at all, Unigram has the boundary and one unknown part: 1 and 2 subwords
    report = extend_vocabulary(opened, WORDS, 100).report
    letters = 9 * 6 + 7 * 6 + 5 * 7 + 3 * 4 + 1 * 2
    before = (letters + 4) / 29 if _is_bert(opened) else (letters + 25 + 4 * 2) / 29
    assert report.fertility_before == pytest.approx(before)
    assert report.fertility_after == pytest.approx((28 + (2 if _is_bert(opened) else 3)) / 29)
    assert (report.unknown_before, report.unknown_after) == (pytest.approx(4 / 29), 0)
    assert report.changed_words == pytest.approx(28 / 29)
    assert (report.words, report.new_pieces, report.used_pieces) == (29, 8, 5)  # five words, three letters no word needs any more


def test_letters_that_cannot_be_written_come_first(opened):
    pieces = learn_pieces(WORDS, opened.tokenizer, 3)
    assert {piece.text.removeprefix("##") for piece in pieces} == set("नदी")
    assert [piece.count for piece in pieces] == [4, 4, 4]


def test_then_the_most_frequent(opened):
    pieces = learn_pieces(WORDS, opened.tokenizer, 100)
    found = [(piece.text.removeprefix("▁"), piece.count) for piece in pieces[3:]]
    assert found == [(word, count) for word, count in WORDS.most_common() if count > 1]


def test_old_pieces_keep_their_numbers(opened):
    before = opened.tokenizer.get_vocab()
    extension = extend_vocabulary(opened, WORDS, 100)
    after = opened.tokenizer.get_vocab()
    assert {piece: after[piece] for piece in before} == before
    assert set(extension.ids.tolist()).isdisjoint(before.values())
    assert opened.model.get_input_embeddings().num_embeddings == opened.model.config.vocab_size == extension.ids.max() + 1


def test_inner_pieces_match_inside_words_only(tiny_bert):
    pieces = [NewPiece("##tabu", 2, 0.0), NewPiece("ki", 2, 0.0)]
    tokenizer = extend_tokenizer(open_language_model(str(tiny_bert)).tokenizer, pieces)
    assert _subwords(tokenizer, "kitabu") == ["ki", "##tabu"]
    assert _subwords(tokenizer, "tabuki") == ["t", "##a", "##b", "##u", "##k", "##i"]


def test_a_new_unigram_piece_beats_its_old_spelling(tiny_xlmr):
    # the median shared piece is far more frequent here than the old scores say; the word must be used all the same
    opened = open_language_model(str(tiny_xlmr))
    words = Counter({"a": 100_000, "b": 100_000, "xy": 2})
    speller = Speller(opened.tokenizer)
    (piece,) = [piece for piece in learn_pieces(words, opened.tokenizer, 100) if piece.text == "▁xy"]
    ids, whole = speller.ids("▁xy")
    assert whole and piece.score > speller.scores[ids].sum()
    add_pieces(opened, [piece], words)
    assert _subwords(opened.tokenizer, "xy") == ["▁xy"]


def test_rows_start_at_the_mean_of_the_old_pieces(opened):
    table = opened.model.get_input_embeddings().weight.clone()
    number = opened.tokenizer.token_to_id
    old = [number(piece) for piece in (["t", "##a", "##b", "##u"] if _is_bert(opened) else ["▁", "t", "a", "b", "u"])]
    extend_vocabulary(opened, WORDS, 100)
    new = opened.model.get_input_embeddings().weight
    row = new[opened.tokenizer.token_to_id("tabu" if _is_bert(opened) else "▁tabu")]
    torch.testing.assert_close(row, table[old].mean(0))
    assert torch.equal(new[: len(table)], table)
    assert opened.model.get_output_embeddings().weight is new


def test_random_rows_have_the_statistics_of_the_old_ones(opened):
    table = opened.model.get_input_embeddings().weight.clone() + 5
    opened.model.get_input_embeddings().weight.data.add_(5)
    words = Counter({f"{a}{b}{c}": 5 for a in "abcdefgh" for b in "ijklmnop" for c in "qrstuvwx"})
    extension = extend_vocabulary(opened, words, 300, initialization=Initialization.RANDOM)
    rows = opened.model.get_input_embeddings().weight[extension.ids]
    assert len(rows) == 300
    torch.testing.assert_close(rows.mean(0), table.mean(0), atol=0.01, rtol=0)
    torch.testing.assert_close(rows.std(0), table.std(0), atol=0.01, rtol=0)


def test_letters_without_old_pieces_start_at_random(opened):
    extension = extend_vocabulary(opened, WORDS, 3)
    rows = opened.model.get_input_embeddings().weight[extension.ids]
    assert not torch.equal(rows[0], rows[1]) and torch.isfinite(rows).all()


def test_the_saved_folder_is_an_encoder_like_any_other(opened, tmp_path):
    name = opened.model.config._name_or_path
    extend_vocabulary(opened, WORDS, 100)
    save_language_model(tmp_path, opened)
    old, new = open_encoder(name, device="cpu", precision="float32"), open_encoder(str(tmp_path), device="cpu", precision="float32")
    untouched, touched = [("abc", "zz", "mwana"), ("d",)], [("kitabu", "abc")]
    np.testing.assert_array_equal(new.encode(untouched).vectors, old.encode(untouched).vectors)
    assert np.abs(new.encode(touched).vectors - old.encode(touched).vectors).max() > 1e-3
    assert [counts.tolist() for counts in new.loaded.subword_counts(touched)] == [[1, 3 if _is_bert(opened) else 4]]
    assert old.fingerprint != new.fingerprint


def test_an_extended_encoder_can_be_extended_again(opened, tmp_path):
    extend_vocabulary(opened, WORDS, 100)
    save_language_model(tmp_path, opened)
    again = open_language_model(str(tmp_path))
    extend_vocabulary(again, Counter({"shule": 3, "kitabu": 2}), 100)
    boundary = "" if _is_bert(opened) else "▁"
    assert [_subwords(again.tokenizer, word) for word in ("shule", "kitabu")] == [[boundary + "shule"], [boundary + "kitabu"]]


def test_fertility_leaves_invisible_words_out(tiny_bert):
    tokenizer = open_language_model(str(tiny_bert)).tokenizer
    report = compare(tokenizer, tokenizer, Counter({"abc": 2, "\u200d": 5, "नx": 1}), np.empty(0, np.int64))
    assert (report.fertility_before, report.unknown_before, report.words) == (pytest.approx(7 / 3), pytest.approx(1 / 3), 3)
    assert (report.fertility_after, report.changed_words) == (report.fertility_before, 0)


def test_nothing_new_is_one_sentence(opened):
    with pytest.raises(EncoderError, match="no subword that the vocabulary lacks"):
        extend_vocabulary(opened, Counter({"a": 5, "b": 5}), 100) if _is_bert(opened) else add_pieces(opened, [], WORDS)
    with pytest.raises(EncoderError, match="no word to learn"):
        extend_vocabulary(opened, Counter(), 100)


def test_other_tokenizers_are_refused():
    with pytest.raises(EncoderError, match="vocabulary of a BPE tokenizer cannot be extended"):
        learn_pieces(WORDS, Tokenizer(models.BPE()), 10)


def test_learning_can_be_cancelled(opened):
    def stop(done, total):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        learn_pieces(WORDS, opened.tokenizer, 10, progress=stop)


def test_the_same_text_gives_the_same_pieces_every_time(opened):
    # all counts tie, so that only the order of the words inside the trainers could decide
    words = Counter({a + b + c + d: 2 for a in "abcd" for b in "efgh" for c in "ijkl" for d in "mnop"})
    backwards = Counter(dict(reversed(words.items())))
    first, *others = (learn_pieces(text, opened.tokenizer, 60) for text in (words, backwards) * 3)
    assert all(pieces == first for pieces in others)


def test_the_built_in_encoder_can_be_extended(tmp_path):
    try:
        embedded.data_file()
    except EncoderError as error:
        pytest.skip(str(error))
    opened = open_language_model()
    words = Counter({"ng'ombezzi": 9, "wanalishawe": 7, "mahindini": 5})
    report = extend_vocabulary(opened, words, 50).report
    assert report.fertility_after == 1 < report.fertility_before
    save_language_model(tmp_path, opened)
    del opened
    untouched, touched = [("Jeshi", "lilivuka", "mto"), ("ﬁne", "नदी", "а́")], [("wanalishawe",)]
    vectors = open_encoder(BUILT_IN, device="cpu", precision="float32").encode(untouched).vectors
    extended = open_encoder(str(tmp_path), device="cpu", precision="float32")
    np.testing.assert_array_equal(extended.encode(untouched).vectors, vectors)
    assert extended.loaded.subword_counts(touched)[0].tolist() == [1]
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architectures"] == ["BertModel"] and (tmp_path / "tokenizer.json").exists()
    assert dataclasses.asdict(report)["unknown_after"] == 0
