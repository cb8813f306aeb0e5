"""`filter=[...]` as the Open Event Server's clients send it."""

import json
from urllib.parse import quote

import pytest

from attendees.models import Attendee
from base.api.conditions import MOST_CONDITIONS, MOST_DEEP
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
EQ, IN = "eq", "in_"


def leaf(name, op, value):
    return {"name": name, "op": op, "val": value}


@pytest.fixture
def asked(api):
    def ask(user, path, *conditions, query=""):
        return api(user).get(f"/v1/{path}?filter={quote(json.dumps(conditions))}{query}")

    return ask


@pytest.fixture
def found(asked):
    def find(*args, **kwargs):
        response = asked(*args, **kwargs)
        assert response.status_code == 200, response.json()
        rows = response.json()["data"]
        assert response.json()["meta"]["count"] == len(rows)
        return [int(row["id"]) for row in rows]

    return find


@pytest.fixture
def guests(event, cashier):
    """Ana of a paid order, Bo of an unpaid one; their addresses and codes are known."""
    made = []
    for first, status in (("Ana", "completed"), ("Bo", "pending")):
        ticket = TicketFactory(event=event, name=f"Pass of {first}")
        order = sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 1)], status=status)
        guest = order.attendees.get()
        Attendee.objects.filter(pk=guest.pk).update(firstname=first, email=f"{first.lower()}@example.com")
        guest.refresh_from_db()
        made.append(guest)
    return made


def test_what_the_frontend_asks_of_events(found, organizer, event):
    now = "2026-01-01T00:00:00.000Z"
    running = [leaf("starts-at", "le", now), leaf("ends-at", "gt", now)]
    live = [
        leaf("state", "eq", "published"),
        {"or": [leaf("starts-at", "ge", now), {"and": running}]},
        leaf("name", "ilike", f"%{event.name[1:4].upper()}%"),
        {"or": []},
    ]
    past = [leaf("ends-at", "lt", now), leaf("state", "eq", "published")]
    assert event.pk in found(organizer, "events", *live)
    assert found(organizer, "events", *past) == []
    assert found(organizer, "events", leaf("deleted-at", "eq", None), leaf("id", "eq", event.pk)) == [
        event.pk
    ]


def test_every_operator(found, organizer, event):
    type(event).objects.update(name="Summer 100%")
    other = EventFactory(name="Winter_")
    path = "events"
    for condition, expected in [
        (leaf("name", "eq", "Summer 100%"), [event.pk]),
        (leaf("name", "ne", "Summer 100%"), [other.pk]),
        (leaf("name", "in_", ["Winter_", "Summer 100%"]), [event.pk, other.pk]),
        (leaf("name", "like", "Summer%"), [event.pk]),
        (leaf("name", "ilike", "%MMER%"), [event.pk]),
        (leaf("name", "ilike", "inter"), []),
        (leaf("name", "like", "Winter\\"), []),
        (leaf("name", "gt", "T"), [other.pk]),
        (leaf("name", "le", "T"), [event.pk]),
        (leaf("id", "ge", other.pk), [other.pk]),
        ({"not": leaf("id", "lt", other.pk)}, [other.pk]),
        ({"not": {"or": [leaf("id", "eq", event.pk), leaf("id", "eq", str(other.pk))]}}, []),
        (leaf("name", "eq", None), []),
    ]:
        found_here = sorted(set(found(organizer, path, condition)) & {event.pk, other.pk})
        assert found_here == expected, condition


def test_orders_and_attendees_through_each_other(found, cashier, event, guests):
    ana, bo = guests
    orders, attendees = f"events/{event.pk}/orders", f"events/{event.pk}/attendees"
    assert found(cashier, orders, leaf("attendees", "any", leaf("firstname", "eq", "Ana"))) == [ana.order_id]
    assert found(cashier, orders, {"not": leaf("tickets", "any", leaf("name", "like", "%Ana"))}) == [
        bo.order_id
    ]
    assert found(cashier, orders, leaf("event", "has", leaf("id", "eq", event.pk)), query="&sort=event.name")
    assert found(cashier, attendees, leaf("order", "has", leaf("status", "eq", "completed"))) == [ana.pk]
    assert found(cashier, attendees, leaf("order", "eq", bo.order.identifier)) == [bo.pk]
    assert found(cashier, attendees, leaf("ticket", "has", leaf("price", "eq", "20"))) == [ana.pk, bo.pk]
    assert found(cashier, attendees, leaf("is-checked-in", "eq", False)) == [ana.pk, bo.pk]
    assert found(cashier, attendees, leaf("order", "has", leaf("discount_code_id", "isnot", None))) == []
    of_one = f"tickets/{ana.ticket_id}/attendees"
    assert found(cashier, of_one, leaf("order", "has", leaf("id", "eq", ana.order_id))) == [ana.pk]


def test_codes_and_addresses_are_found_whole_by_who_reads_them(
    found, asked, cashier, registrar, event, guests
):
    ana, _bo = guests
    path = f"events/{event.pk}/attendees"
    for name, value in (("email", ana.email), ("code", ana.code)):
        assert found(cashier, path, leaf(name, "eq", value)) == [ana.pk]
        assert found(cashier, path, leaf(name, "in_", [value, "x@example.com"])) == [ana.pk]
        for op in ("ne", "like", "ilike", "lt", "le", "gt", "ge", "has", "any"):
            assert asked(cashier, path, leaf(name, op, f"{value[0]}%")).status_code == 400
        for condition in (
            leaf(name, "eq", value),
            leaf(name, "in_", [value]),
            {"not": leaf(name, "eq", value)},
            {"or": [leaf("firstname", "eq", "Bo"), leaf(name, "eq", value)]},
        ):
            response = asked(registrar, path, condition)
            assert response.status_code == 400
            assert "count" not in response.json().get("meta", {})


