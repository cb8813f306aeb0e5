"""What opens something is in no table, no log, no error mail and no page: whether it was right or wrong,
and whatever breaks.
"""

import json
import logging
import secrets
import time
from datetime import datetime

import pytest
from django.apps import apps
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core import mail
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import pins, second_factor
from accounts.links import set_password_link
from accounts.models import User
from accounts.tests.factories import UserFactory
from base.tests.client import ApiClient, order_document
from devices import lifecycle
from door.models import Station
from events.invitations import invite
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
PASSWORD, NEW, PIN, NEW_PIN = "kingfisher-teapot-81", "lantern quarry spoon", "907351", "528164"
JSON = "application/json"
REGISTER = {"how": "register", "email": "new@example.com", "name": "New", "password1": NEW}
LOG_IN = {"how": "log-in", "username": "ana@example.com"}


class World:
    """An event with everybody who types something into some form."""

    def __init__(self, event):
        from events.tests.factories import MemberFactory

        self.event = event
        self.adult = TicketFactory(event=event, price=20, quantity=10)
        self.station = Station.objects.create(event=event, name="Gate")
        user = UserFactory(email="ana@example.com", password=PASSWORD)
        self.organizer = MemberFactory(event=event, role="organizer", user=user).user
        pins.set_pin(self.organizer, PIN)
        self.seller = MemberFactory(event=event, role="cashier").user
        self.device = lifecycle.add_device(event=event, name="Tablet", role="registrar")
        self.code = lifecycle.new_pairing_code(self.device)
        _row, self.invitation = invite(event=event, email="new@example.com", role="cashier", by=None)
        self.anybody = Client(raise_request_exception=False)
        self.browser = Client(raise_request_exception=False)
        self.browser.force_login(self.organizer)
        self.organizer.refresh_from_db()
        request = self.browser.get("/log-ins/").wsgi_request
        self.link = set_password_link(request, self.organizer).removeprefix("http://testserver")

    def api_log_in(self, password, **more):
        body = {"email": "ana@example.com", "password": password, **more}
        self.anybody.post("/auth/session", body, content_type=JSON)

    def page_log_in(self, password, **more):
        return self.anybody.post(
            "/admin/login/", {"username": "ana@example.com", "password": password, **more}
        )

    def recovery_code(self):
        second_factor.begin(self.organizer)
        app = TOTP(TOTPDevice.objects.get().bin_key)
        app.time = time.time()
        return second_factor.turn_on(self.organizer, f"{app.token():06d}")[0]

    def two_step_page(self, code):
        return self.browser.post("/two-step/", {"act": "off", "password": PASSWORD, "code": code})

    def with_code(self, use):
        code = self.recovery_code()
        return use(code), [code, code.replace("-", "")]

    def password_change(self, old, new):
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        return self.browser.post("/admin/password_change/", form)

    def pin_page(self, password, pin, repeated):
        return self.browser.post("/pin/", {"password": password, "pin": pin, "repeated": repeated})

    def pair(self, code):
        return self.anybody.post("/door/pair/", {"code": code})

    def api_pair(self, code):
        self.anybody.post("/auth/pair", {"code": code}, content_type=JSON)

    def relief(self, proof):
        shift = ShiftFactory(till__event=self.event, cashier=self.organizer)
        helper = Client(raise_request_exception=False)
        helper.handler = self.anybody.handler
        helper.force_login(self.seller)
        form = {"colleague": self.organizer.pk, "password": proof}
        return helper.post(f"/till/{self.event.identifier}/relief/?till={shift.till_id}", form)

    def join(self, fields):
        self.anybody.get(f"/join/{self.invitation}")
        self.anybody.cookies.pop("invitation", None)  # which is the link, kept by whoever has opened it
        self.anybody.cookies["invitation"] = self.invitation
        return self.anybody.post("/join/", fields)

    def open_link(self, path):
        return self.anybody.get(path)

    def open_link_without_csrf(self, path):
        return Client(enforce_csrf_checks=True, raise_request_exception=False).post(path)

    def use_link(self, path, password, repeated):
        return self.anybody.post(path, {"new_password1": password, "new_password2": repeated})

    def sale(self, **approval):
        line = {"id": self.adult.pk, "quantity": 1, "price": "0.00", "reason": "crew"}
        line["approval"] = {"user": self.organizer.pk, **approval}
        return self.ask("/v1/orders?onsite=true", order_document(self.event, line))

    def scan(self, **approval):
        attributes = {"code": "BCDFGHJKLNPRSTVXBCDF", "direction": "in", "nonce": "n", "reason": "guest list"}
        attributes["approval"] = {"user": self.organizer.pk, **approval}
        place = {"station": {"data": {"type": "station", "id": str(self.station.pk)}}}
        return self.ask(
            "/v1/check-ins",
            {"data": {"type": "check-in", "attributes": attributes, "relationships": place}},
        )

    def ask(self, url, document):
        headers = ApiClient(self.seller).headers
        return self.anybody.post(
            url, json.dumps(document), content_type="application/vnd.api+json", headers=headers
        )

    def read(self, token):
        return self.anybody.get("/v1/orders", headers={"Authorization": f"Bearer {token}"})


