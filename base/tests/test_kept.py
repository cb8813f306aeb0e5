"""Statements that are built once say what their querysets say."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db.models import F, Value

from base.sql.insert import insert
from base.sql.kept import kept
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


class Priced(NamedTuple):
    ticket: Ticket
    currency: str


@kept
def of_event(event_id, names, hidden):
    rows = Ticket.objects.filter(event_id=event_id, pk__in=names, is_hidden=hidden)
    return rows.annotate(currency=F("event__currency"), one=Value(1)).order_by("pk")


def test_prepared_takes_new_values_each_time(event):
    first, second, third = TicketFactory.create_batch(3, event=event, price="12.50")
    elsewhere = TicketFactory()
    assert of_event(event_id=event.pk, names=[first.pk, third.pk], hidden=False) == [first, third]
    assert of_event(event_id=event.pk, names=[second.pk, elsewhere.pk], hidden=False) == [second]
    assert of_event(event_id=elsewhere.event_id, names=[second.pk, elsewhere.pk], hidden=False) == [elsewhere]
    assert of_event(event_id=event.pk, names=[second.pk], hidden=True) == []
    (row,) = of_event(event_id=event.pk, names=[first.pk], hidden=False)
    assert (row.price, row.currency, row.one) == (Decimal("12.50"), "EUR", 1)


def test_prepared_gives_values_as_they_are(event):
    @kept
    def values(event_id):
        rows = Ticket.objects.filter(event_id=event_id).annotate(currency=F("event__currency"))
        return rows.order_by("pk").values_list("event_id", "pk", "price", "currency")

    first, second = TicketFactory.create_batch(2, event=event, price="12.50")
    assert values(event_id=event.pk) == [
        (event.pk, ticket.pk, Decimal("12.50"), "EUR") for ticket in (first, second)
    ]


def test_prepared_gives_what_is_made_of_a_row_and_its_annotations(event):
    @kept(into=Priced)
    def priced(event_id):
        return Ticket.objects.filter(event_id=event_id).annotate(currency=F("event__currency"))

    ticket = TicketFactory(event=event)
    assert priced(event_id=event.pk) == [Priced(ticket, "EUR")]


def test_prepared_knows_its_values_by_name(event):
    ticket = TicketFactory(event=event)
    assert of_event(hidden=False, names=[ticket.pk], event_id=event.pk) == [ticket]


def test_prepared_reads_what_is_named_beside(event, django_assert_num_queries):
    @kept
    def with_event(event_id):
        rows = Ticket.objects.filter(event_id=event_id).annotate(one=Value(1))
        return rows.select_related("event__creator").order_by("pk")

    TicketFactory.create_batch(2, event=event)
    rows = with_event(event_id=event.pk)
    with django_assert_num_queries(0):
        assert [(row.event.name, row.event.creator, row.one) for row in rows] == [(event.name, None, 1)] * 2


def test_prepared_draws_no_id_where_it_reads_other_rows():
    @kept(draws=Ticket)
    def with_event(event_id):
        return Ticket.objects.filter(event_id=event_id).select_related("event")

    with pytest.raises(TypeError, match="draws an id"):
        with_event(event_id=1)


def test_prepared_refuses_a_queryset_that_changes_its_values(event):
    @kept
    def alike(name):
        return Ticket.objects.filter(name__icontains=name)

    @kept
    def next_one(pk):
        return Ticket.objects.filter(pk=pk + 10**6)

    for run in (lambda: alike(name="x"), lambda: next_one(pk=1)):
        with pytest.raises(TypeError, match="as they are"):
            run()


def test_prepared_refuses_values_that_it_cannot_mark():
    @kept
    def costing(price):
        return Ticket.objects.filter(price=price)

    with pytest.raises(TypeError, match="Only numbers and strings"):
        costing(price=Decimal(1))


def test_insert_stores_what_save_would(event):
    rows = insert(
        [TicketFactory.build(event=event, name=f"Row {n}", price=Decimal("1.10")) for n in range(3)]
    )
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    for row in rows:
        stored = Ticket.objects.get(pk=row.pk)
        assert (stored.name, stored.price) == (row.name, row.price)
        row.name += "!"
        row.save()  # an update: the instance knows that it is stored
    assert Ticket.objects.count() == 3


def test_insert_of_nothing_does_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert([]) == []
