"""A row of every model that the admin shows of an event."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Model

from books.models import BooksCheck
from devices.tests.factories import add_device
from door.admission import Scan, check_in
from door.models import Station
from events.admin_site import EventScoped
from events.invitations import invite
from events.models import Event, Member
from events.tests.factories import EventFactory, MemberFactory
from limits.tests.factories import hold_of, quota_of
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from outbox.tests.factories import MessageFactory
from prices.tests.factories import discount_of
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

SCOPED = {
    model: model_admin
    for model, model_admin in admin.site._registry.items()
    if isinstance(model_admin, EventScoped)
}


def an_event(**fields: Any) -> Event:
    """With a row of each model in `SCOPED`."""
    event = EventFactory(**fields)
    shift = ShiftFactory(till__event=event)
    paid = [Paid("cash")]
    sold = TicketFactory(event=event)
    order = sold_onsite(event=event, lines=[Line(sold.pk, 1)], seller=shift.cashier, payments=paid)
    drawer.move_cash(shift=shift, amount=Decimal(-1), reason="ice", desk=Desk(shift.cashier))
    drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
    Station.objects.create(event=event, name=f"North of {event}")
    check_in(Scan(event, order.attendees.get().code), by=shift.cashier)
    add_device(event, name=f"Tablet of {event}")
    MemberFactory(event=event, user__name=f"Ana of {event}", role="registrar")
    invite(event=event, email="ana@example.com", role="cashier", by=None)
    TicketFactory(event=event, name=f"Unsold of {event}")
    unsold = TicketFactory(event=event, name=f"Held of {event}")
    quota_of(unsold, size=50, name=f"Seats of {event}")
    hold_of(unsold, 1, name=f"List of {event}", ends_at=event.ends_at)
    discount_of(event, name=f"Discount of {event}", percent=5, ends_at=event.ends_at)
    MessageFactory(hook__event=event)
    BooksCheck.objects.create(event=event, checked_at=order.created_at, number=0)
    return event


def row_of(event: Event, model: type[Model]) -> Model:
    """The last row of the model at the event that the admin shows."""
    path = SCOPED[model].event_path or "pk"
    rows = model._default_manager.filter(**{path: event.pk})
    if model is Member:
        rows = rows.filter(user__is_device=False)
    return rows.order_by("pk").last()