def mangled(path):
    return path[:-7] + ")."


# What is done, and the values that nobody may find afterwards.
CASES = {
    "log-in by API": lambda w: (w.api_log_in(PASSWORD), [PASSWORD]),
    "log-in by API, wrong": lambda w: (w.api_log_in(NEW), [NEW]),
    "log-in by API, no string": lambda w: (w.api_log_in([NEW]), [NEW]),
    "log-in": lambda w: (w.page_log_in(PASSWORD), [PASSWORD]),
    "log-in, wrong": lambda w: (w.page_log_in(NEW), [NEW]),
    "recovery code by API": lambda w: w.with_code(lambda code: w.api_log_in(PASSWORD, code=code)),
    "recovery code": lambda w: w.with_code(lambda code: w.page_log_in(PASSWORD, code=code)),
    "recovery code, wrong password": lambda w: w.with_code(lambda code: w.page_log_in(NEW, code=code)),
    "recovery code, to turn it off": lambda w: w.with_code(lambda code: w.two_step_page(code)),
    "password": lambda w: (w.password_change(PASSWORD, NEW), [PASSWORD, NEW]),
    "password, old one wrong": lambda w: (w.password_change("no" + NEW, NEW), [NEW]),
    "password, too easy": lambda w: (w.password_change(PASSWORD, "abcdefghijkl"), [PASSWORD, "abcdefghijkl"]),
    "PIN": lambda w: (w.pin_page(PASSWORD, NEW_PIN, NEW_PIN), [PASSWORD, NEW_PIN]),
    "PIN, password wrong": lambda w: (w.pin_page(NEW, NEW_PIN, NEW_PIN), [NEW, NEW_PIN]),
    "PIN, not the same": lambda w: (w.pin_page(PASSWORD, NEW_PIN, PIN), [PASSWORD, NEW_PIN, PIN]),
    "pairing": lambda w: (w.pair(w.code), [w.code]),
    "pairing, wrong": lambda w: (w.pair("ZKJHGFDS"), ["ZKJHGFDS"]),
    "pairing, no code": lambda w: (w.pair(w.code * 9), [w.code]),
    "pairing by QR": lambda w: (w.anybody.get("/door/pair/nothing", {"code": w.code}), [w.code]),
    "pairing by API": lambda w: (w.api_pair(w.code), [w.code]),
    "pairing by API, wrong": lambda w: (w.api_pair("ZKJHGFDS"), ["ZKJHGFDS"]),
    "link": lambda w: (w.open_link(w.link), [token_of(w)]),
    "link, mangled": lambda w: (w.open_link(mangled(w.link)), [token_of(w)[:20]]),
    "link, of nobody": lambda w: (
        w.open_link(w.link.replace("/set-password/", "/set-passwor/")),
        [token_of(w)],
    ),
    "link, too long": lambda w: (w.open_link(w.link + "x/y"), [token_of(w)]),
    "link, by POST": lambda w: (w.open_link_without_csrf(w.link), [token_of(w)]),
    "link, used": lambda w: (w.use_link(w.link, NEW, NEW), [token_of(w), NEW]),
    "link, refused": lambda w: (w.use_link(w.link, NEW, NEW + "x"), [token_of(w), NEW]),
    "approval": lambda w: (w.sale(pin=PIN), [PIN]),
    "approval, wrong": lambda w: (w.sale(pin=NEW_PIN), [NEW_PIN]),
    "approval, no PIN": lambda w: (w.sale(pin=PASSWORD), [PASSWORD]),
    "approval by password": lambda w: (w.sale(password=PASSWORD), [PASSWORD]),
    "approval by password, wrong": lambda w: (w.sale(password=NEW), [NEW]),
    "leave to admit": lambda w: (w.scan(pin=PIN), [PIN]),
    "leave to admit, wrong": lambda w: (w.scan(pin=NEW_PIN), [NEW_PIN]),
    "relief by PIN": lambda w: (w.relief(PIN), [PIN]),
    "relief by PIN, wrong": lambda w: (w.relief(NEW_PIN), [NEW_PIN]),
    "relief by password": lambda w: (w.relief(PASSWORD), [PASSWORD]),
    "relief by password, wrong": lambda w: (w.relief(NEW), [NEW]),
    "invitation": lambda w: (w.join({}), [w.invitation]),
    "invitation, mangled": lambda w: (w.anybody.get(f"/join/{w.invitation}%20)."), [w.invitation]),
    "invitation, registered": lambda w: (w.join({**REGISTER, "password2": NEW}), [w.invitation, NEW]),
    "invitation, refused": lambda w: (w.join({**REGISTER, "password2": PASSWORD}), [NEW, PASSWORD]),
    "invitation, logged in": lambda w: (w.join({**LOG_IN, "password": PASSWORD}), [PASSWORD]),
    "invitation, wrong password": lambda w: (w.join({**LOG_IN, "password": NEW}), [NEW]),
    "token": lambda w: (w.read(w.token), [w.token]),
    "token, wrong": lambda w: (w.read("f00d" * 16), ["f00d" * 16]),
}


