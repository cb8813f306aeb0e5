"""Who reads orders and attendees."""

import pytest

from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from base.times import wire_time
from events.tests.factories import EventFactory
from orders.sale import Guest, Line
from orders.tests.factories import ordered_online, sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event)


@pytest.fixture
def order(event, ticket, cashier):
    guest = Guest("Ana", "Silva", "ana@example.com")
    return sold_onsite(event=event, lines=[Line(ticket.pk, 2, guests=(guest,))], seller=cashier)


@pytest.fixture
def bought(event, ticket, stranger):
    drafts = [DraftFactory(ticket=ticket, creator=stranger, email="own@example.com")]
    return ordered_online(event=event, attendees=drafts, buyer=stranger)


def readable(client, order):
    """Whether an order can be read under each of its addresses: all or none."""
    urls = [
        f"/v1/orders/{order.pk}",
        f"/v1/orders/{order.identifier}",
        f"/v1/orders/{order.identifier.lower()}",
        f"/v1/orders/{order.identifier}/attendees",
    ]
    (status,) = {client.get(url).status_code for url in urls}
    return {200: True, 404: False}[status]


@pytest.mark.parametrize(("role", "may"), [("organizer", True), ("cashier", True), ("registrar", False)])
def test_orders_are_read_by_sellers(api, member, order, role, may):
    assert readable(api(member(role)), order) is may


def test_orders_are_read_by_their_buyer_and_no_other_account(api, stranger, order, bought):
    client = api(stranger)
    assert readable(client, bought)
    assert not readable(client, order)
    assert [o["id"] for o in client.get("/v1/orders").json()["data"]] == [str(bought.pk)]


def test_address_of_a_walk_in_gives_no_access(api, stranger, order):
    stranger.email = "ana@example.com"
    stranger.save()
    client = api(stranger)
    assert not readable(client, order)
    for attendee in Attendee.objects.all():
        assert client.get(f"/v1/attendees/{attendee.pk}").status_code == 404


def test_orders_of_other_events_are_unseen(api, member, order):
    assert not readable(api(member("organizer", at=EventFactory())), order)


def test_unseen_and_missing_orders_answer_the_same(api, stranger, order):
    client = api(stranger)
    assert client.get(f"/v1/orders/{order.pk}").content == client.get("/v1/orders/999999").content


def test_without_a_token_nothing_is_read(api, order):
    for url in ("/v1/orders", f"/v1/orders/{order.pk}", f"/v1/attendees/{order.attendees.first().pk}"):
        assert api().get(url).status_code == 401


@pytest.mark.parametrize(
    ("role", "orders", "attendees"),
    [("organizer", 200, 200), ("cashier", 200, 200), ("registrar", 403, 200), (None, 403, 403)],
)
def test_lists_of_an_event(api, member, stranger, event, order, role, orders, attendees):
    client = api(member(role) if role else stranger)
    assert client.get(f"/v1/events/{event.identifier}/orders").status_code == orders
    assert client.get(f"/v1/events/{event.pk}/attendees").status_code == attendees


def test_lists_of_a_draft_are_unseen_by_strangers(api, stranger):
    draft = EventFactory(state="draft")
    for what in ("orders", "attendees", "tickets"):
        assert api(stranger).get(f"/v1/events/{draft.pk}/{what}").status_code == 404


def test_seller_sees_whole_attendees(api, cashier, event, order):
    first = api(cashier).get(f"/v1/events/{event.pk}/attendees?sort=id").json()["data"][0]
    attendee = order.attendees.first()
    assert first["attributes"] == {
        "firstname": "Ana",
        "lastname": "Silva",
        "email": "ana@example.com",
        "code": attendee.code,
        "price-paid": "20.00",
        "discounted": None,
        "cancelled-at": None,
        "is-checked-in": False,
        "is-checked-out": False,
        "checkin-times": "",
        "checkout-times": "",
        "device-name-checkin": "",
        "updated-at": wire_time(attendee.updated_at),
    }


