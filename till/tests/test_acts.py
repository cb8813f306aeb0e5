"""What is done at the till to an order that was sold, as a form that works by itself."""

from decimal import Decimal

import pytest

from accounts.pins import set_pin
from attendees.models import Attendee
from books.checking import differences
from books.checks import CHECKS
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
PIN = "482913"
ACTS = ["cancel-attendees", "refund", "exchange", "swap-code", "transfer"]


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20)


@pytest.fixture
def vip(event):
    return TicketFactory(event=event, name="VIP", price=35)


@pytest.fixture
def sold(event, adult, cashier):
    lines = [Line(adult.pk, 2, guests=(Guest("Ana", "Silva"),))]
    return sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])


@pytest.fixture
def at_till(client, cashier):
    client.force_login(cashier)
    return client


@pytest.fixture
def organizers(client, organizer):
    client.force_login(organizer)
    return client


@pytest.fixture
def shift(cashier):
    return cashier.shifts.get()


def url(order, act=""):
    page = f"/till/{order.event.identifier}/orders/{order.identifier}/"
    return f"{page}acts/{act}/" if act else page


def guests(order):
    return list(order.attendees.order_by("pk"))


def test_order_page_leads_to_each_act_that_is_possible(at_till, sold):
    page = at_till.get(url(sold)).content.decode()
    assert [act for act in [*ACTS, "restore"] if url(sold, act) in page] == ACTS
    cancel(sold, desk=Desk(None))
    assert "/acts/" not in at_till.get(url(sold)).content.decode()


def test_cancelled_before_it_was_paid_can_be_restored(at_till, event, adult, cashier):
    order = cancel(sold_onsite(event=event, lines=[Line(adult.pk, 1)], seller=cashier), desk=Desk(cashier))
    assert url(order, "restore") in at_till.get(url(order)).content.decode()
    assert at_till.post(url(order, "restore"), {"because": "The guest came back"}).status_code == 302
    order.refresh_from_db()
    assert order.status == "pending"


@pytest.mark.parametrize("act", ACTS)
def test_each_page_shows_its_form(at_till, sold, vip, act):
    answer = at_till.get(url(sold, act))
    assert answer.status_code == 200
    assert b"<button" in answer.content


def test_an_act_that_is_none(at_till, sold):
    assert at_till.get(url(sold, "explode")).status_code == 404


class TestCancelTickets:
    def test_cashier_within_the_minute(self, at_till, sold):
        sent = {"guests": [guests(sold)[0].pk], "because": "Sold by mistake"}
        assert at_till.post(url(sold, "cancel-attendees"), sent).status_code == 302
        sold.refresh_from_db()
        assert (sold.amount, sold.balance, sold.amendments.get().reason) == (20, 20, "Sold by mistake")

    def test_organizer_out_of_the_drawer_that_sold(self, organizers, sold, shift):
        sent = {
            "guests": [guests(sold)[0].pk],
            "reason": "cold",
            "because": "",
            "money": f"till-{shift.till_id}",
        }
        assert organizers.post(url(sold, "cancel-attendees"), sent).status_code == 302
        assert sold.payments.last().shift == shift

    def test_money_is_kept(self, organizers, sold):
        sent = {"guests": [guests(sold)[0].pk], "reason": "cold", "money": "keep"}
        assert organizers.post(url(sold, "cancel-attendees"), sent).status_code == 302
        assert (sold.balance, sold.adjustments.sums()["kept"]) == (40, 20)

    def test_nobody_is_chosen(self, at_till, sold):
        answer = at_till.post(url(sold, "cancel-attendees"), {"because": "Sold by mistake"})
        assert answer.status_code == 422

    def test_refused_beside_what_was_typed(self, organizers, sold):
        sent = {"guests": [one.pk for one in guests(sold)], "reason": "cold"}
        answer = organizers.post(url(sold, "cancel-attendees"), sent)
        assert answer.status_code == 409
        assert b"cancel the whole order" in answer.content


class TestRefund:
    def test_cashier_with_an_organizers_pin(self, at_till, sold, organizer, adult):
        set_pin(organizer, PIN)
        sent = {"sum": "20.00", "because": "Not as promised"}
        refused = at_till.post(url(sold, "refund"), sent)
        assert (refused.status_code, b"approval of an organizer" in refused.content) == (403, True)
        sent |= {"approver": organizer.pk, "pin": PIN}
        assert at_till.post(url(sold, "refund"), sent).status_code == 302
        assert (sold.balance, sold.amendments.get().approved_by) == (20, organizer)

    def test_another_sum(self, organizers, sold, shift):
        sent = {"sum": "20.00", "amount": "7,50", "reason": "noise", "money": f"till-{shift.till_id}"}
        assert organizers.post(url(sold, "refund"), sent).status_code == 302
        assert sold.balance == Decimal("32.50")

    def test_twice_tapped_is_once(self, organizers, sold, shift):
        sent = {"sum": "20.00", "reason": "noise", "key": "k", "money": f"till-{shift.till_id}"}
        for _tap in range(2):
            assert organizers.post(url(sold, "refund"), sent).status_code == 302
        assert sold.balance == 20

    def test_page_says_what_to_hand_out(self, organizers, sold, shift):
        sent = {"sum": "20.00", "reason": "noise", "money": f"till-{shift.till_id}"}
        page = organizers.post(url(sold, "refund"), sent, follow=True).content.decode()
        assert "Give back: 20.00" in page
        assert "noise" in page


