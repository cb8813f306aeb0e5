"""What has happened, written down in the transaction in which it happens, for whoever wants to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from base.sql.insert import insert_unread
from base.times import wire_time
from outbox.models import Hook, Message, Topic, new_id

ANNOUNCEMENT = "announcement"


@dataclass(frozen=True)
class Happening:
    """`data` is a JSON:API resource object of what it happened to: without codes, names and addresses."""

    topic: Topic
    data: dict[str, Any]


def announce(
    event_id: int, happenings: Iterable[Happening], *, at: datetime, is_heard: bool | None = None
) -> None:
    """Write down what happened at an event at `at` (UTC), if anybody is to be told: one row, one statement.
    `is_heard` is whether anybody is, if that was read beside something else (`models.heard`).

    Must run inside the transaction of what happens (`RuntimeError` else), so that it is told if and only if
    it is done.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("What is announced outside of its transaction may never have happened.")
    if is_heard is None:
        is_heard = Hook.objects.hearing().filter(event_id=event_id).exists()
    if not is_heard:
        return
    told = [
        {"id": new_id(), "type": one.topic.value, "timestamp": wire_time(at), "data": one.data}
        for one in happenings
    ]
    if told:
        insert_unread([Message(kind=ANNOUNCEMENT, event_id=event_id, payload=told)])


def resource(
    kind: str, pk: int, attributes: dict[str, Any], meta: dict[str, Any] | None = None, **related: int | None
) -> dict[str, Any]:
    """A JSON:API resource object, with the ids of what it is `related` to, each of the type of its name."""
    linked = {
        name: {"data": None if other is None else {"type": name, "id": str(other)}}
        for name, other in related.items()
    }
    found = {"type": kind, "id": str(pk), "attributes": attributes, "relationships": linked}
    return {**found, "meta": meta} if meta else found
