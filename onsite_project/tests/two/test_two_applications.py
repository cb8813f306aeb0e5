"""Two machines behind a proxy serve one box office: what is begun at one goes on at the other, and both count
together. Each scenario runs behind real nginx, too, and must fail with two applications that keep things for
themselves.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from accounts import guessing, second_factor
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from accounts.tests.test_second_factor import code_of
from base.tests.client import document, order_document, relation
from devices import lifecycle
from devices.tests.factories import add_device
from exports.models import Export
from exports.tests.factories import message_of
from exports.working import write
from onsite_project.tests.two.between import HOST
from onsite_project.tests.two.client import JSON
from onsite_project.tests.two.night import EVENTS, SELL
from onsite_project.tests.waiting import soon
from orders.models import Order
from shifts.tests.factories import TillFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.walk]
PIN, WRONG, BETTER = "482913", "482914", "nine wet horses"


def statuses(answers):
    return [answer.status for answer in answers]


# --- What goes on at the other: each is held with two applications, and must fail with two that forget

SCENARIOS = []


def scenario(held):
    SCENARIOS.append(pytest.param(held, id=held.__name__))
    return held


@scenario
def log_in_on_a_page_holds_at_both_and_so_does_its_end(night):
    browser = night.client()
    assert browser.open_admin(night.organizer).status == 302
    kept = browser.again()
    assert statuses(browser.from_both("/admin/")) == [200, 200]
    assert browser.submit("/admin/logout/").status == 200
    assert statuses(kept.from_both("/admin/")) == [302, 302]


@scenario
def token_of_one_sells_at_both_until_it_is_ended_at_one(night):
    client = night.client()
    client.carry(json.loads(client.log_in(night.cashier).body)["access_token"])
    assert statuses(client.post(SELL, night.sale()) for _each in range(2)) == [201, 201]
    assert client.ask("DELETE", "/auth/session").status == 204
    assert statuses(client.from_both("/v1/orders")) == [401, 401]


@scenario
def wrong_log_ins_are_counted_together(night):
    stranger, tries = night.client(), guessing.STRANGER.tries
    tried = [stranger.log_in(night.organizer, "wrong").status for _each in range(tries + 2)]
    # One comes back every half minute, so on a slow machine there may be one more.
    assert tried.count(401) <= tries + 1
    assert tried[-1] == 429


@scenario
def new_password_ends_at_both_what_the_old_one_has_opened(night):
    app, browser = night.client(night.organizer), night.client()
    browser.open_admin(night.organizer)
    kept = browser.again()
    assert statuses(app.from_both("/v1/orders") + kept.from_both("/admin/")) == [200] * 4
    browser.get("/admin/password_change/")
    twice = {"new_password1": BETTER, "new_password2": BETTER}
    assert browser.submit("/admin/password_change/", old_password=PASSWORD, **twice).status == 302
    assert statuses(app.from_both("/v1/orders")) == [401, 401]
    assert statuses(kept.from_both("/admin/")) == [302, 302]
    assert statuses(night.client().log_in(night.organizer) for _each in range(2)) == [401, 401]
    assert statuses(night.client().log_in(night.organizer, BETTER) for _each in range(2)) == [200, 200]


@scenario
def revoked_device_is_out_at_both(night):
    device, tablet = add_device(night.event), night.client()
    paired = tablet.ask("POST", "/auth/pair", {"code": lifecycle.new_pairing_code(device)}, JSON)
    tablet.carry(json.loads(paired.body)["access_token"])
    stations = f"/v1/events/{night.event.identifier}/stations"
    assert statuses(tablet.from_both(stations)) == [200, 200]
    ended = document("device", device.pk, is_revoked=True)
    assert night.client(night.organizer).ask("PATCH", f"/v1/devices/{device.pk}", ended).status == 200
    assert statuses(tablet.from_both(stations)) == [401, 401]


@scenario
def language_chosen_at_one_is_spoken_at_both(night):
    app, browser = night.client(night.organizer), night.client()
    spoken = [answer.headers["Content-Language"] for answer in app.from_both("/v1/orders/999999")]
    assert spoken == ["en", "en"]
    browser.open_admin(night.organizer)
    assert browser.get("/language/").status == 200
    assert browser.submit("/language/", language="de").status == 302
    spoken = [answer.headers["Content-Language"] for answer in app.from_both("/v1/orders/999999")]
    assert spoken == ["de", "de"]


@scenario
def sale_repeated_at_the_other_is_the_same_order(night):
    client = night.client(night.cashier)
    sold = [client.post(SELL, night.sale(2), **{"Idempotency-Key": "one sale"}) for _each in range(3)]
    assert len({answer.data["id"] for answer in sold}) == 1
    assert (night.sold, Order.objects.count()) == (2, 1)


@scenario
def sale_whose_answer_was_lost_is_repeated_at_both_and_sold_once(night):
    client, key = night.client(night.cashier), {"Idempotency-Key": "one sale"}
    with closing(client.sent("POST", SELL, night.sale(2), **key)):
        soon(Order.objects.exists)
    again = [client.post(SELL, night.sale(2), **key) for _each in range(2)]
    assert len({answer.data["id"] for answer in again}) == 1
    assert (night.sold, Order.objects.count()) == (2, 1)


@scenario
def guest_let_in_at_one_is_inside_at_both_until_that_is_undone(night):
    client = night.client(night.cashier)
    order = client.post(SELL, night.sale(status="completed")).data["id"]
    guest = Order.objects.get(pk=order).attendees.get()
    station = {"station": relation("station", night.event.stations.create(name="Gate").pk)}
    scan = document("check-in", None, station, code=guest.code, direction="in")
    path = f"/v1/events/{night.event.identifier}/occupancy"

    def inside():
        return [answer.attributes["inside"] for answer in client.from_both(path)]

    assert inside() == [0, 0]
    entered = client.post("/v1/check-ins", scan)
    assert entered.attributes["answer"] == "ok"
    assert inside() == [1, 1]
    assert client.post("/v1/check-ins", scan).attributes["answer"] == "already-checked-in"
    undo = f"/v1/check-ins/{entered.data['id']}/undo"
    assert client.post(undo, document("check-in")).status == 201
    assert inside() == [0, 0]
    assert client.post("/v1/check-ins", scan).attributes["answer"] == "ok"


@scenario
def wrong_pins_are_counted_together(night):
    set_pin(night.organizer, PIN)
    client = night.client(night.cashier)

    def give_away(pin):
        approval = {"user": night.organizer.pk, "pin": pin}
        line = {"id": night.ticket.pk, "quantity": 1, "price": "0.00", "reason": "crew", "approval": approval}
        return client.post(SELL, order_document(night.event, line))

    refused = [give_away(WRONG).error for _each in range(5)]
    assert [error.get("meta", {}).get("tries-left") for error in refused[:4]] == [4, 3, 2, 1]
    assert [give_away(PIN).error["code"] for _each in range(2)] == ["pin-locked", "pin-locked"]


@scenario
def shift_opened_at_one_is_counted_and_closed_at_the_other(night):
    client = night.client(night.member("cashier"))
    till = {"till": relation("till", TillFactory(event=night.event).pk)}
    pk = client.post("/v1/shifts", document("shift", None, till, opening_float="100.00")).data["id"]
    paid = {"payments": [{"tender": "cash", "amount": "20.00"}], "status": "completed"}
    assert client.post(SELL, night.sale(**paid)).status == 201
    count = client.post(f"/v1/shifts/{pk}/counts", document("count", None, cash="120.00", card="0.00"))
    assert count.attributes["difference"] == "0.00"
    path = f"/v1/shifts/{pk}"
    assert [answer.attributes["state"] for answer in client.from_both(path)] == ["open", "open"]
    closing = document("shift", pk, {"count": relation("count", count.data["id"])}, state="closed")
    assert client.ask("PATCH", path, closing).attributes["state"] == "closed"
    assert [answer.attributes["state"] for answer in client.from_both(path)] == ["closed", "closed"]
    reports = client.from_both(f"{path}/report")
    assert reports[0].attributes == reports[1].attributes


@scenario
def export_asked_for_at_one_is_fetched_at_both(night):
    night.client(night.cashier).post(SELL, night.sale())
    client = night.client(night.organizer)
    asked = document("export", None, {}, table="orders", format="csv", lang="en")
    made = client.post(f"/v1/events/{night.event.identifier}/exports", asked)
    path = urlsplit(made.headers["Location"]).path
    assert "done" not in [answer.attributes["state"] for answer in client.from_both(path)]
    write(message_of(Export.objects.get()))
    assert [answer.attributes["state"] for answer in client.from_both(path)] == ["done", "done"]
    files = [answer.body for answer in client.from_both(f"{path}/file")]
    assert Order.objects.get().identifier.encode() in files[0]
    assert files[0] == files[1]


@pytest.mark.parametrize("held", SCENARIOS)
def test_at_both(night, held):
    held(night)


@pytest.mark.parametrize("held", SCENARIOS)
def test_two_that_keep_things_for_themselves_are_found_out(forgetful_machines, balancer, evening, held):
    with pytest.raises(AssertionError):
        held(evening(balancer(forgetful_machines)))


# --- What the database holds whoever asks, whose own tests have their controls ------------------


def test_code_of_the_app_works_once(night):
    second_factor.begin(night.organizer)
    second_factor.turn_on(night.organizer, code_of(night.organizer, steps=-1))
    code = code_of(night.organizer)
    client = night.client()
    assert statuses(client.log_in(night.organizer, code=code) for _each in range(3)) == [200, 401, 401]


def test_last_ones_are_sold_once(night):
    left, askers = 5, 12
    type(night.ticket).objects.update(quantity=left)
    clients = [night.client(night.member("organizer")) for _each in range(askers)]
    together = threading.Barrier(askers)

    def buy(client):
        together.wait()
        return client.post(SELL, night.sale())

    with ThreadPoolExecutor(askers) as pool:
        answers = list(pool.map(buy, clients))
    assert sorted(statuses(answers)) == [201] * left + [409] * (askers - left)
    assert night.sold == left


def test_limit_of_an_account_is_one_for_both(night):
    client = night.client(night.organizer)
    times = {"starts_at": "2030-01-01T20:00:00Z", "ends_at": "2030-01-02T02:00:00Z"}
    another = document("event", None, name="Another", **times)
    made = [client.post("/v1/events", another) for _each in range(EVENTS + 2)]
    assert statuses(made) == [201] * EVENTS + [429] * 2, made[0].body


# --- Addresses ----------------------------------------------------------------------------------


def guessed_by_one_and_then_by(night, address, **headers):
    """Whether somebody at `address` is still judged, after a guesser at 127.0.0.6 has had enough."""
    guesser = night.client(address="127.0.0.6")
    tried = [guesser.log_in(f"nobody{n}@example.com").status for n in range(guessing.STRANGER.tries + 2)]
    assert tried[-1] == 429
    other = night.client(address=address)
    other.headers |= headers
    return other.log_in("nobody@example.com").status == 401


def test_guesser_uses_up_the_tries_of_their_own_address_alone(night):
    assert guessed_by_one_and_then_by(night, "127.0.0.7")


def test_guesser_gains_nothing_by_claiming_another_address(night):
    claims = {"X-Forwarded-For": "198.51.100.7"}
    assert not guessed_by_one_and_then_by(night, "127.0.0.6", **claims)


def test_behind_a_proxy_that_does_not_tell_nobody_is_let_in(machines, balancer, evening):
    """The control: nothing comes over TLS."""
    answer = evening(balancer(machines, forwards=False)).client().log_in("nobody@example.com")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/auth/session")


def test_behind_a_proxy_that_calls_everybody_by_its_own_address_all_are_kept_out(machines, balancer, evening):
    """The control of the addresses."""
    assert not guessed_by_one_and_then_by(evening(balancer(machines, hides=True)), "127.0.0.7")
