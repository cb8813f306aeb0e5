"""Lists of the admin take no longer when there are a million rows: what is read of a table has an end."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Max, Min
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import UserFactory
from attendees.models import Attendee
from base import admin_lists
from benchmarks.million import lists
from door import admission
from door.models import CheckIn
from door.scan import Scan
from onsite_project.tests.rows import an_event
from orders.models import Order, Payment
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
LONG = [Attendee, Order, Payment, CheckIn]
# The first and the last of one event, which PostgreSQL and SQLite read from the ends of an index.
ENDS = re.compile(r'^SELECT MIN\("\w+"\."id"\) AS "first", MAX\("\w+"\."id"\) AS "last" ')


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
    return asks_all and f'FROM "{model._meta.db_table}"' in sql and not ("LIMIT" in sql or ENDS.search(sql))


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
