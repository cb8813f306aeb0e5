"""Two machines serve one box office: what is begun at one goes on at the other, and both count together."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from itertools import cycle
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.hashers import make_password

from accounts import guessing, second_factor
from accounts.models import ApiToken
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from accounts.tests.test_second_factor import code_of
from base.tests.client import MEDIA_TYPE, document, order_document, relation
from exports.models import Export
from exports.tests.factories import message_of
from exports.working import write
from faults.server import Site
from onsite_project.tests.databases import environment
from orders.models import Order
from shifts.models import Shift
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.walk]
SELL = "/v1/orders?onsite=true"
PIN, WRONG = "482913", "482914"
EVENTS = 3  # that an account may make in a day
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def machines(django_db_setup, tmp_path_factory):
    """Two applications that share nothing but the database and the settings."""
    sites = [_machine(tmp_path_factory.mktemp("machine")) for _ in range(2)]
    yield sites
    for site in sites:
        site.end()


def _machine(folder):
    own = {"STATIC_ROOT": str(folder / "static"), "HASHED_STATIC_FILES": "0"}
    limits = {"EVENTS_A_DAY": str(EVENTS), "WEB_CONCURRENCY": "2"}
    site = Site(folder, environment()["DATABASE_URL"], **own, **limits)
    site.start()
    return site


@pytest.fixture(autouse=True)
def hashed_as_they_hash(settings, organizer, cashier):
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2"]
    hashed = make_password(PASSWORD)
    for user in (organizer, cashier):
        user.password = hashed
        user.save(update_fields=["password"])


class Answer:
    """What came back: `status`, `headers` and `body`."""

    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    @property
    def data(self):
        return json.loads(self.body)["data"]

    @property
    def attributes(self):
        return self.data["attributes"]

    @property
    def error(self):
        (error,) = json.loads(self.body)["errors"]
        return error


class Client:
    """Somebody whose every request goes to the other machine than the one before."""

    def __init__(self, machines, user=None, address="203.0.113.5"):
        self._next = cycle(machines)
        self.cookies = SimpleCookie()
        self.headers = {"X-Forwarded-For": address}
        if user is not None:
            _row, token = ApiToken.objects.create(user=user)
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None, content_type=MEDIA_TYPE, **headers):
        if isinstance(body, dict):
            body = json.dumps(body)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        sent = {**self.headers, "Cookie": cookies, "Content-Type": content_type, **headers}
        link = HTTPConnection("127.0.0.1", next(self._next).port, timeout=60)
        link.request(method, path, body, sent)
        answer = Answer(link.getresponse())
        link.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, **headers)

    def submit(self, path, **fields):
        """A form of a page."""
        token = self.cookies["csrftoken"].value
        return self.ask("POST", path, urlencode({"csrfmiddlewaretoken": token, **fields}), FORM)

    def log_in(self, user, password=PASSWORD, **more):
        body = {"email": user.email, "password": password, **more}
        return self.ask("POST", "/auth/session", body, JSON)


@pytest.fixture
def somebody(machines):
    return lambda user=None, **more: Client(machines, user, **more)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, price=20, quantity=100)


class TestLogIn:
    def test_at_one_holds_at_the_other_and_so_does_its_end(self, somebody, organizer):
        browser = somebody()
        browser.get("/admin/login/")
        assert browser.submit("/admin/login/", username=organizer.email, password=PASSWORD).status == 302
        assert [browser.get("/admin/").status for _ in range(2)] == [200, 200]
        assert browser.submit("/admin/logout/").status == 200
        assert [browser.get("/admin/").status for _ in range(2)] == [302, 302]

    def test_token_of_one_sells_at_the_other(self, somebody, event, cashier, ticket):
        client = somebody()
        token = json.loads(client.log_in(cashier).body)["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.post(SELL, order_document(event, (ticket, 1))).status == 201

    def test_wrong_ones_are_counted_together(self, somebody, organizer):
        stranger = somebody()
        tries = guessing.STRANGER.tries
        tried = [stranger.log_in(organizer, "wrong").status for _ in range(tries + 2)]
        # One comes back every half minute, so on a slow machine there may be one more.
        assert tried.count(401) <= tries + 1
        assert tried[-1] == 429

    def test_code_of_the_app_works_once(self, somebody, organizer):
        second_factor.begin(organizer)
        second_factor.turn_on(organizer, code_of(organizer, steps=-1))
        code = code_of(organizer)
        client = somebody()
        assert [client.log_in(organizer, code=code).status for _ in range(3)] == [200, 401, 401]


class TestSale:
    def test_repeated_at_the_other_is_the_same_order(self, somebody, event, cashier, ticket):
        client = somebody(cashier)
        sale = order_document(event, (ticket, 2))
        sold = [client.post(SELL, sale, **{"Idempotency-Key": "one sale"}) for _ in range(3)]
        assert len({answer.data["id"] for answer in sold}) == 1
        ticket.refresh_from_db()
        assert (ticket.sold, Order.objects.count()) == (2, 1)

    def test_last_ones_are_sold_once(self, machines, event, member, ticket):
        left, askers = 5, 12
        type(ticket).objects.update(quantity=left)
        clients = [Client(machines[n % 2 :] + machines[: n % 2], member("organizer")) for n in range(askers)]
        together = threading.Barrier(askers)

        def buy(client):
            together.wait()
            return client.post(SELL, order_document(event, (ticket, 1)))

        with ThreadPoolExecutor(askers) as pool:
            answers = list(pool.map(buy, clients))
        assert sorted(answer.status for answer in answers) == [201] * left + [409] * (askers - left)
        ticket.refresh_from_db()
        assert ticket.sold == left

    def test_guest_let_in_at_one_is_inside_at_the_other(self, somebody, event, cashier, ticket):
        client = somebody(cashier)
        order = client.post(SELL, order_document(event, (ticket, 1), status="completed")).data["id"]
        guest = Order.objects.get(pk=order).attendees.get()
        station = {"station": relation("station", event.stations.create(name="Gate").pk)}
        scan = document("check-in", None, station, code=guest.code, direction="in")
        answers = [client.post("/v1/check-ins", scan).attributes["answer"] for _ in range(3)]
        assert answers == ["ok", "already-checked-in", "already-checked-in"]


def test_wrong_pins_are_counted_together(somebody, event, cashier, organizer, ticket):
    set_pin(organizer, PIN)
    client = somebody(cashier)

    def give_away(pin):
        approval = {"user": organizer.pk, "pin": pin}
        line = {"id": ticket.pk, "quantity": 1, "price": "0.00", "reason": "crew", "approval": approval}
        return client.post(SELL, order_document(event, line))

    refused = [give_away(WRONG).error for _ in range(5)]
    assert [error.get("meta", {}).get("tries-left") for error in refused[:4]] == [4, 3, 2, 1]
    assert [give_away(PIN).error["code"] for _ in range(2)] == ["pin-locked", "pin-locked"]


def test_limit_of_an_account_is_one_for_both(somebody, organizer, event):
    client = somebody(organizer)
    attributes = {"name": "Another", "starts_at": "2030-01-01T20:00:00Z", "ends_at": "2030-01-02T02:00:00Z"}
    made = [client.post("/v1/events", document("event", None, **attributes)) for _ in range(EVENTS + 2)]
    assert [answer.status for answer in made] == [201] * EVENTS + [429] * 2, made[0].body


def test_shift_opened_at_one_is_counted_and_closed_at_the_other(somebody, event, member, ticket):
    client = somebody(member("cashier"))
    till = {"till": relation("till", TillFactory(event=event).pk)}
    pk = client.post("/v1/shifts", document("shift", None, till, opening_float="100.00")).data["id"]
    paid = {"payments": [{"tender": "cash", "amount": "20.00"}], "status": "completed"}
    assert client.post(SELL, order_document(event, (ticket, 1), **paid)).status == 201
    count = client.post(f"/v1/shifts/{pk}/counts", document("count", None, cash="120.00", card="0.00"))
    assert count.attributes["difference"] == "0.00"
    closing = document("shift", pk, {"count": relation("count", count.data["id"])}, state="closed")
    assert client.ask("PATCH", f"/v1/shifts/{pk}", closing).attributes["state"] == "closed"
    reports = [client.get(f"/v1/shifts/{pk}/report") for _ in range(2)]
    assert reports[0].attributes == reports[1].attributes
    assert Shift.objects.get(pk=pk).closed_at is not None


def test_export_asked_for_at_one_is_fetched_at_the_other(somebody, event, organizer, cashier, ticket):
    somebody(cashier).post(SELL, order_document(event, (ticket, 1)))
    client = somebody(organizer)
    asked = document("export", None, {}, table="orders", format="csv", lang="en")
    made = client.post(f"/v1/events/{event.identifier}/exports", asked)
    write(message_of(Export.objects.get()))
    path = urlsplit(made.headers["Location"]).path
    assert client.get(path).attributes["state"] == "done"
    files = [client.get(f"{path}/file").body for _ in range(2)]
    assert Order.objects.get().identifier.encode() in files[0]
    assert files[0] == files[1]
