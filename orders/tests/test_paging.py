"""Pages that are read while others write: nothing that was there is repeated or left out."""

from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection

from attendees.models import Attendee
from base.api import nearest
from base.api.cursors import Ordering
from door.models import CheckIn
from orders.models import Order, Payment
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

HOST = "http://testserver"
KINDS = {"orders": Order, "attendees": Attendee, "check-ins": CheckIn, "payments": Payment}


def sell(event, ticket, seller, **kwargs):
    sale = {"status": "completed", "admit": True, **kwargs}
    return sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=seller, **sale)


def pages(client, url, between=lambda: None):
    """The ids on each page."""
    while url:
        document = client.get(url).json()
        yield [row["id"] for row in document["data"]]
        url = document["links"]["next"]
        url = url and url.removeprefix(HOST)
        between()


def flat(found):
    return [pk for page in found for pk in page]


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, quantity=None, price=10)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_come_meanwhile_move_no_page(api, organizer, event, ticket, kind):
    for _sale in range(12):
        sell(event, ticket, organizer)
    there = {str(pk) for pk in KINDS[kind].objects.values_list("pk", flat=True)}
    url = f"/v1/events/{event.pk}/{kind}?page[size]=5"
    found = flat(pages(api(organizer), url, between=lambda: sell(event, ticket, organizer)))
    assert sorted(found) == sorted({*found})
    assert there <= {*found}


@pytest.mark.django_db
@pytest.mark.parametrize("near", [3, 1000])
@pytest.mark.parametrize("sort", ["id", "-id"])
@pytest.mark.parametrize("kind", ["attendees", "payments"])
def test_pages_are_the_same_wherever_their_rows_lie(
    api, organizer, event, ticket, monkeypatch, kind, sort, near
):
    monkeypatch.setattr(nearest, "NEAR", near)
    another = TicketFactory(quantity=None, price=10)
    for number in range(36):
        own = number in (2, 3) or 10 < number < 20
        sell(event if own else another.event, ticket if own else another, organizer)
    told = {"attendees": "ticket__event", "payments": "order__event"}[kind]
    ids = [str(pk) for pk in KINDS[kind].objects.filter(**{told: event}).values_list("pk", flat=True)]
    ids.sort(key=int, reverse=sort == "-id")
    url = f"/v1/events/{event.pk}/{kind}?sort={sort}&page[size]=4"
    assert [*pages(api(organizer), url)] == [ids[:4], ids[4:8], ids[8:]]
    by_number = [api(organizer).get(f"{url}&page[number]={n}").json()["data"] for n in (1, 2, 3)]
    assert [row["id"] for page in by_number for row in page] == ids
    if sort == "id":
        first = api(organizer).get(f"/v1/events/{event.pk}/{kind}").json()["data"]
        assert [row["id"] for row in first] == ids


@pytest.mark.django_db
def test_control_pages_by_number_repeat_rows(api, organizer, event, ticket):
    for _sale in range(12):
        sell(event, ticket, organizer)
    seen = []
    for number in (1, 2, 3):
        url = f"/v1/events/{event.pk}/orders?page[size]=5&page[number]={number}"
        seen += [row["id"] for row in api(organizer).get(url).json()["data"]]
        sell(event, ticket, organizer)
    assert len({*seen}) < len(seen)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sort",
    [
        "created-at",
        "-created-at",
        "completed-at",
        "-completed-at",
        "amount",
        "-amount,created-at",
        "identifier",
    ],
)
def test_every_order_is_there_once_in_every_order(api, organizer, event, ticket, sort):
    """Also where many are equal, and where some have no such time, which come last."""
    for index in range(9):
        order = sell(event, ticket, organizer, status=("pending", "completed")[index % 2], admit=None)
        moment = order.created_at - timedelta(hours=index // 3)
        Order.objects.filter(pk=order.pk).update(
            created_at=moment, completed_at=moment if index % 2 else None
        )
    url = f"/v1/events/{event.pk}/orders?sort={sort}"
    whole = flat(pages(api(organizer), url))
    assert len(whole) == 9
    for size in (1, 2, 4):
        assert flat(pages(api(organizer), f"{url}&page[size]={size}")) == whole
    if "completed" in sort:
        unpaid = event.orders.filter(completed_at=None)
        assert {*whole[4:]} == {str(pk) for pk in unpaid.values_list("pk", flat=True)}


@pytest.mark.django_db
def test_a_place_behind_the_last_row_is_an_empty_page(api, organizer, event, ticket):
    order = sell(event, ticket, organizer)
    place = Ordering.of(Order.objects.all()).cursor(order)
    document = api(organizer).get(f"/v1/events/{event.pk}/orders?page[after]={place}").json()
    assert (document["data"], document["links"]["next"], document["meta"]["count"]) == ([], None, 1)


class Tills:
    """Sell as fast as they can, until they are told to go home."""

    def __init__(self, event, ticket, seller, many=3):
        self.home, self.failed, self.sold = Signal(), [], 0
        self.threads = [Thread(target=self._sell, args=(event, ticket, seller)) for _till in range(many)]

    def _sell(self, event, ticket, seller):
        try:
            while not self.home.is_set():
                sell(event, ticket, seller)
                self.sold += 1
        except Exception as error:
            self.failed.append(error)
        finally:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.home.set()
        for thread in self.threads:
            thread.join(timeout=30)


def by_number(client, url):
    number, found = 1, True
    while found:
        response = client.get(f"{url}&page[number]={number}")
        found = response.status_code == 200 and [row["id"] for row in response.json()["data"]]
        yield found or []
        number += 1
        if number > 40:
            return


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestWhileTillsSell:
    def read(self, client, event, ticket, seller, read):
        """What is on disk when a reader begins, what the reader sees, and how many were sold meanwhile."""
        for _sale in range(60):
            sell(event, ticket, seller)
        with Tills(event, ticket, seller) as tills:
            there = [str(pk) for pk in event.orders.values_list("pk", flat=True)]
            begun, seen = tills.sold, flat(read(client, f"/v1/events/{event.pk}/orders?page[size]=5"))
            meanwhile = tills.sold - begun
        assert not tills.failed
        return there, seen, meanwhile

    def test_a_reader_sees_each_order_that_was_there_once(self, api, organizer, event, ticket):
        there, seen, meanwhile = self.read(api(organizer), event, ticket, organizer, pages)
        assert meanwhile > 5
        assert len({*seen}) == len(seen)
        assert {*there} <= {*seen}

    def test_control_a_reader_by_number_sees_some_twice(self, api, organizer, event, ticket):
        _there, seen, meanwhile = self.read(api(organizer), event, ticket, organizer, by_number)
        assert meanwhile > 5
        assert len({*seen}) < len(seen)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["tickets", "stations", "tills"])
def test_lists_in_an_order_of_their_own_go_on_where_their_links_say(api, organizer, event, kind):
    event.name = "One, two"
    event.save()
    for name in ("Zebra", "Ant", "Mole"):
        if kind == "tickets":
            TicketFactory(event=event, name=name)
        else:
            getattr(event, kind).create(name=name)
    found = list(pages(api(organizer), f"/v1/events/{event.pk}/{kind}?page[size]=1"))
    assert len(found) == len({*flat(found)}) == getattr(event, kind).count() >= 3


@pytest.mark.django_db
def test_tickets_of_all_events_go_on_where_their_links_say(api, organizer, event, member):
    for _ in range(3):
        TicketFactory(event=event)
    found = flat(pages(api(organizer), "/v1/tickets?page[size]=2"))
    assert found == [str(pk) for pk in event.tickets.values_list("pk", flat=True)]
