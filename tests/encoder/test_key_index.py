"""The compact index finds what a dictionary finds, whatever the order of additions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.encoder import ccwr_cache
from lraln_core.encoder.ccwr_cache import KEY_BYTES, KeyIndex

# few different keys, among them such as numpy's padded strings might confuse
KEYS = st.sampled_from([bytes([a]) * (KEY_BYTES - 2) + bytes([b, c]) for a in (0, 1, 255) for b in (0, 65) for c in (0, 255)])


@given(st.lists(st.lists(KEYS, min_size=1, max_size=6), max_size=12), st.lists(KEYS, max_size=10), st.sampled_from([0, 2, 100]))
@settings(deadline=None, max_examples=150)
def test_it_is_a_dictionary(segments, wanted, fresh):
    expected = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ccwr_cache, "FRESH", fresh)
        index = KeyIndex()
        for number, keys in enumerate(segments):
            index.add(number, np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES))
            for place, key in enumerate(keys):
                expected.setdefault(key, (number, place))
    assert len(index) == len(expected)
    assert index.find(wanted).tolist() == [list(expected.get(key, (-1, -1))) for key in wanted]
