"""What a tablet needs to let guests in by itself while there is no network: no code, and no name."""

import hashlib

from attendees.models import Attendee
from attendees.standing import Standing, standing_of
from events.models import Event

HASH_LENGTH = 20
# How an order stands.
LETTERS = {Standing.VALID: "-", Standing.UNPAID: "u", Standing.CANCELLED: "c", Standing.EXPIRED: "e"}
INSIDE, CAME = 1, 2


def code_hash(code: str) -> str:
    """What a tablet keeps of a code: enough to recognise it, too little to make a ticket of."""
    return hashlib.sha256(code.encode()).hexdigest()[:HASH_LENGTH]


def offline_list(event: Event) -> str:
    """The guests of an event, in lines of one width, sorted: a tablet looks a code up without reading all
    of them. The first line names the format and the tickets by their ids; each other one is a guest: the
    hash of the code, the ticket's place in the first line (5 digits), how the order stands (a letter), and
    whether the guest is `INSIDE` and ever `CAME`, added up.
    """
    guests = Attendee.objects.filter(ticket__event=event, order__isnull=False).order_by()
    told = list(guests.values_list("code", "ticket_id", "order__status", "is_inside", "entered_at"))
    # Read after the guests, or one whose ticket is new might have none.
    tickets = list(event.tickets.order_by("pk").values_list("pk", flat=True))
    places = {pk: f"{place:05d}" for place, pk in enumerate(tickets)}
    lines = [
        f"{code_hash(code)}{places[pk]}{LETTERS[standing_of(status)]}{INSIDE * inside + CAME * bool(came)}"
        for code, pk, status, inside, came in told
    ]
    lines.sort()
    return "\n".join([" ".join(["guests", *map(str, tickets)]), *lines, ""])
