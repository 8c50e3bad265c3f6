"""Many browser sessions that read the pages at the same time: how long each page takes, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from playwright.async_api import Browser, ConsoleMessage, Error, Page

from benchmarks.robustness.many_users.setup import COUNTERPART, RUN

ARRIVING = 4  # sessions that come within one pause
PATIENCE = 120_000  # milliseconds a page may take before it counts as an error
WORDS = ("water", "people", "house", "year", "children", "the", "river", "school")
NOT_OURS = re.compile(r"_stcore/(health|host-config)|preload")
# What the reader waits for: the content of the page, another text than before, nothing greyed out, no spinner, the script at rest.
TEXT = """() => document.querySelector('[data-testid="stMain"]').innerText"""
READY = """([title, content, before]) => {
  const app = document.querySelector('[data-testid="stApp"]'), head = document.querySelector('h1');
  return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
    && head && head.innerText.trim() === title && document.querySelector(content) !== null
    && document.querySelector('[data-testid="stMain"]').innerText !== before
    && !document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"], [data-stale="true"]')
}"""
TROUBLE = '[data-testid="stException"], [data-testid="stAlertContentError"], [role="dialog"]'
COUNT = re.compile(r"([\d,]+) word pairs?, [\d,]+ of them different")


@dataclass(frozen=True)
class Place:
    """A page of the navigation and how it is known to be there."""

    link: str
    path: str
    title: str
    content: str


PLACES = {
    "home": Place("Home", "home", "Find words that mean the same, without a dictionary", ".st-key-sample_mk-en"),
    "pairs": Place("Pairs", "pairs", "Word pairs", ".lr-card mark"),
    "compare": Place("Compare", "compare", "Compare two runs", '[data-testid="stDataFrame"] canvas'),
    "retrieval": Place("Retrieval", "retrieval", "Word retrieval", ".lr-card"),
    "corpora": Place("Corpora", "corpora", "Corpora", ".lr-tokens"),
    "space": Place("Space", "space", "Space", ".js-plotly-plot .main-svg"),
    "guide": Place("Guide", "guide", "Guide: the method in eight steps", ".st-key-guide_panel"),
}


@dataclass
class Seen:
    """What all sessions together have seen."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    counts: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))  # run, word -> pairs, as pages said

    @property
    def views(self) -> int:
        return sum(map(len, self.seconds.values()))


class Session:
    """One visitor: a context of the browser of their own."""

    def __init__(self, page: Page, number: int, seen: Seen, pause: float):
        self.page, self.number, self.seen, self.pause, self.random = page, number, seen, pause, random.Random(number)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        page.on("console", self._console)
        page.on("response", lambda answer: self._note(f"answer {answer.status}: {answer.url}") if answer.status >= 500 else None)

    def _note(self, what: str) -> None:
        self.seen.errors.append(f"session {self.number}, {self.page.url.partition('//')[2]}: {what[:400]}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NOT_OURS.search(f"{message.text} {message.location}"):
            self._note(f"console: {message.text}")

    async def ready(self, place: Place, before: str = "") -> None:
        await self.page.wait_for_function(READY, arg=[place.title, place.content, before], polling=100)

    async def timed(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        began = time.perf_counter()
        try:
            await work()
            self.seen.seconds[name].append(time.perf_counter() - began)
        except Error as error:
            self._note(f"{name}: {str(error).splitlines()[0]}; the page says: {await self._text()}")
        for box in await self.page.locator(TROUBLE).all_inner_texts():
            self._note(f"{name}: {box}")
        await asyncio.sleep(self.pause * self.random.uniform(0.5, 1.5))

    async def _text(self) -> str:
        try:
            return " ".join((await self.page.locator('[data-testid="stMain"]').inner_text(timeout=5000)).split())[:200]
        except Error:
            return "nothing"

    async def arrive(self, place: Place) -> None:
        """Open a link of somebody else's: the whole app is loaded."""
        where = f"/{place.path}" + (f"?run={RUN}" if place.path in ("pairs", "retrieval", "space") else "")
        await self.page.goto(where + (f"?run={RUN}&other={COUNTERPART}" if place.path == "compare" else ""))
        await self.ready(place)

    async def turn_to(self, place: Place) -> None:
        """Choose a page in the navigation."""
        await self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=place.link, exact=True).click()
        await self.ready(place)

    async def next_page(self) -> None:
        before = await self.page.evaluate(TEXT)
        await self.page.get_by_test_id("stPaginationNext").click()
        await self.ready(PLACES["pairs"], before)

    async def filter(self, word: str) -> None:
        """Look for an English word, or for any, and read how many pairs there are."""
        box, before = self.page.get_by_role("searchbox", name="English word"), await self.page.evaluate(TEXT)
        await box.fill(word)
        await box.press("Enter")
        await self.ready(PLACES["pairs"], before)
        found = COUNT.search(await self.page.get_by_text(COUNT).inner_text())
        run = re.search(r"[?&]run=([^&]+)", self.page.url)[1]
        self.seen.counts[run, word].add(int(found[1].replace(",", "")))

    async def next_step(self) -> None:
        """The next step of the lesson."""
        before, onwards = await self.page.evaluate(TEXT), self.page.locator(".st-key-guide_next button")
        await (onwards if await onwards.is_enabled() else self.page.locator(".st-key-guide_back button")).click()
        await self.ready(PLACES["guide"], before)

    async def round(self, more: Callable[[], bool], start: int) -> None:
        """All pages in turn, beginning with another one in each session, until enough views are made."""
        names = list(PLACES)
        at = start
        await self.timed("the app opened by a link", partial(self.arrive, PLACES[names[at % len(names)]]))
        while more():
            at += 1
            name = names[at % len(names)]
            await self.timed(name, partial(self.turn_to, PLACES[name]))
            if name == "pairs" and more():
                await self.timed("pairs: a page turned", self.next_page)
                await self.timed("pairs: a filter", partial(self.filter, WORDS[at // len(names) % len(WORDS)]))
                await self.timed("pairs: the filter cleared", partial(self.filter, ""))
            elif name == "guide" and more():
                await self.timed("guide: a step on", self.next_step)


async def read_at_once(browser: Browser, url: str, sessions: int, views: int, pause: float, minutes: float) -> Seen:
    """So many sessions together make at least so many page views, unless the time is up before; each reads a page for about `pause`
    seconds before it asks for the next."""
    seen, end = Seen(), time.monotonic() + 60 * minutes
    more = lambda: seen.views < views and len(seen.errors) < 50 and time.monotonic() < end

    async def one(number: int) -> None:
        context = await browser.new_context(base_url=url, viewport={"width": 1440, "height": 1000})
        try:
            await asyncio.sleep(pause * number / ARRIVING)  # people do not come at the same moment
            session = Session(await context.new_page(), number, seen, pause)
            await session.round(more, number)
        finally:
            await context.close()

    await asyncio.gather(*(one(number) for number in range(sessions)))
    return seen
