"""What is closed is sealed, and whatever is changed of it afterwards is found."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from books.checking import differences
from books.checks import CHECKS
from books.models import Seal
from books.sealing import seal_days
from books.tests.acts import close, sell
from orders.models import Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

migration = import_module("books.migrations.0005_seal_closed_shifts")


@pytest.fixture
def shifts(event):
    """Three in a row at one till, all closed."""
    ticket, made = TicketFactory(event=event), [ShiftFactory(till__event=event)]
    for _time in range(3):
        sell(made[-1], ticket, Paid("cash", tendered=Decimal(50)))
        sell(made[-1], ticket, Paid("card", reference="4711"))
        desk = Desk(made[-1].cashier)
        drawer.move_cash(shift=made[-1], amount=Decimal(-5), reason="ice", desk=desk)
        close(made[-1])
        left = drawer.suggested_float(made[-1].till)
        made.append(drawer.open_shift(till=made[-1].till, cashier=made[-1].cashier, opening_float=left))
    return made[:3]


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def broken(name="sealed"):
    return [found.id for found in differences(CHECKS) if found.check == name]


CHANGES = [
    "UPDATE orders_payment SET reference = 'x' WHERE shift_id = %s AND tender = 'card'",
    "UPDATE orders_payment SET amount = amount + 1 WHERE shift_id = %s AND tender = 'card'",
    "UPDATE orders_payment SET created_by_id = NULL WHERE shift_id = %s",
    "UPDATE orders_payment SET created_at = '2020-01-01 00:00:00+00:00' WHERE shift_id = %s",
    "UPDATE orders_payment SET shift_id = NULL WHERE shift_id = %s AND tender = 'card'",
    "UPDATE shifts_cashmovement SET reason = 'sugar' WHERE shift_id = %s",
    "DELETE FROM shifts_cashmovement WHERE shift_id = %s",
    "UPDATE shifts_cashcount SET pieces = '{\"5\": 1}' WHERE shift_id = %s",
    "UPDATE shifts_shift SET note = 'nothing' WHERE id = %s",
    "UPDATE books_closedreport SET data = '{}' WHERE shift_id = %s",
    "DELETE FROM books_seal WHERE shift_id = %s",
]


class TestShifts:
    def test_closed_shift_is_sealed(self, shifts):
        assert Seal.objects.filter(shift__in=shifts).count() == 3
        assert len({*Seal.objects.values_list("digest", flat=True)}) == 3
        assert differences(CHECKS) == []

    @pytest.mark.parametrize("change", CHANGES)
    def test_what_is_changed_by_hand_is_found(self, shifts, change):
        run(change, shifts[1].pk)
        assert shifts[1].pk in broken()

    def test_seal_that_is_made_anew_breaks_the_next(self, shifts):
        run("UPDATE shifts_shift SET note = 'nothing' WHERE id = %s", shifts[1].pk)
        ((_pk, _written, made),) = [(d.id, d.written, d.counted) for d in differences(CHECKS)]
        run("UPDATE books_seal SET digest = %s WHERE shift_id = %s", made, shifts[1].pk)
        assert broken() == [shifts[2].pk]

    def test_migration_seals_as_the_close_does(self, shifts):
        sealed = [*Seal.objects.order_by("pk").values_list("shift", "digest")]
        for number in (1, 3):  # what was interrupted goes on
            run(f"DELETE FROM books_seal WHERE shift_id >= {shifts[-number].pk}")
            migration.seal(apps, connection.schema_editor())
            assert [*Seal.objects.order_by("shift").values_list("shift", "digest")] == sealed

    def test_z_prints_its_seal(self, client, shifts):
        client.force_login(shifts[0].cashier)
        event = shifts[0].till.event
        page = client.get(reverse("shift-report", args=[event.identifier, shifts[0].pk])).content.decode()
        assert Seal.objects.get(shift=shifts[0]).groups in page
        still_open = Shift.objects.open().get()
        page = client.get(reverse("shift-report", args=[event.identifier, still_open.pk])).content.decode()
        assert "Seal" not in page


class TestDays:
    @pytest.fixture
    def loose(self, event):
        """Of three days, paid in no drawer."""
        ticket = TicketFactory(event=event)
        orders = []
        for day in (1, 2, 4):
            at = datetime(2030, 5, day, 20, tzinfo=UTC)
            orders.append(_sold(event, ticket, at))
        return [order.payments.get() for order in orders]

    def test_days_that_are_over_are_sealed_once(self, event, loose):
        at = loose[2].created_at
        assert seal_days(at) == 2
        assert seal_days(at) == 0
        assert seal_days(at + timedelta(days=1)) == 1
        assert [str(seal.day) for seal in event.seals.order_by("day")] == [
            "2030-05-01",
            "2030-05-02",
            "2030-05-04",
        ]
        assert differences(CHECKS) == []

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_what_is_changed_of_a_day_is_found(self, event, loose, place):
        seal_days(loose[2].created_at + timedelta(days=1))
        run("UPDATE orders_payment SET reference = 'x' WHERE id = %s", loose[place].pk)
        assert broken("sealed-day") == [[*event.seals.order_by("day")][place].pk]

    def test_what_comes_afterwards_is_found(self, event, loose):
        seal_days(loose[2].created_at + timedelta(days=1))
        _sold(event, TicketFactory(event=event), loose[1].created_at)
        assert broken("sealed-day") == [event.seals.get(day="2030-05-02").pk]

    def test_clock_that_is_set_otherwise_breaks_nothing(self, event, loose):
        seal_days(loose[2].created_at)
        event.timezone = "Asia/Tokyo"
        event.save()
        for days in (1, 2):
            seal_days(loose[2].created_at + timedelta(days=days))
        assert differences(CHECKS) == []
        assert event.seals.count() == 3

    def test_what_is_in_a_drawer_is_sealed_with_it(self, shifts):
        assert Payment.objects.exists()
        assert seal_days(datetime(2040, 1, 1, tzinfo=UTC)) == 0


def _sold(event, ticket, at):
    return sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payments=[Paid("cash")], at=at)
