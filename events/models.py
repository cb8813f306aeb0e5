"""Events, and who may do what at each."""

from datetime import time
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base import money
from base.asking import concerns
from base.identifiers import IDENTIFIER, readable_identifier
from base.money import PriceField
from base.sql.kept import kept
from base.validators import validate_currency, validate_description, validate_time, validate_timezone
from base.validators import validate_lines as validate_lines  # a migration finds it here
from events.former_models import FormerIdentifier as FormerIdentifier
from events.invitation_models import Invitation as Invitation
from events.mail_models import WritesMail
from events.paper_models import WritesPaper
from events.paragraph_models import MailParagraph as MailParagraph
from events.role_models import ROLES as ROLES
from events.role_models import Act as Act
from events.role_models import Role as Role
from events.role_models import asker
from events.role_models import known_role as known_role
from events.role_models import may as may

MOST_MARGIN = 24 * 366  # hours


def role_at(event: "Event", user: User) -> str | None:
    """The role of `user` at `event`; a superuser counts as organizer, a stranger's is None."""
    if user.is_superuser:
        return Role.ORGANIZER
    return event.members.filter(user=user, user__is_active=True).values_list("role", flat=True).first()


def role_of(user: User | AnonymousUser, event: str) -> models.expressions.Combinable:
    """SQL for the role of `user` at the event whose id the column `event` holds.

    A superuser counts as organizer everywhere, a stranger's role is NULL.
    """
    if user.is_authenticated and user.is_superuser:
        return Value(Role.ORGANIZER.value, output_field=models.CharField())
    if not user.is_authenticated:
        return Value(None, output_field=models.CharField())
    return Subquery(Member.objects.filter(event=OuterRef(event), user=user).order_by().values("role")[:1])


class EventQuerySet(AuditedQuerySet["Event"]):
    def update(self, **changes: Any) -> int:
        if "is_test" in changes:
            raise TypeError("An event is a test for good, or never.")
        return super().update(**changes)

    def for_user(self, user: User | AnonymousUser) -> Self:
        """The events that `user` may see, each with the user's `role` (None for a stranger, who sees no
        test).
        """
        open_to_all = Q(state=Event.State.PUBLISHED, is_test=False)
        return self.annotate(role=role_of(user, "pk")).filter(open_to_all | Q(role__isnull=False))

    def where(self, user: User | AnonymousUser, act: Act) -> Self:
        """The events at which `user` may do `act`."""
        return self.annotate(role=role_of(user, "pk")).filter(role__in=ROLES[act])

    def by_reference(self, reference: int | str) -> Self:
        """By id (`int`) or identifier (`str`)."""
        if isinstance(reference, int):
            return self.filter(pk=reference)
        return self.filter(identifier=reference)

    def formerly(self, identifier: str) -> Self:
        """What was called so before; nothing, if another event is called so now."""
        taken = Event.objects.filter(identifier=identifier)
        return self.filter(~Exists(taken), former_identifiers__identifier=identifier)

    def find(self, user: User | AnonymousUser, reference: int | str) -> "Event | None":
        """What a document names: as `at`, also by what the event was called before."""
        found = self.at(user, reference)
        if found is None and isinstance(reference, str):
            found = self.for_user(user).formerly(reference).first()
            concerns(found.pk if found else None)
        return found

    def at(self, user: User | AnonymousUser, reference: int | str | None) -> "Event | None":
        """The event of that reference, as an address has it, if `user` may see it, with the user's `role`."""
        if reference is None:
            return None
        found = _visible(user_id=user.pk, is_superuser=user.is_superuser, reference=reference)
        if found:
            concerns(found[0].pk)
        return found[0] if found else None


@kept
def _visible(user_id: int | None, is_superuser: bool, reference: int | str) -> EventQuerySet:
    return Event.objects.for_user(asker(user_id, is_superuser)).by_reference(reference).order_by()


