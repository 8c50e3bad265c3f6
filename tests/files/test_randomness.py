"""Seeded streams: the numbers are fixed, because interrupted runs are resumed with them."""

import numpy as np

from lraln_core.files.randomness import rng_for


def test_the_numbers_are_those_of_the_first_version():
    assert (
        rng_for(1, "shuffle", 3).integers(0, 1000, 5).tolist() == np.random.default_rng([1, *b"shuffle", 3]).integers(0, 1000, 5).tolist()
    )
    assert rng_for(0, "maps").integers(0, 1000, 5).tolist() == [388, 643, 41, 234, 749]


def test_purpose_number_and_seed_give_independent_streams():
    drawn = {tuple(rng_for(*key).integers(0, 2**31, 3)) for key in [(1, "a", 0), (1, "a", 1), (1, "b", 0), (2, "a", 0)]}
    assert len(drawn) == 4
