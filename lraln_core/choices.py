"""The options a user can choose from, by name. Importing this file loads no library."""

from __future__ import annotations

from enum import StrEnum

BUILT_IN = "multilingual-e5-small"
OFFERED = {
    BUILT_IN: "Built in: about 100 languages, 384 dimensions, comes with the requirements and works offline.",
    "bert-base-multilingual-cased": "mBERT, the paper's encoder: 104 languages, 768 dimensions; a 700 MB download once.",
    "xlm-roberta-base": "XLM-R base: 100 languages, 768 dimensions; a 1.1 GB download once.",
    "microsoft/xlm-align-base@refs/pr/1": "XLM-Align: XLM-R base trained further with word alignment; a 1.1 GB download once.",
    "sentence-transformers/LaBSE": "LaBSE: sentence embeddings, 109 languages, 768 dimensions, Apache 2.0; a 1.9 GB download once. "
    "Word alignment uses a middle layer (6).",
    "intfloat/multilingual-e5-base": "Larger version of the built-in encoder: about 100 languages, 768 dimensions, MIT; 1.1 GB.",
    "intfloat/multilingual-e5-large": "Largest version of the built-in encoder: about 100 languages, 1,024 dimensions, MIT; 2.2 GB.",
    "BAAI/bge-m3": "BGE-M3: sentence embeddings, over 100 languages, 1,024 dimensions, MIT; 2.3 GB.",
    "cis-lmu/glot500-base": "Glot500: over 500 languages, many of them low-resource, 768 dimensions; 1.6 GB.",
    "Davlan/afro-xlmr-large-76L": "AfroXLMR-76L: XLM-R large adapted to 76 languages, most of them African, 1,024 dimensions; 2.2 GB.",
    "jhu-clsp/mmBERT-base": "mmBERT: over 1,800 languages, 768 dimensions, MIT; 1.2 GB.",
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
    ARGMAX = "argmax"  # Jalili Sabet et al. 2020, as the next two
    ITERMAX = "itermax"
    MATCH = "match"
    SOFTMAX = "softmax"  # Dou and Neubig 2021, as the next
    ENTMAX = "entmax"
    TRANSPORT = "transport"  # Chi et al. 2021

    @property
    def uses_vectors(self) -> bool:
        """Whether it works on the vectors of words, and so on a single sentence pair."""
        return self is not Aligner.FAST_ALIGN


class Engine(StrEnum):
    """Where the work on sharded stores is done."""

    LOCAL = "local"  # the processors of this machine
    RAY = "ray"  # the machines of a Ray cluster
