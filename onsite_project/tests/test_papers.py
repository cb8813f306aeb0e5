"""What a paper has said, its copy says, whatever is renamed meanwhile."""

import re
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test import override_settings

from accounts.models import User
from attendees.tests.factories import DraftFactory
from books.models import ClosedReport
from door.models import Station
from events.models import Event
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import CashMovement, Till
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
keep_letterheads = import_module("orders.migrations.0006_keep_letterheads").keep

INSTALLATION = {
    "ISSUER_NAME": "House of Nights",
    "ISSUER_ADDRESS": "2 Side Street\n54321 Elsewhere",
    "ISSUER_TAX_NUMBER": "DE222",
    "RECEIPT_FOOTER": "Come again",
}
# What may be called otherwise, and how.
RENAMED = {
    "event": (Event, {"name": "Another night"}),
    "place": (Event, {"location_name": "Another hall"}),
    "zone": (Event, {"timezone": "Asia/Kolkata"}),
    "issuer": (Event, {"issuer_name": "Another Ltd"}),
    "issuer's address": (Event, {"issuer_address": "Another street"}),
    "issuer's tax number": (Event, {"issuer_tax_number": "XX999"}),
    "no issuer": (Event, {"issuer_name": "", "issuer_address": "", "issuer_tax_number": ""}),
    "footer": (Event, {"receipt_footer": "Another footer"}),
    "currency": (Event, {"currency": "CHF"}),
    "till": (Till, {"name": "Another till"}),
    "seller": (User, {"name": "Another Person"}),
    "nobody's name": (User, {"name": ""}),
    "ticket": (Ticket, {"name": "Another ticket", "tax_rate": Decimal(3)}),
    "station": (Station, {"name": "Another gate"}),
}


@pytest.fixture(params=["own issuer", "installation's issuer"])
def event(event, request):
    """With all that a paper can say."""
    own = {"issuer_name": "Nights Ltd", "issuer_address": "1 Square", "issuer_tax_number": "DE111"}
    if request.param == "own issuer":
        Event.objects.update(**own, receipt_footer="Thank you")
    Event.objects.update(location_name="Boathouse", timezone="Europe/Berlin")
    Station.objects.create(event=event, name="North")
    event.refresh_from_db()
    with override_settings(**INSTALLATION):
        yield event