@pytest.mark.parametrize("sort", ["email", "-email", "code", "price-paid", "order.amount", "creator", "role"])
def test_nothing_is_sorted_by_what_some_do_not_read(api, registrar, event, guests, sort):
    response = api(registrar).get(f"/v1/events/{event.pk}/attendees?sort={sort}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == {"parameter": "sort"}


def test_a_registrar_asks_of_orders_what_a_registrar_reads(found, asked, registrar, event, guests):
    ana, bo = guests
    path = f"events/{event.pk}/attendees"
    assert found(registrar, path, leaf("order", "has", leaf("status", "ne", "completed"))) == [bo.pk]
    for inner in (
        leaf("payment-mode", "eq", "free"),
        leaf("completed-at", "eq", None),
        leaf("channel", "eq", "onsite"),
        leaf("idempotency-key", "eq", "x"),
        leaf("attendees", "any", leaf("email", "eq", ana.email)),
        leaf("attendees", "any", leaf("id", "eq", ana.pk)),
    ):
        assert asked(registrar, path, leaf("order", "has", inner)).status_code == 400, inner


def test_hidden_tickets_and_drafts_are_not_found_out(found, stranger, organizer, event):
    TicketFactory(event=event, name="Secret", is_hidden=True)
    condition = leaf("tickets", "any", leaf("name", "eq", "Secret"))
    assert found(stranger, "events", condition) == []
    assert found(organizer, "events", condition) == [event.pk]
    ticket = TicketFactory(event=event)
    type(event).objects.filter(pk=event.pk).update(state="draft")
    assert found(stranger, "tickets", leaf("event", "has", leaf("id", "eq", event.pk))) == []
    assert ticket.pk in found(organizer, "tickets", leaf("event", "has", leaf("id", "eq", event.pk)))


def deep(levels):
    condition = leaf("name", "eq", "x")
    for _level in range(levels):
        condition = {"not": condition}
    return condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "1",
        "null",
        '"x"',
        "[1]",
        "[[]]",
        "[null]",
        '[{"name": "name"}]',
        '[{"or": {}}]',
        '[{"and": 1}]',
        '[{"not": []}]',
        '[{"name": "name", "op": "eq", "val": {}}]',
        '[{"name": "name", "op": "eq", "val": []}]',
        '[{"name": "name", "op": "in_", "val": "x"}]',
        '[{"name": "name", "op": "in_", "val": [null]}]',
        '[{"name": "name", "op": "ilike", "val": null}]',
        '[{"name": "name", "op": "ilike", "val": ["%"]}]',
        '[{"name": "name", "op": "eq", "field": "identifier"}]',
        '[{"name": "name", "op": "regex", "val": "x"}]',
        '[{"name": "name", "op": "eq", "val": "x", "or": []}]',
        '[{"name": ["name"], "op": "eq", "val": "x"}]',
        '[{"name": "name", "op": "eq", "val": "\\u0000"}]',
        '[{"name": "name", "op": "like", "val": "\\u0000%"}]',
        '[{"name": "name", "op": "eq", "val": "\\ud800"}]',
        '[{"name": "nothing", "op": "eq", "val": "x"}]',
        '[{"name": "members__user__email", "op": "eq", "val": "x"}]',
        '[{"name": "issuer-name", "op": "eq", "val": "x"}]',
        '[{"name": "starts-at", "op": "ge", "val": "yesterday"}]',
        '[{"name": "starts-at", "op": "like", "val": "2%"}]',
        '[{"name": "id", "op": "eq", "val": "1e3"}]',
        '[{"name": "id", "op": "eq", "val": 1e400}]',
        '[{"name": "id", "op": "eq", "val": 99999999999999999999}]',
        '[{"name": "id", "op": "eq", "val": -1}]',
        '[{"name": "state", "op": "eq", "val": 7, "x": NaN}]',
        '[{"name": "tickets", "op": "eq", "val": 1}]',
        '[{"name": "tickets", "op": "any", "val": 1}]',
        '[{"name": "name", "op": "has", "val": {}}]',
        '[{"name": "tickets__gte", "op": "eq", "val": 1}]',
        '[{"name": "starts_at__gte", "op": "eq", "val": 1}]',
        "[" * 5000,
        json.dumps([deep(MOST_DEEP)]),
        json.dumps([leaf("name", "eq", "x")] * (MOST_CONDITIONS + 1)),
        json.dumps([leaf("name", "in_", ["x"] * 101)]),
        json.dumps([leaf("name", "ilike", "%" * 201)]),
    ],
)
def test_what_is_no_condition_is_refused(api, organizer, event, text):
    response = api(organizer).get(f"/v1/events?filter={quote(text)}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == {"parameter": "filter"}


def test_an_unknown_attribute_is_told_the_known_ones(asked, organizer, event):
    (refusal,) = asked(organizer, f"events/{event.pk}/orders", leaf("seller", "eq", 1)).json()["errors"]
    for name in ("identifier", "status", "created-at", "attendees"):
        assert name in refusal["detail"]


def test_conditions_cost_the_same_for_one_and_for_many(
    api, cashier, event, guests, django_assert_max_num_queries
):
    path = f"/v1/events/{event.pk}/attendees?include=order,ticket,event&page[size]=0&filter="
    conditions = quote(json.dumps([leaf("order", "has", leaf("status", "in_", ["completed", "pending"]))]))
    client = api(cashier)
    with django_assert_max_num_queries(12):
        assert len(client.get(path + conditions).json()["data"]) == 2
