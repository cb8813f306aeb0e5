#!/usr/bin/env python
"""What `make screenshots` does: seed an empty demo in a database of its own, serve it, work a shift in a real
browser, and put pictures of its screens into `docs/img/`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import environ
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.server import free_port

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
PASSWORD = "onsite-demo"
SAME_AGAIN = 3200  # milliseconds in which the door takes a code for the same reading
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

environ.Env.read_env(ROOT / ".env")


def serve(folder: str, port: int, *seed: str) -> subprocess.Popen:
    """The demo on `port`, with a database in `folder`, made with these options of `seed_demo`."""
    surroundings = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3", "DEBUG": "1"}
    for command in (["migrate", "--verbosity", "0"], ["seed_demo", *seed]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, cwd=ROOT, env=surroundings)
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return server
        except OSError:
            time.sleep(0.2)
    server.terminate()
    sys.exit("The server did not come up.")


def take(page: Page, name: str, *, full: bool = False) -> None:
    page.screenshot(path=IMAGES / f"{name}.png", full_page=full, animations="disabled")
    print(f"docs/img/{name}.png")


class Studio:
    """A browser at the demo's server."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base

    def log_in(
        self,
        who: str,
        size: dict,
        *,
        dark: bool = False,
        language: str = "en",
        to: str = "/till/demo/",
        ready: str = "html.ready",
    ) -> Page:
        context = self.browser.new_context(
            base_url=self.base,
            viewport=size,
            color_scheme="dark" if dark else "light",
            locale=language,
            bypass_csp=True,  # what this script waits for, Playwright makes code of
        )
        page = context.new_page()
        page.goto(f"/admin/login/?next={to}")
        page.fill("[name=username]", f"{who}@example.com")
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_selector(ready)
        return page


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)
        page.wait_for_timeout(80)


def till(studio: Studio) -> None:
    for name, size, dark in (("till", WIDE, False), ("till-dark", WIDE, True), ("till-phone", PHONE, False)):
        page = studio.log_in("cashier", size, dark=dark)
        press(page, "1 1 2")
        page.wait_for_timeout(300)
        take(page, name)
        page.context.close()


def sale(studio: Studio) -> None:
    page = studio.log_in("cashier", WIDE)
    press(page, "1 1 2 Enter 5 0 Enter")
    page.wait_for_selector(".codes svg")
    page.wait_for_timeout(400)
    take(page, "done")
    order = page.inner_text(".done-panel .code").split()[0]
    page.goto(f"/till/demo/orders/{order}/print/?only=receipt")
    page.wait_for_timeout(300)
    page.locator(".sheet").first.screenshot(path=IMAGES / "receipt.png")
    print("docs/img/receipt.png")
    page.context.close()


def shift(studio: Studio) -> None:
    page = studio.log_in("cashier", WIDE)
    page.goto("/till/demo/shift/count/")
    for face, pieces in (("100.00", 1), ("20.00", 2), ("5.00", 1), ("1.00", 1)):
        page.get_by_label(f"{face} EUR", exact=False).first.fill(str(pieces))
    page.locator("[name=card]").fill("450")
    page.get_by_role("button", name="That is what I counted").click()
    page.locator("[name=note]").fill("A two-euro coin rolled under the desk")
    take(page, "shift-close", full=True)
    page.get_by_role("button", name="Close shift").click()
    page.wait_for_selector("text=Z report 1")
    take(page, "z-report", full=True)
    page.context.close()


