"""Tickets by mail, to a guest who says an address at the till."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import User
from base.errors import Conflict, Invalid
from events.letters import shares_of
from orders.models import Order
from outbox import mailing
from outbox.models import MAIL, MailTopic, Message


def mail_tickets(
    order: Order,
    *,
    to: str,
    by: User,
    till_id: int | None = None,
    reads: str = "",
    at: datetime | None = None,
) -> Message:
    """Have the order's receipt and tickets sent to the address `to`, which is kept with the mail alone: the
    attendees stay whose they are. The guest `reads` that language, if it was said.

    Raises `Conflict` `no-mail` where none is set up, `no-tickets` for an order whose tickets admit nobody;
    `Invalid` `invalid-address`; `TooManyTries` beyond what a till or an account sends in an hour, or an event
    in a day.
    """
    at = at or timezone.now()
    if not order.is_valid:
        detail = _("Only the tickets of an order that is paid and not cancelled are sent.")
        raise Conflict.of("no-tickets", detail)
    if not mailing.can_be_sent_to(to):
        raise Invalid.of("invalid-address", _("This is no e-mail address."), "to")
    limits.spend([_share(by, till_id), *shares_of(order.event_id, by)], at=at)
    posted = mailing.post(
        MailTopic.TICKETS,
        to=to,
        event_id=order.event_id,
        at=at,
        language=reads or order.event.paper_language,
        order=order.pk,
    )
    if posted is None:
        raise Conflict.of("no-mail", _("This installation sends no mail."))
    return posted


def _share(by: User, till_id: int | None) -> Share:
    """What whoever works at a till has sent."""
    most = max(1, settings.MAILS_AN_HOUR_PER_TILL)
    desk = f"till {till_id}" if till_id else f"user {by.pk}"
    return Share(Allowance(most, timedelta(hours=1) / most), "mail of a till", desk)


def mailed(order: Order, pk: int | None) -> Message | None:
    """The mail of that id, if it is one of the order's tickets."""
    if pk is None:
        return None
    mails = Message.objects.filter(kind=MAIL, topic=MailTopic.TICKETS, event=order.event_id, pk=pk)
    return mails.filter(payload__order=order.pk).first()
