"""What guests are written about their orders: the tickets, and what was placed, cancelled or given back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from attendees.standing import Standing
from base.money import display
from base.times import moment
from events.issuer import Issuer, issuer_of
from events.letters import to_guest
from events.models import Event
from orders.models import Amendment, Order
from orders.printing import give_back, print_paper
from outbox import mailing
from outbox.kinds import Refused
from outbox.mailing import Attachment, Letter
from outbox.models import MAIL, MailTopic, Message, MessageQuerySet
from till import pdf
from till.receipt import Receipt, receipt_of


def _order(message: Message) -> Order:
    orders = Order.objects.select_related("event").with_paper()
    return orders.get(pk=message.payload["order"])


def _paper(order: Order, message: Message) -> Attachment:
    """Receipt and tickets: the original if nothing was printed of the order before, and so at each try."""
    is_later = print_paper(order, at=message.created_at)
    return _pdf(order, is_copy=is_later and order.printed_at != message.created_at)


def _pdf(order: Order, *, is_copy: bool) -> Attachment:
    return Attachment(f"{order.identifier}.pdf", pdf.order_pdf(order, is_copy=is_copy), "application/pdf")


@mailing.takes_back(MailTopic.TICKETS)
@mailing.takes_back(MailTopic.ORDER)
def original_to_be_printed(message: Message) -> None:
    give_back(message.payload["order"], printed_at=message.created_at)


def about(receipt: Receipt) -> list[str]:
    """What was bought, for what, when and where, as paragraphs."""
    sold = "\n".join(f"{item.quantity} × {item.ticket}" for item in receipt.items)
    place = "\n".join(filter(None, (receipt.event, receipt.starts_when, receipt.location)))
    return [sold, place]


def at_the_door() -> str:
    return _("At the door, show the codes on your phone or on paper. Whoever has them gets in, once.")


def with_tickets(event: Event, issuer: Issuer, *, name: str, identifier: str, **more: Any) -> Letter:
    """The mail that brings the tickets of an order to the event of that `name`; `more` are what it is
    `about`, as paragraphs, and attachments.
    """
    said = [
        _("Here are your tickets and the receipt of order %s, as a PDF.") % identifier,
        *more.pop("about"),
        at_the_door(),
    ]
    return to_guest(event, issuer, subject=_("Your tickets: %s") % name, paragraphs=said, **more)


@mailing.writes(MailTopic.TICKETS)
def tickets(message: Message) -> Letter:
    """The tickets as they are when it is sent. Raises `Refused` if they admit nobody by then, and if a code
    was replaced, which may be somebody else's now.
    """
    order = _order(message)
    if not order.is_valid:
        raise Refused("the order is not valid any more")
    _check_codes(order, message)
    receipt = receipt_of(order)
    return with_tickets(
        order.event,
        receipt.issuer,
        name=receipt.event,
        identifier=receipt.identifier,
        about=about(receipt),
        attachments=[_paper(order, message)],
    )


def _check_codes(order: Order, message: Message) -> None:
    if order.amendments.filter(kind__in=Amendment.REISSUES, at__gte=message.created_at).exists():
        raise Refused("a code was replaced since: mail it anew")


def sample(event: Event) -> Letter:
    """What the mail with the tickets of some order would be, as the event is now; without any."""
    names = [ticket.name for ticket in event.tickets.order_by("position", "pk")[:2]] or [_("Day pass")]
    sold = "\n".join(f"{quantity} × {name}" for quantity, name in zip((2, 1), names, strict=False))
    when = moment(event.starts_at, event.timezone)
    place = "\n".join(filter(None, (event.name, when, event.location_name)))
    issuer, about = issuer_of(event), [sold, place]
    return with_tickets(event, issuer, name=event.name, identifier="ABCD2345", about=about)


@mailing.writes(MailTopic.SAMPLE)
def sampled(message: Message) -> Letter:
    return sample(Event.objects.get(pk=message.payload["event"]))


@mailing.writes(MailTopic.ORDER)
def placed(message: Message) -> Letter:
    """What was ordered online, with the tickets once they admit; else what is to pay, and until when."""
    order = _order(message)
    if order.standing in (Standing.CANCELLED, Standing.EXPIRED):
        raise Refused("the order was cancelled, or not paid in time")
    receipt = receipt_of(order)
    said = [_("Thank you for order %s.") % receipt.identifier, *about(receipt)]
    if order.is_valid:
        said.append(_("Your tickets and the receipt are in the PDF.") + " " + at_the_door())
    else:
        said.append(_("To pay: %s") % display(order.left_to_pay, order.currency))
    if order.expires_at is not None:
        until = moment(order.expires_at, order.event.timezone)
        said.append(_("Unless it is paid by %s, the tickets go back on sale.") % until)
    return to_guest(
        order.event,
        receipt.issuer,
        subject=_("Your order: %s") % receipt.event,
        paragraphs=said,
        attachments=[_paper(order, message)] if order.is_valid else [],
    )


@mailing.writes(MailTopic.CANCELLED)
def cancelled(message: Message) -> Letter:
    order = _order(message)
    if order.standing != Standing.CANCELLED:
        raise Refused("the order was restored meanwhile")
    words = _("Order %s was cancelled. Its tickets let nobody in any more.") % order.identifier
    return _told(order, message, _("Cancelled: %s"), words)


@mailing.writes(MailTopic.RESTORED)
def restored(message: Message) -> Letter:
    """With the tickets once more. Raises `Refused` where they admit nobody any more, or are not those that
    were mailed.
    """
    order = _order(message)
    if not order.is_valid:
        raise Refused("the order is not valid any more")
    _check_codes(order, message)
    receipt = receipt_of(order)
    said = [
        _("Order %s is valid again, and its tickets let in as before.") % receipt.identifier,
        *about(receipt),
        _("Your tickets and the receipt are in the PDF.") + " " + at_the_door(),
    ]
    return to_guest(
        order.event,
        receipt.issuer,
        subject=_("Valid again: %s") % receipt.event,
        paragraphs=said,
        attachments=[_pdf(order, is_copy=True)],
    )


@mailing.writes(MailTopic.REFUNDED)
def refunded(message: Message) -> Letter:
    order = _order(message)
    return _told(
        order, message, _("Money back: %s"), _("Of order %s money was given back.") % order.identifier
    )


def _told(order: Order, message: Message, subject: str, words: str) -> Letter:
    receipt, back = receipt_of(order), message.payload["refunded"]
    sums = [_("Given back: %s") % display(Decimal(back), order.currency)] if back else []
    place = about(receipt)[-1]
    return to_guest(
        order.event, receipt.issuer, subject=subject % receipt.event, paragraphs=[words, *sums, place]
    )


@mailing.addresses(MailTopic.CANCELLED)
@mailing.addresses(MailTopic.REFUNDED)
def to_its_guests(letter: Message) -> Iterable[tuple[str, str]]:
    """Whose account has bought it, and to whom its tickets were mailed."""
    order = _addressed(letter)
    yield from _buyer(order)
    yield from _read_by(_mailed(order).exclude(state=Message.State.GIVEN_UP))


@mailing.addresses(MailTopic.RESTORED)
def to_who_has_its_tickets(letter: Message) -> Iterable[tuple[str, str]]:
    """As they are: not to those of whose codes one was replaced since, for it may be somebody else's now."""
    order = _addressed(letter)
    mailed = _mailed(order).filter(state=Message.State.DONE)
    replaced = order.amendments.filter(kind__in=Amendment.REISSUES).order_by("at").last()
    if replaced is None:
        yield from _buyer(order)
    else:
        mailed = mailed.filter(created_at__gt=replaced.at)
    yield from _read_by(mailed)


def _addressed(letter: Message) -> Order:
    return Order.objects.select_related("buyer").get(pk=letter.payload["order"])


def _buyer(order: Order) -> Iterable[tuple[str, str]]:
    if order.buyer is not None and order.buyer.is_active:
        yield order.buyer.email, ""


def _mailed(order: Order) -> MessageQuerySet:
    mails = Message.objects.filter(kind=MAIL, topic=MailTopic.TICKETS, event=order.event_id)
    return mails.filter(payload__order=order.pk)


def _read_by(mails: Iterable[Message]) -> Iterable[tuple[str, str]]:
    """To whom these went, each with the language in which they read it."""
    for message in mails:
        yield message.recipient, message.payload["language"]
