"""The worker checks the books of all events each night, those of one when somebody asks, and keeps what it
found: no page waits for that.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.utils import timezone

from books.checking import Difference, differences
from books.checks import CHECKS
from books.models import BooksCheck
from books.sealing import seal_days
from events.models import Event
from outbox.kinds import NIGHTLY, handles
from outbox.models import Message

logger = logging.getLogger(__name__)

CHECK_BOOKS = "check-books"
KEPT = 1000
NIGHTLY.append(CHECK_BOOKS)


@handles(CHECK_BOOKS)
def check_books(message: Message) -> str:
    """Check the books of the message's event, or of all, and keep what was found. Before all are, the days
    that are over are sealed.
    """
    at = timezone.now()
    if message.event_id is None:
        seal_days(at)
    found = differences(CHECKS, message.event_id)
    checked = Event.objects.order_by("pk").values_list("pk", flat=True)
    _keep(found, checked if message.event_id is None else [message.event_id], at)
    if found:
        logger.error("The books do not add up, says manage.py check_books: %d differences.", len(found))
    return f"{len(found)} differences"


def ask(events: Iterable[int]) -> int:
    """Have the worker check the books of these events, by id, at once; how many. Those that wait for it
    already are not asked for again.
    """
    waiting = Message.objects.waiting().filter(kind=CHECK_BOOKS, leased_until=None)
    asked = {*waiting.filter(event__in=(wanted := {*events})).values_list("event", flat=True)}
    Message.objects.bulk_create(
        Message(kind=CHECK_BOOKS, event_id=event, payload={}) for event in sorted(wanted - asked)
    )
    return len(wanted)


def _keep(found: Sequence[Difference], events: Iterable[int], at: datetime) -> None:
    by_event: Mapping[int | None, list[Difference]] = defaultdict(list)
    for difference in found:
        by_event[difference.event].append(difference)
    rows = [
        BooksCheck(
            event_id=event,
            checked_at=at,
            number=len(by_event[event]),
            differences=[asdict(difference) for difference in by_event[event][:KEPT]],
        )
        for event in events
    ]
    written = ["checked_at", "number", "differences"]
    BooksCheck.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["event"], update_fields=written, batch_size=200
    )
