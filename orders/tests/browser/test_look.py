from orders.tests.browser.conftest import DESKTOP, PHONE, TABLET


def test_look(open_browser, event, house, cashier):
    for name, size in (("d", DESKTOP), ("t", TABLET), ("p", PHONE)):
        page = open_browser(cashier, size)
        page.goto(f"/till/{event.identifier}/")
        page.wait_for_selector("html.ready")
        page.screenshot(path=f"/tmp/shot_{name}0.png")
        page.click("button.tile >> nth=0")
        page.click("button.tile >> nth=0")
        page.click("button.tile >> nth=1")
        page.screenshot(path=f"/tmp/shot_{name}1.png")
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        page.screenshot(path=f"/tmp/shot_{name}2.png")
        page.keyboard.press("5")
        page.keyboard.press("0")
        page.keyboard.press("Enter")
        page.wait_for_selector(".done-panel")
        page.wait_for_timeout(900)
        page.screenshot(path=f"/tmp/shot_{name}3.png")
