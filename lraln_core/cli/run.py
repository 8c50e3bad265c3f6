"""`run`: one whole run in a folder; the same command continues an unfinished one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from lraln_core.choices import Engine
from lraln_core.errors import ConfigError
from lraln_core.files.run_folder import new_run_id
from lraln_core.files.workspace import Workspace
from lraln_core.runs import config as run_config
from lraln_core.runs import worker
from lraln_core.runs.presets import DEFAULT, NONE, Preset, preset
from lraln_core.runs.samples import SAMPLES, sample_config
from lraln_core.runs.stored import open_or_create

from .arguments import add_encoder, add_quiet, add_seed
from .output import print_json
from .scale.engines import place_or_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sample", choices=SAMPLES, help="run on the project's own data")
    what.add_argument("--config", type=Path, help="TOML (or JSON) file; paths in it are relative to its folder")
    parser.add_argument(
        "--preset",
        choices=[*Preset, NONE],
        help=f"values under what the file says, {NONE}: the defaults; without it {DEFAULT}, unless the file names a preset or a system",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override an option, e.g. training.steps=1000")
    parser.add_argument("--run-dir", type=Path, help="folder of the run; the same folder continues an unfinished run")
    parser.add_argument("--tokenized", action="store_true", help="all text of the run is already tokenised: words separated by spaces")
    parser.add_argument("--engine", choices=list(Engine), help="ray: encode and mine the corpora on a Ray cluster (docs/scale.md)")
    parser.add_argument("--address", help="of a running Ray cluster, HOST:PORT or auto; without it Ray is started on this machine")
    parser.add_argument("--stores", type=place_or_path, help="folder or URL of the stores and pairs, shared by all machines")
    add_quiet(parser)
    add_encoder(parser)
    add_seed(parser)


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    overrides = list(options.set)
    for key, value in (("seed", options.seed), ("threads", options.threads), ("device", options.device), ("encoder", options.encoder)):
        if value is not None:
            prefix = "encoder." if key == "device" else ""
            overrides.append(f"encoder.name={value}" if key == "encoder" else f"{prefix}{key}={value}")
    for key, value in (("engine", options.engine), ("address", options.address), ("place", options.stores)):
        if value is not None:
            overrides.append(f"stores.{key}={json.dumps(str(value.resolve() if isinstance(value, Path) else value))}")
    if options.tokenized:
        overrides += [f"{section}.tokenized=true" for section in ("src", "trg", "test", "development", "train")]
    earlier = []
    if options.sample:
        if options.preset == NONE:
            raise ConfigError(f"--sample takes a preset: {', '.join(Preset)}.")
        names_system = any(item.split("=")[0].strip() == "system" for item in overrides)
        named = options.preset or (Preset.PAPER if names_system else DEFAULT)
        values = sample_config(options.sample, preset(named)).to_json()
        run_config.apply_overrides(values, overrides)
        config = run_config.from_json(values)
    else:
        config = run_config.load(options.config, overrides, preset=options.preset or "")
        if not options.preset:
            earlier = [run_config.load(options.config, overrides, preset=NONE)]
    workspace.require_writable()
    run_dir = options.run_dir or workspace.runs / new_run_id(config.name or options.config.stem)
    folder, config = open_or_create(run_dir.resolve(), config, *earlier)
    print_json(worker.work(config, folder, workspace, terminal=not options.quiet, stop=stop))
    return 0
