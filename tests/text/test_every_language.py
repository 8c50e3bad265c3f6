"""Any language goes from a text file to mined pairs: 300 codes of ISO 639-3 and the African languages of FLORES."""

import random
import unicodedata

import pytest

from lraln_core.alignment import mining
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.languages import get_language, language_choices

FLORES_AFRICAN = """afr_Latn aka_Latn amh_Ethi bam_Latn bem_Latn cjk_Latn dik_Latn dyu_Latn ewe_Latn fon_Latn fuv_Latn gaz_Latn hau_Latn
ibo_Latn kab_Latn kam_Latn kbp_Latn kea_Latn kik_Latn kin_Latn kmb_Latn knc_Arab knc_Latn kon_Latn lin_Latn lua_Latn lug_Latn luo_Latn
mos_Latn nqo_Nkoo nso_Latn nus_Latn nya_Latn plt_Latn run_Latn sag_Latn sna_Latn som_Latn sot_Latn ssw_Latn swh_Latn taq_Latn taq_Tfng
tir_Ethi tsn_Latn tso_Latn tum_Latn twi_Latn tzm_Tfng umb_Latn wol_Latn xho_Latn yor_Latn zul_Latn""".split()
ISO_639_3 = random.Random(639).sample(list(language_choices()), 300)
_RANGES = {"Latn": (0x61, 0x7B), "Arab": (0x628, 0x640), "Ethi": (0x1200, 0x1240), "Nkoo": (0x7CA, 0x7E0), "Tfng": (0x2D30, 0x2D60)}


def sentences(script: str) -> list[str]:
    """Made-up words in the letters of a script."""
    first, stop = _RANGES[script]
    letters = [chr(code) for code in range(first, stop) if unicodedata.category(chr(code)).startswith("L")]
    draw = random.Random(1)
    words = ["".join(draw.choices(letters, k=draw.randint(2, 6))) for _ in range(30)]
    return [" ".join(draw.sample(words, 6)) for _ in range(8)]


@pytest.mark.parametrize("codes", [FLORES_AFRICAN, ISO_639_3[:100], ISO_639_3[100:200], ISO_639_3[200:]], ids=["flores", "a", "b", "c"])
def test_from_a_text_to_mined_pairs(codes, tmp_path, fake_encoder):
    assert len(codes) >= 40
    for code in codes:
        script = code.partition("_")[2] or "Latn"
        text = tmp_path / f"{script}.txt"
        text.write_text("\n".join(sentences(script)), encoding="utf-8")
        src = prepare_corpus(text, code, tmp_path / "corpora")
        trg = prepare_corpus(text, "en", tmp_path / "corpora")
        assert src.language == get_language(code).code and len(src) == len(trg) == 8
        words = [side.words(range(len(side))) for side in (src, trg)]
        src_ccwrs, trg_ccwrs = (fake_encoder.encode(side) for side in words)
        pairs = mining.mine(src_ccwrs, trg_ccwrs, method=mining.MiningMethod.INTERSECTION, threshold=0.99, mining_k=1).pairs
        src_words = [words[0][i][j] for i, j in zip(pairs.src_sentence, pairs.src_word, strict=True)]
        assert src_words == [words[1][i][j] for i, j in zip(pairs.trg_sentence, pairs.trg_word, strict=True)]
        assert len(pairs) >= 20, code


def test_a_corpus_of_a_private_code_takes_its_script_from_the_text(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("\n".join(sentences("Nkoo")), encoding="utf-8")
    corpus = prepare_corpus(text, "x-village", tmp_path / "corpora")
    assert corpus.language == "x-village" and corpus.report.warnings() == ()
    assert corpus.report.letters.keys() == {"NKO"}


def test_aliases_prepare_one_corpus(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("\n".join(sentences("Latn")), encoding="utf-8")
    assert len({prepare_corpus(text, code, tmp_path / "corpora").id for code in ("sw", "swh", "swh_Latn", "Swahili")}) == 1
