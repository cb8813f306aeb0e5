"""Statements that are built once say what their querysets say."""

import ast
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import F, Value
from django.db.models.signals import post_init, pre_init

from base.sql.insert import Ids, _insertion, insert
from base.sql.kept import AtMost, kept
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


def test_prepared_reads_as_many_rows_as_each_time_it_may(event):
    @kept
    def first(event_id, most):
        return Ticket.objects.filter(event_id=event_id).order_by("pk")[:most]

    tickets = TicketFactory.create_batch(3, event=event)
    for most in (1, 3, 2):
        assert first(event_id=event.pk, most=AtMost(most)) == tickets[:most]


def test_no_statement_is_built_by_a_setting():
    """It would be that of the first call, whatever the setting is later."""
    found = 0
    for path in [*Path(settings.BASE_DIR).glob("*/*.py"), *Path(settings.BASE_DIR).glob("*/*/*.py")]:
        if ".venv" in path.parts or "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                "kept" in ast.dump(by) for by in node.decorator_list
            ):
                found += 1
                names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
                assert "settings" not in names, f"{path}: {node.name}"
    assert found > 20


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


def test_prepared_gives_rows_that_load_and_save_as_any_other(event):
    @kept
    def named(pk):
        return Ticket.objects.filter(pk=pk).only("name")

    ticket = TicketFactory(event=event, price="12.50")
    (row,) = named(pk=ticket.pk)
    assert row.get_deferred_fields() == Ticket.objects.only("name").get().get_deferred_fields()
    assert (row.price, row.event, row._state.db) == (Decimal("12.50"), event, "default")
    row.name = "Renamed"
    row.save()
    assert Ticket.objects.get().name == "Renamed"


@pytest.mark.parametrize("signal", [pre_init, post_init])
def test_prepared_refuses_a_model_that_somebody_hears_being_made(signal):
    @kept
    def tickets(pk):
        return Ticket.objects.filter(pk=pk)

    def hear(**_said):
        pass

    signal.connect(hear, sender=Ticket)
    try:
        with pytest.raises(TypeError, match="in its own way"):
            tickets(pk=1)
    finally:
        signal.disconnect(hear, sender=Ticket)


def test_insert_sends_plain_values_as_their_fields_would():
    """Of all models: a value of which the field is not asked is none that it would change."""
    examples = {str: "a’\\", int: 7, bool: True}
    asked = 0
    for model in apps.get_models():
        for field, _name, plain in _insertion(model, Ids.DRAWN).columns:
            if plain is not None:
                sent = field.get_db_prep_save(examples[plain], connection)
                assert (sent, type(sent)) == (examples[plain], plain), field
                asked += 1
    assert asked > 200


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
