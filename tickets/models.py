from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base import money
from base.money import PriceField, TaxRateField
from base.sql.above import many_above
from base.validators import validate_description, validate_time
from events.models import Event, known_role, role_of

# What `tickets.stock` alone writes.
COUNTED = frozenset({"sold", "held", "limited_by"})


class TicketQuerySet(AuditedQuerySet["Ticket"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """The tickets that `user` may see, each with the user's `role` at its event."""
        open_to_all = Q(event__state=Event.State.PUBLISHED, event__is_test=False, is_hidden=False)
        return self.with_role(user).filter(Q(role__isnull=False) | open_to_all)

    def of(self, event: Event) -> Self:
        """As `for_user`, of an event that was looked up for somebody, who has a `role` there."""
        tickets = self.with_quotas().annotate(role=known_role(event)).filter(event=event)
        return tickets.filter(is_hidden=False) if event.role is None else tickets

    def with_role(self, user: User | AnonymousUser) -> Self:
        """All tickets, each with the user's `role` at its event (None for a stranger)."""
        return self.with_quotas().annotate(role=role_of(user, "event_id"))

    def with_quotas(self) -> Self:
        """Each with its `quotas_left`, without a look-up of its own."""
        memberships = many_above(Ticket, "memberships")._base_manager.filter(ticket=OuterRef("pk"))
        left = Min(F("quota__size") - F("quota__used"))
        return self.annotate(
            quotas_left=Subquery(memberships.order_by().values("ticket").annotate(n=left).values("n"))
        )

    def by_reference(self, reference: int | str) -> Self:
        """By id; a ticket has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def find(self, user: User | AnonymousUser, reference: int | str) -> "Ticket | None":
        """The ticket of that id, if `user` may see it, with the user's `role`."""
        return self.for_user(user).by_reference(reference).select_related("event").first()


class Ticket(Audited):
    """A kind of ticket of one event: what is sold, for how much, and how many are left."""

    class Type(models.TextChoices):
        FREE = "free", _("free")
        PAID = "paid", pgettext_lazy("kind of ticket", "paid")
        DONATION = "donation", _("donation")

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("event")
    )
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True, validators=[validate_description])
    type = models.CharField(_("type"), max_length=8, choices=Type.choices, default=Type.PAID)
    price = PriceField(_("price"), default=Decimal(0), validators=[MinValueValidator(0)])
    min_price = PriceField(_("least donation"), null=True, blank=True, validators=[MinValueValidator(0)])
    max_price = PriceField(_("greatest donation"), null=True, blank=True, validators=[MinValueValidator(0)])
    quantity = models.PositiveIntegerField(
        _("quantity"), null=True, blank=True, help_text=_("Empty: as many as come.")
    )
    sold = models.PositiveIntegerField(_("sold"), default=0, editable=False)
    held = models.PositiveIntegerField(
        _("held"), default=0, editable=False, help_text=_("Set aside for a purpose, and not sold from there.")
    )
    # Kept beside the memberships, under the ticket's lock: a sale must know from the ticket's row.
    limited_by = models.PositiveSmallIntegerField(_("in so many quotas"), default=0, editable=False)
    sales_starts_at = models.DateTimeField(
        _("sales start"), null=True, blank=True, validators=[validate_time]
    )
    sales_ends_at = models.DateTimeField(_("sales end"), null=True, blank=True, validators=[validate_time])
    min_order = models.PositiveSmallIntegerField(
        _("at least, in one order"), default=1, validators=[MinValueValidator(1)]
    )
    max_order = models.PositiveSmallIntegerField(
        _("at most, in one order"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    valid_from = models.DateTimeField(_("admits from"), null=True, blank=True, validators=[validate_time])
    valid_until = models.DateTimeField(_("admits until"), null=True, blank=True, validators=[validate_time])
    admits = models.BooleanField(
        _("admits"),
        default=True,
        help_text=_("Off for what is sold beside admission: a programme, a drink token, a deposit."),
    )
    is_hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("Sold at the door only, and shown to members only.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    tax_rate = TaxRateField(
        _("tax rate"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Per cent, included in the price. Empty: no tax is shown."),
    )
    door_note = models.CharField(
        _("door note"), max_length=100, blank=True, help_text=_('Shown to staff: "check student card".')
    )

    group = models.CharField(
        _("group"),
        max_length=30,
        blank=True,
        help_text=_('Tickets of one group stand together at the till: "Concessions".'),
    )
    color = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("A colour is written like #1d4ed8."))],
        help_text=_("Marks the ticket at the till, written like #1d4ed8. Empty: no mark."),
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["event", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                name="ticket_name_once_per_event",
                violation_error_message=_("The event has a ticket of this name already."),
            ),
            # The last line of defence of the whole box office.
            models.CheckConstraint(
                condition=Q(sold__gte=0)
                & Q(held__gte=0)
                & (Q(quantity__isnull=True) | Q(quantity__gte=F("sold") + F("held"))),
                name="ticket_sold_within_quantity",
                violation_error_message=_("More tickets are sold or held than that."),
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0)
                & (Q(min_price__isnull=True) | Q(min_price__gte=0))
                & (Q(max_price__isnull=True) | Q(max_price__gte=0)),
                name="ticket_prices_not_negative",
                violation_error_message=_("A price cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0),
                name="ticket_tax_rate_not_negative",
                violation_error_message=_("A tax rate cannot be negative."),
            ),
            models.CheckConstraint(
                condition=~Q(type="free") | Q(price=0),
                name="ticket_free_costs_nothing",
                violation_error_message=_("A free ticket has no price."),
            ),
            models.CheckConstraint(
                condition=Q(min_price__isnull=True)
                | Q(max_price__isnull=True)
                | Q(min_price__lte=F("max_price")),
                name="ticket_donation_bounds_in_order",
                violation_error_message=_("The least donation is above the greatest."),
            ),
            models.CheckConstraint(
                condition=Q(min_order__gte=1)
                & (Q(max_order__isnull=True) | Q(max_order__gte=F("min_order"))),
                name="ticket_order_bounds_in_order",
                violation_error_message=_("One order must be able to take at least one ticket."),
            ),
            models.CheckConstraint(
                condition=Q(sales_starts_at__isnull=True)
                | Q(sales_ends_at__isnull=True)
                | Q(sales_starts_at__lte=F("sales_ends_at")),
                name="ticket_sales_window_in_order",
                violation_error_message=_("Sales cannot end before they start."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lte=F("valid_until")),
                name="ticket_validity_in_order",
                violation_error_message=_("A ticket cannot cease to admit before it begins to."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "ticket"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save everything but what is counted, which only `tickets.stock` writes: an instance that was
        read a minute ago would undo a minute's sales.
        """
        if not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in COUNTED
            ]
        super().save(*args, **kwargs)

    @property
    def available(self) -> int | None:
        """How many can still be sold to anybody: what its quantity and its quotas leave, without what is
        held; None for an unlimited ticket.
        """
        return min((n for n in (self.own_left, self.quotas_left) if n is not None), default=None)

    @property
    def own_left(self) -> int | None:
        """What its quantity alone leaves; None for no limit."""
        return None if self.quantity is None else self.quantity - self.sold - self.held

    @cached_property
    def quotas_left(self) -> int | None:
        """What the fullest of its quotas leaves; None where it is in none. Lists look it up `with_quotas`."""
        if not self.limited_by:
            return None
        left: int | None = Ticket.objects.with_quotas().get(pk=self.pk).quotas_left
        return left

    @property
    def misfits(self) -> list[str]:
        """The prices that cannot be paid in the event's currency, by field name."""
        prices = ((name, getattr(self, name)) for name in ("price", "min_price", "max_price"))
        return [n for n, price in prices if price is not None and not money.fits(price, self.event.currency)]

    def clean(self) -> None:
        if self.event_id is not None and self.misfits:
            raise ValidationError(dict.fromkeys(self.misfits, money.misfit(self.event.currency)))

    def sales_open(self, at: datetime) -> bool:
        """Whether `at` (UTC) lies within the sales window; an open end counts as always."""
        started = self.sales_starts_at is None or self.sales_starts_at <= at
        return started and not self.sales_over(at)

    def sales_over(self, at: datetime) -> bool:
        """Whether the sales window has ended before `at` (UTC)."""
        return self.sales_ends_at is not None and self.sales_ends_at < at
