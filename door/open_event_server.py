"""Attendees changed the way the Open Event Server's clients do it: checked in, on top of `admission`, and
called by another name.
"""

from collections.abc import Mapping
from datetime import datetime
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
from attendees.names import NAMES
from attendees.serializers import GuestSerializer
from attendees.views import AttendeeViewSet
from base.api.fields import FlagField
from base.errors import Conflict, Invalid
from base.times import parse_time
from door import admission
from door.models import CheckIn
from door.scan import Scan
from door.undo import undo
from events.models import Act, may


class CheckedSerializer(serializers.Serializer[Any]):
    """What the Open Event Server's clients send to check somebody in or out."""

    is_checked_in = FlagField(required=False, allow_null=True)
    is_checked_out = FlagField(required=False, allow_null=True)
    checkin_times = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=5000)
    checkout_times = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=5000)
    device_name_checkin = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=200
    )

    class Meta:
        resource_name = "attendee"


CHECKED_FORM = CheckedSerializer()
GUEST_FORM = GuestSerializer(partial=True)


def check_as_told(guest: Attendee, told: Mapping[str, Any], *, by: User) -> None:
    """Check a guest in or out as a PATCH of the attendee tells: `is_checked_in` or `is_checked_out`, true;
    `is_checked_in` false takes the last check-in back. The time is the last of `checkin_times`, the
    station that of the name `device_name_checkin`, if the event has one.

    Raises `Invalid` for what tells nothing, `Conflict` with the answer as its code when the guest is
    refused; the scan is kept all the same.
    """
    if told.get("is_checked_out"):
        answered = admission.check_out(_scan(guest, told, "checkout_times"), by=by)
    elif told.get("is_checked_in"):
        answered = admission.check_in(_scan(guest, told, "checkin_times"), by=by)
    elif told.get("is_checked_in") is False:
        return _take_back(guest, by)
    else:
        detail = _("Say is-checked-in or is-checked-out, or another name.")
        raise Invalid.of("required", detail, "is_checked_in")
    if answered.answer != CheckIn.Answer.OK:
        raise Conflict.of(answered.answer, _("Refused: %s.") % answered.get_answer_display())


def _take_back(guest: Attendee, by: User) -> None:
    came = guest.check_ins.standing().filter(moved=1).order_by("-pk")
    last = came.first() if guest.is_inside else None
    if last is not None:
        undo(last, by=by)


def _scan(guest: Attendee, told: Mapping[str, Any], times: str) -> Scan:
    name = told.get("device_name_checkin") or ""
    event = guest.ticket.event
    return Scan(
        event=event,
        attendee_id=guest.pk,
        station=event.stations.filter(name=name.rpartition(",")[2].strip()).first() if name else None,
        occurred_at=_last_time(told.get(times), times),
    )


def _last_time(told: str | None, field: str) -> datetime | None:
    last = (told or "").rpartition(",")[2].strip()
    if not last:
        return None
    time = parse_time(last.replace(" ", "+"))
    if time is None:
        detail = _("This is no time with its offset, such as 2026-05-01T20:14:00Z.")
        raise Invalid.of("invalid", detail, field)
    return time


def other_names(guest: Attendee, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH tells of a guest's names that is not what its sender reads: clients send along all that
    they have read, a masked address too.
    """
    shown = {"email": guest.masked_email} if guest.masked else {}
    return {
        name: told[name]
        for name in NAMES
        if name in told and (told[name] or "") != shown.get(name, getattr(guest, name))
    }


def tells_of_a_check(guest: Attendee, told: Mapping[str, Any], *, renames: bool) -> bool:
    """Whether a PATCH tells of a check; one that corrects a name may only repeat how things are."""
    states = {"is_checked_in": guest.is_checked_in, "is_checked_out": guest.is_checked_out}
    known = {name: (None, state) if renames else (None,) for name, state in states.items()}
    return any(told.get(name) not in known[name] for name in states)


class CheckedAttendeeViewSet(AttendeeViewSet):
    """Attendees; by PATCH their check-in, and their names put right."""

    moved = {"direction": "/data/attributes/device-name-checkin"}  # whose station has but one

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a name right, by who sells at the event: `firstname`, `lastname`, `email`. Check a guest in or
        out the way the Open Event Server's clients do it: `is-checked-in` or `is-checked-out`; a refusal is
        409 with the answer as its code. Both in one request: the name first, and it stays if the check is
        refused.
        """
        guest = self.get_object()
        by, may_check = user_of(request), may(guest.role, Act.CHECK_IN)
        if not (may_check or may_correct(guest, by)):
            raise PermissionDenied
        sent = cast(dict[str, Any], request.data)  # the parser gives nothing else
        told, names = CHECKED_FORM.run_validation(sent), other_names(guest, sent)
        named = any(name in sent for name in NAMES)
        checks = tells_of_a_check(guest, told, renames=bool(names)) or not named
        if (names and not may_correct(guest, by)) or (checks and not may_check):
            raise PermissionDenied
        if names:
            correct(guest, by=by, **GUEST_FORM.run_validation(names))
        if checks:
            check_as_told(guest, told, by=by)
        return Response(self.get_serializer(self.get_queryset().get(pk=guest.pk)).data)
