"""Which of several taggers of the same text to take, without a label: the one that the others agree with most.

How far the words of a language should take over the statistics of the training words, and how far the estimated shares of tags should
count, differs between languages, and no tag of the language may be read to find out. Taggers that go wrong do so each in its own way;
so the entities that most taggers find are the best guess [as in minimum Bayes risk decoding, Kumar and Byrne 2004].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .scores import count


class Candidate(NamedTuple):
    """How much of a step is done: 0 not at all, 1 in full."""

    move: float  # of the way from the words as they are to the coloured ones
    shares: float  # power of the estimated change of the tags' shares


FULL = Candidate(1.0, 1.0)
STRENGTHS = (0.0, 0.5, 1.0)


def candidates(*, move: bool, shares: bool) -> list[Candidate]:
    """Every combination of the strengths, those of a step that is switched off only in full. The first is FULL."""
    all_of, full = STRENGTHS[::-1], (1.0,)
    return [Candidate(one, other) for one in (all_of if move else full) for other in (all_of if shares else full)]


def most_agreed(taggings: Sequence[np.ndarray], offsets: np.ndarray, believed: Sequence[bool]) -> tuple[int, np.ndarray]:
    """The number of the tagging that agrees most with the others, and the mean agreement of each, (taggings,).

    Agreement of two taggings (n_words,) is the F1 of the entities of one against those of the other; offsets (sentences + 1,). One that is
    not believed has no vote and is not chosen. With fewer than two believed ones the first is chosen, and all agreements are 0.
    """
    voters = [number for number, yes in enumerate(believed) if yes]
    mean = np.zeros(len(taggings))
    if len(voters) < 2:
        return 0, mean
    agreement = np.zeros((len(taggings), len(taggings)))
    for place, one in enumerate(voters):
        for other in voters[place + 1 :]:
            # F1 is the same whichever of the two counts as the truth
            agreement[one, other] = agreement[other, one] = count(taggings[one], taggings[other], offsets).f1
    mean[voters] = agreement[np.ix_(voters, voters)].sum(axis=1) / (len(voters) - 1)
    return int(mean.argmax()), mean
