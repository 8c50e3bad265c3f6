"""dwa_sup and dwa_unsup as runs on a tiny encoder: they leave an encoder, labels and checkpoints behave, bad input is said."""

from __future__ import annotations

import pytest

from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import Cancelled
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import create
from lraln_core.runs import worker
from lraln_core.runs.config import DenoisingConfig, from_json
from lraln_core.runs.denoising_plan import PLANS, plan


def _config(small_config, system, **denoising):
    values = small_config.to_json() | {"system": system}
    values["denoising"] |= {"steps": 12, "top_layers": 1, "sentences": 60, **denoising}
    return from_json(values)


@pytest.mark.parametrize("system", ["dwa_sup", "dwa_unsup"])
def test_a_run_leaves_an_encoder_that_has_learned(small_config, workspace, system):
    config = _config(small_config, system)
    folder = create(workspace.runs / system, config.to_json())
    summary = worker.work(config, folder, workspace)
    assert summary["steps"] == 12 and folder.encoder.is_dir()
    kinds = [event["kind"] for event in folder.events()]
    assert kinds.count("guard") >= 2
    sentence = [("реката", "е", "длабока")]
    before, after = open_encoder(config.encoder.name).encode(sentence), open_encoder(str(folder.encoder)).encode(sentence)
    assert before.vectors.shape == after.vectors.shape
    if system == "dwa_sup":
        assert abs(before.vectors - after.vectors).max() > 1e-6
    assert "word links labelled" in folder.log.read_text()


def test_a_cancelled_run_goes_on_and_ends_with_the_same_encoder(small_config, workspace):
    config = _config(small_config, "dwa_sup")
    whole = create(workspace.runs / "whole", config.to_json())
    worker.work(config, whole, workspace)
    parts = create(workspace.runs / "parts", config.to_json())

    class StopsAtStep7(Reporter):
        def progress(self, done, total):
            super().progress(done, total)
            if total == 12 and done == 7:
                raise Cancelled("stop")

    with pytest.raises(Cancelled):
        worker.work(config, parts, workspace, reporter=StopsAtStep7)
    worker.work(config, parts, workspace)
    files = [folder.encoder / "model.safetensors" for folder in (whole, parts)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_plan_of_a_preset_and_what_the_configuration_changes():
    assert plan(DenoisingConfig()) == PLANS["cpu"]
    changed = plan(DenoisingConfig(preset="paper", steps=50, top_layers=2))
    assert (changed.steps, changed.warmup_steps, changed.top_layers, changed.joint) == (50, 5, 2, True)
    assert plan(DenoisingConfig(preset="paper")).language_modelling == 1.0
