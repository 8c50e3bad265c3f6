"""How long each page takes with a warm app: `python -m benchmarks.page_times --workspace FOLDER [--visits 5] [--pictures FOLDER]`.

The app is started over the workspace, every page is visited once to warm it, and then visited again several times by its address in a
headless browser. A page has settled at its last change before 700 ms without any; the time counts from the navigation. The load of the
machine is written beside the figures, because a busy machine makes every page slower. The pictures show what was on the page when it had
settled, so that nobody counts the time of an empty page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from docs.screenshots import BROWSERS, BUSY, FLAGS, openings, pages, serve
from lraln_core.files.atomic import write_json

QUIET_MS = 700
LONGEST_MS = 120_000
WIDTH, HEIGHT = 1440, 900
MORE = {
    "space-clusters": ("space", "&shown=clusters&moment=after"),
    "space-density": ("space", "&shown=density"),
}  # further views of a page
# Changes below the page as a whole; the time of the last one is kept.
WATCH = """
window.lastChange = 0;
new MutationObserver(() => { window.lastChange = performance.now(); })
  .observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-stale", "class"] });
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each page as it was when it had settled")
    options = parser.parse_args()
    browser_path = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser_path is None:
        print("No Chromium is installed.", file=sys.stderr)
        return 2
    workspace, load = options.workspace.resolve(), os.getloadavg()[0]
    with serve(workspace) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_context(base_url=address, viewport={"width": WIDTH, "height": HEIGHT}).new_page()
        page.add_init_script(WATCH)
        opened, times = openings(workspace), {}
        addresses = {name: f"{path}?{opened.get(name, '')}" for name, path in pages(page).items()}
        addresses |= {name: addresses[of] + more for name, (of, more) in MORE.items() if of in addresses}
        for name, target in addresses.items():
            if options.only and name not in options.only:
                continue
            times[name] = [settled(page, target) for _ in range(options.visits + 1)][1:]
            if options.pictures:
                options.pictures.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=options.pictures / f"{name}.png")
            print(f"{name:<14} median {statistics.median(times[name]):.2f} s   {' '.join(f'{one:.2f}' for one in times[name])}", flush=True)
        browser.close()
    medians = {name: round(statistics.median(found), 3) for name, found in times.items()}
    result = {
        "settled_median_s": medians,
        "median_of_pages_s": round(statistics.median(medians.values()), 3),
        "visits": options.visits,
        "processors": os.cpu_count(),
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(result))
    if options.out:
        write_json(options.out, result)
    return 0


def settled(page: Page, path: str) -> float:
    """Seconds from the navigation to the last change of the page."""
    page.goto(path)
    page.locator("h1").first.wait_for(timeout=LONGEST_MS)
    page.wait_for_function(
        f"() => performance.now() - window.lastChange > {QUIET_MS} && !document.querySelector('{BUSY}, [data-stale=\"true\"]')",
        timeout=LONGEST_MS,
    )
    return float(page.evaluate("() => window.lastChange")) / 1000


if __name__ == "__main__":
    raise SystemExit(main())
