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
    for ids in _ways([event.pk], text, masked, beside, ranked=True):
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
    ways = [*_ways(events, text, masked)]
    # Each once, for who is to have all: else PostgreSQL counts on very few, and takes four times as long.
    return guests.filter(pk__in=ways[0].distinct().union(*ways[1:])) if ways else guests.none()


def ways_to(events: Collection[int], text: str) -> Iterator[Q]:
    """The conditions, one after the other, by which `among` finds guests: for lists that ask for each by
    itself, and no further than it takes (`base.admin_lists.found`).
    """
    return (Q(pk__in=ids) for ids in _ways(events, text, masked=False))


def _address(text: str) -> Typed:
    return Typed((folded_address(text),), whole=True)


def as_code(text: str) -> str:
    """What was typed, as a code of a ticket or an order is written, should it be one."""
    return AROUND_CODE.sub("", unicodedata.normalize("NFKC", text)).upper()


def _ways(
    events: Collection[int], text: str, masked: bool, beside: Collection[int] = (), *, ranked: bool = False
) -> Iterator[Ids]:
    """The ids of the guests that are found one way or the other, each read from one index; without those of
    tickets `beside` admission, by id. Those that fit best come first where they are `ranked`; else they
    have no order, and may come twice, for a condition with which a database begins where it likes.
    """
    if len(text) > MOST or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return
    code = as_code(text)
    everybody = Attendee.objects.exclude(ticket__in=beside)
    if is_code(code):
        guests = everybody.filter(ticket__event__in=events, order__isnull=False)
        yield guests.filter(code=typed_code(code)).order_by().values_list("pk", flat=True)
        return  # without a vowel it is nobody's name
    if orders := orders_of(events, text):
        of_orders = everybody.filter(order__in=orders).values_list("pk", flat=True)
        yield of_orders.order_by(*(["pk"] if ranked else []))
    words = NameWord.objects.filter(event__in=events).order_by()
    if beside:
        words = words.exclude(attendee__ticket__in=beside)
    typed = [reading for reading in readings(text) if reading]
    if "@" in text and not masked:
        typed.append([_address(text)])
    for reading in typed:
        found = _by_words(words, reading)
        yield _ranked(found) if ranked else found.values_list("attendee", flat=True)


def orders_of(events: Collection[int], text: str) -> list[int]:
    """The ids of the orders of the events whose code begins so, if it may be one's. Capitals and digits stand
    in this order in all collations that matter, so the index that keeps them unique will do: another would
    cost every sale.
    """
    code = as_code(text)
    if not (LEAST <= len(code) <= LENGTH and set(code) <= set(READABLE)):
        return []
    orders = model_above(Attendee, "order")._default_manager.filter(
        identifier__gte=code, identifier__lte=code + LAST * LENGTH
    )
    # Added to nothing, lest SQLite go through all orders of the event instead.
    there = orders.alias(there=F("event_id") + 0).filter(there__in=events, identifier__startswith=code)
    return list(there.order_by("identifier").values_list("pk", flat=True)[:MOST])


def _by_words(words: QuerySet[NameWord], reading: list[Typed]) -> QuerySet[NameWord]:
    """By the first, longest one in the index; of whom it gives, those who have the others too."""
    first, *others = reading
    found = _alike(words, first)
    for other in others:
        also = NameWord.objects.filter(attendee=OuterRef("attendee"))
        found = found.filter(Exists(_alike(also, other)))
    return found


def _ranked(found: QuerySet[NameWord]) -> Ids:
    """Who has one of the words, those who have it as a last name first."""
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
