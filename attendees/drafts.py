"""Attendees that an account enters, to order them online."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.errors import Conflict


@transaction.atomic(durable=True)
def enter_draft(*, creator: User, **fields: Any) -> Attendee:
    """An attendee that is not ordered yet. Raises `Conflict` `too-many-drafts` where the account has as
    many as it may.
    """
    User.objects.select_for_update(no_key=True).get(pk=creator.pk)  # two at once would both count the same
    held, limit = Attendee.objects.filter(creator=creator, order=None).count(), settings.DRAFTS
    if held >= limit:
        detail = _("You have entered %(held)d attendees without ordering them; at most %(limit)d can be.")
        numbers = {"held": held, "limit": limit}
        raise Conflict.of("too-many-drafts", detail % numbers, **numbers)
    return Attendee.objects.create(creator=creator, **fields)
