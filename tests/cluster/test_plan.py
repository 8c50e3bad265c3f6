"""The plan of a mining: by hand for round numbers, and as the command prints it."""

import json

import pytest

from lraln_core.choices import Scoring
from lraln_core.cli.main import main
from lraln_core.cluster.plan import Rates, plan

ROUND = Rates(encode=100, exact=1e6, approximate=1e7, approximate_block=1000, read=1e6, dimension=100)


def test_a_plan_by_hand():
    found = plan(10_000, workers=2, encoders=4, rates=ROUND, dimension=200, block_words=1000)
    assert found.cells == 100 and found.store_bytes == 2 * 10_000 * 200 * 2
    assert found.encode_hours == pytest.approx(2 * 10_000 / 100 / 4 / 3600)
    side = 10_000 * 200 * 2
    # 10^8 pairs of twice the dimensions, at 10^6 a second; the target store is read once for each of 10 rows, the source store once
    assert found.exact_hours == pytest.approx((200 + 11 * side / 1e6) / 2 / 3600)
    assert found.approximate_hours == pytest.approx((20 + 11 * side / 1e6) / 2 / 3600)
    assert found.exact_read_bytes == 11 * side
    # lists of one answer for all words of both sides, and of the cells of a wave of one row
    assert found.work_bytes == 2 * 10_000 * 16 + (10 * 1000 + 10_000) * 16
    assert found.worker_memory_bytes == 2 * 1000 * 200 * 6


def test_csls_takes_two_passes_and_no_index():
    cosine, csls = (plan(1e6, workers=8, encoders=8, rates=ROUND, dimension=100, scoring=one) for one in (Scoring.COSINE, Scoring.CSLS))
    assert csls.exact_hours == pytest.approx(2 * cosine.exact_hours) and csls.approximate_hours is None and csls.cells == 2 * cosine.cells


def test_twice_the_words_take_four_times_the_search_and_twice_the_workers_half_the_time():
    one = plan(1e9, workers=100, encoders=100, rates=ROUND, dimension=100, block_words=1_000_000)
    large = plan(2e9, workers=100, encoders=100, rates=ROUND, dimension=100, block_words=1_000_000)
    many = plan(1e9, workers=200, encoders=200, rates=ROUND, dimension=100, block_words=1_000_000)
    assert large.exact_hours == pytest.approx(4 * one.exact_hours, rel=0.01) and large.encode_hours == 2 * one.encode_hours
    assert many.exact_hours == pytest.approx(one.exact_hours / 2) and many.encode_hours == one.encode_hours / 2


def test_the_command(capsys):
    assert main(["plan", "--words", "1e9", "--nodes", "8", "--gpus", "1"]) == 0
    text = capsys.readouterr().out
    assert "1,000,000,000 words a side" in text and "1.5 TB for both sides" in text and "No GPU was measured" in text
    assert main(["plan", "--words", "1e6", "--nodes", "2", "--gpus", "1", "--encode-rate", "5000", "--price", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["encoders"] == 2 and found["encode_hours"] == pytest.approx(2e6 / 5000 / 2 / 3600)
    assert main(["plan", "--words", "1e6", "--scoring", "csls"]) == 0 and "not possible" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["plan", "--words", "nan"])
