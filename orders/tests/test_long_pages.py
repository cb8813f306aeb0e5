"""Pages of orders with many attendees: an answer is made of so many rows and no more."""

import pytest

from attendees.models import Attendee
from base.tests.client import error
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sizes(event, organizer, settings):
    """Seven orders, and how many attendees each has, the newest first; an answer has 20 rows."""
    settings.MOST_ROWS = 20
    ticket = TicketFactory(event=event, price=0, type="free", quantity=None)
    sizes = [1, 5, 9, 10, 4, 19, 2]
    for size in reversed(sizes):
        sold_onsite(event=event, lines=[Line(ticket.pk, size)], seller=organizer)
    return sizes


def pages(client, url):
    while url:
        document = client.get(url).json()
        yield document
        url = local(document["links"]["next"])


def local(url):
    return url and url.removeprefix("http://testserver")


def attendees(order):
    return order["relationships"]["attendees"]["meta"]["count"]


@pytest.mark.parametrize(
    "query", ["", "?include=attendees,tickets,event", "?page[size]=2", "?page[size]=3&sort=created-at"]
)
def test_pages_end_early_and_go_on_until_all_were_there(api, organizer, event, sizes, query):
    found = list(pages(api(organizer), f"/v1/events/{event.pk}/orders{query}"))
    seen = [attendees(order) for document in found for order in document["data"]]
    assert sorted(seen) == sorted(sizes)
    assert all(sum(attendees(order) + 1 for order in document["data"]) <= 20 for document in found)
    assert {document["meta"]["count"] for document in found} == {7}
    included = [row["type"] for document in found for row in document.get("included", [])]
    assert included.count("attendee") == (sum(sizes) if "include" in query else 0)


def test_page_that_fits_has_the_links_it_always_had(api, organizer, event, settings, sizes):
    settings.MOST_ROWS = 2000
    document = api(organizer).get("/v1/orders?page[size]=3&page[number]=2").json()
    links = {name: link and link.partition("?")[2] for name, link in document["links"].items()}
    cursor = links["next"].partition("after%5D=")[2].partition("&")[0]
    numbers = {name: link and link.replace("%5B", "[").replace("%5D", "]") for name, link in links.items()}
    assert numbers == {
        "first": "page[number]=1&page[size]=3",
        "last": "page[number]=3&page[size]=3",
        "next": f"page[after]={cursor}&page[size]=3",
        "prev": "page[number]=1&page[size]=3",
    }
    assert document["meta"]["pagination"] == {"page": 2, "pages": 3, "count": 7}


def test_one_resource_that_is_too_much_is_refused_with_the_bound(api, organizer, event, settings, sizes):
    settings.MOST_ROWS = 18
    order = event.orders.order_by("pk")[1]
    for url in (f"/v1/orders/{order.pk}?include=attendees", f"/v1/orders/{order.pk}", "/v1/orders"):
        response = api(organizer).get(url)
        if response.status_code == 200:  # the list, up to there
            response = api(organizer).get(list(pages_until_refused(api(organizer), url))[-1])
        assert (response.status_code, error(response)["code"]) == (400, "too-many-rows")
        assert error(response)["meta"] == {"limit": 18}
    assert api(organizer).get(f"/v1/orders/{order.pk}/attendees").status_code == 200


def pages_until_refused(client, url):
    while url:
        yield url
        url = local(client.get(url).json().get("links", {}).get("next"))


def test_statements_do_not_grow_with_orders_attendees_or_includes(
    api, organizer, event, sizes, settings, django_assert_num_queries
):
    settings.MOST_ROWS = 2000
    client = api(organizer)
    for query, statements in (("", 7), ("?include=attendees.ticket.event,tickets,event", 8)):
        # One that ends on its first page is not counted.
        for size, counts in (("1", 1), ("6", 1), ("7", 0)):
            with django_assert_num_queries(statements - 1 + counts):
                client.get(f"/v1/orders{query or '?'}&page[size]={size}".replace("?&", "?"))
    assert Attendee.objects.count() == sum(sizes)
    for size, counts in (("1", 1), ("49", 1), ("50", 0)):
        with django_assert_num_queries(6 + counts):
            client.get(f"/v1/events/{event.pk}/attendees?include=ticket.event&page[size]={size}")