@pytest.fixture
def evening(event, member):
    """A shift that is closed and one that is open, of each an order, and a slip; sellers with a name and
    without one.
    """
    named, nameless = member("cashier"), member("cashier")
    User.objects.filter(pk=named.pk).update(name="Ana Ruiz")
    User.objects.filter(pk=nameless.pk).update(name="")
    ticket = TicketFactory(event=event, name="Adult", price=Decimal(20), tax_rate=7)
    shifts = []
    for seller in (named, nameless):
        seller.refresh_from_db()
        shift = ShiftFactory(till=TillFactory(event=event), cashier=seller)
        lines = [Line(ticket.pk, 2, guests=(Guest("Bo", "Li"),))]
        sold_onsite(event=event, lines=lines, seller=seller, payments=[Paid("cash")])
        drawer.move_cash(shift=shift, amount=Decimal(-5), reason="ice", desk=Desk(seller))
        shifts.append(shift)
    sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=nameless, status="pending")
    cancel(sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed"))
    buyer = member("registrar")
    ordered_online(event=event, buyer=buyer, attendees=[DraftFactory(ticket=ticket, creator=buyer)])
    closed = shifts[0]
    cash, card = drawer.expected_cash(closed), drawer.expected_card(closed)
    drawer.count(shift=closed, cash=cash, card=card, by=named)
    drawer.close_shift(shift=closed, by=named)
    return closed


@pytest.fixture
def papers(client, organizer, event, evening):
    """What everything on paper says, by its address; of pages, only what is printed."""
    client.force_login(organizer)

    def ask():
        root = f"/till/{event.identifier}"
        found = {}
        for order in Order.objects.order_by("pk"):
            for kind in ("roll", "a4"):
                path = f"{root}/orders/{order}/print/?paper={kind}&copy=1"
                found[path] = get(path)
            found["pdf", order.pk] = get(f"{root}/orders/{order}/order.pdf?copy=1")
        for pk in CashMovement.objects.values_list("pk", flat=True):
            found["slip", pk] = printed(get(f"{root}/movements/{pk}/"))
        report = f"{root}/shifts/{evening.pk}/report"
        found["Z"] = printed(get(f"{report}/")), get(f"{report}.csv")
        found["signed"] = ClosedReport.objects.get().data
        listed = get(f"{root}/shifts/").decode()
        found["list of shifts"] = re.search(r"<li>(?:(?!<li>).)*Z report.*?</li>", listed, re.DOTALL)[0]
        for order in Order.objects.order_by("pk"):
            page = get(f"{root}/orders/{order}/").decode()
            found["order page", order.pk] = re.search(
                r'<p class="code">.*?</p>\s*<p>.*?</p>', page, re.DOTALL
            )[0]
        return found

    def get(path):
        response = client.get(path)
        assert response.status_code == 200, path
        return response.content

    def printed(page):
        title, heading, fragment = (
            re.search(pattern, page.decode(), re.DOTALL)[0]
            for pattern in (r"<title>.*</title>", r"<h1>.*?</h1>", r"<article.*</article>")
        )
        return title, heading, fragment

    return ask


def rename(model, values):
    """Past everything that a form or a model would do about it."""
    for row in model._base_manager.all():
        # There may be but one of a name.
        own = {k: f"{v} {row.pk}" if v and k == "name" else v for k, v in values.items()}
        model._base_manager.filter(pk=row.pk).update(**own)


@pytest.mark.parametrize("what", RENAMED)
def test_copies_say_what_was_said_before_something_was_renamed(papers, what):
    before = papers()
    rename(*RENAMED[what])
    assert papers() == before


def test_copies_say_what_was_said_before_everything_was_renamed(papers):
    before = papers()
    for model, values in RENAMED.values():
        rename(model, values)
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(email=f"x{user.pk}@example.org")
    Event.objects.update(starts_at="2031-01-01T20:00Z", ends_at="2031-01-02T02:00Z")
    with override_settings(**dict.fromkeys(INSTALLATION, "Changed")):
        assert papers() == before


@pytest.mark.parametrize("setting", INSTALLATION)
def test_copies_say_what_was_said_before_the_installation_had_another_issuer(papers, setting):
    before = papers()
    with override_settings(**{setting: "Changed"}):
        assert papers() == before


def test_copy_is_the_original_with_a_mark(client, papers, event):
    order = Order.objects.filter(status="completed").first()
    path = f"/till/{event.identifier}/orders/{order}/print/"
    first = client.get(path).content.decode()
    for model, values in RENAMED.values():
        rename(model, values)
    copy = client.get(path).content.decode()
    sheets = re.compile(r"<main>.*</main>", re.DOTALL)
    assert 'class="mark"' not in first
    assert re.sub(r'<p class="mark">.*?</p>', "", sheets.search(copy)[0]) == sheets.search(first)[0]


def test_first_paper_says_what_things_were_called_at_the_sale(client, organizer, evening, event):
    client.force_login(organizer)
    order = Order.objects.filter(seller__name="Ana Ruiz").get()
    till = evening.till.name
    for model, values in RENAMED.values():
        rename(model, values)
    page = client.get(f"/till/{event.identifier}/orders/{order}/print/").content.decode()
    for text in (event.name, "Boathouse", "Europe/Berlin", till, "Ana Ruiz", "Adult"):
        assert text in page
    assert "Another" not in page


def test_receipt_of_what_was_paid_later_is_of_who_was_paid(client, organizer, event, member):
    ticket = TicketFactory(event=event)
    seller = member("cashier")
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=seller, status="pending")
    shift = ShiftFactory(till=TillFactory(event=event, name="South"))
    Event.objects.update(name="Night two")
    complete(order, payments=[Paid("cash")], desk=Desk(shift.cashier))
    rename(Till, {"name": "Another"})
    rename(Event, {"name": "Night three"})
    client.force_login(organizer)
    page = client.get(f"/till/{event.identifier}/orders/{order}/print/").content.decode()
    assert "South" in page
    assert "Night two" in page
    assert "Another" not in page
    assert "Night three" not in page


def test_rows_without_a_letterhead_say_what_things_are_called(papers):
    """Those that a version before writes while this one is brought in."""
    before = papers()
    Order.objects.update(kept_letterhead=None)
    CashMovement.objects.update(kept_letterhead=None)
    assert papers() == before


def test_migration_keeps_what_papers_say(papers):
    before = papers()
    kept = [*Order.objects.order_by("pk").values_list("kept_letterhead", flat=True)]
    moved = [*CashMovement.objects.order_by("pk").values_list("kept_letterhead", flat=True)]
    Order.objects.update(kept_letterhead=None)
    CashMovement.objects.update(kept_letterhead=None)
    keep_letterheads(apps, SimpleNamespace(connection=connection))
    assert [*Order.objects.order_by("pk").values_list("kept_letterhead", flat=True)] == kept
    assert [*CashMovement.objects.order_by("pk").values_list("kept_letterhead", flat=True)] == moved
    for model, values in RENAMED.values():
        rename(model, values)
    assert papers() == before


def test_recent_shows_each_sale_by_the_clock_that_hung_there(client, organizer, event, evening):
    client.force_login(organizer)
    sold_at = Order.objects.filter(seller__name="Ana Ruiz").get().created_at
    Event.objects.update(timezone="Asia/Kolkata")
    page = client.get(f"/till/{event.identifier}/recent/").content.decode()
    assert "Europe/Berlin" in page
    there = sold_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{there:%H:%M}" in page
