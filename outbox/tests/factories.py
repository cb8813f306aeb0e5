from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import factory
from django.db import connection

from events.tests.factories import EventFactory
from outbox import signing
from outbox.models import Hook, Message
from outbox.webhooks import WEBHOOK, fan_out


class HookFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Hook

    event = factory.SubFactory(EventFactory)
    url = factory.Sequence(lambda n: f"https://hook{n}.example.com/")
    seed = factory.LazyFunction(signing.new_seed)


class MessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Message

    kind = WEBHOOK
    hook = factory.SubFactory(HookFactory)
    event = factory.SelfAttribute("hook.event")
    topic = "order.placed"
    next_try_at = factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(seconds=1))
    payload = factory.LazyFunction(lambda: {"type": "order.placed", "data": {"id": "1"}})


def announced():
    """What was announced and not yet handed on, oldest first."""
    rows = Message.objects.filter(hook=None).order_by("pk")
    return [told for row in rows for told in row.payload]


def topics():
    return [told["type"] for told in announced()]


def hand_on():
    """What was announced becomes messages to the hooks; these, oldest first."""
    for row in Message.objects.filter(hook=None).order_by("pk"):
        fan_out(row)
    return list(Message.objects.order_by("pk"))


@contextmanager
def without(table):
    """The database fails at whatever is asked of the table."""

    def rename(old, new):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename(table, f"{table}_gone")
    try:
        yield
    finally:
        rename(f"{table}_gone", table)
