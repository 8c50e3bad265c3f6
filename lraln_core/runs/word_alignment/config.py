"""How sentence pairs are word-aligned: the options of the command align-words and of the page Word alignment."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from lraln_core.choices import Aligner
from lraln_core.runs.options import FORBID_UNKNOWN, option


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class AlignerConfig:
    """docs/word_alignment.md says how the values were chosen."""

    method: Aligner = option(
        Aligner.TRANSPORT,
        "How words are linked: fast_align and eflomal learn from the text at hand, all others compare the vectors of the words.",
        label="Method",
        choices={
            "fast_align": "Statistics of the text (fast_align)",
            "eflomal": "Statistics of the text (eflomal)",
            "argmax": "Best in both directions (argmax)",
            "itermax": "Best in both directions, repeated (itermax)",
            "match": "Best one-to-one assignment (match)",
            "softmax": "Probable in both directions (softmax)",
            "entmax": "Probable in both directions, sparse (entmax)",
            "transport": "Optimal transport (Sinkhorn)",
        },
    )
    temperature: float = option(
        0.02, "Similarities are divided by it before softmax and entmax; lower is more decided.", label="Temperature", low=1e-3, high=10.0
    )
    threshold: float = option(
        0.1,
        "Softmax and entmax keep links with a probability above this in both directions.",
        label="Probability threshold",
        low=0.0,
        high=1.0,
    )
    null: float = option(
        0.0,
        "Softmax and entmax: similarity of a word to no word, in standard deviations above the mean of the sentence pair; 0 for none.",
        label="Similarity to no word",
        low=0.0,
        high=10.0,
    )
    entropy: float = option(
        0.02, "Weight of the entropy in optimal transport; lower is more decided.", label="Entropy of the transport", low=1e-3, high=10.0
    )
    iterations: int = option(2, "Sinkhorn iterations of optimal transport.", label="Sinkhorn iterations", low=0, high=1000)
    filtering: int = option(
        1,
        "Rounds of filtering in optimal transport; those after the first link words without a link.",
        label="Rounds of filtering",
        low=1,
        high=10,
    )
    rounds: int = option(2, "Rounds of itermax; those after the first link words without a link.", label="Rounds", low=1, high=10)
    sure: float = option(0.0, "Links with at least this confidence are sure.", label="Confidence of sure links", low=0.0, high=1.0)
    possible: float = option(
        0.0,
        "Links below that with at least this confidence are possible; the rest is left out.",
        label="Confidence of possible links",
        low=0.0,
        high=1.0,
    )
    letters_only: bool = option(True, "Link no punctuation and no numbers.", label="Leave out punctuation and numbers")
