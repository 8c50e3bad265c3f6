"""Known vulnerabilities of the pinned packages, from the database of PyPI: `make audit`, also the last step of .ci/run.

    python -m benchmarks.audit [--strict]

pip-audit reads the pins of requirements.txt and asks for each. Where the database cannot be reached, or its mirror knows no package, it
counts them as skipped and ends as if all were well; here that is said, and with --strict it is an error. Exit code 1: vulnerabilities are
known; 3: not every pin was checked (--strict only).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from lraln_core.files.workspace import PROJECT

CLEAN, VULNERABLE, UNCHECKED = 0, 1, 3
SECONDS = 15  # for one answer of the database
PATIENCE_S = 180  # seconds for all


@dataclass(frozen=True)
class Audit:
    """What is known about the pins."""

    checked: int
    skipped: int
    vulnerable: tuple[str, ...]  # one line for each vulnerability

    def sentences(self) -> list[str]:
        """For people."""
        total = self.checked + self.skipped
        if not self.checked:
            return ["No vulnerability database could be reached: none of the pinned packages was checked."]
        head = f"{self.checked} of {total} pinned packages were checked: {len(self.vulnerable)} known vulnerabilities."
        return [head, *self.vulnerable]

    def code(self, *, strict: bool) -> int:
        """Exit code."""
        if self.vulnerable:
            return VULNERABLE
        return UNCHECKED if strict and (self.skipped or not self.checked) else CLEAN


def read(answer: str) -> Audit:
    """The JSON of pip-audit; anything else (it could not connect) is an audit of nothing."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(0, 0, ())
    checked = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in {', '.join(one.get('fix_versions') or ['no version yet'])}"
        for package in checked
        for one in package.get("vulns", [])
    ]
    return Audit(len(checked), len(packages) - len(checked), tuple(found))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strict", action="store_true", help="end with code 3 when not every pin could be checked")
    options = parser.parse_args()
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--requirement", str(PROJECT / "requirements.txt")]
    command += ["--timeout", str(SECONDS), "--progress-spinner", "off", "--format", "json"]
    try:
        audit = read(subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S).stdout)
    except subprocess.TimeoutExpired:
        audit = read("")
    print("\n".join(audit.sentences()))
    return audit.code(strict=options.strict)


if __name__ == "__main__":
    sys.exit(main())
