"""Shifts by token: what a cashier does at the shift's pages."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from base.tests.client import document, error, relation
from books.tests.acts import sell
from events.models import Role
from events.tests.factories import MemberFactory
from shifts.models import CashMovement, Shift
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "one movement"}


@pytest.fixture
def till(event):
    return TillFactory(event=event)


@pytest.fixture
def cashier(event):
    """Who has no shift yet."""
    return MemberFactory(event=event, role=Role.CASHIER).user


@pytest.fixture
def shift(till, cashier):
    return ShiftFactory(till=till, cashier=cashier)


@pytest.fixture
def colleague(event):
    return MemberFactory(event=event, role=Role.CASHIER).user


def open_document(till, **attributes):
    return document("shift", None, {"till": relation("till", till.pk)}, **attributes)


def counted(cash, **more):
    return document("count", None, cash=cash, card="0.00", **more)


def closed(shift, **more):
    return document("shift", shift.pk, state="closed", **more)


def test_an_evening_by_token(api, event, cashier, till):
    client = api(cashier)
    opened = client.post("/v1/shifts", open_document(till, opening_float="100.00"))
    assert opened.status_code == 201
    pk = opened.json()["data"]["id"]
    ticket = TicketFactory(event=event, price=20)
    client.sell(event, (ticket, 2), status="completed")
    moved = client.post(f"/v1/shifts/{pk}/movements", document("movement", None, amount="-20.00", reason="x"))
    assert moved.json()["data"]["attributes"]["amount"] == "-20.00"
    told = client.post(f"/v1/shifts/{pk}/counts", counted("119.00")).json()["data"]
    assert told["attributes"]["difference"] == "-1.00"
    url = f"/v1/shifts/{pk}"
    assert error(client.patch(url, document("shift", pk, state="closed")))["code"] == "reason-required"
    count = {"count": relation("count", told["id"])}
    sent = document("shift", pk, count, state="closed", note="lost", stays="100.00")
    ended = client.patch(url, sent).json()["data"]["attributes"]
    assert (ended["state"], ended["number"], ended["to-safe"]) == ("closed", 1, "19.00")
    report = client.get(f"{url}/report").json()["data"]["attributes"]
    assert (report["number"], report["figures"]["sold"], report["expected-cash"]) == (1, "40.00", "120.00")
    assert b"40.00" in client.get(f"{url}/report.csv").content


def test_a_till_is_opened_once(api, till, shift, cashier, colleague):
    for user, code in ((colleague, "till-in-use"), (cashier, "till-in-use")):
        response = api(user).post("/v1/shifts", open_document(till, opening_float="0"))
        assert (response.status_code, error(response)["code"]) == (409, code)


def test_another_float_than_stayed_needs_a_reason(api, till, shift, cashier):
    api(cashier).post(f"/v1/shifts/{shift.pk}/counts", counted("100"))
    api(cashier).patch(f"/v1/shifts/{shift.pk}", closed(shift))
    response = api(cashier).post("/v1/shifts", open_document(till, opening_float="90"))
    assert error(response)["source"] == {"pointer": "/data/attributes/float-note"}
    said = open_document(till, opening_float="90", float_note="taken to the bank")
    assert api(cashier).post("/v1/shifts", said).status_code == 201


class TestBlind:
    """A cashier never learns what is expected before the count."""

    @pytest.fixture(autouse=True)
    def sold(self, event, shift):
        sell(shift, TicketFactory(event=event, price=Decimal("33.00")), quantity=3, status="completed")

    def test_nothing_tells_what_is_expected(self, api, event, shift, cashier):
        client, here = api(cashier), f"/v1/shifts/{shift.pk}"
        told = [
            client.get(url).content.decode()
            for url in (here, f"{here}/report", f"{here}/counts", f"/v1/events/{event.pk}/shifts")
        ]
        assert not any(amount in text for text in told for amount in ("33.00", "99.00", "199.00"))
        figures = client.get(f"{here}/report").json()["data"]["attributes"]["figures"]
        assert (figures["sold-quantity"], figures["tenders"][0]["payments"]) == (3, 1)
        assert client.get(f"{here}/report.csv").status_code == 404

    def test_a_refused_close_does_not_tell_either(self, api, shift, cashier):
        response = api(cashier).patch(f"/v1/shifts/{shift.pk}", closed(shift))
        assert (response.status_code, error(response)["code"]) == (409, "not-counted")

    def test_the_count_tells_it_and_the_report_then_too(self, api, shift, cashier):
        client, here = api(cashier), f"/v1/shifts/{shift.pk}"
        told = client.post(f"{here}/counts", counted("199.00")).json()["data"]["attributes"]
        assert (told["expected-cash"], told["difference"]) == ("199.00", "0.00")
        assert client.get(f"{here}/report").json()["data"]["attributes"]["expected-cash"] == "199.00"

    def test_an_organizer_is_told(self, api, shift, organizer):
        report = api(organizer).get(f"/v1/shifts/{shift.pk}/report").json()["data"]["attributes"]
        assert (report["expected-cash"], report["figures"]["sold"]) == ("199.00", "99.00")

    def test_money_that_moved_after_the_count_makes_it_blind_again(self, api, event, shift, cashier):
        client, here = api(cashier), f"/v1/shifts/{shift.pk}"
        client.post(f"{here}/counts", counted("199.00"))
        sell(shift, TicketFactory(event=event, price=Decimal("7.00")), status="completed")
        assert "expected-cash" not in client.get(f"{here}/report").json()["data"]["attributes"]
        assert error(client.patch(here, closed(shift)))["code"] == "count-outdated"


class TestMovements:
    def test_said_again_with_its_key_it_moves_nothing(self, api, shift, cashier):
        url = f"/v1/shifts/{shift.pk}/movements"
        sent = document("movement", None, amount="5.00", reason="change")
        first, again = (api(cashier).post(url, sent, **KEY) for _time in range(2))
        assert first.headers["Location"] == again.headers["Location"]
        assert CashMovement.objects.count() == 1

    @pytest.mark.parametrize("key", ["x" * 65, "x" * 255])
    def test_a_long_key_is_one_too(self, api, shift, cashier, key):
        url = f"/v1/shifts/{shift.pk}/movements"
        sent = document("movement", None, amount="5.00", reason="change")
        for _time in range(2):
            assert api(cashier).post(url, sent, **{"Idempotency-Key": key}).status_code == 201
        assert CashMovement.objects.count() == 1

    @pytest.mark.parametrize(
        ("key", "code"),
        [("one movement", "idempotency-key-reused"), ("x" * 256, "invalid-idempotency-key")],
    )
    def test_a_key_that_is_refused_is_named(self, api, shift, cashier, key, code):
        url = f"/v1/shifts/{shift.pk}/movements"
        api(cashier).post(url, document("movement", None, amount="5.00", reason="change"), **KEY)
        other = document("movement", None, amount="6.00", reason="change")
        refused = error(api(cashier).post(url, other, **{"Idempotency-Key": key}))
        assert (refused["code"], refused["source"]) == (code, {"header": "Idempotency-Key"})

    @pytest.mark.parametrize(
        ("amount", "code"), [("0", "invalid-amount"), ("1e3", "invalid"), (True, "invalid"), (None, "null")]
    )
    def test_what_is_no_movement_is_refused(self, api, shift, cashier, amount, code):
        sent = document("movement", None, amount=amount, reason="x")
        refused = api(cashier).post(f"/v1/shifts/{shift.pk}/movements", sent)
        assert (refused.status_code, error(refused)["code"]) == (422, code)


class TestCounts:
    def test_pieces_are_kept_by_what_is_on_them(self, api, shift, cashier):
        sent = counted("60.50", pieces={"20": 3, "0.50": 1, "10": 0})
        told = api(cashier).post(f"/v1/shifts/{shift.pk}/counts", sent)
        assert told.status_code == 201, told.content
        assert told.json()["data"]["attributes"]["pieces"]["20"] == 3
        assert shift.last_count.pieces["0.50"] == 1

    @pytest.mark.parametrize(
        ("pieces", "code"),
        [({"20": 2}, "sum-differs"), ({"3": 1}, "invalid"), ({"20": -1}, "invalid"), ([], "not-a-dict")],
    )
    def test_pieces_that_are_none_are_refused(self, api, shift, cashier, pieces, code):
        refused = api(cashier).post(f"/v1/shifts/{shift.pk}/counts", counted("60", pieces=pieces))
        assert (refused.status_code, error(refused)["code"]) == (422, code)
        assert error(refused)["source"]["pointer"].startswith("/data/attributes/pieces")


class TestWhose:
    def test_a_colleagues_shift_is_not_there_and_nothing_is_done_in_it(self, api, shift, colleague):
        client, here = api(colleague), f"/v1/shifts/{shift.pk}"
        for url in (here, f"{here}/report", f"{here}/movements", f"{here}/counts"):
            assert client.get(url).status_code == 404, url
        refusals = [
            client.post(f"{here}/movements", document("movement", None, amount="5", reason="x")),
            client.post(f"{here}/counts", counted("100")),
            client.patch(here, closed(shift)),
        ]
        assert {(r.status_code, error(r)["code"]) for r in refusals} == {(403, "not-at-this-till")}

    def test_who_was_let_in_works_there_until_it_is_closed(self, api, shift, colleague, organizer):
        ReliefFactory(shift=shift, user=colleague)
        client, here = api(colleague), f"/v1/shifts/{shift.pk}"
        assert client.get(here).status_code == 200
        assert client.get(f"{here}/report").status_code == 404  # whose it is answers for that
        assert client.post(f"{here}/counts", counted("100")).status_code == 201
        assert api(organizer).patch(here, closed(shift)).json()["data"]["attributes"]["was-forgotten"]
        assert client.get(here).status_code == 404

    def test_each_lists_what_they_read(self, api, event, shift, cashier, colleague, organizer):
        ShiftFactory(till__event=event, cashier=colleague)
        url = f"/v1/events/{event.pk}/shifts"
        found = [len(api(user).get(url).json()["data"]) for user in (cashier, colleague, organizer)]
        assert found == [1, 1, 2]
        assert len(api(organizer).get(f"{url}?filter[state]=closed").json()["data"]) == 0

    def test_a_list_costs_the_same_for_one_and_for_three(
        self, api, event, shift, organizer, django_assert_num_queries
    ):
        client, url = api(organizer), f"/v1/events/{event.pk}/shifts"
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        ShiftFactory.create_batch(2, till__event=event)
        with django_assert_num_queries(len(one)):
            client.get(url)

    def test_nothing_is_written_by_a_refusal(self, api, shift, colleague):
        api(colleague).post(f"/v1/shifts/{shift.pk}/counts", counted("100"))
        assert not Shift.objects.get(pk=shift.pk).counts.exists()
