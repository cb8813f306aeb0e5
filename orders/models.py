from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from attendees.models import Attendee
from attendees.standing import Standing, standing_of
from base.identifiers import readable_identifier
from base.money import AmountField, display
from base.stamps import Stamped, StampedQuerySet
from events.letterhead import Lettered, Letterhead, letterhead_of
from events.models import ROLES, Act, Event, known_role, role_of
from orders.amendment_models import Adjustment as Adjustment
from orders.amendment_models import Amendment as Amendment
from orders.given_up_models import GivenUp as GivenUp
from orders.payment_models import Payment as Payment
from shifts.models import Shift
from tickets.models import Ticket

# Who made an order, for whoever an idempotency key belongs to: scripts without a seller share theirs.
NOBODY = 0
ACTOR = Coalesce("seller", "buyer", Value(NOBODY), output_field=models.BigIntegerField())


class OrderQuerySet(StampedQuerySet["Order"]):
    def with_role(self, user: User) -> Self:
        """All orders, each with the user's `role` at its event."""
        return self.annotate(role=role_of(user, "event_id"))

    def for_user(self, user: User) -> Self:
        """The orders that `user` may see: their own, and those of events whose sales they read."""
        return self.with_role(user).filter(Q(buyer=user) | Q(role__in=ROLES[Act.READ_SALES]))

    def read_by(self, user: User) -> Self:
        """As `for_user`, for who reads many: the role is asked of each event, not of each order."""
        sales = Event.objects.where(user, Act.READ_SALES).order_by().values("pk")
        return self.with_role(user).filter(Q(buyer=user) | Q(event__in=sales))

    def of(self, event: Event) -> Self:
        """Those of an event at which it is known that whoever asks reads its sales (`event.role`)."""
        return self.annotate(role=known_role(event)).filter(event=event)

    def by_reference(self, reference: int | str) -> Self:
        """By id (`int`) or identifier (`str`, in either case)."""
        if isinstance(reference, int):
            return self.filter(pk=reference)
        return self.filter(identifier=reference.upper())

    def made_with(self, actor: User, key: str) -> Self:
        """The order that `actor`, its seller or its buyer, made with an idempotency key."""
        return self.alias(actor=ACTOR).filter(actor=actor.pk, idempotency_key=key)

    def with_reissues(self) -> Self:
        """Each with `reissues`: how often a code of it was replaced."""
        made = Amendment.objects.filter(order=OuterRef("pk"), kind__in=Amendment.REISSUES)
        counted = made.order_by().values("order").annotate(n=Count("pk")).values("n")
        return self.annotate(reissues=Coalesce(Subquery(counted), 0))

    def listed(self) -> Self:
        """Those on the guest list."""
        return self.filter(list_key__isnull=False)

    def with_paper(self) -> Self:
        """With all that is shown or printed of them at hand, but for their event."""
        related = self.select_related("seller", "buyer", "cancelled_by", "shift__till")
        return related.prefetch_related("attendees__ticket", "payments", "adjustments")

    def unpaid(self) -> Self:
        """Those that hold tickets although they are not paid for."""
        return self.filter(status__in=Order.UNPAID)

    def overdue(self, at: datetime) -> Self:
        """The unpaid orders whose time had passed by `at` (UTC)."""
        return self.unpaid().filter(expires_at__lte=at)


