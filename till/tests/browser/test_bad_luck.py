"""What happens at the till when something goes wrong."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.tests.factories import PASSWORD
from onsite_project.tests.browser import PHONE
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket

SALE = re.compile(r"/api/orders\?onsite=true")


def orders():
    return [(order.status, order.amount) for order in Order.objects.order_by("pk")]


def test_double_tap_sells_once(till):
    hand = till()
    hand.ticket("Adult")
    hand.page.locator("[data-exact]").dblclick()
    hand.after_answer(".done-panel")
    assert orders() == [("completed", 20)]


def test_double_tap_on_card_approves_nothing(till):
    hand = till()
    hand.ticket("Adult")
    hand.page.locator("[data-card]").dblclick()
    hand.after_answer(".huge")
    assert orders() == [("pending", 20)]


def test_enter_after_a_tap_pays_and_adds_nothing(till):
    hand = till()
    hand.ticket("Adult")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    assert orders() == [("completed", 20)]


def test_key_that_is_held_down_acts_once(till):
    hand = till()
    hand.page.keyboard.down("1")
    for _ in range(5):
        hand.page.keyboard.down("1")
    hand.page.keyboard.up("1")
    hand.page.wait_for_selector(".row")
    assert hand.page.inner_text(".row .quantity") == "1"


def test_enter_that_is_pressed_too_often_starts_no_sale(till):
    hand = till()
    hand.press("1 Enter")
    hand.at_once("Enter Enter Enter")  # on a slow machine the last would come when it is *Next* by right
    hand.after_answer(".done-panel")
    assert orders() == [("completed", 20)]


class TestSoldOut:
    @pytest.fixture
    def hand(self, till, event, house):
        hand = till()
        for _ in range(3):
            hand.ticket("Child")
        child = house[1]
        # Meanwhile another till sells all but two.
        sold_onsite(event=event, lines=[Line(child.pk, 8)])
        hand.tap("Exact")
        hand.after_answer(".problems")
        return hand

    def test_says_what_is_left_and_sells_nothing_by_enter(self, hand):
        assert "Nothing sold yet" in hand.page.inner_text("#payment")
        assert "2 left, 3 wanted" in hand.page.inner_text(".row")
        hand.press("Enter Enter")
        assert Order.objects.count() == 1

    def test_sells_what_is_left(self, hand, house):
        hand.tap("Sell 2 Child, 16.00")
        hand.after_answer(".done-panel")
        assert Order.objects.latest("pk").amount == 16
        house[1].refresh_from_db()
        assert house[1].available == 0

    def test_basket_can_be_changed(self, hand):
        hand.tap("Change basket")
        assert hand.page.inner_text(".row .quantity") == "3"


class TestNoAnswer:
    def park(self, hand):
        hand.page.wait_for_selector("text=Not confirmed")
        assert hand.page.locator(".step:enabled").count() == 0, "an unanswered basket cannot be edited"
        hand.tap("Park and serve next")
        hand.page.wait_for_selector(".waiting")

    def test_sale_that_arrives_late_is_one_sale(self, till):
        hand = till()
        hand.page.route(SALE, lambda route: route.abort(), times=2)
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]

    def test_answer_that_is_lost_is_asked_for_with_the_same_key(self, till):
        hand = till()

        def lose(route):
            route.fetch()
            route.abort()

        hand.page.route(SALE, lose, times=1)
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]

    def test_parked_sale_that_was_sold_can_be_undone(self, till, house):
        hand = till()

        def lose(route):
            route.fetch()
            route.abort()

        hand.page.route(SALE, lose)
        hand.ticket("Adult")
        hand.tap("Exact")
        self.park(hand)
        hand.ticket("Child")  # the next guest is served meanwhile
        hand.page.wait_for_selector("text=The parked sale was sold")
        hand.page.unroute(SALE)
        hand.tap("Undo")
        hand.page.wait_for_selector(".waiting", state="detached")
        assert orders() == [("cancelled", 20)]
        assert Ticket.objects.get(pk=house[0].pk).sold == 0
        assert hand.page.inner_text(".row .name") == "Child"

    def test_parked_sale_outlives_the_page(self, till):
        hand = till()
        hand.page.route(SALE, lambda route: route.abort())
        hand.ticket("Adult")
        hand.tap("Exact")
        self.park(hand)
        hand.page.reload()
        hand.page.wait_for_selector(".waiting")


class TestSession:
    def log_in(self, hand, user):
        frame = hand.page.frame_locator("iframe.log-in")
        frame.get_by_label("E-mail").fill(user.email)
        frame.get_by_label("Password").fill(PASSWORD)
        frame.get_by_role("button", name="Log in").click()

    def test_log_in_over_the_page_keeps_the_basket_and_sells(self, till, cashier):
        hand = till()
        hand.ticket("Adult")
        Session.objects.all().delete()
        hand.tap("Exact")
        self.log_in(hand, cashier)
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]

    def test_another_user_must_take_the_basket_over(self, till, member):
        hand = till()
        hand.ticket("Adult")
        Session.objects.all().delete()
        self.log_in(hand, member("cashier"))
        hand.page.wait_for_selector("text=This basket is of")
        hand.tap("Take it over")
        assert hand.page.inner_text(".row .name") == "Adult"
        assert orders() == []


class TestScanner:
    def test_scan_is_never_a_sale(self, till):
        hand = till()
        hand.ticket("Adult")
        hand.scan("CFNSBDGHJKLPRTVXCCCC")
        hand.page.wait_for_timeout(500)
        assert orders() == []

    def test_scanned_ticket_opens_its_order(self, till, event, house):
        order = sold_onsite(event=event, lines=[Line(house[0].pk, 1)])
        hand = till()
        hand.scan(order.attendees.get().code)
        hand.page.wait_for_selector(f".order-page >> text={order.identifier}")

    def test_scan_into_the_cash_pad_takes_no_money(self, till):
        hand = till()
        hand.press("1 Enter")
        hand.scan("4006381333931")
        hand.page.wait_for_timeout(500)
        assert orders() == []


class TestUndo:
    def test_takes_the_sale_back_within_a_minute(self, till, house):
        hand = till()
        hand.press("1 Enter Enter")
        hand.after_answer(".done-panel")
        hand.press("u")
        hand.page.wait_for_selector("text=is undone")
        order = Order.objects.get()
        assert order.status == "cancelled"
        assert sum(payment.amount for payment in order.payments.all()) == 0
        assert Ticket.objects.get(pk=house[0].pk).sold == 0

    def test_of_a_card_sale_says_to_reverse_it_on_the_terminal(self, till):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.after_answer(".done-panel")
        hand.tap("Undo")
        hand.page.wait_for_selector("text=Reverse 20.00 on the card terminal")

    def test_after_a_minute_is_refused_and_says_why(self, till):
        hand = till()
        hand.press("1 Enter Enter")
        hand.after_answer(".done-panel")
        Order.objects.update(completed_at=timezone.now() - timedelta(minutes=2))
        hand.press("u")
        hand.page.wait_for_selector("#toast >> text=60 seconds")
        assert orders() == [("completed", 20)]


def lose_tab(page):
    """Open the till anew where nothing of the basket is kept, as after a crash."""
    page.evaluate("sessionStorage.clear()")
    page.reload()


class TestCard:
    def test_declined_frees_the_stock_and_keeps_the_basket(self, till, house):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        hand.tap("Declined")
        hand.page.wait_for_selector("[data-exact]:enabled")
        assert orders() == [("cancelled", 20)]
        assert Ticket.objects.get(pk=house[0].pk).sold == 0
        assert hand.page.inner_text(".row .name") == "Adult"

    def test_never_answered_stays_visible_when_the_tab_is_lost(self, till):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        lose_tab(hand.page)
        hand.page.wait_for_selector("text=Card not answered")
        hand.tap("Approved")
        hand.page.wait_for_selector(".waiting", state="detached")
        assert orders() == [("completed", 20)]

    def test_never_answered_split_books_only_what_the_terminal_was_told(self, till):
        hand = till()
        hand.press("1 1 s 1 5 c")
        hand.after_answer(".huge")
        lose_tab(hand.page)
        hand.page.wait_for_selector("text=Card not answered: 15.00")
        hand.tap("Approved, 25.00 in cash")
        hand.page.wait_for_selector(".waiting", state="detached")
        payments = Order.objects.get().payments.order_by("pk")
        assert [(p.tender, p.amount) for p in payments] == [("card", 15), ("cash", 25)]


class TestBasket:
    def test_is_emptied_by_escape_and_restored(self, till):
        hand = till()
        hand.press("1 1 Escape")
        hand.tap("Restore the basket")
        assert hand.page.inner_text(".row .quantity") == "2"

    def test_quantity_can_be_typed(self, till):
        hand = till()
        hand.press("1 * 1 2 Enter")
        assert hand.page.inner_text(".row .quantity") == "12"

    def test_single_keys_can_be_switched_off(self, till):
        hand = till()
        hand.press("?")
        hand.page.get_by_label("Single-key shortcuts").uncheck()
        hand.press("Escape 1")
        assert hand.page.locator(".row").count() == 0
        hand.page.reload()
        hand.page.wait_for_selector("html.ready")
        hand.press("1")
        assert hand.page.locator(".row").count() == 0

    def test_tendered_amount_that_is_too_little_takes_no_money(self, till):
        hand = till()
        hand.press("1 Enter 5 Enter")
        assert "Missing" in hand.page.inner_text("#payment")
        assert orders() == []


def test_wrong_pin_sells_nothing_and_says_how_many_tries_are_left(till, organizer):
    from accounts.pins import set_pin

    set_pin(organizer, "482913")
    hand = till()
    hand.press("1 F 1 Enter 1 1 1 1 1 2")
    hand.page.wait_for_selector("text=4 tries left")
    assert orders() == []
    hand.page.wait_for_timeout(350)
    hand.press("4 8 2 9 1 3")
    hand.after_answer(".done-panel")
    assert orders() == [("completed", 0)]


def test_cashier_without_a_shift_is_asked_to_open_one(open_browser, event, house, member):
    page = open_browser(member("cashier"))
    page.goto(f"/till/{event.identifier}/")
    page.wait_for_selector("text=No open shift")
    page.keyboard.press("1")
    page.wait_for_timeout(100)
    page.get_by_role("button", name="Exact").locator("visible=true").first.click()
    page.wait_for_selector("#payment >> text=Open a shift")
    assert orders() == []


def test_event_without_tickets_says_so(open_browser, event, cashier):
    page = open_browser(cashier)
    page.goto(f"/till/{event.identifier}/")
    page.wait_for_selector("#till >> text=This event has no tickets yet.")


def test_remaining_counts_follow_the_other_tills(till, event, house):
    hand = till(PHONE)
    sold_onsite(event=event, lines=[Line(house[0].pk, 5)])
    hand.page.wait_for_selector("text=35 left")


def test_other_window_shows_the_guest_what_it_costs_and_the_codes(till, event, shift):
    hand = till()
    display = hand.page.context.new_page()
    display.goto(f"/till/{event.identifier}/display/?till={shift.till_id}")
    hand.page.bring_to_front()
    hand.press("1 1 2")
    display.wait_for_selector("text=48.00 EUR")
    hand.press("Enter 5 0 Enter")
    hand.after_answer(".done-panel")
    display.wait_for_selector("text=2.00 EUR")
    display.wait_for_selector(".codes svg")
    assert display.locator(".codes figure[data-code]").count() == 3
    hand.press("Enter")
    display.wait_for_selector(".codes", state="detached")


def test_pending_order_is_found_by_code_and_paid(till, event, house):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 2)], status="pending", payment_mode="onsite")
    hand = till()
    hand.tap("Recent") if hand.page.get_by_role("button", name="Recent").count() else hand.page.click(
        "#recent"
    )
    hand.page.get_by_label("Code, name or e-mail").fill(order.identifier[:5].lower())
    hand.page.get_by_role("button", name="Search").click()
    hand.page.click(f".orders a:has-text('{order.identifier}')")
    hand.page.locator("dialog").get_by_label("Cash given").fill("50")
    hand.page.get_by_role("button", name="Paid", exact=True).click()
    hand.page.wait_for_selector("dialog >> text=10.00 EUR")
    order.refresh_from_db()
    assert order.status == "completed"
