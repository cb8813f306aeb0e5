"""Whom a scan saw, and where: with few statements, because the guest stands at the door meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.errors import NotFound
from base.sql.kept import kept
from door.models import Station
from door.scan import Scan
from door.whereabouts import guests_at, guests_by_code, guests_by_id, restriction
from events.access import require
from events.models import Act

Guests = dict[str | int, Attendee]  # by what they are looked up by, `Scan.key`

# The stations whose event counted who is inside when a guest was last seen there.
COUNTED_AT: set[int] = set()


@kept
def _station(user_id: int, is_superuser: bool, station_id: int) -> QuerySet[Station]:
    user = User(pk=user_id, is_superuser=is_superuser)
    stations = Station.objects.for_user(user).filter(pk=station_id).order_by()
    return stations.annotate(is_restricted=restriction("pk"), capacity=F("event__capacity"))


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
        return one.station_id in COUNTED_AT
    place = one.station if one.event is None else one.event
    return getattr(place, "capacity", None) is not None


def look_up(seen: Sequence[Scan], by: User | None, counts: bool) -> tuple[Sequence[Scan], Guests]:
    """The scans with their station, and the guests, locked: with one statement, if all is in order. Raises
    as `station_named` where it is not.
    """
    one = seen[0]
    guests = _at_station(one, by, counts) if one.station_id is not None and one.attendee_id is None else []
    if not guests:
        seen = with_station(seen, by)
        return seen, guests_of(seen, counts)
    (guest,) = guests
    (COUNTED_AT.discard if guest.capacity is None else COUNTED_AT.add)(one.station_id)
    return [replace(one, station=_station_of(guest, one.station_id), station_id=None)], {one.key: guest}


def _at_station(one: Scan, by: User, counts: bool) -> Sequence[Attendee]:
    return guests_at(
        station_id=one.station_id,
        user_id=by.pk,
        is_superuser=by.is_superuser,
        codes=[one.key],
        counts=counts,
    )


def _station_of(guest: Attendee, station_id: int) -> Station:
    """The station that was read with the guest."""
    station = Station(pk=station_id, event_id=guest.event_id, name=guest.station_name)
    station.direction, station.is_restricted = guest.station_direction, guest.is_restricted
    return station


def with_station(seen: Sequence[Scan], by: User | None) -> Sequence[Scan]:
    """The scans with their station, if so far just its id was known; raises as `station_named`."""
    if seen[0].station_id is None:
        return seen
    station = station_named(by, seen[0].station_id)
    return [replace(one, station=station, station_id=None) for one in seen]


def guests_of(seen: Sequence[Scan], counts: bool) -> Guests:
    """The attendees that were seen, by code or id, locked."""
    keys = [one.key for one in seen]
    if seen[0].attendee_id is None:
        return {guest.code: guest for guest in guests_by_code(codes=keys, counts=counts)}
    return {guest.pk: guest for guest in guests_by_id(ids=keys, counts=counts)}
