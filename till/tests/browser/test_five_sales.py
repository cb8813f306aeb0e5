"""The sales that a till makes all night, and how many taps or keys each costs."""

import pytest

from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order


def sold():
    """The only order, with what was paid: `[(tender, amount, change), ...]`."""
    order = Order.objects.get()
    return order, [(p.tender, p.amount, p.change) for p in order.payments.all()]


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request):
    return request.param


class TestByTaps:
    def test_one_adult_exact_cash(self, till, size):
        hand = till(size)
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
        order, payments = sold()
        assert (order.status, order.amount, payments) == ("completed", 20, [("cash", 20, 0)])
        assert hand.taps == 2

    def test_two_adults_and_a_child_who_give_fifty(self, till, size):
        hand = till(size)
        for name in ("Adult", "Adult", "Child"):
            hand.ticket(name)
        if size == PHONE:
            hand.tap("3 tickets")
        hand.tap("50.00")
        hand.after_answer(".done-panel")
        assert sold()[1] == [("cash", 48, 2)]
        assert "2.00" in hand.page.inner_text(".done-panel .change")
        assert hand.taps == (5 if size == PHONE else 4)

    def test_two_adults_by_card(self, till, size):
        hand = till(size)
        hand.ticket("Adult")
        hand.ticket("Adult")
        hand.tap("Card")
        hand.after_answer(".huge")
        order, payments = sold()
        assert (order.status, order.awaits_card, payments) == ("pending", True, [])
        hand.tap("Approved")
        hand.after_answer(".done-panel")
        order, payments = sold()
        assert (order.status, payments) == ("completed", [("card", 40, None)])
        assert hand.taps == 4

    def test_one_comp(self, till, size, organizer):
        hand = till(size, organizer)
        hand.ticket("Adult")
        hand.tap("Free")
        hand.tap("Guest list")
        hand.tap("Hand out")
        hand.after_answer(".done-panel")
        order, payments = sold()
        guest = order.attendees.get()
        assert (order.status, order.amount, payments) == ("completed", 0, [])
        assert (guest.price_reason, guest.approved_by) == ("Guest list", organizer)
        assert hand.taps == 4

    def test_one_comp_by_a_cashier_with_an_organizers_password(self, till, organizer):
        set_pin(organizer, "482913")
        hand = till()
        hand.press("1 F 1 Enter")
        hand.page.click("text=Password instead")
        hand.page.fill("[name=password]", PASSWORD)
        hand.page.keyboard.press("Enter")
        hand.page.wait_for_selector(".done-panel")
        assert sold()[0].attendees.get().approved_by == organizer

    def test_twenty_by_card_and_the_rest_in_cash(self, till, size):
        hand = till(size)
        hand.ticket("Adult")
        hand.ticket("Adult")
        hand.tap("Split")
        hand.tap("20.00")
        hand.tap("Card")
        hand.after_answer(".huge")
        hand.tap("Approved")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
        order, payments = sold()
        assert (order.status, payments) == ("completed", [("card", 20, None), ("cash", 20, 0)])
        assert hand.taps == 7


class TestByKeys:
    def test_one_adult_exact_cash(self, till):
        hand = till()
        hand.press("1 Enter Enter")
        hand.after_answer(".done-panel")
        assert sold()[1] == [("cash", 20, 0)]
        assert hand.keys == 3

    def test_two_adults_and_a_child_who_give_fifty(self, till):
        hand = till()
        hand.press("1 1 2 Enter 5 0 Enter")
        hand.after_answer(".done-panel")
        assert sold()[1] == [("cash", 48, 2)]
        assert hand.keys == 7

    def test_two_adults_by_card(self, till):
        hand = till()
        hand.press("1 1 C")
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert sold()[1] == [("card", 40, None)]
        assert hand.keys == 4

    def test_one_comp(self, till, organizer):
        hand = till(user=organizer)
        hand.press("1 F 1 Enter")
        hand.after_answer(".done-panel")
        assert sold()[0].amount == 0
        assert hand.keys == 4

    def test_one_comp_by_a_cashier_with_an_organizers_pin(self, till, organizer):
        set_pin(organizer, "482913")
        hand = till()
        hand.press("1 F 1 Enter 4 8 2 9 1 3")
        hand.after_answer(".done-panel")
        assert sold()[0].attendees.get().approved_by == organizer
        assert hand.keys == 10

    def test_one_comp_by_a_cashier_with_an_organizers_password(self, till, organizer):
        set_pin(organizer, "482913")
        hand = till()
        hand.press("1 F 1 Enter")
        hand.page.click("text=Password instead")
        hand.page.fill("[name=password]", PASSWORD)
        hand.page.keyboard.press("Enter")
        hand.page.wait_for_selector(".done-panel")
        assert sold()[0].attendees.get().approved_by == organizer

    def test_twenty_by_card_and_the_rest_in_cash(self, till):
        hand = till()
        hand.press("1 1 S 2 0 C")
        hand.after_answer(".huge")
        hand.press("Enter Enter Enter")
        hand.after_answer(".done-panel")
        assert sold()[1] == [("card", 20, None), ("cash", 20, 0)]
        assert hand.keys == 9
