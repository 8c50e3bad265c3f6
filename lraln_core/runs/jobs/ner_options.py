"""Options of the tagger that learns from unlabelled text: declared once for the command line, the page NER and jobs."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from lraln_core.runs.options import FORBID_UNKNOWN, option


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class AdaptationConfig:
    """How unlabelled text of the tested language is used. No option reads a tag of that language."""

    seeds: int = option(1, "Taggers of different random orders whose weights are averaged.", label="Seeds averaged", low=1, high=20)
    tested: bool = option(
        False,
        "Learn from the words of the tested sentences too, without their tags. They are of the right kind of text by definition.",
        label="Learn from the tested words, without tags",
    )
    colouring: float = option(
        0.5,
        "How far the words of the tested language take over mean and spread of the training words; 0 moves only the mean, -1 nothing.",
        label="Colouring",
        low=-1.0,
        high=1.0,
    )
    shares: bool = option(
        True,
        "Estimate how often each tag occurs in the unlabelled text (expectation-maximisation) and correct the scores by it.",
        label="Estimate the shares of tags",
    )
    consensus: bool = option(
        True,
        "Choose how much of colouring and of the correction by shares is done: tag the text with none, half and all of each, and take what "
        "agrees most with the others.",
        label="Let taggers agree on colouring and shares",
    )
    transitions: float = option(
        0.2,
        "Weight of the training tags' transitions when the best valid sequence of tags is sought; 0 asks only for valid IOB2.",
        label="Weight of tag transitions",
        low=0.0,
        high=2.0,
    )
    prototypes: bool = option(
        False,
        "Pull the mean words (prototypes) of each tag in both languages together, and correct machine-made tags by them (ProKD).",
        label="Prototype alignment",
    )
    rounds: int = option(
        0,
        "Rounds of self-training at most; it ends when fewer than 0.5% of the tags change. 0 for none.",
        label="Rounds of self-training",
        low=0,
        high=20,
    )
    neighbours: int = option(
        10,
        "In self-training, machine-made tags count by how many of this number of nearest words have the same tag (CoLaDa); 0 for no check.",
        label="Neighbours that must agree",
        low=0,
        high=100,
    )
    agreement: bool = option(
        False,
        "In self-training, drop tags on which two taggers, each trained on half of the training sentences, do not agree (CoLaDa).",
        label="Two taggers must agree",
    )
