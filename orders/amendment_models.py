from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from base.money import AmountField, TaxRateField
from base.records import Record
from shifts.models import Shift


class Amendment(Record):
    """Something that was done to an order after it was sold, and is no payment: by whom, why, with whose
    leave. What it has changed names it.
    """

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("cancelled")
        CANCEL_ATTENDEES = "cancel-attendees", _("tickets cancelled")
        REFUND = "refund", _("money given back")
        EXCHANGE = "exchange", _("tickets exchanged")
        RESTORE = "restore", _("restored")
        SWAP_CODE = "swap-code", _("new code for a lost ticket")
        TRANSFER = "transfer", _("passed on")

    # A code was replaced, and whoever had the old one has nothing any more.
    REISSUES = (Kind.SWAP_CODE, Kind.TRANSFER)

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="amendments", verbose_name=_("order")
    )
    kind = models.CharField(_("what was done"), max_length=16, choices=Kind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
        help_text=_("Nobody: a script."),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("approved by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    shift = models.ForeignKey(
        Shift,
        on_delete=models.PROTECT,
        null=True,
        related_name="amendments",
        db_index=False,
        verbose_name=_("shift"),
        help_text=_("In whose report it stands."),
    )
    # Names as they were, for whoever reads what happened.
    said = models.JSONField(_("details"), default=dict)
    key = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("by", Value(0), output_field=models.BigIntegerField()),
                "key",
                condition=Q(key__isnull=False),
                name="amendment_key_once_per_actor",
            ),
        ]
        indexes = [
            models.Index(fields=["shift"], name="amendment_of_shift", condition=Q(shift__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def sums(self) -> dict[str, Decimal]:
        """How much was kept and given as goodwill, less what was taken back of it; rounded, because SQLite
        adds in floats.
        """
        sums = dict.fromkeys(Adjustment.Kind.values, Decimal("0.00"))
        for kind, amount in self.order_by().values_list("kind").annotate(Sum("amount")):
            sums[kind] = round(amount, 2)
        return sums


class Adjustment(Record):
    """Why an order holds other money than its tickets cost: `kept` of tickets that were cancelled, or given
    back as `goodwill` for tickets that still admit. Below zero, as much of it no longer counts.
    """

    class Kind(models.TextChoices):
        KEPT = "kept", _("kept")
        GOODWILL = "goodwill", _("goodwill")

    amendment = models.ForeignKey(
        Amendment, on_delete=models.PROTECT, related_name="adjustments", verbose_name=_("amendment")
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="adjustments", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    amount = AmountField(_("amount"))
    tax_rate = TaxRateField(_("tax rate"), null=True)
    tax = AmountField(_("tax included"), default=0)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_kind_display()}"

    @property
    def sign(self) -> int:
        """Whether an order holds more by it than its tickets cost, or less."""
        return 1 if self.kind == self.Kind.KEPT else -1


def adjusted(rows: Iterable[Adjustment]) -> Decimal:
    """What adjustments make an order hold beyond what its tickets cost; below zero, less."""
    return sum((row.sign * row.amount for row in rows), Decimal(0))
