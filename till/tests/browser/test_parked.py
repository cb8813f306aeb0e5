"""A sale that got no answer is parked; "not sold" is said once the server has promised it."""

import json

import pytest

from accounts.models import PinTries
from accounts.pins import set_pin
from onsite_project.tests.browser import PHONE
from onsite_project.tests.waiting import until
from orders.models import GivenUp, Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.tests.factories import ReliefFactory, ShiftFactory
from till.tests.browser.test_bad_luck import SALE, orders
from till.tests.browser.test_worse_luck import lose

NOT_CONFIRMED = ".waiting >> text=Parked, not confirmed"


def stop(route):
    route.abort()


def offline(hand):
    for address in ("**/api/**", "**/state/**"):
        hand.page.route(address, stop)


def online(hand):
    hand.page.unroute("**/api/**")
    hand.page.unroute("**/state/**")
    hand.page.wait_for_selector("#connection[data-online=true]")


def park(hand):
    hand.page.wait_for_selector("text=Not confirmed")
    hand.tap("Park and serve next")
    hand.page.wait_for_selector(".waiting", state="attached")  # a phone's sheet is closed now


@pytest.fixture
def parked(till):
    """A till at which the sale of an adult, who gave 50, was parked before it reached the server."""

    def open_(**more):
        hand = till(**more)
        offline(hand)
        hand.press("1 Enter 5 0 Enter")
        park(hand)
        online(hand)
        return hand

    return open_


@pytest.fixture
def follow(open_browser, till, event, shift, member, log_in):
    """Whoever relieves the cashier, in the same browser."""

    def follow_(hand):
        relief = ReliefFactory(shift=shift, user=member("cashier")).user
        log_in(hand.page.context, relief)
        hand.page.reload()
        hand.page.wait_for_selector("html.ready")
        return relief

    return follow_


def gone(hand):
    hand.page.wait_for_selector(".waiting", state="detached")


class TestUnknown:
    def test_is_not_called_unsold_before_it_is_promised(self, parked):
        hand = parked()
        hand.page.wait_for_selector(".waiting button >> text=Forget")
        assert "ot sold" not in hand.page.inner_text("#till")
        assert "Parked, not confirmed: 1 Adult, 20.00" in hand.page.inner_text(".waiting")

    def test_offers_nothing_while_the_server_is_away(self, till):
        hand = till()
        offline(hand)
        hand.press("1 Enter Enter")
        park(hand)
        hand.page.wait_for_selector("#connection[data-online=false]")
        assert hand.page.locator(".waiting button").count() == 0

    def test_is_sold_now_with_its_body_and_key(self, parked, shift):
        hand = parked()
        [kept] = hand.page.evaluate("JSON.parse(Object.values({...localStorage}).find((v) => v[0] === '['))")
        hand.tap("Sell it now")
        hand.after_answer(".done-panel")
        order = Order.objects.get()
        assert (order.status, order.amount, order.idempotency_key) == ("completed", 20, kept["key"])
        assert (order.seller, order.shift) == (shift.cashier, shift)
        assert "30.00" in hand.page.inner_text(".done-panel .outcome")
        hand.page.wait_for_selector(".done-panel .codes svg")
        gone(hand)
        hand.press("u")
        hand.page.wait_for_selector("text=is undone")
        assert orders() == [("cancelled", 20)]

    def test_forgotten_one_is_promised_never_to_be_sold(self, parked):
        hand = parked()
        hand.tap("Forget")
        hand.page.wait_for_selector("#toast >> text=Not sold, and never will be: 1 Adult. Give back 20.00")
        gone(hand)
        assert GivenUp.objects.count() == 1
        assert orders() == []

    def test_forgotten_one_that_was_sold_after_all_is_shown_as_sold(self, till):
        hand = till()
        hand.page.route(SALE, lose)
        hand.page.route("**/api/orders?filter*", stop)  # nobody looks before
        hand.ticket("Adult")
        hand.tap("Exact")
        park(hand)
        hand.page.unroute(SALE)
        hand.tap("Forget")
        hand.page.wait_for_selector(".waiting >> text=was sold")
        assert (GivenUp.objects.count(), orders()) == (0, [("completed", 20)])

    @pytest.mark.parametrize("label", ["Forget", "Sell it now"])
    @pytest.mark.parametrize("status", [503, None], ids=["busy", "silent"])
    def test_stays_while_the_server_promises_nothing(self, parked, label, status):
        hand = parked()
        for address in ("**/given-up", SALE):
            hand.page.route(address, lambda route: route.fulfill(status=503) if status else route.abort())
        hand.tap(label)
        hand.page.wait_for_selector("#toast >> text=No answer from the server")
        assert hand.page.is_visible(NOT_CONFIRMED)

    def test_stays_when_it_is_refused_and_says_why(self, parked, event, house):
        hand = parked()
        sold_onsite(event=event, lines=[Line(house[0].pk, 40)])
        hand.tap("Sell it now")
        hand.page.wait_for_selector("#toast >> text=sold out")
        assert hand.page.is_visible(NOT_CONFIRMED)
        assert Order.objects.count() == 1

    def test_that_was_given_up_elsewhere_goes(self, parked, cashier):
        hand = parked()
        [kept] = hand.page.evaluate("JSON.parse(Object.values({...localStorage}).find((v) => v[0] === '['))")
        GivenUp.objects.create(actor=cashier, by=cashier, key=kept["key"], created_at=cashier.date_joined)
        hand.tap("Sell it now")
        hand.page.wait_for_selector("#toast >> text=given up")
        gone(hand)
        assert orders() == []

    def test_double_tap_sells_once(self, parked):
        hand = parked()
        hand.page.get_by_role("button", name="Sell it now").dblclick()
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]

    def test_next_guests_basket_comes_back_after_it(self, parked):
        hand = parked(size=PHONE)
        hand.ticket("Child")
        hand.ticket("Child")
        hand.page.locator(".summary").click()
        hand.tap("Sell it now")
        hand.after_answer(".done-panel")
        hand.tap("Next")
        assert hand.page.inner_text(".row .quantity") == "2"

    def test_pending_one_becomes_a_card_that_is_asked_about(self, till):
        hand = till()
        offline(hand)
        hand.press("1 c")
        park(hand)
        online(hand)
        hand.tap("Sell it now")
        hand.page.wait_for_selector(".waiting >> text=Card not answered")
        until(hand.page, "document.querySelectorAll('.waiting').length === 1")
        hand.page.wait_for_timeout(350)
        hand.tap("Approved")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]


