"""Limits beside a ticket's own quantity: over several kinds together, and for a purpose."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base.validators import validate_time
from events.models import ROLES, Act, Event, Member, role_of
from tickets.models import Ticket

# More nobody holds; all the holds of an unlimited ticket together must be a number that databases have.
MOST_HELD = 1_000_000


def _keep_counted(row: models.Model, counted: str, options: dict[str, Any]) -> None:
    """Let a save leave out what `limits.shelf` counts: a row that was read a minute ago would undo a minute's
    sales.
    """
    if not row._state.adding and options.get("update_fields") is None:
        fields = (field for field in row._meta.concrete_fields if not field.primary_key)
        options["update_fields"] = [field.name for field in fields if field.name != counted]


def keep_others(row: models.Model, stored: models.Model, changed: Collection[str] | None) -> None:
    """Let a row that was read before `stored` was locked have its values, but for what is `changed` (None:
    all is).
    """
    for field in row._meta.concrete_fields:
        if changed is not None and field.name not in changed:
            setattr(row, field.attname, getattr(stored, field.attname))


class QuotaQuerySet(AuditedQuerySet["Quota"]):
    def for_user(self, user: User) -> Self:
        """The quotas of the events where `user` reads sales, each with the user's `role`."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_SALES])

    def by_reference(self, reference: int | str) -> Self:
        """By id; a quota has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Quota(Audited):
    """A limit over several tickets of an event together: "200 seats". A ticket may be in several."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="quotas", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=50)
    size = models.PositiveIntegerField(
        _("size"), help_text=_("So many of its tickets can be sold or held, all kinds together.")
    )
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    tickets = models.ManyToManyField(
        Ticket, through="Membership", blank=True, related_name="quotas", verbose_name=_("tickets")
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        ordering = ["event", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                name="quota_name_once_per_event",
                violation_error_message=_("The event has a quota of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0) & Q(used__lte=F("size")),
                name="quota_used_within_size",
                violation_error_message=_("More of its tickets are sold or held than that."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "quota"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        _keep_counted(self, "used", kwargs)
        super().save(*args, **kwargs)

    @property
    def left(self) -> int:
        """How many of its tickets can still be sold or held."""
        return self.size - self.used


class Membership(models.Model):
    """That a ticket is in a quota. Written by `limits.quotas` alone, which counts it on the ticket."""

    quota = models.ForeignKey(Quota, on_delete=models.CASCADE, related_name="memberships")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["ticket", "quota"], name="ticket_once_in_a_quota")]

    def __str__(self) -> str:
        return f"{self.quota_id}: {self.ticket_id}"


class HoldQuerySet(AuditedQuerySet["Hold"]):
    def for_user(self, user: User) -> Self:
        """The holds of the events where `user` reads sales, each with the user's `role`."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.READ_SALES])

    def by_reference(self, reference: int | str) -> Self:
        """By id; a hold has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def ended(self, at: datetime) -> Self:
        """Those that have run out before `at` (UTC) and still keep something from everybody."""
        return self.filter(ends_at__lte=at, quantity__gt=F("sold"))

    def running(self, at: datetime) -> Self:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))

    def open_to_seller(self, user: User, till_id: int | None) -> Self:
        """Those from which `user` may sell at that till."""
        named = Q(open_to=Hold.OpenTo.MEMBERS, members__user=user)
        here = Q(open_to=Hold.OpenTo.TILL, till=till_id) if till_id is not None else Q(pk__in=[])
        return self.filter(Q(open_to=Hold.OpenTo.ALL) | here | named).distinct()


class Hold(Audited):
    """So many of a ticket set aside for a purpose: a guest list, a sponsor, a till. What it has left counts
    as held of its ticket and as used of its quotas.
    """

    class OpenTo(models.TextChoices):
        ALL = "all", _("everybody who sells")
        TILL = "till", _("one till")
        MEMBERS = "members", _("named members")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="holds", verbose_name=_("event"))
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="holds", verbose_name=_("ticket")
    )
    name = models.CharField(_("name"), max_length=50, help_text=_('What for: "Guest list".'))
    quantity = models.PositiveIntegerField(
        _("quantity"),
        validators=[MaxValueValidator(MOST_HELD)],
        help_text=_("What was sold from it included. Less gives the rest back."),
    )
    sold = models.PositiveIntegerField(_("sold"), default=0, editable=False)
    ends_at = models.DateTimeField(
        _("ends"),
        null=True,
        blank=True,
        validators=[validate_time],
        help_text=_("Then what is left goes back on sale. Empty: when somebody gives it back."),
    )
    open_to = models.CharField(_("sold from by"), max_length=7, choices=OpenTo.choices, default=OpenTo.ALL)
    till = models.ForeignKey(
        "shifts.Till",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("till"),
    )
    members = models.ManyToManyField(Member, blank=True, related_name="holds", verbose_name=_("members"))

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["event", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "name"],
                name="hold_name_once_per_ticket",
                violation_error_message=_("The ticket has a hold of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(sold__gte=0) & Q(sold__lte=F("quantity")),
                name="hold_sold_within_quantity",
                violation_error_message=_("More were sold from it than that."),
            ),
            models.CheckConstraint(
                condition=Q(open_to="till", till__isnull=False) | ~Q(open_to="till") & Q(till__isnull=True),
                name="hold_till_if_for_a_till",
                violation_error_message=_("Name the till, if it is for one, and else none."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "hold"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        _keep_counted(self, "sold", kwargs)
        super().save(*args, **kwargs)

    @property
    def left(self) -> int:
        """How many it still keeps from everybody else."""
        return self.quantity - self.sold

    def runs(self, at: datetime) -> bool:
        """Whether it can be sold from at `at` (UTC)."""
        return self.ends_at is None or at < self.ends_at

    def may_be_sold_from(self, user_id: int | None, till_id: int | None) -> bool:
        """Whether that seller may, at that till."""
        if self.open_to == self.OpenTo.TILL:
            return till_id is not None and self.till_id == till_id
        if self.open_to == self.OpenTo.MEMBERS:
            return user_id is not None and self.members.filter(user=user_id).exists()
        return True
