"""How each status of an order stands at the door, and that everyone who asks is told the same."""

import pytest

from attendees.standing import STANDINGS, Standing, standing_of
from door.admission import Scan, check_in
from door.models import CheckIn
from door.offline_list import LETTERS, offline_list
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory
from till.receipt import receipt_of

Status = Order.Status
# The standing, the letter of the offline list, the answer of the door, the receipt's warning.
TOLD = {
    Status.INITIALIZING: (Standing.UNPAID, "u", "unpaid", "Not paid"),
    Status.PENDING: (Standing.UNPAID, "u", "unpaid", "Not paid"),
    Status.PLACED: (Standing.UNPAID, "u", "unpaid", "Not paid"),
    Status.COMPLETED: (Standing.VALID, "-", "ok", ""),
    Status.CANCELLED: (Standing.CANCELLED, "c", "cancelled", "Cancelled"),
    Status.EXPIRED: (Standing.EXPIRED, "e", "expired", "Expired"),
}


def test_every_status_has_a_standing():
    assert set(STANDINGS) == set(Status.values)
    assert {status: standing_of(status) for status in Status} == {s: told[0] for s, told in TOLD.items()}


def test_guest_without_an_order_is_a_draft():
    assert standing_of(None) == Standing.DRAFT


def test_unknown_status_admits_nobody():
    assert standing_of("refunded") == Standing.UNPAID


def test_every_standing_of_an_order_has_a_letter_and_every_refusal_an_answer():
    assert set(LETTERS) == set(Standing) - {Standing.DRAFT}
    assert len(set(LETTERS.values())) == len(LETTERS)
    assert set(Standing) - {Standing.DRAFT, Standing.VALID} <= set(CheckIn.Answer.values)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", Status)
def test_door_tablet_and_receipt_agree(event, cashier, status):
    ticket = TicketFactory(event=event, price=20)
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier, status="completed")
    Order.objects.update(status=status)
    order, guest = Order.objects.get(), order.attendees.get()
    standing, letter, answer, warning = TOLD[status]
    assert offline_list(event).splitlines()[1][25] == letter
    receipt = receipt_of(order)
    assert (receipt.warning, receipt.is_valid) == (warning, order.is_valid)
    assert order.is_valid == (standing == Standing.VALID)
    assert check_in(Scan(event=event, code=guest.code), by=None).answer == answer