def door(studio: Studio) -> None:
    """A guest with company, one to look at, one who comes twice, one who goes, and no network."""
    adults, children = sell_to_scan(studio, "1 1 1 1"), sell_to_scan(studio, "2 2")
    for size, suffix, first in ((WIDE, "", 0), (PHONE, "-phone", 1)):
        page = studio.log_in("registrar", size, to="/door/demo/")
        choose_gate(page)
        for state, code in (("ok", adults[first]), ("look", children[first])):
            scan(page, code, state)
            take(page, f"door-{state}{suffix}")
        page.wait_for_timeout(SAME_AGAIN)
        scan(page, adults[first], "no")
        take(page, f"door-no{suffix}")
        turn(page, "Out")
        scan(page, children[first], "out")
        take(page, f"door-out{suffix}")
        turn(page, "In")
        page.context.set_offline(True)
        scan(page, adults[first + 2], "ok")
        page.wait_for_selector("#answer[data-offline=true]")
        take(page, f"door-offline{suffix}")
        page.context.close()


def languages(studio: Studio) -> None:
    """A till in German, and a door in Arabic."""
    page = studio.log_in("cashier", WIDE, language="de")
    press(page, "1 1 2 Enter 5 0")
    page.wait_for_timeout(300)
    take(page, "till-de")
    page.context.close()
    code, _other = sell_to_scan(studio, "1 1")
    page = studio.log_in("registrar", WIDE, language="ar", to="/door/demo/")
    choose_gate(page)
    scan(page, code, "ok")
    take(page, "door-ar")
    page.context.close()


def choose_gate(page: Page) -> None:
    """The first, inwards."""
    page.locator("#gates button").first.click()
    page.wait_for_function("document.querySelector('#inside').textContent !== '–'")


def live(studio: Studio) -> None:
    """How the evening goes, at a desk, on a phone and on a wall; and how it went."""
    for name, size, dark, wall in (
        ("live", WIDE, False, ""),
        ("live-phone", PHONE, False, ""),
        ("live-wall", WALL, True, "?wall"),
    ):
        page = studio.log_in("organizer", size, dark=dark, to=f"/events/demo/live/{wall}")
        take(page, name, full=not wall)
        if name == "live":
            page.goto("/events/demo/night/")
            take(page, "night", full=True)
        page.context.close()


def sell_to_scan(studio: Studio, keys: str) -> list[str]:
    """The codes of tickets that were just sold."""
    page = studio.log_in("cashier", WIDE)
    press(page, f"{keys} Enter Enter")
    page.wait_for_selector(".codes svg")
    codes = page.evaluate(
        "[...document.querySelectorAll('.codes [data-code]')].map((one) => one.dataset.code)"
    )
    page.context.close()
    return codes


def turn(page: Page, way: str) -> None:
    following = page.locator("#answer .next")
    if following.is_visible():
        following.click()
    page.get_by_role("group", name="Direction").get_by_role("button", name=way, exact=True).click()


def scan(page: Page, code: str, state: str) -> None:
    page.keyboard.type(f"{code}\n")
    page.wait_for_selector(f"#answer[data-state={state}]")
    page.wait_for_timeout(300)


def home(studio: Studio) -> None:
    """An event that is still to come: its checklist, and its tickets in rows."""
    page = studio.log_in("organizer", WIDE, to="/events/demo/", ready=".home")
    page.goto("/events/demo/edit/settings/")
    page.locator("[name=starts_at]").fill("2036-07-05T20:00")
    page.locator("[name=ends_at]").fill("2036-07-06T02:00")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=Saved.")
    page.goto("/events/demo/")
    take(page, "home", full=True)
    page.goto("/events/demo/edit/tickets/")
    take(page, "home-tickets")
    page.set_viewport_size(PHONE)
    take(page, "home-phone")
    page.context.close()


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on this machine (apt install chromium).")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        play(browser, (till, sale, door, shift, home), "--empty")
        play(browser, (languages,), "--empty")  # by itself: what it sells is in no other drawer
        play(browser, (live,))
        browser.close()


def play(browser: Browser, scenes: Sequence[Callable[[Studio], None]], *seed: str) -> None:
    """The scenes, one after the other at one server."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        server = serve(folder, port, *seed)
        try:
            for scene in scenes:
                scene(Studio(browser, f"http://127.0.0.1:{port}"))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
