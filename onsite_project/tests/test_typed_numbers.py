"""No field for money or a rate drops what was typed: none is an `<input type="number">`, on any page."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import DecimalField
from django.urls import reverse

from events.models import Event
from events.tests.factories import EventFactory
from onsite_project.tests.admin_cells import Admin, Fields
from onsite_project.tests.asking import ask, question
from onsite_project.tests.permissions import rules
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
OURS = [path for path in settings.BASE_DIR.iterdir() if (path / "__init__.py").exists()]
NUMBER = re.compile(r"""NumberInput|type\s*[:=]\s*["']?number""")
DECIMALS = {
    field.name
    for model in apps.get_models()
    for field in model._meta.fields
    if isinstance(field, DecimalField)
}
MONEY = {*DECIMALS, "sum", "card", "amount", "tendered"}


class Inputs(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "input":
            self.found.append(dict(attrs))


def test_no_source_of_ours_makes_such_a_field():
    ours = [
        path
        for folder in [*OURS, settings.BASE_DIR / "templates", settings.BASE_DIR / "static/onsite"]
        for path in folder.rglob("*.*")
        if path.suffix in (".py", ".html", ".js") and not {"tests", "vendor"} & set(path.parts)
    ]
    assert len(ours) > 200
    assert [str(path) for path in ours if NUMBER.search(path.read_text())] == []


def pages_of_staff(house):
    for name in ("cashier", "organizer"):
        for rule in rules():
            if rule.method == "GET":
                url, sent = question(rule, house.here, house.askers[name])
                yield ask(house.askers[name], "GET", url, sent)


def pages_of_the_admin(house):
    for model, row in Admin(house).rows.items():
        for view, args in (("add", []), ("change", [row.pk])):
            url = reverse(f"admin:{model.replace('.', '_')}_{view}", args=args)
            yield ask(house.askers["superuser"], "GET", url)


@pytest.mark.parametrize(
    ("pages", "shown"),
    [
        (pages_of_staff, {"sum", "card", "amount", "tendered", "price"}),
        (pages_of_the_admin, {"price", "min_price", "max_price", "tax_rate", "cash_rounding"}),
    ],
)
def test_money_on_every_page_is_typed_as_text(house, pages, shown):
    TicketFactory(event=house.here.event, name="Gift", type="donation", price=0)
    seen = set()
    for page in pages(house):
        if page.status_code != 200 or "html" not in page["content-type"]:
            continue
        for field in Inputs(page.content.decode()).found:
            name = re.sub(r"_\d+$", "", field.get("name") or "")
            if name in MONEY and field.get("type") != "hidden":
                seen.add(name)
                assert (field["type"], field["inputmode"]) == ("text", "decimal"), field
    assert shown <= seen


class TestAdmin:
    @pytest.fixture
    def client(self, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("root@example.com", "a long secret"))
        return client

    def change(self, client, row, **typed):
        """Change the row on its admin page; the page, if it refuses."""
        url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        response = client.post(url, {**Fields(client.get(url).content.decode()).found, **typed})
        return response if response.status_code == 200 else None

    def test_price_and_tax_with_a_comma(self, client, event):
        ticket = TicketFactory(event=event, price=20)
        assert self.change(client, ticket, price="12,50", tax_rate="7,5") is None
        ticket.refresh_from_db()
        assert (str(ticket.price), str(ticket.tax_rate)) == ("12.50", "7.50")

    def test_bounds_of_a_donation_with_a_comma(self, client, event):
        gift = TicketFactory(event=event, type="donation", price=0)
        assert self.change(client, gift, min_price="0,50", max_price="1.234,50") is None
        gift.refresh_from_db()
        assert (str(gift.min_price), str(gift.max_price)) == ("0.50", "1234.50")

    def test_cash_rounding_with_a_comma(self, client, event):
        assert self.change(client, event, cash_rounding="0,05") is None
        assert str(Event.objects.get(pk=event.pk).cash_rounding) == "0.05"

    @pytest.mark.parametrize(("typed", "detail"), [("1,234", "If you mean 1234"), ("1e3", "1234.50 or")])
    @pytest.mark.parametrize("field", ["price", "tax_rate", "min_price", "max_price"])
    def test_what_is_not_read_stands_there_as_it_was_typed(self, client, event, field, typed, detail):
        ticket = TicketFactory(event=event, type="donation", price=0)
        page = self.change(client, ticket, **{field: typed})
        form = page.context["adminform"].form
        assert detail in str(form.errors[field])
        assert f'value="{typed}"' in page.content.decode()

    def test_fraction_of_a_yen(self, client):
        ticket = TicketFactory(event=EventFactory(currency="JPY"), price=1000)
        page = self.change(client, ticket, price="12,50")
        assert "at most 0 decimals" in str(page.context["adminform"].form.errors["price"])

    def test_thousands_that_were_stored_are_shown_so_that_they_stay(self, client, event):
        ticket = TicketFactory(event=event, price="12345.60", tax_rate="19.00")
        assert self.change(client, ticket) is None
        assert Ticket.objects.filter(price="12345.60", tax_rate="19.00").exists()