class Order(Stamped, Lettered):
    """One sale. Made onsite it has a seller and no buyer account; ordered online it has a buyer."""

    class Channel(models.TextChoices):
        ONSITE = "onsite", _("onsite")
        ONLINE = "online", _("online")

    class Status(models.TextChoices):
        INITIALIZING = "initializing", _("initializing")
        PENDING = "pending", _("pending")
        # Nothing here writes it: it is of the Open Event Server's vocabulary, which its clients may ask for.
        PLACED = "placed", _("placed")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    class PaymentMode(models.TextChoices):
        FREE = "free", _("free")
        ONSITE = "onsite", _("onsite")
        BANK = "bank", _("bank transfer")
        CHEQUE = "cheque", _("cheque")
        INVOICE = "invoice", _("invoice")

    identifier = models.CharField(_("order"), max_length=8, default=readable_identifier, editable=False)
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("event")
    )
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sales",
        db_index=False,
        verbose_name=_("seller"),
        help_text=_("Empty for a sale made by a script."),
    )
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("buyer"),
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    payment_mode = models.CharField(_("payment mode"), max_length=7, choices=PaymentMode.choices)
    amount = AmountField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    order_notes = models.TextField(_("notes"), blank=True)

    # The Open Event Server's billing fields.
    company = models.CharField(_("company"), max_length=200, blank=True)
    tax_business_info = models.CharField(_("tax number"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    state = models.CharField(_("state or province"), max_length=200, blank=True)
    zipcode = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=200, blank=True)

    created_at = models.DateTimeField(_("created at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("cancelled by"),
    )
    cancel_reason = models.CharField(_("reason of the cancellation"), max_length=200, blank=True)
    shift = models.ForeignKey(
        Shift,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("shift"),
        help_text=_("In which it was sold, or paid if that came later."),
    )
    awaits_card = models.BooleanField(
        _("card not answered"),
        default=False,
        help_text=_("The guest was sent to the card terminal, and nobody has said yet how it went."),
    )
    card_amount = AmountField(
        _("amount at the card terminal"),
        null=True,
        blank=True,
        help_text=_("What the guest was sent there with; empty: all that is to be paid."),
    )
    money_kept = models.BooleanField(
        _("money kept"),
        default=False,
        db_default=False,
        help_text=_("It was cancelled without giving anything back: payment and tax stay in the books."),
    )
    money_due = models.BooleanField(
        _("money to be given back"),
        default=False,
        db_default=False,
        help_text=_("A card was approved after the tickets had gone to others."),
    )
    expires_at = models.DateTimeField(
        _("held until"), null=True, blank=True, help_text=_("When an unpaid order lets go of its tickets.")
    )

    expired_at = models.DateTimeField(
        _("expired at"), null=True, blank=True, editable=False, help_text=_("When it let go of its tickets.")
    )

    printed_at = models.DateTimeField(
        _("printed at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("For the first time; whatever is printed later is a copy."),
    )

    idempotency_key = models.CharField(max_length=255, null=True, blank=True, editable=False)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    list_key = models.CharField(  # noqa: DJ001 - most are on no list
        _("key on the guest list"),
        max_length=64,
        null=True,
        blank=True,
        editable=False,
        help_text=_("What tells its guest from the others of the list; empty for what was sold."),
    )

    # Of whom it was looked up for; None for a stranger.
    role: str | None = None
    # How often a code of it was replaced, where it was looked up `with_reissues`.
    reissues: int | None = None
    # What was done to it just now.
    amended: Amendment | None = None

    objects = OrderQuerySet.as_manager()

    UNPAID = (Status.INITIALIZING, Status.PENDING)
    BILLING = ("company", "tax_business_info", "address", "city", "state", "zipcode", "country")

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [
            # Not `unique=True`, which would keep a second index for LIKE; so with every index here:
            # each costs every sale.
            models.UniqueConstraint(fields=["identifier"], name="order_identifier_once"),
            models.UniqueConstraint(
                ACTOR,
                "idempotency_key",
                condition=Q(idempotency_key__isnull=False),
                name="order_idempotency_key_once_per_actor",
            ),
            models.UniqueConstraint(
                fields=["event", "list_key"],
                condition=Q(list_key__isnull=False),
                name="order_list_key_once_per_event",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="order_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(channel="onsite", buyer__isnull=True)
                | Q(channel="online", seller__isnull=True, buyer__isnull=False),
                name="order_seller_onsite_buyer_online",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(completed_at__isnull=False),
                name="order_completed_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(money_kept=False) | Q(status="cancelled"), name="order_money_kept_of_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(money_due=False) | Q(status="expired"), name="order_money_due_of_expired"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "-id"], name="order_newest_of_event"),
            models.Index(fields=["shift", "-id"], name="order_of_shift", condition=Q(shift__isnull=False)),
            models.Index(
                fields=["event", "expires_at"],
                name="order_overdue",
                condition=Q(status__in=["initializing", "pending"], expires_at__isnull=False),
            ),
            models.Index(fields=["event"], name="order_money_due", condition=Q(money_due=True)),
            # By which those are counted who are no guests any more (`attendees.counting`): no sale writes it.
            models.Index(
                fields=["event"], name="order_ended", condition=Q(status__in=["cancelled", "expired"])
            ),
            models.Index(fields=["buyer"], name="order_of_buyer", condition=Q(buyer__isnull=False)),
            models.Index(fields=["event"], name="order_with_company", condition=~Q(company="")),
        ]

    class JSONAPIMeta:
        resource_name = "order"

    def __str__(self) -> str:
        return self.identifier

    def letterhead_now(self) -> Letterhead:
        till = self.shift.name_of_till if self.shift else ""
        return letterhead_of(self.event, till=till, by=str(self.seller or ""))

    def count_reissues(self) -> int:
        """How often a code of it was replaced."""
        return self.amendments.filter(kind__in=Amendment.REISSUES).count()

    @property
    def is_unpaid(self) -> bool:
        return self.status in self.UNPAID

    @property
    def is_listed(self) -> bool:
        """Whether it was put on the guest list (`orders.guest_list`)."""
        return self.list_key is not None

    @property
    def standing(self) -> Standing:
        return standing_of(self.status)

    @property
    def is_valid(self) -> bool:
        """Whether its tickets admit: paid, and not taken back."""
        return self.standing == Standing.VALID

    @property
    def left_to_pay(self) -> Decimal:
        """Its amount less its payments, in the event's currency."""
        return self.amount - self.balance

    @property
    def balance(self) -> Decimal:
        """What was paid for it less what went back, rounding included, in the event's currency."""
        return sum((payment.amount for payment in self.payments.all()), Decimal(0))

    @property
    def paid_by(self) -> dict[str, Decimal]:
        """What it holds of each tender; rounding is no money."""
        return _by_tender(self.payments.all())

    @property
    def given_back(self) -> dict[str, Decimal]:
        """What went back by each tender with what was last done to it, above zero."""
        return self.given_back_at(self.last_act_at)

    @property
    def change(self) -> Decimal:
        """What was handed out as change with what was last done to it."""
        at = self.last_act_at
        return sum(
            (row.change or Decimal(0) for row in self.payments.all() if row.created_at == at), Decimal(0)
        )

    @cached_property
    def last_act_at(self) -> datetime | None:
        """When it last became another, or money moved for it (UTC)."""
        amended_at = self.amendments.aggregate(at=Max("at"))["at"]
        times = [
            amended_at,
            self.completed_at,
            self.cancelled_at,
            *(row.created_at for row in self.payments.all()),
        ]
        return max((at for at in times if at is not None), default=None)

    def given_back_at(self, at: datetime | None) -> dict[str, Decimal]:
        """What went back by each tender at one time (UTC), above zero."""
        rows = self.payments.all()
        back = (row for row in rows if row.reverses_id is not None and row.created_at == at)
        return {tender: -amount for tender, amount in _by_tender(back).items()}

    @property
    def total(self) -> str:
        """The amount for people: `20.00 EUR`."""
        return display(self.amount, self.currency)

    @property
    def live(self) -> list[Attendee]:
        """Its attendees that were not cancelled by themselves."""
        return [attendee for attendee in self.attendees.all() if attendee.is_live]

    @property
    def admitting(self) -> list[Attendee]:
        """Those of them whose tickets let somebody in: each is a code to take along."""
        return [attendee for attendee in self.live if attendee.ticket.admits]

    @property
    def tickets(self) -> list[Ticket]:
        """The kinds of ticket on this order, each once, in the order of its attendees."""
        return tickets_of(self.attendees.all())

    @property
    def sold_as(self) -> list[str]:
        """The names of these kinds when they were sold, each once."""
        return list(dict.fromkeys(attendee.sold_as for attendee in self.live))


def tickets_of(attendees: Iterable[Attendee]) -> list[Ticket]:
    """The kinds of ticket of some attendees, each once, in their order."""
    return list({attendee.ticket_id: attendee.ticket for attendee in attendees}.values())


def _by_tender(payments: Iterable["Payment"]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for payment in payments:
        if payment.tender != Payment.Tender.ROUNDING:
            sums[payment.tender] += payment.amount
    return dict(sums)
