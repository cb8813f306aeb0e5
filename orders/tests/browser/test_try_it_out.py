"""The page that shows the OpenAPI document sells the demo's tickets as it comes; only the token is typed."""

import pytest
from django.core.management import call_command

from accounts.models import ApiToken, User
from orders.models import Order

# The example speaks of the first tickets that a new installation has.
pytestmark = pytest.mark.usefixtures("django_db_reset_sequences")


@pytest.fixture
def seller(settings, monkeypatch):
    settings.DEBUG = True  # else no demo is made with a known password
    monkeypatch.setenv("DEMO_PASSWORD", "onsite-demo")
    call_command("seed_demo", "--empty", verbosity=0)
    return User.objects.get(email="cashier@example.com")


def test_example_of_the_sale_works_as_it_is_prefilled(open_browser, seller):
    _row, token = ApiToken.objects.create(user=seller)
    sold = Order.objects.count()
    page = open_browser(None)
    page.goto("/v1/schema/browse")
    orders = page.locator("#operations-tag-Orders")
    orders.wait_for(timeout=60_000)  # the whole document is read first
    orders.click()
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").first.fill(token)
    page.locator(".auth-container").filter(has_text="auth/session").get_by_role(
        "button", name="Apply"
    ).click()
    page.locator(".modal-btn.btn-done").first.click()
    sale = page.locator("#operations-Orders-orders-create")
    sale.locator(".opblock-summary").click()
    sale.get_by_role("button", name="Try it out").click()
    sale.get_by_role("button", name="Execute").click()
    sale.locator(".live-responses-table .response-col_status", has_text="201").first.wait_for()
    order = Order.objects.latest("pk")
    assert Order.objects.count() == sold + 1
    assert order.status == Order.Status.COMPLETED
    assert sorted(order.attendees.values_list("ticket__name", flat=True)) == ["Adult", "Adult", "Child"]
    assert order.identifier in sale.locator(".live-responses-table").inner_text()
