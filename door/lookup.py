"""Whom a scan saw, and where: with few statements, because the guest stands at the door meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import RetiredCode, typed_code
from base.errors import NotFound
from base.sql.kept import kept
from door.models import Guest, GuestAtStation, Station
from door.scan import Scan
from door.whereabouts import guests_at, guests_by_code, guests_by_id, restriction
from events.access import require
from events.models import Act

Guests = dict[str | int, Guest]  # by what they are looked up by, `Scan.key`

# Whether the event of a station counted who is inside when a guest was last seen there.
COUNTED_AT: dict[int, bool] = {}


def _read_along(station: Station, role: str, some_only: bool, event_capacity: int | None) -> Station:
    station.role, station.is_restricted, station.capacity = role, some_only, event_capacity
    return station


@kept(into=_read_along)
def _station(user_id: int, is_superuser: bool, station_id: int) -> QuerySet[Station]:
    user = User(pk=user_id, is_superuser=is_superuser)
    stations = Station.objects.for_user(user).filter(pk=station_id).order_by()
    return stations.annotate(some_only=restriction("pk"), event_capacity=F("event__capacity"))


def station_named(user: User, station_id: int) -> Station:
    """The station of that id, with the user's `role`; raises `NotFound`, `Forbidden`."""
    found = _station(user_id=user.pk, is_superuser=user.is_superuser, station_id=station_id)
    if not found:
        raise NotFound.of("not-found", _("There is no such thing here."), "station")
    require(found[0], Act.CHECK_IN)
    return found[0]


def may_count(one: Scan) -> bool:
    """Whether the event counts who is inside, as far as that is known before the guest is read. Wrongly
    guessed it costs a second look, or a lock that nobody needed.
    """
    if one.station_id is not None:
        return COUNTED_AT.get(one.station_id, True)
    place = one.station if one.event is None else one.event
    return place is not None and place.capacity is not None


def look_up(seen: Sequence[Scan], by: User | None, counts: bool) -> tuple[Sequence[Scan], Guests]:
    """The scans with their station, and the guests, locked: with one statement, if all is in order. Raises
    as `station_named` where it is not.
    """
    one = seen[0]
    if by is not None and one.station_id is not None and one.attendee_id is None:
        for guest in _at_station(one, one.station_id, by, counts):
            COUNTED_AT[one.station_id] = guest.capacity is not None
            station = _station_of(guest, one.station_id)
            return [replace(one, station=station, station_id=None)], {one.key: guest}
    seen = with_station(seen, by)
    return seen, guests_of(seen, counts)


def _at_station(one: Scan, station_id: int, by: User, counts: bool) -> Sequence[GuestAtStation]:
    """The guest, if the station's event has one with that code."""
    return guests_at(
        station_id=station_id,
        user_id=by.pk,
        is_superuser=by.is_superuser,
        codes=[typed_code(one.code)],
        counts=counts,
    )


def _station_of(guest: GuestAtStation, station_id: int) -> Station:
    """The station that was read with the guest."""
    station = Station(pk=station_id, event_id=guest.event_id, name=guest.station_name)
    station.direction, station.is_restricted = guest.station_direction, guest.is_restricted
    return station


def with_station(seen: Sequence[Scan], by: User | None) -> Sequence[Scan]:
    """The scans with their station, if so far just its id was known; raises as `station_named`."""
    if seen[0].station_id is None:
        return seen
    station = station_named(cast(User, by), seen[0].station_id)  # a script scans at stations themselves
    return [replace(one, station=station, station_id=None) for one in seen]


def _of_former(codes: Sequence[str], counts: bool) -> Guests:
    """Those whose codes these were before they got others."""
    former = {row.code: row.attendee_id for row in _former(codes=codes)}
    if not former:
        return {}
    guests = {guest.attendee.pk: guest for guest in guests_by_id(ids=[*former.values()], counts=counts)}
    return {code: replace(guests[pk], by_former_code=True) for code, pk in former.items()}


@kept
def _former(codes: Sequence[str]) -> QuerySet[RetiredCode]:
    return RetiredCode.objects.filter(code__in=codes).only("code", "attendee_id").order_by()


def guests_of(seen: Sequence[Scan], counts: bool) -> Guests:
    """The attendees that were seen, by code or id, locked."""
    if seen[0].attendee_id is None:
        codes = [typed_code(one.code) for one in seen]
        found = guests_by_code(codes=codes, counts=counts)
        guests: Guests = {guest.attendee.code: guest for guest in found}
        return guests if len(guests) == len(set(codes)) else _of_former(codes, counts) | guests
    ids = [one.attendee_id for one in seen if one.attendee_id is not None]
    return {guest.attendee.pk: guest for guest in guests_by_id(ids=ids, counts=counts)}
