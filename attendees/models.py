from collections.abc import Iterator
from typing import Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Upper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from attendees.code_models import CODE_LENGTH as CODE_LENGTH
from attendees.code_models import CODE_LETTERS as CODE_LETTERS
from attendees.code_models import is_code as is_code
from attendees.code_models import new_code as new_code
from attendees.code_models import typed_code as typed_code
from attendees.name_models import validate_name as validate_name
from base.identifiers import masked_email
from base.money import PriceField, TaxRateField
from base.records import Record
from base.sql.among import Among
from base.sql.byte_order import ByteOrder as ByteOrder
from base.stamps import Stamped, StampedQuerySet
from base.times import wire_time
from events.models import ROLES, Act, Event, known_role, may, role_of
from limits.models import Hold
from prices.models import Discount
from tickets.models import Ticket


class AttendeeQuerySet(StampedQuerySet["Attendee"]):
    def with_role(self, user: User) -> Self:
        """All attendees, each with the user's `role` at its event, and with its `event_id`."""
        return self.annotate(role=role_of(user, "ticket__event_id"), event_id=F("ticket__event_id"))

    def for_user(self, user: User) -> Self:
        """The attendees that `user` may see, each with `masked`: whether as a registrar, who sees neither
        code nor whole e-mail address. A draft (without an order) is its creator's alone.
        """
        own = Q(order__isnull=True, creator=user) | Q(order__buyer=user)
        sales = Q(role__in=ROLES[Act.READ_SALES])
        return (
            self.with_role(user)
            .annotate(masked=Case(When(own | sales, then=Value(False)), default=Value(True)))
            .filter(own | Q(order__isnull=False, role__in=ROLES[Act.READ_GUESTS]))
        )

    def of(self, event: Event, user: User) -> Self:
        """As `for_user`, the guests of an event where it is known that `user` reads them (`event.role`)."""
        of_another = Case(When(order__buyer=user, then=Value(False)), default=Value(True))
        guests = self.annotate(
            role=known_role(event),
            event_id=Cast(Value(event.pk), models.BigIntegerField()),
            masked=Value(False) if may(event.role, Act.READ_SALES) else of_another,
        )
        return guests.filter(Among("ticket_id", Ticket.objects.filter(event=event)), order__isnull=False)

    def of_order(self, order_id: int) -> Self:
        """As `for_user`, those of an order that whoever asks sees: of it nothing is masked."""
        return self.filter(order=order_id).annotate(event_id=F("ticket__event_id"), masked=Value(False))

    def unmasked(self) -> Self:
        """Of those `for_user`, whose codes and whole addresses they see."""
        return self.filter(Q(masked=False))

    def live(self) -> Self:
        """Those that were not cancelled by themselves; what became of their order is another matter."""
        return self.filter(cancelled_at__isnull=True)

    def by_reference(self, reference: int | str) -> Self:
        """By id; an attendee's code is a secret and no reference."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Attendee(Stamped):
    """One admission. A walk-in may stay without a name; its code admits whoever carries it."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="attendees", verbose_name=_("ticket")
    )
    order = models.ForeignKey(
        "orders.Order",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendees",
        verbose_name=_("order"),
    )
    hold = models.ForeignKey(
        Hold,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendees",
        db_index=False,  # the index below is of the few that have one
        verbose_name=_("hold"),
        help_text=_("Sold from what was set aside."),
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("creator"),
        help_text=_("Who entered an attendee that was not yet ordered."),
    )
    price_paid = PriceField(_("price paid"), default=0)
    tax_rate = TaxRateField(
        _("tax rate"), null=True, blank=True, help_text=_("The ticket's, when it was sold.")
    )
    tax = PriceField(
        _("tax included"),
        null=True,
        blank=True,
        help_text=_("This ticket's share of the order's tax, which was rounded once per rate."),
    )
    sold_as = models.CharField(
        _("sold as"), max_length=100, blank=True, help_text=_("The ticket's name, when it was sold.")
    )
    price_reason = models.CharField(
        _("reason of the price"), max_length=200, blank=True, help_text=_("Why it is not the ticket's own.")
    )
    discount = models.ForeignKey(
        Discount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendees",
        db_index=False,  # the index below is of the few that have one
        verbose_name=_("discount"),
    )
    discounted = PriceField(
        _("discounted by"), null=True, blank=True, help_text=_("What the discount took off the price.")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("price approved by"),
    )
    firstname = models.CharField(_("first name"), max_length=100, blank=True, validators=[validate_name])
    lastname = models.CharField(_("last name"), max_length=100, blank=True, validators=[validate_name])
    email = models.EmailField(_("e-mail"), blank=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, default=new_code, editable=False)
    # The last state, as the check-ins made it; `door.whereabouts` alone writes it.
    is_inside = models.BooleanField(_("inside"), default=False, editable=False)
    entered_at = models.DateTimeField(_("came in at"), null=True, blank=True, editable=False)
    left_at = models.DateTimeField(_("went out at"), null=True, blank=True, editable=False)

    cancelled_at = models.DateTimeField(
        _("cancelled at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("By itself, while the order stays."),
    )
    ended_by = models.ForeignKey(
        "orders.Amendment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="ended",
        db_index=False,
        verbose_name=_("cancelled by"),
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replacements",
        db_index=False,
        verbose_name=_("exchanged for"),
        help_text=_("The ticket that it was before."),
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    masked = False  # whether they see neither code nor whole e-mail address

    WRITTEN_LATER = frozenset({"cancelled_at", "ended_by"})

    objects = AttendeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["pk"]
        # Each index costs every attendee that is sold; one over where a guest is would cost every scan all
        # of them, because PostgreSQL then writes the moved row into each.
        indexes = [
            models.Index(fields=["creator"], name="attendee_draft_of", condition=Q(order__isnull=True)),
            models.Index(fields=["hold"], name="attendee_from_hold", condition=Q(hold__isnull=False)),
            models.Index(
                fields=["discount"], name="attendee_with_discount", condition=Q(discount__isnull=False)
            ),
            models.Index(fields=["ended_by"], name="attendee_ended_by", condition=Q(ended_by__isnull=False)),
            models.Index(Upper("email"), name="attendee_at_address", condition=~Q(email="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="attendee_code_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(creator__isnull=False),
                name="attendee_belongs_to_somebody",
            ),
            models.CheckConstraint(condition=Q(price_paid__gte=0), name="attendee_price_not_negative"),
            models.CheckConstraint(
                condition=Q(tax__isnull=True) | Q(tax__gte=0, tax__lte=F("price_paid")),
                name="attendee_tax_within_price",
            ),
            models.CheckConstraint(
                condition=Q(discount__isnull=True, discounted__isnull=True)
                | Q(discount__isnull=False, discounted__gt=0),
                name="attendee_discounted_by_something",
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="attendee_replaced_once"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, ended_by__isnull=True)
                | Q(cancelled_at__isnull=False, ended_by__isnull=False, order__isnull=False),
                name="attendee_cancelled_by_something",
            ),
        ]

    class JSONAPIMeta:
        resource_name = "attendee"

    def __str__(self) -> str:
        return self.full_name or str(_("Onsite attendee"))

    @property
    def full_name(self) -> str:
        """First and last name; empty for a walk-in who gave none."""
        return f"{self.firstname} {self.lastname}".strip()

    @property
    def is_live(self) -> bool:
        """Whether it was not cancelled by itself."""
        return self.cancelled_at is None

    @property
    def event(self) -> Event:
        """Its ticket's."""
        return self.ticket.event

    @property
    def code_groups(self) -> list[str]:
        """The code as people read it aloud and type it: four letters at a time."""
        return [self.code[start : start + 4] for start in range(0, len(self.code), 4)]

    # The Open Event Server's names for what the check-ins say.
    @property
    def is_checked_in(self) -> bool:
        return self.is_inside

    @property
    def is_checked_out(self) -> bool:
        return self.left_at is not None and not self.is_inside

    @property
    def checkin_times(self) -> str:
        """When the guest came in, each time (UTC), separated by commas, as the Open Event Server has it."""
        return self._times_of(1)

    @property
    def checkout_times(self) -> str:
        return self._times_of(-1)

    def _times_of(self, moved: int) -> str:
        return ",".join(wire_time(check.happened_at) for check in self._passages(moved))

    @property
    def device_name_checkin(self) -> str:
        """The stations at which the guest came in, separated by commas."""
        return ",".join(check.station.name for check in self._passages(1) if check.station)

    @cached_property
    def scans(self) -> list[Any]:
        """Its check-ins, the first one first."""
        return sorted(self.check_ins.all(), key=lambda check: check.pk)

    def _passages(self, moved: int) -> list[Any]:
        """The check-ins by which the guest went that way, the first one first, without what was undone."""
        taken_back = {check.undoes_id for check in self.scans}
        return [
            check
            for check in self.scans
            if check.moved == moved and check.undoes_id is None and check.pk not in taken_back
        ]

    @property
    def masked_email(self) -> str:
        """Enough of the address to recognise it by: `a…@example.com`."""
        return masked_email(self.email)


class RetiredCode(Record):
    """A code that admits nobody any more: its ticket was lost or passed on, and got another one."""

    code = models.CharField(_("code"), max_length=CODE_LENGTH)
    attendee = models.ForeignKey(
        Attendee, on_delete=models.PROTECT, related_name="retired_codes", verbose_name=_("attendee")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("former code")
        verbose_name_plural = _("former codes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["code"], name="retired_code_once")]

    def __str__(self) -> str:
        return str(self.attendee)


class NameWord(models.Model):
    """A word by which a guest of the event is found, folded (`attendees.folding`); `attendees.words` writes
    them. Walk-ins without a name have none.
    """

    class Place(models.IntegerChoices):
        """Where it stands; who is found by a last name comes first."""

        LAST = 0
        FIRST = 1
        ADDRESS = 2

    # That of the attendee's ticket, which the database holds there: not once more for each word.
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    word = models.TextField()
    place = models.SmallIntegerField(choices=Place.choices)
    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="words", db_index=False)

    class Meta:
        # Each holds all that is read of it: for the first word typed, and for whether a guest has the others.
        indexes = [
            models.Index(F("event"), ByteOrder("word"), F("place"), F("attendee"), name="nameword_by_word"),
            models.Index(F("attendee"), ByteOrder("word"), name="nameword_of_guest"),
        ]

    def __str__(self) -> str:
        return self.word


class Correction(Record):
    """A guest's name or address was put right, after the sale."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="corrections", verbose_name=_("order")
    )
    attendee = models.ForeignKey(
        Attendee, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("attendee")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
        help_text=_("Nobody: a script."),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    # What differs, by the attendee's field; and in `after` whether the guest did it, whom no account names.
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    BY_GUEST = "by-guest"

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["pk"]

    def __str__(self) -> str:
        return "; ".join(f"{label}: {before or '-'} → {after or '-'}" for label, before, after in self.told())

    @property
    def is_by_guest(self) -> bool:
        """Whether whoever holds the claim link of the order did it."""
        return self.BY_GUEST in self.after

    def told(self) -> Iterator[tuple[str, str, str]]:
        """Each field that differs by its label, with what it said before and after."""
        for name, after in self.after.items():
            if name == self.BY_GUEST:
                continue
            field = cast("models.Field[str, str]", Attendee._meta.get_field(name))
            yield str(field.verbose_name), self.before[name], after
