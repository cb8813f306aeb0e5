"""What organizers do with their hooks."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from base.times import wire_time
from outbox import signing
from outbox.announcing import resource
from outbox.models import TEST, Hook, Message, MessageQuerySet
from outbox.webhooks import WEBHOOK


def give_secret(hook: Hook) -> str:
    """The secret of a hook that is not saved yet: told this once."""
    hook.seed = signing.new_seed()
    return signing.secret_of(hook.seed)


@transaction.atomic
def change_secret(hook: Hook, *, at: datetime | None = None) -> str:
    """Another secret, told this once. The former one signs beside it for `signing.OVERLAP`."""
    hook.refresh_from_db(fields=["seed"], from_queryset=Hook.objects.select_for_update(no_key=True))
    hook.former_seed, hook.former_until = hook.seed, (at or timezone.now()) + signing.OVERLAP
    secret = give_secret(hook)
    hook.save(update_fields=["seed", "former_seed", "former_until"])
    return secret


def send_test(hooks: Sequence[Hook], *, at: datetime | None = None) -> int:
    """Have each hook told that this is a test, at once; how many are."""
    at = at or timezone.now()
    Hook.objects.filter(pk__in=[hook.pk for hook in hooks]).update(rests_until=None)
    return len(Message.objects.bulk_create(_test(hook, at) for hook in hooks))


def _test(hook: Hook, at: datetime) -> Message:
    data = resource("webhook", hook.pk, {}, event=hook.event_id)
    payload = {"type": TEST, "timestamp": wire_time(at), "data": data}
    return Message(kind=WEBHOOK, event_id=hook.event_id, hook=hook, topic=TEST, payload=payload)


@transaction.atomic
def send_again(messages: MessageQuerySet, *, at: datetime | None = None) -> int:
    """Have these delivered once more, under the same ids and with all tries before them; how many will be.
    One that a worker has right now is left alone.
    """
    at = at or timezone.now()
    again = messages.deliveries().filter(leased_until=None)
    hooks = set(again.order_by().values_list("hook", flat=True))
    number = again.update(state=Message.State.WAITING, ended_at=None, next_try_at=at, tries=0)
    Hook.objects.filter(pk__in=hooks).update(rests_until=None)
    return number
