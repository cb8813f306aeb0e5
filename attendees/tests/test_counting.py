"""How many guests an event has is what a count of them gives, whatever became of them; the random lives of
orders hold it too (`orders/tests/books.py`).
"""

import pytest

from attendees.counting import count_guests
from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from events.tests.factories import EventFactory
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, expire_overdue
from orders.partial import cancel_attendees
from orders.restoring import restore
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db


def counted_anew(event):
    return Attendee.objects.filter(ticket__event=event, order__isnull=False).count()


@pytest.fixture
def order(event, organizer):
    """Five guests with tickets of two kinds, at an event with another order of three."""
    first, second = FreeTicketFactory.create_batch(2, event=event, quantity=None)
    elsewhere = FreeTicketFactory(event=EventFactory())
    sold_onsite(event=elsewhere.event, lines=[Line(elsewhere.pk, 2)])
    sold_onsite(event=event, lines=[Line(first.pk, 3)], seller=organizer)
    return sold_onsite(
        event=event, lines=[Line(first.pk, 2), Line(second.pk, 3)], seller=organizer, status="completed"
    )


@pytest.fixture
def ask(organizer):
    return Ask(Desk(organizer), "a reason")


def some(order, number):
    return list(order.attendees.live().values_list("pk", flat=True)[:number])


def cancelled(order, ask):
    cancel(order, desk=ask.desk, reason=ask.reason)


def partly_cancelled(order, ask):
    cancel_attendees(order, attendees=some(order, 1), ask=ask)


def cancelled_in_parts(order, ask):
    partly_cancelled(order, ask)
    cancelled(order, ask)


def exchanged(order, ask):
    kinds = order.event.tickets.order_by("pk").values_list("pk", flat=True)
    of_first = list(order.attendees.filter(ticket=kinds[0]).values_list("pk", flat=True))
    exchange(order, attendees=of_first, ticket=kinds[1], ask=ask)


def restored(order, ask):
    ticket = TicketFactory(event=order.event)
    lines = [Line(ticket.pk, 2)]
    unpaid = sold_onsite(event=order.event, lines=lines, seller=ask.desk.by, status="pending")
    cancelled_in_parts(unpaid, ask)
    restore(unpaid, ask=ask)


def ordered_and_expired(order, ask):
    draft = DraftFactory(ticket=TicketFactory(event=order.event), creator=ask.desk.by)
    bought = ordered_online(event=order.event, attendees=[draft], buyer=ask.desk.by)
    assert expire_overdue(order.event, bought.expires_at) == 1


def drafted(order, ask):
    DraftFactory(ticket=order.event.tickets.first(), creator=ask.desk.by)


@pytest.mark.parametrize(
    "becomes",
    [cancelled, partly_cancelled, cancelled_in_parts, exchanged, restored, ordered_and_expired, drafted],
)
def test_guests_are_counted_whatever_became_of_them(event, order, ask, becomes):
    assert count_guests(event) == counted_anew(event) == 8
    becomes(order, ask)
    assert count_guests(event) == counted_anew(event) >= 8


def test_an_event_without_tickets_has_no_guests():
    assert count_guests(EventFactory()) == 0


def test_a_number_that_is_kept_wrong_shows(event, order):
    """The control: it is the tickets' own number."""
    order.event.tickets.filter(sold=5).update(sold=6)
    assert count_guests(event) == counted_anew(event) + 1


def test_long_lists_say_how_many_guests_there_are(api, organizer, event, order, ask):
    cancelled_in_parts(order, ask)
    ticket = event.tickets.first()
    sold_onsite(event=event, lines=[Line(ticket.pk, 20)], seller=organizer)
    client, here = api(organizer), f"/v1/events/{event.pk}/attendees"
    first = client.get(here).json()
    behind = first["links"]["next"].removeprefix("http://testserver")
    for url in (here, behind, f"{here}?page[number]=2", f"{here}?sort=-id&page[size]=3"):
        assert client.get(url).json()["meta"]["count"] == counted_anew(event) == 28, url
    filtered = client.get(f"{here}?filter[order]={order.pk}&page[size]=2").json()
    assert filtered["meta"]["count"] == 5
