"""Tills, and the shifts of those who work at them: whose money lies in which drawer."""

from decimal import Decimal
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base.money import AmountField, SumField
from base.records import Record
from events.letterhead import Lettered, Letterhead, letterhead_of
from events.models import ROLES, Act, Event, may, role_of

OfShift = TypeVar("OfShift", "CashCount", "CashMovement")


class TillQuerySet(AuditedQuerySet["Till"]):
    def for_user(self, user: User) -> Self:
        """The tills of the events at which `user` reads sales."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_SALES])

    def by_reference(self, reference: int | str) -> Self:
        """By id; a till has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def find(self, user: User, reference: int | str) -> "Till | None":
        return self.for_user(user).by_reference(reference).select_related("event").first()


class Till(Audited):
    """A cash desk of an event, with one drawer."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="tills", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=50)
    auto_print = models.BooleanField(
        _("print after each sale"),
        default=False,
        help_text=_("The browser asks each time, unless it was started with its kiosk printing flag."),
    )

    objects = TillQuerySet.as_manager()

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        ordering = ["event", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                name="till_name_once_per_event",
                violation_error_message=_("The event has a till of this name already."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "till"

    def __str__(self) -> str:
        return self.name


class ShiftQuerySet(models.QuerySet["Shift"]):
    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def where_sells(self, user: User) -> Self:
        """The shifts of the events at which `user` sells, each with the user's `role`. Who works in which is
        judged by the drawer.
        """
        return self.annotate(role=role_of(user, "till__event_id")).filter(role__in=ROLES[Act.SELL])

    def for_user(self, user: User) -> Self:
        """The shifts that `user` reads: those that one answers for, those in which one was let in as long as
        they are open, and of an event that one organizes all.
        """
        return self.where_sells(user).filter(Q(role__in=ROLES[Act.MANAGE]) | self._own(user))

    def of(self, event: Event, user: User) -> Self:
        """As `for_user`, of an event at which it is known that `user` sells (`event.role`)."""
        shifts = self.filter(till__event=event)
        return shifts if may(event.role, Act.MANAGE) else shifts.filter(self._own(user))

    @staticmethod
    def _own(user: User) -> Q:
        helped = Q(closed_at__isnull=True, pk__in=Relief.objects.filter(user=user).values("shift"))
        return Q(cashier=user) | Q(closed_by=user) | helped

    def by_reference(self, reference: int | str) -> Self:
        """By id; a shift has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class OfShiftQuerySet(models.QuerySet[OfShift]):
    """What somebody has done at the drawer of a shift; `done_by` names who."""

    done_by: ClassVar[str]

    def for_user(self, user: User) -> Self:
        """What `user` has done, and all that was done in the shifts that `user` reads."""
        sells = Shift.objects.where_sells(user).order_by().values("pk")
        read = Shift.objects.for_user(user).order_by().values("pk")
        return self.filter(Q(shift__in=read) | Q(**{self.done_by: user}, shift__in=sells))

    def by_reference(self, reference: int | str) -> Self:
        """By id; such a row has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class CountQuerySet(OfShiftQuerySet["CashCount"]):
    done_by = "counted_by"


class MovementQuerySet(OfShiftQuerySet["CashMovement"]):
    done_by = "created_by"


class Shift(models.Model):
    """One session at a till, from the opening float to the counted close.

    `cashier` opened it and accounts for it; a colleague may sell from the same drawer meanwhile.
    """

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("till"))
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="shifts",
        verbose_name=_("cashier"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    opening_float = AmountField(_("opening float"))
    left_before = AmountField(
        _("left before"), null=True, blank=True, help_text=_("What stayed at the till's last close, if any.")
    )
    float_note = models.TextField(_("reason of another float"), blank=True)
    locked_at = models.DateTimeField(
        _("locked at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when nobody is logged in at its till who works there. Empty: it is not locked."),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    number = models.PositiveIntegerField(
        _("number of the Z report"), null=True, blank=True, help_text=_("Counts the closed shifts of a till.")
    )
    note = models.TextField(_("reason of the difference"), blank=True)
    stays = AmountField(_("stays in the drawer"), null=True, blank=True)
    to_safe = AmountField(_("to the safe"), null=True, blank=True)

    # Of whom it was looked up for.
    role: str | None = None
    # What it is called, where that was looked up beside it (`drawer.at_work`).
    till_name: str | None = None

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["till"], condition=Q(closed_at__isnull=True), name="shift_open_once_per_till"
            ),
            models.UniqueConstraint(
                fields=["cashier"], condition=Q(closed_at__isnull=True), name="shift_open_once_per_cashier"
            ),
            models.UniqueConstraint(fields=["till", "number"], name="shift_number_once_per_till"),
            models.CheckConstraint(condition=Q(opening_float__gte=0), name="shift_float_not_negative"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, number__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, number__isnull=False),
                name="shift_closed_by_somebody_with_a_number",
            ),
            # Both or neither: shifts that were closed before this was asked have neither.
            models.CheckConstraint(
                condition=Q(stays__isnull=True, to_safe__isnull=True) | Q(stays__gte=0, to_safe__gte=0),
                name="shift_cash_shared_out",
            ),
        ]

    class JSONAPIMeta:
        resource_name = "shift"

    def __str__(self) -> str:
        return f"{self.till}, {self.cashier}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def state(self) -> str:
        return "open" if self.is_open else "closed"

    def is_accounted_for_by(self, user: User) -> bool:
        """Whether `user` opened or closed it: who answers for it, and may read what it took."""
        return user.pk in (self.cashier_id, self.closed_by_id)

    @property
    def name_of_till(self) -> str:
        return self.till.name if self.till_name is None else self.till_name

    @property
    def was_forgotten(self) -> bool:
        """Whether somebody else had to close it."""
        return self.closed_by_id is not None and self.closed_by_id != self.cashier_id

    @property
    def last_count(self) -> "CashCount | None":
        """The count that holds; None while the drawer has not been counted."""
        return max(self.counts.all(), key=lambda count: count.pk, default=None)

    @property
    def left(self) -> Decimal | None:
        """What was left in the drawer when it was closed: all that was counted, where nobody asked. None
        while it is open.
        """
        if self.is_open or self.stays is not None:
            return self.stays
        return None if self.last_count is None else self.last_count.cash

    @property
    def has_another_float(self) -> bool:
        """Whether it began with another sum than stayed at the till's last close."""
        return self.left_before is not None and self.left_before != self.opening_float


