"""A guest's name or address is put right."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from attendees.models import Attendee, Correction
from attendees.names import checked
from attendees.words import rewrite_words
from events.models import Act, may


def may_correct(guest: Attendee, user: User) -> bool:
    """Whether `user`, for whom `guest` was loaded (`for_user`), may put the name right: who sells at the
    event, and of a draft who entered it. A ticket that was sold to somebody is not passed on by its buyer.
    """
    return may(guest.role, Act.SELL) or (guest.order_id is None and guest.creator_id == user.pk)


def correct(guest: Attendee, *, by: User | None, at: datetime | None = None, **names: str) -> Attendee:
    """Put `firstname`, `lastname` or `email` of a guest right, whatever became of the order and however
    few tickets are left. What differed before is kept with the order, unless there is none yet. `at` is the
    time of the correction (UTC).

    The caller has made sure that `by` may (`may_correct`). Returns the guest as it is now. Raises
    `Invalid` with a problem for each name that cannot be one.
    """
    return _correct(guest, names, by=by, at=at)


def correct_as_guest(guest: Attendee, *, at: datetime, **names: str) -> Attendee:
    """As `correct`, by whoever holds the claim link of the order, whom no account names."""
    return _correct(guest, names, by=None, by_guest=True, at=at)


def _correct(
    guest: Attendee, names: Mapping[str, str], *, by: User | None, by_guest: bool = False, at: datetime | None
) -> Attendee:
    names = checked(names)
    with transaction.atomic():
        # Against another correction, and an order that takes the draft just now.
        now = Attendee.objects.select_for_update(no_key=True).get(pk=guest.pk)
        changed = {name: text for name, text in names.items() if getattr(now, name) != text}
        if changed:
            _write(now, changed, by=by, by_guest=by_guest, at=at)
    return now


def _write(
    guest: Attendee, changed: Mapping[str, str], *, by: User | None, by_guest: bool, at: datetime | None
) -> None:
    before = {name: getattr(guest, name) for name in changed}
    for name, text in changed.items():
        setattr(guest, name, text)
    guest.save(update_fields=list(changed))
    if guest.order_id is None:
        return  # nobody has looked for it yet
    rewrite_words(guest, event_id=guest.ticket.event_id)
    after = {**changed, **({Correction.BY_GUEST: True} if by_guest else {})}
    told = {"before": before, "after": after, **({"at": at} if at else {})}
    Correction.objects.create(order_id=guest.order_id, attendee=guest, by=by, **told)
