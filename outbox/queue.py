"""Which messages are taken, and what becomes of them: all that the worker asks of the database."""

import logging
import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from outbox.kinds import LONG, NIGHTLY
from outbox.models import Hook, Message

logger = logging.getLogger(__name__)

State = Message.State
# Renewed while it is worked on: when it has ended, whoever had taken the message is dead.
LEASE = timedelta(seconds=60)
# After each try that failed; about a day in all, and then it is given up.
GAPS = [timedelta(seconds=gap) for gap in (5, 60, 300, 900, 3600, 7200, 14_400, 21_600, 36_000)]
JITTER = 0.1
# A hook that fails is left in peace for a while, whatever else waits for it.
LONGEST_REST = timedelta(minutes=5)
# What has waited so long beyond its time, because its hook was off or always failing, is given up, too.
FORGOTTEN = timedelta(days=3)
AT_ONCE = 1000


@dataclass(frozen=True)
class Outcome:
    """What came of one try, in a few words, and after how many milliseconds; and whether that is `final`,
    because another would end alike.
    """

    done: bool
    answer: str
    ms: int
    final: bool = False


def take(most: int, at: datetime, *, busy: Collection[str] = (), ahead: int = 0) -> list[Message]:
    """At most so many messages that are due at `at` (UTC), each leased to the caller; the next one of each
    hook, and what has none, the oldest first; after them one of each kind that takes long, but for those
    with which the caller is `busy`. So many of these come `ahead` of all: of hooks there may always be one
    that is due. It only reads while there is none.
    """
    due = Message.objects.due(at)
    loose = due.filter(hook=None).order_by()
    short = loose.exclude(kind__in=LONG).order_by("next_try_at", "pk").values_list("pk", flat=True)[:most]
    free = loose.filter(kind__in=LONG.difference(busy)).values("kind")
    # Of mail what is nobody's event's, before an evening's: a password is waited for.
    first = Coalesce(Min("pk", filter=Q(event=None)), Min("pk"))
    slow = list(free.annotate(first=first).order_by("first").values_list("first", flat=True))
    following = [hook.next_pk for hook in Hook.objects.ready(at)[:most] if hook.next_pk is not None]
    keys = [*slow[:ahead], *short, *following, *slow[ahead:]][:most]
    if not keys:
        return []
    with transaction.atomic():
        rows = due.filter(pk__in=keys).select_related("hook").order_by("pk")
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)))
        until = at + LEASE
        for message in taken:
            message.tries, message.leased_until = message.tries + 1, until
        Message.objects.filter(pk__in=[message.pk for message in taken]).update(
            tries=F("tries") + 1, leased_until=until
        )
    return taken


def renew(messages: Iterable[Message], at: datetime) -> None:
    """Go on having those that take long."""
    for message in messages:
        if message.leased_until is not None and message.leased_until - at < LEASE / 2:
            message.leased_until = at + LEASE
            own = Message.objects.waiting().filter(pk=message.pk, tries=message.tries)
            own.update(leased_until=message.leased_until)


@transaction.atomic
def settle(message: Message, outcome: Outcome, at: datetime | None = None) -> None:
    """Write down what came of a message that was taken; nothing, if somebody else has taken it since."""
    at = at or timezone.now()
    tried = {"at": at.isoformat(timespec="seconds"), "answer": outcome.answer, "ms": outcome.ms}
    changes = {"leased_until": None, "log": [*message.log, tried], **_state(message, outcome, at)}
    own = Message.objects.waiting().filter(pk=message.pk, tries=message.tries)
    if not own.update(**changes) or message.hook_id is None:
        return
    hook = Hook.objects.select_for_update(no_key=True).filter(pk=message.hook_id).first()
    if hook is not None:
        _note(hook, outcome, at)


def _state(message: Message, outcome: Outcome, at: datetime) -> dict[str, object]:
    if outcome.done:
        return {"state": State.DONE, "ended_at": at}
    if outcome.final or message.tries > len(GAPS):
        logger.warning("Given up after %d tries: %s", message.tries, message)
        return {"state": State.GIVEN_UP, "ended_at": at}
    return {"next_try_at": at + _jittered(GAPS[message.tries - 1])}


def _jittered(gap: timedelta) -> timedelta:
    return gap * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _note(hook: Hook, outcome: Outcome, at: datetime) -> None:
    """Count the try, and let a hook that fails rest the longer the longer it does."""
    if outcome.done:
        hook.failures, hook.rests_until, hook.delivered = 0, None, hook.delivered + 1
    else:
        hook.failures, hook.failed = hook.failures + 1, hook.failed + 1
        hook.rests_until = at + min(GAPS[0] * 2 ** min(hook.failures - 1, 10), LONGEST_REST)
    hook.save(update_fields=["failures", "rests_until", "delivered", "failed"])


def tidy(at: datetime) -> None:
    """Give up what is forgotten, and delete what ended more than `OUTBOX_DAYS` ago."""
    silent = Q(hook__is_active=False) | Q(hook__failures__gt=0)
    forgotten = Message.objects.waiting().filter(silent, next_try_at__lt=at - FORGOTTEN, leased_until=None)
    forgotten.update(state=State.GIVEN_UP, ended_at=at)
    old = Message.objects.filter(ended_at__lt=at - timedelta(days=settings.OUTBOX_DAYS))
    while some := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        Message.objects.filter(pk__in=some).delete()


def begin_night(at: datetime) -> None:
    """Write down what is to be done each night, once `NIGHTLY_AT` has come. Where two workers do so at the
    same moment, it is done twice, which does no harm.
    """
    if not settings.NIGHTLY_AT:
        return
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    begins = datetime.combine(local.date(), time.fromisoformat(settings.NIGHTLY_AT), local.tzinfo)
    night = begins if begins <= local else begins - timedelta(days=1)
    for kind in NIGHTLY:
        if not Message.objects.filter(kind=kind, event=None, created_at__gte=night).exists():
            Message.objects.create(kind=kind, payload={}, created_at=at, next_try_at=at)