class TestExchange:
    def test_dearer_by_card(self, at_till, sold, vip):
        page = at_till.get(url(sold, "exchange")).content.decode()
        assert f"{vip.pk}:card:35.00" in page
        sent = {"guests": [guests(sold)[0].pk], "to": f"{vip.pk}:card:35.00", "reason": "Exchanged"}
        assert at_till.post(url(sold, "exchange"), sent).status_code == 302
        order = Order.objects.get(pk=sold.pk)
        assert (order.amount, order.paid_by) == (55, {"cash": 40, "card": 15})

    def test_price_has_changed_since(self, at_till, sold, vip):
        vip.price = 40
        vip.save()
        sent = {"guests": [guests(sold)[0].pk], "to": f"{vip.pk}:card:35.00", "reason": "Exchanged"}
        assert at_till.post(url(sold, "exchange"), sent).status_code == 422

    def test_cheaper_goes_back(self, organizers, event, sold, shift):
        child = TicketFactory(event=event, name="Child", price=8)
        sent = {
            "guests": [guests(sold)[0].pk],
            "to": f"{child.pk}:cash:8.00",
            "reason": "Exchanged",
            "money": f"till-{shift.till_id}",
        }
        assert organizers.post(url(sold, "exchange"), sent).status_code == 302
        assert sold.balance == 28

    @pytest.mark.parametrize("to", ["", "x", "1:gold:1.00", "9999:cash:35.00"])
    def test_what_is_no_ticket(self, at_till, sold, to):
        sent = {"guests": [guests(sold)[0].pk], "to": to, "reason": "Exchanged"}
        assert at_till.post(url(sold, "exchange"), sent).status_code in (404, 422)

    def test_is_offered_in_a_full_house(self, at_till, sold, adult, vip):
        quota_of(adult, vip, size=2, name="House")
        page = at_till.get(url(sold, "exchange")).content.decode()
        assert f"{vip.pk}:card:35.00" in page
        sent = {"guests": [guests(sold)[0].pk], "to": f"{vip.pk}:card:35.00", "reason": "Exchanged"}
        assert at_till.post(url(sold, "exchange"), sent).status_code == 302

    def test_what_is_held_for_others_is_not_offered(self, at_till, sold, event):
        last = TicketFactory(event=event, name="Box", quantity=1)
        hold_of(last, 1)
        page = at_till.get(url(sold, "exchange")).content.decode()
        assert f"{last.pk}:card" not in page


def test_lost_ticket(at_till, sold):
    guest = guests(sold)[0]
    assert at_till.post(url(sold, "swap-code"), {"guest": guest.pk}).status_code == 302
    now = Attendee.objects.get(pk=guest.pk)
    page = at_till.get(url(sold)).content.decode()
    assert now.code != guest.code
    assert (guest.code in page, now.code in page) == (False, True)


def test_passed_on(at_till, sold):
    sent = {"guests": guests(sold)[1].pk, "firstname": "Bo", "lastname": "Li"}
    assert at_till.post(url(sold, "transfer"), sent).status_code == 302
    assert "Passed on to Bo Li" in at_till.get(url(sold)).content.decode()
    assert at_till.post(url(sold, "transfer"), {"guests": guests(sold)[1].pk}).status_code == 422


def test_paper_is_of_the_tickets_that_are_left(at_till, sold):
    gone, _left = guests(sold)
    at_till.post(url(sold, "cancel-attendees"), {"guests": [gone.pk], "because": "Sold by mistake"})
    page = at_till.get(f"{url(sold)}print/").content.decode()
    assert ("Ana" in page, page.count('class="sheet ticket')) == (False, 1)


def test_receipt_adds_up_when_something_was_kept(organizers, sold):
    sent = {"guests": [guests(sold)[0].pk], "reason": "cold", "money": "keep"}
    organizers.post(url(sold, "cancel-attendees"), sent)
    page = organizers.get(f"{url(sold)}print/?only=receipt").content.decode()
    assert "Kept of cancelled tickets" in page


def test_a_registrar_may_not(client, registrar, sold):
    client.force_login(registrar)
    assert client.get(url(sold, "refund")).status_code == 403
