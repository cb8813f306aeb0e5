"""Which roles there are at an event, and what each may do there."""

from enum import Enum, auto
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from events.models import Event


class Role(models.TextChoices):
    ORGANIZER = "organizer", _("organizer")
    CASHIER = "cashier", _("cashier")
    REGISTRAR = "registrar", _("registrar")


class Act(Enum):
    """Something that only some roles may do at an event."""

    MANAGE = auto()  # the event, its tickets, its members
    SELL = auto()  # onsite
    READ_SALES = auto()  # orders, payments, attendees with their codes
    READ_GUESTS = auto()  # attendees, e-mail masked, without codes
    CHECK_IN = auto()  # let guests in and out


ROLES: dict[Act, frozenset[str]] = {
    Act.MANAGE: frozenset({Role.ORGANIZER}),
    Act.SELL: frozenset({Role.ORGANIZER, Role.CASHIER}),
    Act.READ_SALES: frozenset({Role.ORGANIZER, Role.CASHIER}),
    Act.READ_GUESTS: frozenset({Role.ORGANIZER, Role.CASHIER, Role.REGISTRAR}),
    Act.CHECK_IN: frozenset({Role.ORGANIZER, Role.CASHIER, Role.REGISTRAR}),
}


def may(role: str | None, act: Act) -> bool:
    """Whether somebody with `role` at an event (None: no member) may do `act` there."""
    return role in ROLES[act]


def known_role(event: "Event") -> models.expressions.Combinable:
    """SQL for the role of whoever asks at an event that was looked up for them: nothing need be looked up
    for each row.
    """
    return Value(event.role, output_field=models.CharField())


def asker(user_id: int | None, is_superuser: bool) -> User | AnonymousUser:
    """Who asks, as far as a statement that is kept must know."""
    return AnonymousUser() if user_id is None else User(pk=user_id, is_superuser=is_superuser)
