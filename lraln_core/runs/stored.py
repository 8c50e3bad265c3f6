"""The configuration of an existing run folder, with the meaning it had when it was written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from lraln_core.choices import Precision
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder, create

from .config import EncoderConfig, RunConfig, from_json

# Options whose default has changed since, with the value that a configuration meant that does not name them.
_EARLIER = {("encoder", "precision"): Precision.FLOAT32.value}


def as_written(values: Any) -> Any:
    """Stored values with those of `_EARLIER` that they leave out filled in; what is no table stays as it is."""
    if not isinstance(values, dict):
        return values
    filled = dict(values)
    for (section, name), value in _EARLIER.items():
        table = filled.get(section, {})
        if isinstance(table, dict):
            filled[section] = {name: value} | table
    return filled


def with_precision(options: EncoderConfig, noted: Any) -> EncoderConfig:
    """`auto` replaced by the precision that a run noted; anything else stays."""
    if options.precision is not Precision.AUTO or noted not in (Precision.FLOAT32, Precision.BFLOAT16):
        return options
    return dataclasses.replace(options, precision=Precision(noted))


def stored_config(folder: RunFolder) -> RunConfig:
    """The configuration of a run, with the precision its vectors were computed in where it asked for `auto`.

    Raises ConfigError, WorkspaceError, and FileNotFoundError where there is no configuration.
    """
    config = from_json(as_written(read_json(folder.config)))
    noted = (folder.summary() or folder.status()).get("precision")
    return dataclasses.replace(config, encoder=with_precision(config.encoder, noted))


def open_or_create(path: Path, config: RunConfig, *others: RunConfig) -> tuple[RunFolder, RunConfig]:
    """The folder of a run and the configuration to execute: that of the folder where it holds the same run already, else `config`.

    others are what the same request meant to an earlier version: a folder that holds one of them is continued too.

    A run is the same when it differs only in options that an earlier version did not have or that had another default then.
    Raises RunError when the folder holds another run or other files.
    """
    folder = RunFolder(path)
    if folder.config.exists():
        before = from_json(as_written(read_json(folder.config)))
        for wanted in (config, *others):
            if wanted.encoder.precision is Precision.AUTO:
                wanted = dataclasses.replace(wanted, encoder=dataclasses.replace(wanted.encoder, precision=before.encoder.precision))
            if wanted == before:
                return folder, before
    return create(path, config.to_json()), config
