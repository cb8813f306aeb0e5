"""Lists of the admin take no longer when there are a million rows: what is read of a table has an end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendees.models import Attendee
from base import admin_lists
from door import admission
from door.models import CheckIn
from door.scan import Scan
from orders.models import Order, Payment
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
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
    asks_all = "COUNT(" in sql or 'DISTINCT "' in sql
    return asks_all and f'FROM "{model._meta.db_table}"' in sql and "LIMIT" not in sql


@pytest.mark.parametrize("model", LONG)
@pytest.mark.parametrize("query", ["", "?q=nobody"])
def test_no_list_goes_through_all_rows(client, sold, model, query):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(model, query)).status_code == 200
    sent = [one["sql"] for one in captured.captured_queries]
    assert any(f'FROM "{model._meta.db_table}"' in sql for sql in sent)
    assert [sql for sql in sent if through_all(model, sql)] == []


@pytest.mark.parametrize("model", LONG)
def test_a_statement_that_counts_all_would_be_found(sold, model):
    with CaptureQueriesContext(connection) as captured:
        assert model.objects.count() == 2
    assert through_all(model, captured.captured_queries[0]["sql"])


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
