"""Attendees changed the way the Open Event Server's clients do it: checked in, on top of `admission`, and
called by another name.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import user_of
from accounts.models import User
from attendees.corrections import correct, may_correct
from attendees.models import Attendee
from attendees.names import NAMELESS, NAMES, read_as
from attendees.serializers import CHECKED, GuestSerializer
from attendees.views import AttendeeViewSet
from base.api.fields import WordyFlagField
from base.errors import Conflict, Invalid
from base.times import parse_time
from door import admission
from door.models import CheckIn
from door.scan import Scan
from door.undo import undo
from events.models import Act, may


class CheckedSerializer(serializers.Serializer[Any]):
    """What the Open Event Server's clients send to check somebody in or out."""

    is_checked_in = WordyFlagField(required=False, allow_null=True)
    is_checked_out = WordyFlagField(required=False, allow_null=True)
    checkin_times = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    checkout_times = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    device_name_checkin = serializers.CharField(required=False, allow_null=True, allow_blank=True)

    class Meta:
        resource_name = "attendee"


CHECKED_FORM = CheckedSerializer()
GUEST_FORM = GuestSerializer(partial=True)


class Step(Enum):
    IN, OUT, BACK = "in", "out", "back"


TIMES = {Step.IN: "checkin_times", Step.OUT: "checkout_times"}
MOVED = {Step.IN: 1, Step.OUT: -1}


def asked(guest: Attendee, sent: Mapping[str, Any], told: Mapping[str, Any], renames: bool) -> Step | None:
    """What a PATCH asks for, `sent` as it came and `told` as it was understood. It is what differs from how
    things are: clients send along all that they have read, perhaps long ago. None: nothing.

    A last time that is new is a check, whatever else is said. Else a state is one that is told without times,
    or beside times that are the server's. Raises `Invalid` for a time that is none.
    """
    new = {step: time for step in TIMES if (time := _new_time(guest, told, step))}
    if new:
        step = max(new, key=lambda step: new[step])
        return None if step is Step.IN and _turned_over(guest, told) else step
    if any(told.get(name) is not None for name in TIMES.values()):
        return _by_state_and_times(guest, told)
    if told.get("is_checked_in") is False and told.get("is_checked_out"):
        return None if any(name in sent for name in NAMES) else Step.OUT
    if told.get("is_checked_out"):
        return None if renames and guest.is_checked_out else Step.OUT
    if told.get("is_checked_in"):
        return None if renames and guest.is_inside else Step.IN
    is_alone = {name for name, value in sent.items() if value is not None} <= {"_id", "is_checked_in"}
    return Step.BACK if told.get("is_checked_in") is False and is_alone and guest.is_inside else None


def _turned_over(guest: Attendee, told: Mapping[str, Any]) -> bool:
    """Whether the organizer app has turned its flag over for somebody who is inside. It tells now as the only
    time whichever way it turns; that the guest left, it cannot say. The frontend puts its time behind others.
    """
    is_alone = "," not in (told.get("checkin_times") or "")
    return guest.is_inside and told.get("is_checked_in") is False and is_alone


def _by_state_and_times(guest: Attendee, told: Mapping[str, Any]) -> Step | None:
    """What is told by whoever knows all times of the guest, and so means the state that is another."""
    shown = {name: _instants(getattr(guest, name)) for name in TIMES.values()}
    times = {name: _instants(told[name]) for name in TIMES.values() if told.get(name) is not None}
    if any(shown[name] != instants for name, instants in times.items()):
        return None
    if guest.is_inside and told.get("is_checked_in") is False and "checkin_times" in times:
        return Step.BACK
    if not all(name in times for name, instants in shown.items() if instants):
        return None
    if guest.is_inside:
        return Step.OUT if told.get("is_checked_out") else None
    return Step.IN if told.get("is_checked_in") else None


def _new_time(guest: Attendee, told: Mapping[str, Any], step: Step) -> datetime | None:
    """The last time that is told of, unless the guest has a check of then, even one that was undone."""
    last = _last_time(told.get(TIMES[step]), TIMES[step])
    checks = [check for check in guest.check_ins.all() if check.moved == MOVED[step]]
    known = {_instant(time) for check in checks for time in (check.occurred_at, check.happened_at)}
    return None if last is None or _instant(last) in known else last


def _instant(time: datetime) -> int:
    """In milliseconds: clients that take times apart have no more."""
    return int(time.timestamp() * 1000)


