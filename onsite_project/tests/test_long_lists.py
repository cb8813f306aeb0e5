"""Lists of the admin take no longer when there are a million rows: what is read of a table has an end."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Max, Min
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import UserFactory
from attendees.models import Attendee
from attendees.words import rewrite_words
from base import admin_lists
from benchmarks.million import lists
from door import admission
from door.models import CheckIn
from door.scan import Scan
from events.models import Event
from onsite_project.tests.rows import an_event
from orders.models import Order, Payment
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_menu")]
LONG = [Attendee, Order, Payment, CheckIn]


@pytest.fixture
def sold(client, event, cashier, organizer):
    """Two of everything, for an organizer who is logged in."""
    ticket = TicketFactory(event=event, price=10)
    for _order in range(2):
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier, status="completed")
        scan = Scan(
            event=event, attendee_id=order.attendees.get().pk, station=event.stations.create(name=str(order))
        )
        admission.check_in(scan, by=cashier)
    client.force_login(organizer)


def address(model, query=""):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def through_all(model, sql):
    """Whether a statement goes through all rows of the table, to count them or for what they name."""
    asks_all = any(what in sql for what in ("COUNT(", "MIN(", "MAX(", 'DISTINCT "', "SELECT DISTINCT"))
    return asks_all and f'FROM "{model._meta.db_table}"' in sql and "LIMIT" not in sql


def sent(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return [one["sql"] for one in captured.captured_queries]


@pytest.mark.parametrize("model", [*admin.site._registry])
def test_no_list_goes_through_all_rows_whatever_it_is_asked(client, sold, model, monkeypatch):
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 1)
    monkeypatch.setattr(admin_lists, "MOST_FOUND", 1)
    an_event()
    client.force_login(UserFactory(is_superuser=True))
    long = set()
    for name, url in lists.of(client, [model]):
        with CaptureQueriesContext(connection) as captured:
            listed = client.get(url).context_data["cl"]
        told = [one["sql"] for one in captured.captured_queries]
        assert not [sql for sql in told if "COUNT(" in sql and through_all(model, sql)], url
        if listed.has_more:
            long.add(name.partition(",")[2])
            assert not [sql for sql in told if through_all(model, sql)], url
    if model in LONG:
        assert {"", " days", " sorted by 1"} <= long | ({" days"} if model is Attendee else set())


@pytest.mark.parametrize("model", LONG)
@pytest.mark.parametrize("ask", ["count", "first_and_last", "days"])
def test_a_statement_that_asks_all_would_be_found(sold, model, ask):
    name = admin.site._registry[model].date_hierarchy or "order__created_at"
    asked = {
        "count": model.objects.count,
        "first_and_last": lambda: model.objects.aggregate(Min(name), Max(name)),
        "days": lambda: list(model.objects.datetimes(name, "day")),
    }
    assert through_all(model, sent(asked[ask])[0])


@pytest.mark.parametrize("model", LONG)
def test_a_list_says_that_there_are_more_than_it_counts(client, sold, model, monkeypatch):
    whole = client.get(address(model)).content.decode()
    assert f"2 {model._meta.verbose_name_plural}" in whole
    assert "More than" not in whole
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 1)
    page = client.get(address(model)).content.decode()
    assert f"More than 1 {model._meta.verbose_name_plural}" in page
    assert 'class="question' not in page
    assert page.count('class="action-select"') == whole.count('class="action-select"')


def test_a_search_finds_companies_and_guests(client, event, sold):
    first, second = Order.objects.order_by("pk")
    Order.objects.filter(pk=first.pk).update(company="Ärzte GmbH")
    for text, found in [("ärzte", {first}), (second.identifier, {second}), ("nobody", set())]:
        listed = client.get(address(Order), {"q": text}).context["cl"].queryset
        assert set(listed) == found, text


def listed(client, model, **query):
    return client.get(address(model), query).context["cl"]


def test_a_list_is_sorted_as_long_as_it_is_counted(client, sold, monkeypatch):
    first, second = Attendee.objects.order_by("pk")
    Attendee.objects.filter(pk=first.pk).update(email="b@example.com")
    Attendee.objects.filter(pk=second.pk).update(email="a@example.com")
    assert [*listed(client, Attendee, o="-4").result_list] == [first, second]
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 1)
    page = client.get(address(Attendee), {"o": "-4"})
    assert page.context["cl"].result_list[0] == second  # its own order, the newest first
    assert "sortable column-" not in page.content.decode()


def test_a_long_list_is_sorted_by_what_has_an_index(client, sold, monkeypatch):
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 1)
    oldest = CheckIn.objects.order_by("pk").first()
    assert listed(client, CheckIn, o="0").result_list[0] == oldest


def test_a_long_list_offers_every_day_since_there_is_its_event(client, event, sold, monkeypatch):
    few = client.get(address(Order)).content.decode()
    assert few.count("created_at__day=") == 1
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 1)
    now = timezone.now()
    Event.objects.filter(pk=event.pk).update(created_at=now - timedelta(days=70))
    many = client.get(address(Order)).content.decode()
    assert many.count("created_at__month=") + many.count("created_at__year=") > 1
    asked = {"created_at__year": now.year, "created_at__month": now.month}
    page = client.get(address(Order), asked)
    assert page.content.decode().count("created_at__day=") == now.astimezone(ZoneInfo(event.timezone)).day


def test_a_search_gives_no_more_than_so_many(client, sold, monkeypatch):
    Attendee.objects.filter(order__isnull=False).update(email="ana@example.com")
    for guest in Attendee.objects.all():
        rewrite_words(guest, event_id=guest.ticket.event_id)
    assert listed(client, Attendee, q="ana@example.com").result_count == 2
    monkeypatch.setattr(admin_lists, "MOST_FOUND", 1)
    page = client.get(address(Attendee), {"q": "ana@example.com"}).content.decode()
    assert "More than 1 attendees" in page


def test_a_payment_is_found_by_its_order_and_by_a_part_of_its_reference(client, sold):
    first, second = Payment.objects.order_by("pk")
    Payment.objects.filter(pk=first.pk).update(reference="Slip 4711")
    for text, found in [("slip 47", {first}), (second.order.identifier.lower(), {second}), ("nobody", set())]:
        assert {*listed(client, Payment, q=text).result_list} == found, text
