"""The options a user can choose from, by name. Importing this file loads no library."""

from __future__ import annotations

from enum import StrEnum

BUILT_IN = "multilingual-e5-small"
INNER_WEIGHT = 0.5  # of the inner layer: in the built-in model its vectors are about twice as long as the final ones (docs/recipe.md)
_UNNAMED = "no licence named on its page"


def _offer(what: str, languages: str, dimensions: int, parameters: int, licence: str) -> str:
    """A line on an encoder of the hub. parameters in millions, 4 bytes each, of which memory holds one copy beside about a gigabyte of
    libraries and vectors."""
    gigabytes = parameters * 4 / 1000
    return (
        f"{what}. {languages} languages, {dimensions:,} dimensions, {licence}; {gigabytes:.1f} GB to download once, about "
        f"{gigabytes + 1:.0f} GB of memory."
    )


# Licences, and the languages of all but XLM-R and the e5 models, are those on the pages of the models.
OFFERED = {
    BUILT_IN: "Built in: about 100 languages, 384 dimensions, MIT, 1 GB of memory; comes with the requirements and works offline.",
    "bert-base-multilingual-cased": _offer("mBERT, the paper's encoder", "104", 768, 178, "Apache 2.0"),
    "xlm-roberta-base": _offer("XLM-R base, the start of many later encoders", "100", 768, 278, "MIT"),
    "microsoft/xlm-align-base@refs/pr/1": _offer("XLM-Align, XLM-R base trained further for word alignment", "94", 768, 278, _UNNAMED),
    "sentence-transformers/LaBSE": _offer(
        "LaBSE, sentence embeddings, good at low-resource languages with parallel text; a middle layer (6) suits word alignment",
        "109",
        768,
        471,
        "Apache 2.0",
    ),
    "intfloat/multilingual-e5-base": _offer("The larger version of the built-in encoder", "About 100", 768, 278, "MIT"),
    "intfloat/multilingual-e5-large": _offer("The largest version of the built-in encoder", "About 100", 1024, 560, "MIT"),
    "BAAI/bge-m3": _offer("BGE-M3, sentence embeddings, also for long texts", "Over 100", 1024, 567, "MIT"),
    "cis-lmu/glot500-base": _offer("Glot500, for languages that XLM-R has not seen", "511", 768, 395, "Apache 2.0"),
    "Davlan/afro-xlmr-large-76L": _offer("AfroXLMR-76L, XLM-R large adapted to African languages", "76", 1024, 560, "MIT"),
    "jhu-clsp/mmBERT-base": _offer("mmBERT, trained on more languages than any other here", "1,833", 768, 307, "MIT"),
}


class Pooling(StrEnum):
    """From which subword vectors the word vector is computed; the paper takes the last (section 3.1, after Ács et al. 2021)."""

    LAST = "last"
    FIRST = "first"
    MEAN = "mean"


class Precision(StrEnum):
    """Numeric precision of the language model; CCWRs are always stored in float16."""

    AUTO = "auto"  # bfloat16 where the processor or GPU has it in hardware, else float32
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


class MiningMethod(StrEnum):
    """Which directions a pair needs. The paper mines in both and keeps the union: forward_backward."""

    FORWARD = "forward"
    BACKWARD = "backward"
    FORWARD_BACKWARD = "forward_backward"
    INTERSECTION = "intersection"


class Backend(StrEnum):
    """How neighbours are searched. All but `exact` are FAISS indexes by inner product on unit vectors."""

    EXACT = "exact"
    FLAT = "flat"
    IVF = "ivf"
    IVF_FP16 = "ivf_fp16"
    IVF_PQ = "ivf_pq"  # the paper's IVF100,PQ8
    IVF_PQ_RERANK = "ivf_pq_rerank"


class Scoring(StrEnum):
    """By what neighbours are ranked in mining. The paper mines by cosine."""

    COSINE = "cosine"
    CSLS = "csls"
    RATIO = "ratio"  # cosine divided by the mean of both neighbourhoods (Artetxe and Schwenk 2019)


class RetrievalScoring(StrEnum):
    """How candidates are ranked: CSLS of cosines, or what the published code computes, for comparison with the paper.

    The published code divides the candidates and the neighbourhoods r by the norms of whole matrices, so r nearly vanishes and long
    vectors are preferred; its candidates are the gold-linked words (see evaluation/published_scoring.py).
    """

    CSLS = "csls"
    CSLS_PUBLISHED = "csls_published"


class Candidates(StrEnum):
    """Among which words a translation is looked for: all words of the other side (the paper's wording), or only those that a gold
    link ends in (the published code), which is easier."""

    ALL = "all"
    GOLD = "gold"


class Aligner(StrEnum):
    """How the words of a sentence pair are linked: by statistics of a parallel text, or by the similarity of their vectors."""

    FAST_ALIGN = "fast_align"  # Dyer et al. 2013
    EFLOMAL = "eflomal"  # Östling and Tiedemann 2016; an extra that must be installed
    ARGMAX = "argmax"  # Jalili Sabet et al. 2020, as the next two
    ITERMAX = "itermax"
    MATCH = "match"
    SOFTMAX = "softmax"  # Dou and Neubig 2021, as the next
    ENTMAX = "entmax"
    TRANSPORT = "transport"  # Chi et al. 2021

    @property
    def uses_vectors(self) -> bool:
        """Whether it works on the vectors of words, and so on a single sentence pair."""
        return self not in (Aligner.FAST_ALIGN, Aligner.EFLOMAL)


class Engine(StrEnum):
    """Where the work on sharded stores is done."""

    LOCAL = "local"  # the processors of this machine
    RAY = "ray"  # the machines of a Ray cluster
