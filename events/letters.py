"""What stands in every mail of an event, and to its guests, and how many an event may have sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.limits import Allowance, Share
from accounts.models import User
from events.issuer import Issuer
from events.models import Event
from outbox.mailing import Letter


def shares_of(event_id: int, by: User | None) -> list[Share]:
    """What an account has sent, so much an hour over all its events; and the staff of the event, so much a
    day, all of them together. Scripts, which have no account, count for the event alone.
    """
    of_all = _share(settings.MAILS_A_DAY_PER_EVENT, timedelta(days=1), "mail of an event", event_id)
    if by is None:
        return [of_all]
    hour, most = timedelta(hours=1), settings.MAILS_AN_HOUR_PER_ACCOUNT
    return [_share(most, hour, "mail of an account", by.pk), of_all]


def _share(most: int, within: timedelta, door: str, who: int) -> Share:
    return Share(Allowance(most, within / most), door, str(who))


def of_event(event: Event, *, subject: str, paragraphs: Sequence[str], **more: Any) -> Letter:
    """A mail about what is done at the event. Of a rehearsal it says that it is one."""
    if event.is_test:
        subject = _("TEST: %s") % subject
        paragraphs = [_("This is a test: nothing here counts, and no ticket is valid."), *paragraphs]
    return Letter(subject=subject, paragraphs=paragraphs, **more)


def to_guest(event: Event, issuer: Issuer, *, paragraphs: Sequence[str], **more: Any) -> Letter:
    """A mail about tickets of the event: with its organizers' own paragraph, who sells in law, and where an
    answer goes.
    """
    own = [text] if (text := event.mail_text()) else []
    number = _("Tax number %s") % issuer.tax_number if issuer.tax_number else ""
    return of_event(
        event,
        paragraphs=[*paragraphs, *own],
        small=[line for line in (issuer.name, *issuer.address.splitlines(), number) if line],
        reply_to=event.mail_reply_to,
        **more,
    )
