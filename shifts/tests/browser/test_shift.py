"""A shift from the float to the numbered report, as a cashier works it."""

from onsite_project.tests.waiting import until
from orders.models import Order
from shifts.models import Shift
from shifts.tests.factories import TillFactory


def test_shift_is_opened_sold_in_counted_blind_and_closed(open_browser, event, house, member, axe):
    TillFactory(event=event, name="North")
    page = open_browser(member("cashier"))
    page.goto(f"/till/{event.identifier}/")
    page.locator(".notice").get_by_role("link", name="Open a shift").click()
    page.get_by_label("Cash in the drawer").fill("100")
    axe(page)
    page.get_by_role("button", name="Open North").click()
    page.get_by_role("link", name="Sell").click()
    page.wait_for_selector("html.ready")
    for keys in ("1 Enter Enter", "1 2 Enter 3 0 Enter", "2 c"):
        for key in keys.split():
            page.keyboard.press(key)
            page.wait_for_timeout(60)
        page.wait_for_selector(".huge, .done-panel")
        page.wait_for_timeout(350)
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
    until(page, "document.querySelector('#till').dataset.phase != 'sending'")
    assert [order.status for order in Order.objects.all()] == ["completed"] * 3

    page.goto(f"/till/{event.identifier}/shift/")
    page.get_by_role("link", name="Count and close").click()
    assert "148" not in page.content(), "what is expected is told before the drawer was counted"
    # 100 + 20 + 28 = 148 should be there; a two-euro coin is missing.
    for face, pieces in (("100.00", "1"), ("20.00", "2"), ("5.00", "1"), ("1.00", "1")):
        page.get_by_label(f"{face} EUR").fill(pieces)
    assert "Together 146.00" in page.inner_text(".pieces")
    page.get_by_label("5.00 EUR", exact=False).first.press("Enter")
    axe(page)
    page.get_by_label("Card", exact=False).fill("8")
    page.get_by_role("button", name="That is what I counted").click()
    page.wait_for_selector("text=-2.00")
    assert "148.00 EUR" in page.content()
    page.get_by_role("button", name="Close shift").click()
    assert Shift.objects.get().is_open, "a difference needs its reason"
    page.locator("[name=note]").fill("A coin rolled under the desk")
    axe(page)
    page.get_by_role("button", name="Close shift").click()
    page.wait_for_selector("text=Z report 1")
    axe(page)
    shift = Shift.objects.get()
    assert (shift.number, shift.last_count.difference, shift.last_count.card_difference) == (1, -2, 0)


def test_x_report_of_a_cashier_names_no_cash(open_browser, event, shift, cashier, till):
    hand = till()
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    hand.page.goto(f"/till/{event.identifier}/shifts/{shift.pk}/report/")
    assert "X report" in hand.page.content()
    assert "120.00" not in hand.page.content()
    assert "20.00" not in hand.page.inner_text(".paper")
