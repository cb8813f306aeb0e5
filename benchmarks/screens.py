"""How long a door waits for its answer: from the scanner's Enter to the painted panel, in a real browser
at gunicorn and PostgreSQL, on this machine. Writes SCREENS.md.

make bench-screens      about five minutes; needs Chromium
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
MOST = 150
# A frame is painted before the next task that was asked for while it was made.
WATCH = """
    window.painted = [];
    const waiting = [];
    addEventListener("keydown", (event) => event.key === "Enter" && waiting.push(event.timeStamp), true);
    addEventListener("DOMContentLoaded", () => {
        const answered = () => {
            if (!waiting.length) return;
            const at = waiting.shift(), channel = new MessageChannel();
            channel.port1.onmessage = () => window.painted.push(performance.now() - at);
            requestAnimationFrame(() => channel.port2.postMessage(null));
        };
        const panel = document.getElementById("answer");
        if (panel) new MutationObserver(answered).observe(panel, { childList: true, attributes: true });
    });
"""


@dataclass(frozen=True)
class Door:
    """A way in which scans are answered. `slower` is how many times slower than here the tablet is."""

    online: bool
    slower: int

    def __str__(self) -> str:
        return f"{'online' if self.online else 'offline'}, CPU slowed {self.slower}x"


DOORS = [Door(online, slower) for online in (True, False) for slower in (1, 4)]


def scan(page: Page, codes: Iterator[str], door: Door) -> list[float]:
    """Milliseconds from each scan to its answer."""
    page.context.set_offline(not door.online)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": door.slower})
    page.evaluate("window.painted.length = 0")
    for _ in range(SCANS):
        page.keyboard.type(f"{next(codes)}\n")
        page.wait_for_timeout(EVERY)
    return page.evaluate("window.painted")


def measure() -> dict[Door, list[float]]:
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
        context.add_init_script(WATCH)
        page = context.new_page()
        with page.expect_response("**/list/", timeout=60_000):
            page.goto(f"/door/{world.event}/")
            page.locator("#gates button").first.click()
        codes = map(code_of, range(1, world.attendees))
        found = {door: scan(page, codes, door) for door in DOORS}
        chromium.close()
    return found


def report(found: dict[Door, list[float]]) -> str:
    lines = [
        "# What a door waits",
        "",
        f"Measured by `make bench-screens`: {SCANS} scans of each kind, one a second, at a door of "
        f"{GUESTS:,} guests: milliseconds from the scanner's Enter to the painted answer. Chromium, gunicorn "
        "and PostgreSQL share this machine; a slower tablet is Chromium's own emulation. While scans go on, "
        "the list by which the door decides offline comes anew, about three times a minute.",
        "",
        f"| door | p50 | p95 | slowest | at most {MOST} at p95 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for door, times in found.items():
        if len(times) != SCANS:
            raise SystemExit(f"{door}: {len(times)} of {SCANS} scans were answered.")
        p95 = statistics.quantiles(times, n=20)[-1]
        figures = [f"{time:.0f}" for time in (statistics.median(times), p95, max(times))]
        lines.append(f"| {' | '.join([str(door), *figures, 'pass' if p95 <= MOST else '**MISS**'])} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    text = report(measure())
    Path(__file__).with_name("SCREENS.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
