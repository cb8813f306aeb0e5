"""Guests found by what they say of themselves: the words of their names, an order's code, their own code,
or an e-mail address.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from attendees.folding import Typed, folded_address, readings
from attendees.models import Attendee, ByteOrder, NameWord, is_code, typed_code
from base.identifiers import LENGTH, READABLE
from base.sql.above import model_above
from events.models import Event

Ids = QuerySet[Any, int]

LEAST, MOST = 2, 254  # letters: of an order's code, and of all that is typed
LAST = max(READABLE)
ABOVE_ALL = "\U0010ffff"
# What people write before, between and behind the letters of a code.
AROUND_CODE = re.compile(r"[\s#\u002d\u2010-\u2015\u2212]+")


def find_guests(event: Event, text: str, limit: int = 20, *, masked: bool = False) -> list[Attendee]:
    """The guests of the event whose order's code begins with `text`, at least two letters of it, whose
    names have words that begin with each of its words, last names first (in this order), or whose whole
    e-mail address it is; or the one whose whole code it is. One letter that is typed alone is a word of
    its own, unless its script knows names of one letter. For whom addresses are `masked`, none is looked
    up. Their orders and tickets are at hand: an order may be unpaid, cancelled or expired. What admits nobody
    is no guest.
    """
    found: dict[int, None] = {}
    beside = list(event.tickets.filter(admits=False).values_list("pk", flat=True))
    for ids in _ways([event.pk], text, masked, beside):
        found |= dict.fromkeys(ids[:limit])
        if len(found) >= limit:
            break
    guests = Attendee.objects.select_related("order", "ticket").in_bulk(list(found)[:limit])
    return [guests[pk] for pk in found if pk in guests]


def among(
    guests: QuerySet[Attendee], events: Collection[int], text: str, *, masked: bool = False
) -> QuerySet[Attendee]:
    """Those of `guests` whom `find_guests` would find at one of the events, all of them, for a list that
    has its own order and pages.
    """
    ways = [ids.order_by() for ids in _ways(events, text, masked)]
    return guests.filter(pk__in=ways[0].union(*ways[1:])) if ways else guests.none()


def as_code(text: str) -> str:
    """What was typed, as a code of a ticket or an order is written, should it be one."""
    return AROUND_CODE.sub("", unicodedata.normalize("NFKC", text)).upper()


def _ways(events: Collection[int], text: str, masked: bool, beside: Collection[int] = ()) -> Iterator[Ids]:
    """The ids of the guests that are found one way or the other, each read from one index; without those of
    tickets `beside` admission, by id.
    """
    if len(text) > MOST or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return
    code = as_code(text)
    everybody = Attendee.objects.exclude(ticket__in=beside)
    if is_code(code):
        guests = everybody.filter(ticket__event__in=events, order__isnull=False)
        yield guests.filter(code=typed_code(code)).values_list("pk", flat=True)
        return  # without a vowel it is nobody's name
    if LEAST <= len(code) <= LENGTH and set(code) <= set(READABLE):
        of_orders = everybody.filter(order__in=list(_orders_of(events, code)))
        yield of_orders.order_by("pk").values_list("pk", flat=True)
    words = NameWord.objects.filter(event__in=events)
    if beside:
        words = words.exclude(attendee__ticket__in=beside)
    for reading in readings(text):
        if reading:
            yield _by_words(words, reading)
    if "@" in text and not masked:
        yield _by_words(words, [Typed((folded_address(text),), whole=True)])


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


def _by_words(words: QuerySet[NameWord], reading: list[Typed]) -> Ids:
    """By the first, longest one in the index; of whom it gives, those who have the others too."""
    first, *others = reading
    found = _alike(words, first)
    for other in others:
        also = NameWord.objects.filter(attendee=OuterRef("attendee"))
        found = found.filter(Exists(_alike(also, other)))
    ranked = found.values("attendee").annotate(best=Min("place"), nearest=Min(ByteOrder("word")))
    ids: Ids = ranked.order_by("best", "nearest", "attendee").values_list("attendee", flat=True)
    return ids


def _alike(words: QuerySet[NameWord], typed: Typed) -> QuerySet[NameWord]:
    """Those that are the typed word, or begin with it: in a range, because no index serves Django's
    `startswith` on every database.
    """
    words = words.alias(bytes=ByteOrder("word"))
    if typed.whole:
        return words.filter(bytes__in=typed.forms)
    alike = Q()
    for form in typed.forms:
        alike |= Q(bytes__gte=form, bytes__lt=form + ABOVE_ALL)
    return words.filter(alike)
