"""How long a door and a till wait: from the scanner's Enter to the painted answer, and from the tap on the
exact cash to the painted change, in a real browser at gunicorn and PostgreSQL, on this machine. Writes
SCREENS.md.

make bench-screens      about seven minutes; needs Chromium
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.server import django, gunicorn, postgres
from benchmarks.world import World, code_of

GUESTS, SCANS, EVERY = 100_000, 60, 1000
TABLET = {"width": 810, "height": 1080}
# A frame is painted before the next task that was asked for while it was made.
PAINTED = """
    window.painted = [];
    const painted = (at) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.painted.push(performance.now() - at);
        requestAnimationFrame(() => channel.port2.postMessage(null));
    };
"""
AT_THE_DOOR = """
    const waiting = [];
    addEventListener("keydown", (event) => event.key === "Enter" && waiting.push(event.timeStamp), true);
    addEventListener("DOMContentLoaded", () => {
        const panel = document.getElementById("answer");
        const answered = () => {
            if (!waiting.length || panel.dataset.state === "waiting") return; // that is no answer yet
            painted(waiting.shift());
        };
        if (panel) new MutationObserver(answered).observe(panel, { childList: true, attributes: true });
    });
"""
AT_THE_TILL = """
    let tapped = null;
    addEventListener("pointerdown", (event) => {
        if (event.target.closest?.("[data-exact]")) tapped = event.timeStamp;
    }, true);
    addEventListener("DOMContentLoaded", () => {
        const done = () => {
            if (tapped === null || !document.querySelector(".done-panel")) return;
            painted(tapped);
            tapped = null;
        };
        const panel = document.getElementById("payment");
        if (panel) new MutationObserver(done).observe(panel, { childList: true, subtree: true });
    });
"""


@dataclass(frozen=True)
class Door:
    """A way in which scans are answered. `slower` is how many times slower than here the tablet is."""

    online: bool
    slower: int
    most = 150

    def __str__(self) -> str:
        return f"door {'online' if self.online else 'offline'}, CPU slowed {self.slower}x"

    def measure(self, page: Page, codes: Iterator[str]) -> None:
        page.context.set_offline(not self.online)
        for _ in range(SCANS):
            page.keyboard.type(f"{next(codes)}\n")
            page.wait_for_timeout(EVERY)


@dataclass(frozen=True)
class Till:
    """Sales of one ticket for the exact cash."""

    slower: int
    most = 250

    def __str__(self) -> str:
        return f"till, CPU slowed {self.slower}x"

    def measure(self, page: Page, _codes: Iterator[str]) -> None:
        for _ in range(SCANS):
            page.locator(".tile").first.click()
            page.wait_for_timeout(EVERY / 2)
            page.locator("[data-exact]").click()
            page.wait_for_selector(".done-panel")
            page.wait_for_timeout(EVERY / 2)
            page.get_by_role("button", name="Next").click()


DOORS = [Door(online, slower) for online in (True, False) for slower in (1, 4)]
TILLS = [Till(slower) for slower in (1, 4)]


def times_of(page: Page, place: Door | Till, codes: Iterator[str]) -> list[float]:
    """Milliseconds from each scan or tap to its answer."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": place.slower})
    page.evaluate("window.painted.length = 0")
    place.measure(page, codes)
    return page.evaluate("window.painted")


def measure() -> dict[Door | Till, list[float]]:
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("The screens need a Chromium: `apt-get install chromium`, or CHROMIUM=its path.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onsite-bench-", dir="/tmp")))
        server = stack.enter_context(postgres(folder))
        server.execute("CREATE DATABASE door")
        url = server.url("door")
        world = World(**json.loads(django("fill", url, str(GUESTS))))
        site = stack.enter_context(gunicorn(url))
        chromium = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=browser, args=["--no-sandbox"]
        )
        context = chromium.new_context(viewport=TABLET, has_touch=True, base_url=site.url(""))
        context.add_cookies([{**json.loads(django("log_in", url)), "url": site.url("")}])
        context.add_init_script(PAINTED + AT_THE_DOOR + AT_THE_TILL)
        page = context.new_page()
        with page.expect_response("**/list/", timeout=60_000):
            page.goto(f"/door/{world.event}/")
            page.locator("#gates button").first.click()
        codes = map(code_of, range(1, world.attendees))
        found: dict[Door | Till, list[float]] = {door: times_of(page, door, codes) for door in DOORS}
        page.close()
        context.set_offline(False)
        page = context.new_page()
        page.goto(f"/till/{world.event}/")
        page.wait_for_selector("html.ready .tile")
        found |= {till: times_of(page, till, codes) for till in TILLS}
        chromium.close()
    return found


def report(found: dict[Door | Till, list[float]]) -> str:
    lines = [
        "# What a door and a till wait",
        "",
        f"Measured by `make bench-screens`: {SCANS} scans of each kind, one a second, at a door of "
        f"{GUESTS:,} guests: milliseconds from the scanner's Enter to the painted answer; and {SCANS} sales "
        "of one ticket at a till, from the finger on the exact cash to the painted change. Chromium, "
        "gunicorn and PostgreSQL share this machine; a slower tablet is Chromium's own emulation. While "
        "scans go on, the list by which the door decides offline comes anew, about three times a minute.",
        "",
        "| where | p50 | p95 | slowest | p95 at most | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for place, times in found.items():
        if len(times) != SCANS:
            raise SystemExit(f"{place}: {len(times)} of {SCANS} were answered.")
        p95 = statistics.quantiles(times, n=20)[-1]
        figures = [f"{time:.0f}" for time in (statistics.median(times), p95, max(times))]
        verdict = "pass" if p95 <= place.most else "**MISS**"
        lines.append(f"| {' | '.join([str(place), *figures, str(place.most), verdict])} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    text = report(measure())
    Path(__file__).with_name("SCREENS.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
