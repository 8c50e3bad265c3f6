"""The wheel, installed in a new environment that sees the dependencies of this one, works in an empty folder."""

from __future__ import annotations

import pytest

from benchmarks import wheel_check


@pytest.mark.slow
def test_an_installed_wheel_checks_the_machine_runs_a_sample_and_serves_the_app(capfd):
    assert wheel_check.main(["--shared"]) == 0, capfd.readouterr()
