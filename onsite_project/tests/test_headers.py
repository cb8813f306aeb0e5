"""What every answer tells the browser, on every address of the URL map."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.tests.factories import PASSWORD
from events.tests.factories import EventFactory, MemberFactory
from onsite_project.tests.asking import undone
from onsite_project.tests.url_map import addresses
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

INLINE = re.compile(
    r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>|<style|\sstyle=|\son\w+=\"|javascript:"
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker):
    """What every path of the URL map, of things that are there, answers to whoever may see all, and what to
    nobody: `answers[True]` and `answers[False]`, by path.
    """
    with django_db_blocker.unblock(), undone():
        event = EventFactory()
        organizer = MemberFactory(event=event, role="organizer", user__is_superuser=True).user
        ShiftFactory(till__event=event, cashier=organizer)
        ticket = TicketFactory(event=event, price=0, type="free")
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=organizer)
        values = {
            "event": event.identifier,
            "order": order.identifier,
            "identifier": order.identifier,
            "reference": order.identifier,
            "object_id": order.pk,
            "pk": order.shift_id,
            "app_label": "orders",
            "language": "en",
        }
        nobody, somebody = Client(), Client()
        somebody.force_login(organizer)
        return {
            client is somebody: {path: client.get(path) for path in addresses(values)}
            for client in (nobody, somebody)
        }


def problems_of(response, path):
    policy = response.headers.get("Content-Security-Policy", "")
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    if "unsafe-inline" in policy or "'unsafe-eval'" in policy or "default-src" not in directives:
        yield "Content-Security-Policy", policy
    if "wasm-unsafe-eval" in policy and not re.fullmatch(r"/door/[^/]+/", path):
        yield "WebAssembly", policy
    if "camera=(self)" not in response.headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy", response.headers.get("Permissions-Policy")
    kept = response.headers.get("Cache-Control", "")
    if path.startswith(("/v1/", "/auth/")) and kept != "private, no-store":
        yield "Cache-Control", kept
    if "private" not in kept and path != "/door/worker.js" and "/static/" not in path:
        yield "Cache-Control", kept
    if response.headers.get("X-Content-Type-Options") != "nosniff":
        yield "nosniff", ""


@pytest.mark.parametrize("logged_in", [False, True])
def test_every_answer_has_its_headers(answers, logged_in):
    found, pages = {}, 0
    for path, response in answers[logged_in].items():
        pages += response.status_code == 200
        found |= {(path, *problem): "" for problem in problems_of(response, path)}
    assert not found
    assert pages > (60 if logged_in else 5), "the walk reached hardly anything"


def test_no_page_has_a_script_a_style_or_a_handler_in_itself(answers):
    """What the policy would forbid: found here without a browser."""
    found = []
    for path, response in answers[True].items():
        if response.headers.get("Content-Type", "").startswith("text/html"):
            found += [(path, match) for match in INLINE.findall(response.content.decode())]
    assert not found


def test_personal_answers_of_the_api_are_not_kept(api, organizer, event):
    for answer in (api(organizer).get("/v1/orders"), api().get("/v1/orders"), api(organizer).get("/v1/none")):
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_what_the_screens_ask_for_again_and_again_keeps_its_etag(client, event, organizer):
    client.force_login(organizer)
    for path in (f"/till/{event.identifier}/state/", f"/door/{event.identifier}/list/"):
        first = client.get(path)
        assert "no-store" not in first.headers["Cache-Control"]
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_camera_and_wake_lock_are_the_pages_own_and_nothing_else_is_anybodys():
    used = {name for name, who in settings.PERMISSIONS_POLICY.items() if who != "()"}
    assert used == {"camera", "screen-wake-lock"}


def test_every_cookie_is_of_this_host_alone(client, event, organizer, settings):
    """A browser takes `__Host-` only with `Secure`, for all paths, and without a domain."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    names = ["SESSION", "CSRF", "KNOWN_BROWSER"]
    for name in (f"{name}_COOKIE_NAME" for name in names):
        setattr(settings, name, f"__Host-{getattr(settings, name)}")
    shift = ShiftFactory(till__event=event, cashier=organizer)
    client.get("/admin/login/", secure=True)
    client.get("/join/a-link", secure=True)
    client.post("/admin/login/", {"username": organizer.email, "password": PASSWORD}, secure=True)
    client.get(f"/till/{event.identifier}/?till={shift.till_id}", secure=True)
    pin = {"password": PASSWORD, "pin": "482913", "repeated": "482913"}
    assert client.post("/pin/", pin, secure=True).status_code == 302  # which leaves a message
    assert len(client.cookies) == len(names) + 2  # an invitation's, and a till's
    for name, cookie in client.cookies.items():
        assert name.startswith("__Host-")
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", ""), name
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"] or name == settings.CSRF_COOKIE_NAME


def test_cookies_of_our_own_are_set_in_one_place():
    ours = [path for path in Path(settings.BASE_DIR).glob("[a-z]*/**/*.py") if "tests" not in path.parts]
    setting = [path for path in ours if re.search(r"\bset_(signed_)?cookie\(", path.read_text())]
    assert {str(path.relative_to(settings.BASE_DIR)) for path in setting} == {"base/cookies.py"}
