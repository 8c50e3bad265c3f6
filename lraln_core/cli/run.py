"""`run`: one whole run in a folder; the same command continues an unfinished one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from lraln_core.files.run_folder import create, new_run_id
from lraln_core.files.workspace import Workspace
from lraln_core.runs import config as run_config
from lraln_core.runs import worker
from lraln_core.runs.presets import DEFAULT, preset
from lraln_core.runs.samples import sample_config

from .compute import print_json


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    overrides = list(options.set)
    for key, value in (("seed", options.seed), ("threads", options.threads), ("device", options.device), ("encoder", options.encoder)):
        if value is not None:
            prefix = "encoder." if key == "device" else ""
            overrides.append(f"encoder.name={value}" if key == "encoder" else f"{prefix}{key}={value}")
    if options.tokenized:
        overrides += [f"{section}.tokenized=true" for section in ("src", "trg", "test", "development", "train")]
    if options.sample:
        values = sample_config(options.sample, preset(options.preset or DEFAULT)).to_json()
        run_config.apply_overrides(values, overrides)
        config = run_config.from_json(values)
    else:
        config = run_config.load(options.config, overrides, preset=options.preset or "")
    workspace.require_writable()
    run_dir = options.run_dir or workspace.runs / new_run_id(config.name or options.config.stem)
    folder = create(run_dir.resolve(), config.to_json())
    print_json(worker.work(config, folder, workspace, terminal=not options.quiet, stop=stop))
    return 0
