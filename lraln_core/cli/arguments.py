"""Arguments that several commands share. Options of the configuration are declared once, in runs/config.py, and offered from there."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from lraln_core.runs.config import RunConfig
from lraln_core.runs.options import Option, options

SEED_LIMIT = 2**31


def natural(text: str) -> int:
    """A whole number from 0, as an argparse type."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) >= SEED_LIMIT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def add_option(parser: argparse.ArgumentParser, path: str, *, flag: str = "", default: Any = None, help: str = "") -> None:
    """An option of the configuration, such as mining.threshold, with its bounds, choices and help.

    flag: the name on the command line, --threshold if not given; default: instead of the configuration's.
    """
    option = options(RunConfig)[path]
    named: dict[str, Any] = {"choices": list(option.choices)} if option.choices else {"type": _within(option)}
    parser.add_argument(
        flag or f"--{option.name.replace('_', '-')}",
        dest=option.name,
        default=option.default if default is None else default,
        help=(help or option.help).replace("%", "%%"),
        **named,
    )


def _within(option: Option) -> Callable[[str], Any]:
    """An argparse type that refuses values outside the bounds of the option."""

    def read(text: str) -> Any:
        try:
            value = option.kind(text)
        except ValueError:
            what = "a whole number" if option.kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if option.kind in (int, float) and not (
            (option.low is None or value >= option.low) and (option.high is None or value <= option.high)
        ):
            raise argparse.ArgumentTypeError(f"{text} is not within the allowed range {option.low} to {option.high}")
        return value

    return read


def add_languages(parser: argparse.ArgumentParser) -> None:
    """The two languages of a text, and whether it is tokenised."""
    parser.add_argument("--src-lang", required=True, help="ISO 639 code, e.g. mk")
    parser.add_argument("--trg-lang", required=True, help="ISO 639 code, e.g. en")
    parser.add_argument("--tokenized", action="store_true", help="the text is already tokenised: words separated by spaces")


def add_encoder(parser: argparse.ArgumentParser) -> None:
    """Encoder, device and threads; None where a user gave nothing."""
    parser.add_argument("--encoder", help=f"encoder name or folder (default {RunConfig().encoder.name})")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=natural, help="processor threads, 0 for all")


def add_vectors(parser: argparse.ArgumentParser) -> None:
    """How the encoder gives word vectors; None where a user gave nothing."""
    known = options(RunConfig)
    for name in ("layer", "pooling", "precision"):
        option = known[f"encoder.{name}"]
        named: dict[str, Any] = {"choices": list(option.choices)} if issubclass(option.kind, StrEnum) else {"type": option.kind}
        parser.add_argument(f"--{name}", help=f"{option.help} Default {option.default}.", **named)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """The seed; None where a user gave none."""
    parser.add_argument("--seed", type=natural, help="seed of everything random (default 1)")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """--quiet, for commands whose folder has a log."""
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr; log.txt in the folder has it in any case")
