"""What leaves after the commit: rows that are written with the act that they tell of, and who is told."""

import re
from datetime import datetime
from threading import Event
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models import Audited, AuditedQuerySet
from base.identifiers import masked_email
from base.targets import validate_target


class Topic(models.TextChoices):
    """What a hook may hear of."""

    ORDER_PLACED = "order.placed", _("order placed")
    ORDER_COMPLETED = "order.completed", _("order completed")
    ORDER_CANCELLED = "order.cancelled", _("order cancelled")
    ORDER_EXPIRED = "order.expired", _("order expired")
    ORDER_CHANGED = "order.changed", _("order changed")
    ORDER_REFUNDED = "order.refunded", _("order refunded")
    CHECKED_IN = "attendee.checked-in", _("attendee checked in")
    CHECKED_OUT = "attendee.checked-out", _("attendee checked out")
    SOLD_OUT = "ticket.sold-out", _("ticket sold out")
    SHIFT_CLOSED = "shift.closed", _("shift closed")


class MailTopic(models.TextChoices):
    """What a mail may tell."""

    PASSWORD = "mail.password", _("mail: password forgotten")
    INVITATION = "mail.invitation", _("mail: invitation")
    TICKETS = "mail.tickets", _("mail: tickets")
    ORDER = "mail.order", _("mail: order placed")
    CANCELLED = "mail.cancelled", _("mail: order cancelled")
    REFUNDED = "mail.refunded", _("mail: money given back")
    RESTORED = "mail.restored", _("mail: order valid again")
    REPORT = "mail.report", _("mail: report of a shift")
    SAMPLE = "mail.sample", _("mail: a sample")
    PIN = "mail.pin", _("mail: wrong PINs")


TEST = "webhook.test"
KINDS = {TEST: _("test"), **dict(Topic.choices), **dict(MailTopic.choices)}
# Of a message: a mail to one address, and what is yet to become one to each that it concerns.
MAIL, LETTER = "mail", "letter"


def every_topic() -> list[str]:
    return list(Topic.values)


class HookQuerySet(AuditedQuerySet["Hook"]):
    def hearing(self) -> Self:
        """Those for which something is to be written down."""
        return self.filter(is_active=True)

    def ready(self, at: datetime) -> Self:
        """Those to which something may be sent at `at` (UTC), those that answer first; as `next_pk` the
        message that comes next. Nothing is sent to one to which something is just being sent: who is slow
        keeps one thread busy, not all.
        """
        own = Message.objects.filter(hook=OuterRef("pk"), state=Message.State.WAITING)
        following = own.due(at).order_by("next_try_at", "pk").values("pk")[:1]
        return (
            self.hearing()
            .filter(Q(rests_until=None) | Q(rests_until__lte=at))
            .filter(~Exists(own.filter(leased_until__gt=at)))
            .annotate(next_pk=Subquery(following))
            .filter(next_pk__isnull=False)
            .order_by("failures", "next_pk")
        )


class Hook(Audited):
    """An address that is told what happens at an event. `outbox.signing` has its secret."""

    event = models.ForeignKey(
        "events.Event", on_delete=models.PROTECT, related_name="hooks", verbose_name=_("event")
    )
    url = models.CharField(
        _("address"), max_length=500, validators=[validate_target], help_text=_("Begins with https://.")
    )
    topics = models.JSONField(_("hears of"), default=every_topic)
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Off: nothing is written or sent.")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    # What the secret is derived from, and of the one before, until when that one signs, too.
    seed = models.CharField(max_length=64, editable=False)
    former_seed = models.CharField(max_length=64, blank=True, editable=False)
    former_until = models.DateTimeField(_("former secret until"), null=True, editable=False)
    # How it answers: tries in a row that failed, after which it is left in peace for a while, and all tries.
    failures = models.PositiveIntegerField(_("failed in a row"), default=0, editable=False)
    rests_until = models.DateTimeField(_("rests until"), null=True, editable=False)
    delivered = models.PositiveBigIntegerField(_("delivered"), default=0, editable=False)
    failed = models.PositiveBigIntegerField(_("failed"), default=0, editable=False)

    audited_secrets = ("seed",)

    # What comes next to it, where it was looked up as `ready`.
    next_pk: int | None = None

    objects = HookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["event", "pk"]

    def __str__(self) -> str:
        return self.url

    def hears(self, topic: str) -> bool:
        return topic in self.topics


def heard(event: str) -> Exists:
    """SQL for whether anybody is to be told what happens at the event whose id the column `event` holds."""
    return Exists(Hook.objects.hearing().filter(event=OuterRef(event)))


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> Self:
        return self.filter(state=Message.State.WAITING)

    def deliveries(self) -> Self:
        """What goes to somebody: to a hook, or by mail. What is only just to be handed on is not yet any."""
        return self.filter(Q(hook__isnull=False) | Q(kind=MAIL))

    def due(self, at: datetime) -> Self:
        """Those to be taken at `at` (UTC): their time has come, and no worker has them, or it is dead."""
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        return self.waiting().filter(free, next_try_at__lte=at)


def new_id() -> str:
    """By which whoever is told twice knows that it is the same."""
    return f"evt_{uuid4().hex}"


class Message(models.Model):
    """Something that is to leave, or has left. `kind` says how (`outbox.kinds`)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("delivered")
        GIVEN_UP = "given-up", _("given up")

    kind = models.CharField(_("kind"), max_length=20)
    event = models.ForeignKey(
        "events.Event",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("event"),
    )
    hook = models.ForeignKey(
        Hook,
        on_delete=models.CASCADE,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("webhook"),
    )
    message_id = models.CharField(_("id"), max_length=40, default=new_id)
    topic = models.CharField(_("what"), max_length=30, blank=True)
    payload = models.JSONField(_("payload"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    # Whoever has taken it answers for it until then; after that it is anybody's again.
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    # Of each try when it was, what came of it, and after how many milliseconds.
    log = models.JSONField(_("tries so far"), default=list)

    # Set while a worker has it in hand that is told to stop: what takes long is better begun again.
    stopping: Event | None = None

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hook", "message_id"], name="message_once_per_hook"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | ~Q(state="waiting") & Q(ended_at__isnull=False, leased_until__isnull=True),
                name="message_ended_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["hook", "next_try_at"], name="message_next", condition=Q(state="waiting")),
            models.Index(F("ended_at"), name="message_ended", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["event", "-id"], name="message_newest_of_event"),
        ]

    def __str__(self) -> str:
        return f"{KINDS.get(self.topic, self.kind)} {self.message_id}"

    @property
    def is_stopping(self) -> bool:
        return self.stopping is not None and self.stopping.is_set()

    @property
    def recipient(self) -> str:
        """The address of a mail; empty for anything else."""
        to: str = self.payload.get("to", "") if self.kind == MAIL else ""
        return to

    @property
    def masked_recipient(self) -> str:
        """For who may not read addresses, or may be looked at over the shoulder."""
        return masked_email(self.recipient)

    @property
    def answer(self) -> str:
        """What came of the last try."""
        return self.log[-1]["answer"] if self.log else ""

    @property
    def masked_answer(self) -> str:
        """The same beside a `masked_recipient`: mail servers like to repeat whom they do not know."""
        name = re.escape(self.recipient.rpartition("@")[0])
        hides = re.compile(rf"{name}@[^\s<>,;:]+", re.IGNORECASE)
        return hides.sub(lambda _found: self.masked_recipient, self.answer) if name else self.answer
