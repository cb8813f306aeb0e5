"""What is announced of tickets (`outbox`)."""

from collections.abc import Iterable, Iterator

from outbox.announcing import Happening, resource
from outbox.models import Topic
from tickets.models import Ticket


def sold_out(taken: Iterable[Ticket]) -> Iterator[Happening]:
    """Those of which an order has just taken the last (`stock.take`)."""
    for ticket in taken:
        if ticket.available == 0:
            attributes = {"name": ticket.name, "quantity": ticket.quantity, "sold": ticket.sold}
            yield Happening(Topic.SOLD_OUT, resource("ticket", ticket.pk, attributes, event=ticket.event_id))
