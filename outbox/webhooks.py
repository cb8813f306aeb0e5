"""Webhooks: what happened goes to every hook of the event that wants to hear of it, signed, at least once,
and under the same id each time.
"""

import json
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from outbox import sending, signing
from outbox.announcing import ANNOUNCEMENT
from outbox.kinds import Failed, handles
from outbox.models import Hook, Message

WEBHOOK = "webhook"


@handles(ANNOUNCEMENT)
@transaction.atomic
def fan_out(announced: Message) -> str:
    """Turn what was announced into a message to each hook that wants to hear of it."""
    own = Message.objects.filter(pk=announced.pk)
    if list(own.select_for_update().values_list("pk", flat=True)):  # else somebody was faster
        hooks = Hook.objects.hearing().filter(event=announced.event_id, created_at__lte=announced.created_at)
        Message.objects.bulk_create(_messages(announced, list(hooks)), batch_size=500)
        own.delete()
    return "handed on"


def _messages(announced: Message, hooks: Sequence[Hook]) -> list[Message]:
    return [
        Message(
            kind=WEBHOOK,
            event_id=announced.event_id,
            hook=hook,
            message_id=told["id"],
            topic=told["type"],
            payload={name: told[name] for name in ("type", "timestamp", "data")},
            created_at=announced.created_at,
            next_try_at=announced.created_at,  # by which they go in the order in which it happened
        )
        for told in announced.payload
        for hook in hooks
        if hook.hears(told["type"])
    ]


@handles(WEBHOOK)
def deliver(message: Message) -> str:
    """Send a message to its hook."""
    hook, body = message.hook, body_of(message)
    if hook is None:
        raise Failed("the webhook is gone")
    headers = signing.headers(hook, message.message_id, body, timezone.now())
    try:
        status = sending.post(hook.url, body, {**headers, "User-Agent": "Onsite"})
    except sending.NotSent as error:
        raise Failed(str(error)) from error
    if 200 <= status < 300:
        return str(status)
    raise Failed(f"{status}, not followed" if 300 <= status < 400 else str(status))


def body_of(message: Message) -> bytes:
    """The same bytes at each try."""
    return json.dumps(message.payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