def test_registrar_sees_masked_addresses_and_no_code(api, registrar, event, order):
    client = api(registrar)
    listed = client.get(f"/v1/events/{event.pk}/attendees?sort=id").json()["data"][0]
    single = client.get(f"/v1/attendees/{listed['id']}").json()["data"]
    for shown in (listed, single):
        assert shown["attributes"]["email"] == "a…@example.com"
        assert {"code", "price-paid"}.isdisjoint(shown["attributes"])
    (included,) = client.get(f"/v1/attendees/{listed['id']}?include=order").json()["included"]
    assert included["attributes"] == {"identifier": order.identifier, "status": order.status}
    sparse = client.get(f"/v1/attendees/{listed['id']}?fields[attendee]=code,email").json()["data"]
    assert sparse["attributes"] == {"email": "a…@example.com"}


def test_registrar_cannot_filter_by_what_is_masked(api, registrar, event, order):
    for name in ("email", "code"):
        assert api(registrar).get(f"/v1/events/{event.pk}/attendees?filter[{name}]=x").status_code == 400
        assert api(registrar).get(f"/v1/events/{event.pk}/attendees?sort={name}").status_code == 400


def test_buyer_sees_own_attendees_whole(api, stranger, bought):
    attendee = bought.attendees.get()
    shown = api(stranger).get(f"/v1/attendees/{attendee.pk}").json()["data"]["attributes"]
    assert (shown["email"], shown["code"]) == ("own@example.com", attendee.code)


def test_registrar_who_bought_sees_own_attendees_whole(api, member, event, ticket):
    registrar = member("registrar")
    drafts = [DraftFactory(ticket=ticket, creator=registrar, email="own@example.com")]
    attendee = ordered_online(event=event, attendees=drafts, buyer=registrar).attendees.get()
    shown = api(registrar).get(f"/v1/attendees/{attendee.pk}").json()["data"]["attributes"]
    assert shown["code"] == attendee.code


def test_drafts_are_their_creators_alone(api, organizer, stranger, event, ticket):
    draft = DraftFactory(ticket=ticket, creator=stranger)
    assert api(stranger).get(f"/v1/attendees/{draft.pk}").status_code == 200
    assert api(organizer).get(f"/v1/attendees/{draft.pk}").status_code == 404
    assert api(organizer).get(f"/v1/events/{event.pk}/attendees").json()["meta"]["count"] == 0


def test_superuser_reads_everything(api, stranger, order):
    stranger.is_superuser = True
    stranger.save()
    assert readable(api(stranger), order)


def test_orders_can_be_filtered(api, cashier, event, order, ticket):
    sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed")
    client = api(cashier)
    url = f"/v1/events/{event.pk}/orders?filter[status]="
    assert client.get(url + "pending").json()["meta"]["count"] == 1
    assert client.get(url + "completed").json()["meta"]["count"] == 1
    assert client.get(f"/v1/orders?filter[event]={event.pk}").json()["meta"]["count"] == 2
    assert client.get(f"/v1/orders?filter[event]={'9' * 30}").status_code in (200, 400)


def test_filters_do_not_tell_what_exists(api, stranger, registrar, event, order):
    draft = EventFactory(state="draft")
    client = api(stranger)
    unseen, missing = (client.get(f"/v1/orders?filter[event]={pk}") for pk in (draft.pk, 99999999))
    assert (unseen.status_code, missing.status_code) == (200, 200)
    client = api(registrar)
    foreign = TicketFactory().pk
    for pk in (foreign, 99999999):
        response = client.get(f"/v1/events/{event.pk}/attendees?filter[ticket]={pk}")
        assert (response.status_code, response.json()["data"]) == (200, [])
    assert client.get(f"/v1/events/{event.pk}/attendees?filter[ticket]={'9' * 30}").status_code == 400


def test_pages_of_equal_rows_show_each_row_once(api, cashier, event, ticket):
    """Walk-ins have no names: sorted by name they are all equal."""
    sold_onsite(event=event, lines=[Line(ticket.pk, 30)], seller=cashier)
    seen = []
    for page in (1, 2, 3):
        url = f"/v1/events/{event.pk}/attendees?sort=lastname&page[size]=10&page[number]={page}"
        seen += [row["id"] for row in api(cashier).get(url).json()["data"]]
    assert len(set(seen)) == 30
