"""Every supported model type: a small checkpoint is saved, opened, and compared with transformers itself, layer by layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from lraln_core.choices import Pooling
from lraln_core.encoder.registry import open_encoder
from lraln_core.encoder.training.full_model import FullModelTrainer
from lraln_core.encoder.training.language_model import open_language_model
from lraln_core.errors import EncoderError
from tests.conftest import LETTERS

SENTENCES = [("abc", "d", "efgh"), ("река", ",", "војска"), ("x",)]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SMALL = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
ROTARY = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 64}
T5 = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 3, "num_heads": 2, "relative_attention_num_buckets": 8}
TYPES = {
    "electra": ("Electra", "Model", {**ROTARY, "embedding_size": 8}),
    "modernbert": ("ModernBert", "Model", {**ROTARY, "local_attention": 4, "cls_token_id": 0, "sep_token_id": 2}),
    "eurobert": ("EuroBert", "Model", {**ROTARY, "num_key_value_heads": 1, "mask_token_id": 4}),
    "t5": ("T5", "ForConditionalGeneration", T5),
    "t5 encoder only": ("T5", "EncoderModel", T5),
    "mt5": ("MT5", "Model", {**T5, "feed_forward_proj": "gated-gelu", "d_kv": 4}),
    "umt5": ("UMT5", "EncoderModel", {**T5, "feed_forward_proj": "gated-gelu"}),
    "m2m_100": ("M2M100", "ForConditionalGeneration", {
        "d_model": 16, "encoder_layers": 3, "decoder_layers": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 64,
    }),
}  # fmt: skip


def _tokenizer(kind: str) -> Tokenizer:
    """Single letters: bytes with the space before a word (as ModernBERT and EuroBERT cut), or letters after ▁."""
    if kind in ("modernbert", "eurobert"):
        pieces = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
        tokenizer = Tokenizer(models.BPE({piece: number for number, piece in enumerate(pieces)}, []))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        scored = [(piece, 0.0) for piece in SPECIAL] + [("▁", -2.0)] + [(letter, -3.0) for letter in sorted(set(LETTERS))]
        tokenizer = Tokenizer(models.Unigram(scored, unk_id=3))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


@pytest.fixture(scope="module", params=TYPES)
def checkpoint(request, tmp_path_factory) -> Path:
    name, suffix, values = TYPES[request.param]
    tokenizer = _tokenizer(request.param)
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(vocab_size=tokenizer.get_vocab_size(), **SMALL, **values)
    model = getattr(transformers, f"{name}{suffix}")(config)
    for weight in model.parameters():  # norms of ones and biases of zero would hide mistakes
        weight.data += 0.1 * torch.randn_like(weight)
    folder = tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    model.save_pretrained(folder)
    roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles).save_pretrained(folder)
    return folder


def _hidden_states(folder: Path, words: tuple[str, ...]) -> tuple[list[np.ndarray], list[tuple[int, int]]]:
    """Of the encoder by transformers alone, with the character offsets of the subwords of the running text."""
    encoded = AutoTokenizer.from_pretrained(folder)(" ".join(words), return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0].tolist()
    encoded.pop("token_type_ids", None)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    model = model.encoder if hasattr(model, "decoder") else model
    with torch.inference_mode():
        states = model(**encoded, output_hidden_states=True).hidden_states
    return [state[0].numpy() for state in states], offsets


@pytest.mark.parametrize("layer", [-1, 3, 2, 0])
def test_vectors_are_those_of_transformers_on_running_text(checkpoint, layer):
    result = open_encoder(str(checkpoint), layer=layer, pooling=Pooling.LAST, device="cpu", precision="float32").encode(SENTENCES)
    assert result.valid.all()
    for number, words in enumerate(SENTENCES):
        states, offsets = _hidden_states(checkpoint, words)
        stop = 0
        for position, word in enumerate(words):
            stop = " ".join(words).index(word, stop) + len(word)
            last = max(at for at, (_, end) in enumerate(offsets) if end == stop)
            np.testing.assert_allclose(result.vectors[result.rows([number], [position])[0]], states[layer][last], atol=2e-5)


def test_layers_of_one_pass_are_those_of_a_pass_each(checkpoint):
    options = {"pooling": Pooling.LAST, "device": "cpu", "precision": "float32"}
    together = open_encoder(str(checkpoint), **options).loaded.encode_layers(SENTENCES, [0, 1, 2, 3])
    for layer, words in enumerate(together):
        alone = open_encoder(str(checkpoint), layer=layer, **options).encode(SENTENCES)
        np.testing.assert_array_equal(words.vectors, alone.vectors)
        np.testing.assert_array_equal(words.valid, alone.valid)


def test_long_sentences_lose_whole_words_and_are_counted(checkpoint):
    encoder = open_encoder(str(checkpoint), device="cpu", precision="float32")
    result = encoder.encode([("abcdefgh",) * 200])
    assert 0 < result.valid.sum() < 200 and result.valid.tolist() == sorted(result.valid.tolist(), reverse=True)


def test_types_that_cannot_be_trained_say_so(checkpoint):
    with pytest.raises(EncoderError, match="BERT, RoBERTa and XLM-R types"):
        open_language_model(str(checkpoint))
    with pytest.raises(EncoderError, match="BERT, RoBERTa and XLM-R types"):
        FullModelTrainer(open_encoder(str(checkpoint), device="cpu", precision="float32").loaded)


def test_a_configuration_that_asks_for_more_than_its_weights_is_refused(checkpoint, tmp_path):
    for file in checkpoint.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"vocab_size": 9_000_000}))
    with pytest.raises(EncoderError, match="do not belong together"):
        open_encoder(str(tmp_path), device="cpu", precision="float32").encode(SENTENCES)


PUBLISHED = {  # settings of published checkpoints: EuroBERT names its former remote code, mmBERT a position type of its own
    "eurobert": {"auto_map": {"AutoModel": "modeling_eurobert.EuroBertModel"}},
    "modernbert": {"position_embedding_type": "sans_pos"},
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_settings_of_published_checkpoints(kind, tmp_path):
    name, suffix, values = TYPES[kind]
    tokenizer = _tokenizer(kind)
    config = getattr(transformers, f"{name}Config")(vocab_size=tokenizer.get_vocab_size(), **SMALL, **values)
    getattr(transformers, f"{name}{suffix}")(config).save_pretrained(tmp_path)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(written | PUBLISHED[kind]))
    (tmp_path / "modeling_eurobert.py").write_text("raise RuntimeError('code of the checkpoint was run')")
    assert open_encoder(str(tmp_path), device="cpu", precision="float32").encode(SENTENCES).valid.all()


@pytest.mark.parametrize("kind, file", [("XLMRoberta", "sentencepiece.bpe.model"), ("T5", "spiece.model")])
def test_a_checkpoint_with_a_sentencepiece_model_alone(kind, file, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(["abc d efgh", "река , војска", "x abc река"] * 20), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(tmp_path / "sp"), vocab_size=40, hard_vocab_limit=False, minloglevel=2,
        **({"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1} if kind == "T5" else {}),
    )  # fmt: skip
    folder = tmp_path / "checkpoint"
    values = T5 | {"pad_token_id": 0, "eos_token_id": 1} if kind == "T5" else ROTARY | SMALL
    config = getattr(transformers, f"{kind}Config")(vocab_size=200, **values)
    getattr(transformers, "T5EncoderModel" if kind == "T5" else "XLMRobertaModel")(config).save_pretrained(folder)
    (folder / file).write_bytes((tmp_path / "sp.model").read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": f"{kind}Tokenizer"}))
    encoder = open_encoder(str(folder), device="cpu", precision="float32")
    assert encoder.encode(SENTENCES).valid.all()
    model = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "sp.model"))
    pieces = [encoder.tokenizer.id_to_token(id) for id in encoder.tokenizer.encode("abc река", add_special_tokens=False).ids]
    assert pieces == model.encode("abc река", out_type=str)
    assert encoder.subword_counts([("abc", "река")])[0].sum() == len(pieces)
