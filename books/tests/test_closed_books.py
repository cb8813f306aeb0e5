"""A closed report is what was signed, whatever is renamed afterwards."""

import json
import re
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, models

from accounts.models import User
from base.plain import read
from base.records import Record
from books import reports
from books.models import ClosedReport
from books.shift_report import Report
from events.models import Event
from orders.lifecycle import cancel
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift, Till
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.models import Ticket
from tickets.tests.factories import FreeTicketFactory, TicketFactory

migration = import_module("books.migrations.0002_keep_reports_of_closed_shifts")


@pytest.fixture
def shift(event, member):
    """Closed by an organizer, with all that a report can say."""
    event.cash_rounding = Decimal("0.05")
    event.save()
    cashier, organizer = member("cashier"), member("organizer")
    User.objects.filter(pk=cashier.pk).update(name="")  # told by a masked address
    shift = ShiftFactory(till=TillFactory(event=event, name="North"), cashier=cashier)
    adult = TicketFactory(event=event, name="Adult", price=Decimal("19.98"), tax_rate=19)
    child = TicketFactory(event=event, name="Child", price=8, tax_rate=7)
    free = FreeTicketFactory(event=event, name="Baby")
    common = {"event": event, "seller": cashier}
    sold_onsite(lines=[Line(adult.pk, 2), Line(child.pk, 3)], payments=[Paid("cash")], **common)
    sold_onsite(lines=[Line(adult.pk, 1)], payments=[Paid("card", Decimal(5)), Paid("cash")], **common)
    sold_onsite(lines=[Line(child.pk, 1)], status="pending", **common)
    comp = Line(adult.pk, 1, Decimal(0), reason="press")
    sold_onsite(event=event, seller=organizer, till_id=shift.till_id, lines=[comp])
    for lines, paid in (([Line(adult.pk, 1)], [Paid("cash")]), ([Line(free.pk, 1)], [])):
        cancel(sold_onsite(lines=lines, payments=paid, **common), desk=Desk(cashier), reason="ill")
    drawer.move_cash(shift=shift, amount=Decimal(-15), reason="flowers", desk=Desk(cashier))
    drawer.count(shift=shift, cash=Decimal(1), card=Decimal(5), by=cashier)
    return drawer.close_shift(shift=shift, by=organizer, note="dropped")


@pytest.fixture
def told(client, organizer, shift):
    """What the Z says, however one asks: the data, what is printed, the table."""
    client.force_login(organizer)
    url = f"/till/{shift.till.event.identifier}/shifts/{shift.pk}/report"

    def ask():
        page = client.get(f"{url}/")
        assert page.status_code == 200
        (fragment,) = re.findall(r"<article.*</article>", page.content.decode(), re.DOTALL)
        (title,) = re.findall(r"<title>.*</title>", page.content.decode(), re.DOTALL)
        data = ClosedReport.objects.get(shift=shift).data
        return json.dumps(data), title, fragment, client.get(f"{url}.csv").content

    return ask


def rename(model):
    """Give every row another name, text, number, zone, currency: whatever a form or a script may change."""
    for row in model._base_manager.all():
        values = {}
        for field in model._meta.local_concrete_fields:
            if field.choices or field.is_relation or field.primary_key:
                continue
            value = other(field, row)
            if value is not None:
                values[field.attname] = value
        model._base_manager.filter(pk=row.pk).update(**values)


def other(field, row):
    if field.name == "email":
        return f"other{row.pk}@example.org"
    known = {"timezone": "Asia/Kolkata", "currency": "JPY", "day_ends_at": "07:00", "tax_rate": Decimal(3)}
    if field.name in known:
        return known[field.name]
    if field.name == "price":
        return Decimal(99) if row.price else None
    if isinstance(field, models.CharField | models.TextField) and field.name in ("name", "location_name"):
        return f"Another {model_name(row)} {row.pk}"
    return None


def model_name(row):
    return type(row)._meta.model_name


@pytest.mark.django_db
class TestRenaming:
    @pytest.mark.parametrize("model", [Event, Ticket, Till, User])
    def test_of_one_kind_changes_no_closed_report(self, told, model):
        before = told()
        rename(model)
        assert told() == before

    def test_of_everything_that_has_a_name_changes_no_closed_report(self, told):
        before = told()
        for model in apps.get_models():
            if any(field.name == "name" for field in model._meta.local_concrete_fields):
                rename(model)
        assert {*Event.objects.values_list("timezone", "currency")} == {("Asia/Kolkata", "JPY")}
        assert told() == before

    def test_changes_what_an_open_shift_says(self, client, organizer, event, shift):
        after = ShiftFactory(till=shift.till)
        client.force_login(organizer)
        rename(Till)
        page = client.get(f"/till/{event.identifier}/shifts/{after.pk}/report/").content.decode()
        assert "Another till" in page


@pytest.mark.django_db
class TestKept:
    def test_says_what_was_there_when_it_was_closed(self, told, shift):
        data, title, fragment, table = told()
        for text in ("Adult", "North", "Europe/Berlin", "press", "flowers", "dropped", "ill", "…@"):
            assert text in json.dumps(json.loads(data), ensure_ascii=False)
        for text in ("Z report 1", "North"):
            assert text in title
        for text in ("Adult", "Child", "press", "flowers", "dropped"):
            assert text in fragment
            assert text in table.decode()

    def test_is_what_an_open_shift_would_have_said(self, shift):
        closed = Shift.objects.get(pk=shift.pk)
        assert reports.report(closed) == reports._as_it_is(closed)

    def test_later_cancellations_change_nothing(self, told, shift, organizer):
        before = told()
        for order in shift.orders.exclude(status="cancelled"):
            cancel(order, desk=Desk(organizer), reason="rain")
        assert told() == before

    def test_is_never_edited_nor_deleted(self, shift):
        kept = ClosedReport.objects.get(shift=shift)
        assert isinstance(kept, Record)
        for act in (kept.save, kept.delete):
            with pytest.raises(TypeError):
                act()

    def test_close_that_fails_keeps_nothing(self, event):
        shift = ShiftFactory(till__event=event)
        drawer.count(shift=shift, cash=Decimal(1), card=Decimal(0), by=shift.cashier)
        with pytest.raises(Exception, match="say why"):
            drawer.close_shift(shift=shift, by=shift.cashier)
        assert not ClosedReport.objects.exists()


@pytest.mark.django_db
def test_migration_keeps_what_the_z_of_an_older_shift_says(shift, told):
    def kept_by(act):
        ClosedReport.objects.all()._raw_delete("default")
        act()
        data, *shown = told()
        return read(Report, json.loads(data)), *shown

    Shift.objects.update(left_before=None, stays=None, to_safe=None)  # nobody asked then
    now = kept_by(lambda: reports.keep(Shift.objects.get(pk=shift.pk)))
    assert kept_by(lambda: migration.keep(apps, SimpleNamespace(connection=connection))) == now
