"""The one line of advice over a live picture: what is measured and worth walking over for, if anything."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext, ngettext

from base.times import clock
from home.live import TREND, Picture

# How far ahead a trend is believed; and from how many on scans and sales tell anything.
AHEAD = timedelta(hours=2)
ENOUGH_SCANS, ENOUGH_SALES = 10, 5
REFUSES = 5  # one in so many
IDLE = SILENT = timedelta(minutes=10)
GIVEN_UP = timedelta(hours=1)  # a tablet that is silent for so long was put away


def advice(picture: Picture) -> str:
    """The most urgent of it, for people; empty if nothing is worth saying."""
    return next(_all(picture), "")


def _all(picture: Picture) -> Iterator[str]:
    yield from _full(picture)
    yield from _silent(picture)
    yield from _refusing(picture)
    yield from _idle(picture)


def _full(picture: Picture) -> Iterator[str]:
    inside = picture.inside
    if inside.capacity is None or (picture.at > picture.event.ends_at and not picture.gates):
        return  # who is checked out as the doors close?
    left = inside.capacity - inside.now
    if left <= 0:
        yield gettext("Full: let in only as many as leave.")
    elif inside.grown > 0 and left * TREND <= AHEAD * inside.grown:
        time = clock(picture.at + left * TREND / inside.grown, picture.event.timezone)
        yield gettext("Full at %(time)s at this pace.") % {"time": time}


def _silent(picture: Picture) -> Iterator[str]:
    """What scans on without network tells so only when it is back."""
    if not any(gate.scans for gate in picture.gates):
        return
    phones = [(str(phone), phone.told_at) for phone in picture.phones]
    for device, seen_at in [*((one.name, one.last_seen_at) for one in picture.devices), *phones]:
        minutes = _minutes(picture.at - seen_at) if seen_at else 0
        if _minutes(SILENT) <= minutes < _minutes(GIVEN_UP):
            text = ngettext(
                "%(device)s has not been heard of for %(n)s minute.",
                "%(device)s has not been heard of for %(n)s minutes.",
                minutes,
            )
            yield text % {"device": device, "n": minutes}


def _refusing(picture: Picture) -> Iterator[str]:
    busy = (gate for gate in picture.gates if gate.scans >= ENOUGH_SCANS)
    worst = max(busy, key=lambda gate: gate.refused / gate.scans, default=None)
    if worst is None or worst.refused * REFUSES < worst.scans:
        return
    words = {"gate": worst.gate or gettext("the door"), "n": round(worst.scans / worst.refused)}
    if words["n"] == 1:
        yield gettext("Gate %(gate)s refuses nearly everybody.") % words
    else:
        yield gettext("Gate %(gate)s refuses one in %(n)s.") % words


def _idle(picture: Picture) -> Iterator[str]:
    if sum(desk.recent for desk in picture.desks) < ENOUGH_SALES:
        return
    for desk in picture.desks:
        idle = picture.at - desk.idle_since if desk.idle_since else timedelta()
        if idle < IDLE:
            continue
        if desk.locked_since is not None:
            since = clock(desk.locked_since, picture.event.timezone)
            yield gettext("%(till)s has been locked since %(time)s.") % {"till": desk.till, "time": since}
            continue
        text = ngettext("%(till)s idle for %(n)s minute.", "%(till)s idle for %(n)s minutes.", _minutes(idle))
        yield text % {"till": desk.till, "n": _minutes(idle)}


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
