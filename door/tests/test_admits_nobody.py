"""Tickets that admit nobody: a programme is sold, paid and handed back like any other, and lets nobody in."""

from decimal import Decimal

import pytest

from attendees.models import Attendee
from base.errors import Conflict
from base.tests.client import document, error
from books.checking import differences
from books.checks import CHECKS
from door.admission import check_in, check_out
from door.models import CheckIn
from door.occupancy import occupancy
from door.scan import Scan
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.stock import change_ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=50)


@pytest.fixture
def programme(event):
    return TicketFactory(event=event, name="Programme", price=5, quantity=50, admits=False, tax_rate=7)


@pytest.fixture
def order(event, adult, programme, cashier):
    lines = [Line(adult.pk, 2), Line(programme.pk, 1)]
    return sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])


@pytest.fixture(autouse=True)
def books_are_right(db):
    yield
    assert differences(CHECKS) == []


def of(order, ticket):
    return order.attendees.filter(ticket=ticket).first()


def test_scan_of_it_answers_that_and_moves_nobody(event, order, programme):
    answer = check_in(Scan(event, of(order, programme).code), by=None)
    assert (answer.answer, answer.moved, answer.is_let_through) == ("admits-nobody", 0, False)
    assert check_out(Scan(event, of(order, programme).code), by=None).answer == "not-inside"
    assert not Attendee.objects.filter(is_inside=True).exists()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("completed", "admits-nobody"),
        ("pending", "unpaid"),
        ("cancelled", "cancelled"),
        ("expired", "expired"),
    ],
)
def test_nor_does_a_door_that_let_it_pass(event, programme, cashier, organizer, status, answer):
    event.capacity = 10
    event.save()
    order = sold_onsite(event=event, lines=[Line(programme.pk, 1)], seller=cashier, status="pending")
    if status == "completed":
        complete(order, payments=[Paid("card")], desk=Desk(cashier))
    elif status == "cancelled":
        cancel(order, desk=Desk(cashier))
    elif status == "expired":
        Order.objects.filter(pk=order.pk).update(expires_at=order.created_at)
        expire_overdue(event)
    scan = Scan(event, of(order, programme).code, admitted=True, reason="insisted", approved_by=organizer)
    seen = check_in(scan, by=organizer)
    assert (seen.answer, seen.moved) == (answer, 0)
    event.refresh_from_db()
    assert event.inside == 0


def test_is_sold_without_letting_anybody_in(event, adult, programme, cashier):
    event.capacity = 2
    event.save()
    lines = [Line(adult.pk, 2), Line(programme.pk, 30)]
    order = sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")], admit=True)
    assert CheckIn.objects.filter(attendee__order=order).count() == 2
    event.refresh_from_db()
    assert event.inside == 2
    only = sold_onsite(
        event=event, lines=[Line(programme.pk, 1)], seller=cashier, payments=[Paid("cash")], admit=True
    )
    assert not CheckIn.objects.filter(attendee__order=only).exists()


def test_is_no_company_of_a_guest(event, adult, programme, order, cashier):
    first = check_in(Scan(event, of(order, adult).code), by=None)
    assert [guest.attendee.ticket_id for guest in first.company.coming] == [adult.pk]
    assert not first.company.staying
    lines = [Line(adult.pk, 1), Line(programme.pk, 2)]
    alone = sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])
    assert not check_in(Scan(event, of(alone, adult).code), by=None).guest.brings_company


def test_is_not_among_the_tickets_that_are_inside(event, adult, programme, order):
    assert [row["name"] for row in occupancy(event)["tickets"]] == ["Adult"]


def test_has_no_code_to_take_along_and_stands_on_the_receipt(client, event, order, cashier):
    client.force_login(cashier)
    home = f"/till/{event.identifier}/orders/{order.identifier}/"
    assert client.get(f"{home}codes/").content.decode().count("<figure data-code") == 2
    printed = client.get(f"{home}print/").content.decode()
    assert "Programme" in printed
    assert order.admitting == list(order.attendees.filter(ticket__admits=True))


def test_is_not_found_at_the_door(client, event, adult, programme, registrar, cashier):
    from orders.sale import Guest

    line = Line(programme.pk, 1, guests=(Guest("Ana", "Weiss"),))
    sold_onsite(event=event, lines=[line], seller=cashier, payments=[Paid("cash")])
    client.force_login(registrar)
    guests = tuple(Guest("Ana", f"Weiss {n}") for n in range(25))
    sold_onsite(
        event=event, lines=[Line(programme.pk, 25, guests=guests)], seller=cashier, payments=[Paid("cash")]
    )
    search = f"/door/{event.identifier}/search/?q="
    assert client.get(f"{search}weiss").json()["guests"] == []
    line = Line(adult.pk, 1, guests=(Guest("Bo", "Weissenberg"),))
    order = sold_onsite(event=event, lines=[line], seller=cashier, payments=[Paid("cash")])
    for text in ("weiss", order.identifier):
        assert [guest["name"] for guest in client.get(f"{search}{text}").json()["guests"]] == [
            "Bo Weissenberg"
        ]


def test_is_not_warned_of_at_the_till_because_of_its_time(event, programme):
    from django.utils import timezone

    from till.untimely import untimely

    event.margin_hours = 0
    event.starts_at = event.ends_at = timezone.now().replace(year=2099)
    assert untimely(programme, event, timezone.now()) == ""
    programme.admits = True
    assert untimely(programme, event, timezone.now()) != ""


def test_is_exchanged_like_any_other(event, adult, programme, order, organizer, cashier):
    ask = Ask(Desk(organizer, cashier.shifts.get().till_id), "lost")
    exchange(order, attendees=[of(order, adult).pk], ticket=programme.pk, ask=ask)
    order.refresh_from_db()
    assert order.amount == Decimal(30)


@pytest.mark.parametrize("before", [True, False])
def test_what_was_sold_stays_what_it_is(api, client, event, organizer, cashier, before):
    ticket = TicketFactory(event=event, admits=before)
    change_ticket(ticket, admits=not before)
    change_ticket(ticket, admits=before)
    sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier, payments=[Paid("cash")])
    with pytest.raises(Conflict) as refusal:
        change_ticket(Ticket.objects.get(pk=ticket.pk), admits=not before)
    assert refusal.value.problems[0].code == "ticket-in-use"
    changed = api(organizer).patch(
        f"/v1/tickets/{ticket.pk}", document("ticket", ticket.pk, admits=not before)
    )
    assert (changed.status_code, error(changed)["source"]) == (409, {"pointer": "/data/attributes/admits"})
    assert Ticket.objects.get(pk=ticket.pk).admits is before
    same = api(organizer).patch(f"/v1/tickets/{ticket.pk}", document("ticket", ticket.pk, admits=before))
    assert same.status_code == 200