class Relief(Record):
    """Leave for a colleague to work at the drawer of a shift until it is closed."""

    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, related_name="reliefs", verbose_name=_("shift")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("colleague")
    )
    let_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("let in by"),
        help_text=_("Empty: the colleague logged in at the till itself, in the browser that stood there."),
    )
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("relief")
        verbose_name_plural = _("reliefs")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["shift", "user"], name="relief_once_per_shift"),
        ]

    def __str__(self) -> str:
        return f"{self.shift}: {self.user}"


class CashCount(Record):
    """What somebody counted in the drawer, and the total that the card terminal declared."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="counts", verbose_name=_("shift"))
    cash = AmountField(_("cash counted"))
    card = AmountField(_("card total declared"))
    expected_cash = SumField(_("cash expected"), help_text=_("At that moment; not told before."))
    expected_card = SumField(_("card total expected"))
    pieces = models.JSONField(
        _("pieces"), default=dict, blank=True, help_text=_("How many of each coin and note, if counted so.")
    )
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("counted by")
    )
    counted_at = models.DateTimeField(_("counted at"))

    objects = CountQuerySet.as_manager()

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cash__gte=0), name="count_not_negative"),
        ]

    class JSONAPIMeta:
        resource_name = "count"

    def __str__(self) -> str:
        return f"{self.cash} + {self.card}"

    @property
    def difference(self) -> Decimal:
        """Cash counted less cash expected: below zero, something is missing."""
        return self.cash - self.expected_cash

    @property
    def card_difference(self) -> Decimal:
        return self.card - self.expected_card


class CashMovement(Lettered, Record):
    """Cash put into the drawer or taken out of it other than by a sale."""

    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, related_name="movements", verbose_name=_("shift")
    )
    amount = AmountField(_("amount"), help_text=_("Positive in, negative out."))
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("moved by")
    )
    created_at = models.DateTimeField(_("moved at"))
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001

    objects = MovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash movement")
        verbose_name_plural = _("cash movements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="movement_moves_money"),
            models.UniqueConstraint(fields=["shift", "idempotency_key"], name="movement_once_per_key"),
        ]

    class JSONAPIMeta:
        resource_name = "movement"

    def __str__(self) -> str:
        return f"{self.amount} {self.reason}"

    def letterhead_now(self) -> Letterhead:
        shift = self.shift
        people = {"till": shift.till.name, "cashier": str(shift.cashier), "by": str(self.created_by)}
        return letterhead_of(shift.till.event, **people)

    @property
    def said(self) -> tuple[Decimal, str, int]:
        """What tells one movement from another: how much, what for, and by whom."""
        return self.amount, self.reason, self.created_by_id
