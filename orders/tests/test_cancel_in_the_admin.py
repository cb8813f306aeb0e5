"""Organizers cancel orders in the admin, and say why."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from events.models import Member
from events.tests.factories import EventFactory
from orders.forms import CancelledMoneyForm
from orders.lifecycle import MoneyDue, cancel, complete, expire_overdue
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.drawer import expected_cash
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
LIST = "/admin/orders/order/"


@pytest.fixture
def sold(sell, now):
    """Sold an hour ago, in cash."""
    return sell(payments=[Paid("cash")], at=now - timedelta(hours=1))


@pytest.fixture
def elsewhere(now):
    event = EventFactory()
    return sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)], payments=[Paid("cash")])


def ask(client, *orders, money=None, tender="", **fields):
    """`money` is what is answered for every order that is asked about."""
    chosen = {"action": "cancel_orders", "_selected_action": [order.pk for order in orders]}
    for order in orders if money else ():
        chosen |= {f"order-{order.pk}-money": money, f"order-{order.pk}-tender": tender}
    return client.post(LIST, {**chosen, **fields}, follow=True)


def text(response):
    return unescape(response.content.decode())


def status_of(order):
    return Order.objects.get(pk=order.pk).status


@pytest.fixture
def admin(client, organizer):
    client.force_login(organizer)
    return client


def test_asks_for_the_reason_first(admin, sold):
    response = ask(admin, sold)
    content = response.content.decode()
    assert response.status_code == 200
    assert sold.identifier in content
    assert 'name="reason"' in content
    assert status_of(sold) == "completed"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_no_reason_no_cancellation(admin, sold, reason):
    response = ask(admin, sold, reason=reason)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert status_of(sold) == "completed"


def test_cancels_with_a_reason(admin, sold, organizer, adult):
    response = ask(admin, sold, reason="Show was cancelled", money="outside")
    assert "1 order is cancelled. To hand out: 40.00 EUR cash (" in text(response)
    assert "40.00 EUR in total" in response.content.decode()
    sold.refresh_from_db()
    assert (sold.status, sold.cancelled_by, sold.cancel_reason) == (
        "cancelled",
        organizer,
        "Show was cancelled",
    )
    adult.refresh_from_db()
    assert adult.sold == 0


def test_several_at_once_and_again(admin, sold, sell):
    orders = [sold, sell(), sell(awaits_card=True)]
    for _ in range(2):
        assert (
            "3 orders are cancelled." in ask(admin, *orders, reason="ill", money="outside").content.decode()
        )
    assert {status_of(order) for order in orders} == {"cancelled"}
    assert sum(payment.amount for payment in Payment.objects.filter(order=sold)) == 0


def test_cashiers_are_not_offered_it(client, cashier, sold):
    client.force_login(cashier)
    assert "cancel_orders" not in client.get(LIST).content.decode()
    ask(client, sold, reason="ill", money="outside")
    assert status_of(sold) == "completed"


def test_organizer_here_who_is_cashier_there(admin, organizer, sold, elsewhere):
    Member.objects.create(event=elsewhere.event, user=organizer, role="cashier")
    response = ask(admin, sold, elsewhere, reason="ill", money="outside")
    assert f"does not allow this for: {elsewhere}" in response.content.decode()
    assert (status_of(sold), status_of(elsewhere)) == ("cancelled", "completed")
    ask(admin, elsewhere, reason="ill", money="outside")
    assert status_of(elsewhere) == "completed"


def test_orders_of_other_events_are_not_there(admin, elsewhere):
    ask(admin, elsewhere, reason="ill", money="outside")
    assert status_of(elsewhere) == "completed"


def test_order_page_says_why_and_by_whom(admin, sold, organizer, sell, shift):
    cancel(sold, desk=Desk(organizer), reason="Show was cancelled")
    content = admin.get(reverse("admin:orders_order_change", args=[sold.pk])).content.decode()
    for shown in ("Show was cancelled", str(organizer), str(shift)):
        assert shown in content
    held = sell(awaits_card=True)
    content = admin.get(reverse("admin:orders_order_change", args=[held.pk])).content.decode()
    assert "Held until" in content


def test_payments_name_their_shift(admin, sold, shift):
    assert str(shift) in admin.get("/admin/orders/payment/").content.decode()


class TestMoney:
    def test_is_asked_about_order_by_order(self, admin, sold, sell, shift):
        unpaid, page = sell(), text(ask(admin, sold, sell(payments=[Paid("card")])))
        assert page.count("Give it back outside any drawer") == page.count("Keep it") == 2
        assert f"Give it back at {shift.till}, out of the drawer of {shift.cashier}" in page
        assert "Paid: 40.00 EUR cash" in page
        assert "Paid: 40.00 EUR card" in page
        assert "No money is to be given back" in text(ask(admin, unpaid))

    def test_of_a_card_that_came_too_late_is_still_due(self, admin, sell, adult, event, now):
        late = sell(awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        sell(lines=[Line(adult.pk, 9)], payments=[Paid("bank")])
        with pytest.raises(MoneyDue):
            complete(late, payments=[Paid("card")])
        page = text(ask(admin, late))
        assert "its money (40.00 EUR card) is still to be given back" in page
        assert "No money is to be given back" not in page

    @pytest.mark.parametrize("money", [None, "", "nothing", "till-999999", "till-x"])
    def test_must_be_answered(self, admin, sold, shift, money):
        response = ask(admin, sold, reason="ill", money=money)
        assert response.status_code == 422
        assert status_of(sold) == "completed"

    def test_goes_back_out_of_the_drawer_that_is_chosen(self, admin, sold, event, shift):
        other = ShiftFactory(till__event=event, till__name="South")
        page = text(ask(admin, sold, reason="ill", money=f"till-{other.till_id}"))
        assert "40.00 EUR cash (South); 40.00 EUR in total" in page
        assert (expected_cash(shift), expected_cash(other)) == (140, 60)

    def test_drawer_that_took_it_is_chosen_at_first(self, admin, sold, event, shift):
        ShiftFactory(till__event=event)
        assert f'value="till-{shift.till_id}" selected' in text(ask(admin, sold))

    def test_drawer_that_was_closed_meanwhile_gives_nothing(self, admin, sold, event, shift, monkeypatch):
        other = ShiftFactory(till__event=event)
        other_closes = CancelledMoneyForm.is_valid

        def is_valid(form):
            valid = other_closes(form)
            Shift.objects.filter(pk=other.pk).update(
                closed_at=sold.created_at, closed_by=other.cashier, number=1
            )
            return valid

        monkeypatch.setattr(CancelledMoneyForm, "is_valid", is_valid)
        page = text(ask(admin, sold, reason="ill", money=f"till-{other.till_id}"))
        assert "No shift is open at this till" in page
        assert status_of(sold) == "completed"

    def test_outside_any_drawer(self, admin, sold, shift):
        page = text(ask(admin, sold, reason="ill", money="outside"))
        assert "To hand out: 40.00 EUR cash (outside any drawer); 40.00 EUR in total." in page
        assert expected_cash(shift) == 140

    def test_is_kept(self, admin, sold, shift, adult):
        page = text(ask(admin, sold, reason="too late", money="keep"))
        assert "1 order is cancelled. Kept: 40.00 EUR." in page
        assert "To hand out" not in page
        sold.refresh_from_db()
        adult.refresh_from_db()
        assert (sold.status, sold.money_kept, sold.payments.count(), adult.sold) == ("cancelled", True, 1, 0)
        assert expected_cash(shift) == 140

    def test_adds_up_by_tender(self, admin, sold, sell, shift):
        split = sell(payments=[Paid("card", Decimal(15)), Paid("cash")])
        page = text(ask(admin, sold, split, reason="ill", money=f"till-{shift.till_id}"))
        assert f"15.00 EUR card ({shift.till}), 65.00 EUR cash ({shift.till}); 80.00 EUR in total" in page

    def test_by_another_tender(self, admin, sell, shift):
        order = sell(payments=[Paid("card")])
        page = text(ask(admin, order, reason="ill", money=f"till-{shift.till_id}", tender="cash"))
        assert f"To hand out: 40.00 EUR cash ({shift.till}); 40.00 EUR in total" in page
        assert expected_cash(shift) == 60

    def test_goes_back_once(self, admin, sold, shift):
        for _ in range(2):
            page = text(ask(admin, sold, reason="ill", money=f"till-{shift.till_id}"))
        assert f"Cancelled before, nothing more goes back: {sold}." in page
        assert "To hand out" not in page
        assert expected_cash(shift) == 100

    def test_deposit_cannot_be_kept(self, admin, sell):
        order = sell(payments=[Paid("cash", Decimal(10))])
        assert "Keep it" not in text(ask(admin, order))
        assert ask(admin, order, reason="ill", money="keep").status_code == 422
