from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from base.money import AmountField
from base.records import Record
from events.models import ROLES, Act, Event, may, role_of
from shifts.models import Shift

# Those that lie in no drawer that is still to be counted (docs/adr/0011).
COUNTED = Q(shift__isnull=True) | Q(shift__closed_at__isnull=False)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def for_user(self, user: User) -> Self:
        """The payments that `user` may see one by one: of the events whose sales they read, without what lies
        in a drawer that is still to be counted, unless they manage the event (`orders.blind`).
        """
        return self.annotate(role=role_of(user, "order__event_id")).filter(
            Q(role__in=ROLES[Act.MANAGE]) | Q(COUNTED, role__in=ROLES[Act.READ_SALES])
        )

    def of(self, event: Event) -> Self:
        """As `for_user`, of an event whose sales it is known that whoever asks reads (`event.role`)."""
        payments = self.filter(order__event=event)
        return payments if may(event.role, Act.MANAGE) else payments.filter(COUNTED)

    def of_money(self) -> Self:
        """Without what rounding gave or took, which nobody had in hand."""
        return self.exclude(tender=Payment.Tender.ROUNDING)

    def in_drawers_of(self, event: Event) -> Self:
        """The event's that passed through a drawer; read by its shifts, without a look at any order."""
        return self.filter(shift__till__event=event)

    def in_no_drawer_of(self, event: Event) -> Self:
        """The event's others."""
        return self.filter(shift__isnull=True, order__event=event)

    def with_counted(self) -> Self:
        """Each with whether it `is_counted`."""
        return self.annotate(is_counted=models.ExpressionWrapper(COUNTED, models.BooleanField()))

    def by_reference(self, reference: int | str) -> Self:
        """By id; a payment has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Payment(Record):
    """One movement of money on an order, in or out. What has happened is not edited: a mistake is
    put right by another movement.
    """

    class Tender(models.TextChoices):
        CASH = "cash", _("cash")
        CARD = "card", _("card")
        BANK = "bank", _("bank transfer")
        CHEQUE = "cheque", _("cheque")
        OTHER = "other", _("other")
        # What rounding a cash sum gave or took; no money, but the books must add up.
        ROUNDING = "rounding", _("rounding")

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    amount = AmountField(_("amount"), help_text=_("Positive in, negative out."))
    tender = models.CharField(_("tender"), max_length=8, choices=Tender.choices)
    tendered = AmountField(_("tendered"), null=True, blank=True)
    change = AmountField(_("change"), null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("taken by"),
    )
    created_at = models.DateTimeField(_("taken at"))
    shift = models.ForeignKey(
        Shift,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        db_index=False,
        verbose_name=_("shift"),
        help_text=_("Of the till at which it was taken."),
    )
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
        db_index=False,
        verbose_name=_("reverses"),
    )

    # Whether it lies in no drawer that is still to be counted, where that was looked up beside.
    is_counted = False

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["shift"], name="payment_of_shift", condition=Q(shift__isnull=False)),
            models.Index(fields=["reference"], name="payment_with_reference", condition=~Q(reference="")),
            models.Index(fields=["order"], name="payment_of_no_drawer", condition=Q(shift__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="payment_moves_money"),
            # Rounded, because SQLite adds in floats.
            models.CheckConstraint(
                condition=Q(tendered__isnull=True, change__isnull=True)
                | Q(tender="cash", change__gte=0, tendered=Round(F("amount") + F("change"), 2)),
                name="payment_change_adds_up",
            ),
        ]

    class JSONAPIMeta:
        resource_name = "payment"

    def __str__(self) -> str:
        return f"{self.amount} {self.get_tender_display()}"
