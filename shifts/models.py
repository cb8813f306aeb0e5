"""Tills, and the shifts of those who work at them: whose money lies in which drawer."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base.money import AmountField, SumField
from base.records import Record
from events.models import ROLES, Act, Event, role_of


class TillQuerySet(AuditedQuerySet["Till"]):
    def for_user(self, user: User) -> Self:
        """The tills of the events at which `user` reads sales."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_SALES])


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

    def __str__(self) -> str:
        return f"{self.till}, {self.cashier}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

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

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cash__gte=0), name="count_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.cash} + {self.card}"

    @property
    def difference(self) -> Decimal:
        """Cash counted less cash expected: below zero, something is missing."""
        return self.cash - self.expected_cash

    @property
    def card_difference(self) -> Decimal:
        return self.card - self.expected_card


class CashMovement(Record):
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

    class Meta:
        verbose_name = _("cash movement")
        verbose_name_plural = _("cash movements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="movement_moves_money"),
            models.UniqueConstraint(fields=["shift", "idempotency_key"], name="movement_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.reason}"

    @property
    def said(self) -> tuple[Decimal, str, int]:
        """What tells one movement from another: how much, what for, and by whom."""
        return self.amount, self.reason, self.created_by_id
