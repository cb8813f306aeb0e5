"""Whoever holds an order's claim link puts in who comes with its tickets."""

from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from attendees.corrections import correct_as_guest
from attendees.models import Attendee
from base.database import retry_transient
from base.errors import Conflict, NotFound
from claims.tokens import is_shown, token_of
from orders.acting import locked
from orders.models import Order


def why_fixed(order: Order, guest: Attendee, at: datetime) -> str:
    """Why the holder of the link may not name a guest of the order now, for people; empty if they may. A name
    that somebody else put in stays: the ticket was sold to that person.
    """
    if not guest.is_live:
        return _("This ticket was cancelled.")
    if guest.entered_at is not None:
        return _("The guest has come: the name stays.")
    if at > order.event.ends_at:
        return _("The event is over.")
    if guest.full_name and not _is_named_by_guest(order, guest):
        return _("The ticket was sold with this name. Ask at the till.")
    return ""


def _is_named_by_guest(order: Order, guest: Attendee) -> bool:
    rows = [row for row in order.corrections.all() if row.attendee_id == guest.pk]
    named = [row for row in rows if {"firstname", "lastname"} & set(row.after)]
    return bool(named) and named[-1].is_by_guest


@retry_transient
def name_guest(
    order: Order, token: str, *, attendee: int, at: datetime, firstname: str, lastname: str
) -> None:
    """Name a guest of the order, by id, for whoever holds the link with that token; `at` is now (UTC).

    Raises `NotFound` if the link has ended meanwhile, or for another order's guest; `Conflict` `name-fixed`;
    `Invalid` for what is no name; `Busy`.
    """
    with transaction.atomic(durable=True):
        now = locked(order)  # keeps out scans, and whoever passes a ticket on
        if not constant_time_compare(token_of(now), token) or not is_shown(now, at):
            raise NotFound.of("not-found", _("This link shows no tickets any more."))
        guest = next((one for one in now.attendees.all() if one.pk == attendee), None)
        if guest is None:
            raise NotFound.of("not-found", _("The order has no such attendee."), "attendee")
        if reason := why_fixed(now, guest, at):
            raise Conflict.of("name-fixed", reason, "attendee")
        correct_as_guest(guest, at=at, firstname=firstname, lastname=lastname)