def _instants(told: str) -> list[int | None]:
    times = [_parsed(text) for text in _parts(told)]
    return [None if time is None else _instant(time) for time in times]


def _parts(told: str | None) -> list[str]:
    return [part.strip() for part in (told or "").split(",") if part.strip()]


def _parsed(text: str) -> datetime | None:
    return parse_time(text.replace(" ", "+"))


def check_as_told(guest: Attendee, step: Step, told: Mapping[str, Any], *, by: User) -> None:
    """Check a guest in or out, or take the last check-in back. The time is the last of `checkin_times` or
    `checkout_times`, if it is new, the station that of the name `device_name_checkin`, if the event has one.

    Raises `Invalid` for a station that lets nobody pass that way, `Conflict` with the answer as its code when
    the guest is refused; the scan is kept all the same.
    """
    match step:
        case Step.BACK:
            return _take_back(guest, by)
        case Step.IN:
            answered = admission.check_in(_scan(guest, told, step), by=by)
        case Step.OUT:
            answered = admission.check_out(_scan(guest, told, step), by=by)
    if answered.answer != CheckIn.Answer.OK:
        raise Conflict.of(answered.answer, _("Refused: %s.") % answered.get_answer_display())


def _take_back(guest: Attendee, by: User) -> None:
    came = guest.check_ins.standing().filter(moved=1).order_by("-pk")
    last = came.first() if guest.is_inside else None
    if last is not None:
        undo(last, by=by)


def _scan(guest: Attendee, told: Mapping[str, Any], step: Step) -> Scan:
    name = told.get("device_name_checkin") or ""
    event = guest.ticket.event
    return Scan(
        event=event,
        attendee_id=guest.pk,
        station=event.stations.filter(name=name.rpartition(",")[2].strip()).first() if name else None,
        occurred_at=_new_time(guest, told, step),
    )


def _last_time(told: str | None, field: str) -> datetime | None:
    parts = _parts(told)
    time = _parsed(parts[-1]) if parts else None
    if parts and time is None:
        detail = _("This is no time with its offset, such as 2026-05-01T20:14:00Z.")
        raise Invalid.of("invalid", detail, field)
    return time


def other_names(guest: Attendee, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH tells of a guest's names that is not what its sender reads: clients send along all that
    they have read, a masked address too.
    """
    if {name: told.get(name) for name in NAMELESS} == NAMELESS:
        told = {name: text for name, text in told.items() if name not in NAMELESS}
    stored = {name: getattr(guest, name) for name in NAMES}
    if guest.masked:
        stored["email"] = guest.masked_email
    shown = {**stored, **read_as(guest)}
    told = {name: told[name] for name in NAMES if name in told}
    return {name: text for name, text in told.items() if (text or "") not in (stored[name], shown[name])}


class CheckedAttendeeViewSet(AttendeeViewSet):
    """Attendees; by PATCH their check-in, and their names put right."""

    moved = {"direction": "/data/attributes/device-name-checkin"}  # whose station has but one

    def forms(self) -> list[type[serializers.Serializer[Any]]]:
        return [CheckedSerializer, GuestSerializer]

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a name right, by who sells at the event: `firstname`, `lastname`, `email`. Check a guest in or
        out the way the Open Event Server's clients do it: `is-checked-in` or `is-checked-out`, or a new last
        time in `checkin-times` or `checkout-times`; a refusal is 409 with the answer as its code. Both in
        one request: the name first, and it stays if the check is refused. What is sent back as it was read
        changes nothing.
        """
        guest = self.get_object()
        by, may_check = user_of(request), may(guest.role, Act.CHECK_IN)
        if not (may_check or may_correct(guest, by)):
            raise PermissionDenied
        sent = cast(dict[str, Any], request.data)  # the parser gives nothing else
        told, names = CHECKED_FORM.run_validation(sent), other_names(guest, sent)
        if not any(name in sent for name in NAMES) and all(sent.get(name) is None for name in CHECKED):
            detail = _("Say is-checked-in or is-checked-out, or another name.")
            raise Invalid.of("required", detail, "is_checked_in")
        step = asked(guest, sent, told, renames=bool(names))
        if (names and not may_correct(guest, by)) or (step and not may_check):
            raise PermissionDenied
        if names:
            correct(guest, by=by, **GUEST_FORM.run_validation(names))
        if step:
            check_as_told(guest, step, told, by=by)
        return Response(self.get_serializer(self.get_queryset().get(pk=guest.pk)).data)
