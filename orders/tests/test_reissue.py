"""Lost tickets and tickets that are passed on: another code, and the old one is dead at every door."""

import pytest

from attendees.models import Attendee, Correction
from base.errors import Conflict, Invalid, NotFound
from books.checking import differences
from books.checks import CHECKS
from door.admission import check_in, check_out
from door.offline_list import code_hash, offline_list
from door.scan import Scan
from orders.amending import Ask
from orders.lifecycle import cancel
from orders.models import Amendment
from orders.reissue import swap_code, transfer
from orders.settlement import Paid
from shifts.desk import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


@pytest.fixture
def sold(sell):
    return sell(payments=[Paid("cash")])


@pytest.fixture
def guest(sold):
    return sold.attendees.order_by("pk")[0]


@pytest.fixture
def ask(cashier):
    return Ask(Desk(cashier), "lost")


def scanned(event, code, by, act=check_in):
    return act(Scan(event=event, code=code), by=by)


class TestALostTicket:
    def test_old_code_is_dead_and_the_new_one_admits(self, event, sold, guest, ask, cashier):
        old = guest.code
        swap_code(sold, attendee=guest.pk, ask=ask)
        guest.refresh_from_db()
        assert guest.code != old
        answer = scanned(event, old, cashier)
        assert (answer.answer, answer.attendee) == ("cancelled", guest)
        assert scanned(event, guest.code, cashier).answer == "ok"
        assert differences(CHECKS) == []

    def test_offline_after_the_next_list(self, event, sold, guest, ask):
        old = guest.code
        swap_code(sold, attendee=guest.pk, ask=ask)
        guest.refresh_from_db()
        lines = {line[:20]: line[25] for line in offline_list(event).splitlines()[1:]}
        assert (lines[code_hash(old)], lines[code_hash(guest.code)]) == ("c", "-")

    def test_old_code_lets_nobody_out(self, event, sold, guest, ask, cashier):
        scanned(event, guest.code, cashier)
        old = guest.code
        swap_code(sold, attendee=guest.pk, ask=ask)
        guest.refresh_from_db()
        assert scanned(event, old, cashier, check_out).answer == "cancelled"
        assert scanned(event, guest.code, cashier, check_out).answer == "ok"

    def test_a_scan_that_is_sent_again_is_answered_as_before(self, event, sold, guest, ask, cashier):
        seen = Scan(event=event, code=guest.code)
        first = check_in(seen, by=cashier)
        swap_code(sold, attendee=guest.pk, ask=ask)
        again = check_in(seen, by=cashier)
        assert (again.pk, again.answer) == (first.pk, "ok")

    def test_with_a_key_once(self, sold, guest, cashier):
        ask = Ask(Desk(cashier), key="a")
        swap_code(sold, attendee=guest.pk, ask=ask)
        code = Attendee.objects.get(pk=guest.pk).code
        swap_code(sold, attendee=guest.pk, ask=ask)
        assert Attendee.objects.get(pk=guest.pk).code == code

    def test_who_and_why_is_kept(self, sold, guest, ask, cashier):
        swap_code(sold, attendee=guest.pk, ask=ask)
        (row,) = Amendment.objects.all()
        assert (row.kind, row.by, row.reason) == ("swap-code", cashier, "lost")
        assert guest.code not in str(row.said)

    def test_of_an_order_that_is_over(self, sold, guest, ask):
        cancel(sold, desk=Desk(None))
        with pytest.raises(Conflict):
            swap_code(sold, attendee=guest.pk, ask=ask)

    def test_of_another_order(self, sold, sell, ask):
        other = sell().attendees.all()[0]
        with pytest.raises(NotFound):
            swap_code(sold, attendee=other.pk, ask=ask)


class TestPassedOn:
    def test_new_holder_new_code(self, event, sold, guest, ask, cashier):
        old = guest.code
        transfer(sold, attendee=guest.pk, names={"firstname": "Bo", "lastname": "Li"}, ask=ask)
        guest.refresh_from_db()
        assert (guest.full_name, guest.code != old) == ("Bo Li", True)
        assert scanned(event, old, cashier).answer == "cancelled"
        assert Correction.objects.get().after == {"firstname": "Bo", "lastname": "Li"}

    def test_nothing_of_the_holder_before_stays(self, sold, guest, ask):
        transfer(sold, attendee=guest.pk, names={"firstname": "Bo", "email": "bo@example.com"}, ask=ask)
        transfer(sold, attendee=guest.pk, names={"firstname": "Cy"}, ask=ask)
        guest.refresh_from_db()
        assert (guest.full_name, guest.email) == ("Cy", "")

    def test_what_is_no_name(self, sold, guest, ask):
        with pytest.raises(Invalid):
            transfer(sold, attendee=guest.pk, names={"firstname": "a\nb"}, ask=ask)
