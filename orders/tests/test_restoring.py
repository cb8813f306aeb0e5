"""What has ended is an order again, while there is stock."""

from datetime import timedelta

import pytest

from base.errors import Conflict, Forbidden, Invalid
from books.checking import differences
from books.checks import CHECKS
from books.reports import report
from door.admission import check_in
from door.scan import Scan
from orders.amending import Ask
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Amendment
from orders.partial import cancel_attendees
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from shifts.desk import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def ask(cashier, now):
    return Ask(Desk(cashier), at=now)


@pytest.fixture
def expired(event, sell, now):
    order = sell(awaits_card=True, at=now - timedelta(hours=1))
    expire_overdue(event, now)
    return order


def refused(code, order, ask):
    with pytest.raises((Conflict, Forbidden, Invalid)) as refusal:
        restore(order, ask=ask)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_expired_is_to_be_paid_again_with_the_same_codes(event, expired, ask, adult, cashier, now):
    codes = set(expired.attendees.values_list("code", flat=True))
    order = restore(expired, ask=ask)
    assert (order.status, order.awaits_card) == ("pending", False)
    adult.refresh_from_db()
    assert adult.sold == 2
    complete(order, payments=[Paid("cash")], desk=Desk(cashier))
    assert {check_in(Scan(event=event, code=code), by=cashier).answer for code in codes} == {"ok"}


def test_it_is_held_as_if_it_was_made_now(event, expired, ask, now):
    event.pending_minutes = 20
    event.save()
    assert restore(expired, ask=ask).expires_at == now + timedelta(minutes=20)


def test_cancelled_before_it_was_paid(sell, ask, cashier):
    order = restore(cancel(sell(), desk=Desk(cashier), reason="no"), ask=ask)
    assert (order.status, order.cancelled_at, order.cancelled_by, order.cancel_reason) == (
        "pending",
        None,
        None,
        "",
    )
    said = Amendment.objects.get().said
    assert (said["was"], said["reason"], said["by"]) == ("cancelled", "no", str(cashier))


def test_none_are_left(expired, sell, ask, adult):
    sell(lines=[Line(adult.pk, 9)])
    refused("sold-out", expired, ask)
    adult.refresh_from_db()
    assert adult.sold == 9


def test_others_who_are_late_let_go(event, expired, sell, ask, adult, now):
    sell(lines=[Line(adult.pk, 9)], awaits_card=True, at=now - timedelta(hours=1))
    assert restore(expired, ask=ask).status == "pending"


def test_tickets_that_were_cancelled_alone_stay_so(sell, ask, cashier, adult):
    order = sell()
    first = order.attendees.order_by("pk")[0]
    cancel_attendees(order, attendees=[first.pk], ask=ask)
    restore(cancel(order, desk=Desk(cashier)), ask=ask)
    adult.refresh_from_db()
    assert adult.sold == 1


def test_paid_and_given_back_stays_over(sell, ask, cashier, now):
    order = cancel(sell(payments=[Paid("cash")], at=now), desk=Desk(cashier), at=now)
    refused("order-given-back", order, ask)


class TestMoneyWasKept:
    @pytest.fixture
    def kept(self, sell, organizer, shift, now):
        order = sell(payments=[Paid("cash")], at=now)
        return cancel(order, desk=Desk(organizer, shift.till_id), reason="rain", money_back=None, at=now)

    def test_it_is_completed_again(self, kept, organizer, shift, now):
        order = restore(kept, ask=Ask(Desk(organizer), "sun", at=now))
        assert (order.status, order.money_kept, order.balance) == ("completed", False, 40)
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.kept_amount) == (40, 0, 0)

    def test_by_an_organizer_with_a_reason(self, kept, organizer, ask, now):
        refused("approval-required", kept, ask)
        refused("reason-required", kept, Ask(Desk(organizer), at=now))


def test_what_is_no_end(sell, ask):
    refused("order-pending", sell(), ask)
