"""Files of results that hold one section for each part of a harness; a part that was not run now keeps its section."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def keep(file: Path, title: str, parts: dict[str, list[str]], *, ascending: bool = False) -> None:
    """Write the lines of each part under its heading ("## ...") into a Markdown file, beside the parts that are there already.

    The headings are in descending order, or ascending.
    """
    known: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        if line.startswith("## "):
            known[line] = lines = []
        elif known:
            lines.append(line)
    known = {head: "\n".join(lines).strip().splitlines() for head, lines in known.items()} | parts
    text = [line for head, lines in sorted(known.items(), reverse=not ascending) for line in (head, "", *lines, "")]
    file.write_text("\n".join([f"# {title}", "", *text]), encoding="utf-8")


def about(command: str, minutes: float) -> str:
    """The command, the machine and how busy it was."""
    machine = f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"`python -m benchmarks.robustness.{command}` on {machine}; {minutes:.0f} minutes, load {os.getloadavg()[2]:.1f} meanwhile."
