"""What is missing before an event's doors open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.approvals import possible_approvers
from events.models import Event, Role
from home.models import Tick
from orders.models import Order


@dataclass(frozen=True)
class Point:
    """Something that is ready, or not; `address` leads to where one sees to it, and `seen_to` says how."""

    name: str
    title: str | Promise
    why: str | Promise
    seen_to: str | Promise
    address: Callable[[Event], str]
    is_ready: Callable[[Event], bool]


@dataclass(frozen=True)
class Found:
    """A point at an event: ready, or ticked by somebody who knows better."""

    point: Point
    address: str
    is_ready: bool
    tick: Tick | None

    @property
    def is_done(self) -> bool:
        return self.is_ready or self.tick is not None


def _tab(name: str) -> Callable[[Event], str]:
    return lambda event: reverse("event-edit", args=[event.identifier, name])


def _page(name: str) -> Callable[[Event], str]:
    return lambda event: reverse(name, args=[event.identifier])


def _has_cashier(event: Event) -> bool:
    people = event.members.filter(user__is_active=True, user__is_device=False)
    return people.filter(role=Role.CASHIER).exists()


def _has_tried(event: Event) -> bool:
    back = Q(status=Order.Status.CANCELLED, completed_at__isnull=False)
    return event.orders.filter(back, channel=Order.Channel.ONSITE).exists()


POINTS = (
    Point(
        "tickets",
        _("Something is for sale"),
        _("A kind of ticket with its price."),
        _("Name the tickets"),
        _tab("tickets"),
        lambda event: event.tickets.exists(),
    ),
    Point(
        "till",
        _("There is a till"),
        _("Whoever takes cash opens a shift at it."),
        _("Add a till"),
        _tab("places"),
        lambda event: event.tills.exists(),
    ),
    Point(
        "pin",
        _("An organizer has a PIN"),
        _("With it a free ticket or another price is approved at the till."),
        _("Choose your PIN"),
        lambda event: reverse("pin"),
        lambda event: bool(possible_approvers(event)),
    ),
    Point(
        "cashier",
        _("A cashier has joined"),
        _("Invite whoever sells; the link works once."),
        _("Invite people"),
        _tab("people"),
        _has_cashier,
    ),
    Point(
        "printer",
        _("A printer was tried"),
        _("A page for it shows a receipt in the width of the paper."),
        _("Print a test page"),
        _page("event-printer"),
        lambda event: False,
    ),
    Point(
        "tablet",
        _("A tablet is paired"),
        _("It stands at the door or the till without anybody's log-in."),
        _("Pair a device"),
        _tab("devices"),
        lambda event: event.devices.filter(revoked_at=None, last_seen_at__isnull=False).exists(),
    ),
    Point(
        "published",
        _("The event is published"),
        _("Until then only its members see it."),
        _("Publish it"),
        _tab("settings"),
        lambda event: event.is_published,
    ),
    Point(
        "sale",
        _("A test sale was made and taken back"),
        _("Sell one and undo it, or rehearse the whole evening in a copy."),
        _("Go to the till"),
        _page("till"),
        _has_tried,
    ),
)
BY_NAME = {point.name: point for point in POINTS}


def checklist(event: Event) -> list[Found]:
    """Every point, in the order in which one sees to it."""
    ticks = {tick.point: tick for tick in Tick.objects.filter(event=event).select_related("by")}
    return [
        Found(point, point.address(event), point.is_ready(event), ticks.get(point.name)) for point in POINTS
    ]


def tick(event: Event, point: Point, *, by: User, at: datetime) -> None:
    """Take a point for done; who did so first stays written down."""
    Tick.objects.get_or_create(event=event, point=point.name, defaults={"by": by, "at": at})


def untick(event: Event, point: Point) -> None:
    Tick.objects.filter(event=event, point=point.name).delete()


def is_before_doors(event: Event, at: datetime) -> bool:
    """Whether the checklist still counts: doors open with the event."""
    return at < event.starts_at
