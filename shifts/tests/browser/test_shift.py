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
    safe, stays = page.get_by_label("To the safe"), page.get_by_label("Stays in the drawer")
    assert (stays.input_value(), safe.input_value()) == ("146.00", "0.00")
    stays.fill("100")
    assert safe.input_value() == "46.00"
    assert "Together 146.00 of 146.00" in page.inner_text(".parts")
    stays.fill("100,50")
    assert safe.input_value() == "45.50"
    stays.fill("200")
    assert "Together 245.50 of 146.00" in page.inner_text(".parts-sum.wrong")
    stays.fill("100")
    axe(page)
    page.get_by_role("button", name="Close shift").click()
    page.wait_for_selector("text=Z report 1")
    axe(page)
    shift = Shift.objects.get()
    assert (shift.number, shift.last_count.difference, shift.last_count.card_difference) == (1, -2, 0)
    assert (shift.stays, shift.to_safe) == (100, 46)

    page.get_by_role("link", name="Open the next shift").click()
    float_ = page.get_by_label("Cash in the drawer")
    assert float_.input_value() == "100.00"
    float_.fill("90")
    page.get_by_role("button", name="Open North").click()
    page.wait_for_selector("text=say why it is another sum")
    page.get_by_label("Reason, if").fill("Lent to the bar")
    axe(page)
    page.get_by_role("button", name="Open North").click()
    page.wait_for_selector("text=Your shift")
    assert Shift.objects.open().get().float_note == "Lent to the bar"


def test_x_report_of_a_cashier_names_no_cash(open_browser, event, shift, cashier, till):
    hand = till()
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    hand.page.goto(f"/till/{event.identifier}/shifts/{shift.pk}/report/")
    assert "X report" in hand.page.content()
    assert "120.00" not in hand.page.content()
    assert "20.00" not in hand.page.inner_text(".paper")
