"""A guest of the list comes to the till: what was set aside for them is a tile of its own."""

import pytest

from limits.holds import give_back
from limits.tests.factories import hold_of, quota_of
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from tickets.models import Ticket

SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])


@SIZES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_two_taps_sell_from_a_hold(till, house, axe, size, dark):
    adult = house[0]
    guests = hold_of(adult, 5)
    hand = till(size, dark=dark)
    assert "35" in hand.page.inner_text("button.tile:has(.name:text-is('Adult')) .left")
    hand.ticket("Adult: Guest list")
    axe(hand.page)
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    assert hand.taps == 2
    assert Order.objects.get().attendees.get().hold == guests
    ticket = Ticket.objects.get(pk=adult.pk)
    assert (ticket.sold, ticket.held) == (1, 4)


def test_by_keys_and_in_one_basket_with_what_is_for_everybody(till, house):
    hold_of(house[0], 5)
    hand = till()
    hand.press("1 3 3 Enter Enter")
    hand.after_answer(".done-panel")
    sold = Order.objects.get().attendees.order_by("pk")
    assert [guest.hold_id is not None for guest in sold] == [False, True, True]


def test_hold_that_was_given_back_meanwhile_sells_what_is_for_everybody(till, house):
    guests = hold_of(house[0], 2)
    hand = till()
    hand.ticket("Adult: Guest list")
    give_back(guests)
    hand.tap("Exact")
    hand.page.wait_for_selector(".refused, [role=alertdialog], #refused, .problem")
    assert not Order.objects.exists()


def test_full_quota_offers_what_is_left_of_it(till, house):
    adult, child = house
    quota_of(adult, child, size=3)
    hand = till()
    for name in ("Adult", "Adult", "Child", "Child"):
        hand.ticket(name)
    hand.tap("Exact")
    hand.page.wait_for_selector("text=Only 1 of Seats is left for Child")
    hand.tap("Sell 2 Adult, 1 Child")
    hand.after_answer(".done-panel")
    assert Order.objects.get().attendees.count() == 3
