"""What becomes of the people of an event, which somebody organizes at all times."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from base.database import retry_transient
from base.errors import Conflict, NotFound
from events.models import Event, Member, Role


def check_organizers(event: Event, roles: Mapping[int, str | None]) -> None:
    """Raise `Conflict` `last-organizer` where nobody would organize `event` any more, once its members have
    these `roles`, by the members' ids (None: taken out); `NotFound` where somebody has taken one of them out
    meanwhile, who would come back by being saved.

    Must run inside a transaction: of two organizers who leave at once, the second waits for the first.
    """
    concerned = Member.objects.filter(Q(role=Role.ORGANIZER) | Q(pk__in=roles), event=event).order_by("pk")
    locked = concerned.select_for_update(no_key=True, of=("self",))
    found = {pk: (role, active) for pk, role, active in locked.values_list("pk", "role", "user__is_active")}
    if not roles.keys() <= found.keys():
        raise NotFound.of("not-found", _("There is no such thing here."))
    before = {pk for pk, had in found.items() if had == (Role.ORGANIZER, True)}
    after = (before - roles.keys()) | {pk for pk, role in roles.items() if role == Role.ORGANIZER}
    if before and not after:
        detail = _("Nobody else organizes the event: make somebody an organizer first.")
        raise Conflict.of("last-organizer", detail, "role")


@retry_transient
@transaction.atomic
def change_role(member: Member, role: str) -> Member:
    """Raises what `check_organizers` raises, and `Busy`."""
    check_organizers(member.event, {member.pk: role})
    member.role = role
    member.save(update_fields=["role"])
    return member


@retry_transient
@transaction.atomic
def take_out(members: Iterable[Member]) -> None:
    """All of them, or none. Raises what `check_organizers` raises, and `Busy`."""
    leaving: dict[Event, dict[int, None]] = defaultdict(dict)
    members = sorted(members, key=lambda member: (member.event_id, member.pk))
    for member in members:
        leaving[member.event][member.pk] = None
    for event, roles in leaving.items():
        check_organizers(event, roles)
    for member in members:
        member.delete()
