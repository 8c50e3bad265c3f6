"""Build the wheel, install it with all its dependencies in a new environment and use it in an empty folder.

    python -m benchmarks.wheel_check            # a really new environment; downloads the dependencies
    python -m benchmarks.wheel_check --shared   # dependencies of this environment, only the wheel is installed (used by the tests)

It prints what each command gave and how long it took, and ends with 1 at the first that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FEW_STEPS = ["--preset", "paper", "--set", "training.steps=30", "--set", "training.evaluate_every=10", "--set", "training.warmup_steps=5"]
PATIENCE_S = 180  # seconds until the app has to answer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", action="store_true", help="see the packages of this environment instead of installing them")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lraln-wheel-") as place:
        try:
            check(Path(place), shared=options.shared)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, AssertionError, OSError) as error:
            print(f"FAILED: {error}", flush=True)
            return 1
    print("The wheel works.")
    return 0


def check(place: Path, *, shared: bool) -> None:
    """Every step in turn. Raises CalledProcessError, AssertionError for the first that fails."""
    wheel = build(place / "dist")
    scripts = install(wheel, place / "environment", shared=shared)
    empty = place / "empty"
    empty.mkdir()
    lraln = str(scripts / ("lraln.exe" if os.name == "nt" else "lraln"))
    environment = {key: value for key, value in os.environ.items() if key not in ("LRALN_WORKSPACE", "PYTHONPATH")}
    assert str(place) in run([scripts / "python", "-c", "import lraln_core; print(lraln_core.__file__)"], empty, environment)
    print(run([lraln, "doctor"], empty, environment))
    summary = json.loads(
        run([lraln, "run", "--sample", "mk-en", *(FEW_STEPS if shared else []), "--quiet"], empty, environment).splitlines()[-1]
    )
    assert summary["retrieval"]["after"]["pairs"] > 0, summary
    assert Path(summary["run_dir"]).parent == (empty / "lraln-workspace" / "runs").resolve(), summary["run_dir"]
    print(f"run: {summary['mined_pairs']:,} mined pairs, retrieval {summary['retrieval']['after']['mean_accuracy']:.3f}")
    serve([lraln, "app"], empty, environment)
    assert [path.name for path in empty.iterdir()] == ["lraln-workspace"], list(empty.iterdir())


def build(folder: Path) -> Path:
    """The wheel, built from the repository with the build tools of this environment."""
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, REPOSITORY], REPOSITORY, dict(os.environ))
    (wheel,) = folder.glob("*.whl")
    print(f"wheel: {wheel.name}, {wheel.stat().st_size / 1e6:.2f} MB", flush=True)
    return wheel


def install(wheel: Path, folder: Path, *, shared: bool) -> Path:
    """A new environment with the wheel. -> its folder of programs."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    if shared:
        packages = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder, dict(os.environ)).strip())
        (packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run([python, "-m", "pip", "install", "--quiet", *(["--no-deps", "--no-index"] if shared else []), str(wheel)], folder, dict(os.environ))
    return scripts


def serve(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Start the app on a free port, wait until it answers on the loopback address, end it. Raises AssertionError."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with subprocess.Popen([*command, "--port", str(port)], cwd=folder, env=environment, start_new_session=True) as process:
        try:
            while not (answers(port, "_stcore/health") and answers(port, "")):
                assert process.poll() is None, f"lraln app ended with {process.returncode}"
                assert time.monotonic() - began < PATIENCE_S, f"lraln app did not answer within {PATIENCE_S} s"
                time.sleep(0.5)
            print(f"app: answers on 127.0.0.1:{port} after {time.monotonic() - began:.1f} s", flush=True)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def answers(port: int, path: str) -> bool:
    """Whether the server gives a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def run(command: list[object], folder: Path, environment: dict[str, str]) -> str:
    """Run a command to its end and return what it printed; prints its seconds."""
    began = time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    print(f"[{time.monotonic() - began:6.1f} s] {' '.join(Path(str(part)).name for part in command[:6])} -> {done.returncode}", flush=True)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], sep="\n", flush=True)
        raise subprocess.CalledProcessError(done.returncode, command)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
