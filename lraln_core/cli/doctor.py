"""`doctor`: checks the machine and says what to fix."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

import torch

from lraln_core.encoder import embedded
from lraln_core.encoder.precision import offered
from lraln_core.errors import LralnError, WorkspaceInUseError
from lraln_core.files.events import VERSIONS
from lraln_core.files.workspace import NOTICE, PROJECT, Workspace

FONT_LANGUAGES = {
    "Cyrillic": "mk",
    "Devanagari": "ne",
    "Bengali": "bn",
    "Gujarati": "gu",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Arabic": "sd",
}
MIN_PYTHON, MIN_MEMORY_GB, MIN_DISK_GB = (3, 11), 4, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options."""


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    healthy = True
    for name, fine, found, remedy in checks(workspace):
        healthy &= fine
        print(f"{'ok  ' if fine else 'FIX '} {name}: {found}" + ("" if fine else f" -> {remedy}"))
    if NOTICE.is_file():
        print("\n".join(f"     {line}".rstrip() for line in NOTICE.read_text(encoding="utf-8").splitlines()))
    print("Ready." if healthy else "Fix the lines marked FIX and run doctor again.")
    return 0 if healthy else 2


def checks(workspace: Workspace) -> Iterator[tuple[str, bool, str, str]]:
    """(what, fine, found, remedy) for each thing the tool needs."""
    yield "Python", sys.version_info >= MIN_PYTHON, platform.python_version(), "install Python 3.11 or newer"
    for name in VERSIONS:
        try:
            yield name, *_pinned(name), "install the requirements again: pip install -r requirements.txt"
        except PackageNotFoundError:
            yield name, False, "missing", "install the requirements: pip install -r requirements.txt"
    memory = _memory_gb()
    found = "unknown" if memory is None else f"{memory:.1f} GB"
    yield "memory", memory is None or memory >= MIN_MEMORY_GB, found, "use a machine with 4 GB or more"
    yield "threads", torch.get_num_threads() >= 1, str(torch.get_num_threads()), "check OMP_NUM_THREADS"
    yield "numbers", True, ", ".join(offered("cpu")) + " (encoder.precision)", ""
    yield "CUDA", True, torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none; runs use the processor", ""
    try:
        workspace.require_writable()
        free = shutil.disk_usage(workspace.root).free / 1e9
        yield "workspace", True, str(workspace.root), ""
        yield "free disk", free >= MIN_DISK_GB, f"{free:.1f} GB", "free at least 2 GB on this disk"
    except LralnError as error:
        yield "workspace", False, str(error), "set LRALN_WORKSPACE to a folder you can write to"
    yield _database(workspace)
    yield _fonts()
    try:
        model, tokenizer = embedded.load()
        weights = sum(parameter.numel() for parameter in model.parameters()) / 1e6
        yield "built-in encoder", True, f"{weights:.0f} million weights, {tokenizer.get_vocab_size():,} pieces", ""
    except LralnError as error:
        yield "built-in encoder", False, str(error), "install the requirements again"


def _fonts() -> tuple[str, bool, str, str]:
    """Scripts of the samples and of the paper's languages without a font here; a browser elsewhere has its own."""
    if not shutil.which("fc-list"):
        return "fonts", True, "not checked: this system has no fc-list; browsers bring their own on most systems", ""
    missing = []
    for script, code in FONT_LANGUAGES.items():
        done = subprocess.run(["fc-list", f":lang={code}", "family"], capture_output=True, text=True, timeout=60, check=False)
        if not done.stdout.strip():
            missing.append(script)
    found = f"none for {', '.join(missing)}" if missing else f"for {', '.join(FONT_LANGUAGES)}"
    return "fonts", not missing, found, "install the Noto fonts (fonts-noto-core), or read the pages in a browser elsewhere"


def _pinned(name: str) -> tuple[bool, str]:
    found = version(name)
    wanted = {}
    for line in (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        package, sign, rest = line.partition("==")
        if sign:
            wanted[package.strip().split("[")[0]] = rest.split(";")[0].strip()
    fine = name not in wanted or found.split("+")[0] == wanted[name]
    return fine, found if fine else f"{found}, tested with {wanted[name]}"


def _memory_gb() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return None


def _database(workspace: Workspace) -> tuple[str, bool, str, str]:
    from lraln_core.store.database import open_database

    try:
        open_database(workspace).close()
    except WorkspaceInUseError as error:
        whose = f"process {error.holder}" if error.holder else "another process"
        return "database", True, f"{workspace.database}, open in {whose}", ""
    except LralnError as error:
        return "database", False, str(error), "see the message"
    return "database", True, str(workspace.database), ""
