"""`manage.py seed_demo`: a night, and the next one."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from attendees.models import Attendee
from base.money import wire_money
from books.checking import differences
from books.checks import CHECKS
from books.reports import report
from door.models import CheckIn, Station
from events.models import Event, FormerIdentifier, Member
from orders.models import Order, Payment
from shifts.models import CashCount, Shift
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 29, 20, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def debug(settings):
    settings.DEBUG = True


def seed(*arguments, at=AT):
    out = io.StringIO()
    call_command("seed_demo", *arguments, f"--at={at.isoformat()}", stdout=out)
    return out.getvalue()


def everything():
    models = (User, Event, Member, Ticket, Order, Attendee, Payment, CheckIn, Shift, CashCount, Station)
    return [list(model.objects.order_by("pk").values()) for model in models]


def told(event):
    """What happened there, by the time since it began."""
    since = event.starts_at
    orders = event.orders.order_by("pk").values_list("created_at", "status", "amount", "order_notes")
    guests = Attendee.objects.filter(order__event=event).order_by("pk")
    guests = guests.values_list("sold_as", "firstname", "lastname", "email", "price_paid", "price_reason")
    payments = Payment.objects.filter(order__event=event).order_by("pk")
    payments = payments.values_list("created_at", "tender", "amount", "tendered", "reference")
    scans = CheckIn.objects.filter(event=event).order_by("pk")
    scans = scans.values_list("occurred_at", "station__name", "direction", "answer", "attendee__lastname")
    return [
        [tuple(value - since if isinstance(value, datetime) else value for value in row) for row in rows]
        for rows in (orders, guests, payments, scans)
    ]