class Event(WritesMail, WritesPaper, Audited):
    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    class Reentry(models.TextChoices):
        NONE = "none", _("none")
        WITH_CHECK_OUT = "with-check-out", _("after having checked out")
        DAILY = "daily", _("once a day")
        ALWAYS = "always", _("always")

    name = models.CharField(_("name"), max_length=200)
    identifier = models.CharField(
        _("identifier"),
        max_length=50,
        unique=True,
        default=readable_identifier,
        validators=[
            RegexValidator(
                rf"^{IDENTIFIER.pattern}\Z",
                _("3 to 50 letters, digits and hyphens, with at least one letter."),
            )
        ],
        help_text=_("Names the event in addresses."),
    )
    description = models.TextField(_("description"), blank=True, validators=[validate_description])
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency], help_text=_("ISO 4217")
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_timezone], help_text=_("IANA name")
    )
    starts_at = models.DateTimeField(_("starts at"), validators=[validate_time])
    ends_at = models.DateTimeField(_("ends at"), validators=[validate_time])
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    location_name = models.CharField(_("location"), max_length=200, blank=True)
    day_ends_at = models.TimeField(
        _("business day ends at"),
        default=time(4),
        help_text=_("In the event's time zone; what is sold before counts for the evening before."),
    )
    cash_rounding = PriceField(
        _("cash rounded to"),
        null=True,
        blank=True,
        help_text=_("For example 0.05, where smaller coins are not in use. Empty: not rounded."),
    )
    pending_minutes = models.PositiveSmallIntegerField(
        _("unpaid orders are held for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Minutes, after which their tickets go back on sale. Empty: until paid or cancelled."),
    )
    reentry = models.CharField(
        _("re-entry"), max_length=14, choices=Reentry.choices, default=Reentry.WITH_CHECK_OUT
    )
    margin_hours = models.PositiveSmallIntegerField(
        _("margin"),
        null=True,
        blank=True,
        default=12,
        validators=[MaxValueValidator(MOST_MARGIN)],
        help_text=_(
            "So many hours before its start and after its end the door lets guests in, unless their ticket "
            "says when. Empty: at any time."
        ),
    )
    capacity = models.PositiveIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("So many people may be inside. Empty: unlimited.")
    )
    # Kept while there is a capacity; `door.whereabouts` writes it, and `planning` when one is set.
    inside = models.PositiveIntegerField(_("inside"), default=0, editable=False)
    admit_now = models.BooleanField(
        _("admit at the sale"),
        default=False,
        help_text=_("Who buys at the door is let in at once; the till has a switch for it."),
    )
    # A rehearsal, for good: every screen and paper says so, and it alone can be deleted (`home`).
    is_test = models.BooleanField(_("test"), default=False, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("creator"),
        help_text=_("Whose account counts it; rights come from the members alone."),
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    # Whether anybody is to be told what happens here (`outbox`), where that was read beside; None: not known.
    is_heard: bool | None = None

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")),
                name="event_ends_after_start",
                violation_error_message=_("The event cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(cash_rounding__isnull=True) | Q(cash_rounding__gt=0),
                name="event_cash_rounding_above_zero",
                violation_error_message=_("Cash is rounded to something above zero."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "event"

    def __str__(self) -> str:
        """Its name as people read it, wherever it stands: of a test it says so."""
        return gettext("%s (TEST)") % self.name if self.is_test else self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save everything but `inside`, unless it is named: an instance that was read a minute ago
        would undo a minute at the door. Whether it is a test is never written again.
        """
        if not self._state.adding:
            names = kwargs.get("update_fields")
            if names is None:
                fields = (field for field in self._meta.concrete_fields if not field.primary_key)
                names = [field.name for field in fields if field.name not in ("inside", "is_test")]
            elif "is_test" in names:
                raise TypeError("An event is a test for good, or never.")
            kwargs["update_fields"] = names
        super().save(*args, **kwargs)

    @classmethod
    def known(cls, pk: int, role: str | None) -> Self:
        """One of which it is known that whoever asks has that role there, and nothing else is asked."""
        event = cls(pk=pk)
        event.role = role
        return event

    @property
    def audited_event(self) -> int:
        return self.pk

    def clean(self) -> None:
        if self.cash_rounding is not None and not money.fits(self.cash_rounding, self.currency):
            raise ValidationError({"cash_rounding": money.misfit(self.currency)})

    @property
    def file_stem(self) -> str:
        """With what the name of a file of it begins."""
        return f"TEST-{self.identifier}" if self.is_test else self.identifier

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED


class MemberQuerySet(AuditedQuerySet["Member"]):
    def for_user(self, user: User) -> Self:
        """The people with a role at the events that `user` organizes: a device keeps the role that it was
        made with.
        """
        organized = Event.objects.where(user, Act.MANAGE).order_by().values("pk")
        return self.filter(event__in=organized, user__is_device=False)

    def by_reference(self, reference: int | str) -> Self:
        """By id; a member has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Member(Audited):
    """A user's role at one event."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="members", verbose_name=_("event")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("user"),
    )
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["event", "user__email"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "event"],
                name="member_once_per_event",
                violation_error_message=_("This user has a role at the event already."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "member"

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"

    @property
    def audited_name(self) -> str:
        """In no language: the role is among what is kept."""
        return str(self.user)