def token_of(world):
    return world.link.split("/")[3]


@pytest.fixture
def world(event):
    world = World(event)
    world.token = ApiClient(world.seller).headers["Authorization"].removeprefix("Bearer ")
    return world


def all_tables():
    for model in apps.get_models(include_auto_created=True):
        for row in model.objects.all():
            yield f"{model._meta.db_table} {kept_of(row)}"
            if isinstance(row, AbstractBaseSession):
                yield str(row.get_decoded())


def kept_of(row):
    """Its values; of a time no more than its second, for six digits of a second may be anybody's PIN."""
    return {
        name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in vars(row).items()
        if name != "_state"
    }


def all_logs(caplog):
    formatter = logging.Formatter("%(name)s %(message)s")
    return [f"{formatter.format(record)} {record.args}" for record in caplog.records]


def all_mail():
    return [
        part
        for message in mail.outbox
        for part in (message.subject, message.body, *map(str, message.alternatives))
    ]


def shown(answer):
    if answer is None:
        return []
    cookies = [morsel.value for name, morsel in answer.cookies.items() if name != "sessionid"]
    return [answer.content.decode(), *cookies]


def found_in(texts, values):
    return [(value, text[:300]) for text in texts for value in values if value in text]


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_opens_something_is_left_behind(world, caplog, settings, case):
    caplog.set_level(logging.DEBUG)
    answer, values = CASES[case](world)
    assert not found_in([*all_tables(), *all_logs(caplog), *all_mail()], values)
    assert case == "link" or not found_in(shown(answer), values)


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_opens_something_is_in_an_error_mail(world, caplog, settings, case):
    settings.ADMINS = [("Operator", "operator@example.com")]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "onsite_project.tests.breaking.BreakingMiddleware"]
    for browser in (world.browser, world.anybody):
        browser.handler.load_middleware()
    handler = next(h for h in logging.getLogger("django").handlers if hasattr(h, "include_html"))
    handler.include_html = True
    try:
        answer, values = CASES[case](world)
    finally:
        handler.include_html = False
    if "/nothing" not in case and case not in ("pairing by QR", "link, mangled", "link, of nobody"):
        assert mail.outbox or case in ("link, too long", "link, by POST")
    assert not found_in([*all_tables(), *all_logs(caplog), *all_mail(), *shown(answer)], values)


def test_links_that_the_admin_shows_are_kept_nowhere(client, caplog):
    client.force_login(User.objects.create_superuser("root@example.com"))
    users = [UserFactory() for _ in range(30)]
    chosen = {"action": "show_password_links", "_selected_action": [user.pk for user in users]}
    response = client.post("/admin/accounts/user/", chosen)
    content = response.content.decode()
    tokens = [part.split("/")[1] for part in content.split("/set-password/")[1:]]
    assert len(tokens) == 30
    assert "no-store" in response["Cache-Control"]
    cookies = [morsel.value for morsel in client.cookies.values()]
    assert not found_in([*all_tables(), *all_logs(caplog), *cookies], tokens)


def test_control_what_is_left_behind_is_found(world):
    value = secrets.token_hex(8)
    world.event.description = value
    world.event.save()
    assert found_in(all_tables(), [value])