class TestApproval:
    @pytest.fixture
    def hand(self, till, organizer):
        set_pin(organizer, "482913")
        hand = till()
        offline(hand)
        hand.press("1 F 1 Enter 4 8 2 9 1 3")
        park(hand)
        online(hand)
        return hand

    def test_no_pin_is_kept_anywhere(self, hand):
        kept = hand.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "approval" in kept
        assert "482913" not in kept

    def test_is_asked_for_again(self, hand, organizer, axe):
        hand.tap("Sell it now")
        hand.page.wait_for_selector("dialog .pin-keys")
        axe(hand.page)
        for digit in "482913":
            hand.page.locator(f".pin-keys button:text-is('{digit}')").click()
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 0)]
        assert Order.objects.get().attendees.get().approved_by == organizer

    def test_wrong_one_is_counted_and_sells_nothing(self, hand, cashier):
        hand.tap("Sell it now")
        hand.page.wait_for_selector("dialog .pin-keys")
        hand.page.keyboard.type("111112")
        hand.page.wait_for_selector("#toast >> text=4 tries left")
        assert PinTries.objects.get(user=cashier).wrong == 1
        assert hand.page.is_visible(NOT_CONFIRMED)

    def test_who_goes_back_sells_nothing(self, hand):
        hand.tap("Sell it now")
        hand.page.wait_for_selector("dialog .pin-keys")
        hand.press("Escape")
        assert hand.page.is_visible(NOT_CONFIRMED)
        assert orders() == []


