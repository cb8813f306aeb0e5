from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Self

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from attendees.models import Attendee, is_code
from attendees.standing import Standing, standing_of
from audit.models import Audited, AuditedQuerySet
from base.claim_links import HIDDEN
from base.records import Record
from events.models import ROLES, Act, Event, role_of
from tickets.models import Ticket


class StationQuerySet(AuditedQuerySet["Station"]):
    def for_user(self, user: User) -> Self:
        """The stations of the events where `user` reads guests, each with the user's `role`."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_GUESTS])

    def with_passages(self) -> Self:
        """Each with how many `entered` and `left` there; what was taken back counts the other way. Of their
        event's scans, which have an index, as those of a station have not.
        """
        scans = models.FilteredRelation("check_ins", condition=Q(check_ins__event=F("event")))
        moves = {"entered": Q(scans__moved=1), "left": Q(scans__moved=-1)}
        counts = {name: models.Count("scans", filter=q) for name, q in moves.items()}
        return self.annotate(scans=scans).annotate(**counts)

    def by_reference(self, reference: int | str) -> Self:
        """By id; a station has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Station(Audited):
    """A gate of an event: which tickets it lets pass, and which way."""

    class Direction(models.TextChoices):
        IN = "in", _("in")
        OUT = "out", _("out")
        BOTH = "both", _("both")

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="stations", verbose_name=_("event")
    )
    name = models.CharField(_("name"), max_length=50)
    direction = models.CharField(
        _("direction"), max_length=4, choices=Direction.choices, default=Direction.BOTH
    )
    tickets = models.ManyToManyField(
        Ticket, blank=True, related_name="stations", verbose_name=_("tickets"), help_text=_("None: all.")
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    # What `door.lookup` reads along: whether it lets pass some tickets only, if known; its event's capacity.
    is_restricted = True
    capacity: int | None = None
    # How many, where it was looked up `with_passages`.
    entered = left = 0

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ["event", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                name="station_name_once_per_event",
                violation_error_message=_("The event has a station of this name already."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "station"

    def __str__(self) -> str:
        return self.name

    def has_scans(self) -> bool:
        """Whether anything was ever scanned there."""
        return self.check_ins.filter(event=self.event_id).exists()


@dataclass(frozen=True)
class Guest:
    """An attendee who was seen, locked, with what is judged of them."""

    attendee: Attendee
    event_id: int
    order_status: str
    order_identifier: str
    ticket_name: str
    door_note: str
    admits: bool  # whether the ticket lets anybody in
    valid_from: datetime | None
    valid_until: datetime | None
    # Of the event.
    starts_at: datetime
    ends_at: datetime
    margin_hours: int | None
    timezone: str
    day_ends_at: time
    reentry: str
    capacity: int | None  # and how many are inside there, if it counts them
    inside: int
    is_heard: bool  # whether anybody is to be told what happens there
    has_company: bool  # others of the same order
    # Whether the code that was seen was theirs before they got another one.
    by_former_code: bool = field(default=False, kw_only=True)
    # Of the check-in that becomes of it, if that was drawn (`base.sql.together`).
    drawn_id: int | None = field(default=None, kw_only=True)

    @property
    def standing(self) -> Standing:
        return standing_of(self.order_status, cancelled=self.is_dead)

    @property
    def is_dead(self) -> bool:
        """Whether the code that was seen is nobody's any more, or its ticket was cancelled by itself."""
        return self.by_former_code or not self.attendee.is_live

    @property
    def brings_company(self) -> bool:
        return self.has_company and not self.is_dead


@dataclass(frozen=True)
class GuestAtStation(Guest):
    """And what is to be known of the station."""

    station_name: str
    station_direction: str
    is_restricted: bool


@dataclass(frozen=True)
class Company:
    """The others of a guest's order: those who would be let in here and now, and the rest with why not."""

    coming: Sequence[Guest] = ()
    staying: Sequence[tuple[Guest, str]] = ()


# Let in although the answer was no, or sent away although it was yes.
CONFLICT = Q(admitted=True) & ~Q(answer="ok") | Q(admitted=False, answer="ok")


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def for_user(self, user: User) -> Self:
        """The scans of the events where `user` checks guests in, each with the user's `role`."""
        return self.with_role(user).filter(role__in=ROLES[Act.CHECK_IN])

    def by_reference(self, reference: int | str) -> Self:
        """By id; a scan has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def with_role(self, user: User) -> Self:
        """All scans, each with the user's `role` at its event."""
        return self.annotate(role=role_of(user, "event_id"))

    def conflicts(self) -> Self:
        """Guests who were let in although the answer was no, and who were sent away although it was yes."""
        return self.filter(CONFLICT)

    def standing(self) -> Self:
        """The scans that moved a guest, without what was undone and what undid it."""
        return self.exclude(moved=0).filter(undoes=None, undone_by=None)


class CheckIn(Record):
    """One scan: who, where, in or out, when, and what the answer was. `moved` is what it did to the
    number of people inside: 1, -1 or 0.
    """

    class Direction(models.TextChoices):
        IN = "in", _("in")
        OUT = "out", _("out")

    class Answer(models.TextChoices):
        OK = "ok", _("ok")
        ALREADY = "already-checked-in", _("already in")
        NOT_INSIDE = "not-inside", _("not inside")
        UNPAID = "unpaid", _("not paid")
        CANCELLED = "cancelled", _("cancelled")
        UNKNOWN = "unknown", _("unknown code")
        WRONG_EVENT = "wrong-event", _("another event")
        WRONG_STATION = "wrong-station", _("another gate")
        NOT_YET_VALID = "not-yet-valid", _("too early")
        EXPIRED = "expired", _("expired")
        FULL = "full", _("full")
        ADMITS_NOBODY = "admits-nobody", _("admits nobody")

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="check_ins", db_index=False, verbose_name=_("event")
    )
    attendee = models.ForeignKey(
        Attendee,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("attendee"),
    )
    code = models.CharField(
        _("code"), max_length=200, blank=True, help_text=_("What was scanned, where no guest was found.")
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        db_index=False,
        verbose_name=_("station"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        db_index=False,
        verbose_name=_("checked by"),
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    answer = models.CharField(_("answer"), max_length=18, choices=Answer.choices)
    moved = models.SmallIntegerField(_("moved"), default=0)
    occurred_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("arrived at"))
    clock_is_off = models.BooleanField(
        _("clock is off"), default=False, help_text=_("Judged by its arrival, because it cannot be true.")
    )
    admitted = models.BooleanField(
        _("let in"),
        null=True,
        blank=True,
        help_text=_("What the door did by itself; empty: what it was told."),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("approved by"),
    )
    undoes = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        db_index=False,
        verbose_name=_("undoes"),
    )
    nonce = models.UUIDField(editable=False, null=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    # What is told beside the answer of a scan that was just made (`door.admission`).
    guest: Guest | None = None
    previous: "CheckIn | None" = None
    was_out_since: datetime | None = None
    inside: int | None = None
    company: Company = Company()

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["event", "-id"], name="check_in_newest_of_event"),
            # Of the few that somebody looks for: a guest who simply comes in is in none of them.
            models.Index(fields=["event", "-id"], name="check_in_conflict", condition=CONFLICT),
            models.Index(fields=["event", "-id"], name="check_in_refused", condition=~Q(answer="ok")),
            models.Index(fields=["event", "-id"], name="check_in_not_entered", condition=~Q(moved=1)),
            models.Index(fields=["event", "-id"], name="check_in_clock_off", condition=Q(clock_is_off=True)),
            models.Index(Upper("code"), name="check_in_by_code", condition=~Q(code="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "nonce"],
                condition=Q(nonce__isnull=False),
                name="check_in_nonce_once_per_event",
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(undoes__isnull=False), name="check_in_undone_once"
            ),
            models.CheckConstraint(condition=Q(moved__in=[-1, 0, 1]), name="check_in_moves_one"),
        ]

    class JSONAPIMeta:
        resource_name = "check-in"

    def __str__(self) -> str:
        return f"{self.direction}: {self.answer}"

    @property
    def happened_at(self) -> datetime:
        """When it happened (UTC), as far as the door's clock can be believed."""
        return self.received_at if self.clock_is_off else self.occurred_at

    @property
    @admin.display(description=_("code"))
    def shown_code(self) -> str:
        """What was scanned; of what may be a ticket only the beginning: all of it admits at another event,
        or here as soon as it is ordered.
        """
        return f"{self.code[:4]}…" if is_code(self.code) else self.code

    @property
    def is_of_a_receipt(self) -> bool:
        """Whether a receipt was shown in place of a ticket: its claim link was scanned."""
        return self.code == HIDDEN

    @property
    def is_let_through(self) -> bool:
        """Whether the guest passed: as answered, or as the door decided by itself."""
        if self.admitted is None or self.answer == self.Answer.ADMITS_NOBODY:
            return self.answer == self.Answer.OK
        return self.admitted


class Phone(models.Model):
    """A browser of somebody's own on which scans wait, as its door told last (`door.phones`). One that has
    sent them all has no row.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="phones", verbose_name=_("event"))
    browser = models.CharField(max_length=16)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("whose")
    )
    waiting = models.PositiveIntegerField(_("scans that wait on it"))
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["event", "browser"], name="phone_once_per_event")]

    def __str__(self) -> str:
        return gettext("%(person)s's phone") % {"person": self.user}
