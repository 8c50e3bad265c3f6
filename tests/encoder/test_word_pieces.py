"""Words -> subwords for every tokenizer family: the subwords are those of running text, and each belongs to its word."""

from __future__ import annotations

import json

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from lraln_core.encoder.word_pieces import cut, takes_words
from lraln_core.errors import EncoderError

TEXT = [
    "the cat sat on the mat",
    "a cat and the other cats",
    "мачка на столот",
    "the mat , the cat ( and 12 cats ) don 't",
    "नदी के पास",
] * 4
SENTENCES = [("the", "cat", "sat"), ("cats", "(", "the", "12", "мачка", ")", "नदी", "don", "'t"), ("x", "😀", "the"), ("the",)]
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def _wordpiece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        TEXT, trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


def _unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    return tokenizer


def _byte_level(*, prefix: bool, split: str = "", trim: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=not split)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(split), "isolated"), level]) if split else level
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    if trim:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), trim_offsets=True, add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _gemma() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=450, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)])
    return tokenizer


FAMILIES = {
    "WordPiece": (_wordpiece, True),
    "Unigram": (_unigram, True),
    "byte-level BPE with a space before the text": (lambda: _byte_level(prefix=True, trim=True), True),
    "byte-level BPE": (lambda: _byte_level(prefix=False, trim=True), False),
    "byte-level BPE without special tokens": (lambda: _byte_level(prefix=False), False),
    "Llama-style BPE": (lambda: _byte_level(prefix=False, split=LLAMA), False),
    "Gemma-style BPE": (_gemma, False),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_subwords_are_those_of_running_text(family):
    build, one_by_one = FAMILIES[family]
    tokenizer = build()
    assert takes_words(tokenizer) is one_by_one
    for special_tokens in (True, False):
        for words, pieces in zip(SENTENCES, cut(tokenizer, SENTENCES, special_tokens=special_tokens), strict=True):
            assert pieces.ids == tokenizer.encode(" ".join(words), add_special_tokens=special_tokens).ids
            assert len(pieces.words) == len(pieces.special) == len(pieces.ids)


@pytest.mark.parametrize("family", [name for name in FAMILIES if "BPE" in name])
def test_subwords_of_a_word_spell_it(family):
    tokenizer = FAMILIES[family][0]()
    for words, pieces in zip(SENTENCES, cut(tokenizer, SENTENCES), strict=True):
        for number, word in enumerate(words):
            ids = [id for id, at in zip(pieces.ids, pieces.words, strict=True) if at == number]
            spelled = "".join(tokenizer.id_to_token(id) for id in ids)
            if word.isascii() and word != "x":  # the letter x is not in the text: Gemma-style BPE writes its byte
                assert spelled.lstrip("Ġ▁") == word
            assert ids, "every word has a subword"
        order = [at for at in pieces.words if at is not None]
        assert order == sorted(order)
        assert all(pieces.words[at] is None for at, special in enumerate(pieces.special) if special)


def test_a_tokenizer_that_joins_words_is_refused():
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1, " ": 2, "a ": 3, "a b": 4}, [("a", " "), ("a ", "b")]))
    assert not takes_words(tokenizer)
    with pytest.raises(EncoderError, match="'a' and 'b' as one subword"):
        cut(tokenizer, [("a", "b")])


def test_a_tokenizer_that_fails_is_one_sentence():
    tokenizer = Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    with pytest.raises(EncoderError, match="The tokenizer of this language model failed"):
        cut(tokenizer, [("b",)])


def test_metaspace_settings_of_older_files():
    settings = json.loads(_unigram().to_str())
    for pre_tokenizer, expected in (
        ({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}, False),
        ({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}, False),
        ({"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}, True),
    ):
        tokenizer = Tokenizer.from_str(json.dumps(settings | {"pre_tokenizer": pre_tokenizer}))
        assert takes_words(tokenizer) is expected
        assert cut(tokenizer, [("the", "cat")])[0].ids == tokenizer.encode("the cat").ids
