"""Attendees that an account enters, to order them online."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.errors import Conflict

# So long after its end nobody orders anything of an event.
OVER = timedelta(days=1)


@transaction.atomic(durable=True)
def enter_draft(*, creator: User, at: datetime | None = None, **fields: Any) -> Attendee:
    """An attendee that is not ordered yet. Raises `Conflict` `too-many-drafts` where the account holds as
    many as it may; those of events that are over are deleted here.
    """
    _hold_back_orders(creator)  # two at once would both count the same
    drafts = Attendee.objects.filter(creator=creator, order=None)
    drafts.filter(ticket__event__ends_at__lt=(at or timezone.now()) - OVER).delete()
    held, limit = drafts.count(), settings.DRAFTS
    if held >= limit:
        detail = _("You have entered %(held)d attendees without ordering them; at most %(limit)d can be.")
        numbers = {"held": held, "limit": limit}
        raise Conflict.of("too-many-drafts", detail % numbers, **numbers)
    return Attendee.objects.create(creator=creator, **fields)


@transaction.atomic(durable=True)
def drop_draft(draft: Attendee, *, creator: User) -> None:
    """Delete what was entered and not ordered. The caller has made sure that it is the creator's. Raises
    `Conflict` `already-ordered`.
    """
    _hold_back_orders(creator)
    if not Attendee.objects.filter(pk=draft.pk, order=None).delete()[0]:
        raise Conflict.of("already-ordered", _("This attendee is ordered already."))


def _hold_back_orders(creator: User) -> None:
    """An order takes its buyer's row before it claims drafts, which are locked by nothing else."""
    User.objects.select_for_update(no_key=True).get(pk=creator.pk)
