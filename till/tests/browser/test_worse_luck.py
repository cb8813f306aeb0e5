"""Two mishaps at once: a session, an answer or an order is lost while a sale is under way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from onsite_project.tests.waiting import until
from orders.lifecycle import expire_overdue
from orders.models import Order
from shifts.tests.factories import ReliefFactory, ShiftFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory
from till.tests.browser.test_bad_luck import SALE, orders


def log_in(hand, user):
    frame = hand.page.frame_locator("iframe.log-in")
    frame.get_by_label("E-mail").fill(user.email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Log in").click()


def lose(route):
    route.fetch()
    route.abort()


def expire_everything(event):
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expire_overdue(event) == 1


class TestAnotherUserLogsIn:
    def test_while_nobody_knows_whether_it_was_sold_sells_it_once(self, till, member):
        hand = till()
        hand.page.route(SALE, lose, times=1)
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.page.wait_for_selector("text=Not confirmed")
        Session.objects.all().delete()
        log_in(hand, member("cashier"))
        hand.page.wait_for_selector("text=Parked, not confirmed")
        hand.page.wait_for_timeout(2000)
        assert orders() == [("completed", 20)]

    def test_in_another_tab_must_take_the_basket_over(self, till, member, client):
        hand = till()
        hand.ticket("Adult")
        other = member("cashier")
        client.force_login(other)
        hand.page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": hand.page.url}]
        )
        hand.tap("Exact")
        hand.page.wait_for_selector("#who >> text=" + str(other))
        assert orders() == []

    def test_who_may_not_sell_gives_way_to_the_cashier(self, till, cashier, member):
        hand = till()
        hand.ticket("Adult")
        Session.objects.all().delete()
        log_in(hand, member("registrar"))
        frame = hand.page.frame_locator("iframe.log-in")
        frame.get_by_role("button", name="Log in as somebody else").click()
        log_in(hand, cashier)
        hand.page.wait_for_selector("dialog", state="hidden")
        assert hand.page.inner_text(".row .name") == "Adult"

    def test_and_does_not_take_over_lets_go_of_held_tickets(self, till, member):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        Session.objects.all().delete()
        log_in(hand, member("cashier"))
        hand.tap("Empty it")
        hand.page.wait_for_selector(".rows .empty")
        assert orders() == [("cancelled", 20)]


def test_log_in_stays_whatever_else_is_opened_or_pressed(till, cashier):
    hand = till()
    hand.ticket("Adult")
    hand.page.route("**/recent/**", lambda route: (hand.page.wait_for_timeout(100), route.continue_()))
    Session.objects.all().delete()
    hand.page.evaluate("document.getElementById('recent').click()")
    hand.page.wait_for_selector("iframe.log-in")
    hand.page.wait_for_timeout(1000)
    hand.page.locator("#dialog-title").click()
    hand.press("Escape Escape Escape")
    log_in(hand, cashier)
    hand.page.wait_for_selector("dialog", state="hidden")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    assert orders() == [("completed", 20)]


class TestHeldOrderExpires:
    def test_approved_payment_takes_the_tickets_again(self, till, event):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        expire_everything(event)
        hand.tap("Approved")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 20)]
        assert [p.tender for p in Order.objects.get().payments.all()] == ["card"]

    def test_approved_payment_for_tickets_that_are_gone_is_given_back_by_keyboard(self, till, event, axe):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        expire_everything(event)
        Ticket.objects.filter(name="Adult").update(quantity=0)
        hand.press("Enter")
        hand.after_answer("text=The tickets are gone")
        assert "20.00" in hand.page.inner_text("#payment .huge")
        axe(hand.page)
        hand.press("Enter")
        order = Order.objects.get()
        assert (order.status, order.money_due, order.payments.count()) == ("expired", True, 1)
        hand.page.get_by_role("button", name="Given back").press("Enter")
        hand.page.wait_for_selector("#payment .quick")
        assert order.payments.count() == 2
        assert hand.page.locator(".waiting").count() == 0

    def test_money_that_is_given_back_later_waits_in_the_list(self, till, event, axe):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        expire_everything(event)
        Ticket.objects.filter(name="Adult").update(quantity=0)
        hand.tap("Approved")
        hand.after_answer("text=The tickets are gone")
        hand.press("Escape")
        hand.page.wait_for_selector(".waiting >> text=20.00")
        hand.page.reload()
        hand.page.wait_for_selector(".waiting >> text=Tickets gone")
        axe(hand.page)
        hand.page.locator(".waiting").get_by_role("button", name="Given back").press("Enter")
        hand.page.wait_for_selector(".waiting", state="detached")
        order = Order.objects.get()
        assert (order.status, order.money_due, order.payments.count()) == ("expired", False, 2)

    def test_next_try_holds_tickets_again(self, till, event):
        hand = till()
        hand.press("1 s 5")
        hand.tap("Card")
        hand.after_answer(".huge")
        expire_everything(event)
        hand.tap("Declined")
        hand.page.wait_for_selector("[data-exact]:enabled")
        hand.press("c")
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert orders() == [("expired", 20), ("completed", 20)]


def test_order_that_a_colleague_settled_does_not_hold_the_till(till, cashier):
    hand = till()
    hand.press("1 c")
    hand.after_answer(".huge")
    long_ago = timezone.now() - timedelta(minutes=5)
    Order.objects.update(status="completed", completed_at=long_ago, awaits_card=False, expires_at=None)
    hand.tap("Declined")
    hand.after_answer(".problems")
    hand.press("Escape Escape")
    hand.page.wait_for_selector(".rows .empty")


class TestPin:
    @pytest.fixture
    def approver(self, organizer):
        set_pin(organizer, "482913")
        return organizer

    def test_wrong_one_can_be_left_by_escape(self, till, approver):
        hand = till()
        hand.press("1 F 1 Enter 1 1 1 1 1 2")
        hand.page.wait_for_selector("text=4 tries left")
        hand.page.wait_for_timeout(350)
        hand.press("Escape")
        assert "NaN" not in hand.page.inner_text("#till")
        assert hand.page.get_attribute("#till", "data-phase") == "basket"

    def test_too_many_wrong_ones_leave_an_organizers_password(self, till, approver, member):
        other = member("organizer")
        other.name = "Zoe"
        other.save()
        set_pin(other, "729104")
        hand = till()
        hand.press("1 F 1 Enter")
        hand.page.locator(f".reasons button:has-text('{approver}')").click()
        for _try in range(5):
            hand.press("1 1 1 1 1 2")
            hand.page.wait_for_timeout(700)
        hand.page.wait_for_selector("text=Too many wrong PINs")
        hand.page.locator(".reasons button:has-text('Zoe')").click()
        hand.page.click("text=Password instead")
        hand.page.fill("[name=password]", PASSWORD)
        hand.page.keyboard.press("Enter")
        hand.after_answer(".done-panel")
        assert orders() == [("completed", 0)]

    def test_approves_no_more_tickets_than_there_were(self, till, approver):
        hand = till()
        hand.ticket("Adult")
        hand.page.locator(".price-button").click()
        hand.press("5")
        hand.tap("Goodwill")
        hand.press("Enter 4 8 2 9 1 3")
        hand.page.get_by_role("button", name="One Adult more").locator("visible=true").click()
        hand.tap("Exact")
        hand.page.wait_for_selector("text=PIN of")
        assert orders() == []


class TestMoney:
    def test_split_cash_is_what_coins_can_make(self, till, event, house):
        event.cash_rounding = "0.05"
        event.save()
        TicketFactory(event=event, name="Odd", price="20.02", quantity=5, position=3)
        hand = till()
        hand.press("3 s 5 . 0 3 Enter")
        hand.page.wait_for_selector("text=cash goes in steps of 0.05")
        hand.press("Backspace 5 Enter Enter Enter")
        hand.after_answer(".done-panel")
        payments = [(payment.tender, str(payment.amount)) for payment in Order.objects.get().payments.all()]
        assert sorted(payments) == [("cash", "14.95"), ("cash", "5.05"), ("rounding", "0.02")]

    def test_undo_says_what_to_give_back(self, till):
        hand = till()
        hand.press("1 Enter 5 0 Enter")
        hand.after_answer(".done-panel")
        hand.page.wait_for_selector(".last-codes figure")
        hand.tap("Undo")
        hand.page.wait_for_selector("text=Give back 20.00 EUR.")
        assert hand.page.locator(".qr").count() == 0


def test_relief_undoes_at_the_till_where_it_was_sold(till, event, shift, member):
    relief = ReliefFactory(shift=shift, user=member("cashier")).user
    ShiftFactory(cashier=relief, till__event=event)
    hand = till(user=relief)
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    hand.press("u")
    hand.page.wait_for_selector("text=is undone")
    assert orders() == [("cancelled", 20)]


class TestWaiting:
    def test_answered_card_is_not_asked_about(self, till):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        hand.page.wait_for_timeout(4500)
        hand.page.route("**/state/**", lambda route: None)
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert hand.page.locator(".waiting").count() == 0

    def test_second_tab_keeps_what_the_first_has_parked(self, till):
        hand = till()
        tab = hand.page.context.new_page()
        tab.goto(hand.page.url)
        for page in (hand.page, tab):
            page.route("**/api/**", lambda route: route.abort())
            page.bring_to_front()
            page.locator("button.tile >> nth=0").click()
            page.locator("[data-exact]").click()
            page.get_by_role("button", name="Park and serve next").click()
        until(tab, "document.querySelectorAll('.waiting').length === 2")
        until(hand.page, "document.querySelectorAll('.waiting').length === 2")


class TestFocus:
    def test_news_do_not_take_a_button_from_under_the_finger(self, till, house):
        hand = till()
        hand.ticket("Adult")
        button = hand.page.locator("[data-exact]").element_handle()
        house[1].quantity = 5
        house[1].save()
        hand.page.wait_for_selector("text=5 left")
        assert button.evaluate("element => element.isConnected")

    @pytest.fixture
    def hand(self, till):
        hand = till()
        hand.ticket("Adult")
        hand.page.get_by_role("button", name="One Adult more").locator("visible=true").focus()
        return hand

    def test_button_that_is_pressed_by_keyboard_keeps_it(self, hand):
        hand.press("Enter Enter")
        assert hand.page.inner_text(".row .quantity") == "3"

    def test_button_is_pressed_once_however_long_enter_is_held(self, hand):
        for _repeat in range(5):
            hand.page.keyboard.down("Enter")
        hand.page.keyboard.up("Enter")
        assert hand.page.inner_text(".row .quantity") == "2"


def test_display_shows_no_codes_after_a_minute(till):
    hand = till()
    display = hand.page.context.new_page()
    display.goto(hand.page.url.replace("?", "display/?"))
    hand.page.bring_to_front()
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    display.wait_for_selector(".qr")
    hand.page.clock.install()
    hand.page.clock.fast_forward(61_000)
    display.reload()
    display.wait_for_selector(".welcome")
    display.wait_for_timeout(500)
    assert display.locator(".qr").count() == 0
