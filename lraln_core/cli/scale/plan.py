"""`plan`: hours, memory, disk and bytes moved for encoding and mining so many words, from measured rates."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace

from lraln_core.choices import Scoring
from lraln_core.cli.arguments import add_option, number
from lraln_core.cli.output import print_json
from lraln_core.cluster.plan import MEASURED, Plan, plan
from lraln_core.files.workspace import Workspace

_RATES = {
    "encode": "words that a worker encodes in a second; on GPUs, that a GPU encodes",
    "exact": "pairs of words that a worker compares in a second, exactly",
    "approximate": "the same with an index",
    "read": "bytes that a worker reads from the store in a second",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `plan`."""
    parser.add_argument("--words", type=number(float, 1, 1e13), required=True, help="words of each side, e.g. 1e9")
    parser.add_argument("--nodes", type=number(int, 1, 100_000), default=1, help="machines (default 1)")
    parser.add_argument("--cpus", type=number(int, 1, 10_000), default=16, help="processors of each machine (default 16)")
    parser.add_argument("--gpus", type=number(int, 0, 1000), default=0, help="GPUs of each machine, for encoding (default 0)")
    parser.add_argument("--dimension", type=number(int, 1, 65_536), default=384, help="dimensions of the vectors (default 384)")
    parser.add_argument("--block-words", type=number(int, 16, 100_000_000), default=0, help="words of a block; 0 (default) chooses")
    add_option(parser, "mining.scoring")
    add_option(parser, "mining.mining_k")
    for name, what in _RATES.items():
        parser.add_argument(f"--{name}-rate", type=number(float, 1e-6, 1e18), help=f"{what} (default: measured on this project's machine)")
    parser.add_argument("--price", type=number(float, 0, 1e9), default=0, help="price of a machine for an hour, for the cost")
    parser.add_argument("--json", action="store_true", help="print one JSON line instead of text")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    given = {name: value for name in _RATES if (value := getattr(options, f"{name}_rate")) is not None}
    found = plan(
        options.words,
        workers=options.nodes * options.cpus,
        encoders=options.nodes * options.gpus if options.gpus and "encode" in given else options.nodes * options.cpus,
        rates=replace(MEASURED, **given),
        dimension=options.dimension,
        block_words=options.block_words,
        k=options.mining_k,
        scoring=Scoring(options.scoring),
    )
    if options.json:
        print_json({"words": options.words, "nodes": options.nodes} | asdict(found))
        return 0
    print("\n".join(_lines(options, found, has_gpu_rate="encode" in given)))
    return 0


def _lines(options: argparse.Namespace, found: Plan, *, has_gpu_rate: bool) -> list[str]:
    machines = f"{options.nodes:,} machines of {options.cpus} processors" + (
        f" and {options.gpus} GPU{'s' * (options.gpus > 1)}" if options.gpus else ""
    )
    lines = [
        f"{options.words:,.0f} words a side at {options.dimension} dimensions, {options.scoring}, on {machines}:",
        f"  stores            {_bytes(found.store_bytes)} for both sides",
        f"  encoding          {_hours(found.encode_hours, options)}, {found.encoders:,} workers",
        f"  exact search      {_hours(found.exact_hours, options)}, {found.workers:,} workers; {_bytes(found.exact_read_bytes)} read; "
        f"{found.cells:,.0f} cells of {found.block_words:,} words a side",
    ]
    if found.approximate_hours is None:
        lines.append("  with an index     not possible with this scoring")
    else:
        lines.append(
            f"  with an index     {_hours(found.approximate_hours, options)}, {found.workers:,} workers; "
            f"{_bytes(found.approximate_read_bytes)} read; its recall is measured in each mining"
        )
    lines += [
        f"  work folder       up to {_bytes(found.work_bytes)}",
        f"  memory            {_bytes(found.worker_memory_bytes)} a worker for its blocks, and the encoder while encoding",
        "All workers are taken to be busy, and the store to feed them. The formula and the measured rates are in docs/scale.md.",
    ]
    if options.gpus and not has_gpu_rate:
        lines.append(
            "No GPU was measured for this project: encoding is counted on the processors. Give --encode-rate, the words that one of your "
            "GPUs encodes in a second, as encode prints it, to count it on GPUs. The search uses processors."
        )
    return lines


def _hours(hours: float, options: argparse.Namespace) -> str:
    text = f"{hours:,.1f} hours" if hours >= 0.1 else f"{hours * 60:,.1f} minutes"
    if hours > 24 * 365:
        text += f" ({hours / 24 / 365:,.1f} years)"
    return text + (f", cost {hours * options.nodes * options.price:,.0f}" if options.price else "")


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if count < 1000 or unit == "PB":
            return f"{count:,.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