class TestColleague:
    def test_sells_it_under_its_first_seller(self, parked, follow, cashier):
        hand = parked()
        relief = follow(hand)
        hand.tap("Sell it now")
        hand.after_answer(".done-panel")
        order = Order.objects.get()
        assert order.seller == cashier
        assert order.payments.get().created_by == relief
        gone(hand)

    def test_gives_it_up(self, parked, follow, cashier):
        hand = parked()
        relief = follow(hand)
        hand.tap("Forget")
        gone(hand)
        given_up = GivenUp.objects.get()
        assert (given_up.actor, given_up.by) == (cashier, relief)

    def test_that_was_sold_is_told_so_and_nothing_is_sold_twice(self, till, follow, cashier):
        hand = till()
        hand.page.route(SALE, lose)
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.page.wait_for_selector("text=Not confirmed")
        hand.page.route("**/api/orders?filter*", stop)
        park(hand)
        hand.page.unroute(SALE)
        follow(hand)
        hand.tap("Sell it now")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]

    def test_at_another_till_may_do_nothing_about_it(self, parked, open_browser, event, member, log_in):
        hand = parked()
        other = ShiftFactory(till__event=event, cashier=member("cashier"))
        log_in(hand.page.context, other.cashier)
        hand.page.goto(f"/till/{event.identifier}/?till={other.till_id}")
        hand.page.wait_for_selector(".waiting >> text=at another till")
        hand.page.wait_for_selector("#connection[data-online=true]")
        assert hand.page.locator(".waiting button").count() == 0


class TestSold:
    def test_that_is_kept_shows_its_change_and_codes(self, till, house):
        hand = till()
        hand.page.route(SALE, lose)
        hand.press("1 Enter 5 0 Enter")
        park(hand)
        hand.ticket("Child")
        hand.page.wait_for_selector(".waiting >> text=The parked sale was sold")
        hand.page.unroute(SALE)
        hand.tap("Keep")
        hand.after_answer(".done-panel")
        assert "30.00" in hand.page.inner_text(".done-panel .outcome")
        hand.page.wait_for_selector(".done-panel .codes svg")
        assert hand.page.get_by_role("button", name="Print").is_enabled()
        gone(hand)
        hand.press("Enter")
        assert hand.page.inner_text(".row .name") == "Child"

    def test_card_found_unanswered_shows_its_done_panel(self, till):
        hand = till()
        hand.ticket("Adult")
        hand.ticket("Adult")
        hand.tap("Card")
        hand.after_answer(".huge")
        hand.page.evaluate("sessionStorage.clear()")  # as in another tab
        hand.page.reload()
        hand.page.wait_for_selector("text=Card not answered")
        hand.ticket("Child")
        hand.tap("Approved")
        hand.after_answer(".done-panel")
        assert "40.00" in hand.page.inner_text(".done-panel .outcome")
        hand.page.wait_for_selector(".done-panel .codes svg")
        hand.tap("Undo")
        hand.page.wait_for_selector("text=Reverse 40.00 on the card terminal")
        hand.tap("Next")
        assert hand.page.inner_text(".row .name") == "Child"
        assert orders() == [("cancelled", 40)]


class TestPayment:
    """Of an order that holds the tickets."""

    @pytest.fixture
    def hand(self, till):
        hand = till()
        hand.press("1 s 5")
        hand.tap("Card")
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.page.wait_for_timeout(350)
        offline(hand)
        hand.press("Enter Enter")
        park(hand)
        online(hand)
        hand.page.wait_for_selector(".waiting >> text=Not paid")
        return hand

    def test_that_was_not_taken_is_taken_now_with_both_tenders(self, hand):
        assert hand.page.locator(".waiting").count() == 1
        hand.tap("Sell it now")
        hand.after_answer(".done-panel")
        payments = Order.objects.get().payments.order_by("amount")
        assert [(p.tender, p.amount) for p in payments] == [("card", 5), ("cash", 15)]
        gone(hand)

    def test_that_is_forgotten_frees_the_tickets_and_says_what_to_give_back(self, hand, house):
        hand.tap("Forget")
        hand.page.wait_for_selector("#toast >> text=Reverse 5.00 EUR on the terminal. Give back 15.00")
        gone(hand)
        assert orders() == [("cancelled", 20)]
        house[0].refresh_from_db()
        assert house[0].sold == 0


def test_what_a_till_of_before_has_parked_can_be_forgotten(till, event, cashier):
    hand = till()
    kept = {"id": "a", "kind": "sale", "key": "k", "cashier": cashier.pk, "summary": "1 Adult", "total": 2000}
    kept |= {"at": 1, "answer": None}
    hand.page.evaluate(
        "([place, kept]) => localStorage.setItem(place, kept)",
        [f"onsite.parked.{event.pk}", json.dumps([kept])],
    )
    hand.page.reload()
    hand.page.wait_for_selector(".waiting button >> text=Forget")
    assert hand.page.locator(".waiting button").count() == 1
    hand.tap("Forget")
    gone(hand)
    assert GivenUp.objects.count() == 1
