"""Guests found at the door by the beginning of what they say of themselves.

Only ASCII letters are folded by every database (SQLite's `lower` knows no others, nor does that of a
PostgreSQL made with the C locale), so that the text is tried as typed, in capitals and in small letters:
`müller`, `Müller` and `MÜLLER` find each other, `mÜLLER` is found by its own spelling only.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.functions import Lower

from attendees.models import Attendee, ByteOrder, is_code, typed_code
from base.identifiers import LENGTH, READABLE
from base.sql.above import model_above
from events.models import Event
from tickets.models import Ticket

Ids = QuerySet[Any, int]

LEAST, MOST = 2, 254
LAST = max(READABLE)
ABOVE_ALL = "\U0010ffff"


def find_guests(event: Event, text: str, limit: int = 20) -> list[Attendee]:
    """The guests of the event whose order code, last name or first name begins with `text`, at least two
    letters of it, whose whole e-mail address it is, or whose first and last name begin with its words,
    either first (in this order); or the one whose whole code it is. Their orders and tickets are at hand:
    an order may be unpaid, cancelled or expired.
    """
    found: dict[int, None] = {}
    for ids in _ways([event.pk], text):
        found |= dict.fromkeys(ids[:limit])
        if len(found) >= limit:
            break
    guests = Attendee.objects.select_related("order", "ticket").in_bulk(list(found)[:limit])
    return [guests[pk] for pk in found if pk in guests]


def among(guests: QuerySet[Attendee], events: Collection[int], text: str) -> QuerySet[Attendee]:
    """Those of `guests` whom `find_guests` would find at one of the events, all of them, for a list that
    has its own order and pages.
    """
    ways = [ids.order_by() for ids in _ways(events, text)]
    return guests.filter(pk__in=ways[0].union(*ways[1:])) if ways else guests.none()


def _ways(events: Collection[int], text: str) -> Iterator[Ids]:
    """The ids of the guests that are found one way or the other, each read from one index. No joins: a
    database that counts on few names of a beginning would rather go through all guests of a ticket.
    """
    if not text.isprintable():
        return
    text = " ".join(text.split())
    if not LEAST <= len(text) <= MOST:
        return
    tickets = list(Ticket.objects.filter(event__in=events).order_by().values_list("pk", flat=True))
    guests = Attendee.objects.filter(ticket__in=tickets, order__isnull=False).values_list("pk", flat=True)
    code = typed_code(text)
    if is_code(text):
        yield guests.filter(code=code)
        return  # without a vowel it is nobody's name
    if len(code) <= LENGTH and set(code) <= set(READABLE):
        yield guests.filter(order__in=list(_orders_of(events, code))).order_by("pk")
    for name in ("lastname", "firstname"):
        yield from _by_name(guests, name, text)
    yield _by_address(guests, text)
    yield from _by_both_names(guests, text.split(" "))


def _orders_of(events: Collection[int], code: str) -> Ids:
    """The ids of the orders whose code begins so. Capitals and digits stand in this order in all
    collations that matter, so the index that keeps them unique will do: another would cost every sale.
    """
    orders = model_above(Attendee, "order")._default_manager.filter(
        identifier__gte=code, identifier__lte=code + LAST * LENGTH
    )
    # Added to nothing, lest SQLite go through all orders of the event instead.
    there = orders.alias(there=F("event_id") + 0).filter(there__in=events, identifier__startswith=code)
    ids: Ids = there.order_by("identifier").values_list("pk", flat=True)[:MOST]
    return ids


def _in_byte_order(guests: Ids, name: str) -> Ids:
    """Those who have said it, with the `typed` of it that the index holds."""
    # As the index has it, word for word: a parameter would hide from SQLite that none is blank.
    not_blank = Func(F(name), template="%(expressions)s > ''", output_field=BooleanField())
    said: Ids = guests.alias(typed=ByteOrder(Lower(name))).filter(not_blank)
    return said


def _by_name(guests: Ids, name: str, text: str) -> Iterator[Ids]:
    # A range, because no index serves Django's `istartswith` on every database.
    for way in _spellings(text):
        alike = _in_byte_order(guests, name).filter(typed__gte=way, typed__lt=way + ABOVE_ALL)
        yield alike.order_by("typed", "pk")


def _by_address(guests: Ids, text: str) -> Ids:
    """By all of it: an address that is shown masked would be spelled out by its beginnings."""
    return _in_byte_order(guests, "email").filter(typed__in=_spellings(text)).order_by("pk")


def _by_both_names(guests: Ids, words: Sequence[str]) -> Iterator[Ids]:
    """By first and last name typed together. Of several words it is the first or the last that is a name
    of its own.
    """
    for split in sorted({1, len(words) - 1} & set(range(1, len(words)))):
        one, other = " ".join(words[:split]), " ".join(words[split:])
        yield from _by_pair(guests, {"firstname": one, "lastname": other})
        yield from _by_pair(guests, {"firstname": other, "lastname": one})


def _by_pair(guests: Ids, names: Mapping[str, str]) -> Iterator[Ids]:
    """The longer beginning, which fewer share, is looked up; the other is compared with what was found."""
    looked_up, compared = sorted(names, key=lambda name: -len(names[name]))
    if len(names[looked_up]) < LEAST:
        return
    alike = Q()
    for way in _spellings(names[compared]):
        alike |= Q(**{f"{compared}__istartswith": way})
    yield from _by_name(guests.filter(alike), looked_up, names[looked_up])


def _spellings(text: str) -> list[str]:
    return sorted({_folded(way) for way in (text, text.upper(), text.lower())})


def _folded(text: str) -> str:
    """In small letters, as far as every database makes them."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
