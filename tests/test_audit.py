"""What is said of the pinned packages, when a database answers and when none does."""

from __future__ import annotations

import json

import pytest

from benchmarks.audit import CLEAN, UNCHECKED, VULNERABLE, read

GOOD = {"name": "numpy", "version": "2.4.6", "vulns": []}
BAD = {"name": "jinja2", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.0", "2.1"]}, {"id": "CVE-2", "fix_versions": []}]}
SKIPPED = {"name": "torch", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "said", "code", "strict"),
    [
        ([GOOD], ["1 of 1 pinned packages were checked: 0 known vulnerabilities."], CLEAN, CLEAN),
        ([GOOD, SKIPPED], ["1 of 2 pinned packages were checked: 0 known vulnerabilities."], CLEAN, UNCHECKED),
        ([SKIPPED], ["No vulnerability database could be reached: none of the pinned packages was checked."], CLEAN, UNCHECKED),
        (
            [GOOD, BAD],
            [
                "2 of 2 pinned packages were checked: 2 known vulnerabilities.",
                "jinja2 1.0: CVE-1, fixed in 2.0, 2.1",
                "jinja2 1.0: CVE-2, fixed in no version yet",
            ],
            VULNERABLE,
            VULNERABLE,
        ),
    ],
)
def test_skipped_packages_are_not_called_safe(packages: list, said: list[str], code: int, strict: int) -> None:
    audit = read(json.dumps({"dependencies": packages}))
    assert (audit.sentences(), audit.code(strict=False), audit.code(strict=True)) == (said, code, strict)


@pytest.mark.parametrize("answer", ["", "ERROR: connection refused", "[]", "{}"])
def test_no_answer_is_no_clean_bill(answer: str) -> None:
    assert read(answer).code(strict=True) == UNCHECKED and "none of the pinned" in read(answer).sentences()[0]
