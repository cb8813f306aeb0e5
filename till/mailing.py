"""Tickets by mail, to a guest who says an address at the till."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import User
from base.errors import Conflict, Invalid
from events.letters import share_of, to_guest
from orders.models import Order
from orders.printing import print_paper
from outbox import mailing
from outbox.kinds import Refused
from outbox.mailing import Attachment, Letter
from outbox.models import MAIL, MailTopic, Message
from till import pdf
from till.receipt import Receipt, receipt_of


def mail_tickets(
    order: Order, *, to: str, by: User, till_id: int | None = None, at: datetime | None = None
) -> Message:
    """Have the order's receipt and tickets sent to the address `to`, which is kept with the mail alone: the
    attendees stay whose they are. The PDF is the original if nothing was printed of the order before.

    Raises `Conflict` `no-mail` where none is set up, `no-tickets` for an order whose tickets admit nobody;
    `Invalid` `invalid-address`; `TooManyTries` beyond what a till sends in an hour, or an event in a day.
    """
    at = at or timezone.now()
    if not order.is_valid:
        detail = _("Only the tickets of an order that is paid and not cancelled are sent.")
        raise Conflict.of("no-tickets", detail)
    if not mailing.can_be_sent_to(to):
        raise Invalid.of("invalid-address", _("This is no e-mail address."), "to")
    limits.spend([_share(by, till_id), share_of(order.event_id)], at=at)
    with transaction.atomic():
        facts = {"order": order.pk, "copy": print_paper(order, at=at)}
        posted = mailing.post(MailTopic.TICKETS, to=to, event_id=order.event_id, at=at, **facts)
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


@mailing.writes(MailTopic.TICKETS)
def tickets(message: Message) -> Letter:
    """The tickets as they are when it is sent. Raises `Refused` if they admit nobody by then."""
    facts = message.payload
    order = Order.objects.select_related("event").with_paper().get(pk=facts["order"])
    if not order.is_valid:
        raise Refused("the order is not valid any more")
    receipt = receipt_of(order, is_copy=facts["copy"])
    content = pdf.order_pdf(order, is_copy=facts["copy"])
    return to_guest(
        order.event,
        receipt.issuer,
        subject=_("Your tickets: %s") % receipt.event,
        paragraphs=[
            _("Here are your tickets and the receipt of order %s, as a PDF.") % receipt.identifier,
            *about(receipt),
            _("At the door, show the codes on your phone or on paper. Whoever has them gets in, once."),
        ],
        attachments=[Attachment(f"{receipt.identifier}.pdf", content, "application/pdf")],
    )


def about(receipt: Receipt) -> list[str]:
    """What was bought, for what, when and where, as paragraphs."""
    sold = "\n".join(f"{item.quantity} × {item.ticket}" for item in receipt.items)
    place = "\n".join(filter(None, (receipt.event, receipt.starts_when, receipt.location)))
    return [sold, place]
