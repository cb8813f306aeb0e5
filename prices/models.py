"""What makes a sale cost less than its tickets."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base import money
from base.money import PriceField, TaxRateField
from base.sql.above import many_above
from base.validators import validate_time
from events.models import ROLES, Act, Event, known_role, role_of
from tickets.models import Ticket

# Orders that have ended use nothing up (held against all of `Order.Status` by a test).
ENDED = ("cancelled", "expired")

LONGEST_CODE = 40
LONGEST_TYPED = 2 * LONGEST_CODE  # with a blank after each letter


def typed_code(text: str) -> str:
    """The text as a code is stored, however people have typed it: in any case, on a keyboard for letters of
    any width, composed or not, and without blanks and what nobody sees.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().upper()
    return unicodedata.normalize("NFKC", "".join(letter for letter in folded if _is_seen(letter)))


def _is_seen(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) != "Cf"


class DiscountQuerySet(AuditedQuerySet["Discount"]):
    def for_user(self, user: User) -> Self:
        """The discounts of the events where `user` reads sales, each with the user's `role`."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_SALES])

    def of(self, event: Event) -> Self:
        """Those of an event at which it is known that whoever asks reads its sales (`event.role`)."""
        return self.annotate(role=known_role(event)).filter(event=event)

    def by_reference(self, reference: int | str) -> Self:
        """By id; a discount's code is what the guest shows, and no reference."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def with_used(self) -> Self:
        """Each with the number of sales that have `used` it: orders that have not ended, with a ticket that
        was not cancelled by itself.
        """
        attendees = many_above(Discount, "attendees")._base_manager
        live = attendees.filter(discount=OuterRef("pk"), cancelled_at__isnull=True)
        orders = live.exclude(order__status__in=ENDED).order_by().values("discount")
        number = orders.annotate(n=Count("order", distinct=True)).values("n")
        return self.annotate(used=Coalesce(Subquery(number), 0))

    def usable(self, at: datetime) -> Self:
        """Those in use at `at` (UTC), whether or not they are used up."""
        ended = Q(ends_at__isnull=False, ends_at__lt=at)
        return self.filter(is_active=True).exclude(ended)


class Discount(Audited):
    """Per cent or an amount off, of each ticket or once of a sale, with or without a code that the guest
    shows. A voucher is one that works once.
    """

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("event")
    )
    name = models.CharField(_("name"), max_length=50, help_text=_("Stands on the receipt and in the books."))
    percent = TaxRateField(
        _("per cent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        help_text=_("Off each ticket; or name an amount."),
    )
    amount = PriceField(_("amount"), null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))])
    once_per_sale = models.BooleanField(
        _("once per sale"),
        default=False,
        help_text=_("The amount is taken off the sale once, instead of off each ticket."),
    )
    code = models.CharField(
        _("code"),
        max_length=LONGEST_CODE,
        blank=True,
        validators=[
            RegexValidator(r"\A[^\x00-\x08\x0e-\x1b\x7f]+\Z", _("A code has no control characters."))
        ],
        help_text=_("What the guest shows or says. Empty: whoever sells may give it."),
    )
    limit = models.PositiveIntegerField(
        _("in so many sales"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("1: a voucher, which works once. Empty: as often as somebody comes."),
    )
    most_tickets = models.PositiveSmallIntegerField(
        _("tickets of one sale, at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("The dearest of them cost less. Empty: all that it is for."),
    )
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, validators=[validate_time])
    tickets = models.ManyToManyField(
        Ticket, blank=True, related_name="discounts", verbose_name=_("tickets"), help_text=_("None: all.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    # In how many sales, where it was looked up `with_used`.
    used = 0

    objects = DiscountQuerySet.as_manager()

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["event", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                name="discount_name_once_per_event",
                violation_error_message=_("The event has a discount of this name already."),
            ),
            models.UniqueConstraint(
                fields=["event", "code"],
                condition=~Q(code=""),
                name="discount_code_once_per_event",
                violation_error_message=_("The event has a discount with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True, amount__isnull=False)
                | Q(percent__isnull=False, amount__isnull=True),
                name="discount_percent_or_amount",
                violation_error_message=_("A discount is per cent or an amount, one of both."),
            ),
            models.CheckConstraint(
                condition=(Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100))
                & (Q(amount__isnull=True) | Q(amount__gt=0)),
                name="discount_takes_something",
                violation_error_message=_("A discount takes more than nothing, and at most all."),
            ),
            models.CheckConstraint(
                condition=Q(once_per_sale=False) | Q(amount__isnull=False),
                name="discount_once_of_an_amount",
                violation_error_message=_(
                    "Per cent are of each ticket: only an amount goes off a sale once."
                ),
            ),
            models.CheckConstraint(
                condition=(Q(limit__isnull=True) | Q(limit__gte=1))
                & (Q(most_tickets__isnull=True) | Q(most_tickets__gte=1)),
                name="discount_works_at_least_once",
                violation_error_message=_("A discount works at least once, for at least one ticket."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "discount"

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        self.code = typed_code(self.code)
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        amount, known = self.amount, self.event_id is not None
        if known and amount is not None and not money.fits(amount, self.event.currency):
            raise ValidationError({"amount": money.misfit(self.event.currency)})

    @property
    def ticket_ids(self) -> set[int]:
        """The tickets that it is for, by id; none: all."""
        return {ticket.pk for ticket in self.tickets.all()}

    def is_over(self, at: datetime) -> bool:
        """Whether it is not given any more, or not yet again, at `at` (UTC)."""
        return not self.is_active or (self.ends_at is not None and self.ends_at < at)
