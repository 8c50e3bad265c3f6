"""Pictures of every page in a window of 1440x900, light and dark, and of 1280x720, with the sample data: `make screenshots`.

Makes a temporary workspace (or takes up the one given), fills it, starts the app on this computer alone, visits every page of
the navigation and saves docs/screenshots/<page>-<light|dark|1280x720>.png: what a visitor sees without scrolling. Fails when a page
shows an exception or an empty figure, or does not come to rest.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

from docs.sample_workspace import fill
from lraln_core.files.atomic import read_json
from lraln_core.files.workspace import PROJECT

OUT = PROJECT / "docs" / "screenshots"
VIEWS = {"light": ("light", 1440, 900), "dark": ("dark", 1440, 900), "1280x720": ("light", 1280, 720)}  # name: scheme, width, height
COLOURS = 96  # of the palette of a picture
MOST_BYTES = 6_000_000  # all pictures together
REST_SECONDS = 60
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FIGURES = '[data-testid="stVegaLiteChart"], [data-testid="stPlotlyChart"]'
BUSY = '[data-testid="stSkeleton"], [data-testid="stStatusWidget"], [data-testid="stSpinner"]'

PRESS = {  # (role, beginning of the name) of what is pressed before the picture is taken
    "corpora": (("tab", "Left out, letters"), ("button", "Measure")),
    "suite": (("tab", "Earlier suites"),),
}


class Bad(Exception):
    """A page that should not be shown like this."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workspace", type=Path, help="a folder to keep and take up again (default: a temporary one)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--as-is", action="store_true", help="take the workspace as it is, without filling what is missing")
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE", help="these pages alone, e.g. guide pairs")
    options = parser.parse_args()
    browser_path = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser_path is None:
        print("No Chromium is installed.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        workspace = (options.workspace or Path(scratch) / "workspace").resolve()
        if not options.as_is:
            print(f"Filling {workspace}", flush=True)
            fill(workspace)
        options.out.mkdir(parents=True, exist_ok=True)
        with serve(workspace) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
            bad = take_all(browser, address, options.out, options.only, openings(workspace))
            browser.close()
    size = sum(path.stat().st_size for path in options.out.glob("*.png"))
    print(f"{size / 1e6:.1f} MB in {options.out}")
    if size > MOST_BYTES:
        bad.append(f"The pictures take {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f}.")
    for sentence in bad:
        print(sentence, file=sys.stderr)
    return 1 if bad else 0


@contextmanager
def serve(workspace: Path) -> Iterator[str]:
    """The app on a free port of this computer. Raises RuntimeError when it does not come up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | {"LRALN_WORKSPACE": str(workspace)}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except (OSError, urllib.error.URLError):
                time.sleep(0.3)
        else:
            raise RuntimeError("The app did not start.")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def openings(workspace: Path) -> dict[str, str]:
    """What a page is opened with, where its first view would tell little."""
    runs = sorted(path.parent.name for path in workspace.glob("runs/*/projection*.parquet")) or ["sample-mk-en"]
    run = f"run={'sample-mk-en' if (workspace / 'runs' / 'sample-mk-en').is_dir() else runs[0]}"
    reports = (path for path in workspace.glob("corpora/*/report.json") if read_json(path)["language"] == "mk")
    corpus = next((f"corpus={path.parent.name}" for path in reports), "")
    tagged = next((f"run={path.parent.name}" for path in sorted(workspace.glob("runs/*/ner.json"))), run)
    linked = next((f"run={path.parent.name}" for path in sorted(workspace.glob("runs/*/word-alignment.json"))), run)
    return {
        "guide": "step=4&pair=mk-en",
        "corpora": corpus,
        "pairs": run,
        "dictionary": run,
        "retrieval": run,
        "alignment": linked,
        "space": run,
        "ner": tagged,
    }


def take_all(browser: Browser, address: str, out: Path, only: list[str], opened: dict[str, str]) -> list[str]:
    """Every page in every view; returns what was wrong, each in a sentence."""
    bad: list[str] = []
    for view, (scheme, width, height) in VIEWS.items():
        context = browser.new_context(base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        for name, path in pages(page).items():
            if only and name not in only:
                continue
            try:
                image = take(page, name, f"{path}?{opened.get(name, '')}")
            except (Bad, TimeoutError) as error:
                bad.append(f"{name}, {view}: {error}")
                continue
            save(image, out / f"{name}-{view}.png")
            print(f"  {name} {view}", flush=True)
        context.close()
    return bad


def pages(page: Page) -> dict[str, str]:
    """Name and path of every page, from the app's navigation."""
    page.goto("/")
    page.locator("h1").first.wait_for(timeout=REST_SECONDS * 1000)
    links = page.locator('[data-testid="stSidebarNavLink"]')
    paths = [re.sub(r"^https?://[^/]+|\?.*$", "", links.nth(at).get_attribute("href") or "/") for at in range(links.count())]
    return {path.strip("/") or "home": path or "/" for path in paths}


def take(page: Page, name: str, path: str) -> bytes:
    """A picture of the first window of one page. Raises Bad."""
    page.goto(path)
    page.locator("h1").first.wait_for(timeout=REST_SECONDS * 1000)
    rest(page)
    for role, beginning in PRESS.get(name, ()):
        target = page.get_by_role(role, name=re.compile(f"^{re.escape(beginning)}"))
        if target.count():
            target.first.click()
            rest(page)
    page.mouse.move(2, 2)
    rest(page)
    check(page)
    page.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")  # looking at figures scrolls
    rest(page)
    return page.screenshot()


def rest(page: Page) -> None:
    """Wait until nothing is loading and nothing moves. Raises Bad."""
    end, still, before = time.monotonic() + REST_SECONDS, 0, None
    while still < 3:
        if time.monotonic() > end:
            raise Bad("it does not come to rest.")
        page.wait_for_timeout(350)
        now = page.locator(BUSY).count(), page.locator('[data-stale="true"]').count(), page.content().__hash__()
        still = still + 1 if now == before and not now[0] and not now[1] else 0
        before = now


def check(page: Page) -> None:
    """Raises Bad when there is an exception, an error or an empty figure."""
    for kind in ("stException", "stAlertContentError"):
        found = page.locator(f'[data-testid="{kind}"]')
        if found.count():
            raise Bad(f"it shows an error: {found.first.inner_text()[:200]}")
    figures = page.locator(FIGURES)
    for at in range(figures.count()):
        figure = figures.nth(at)
        if figure.is_visible() and is_empty(figure):
            raise Bad(f"figure {at + 1} is empty.")


def is_empty(figure: Locator) -> bool:
    """Whether a figure is one or two flat colours."""
    box = figure.bounding_box()
    if not box or box["width"] < 20 or box["height"] < 20:
        return True
    image = Image.open(io.BytesIO(figure.screenshot())).convert("RGB")
    return len(image.getcolors(maxcolors=image.width * image.height) or ()) < 8


def save(image: bytes, path: Path) -> None:
    """Write a picture with a palette, a third of the size."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    raise SystemExit(main())
