"""Guests found at the door by the beginning of what they say of themselves.

Only ASCII letters are folded by every database (SQLite's `lower` knows no others, nor does that of a
PostgreSQL made with the C locale), so that the text is tried as typed, in capitals and in small letters:
`müller`, `Müller` and `MÜLLER` find each other, `mÜLLER` is found by its own spelling only.
"""

from collections.abc import Iterator

from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from attendees.models import CODE_LENGTH, CODE_LETTERS, Attendee, ByteOrder
from events.models import Event
from onsite_project.identifiers import LENGTH, READABLE

LEAST, MOST = 2, 200
LAST = max(READABLE)
ABOVE_ALL = "\U0010ffff"


def find_guests(event: Event, text: str, limit: int = 20) -> list[Attendee]:
    """The guests of the event whose order code, last name, first name or e-mail address begins with
    `text`, at least two letters of it, in this order; or the one whose whole code it is. Their orders
    and tickets are at hand: an order may be unpaid, cancelled or expired.
    """
    text = text.strip()
    if not LEAST <= len(text) <= MOST or not text.isprintable():
        return []
    found: dict[int, None] = {}
    for ids in _ways(event, text):
        found |= dict.fromkeys(ids[:limit])
        if len(found) >= limit:
            break
    guests = Attendee.objects.select_related("order", "ticket").in_bulk(list(found)[:limit])
    return [guests[pk] for pk in found if pk in guests]


def _ways(event: Event, text: str) -> Iterator[QuerySet]:
    """The ids of the guests that are found one way or the other, each read from one index. No joins: a
    database that counts on few names of a beginning would rather go through all guests of a ticket.
    """
    tickets = list(event.tickets.order_by().values_list("pk", flat=True))
    guests = Attendee.objects.filter(ticket__in=tickets, order__isnull=False).values_list("pk", flat=True)
    code = "".join(text.split()).upper()
    if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS):
        yield guests.filter(code=code)
        return  # without a vowel it is nobody's name
    if len(code) <= LENGTH and set(code) <= set(READABLE):
        yield guests.filter(order__in=list(_orders_of(event, code))).order_by("pk")
    ways = sorted({_folded(way) for way in (text, text.upper(), text.lower())})
    for name in ("lastname", "firstname", "email"):
        for way in ways:
            yield _by_name(guests, name, way)


def _orders_of(event: Event, code: str) -> QuerySet:
    """The ids of the orders whose code begins so. Capitals and digits stand in this order in all
    collations that matter, so the index that keeps them unique will do: another would cost every sale.
    """
    orders = event.orders.model.objects.filter(identifier__gte=code, identifier__lte=code + LAST * LENGTH)
    # Added to nothing, lest SQLite go through all orders of the event instead.
    there = orders.alias(there=F("event_id") + 0).filter(there=event.pk, identifier__startswith=code)
    return there.order_by("identifier").values_list("pk", flat=True)[:MOST]


def _by_name(guests: QuerySet, name: str, text: str) -> QuerySet:
    # As the index has it, word for word: a parameter would hide from SQLite that none is blank.
    not_blank = RawSQL(f"attendees_attendee.{name} > ''", [], output_field=BooleanField())  # noqa: S611
    # A range, because no index serves Django's `istartswith` on every database.
    alike = guests.alias(begins=ByteOrder(Lower(name)))
    return alike.filter(not_blank, begins__gte=text, begins__lt=text + ABOVE_ALL).order_by("begins", "pk")


def _folded(text: str) -> str:
    """In small letters, as far as every database makes them."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
