"""Guests are put on the list by token."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from base.tests.client import document, errors
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, price=20, quantity=10)


@pytest.fixture
def put(api, event, organizer):
    def put_(*entries, by=organizer, **attributes):
        sent = document("attendee", None, {}, entries=list(entries), **attributes)
        return api(by).post(f"/v1/events/{event.identifier}/guest-list", sent)

    return put_


def test_guests_are_told_with_their_codes_and_how_many_were_there(put, adult, organizer):
    entries = [
        {"ticket": adult.pk, "firstname": "Ana", "lastname": "Silva", "key": "7"},
        {"ticket": str(adult.pk), "email": "bo@example.com", "way": "at-door", "key": None, "hold": None},
        {"ticket": adult.pk, "firstname": "Cy", "way": "paid", "reference": "Shop 7"},
    ]
    first = put(*entries)
    assert first.status_code == 201
    guests = first.json()["data"]
    assert [guest["attributes"]["price-paid"] for guest in guests] == ["0.00", "20.00", "20.00"]
    assert guests[0]["attributes"]["code"] == Attendee.objects.get(firstname="Ana").code
    assert first.json()["meta"]["already"] == 0
    cancel(Order.objects.get(list_key="7"), desk=Desk(organizer), reason="ill")
    again = put(*entries)
    assert (again.status_code, again.json()["data"]) == (201, [])
    assert again.json()["meta"]["already"] == 3


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({}, "ticket"),
        ({"ticket": 999_999_999}, "ticket"),
        ({"firstname": "x" * 101}, "firstname"),
        ({"email": "nowhere"}, "email"),
        ({"way": "gift"}, "way"),
        ({"key": "k" * 65}, "key"),
        ({"reference": "r" * 101}, "reference"),
        ({"hold": 999_999_999}, "hold"),
        ({"firstname": ""}, "lastname"),
        ({"firstname": "a\tb"}, "firstname"),
    ],
)
def test_each_fault_points_at_its_entry(put, adult, entry, pointer):
    right = {"ticket": adult.pk, "firstname": "Ana"}
    wrong = {"firstname": "Bo"} if not entry else {"ticket": adult.pk, "firstname": "Bo", **entry}
    response = put(right, wrong)
    assert response.status_code in (404, 422)
    (error,) = errors(response)
    assert error["source"]["pointer"] == f"/data/attributes/entries/1/{pointer}"
    assert not Order.objects.exists()


@pytest.mark.parametrize("entries", [None, [], "abc", [1], [None], [[]], {}, [{"ticket": "x"}], [{}] * 501])
def test_what_is_no_list_is_refused(api, event, adult, organizer, entries):
    sent = document("attendee", None, {}, entries=entries)
    response = api(organizer).post(f"/v1/events/{event.pk}/guest-list", sent)
    assert response.status_code == 422


def test_one_too_many_is_told_at_every_entry(put, adult):
    response = put(*({"ticket": adult.pk, "firstname": f"G{n}"} for n in range(11)))
    assert response.status_code == 409
    assert len(errors(response)) == 11
    assert errors(response)[0]["meta"] == {"available": 10, "wanted": 11}


@pytest.mark.parametrize(("role", "status"), [("cashier", 403), ("registrar", 403)])
def test_only_organizers_put_guests_on_the_list(put, member, adult, role, status):
    assert put({"ticket": adult.pk, "firstname": "Ana"}, by=member(role)).status_code == status


def test_list_tells_who_is_on_it(put, api, adult, event, cashier):
    put({"ticket": adult.pk, "firstname": "Ana"})
    sold_onsite(event=event, lines=[Line(adult.pk, 2)])

    def found(value):
        url = f"/v1/events/{event.pk}/attendees?filter[on-guest-list]={value}"
        return len(api(cashier).get(url).json()["data"])

    assert (found("true"), found("false")) == (1, 2)


@pytest.mark.parametrize("entries", [1, 40])
def test_statements_do_not_grow_with_the_answer(put, adult, entries):
    adult.quantity = None
    adult.save()
    put({"ticket": adult.pk, "firstname": "First"})
    with CaptureQueriesContext(connection) as queries:
        put(*({"ticket": adult.pk, "firstname": f"G{n}", "way": "paid"} for n in range(entries)))
    assert len(queries) <= 40
