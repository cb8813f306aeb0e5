"""What is asked for when tickets are sold, and what comes of it: `sales` sells it."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, Field, dataclass, field, fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from attendees.models import Attendee
from base.errors import Invalid
from events.approvals import Approval
from events.models import Event
from orders.models import Order, Payment, tickets_of
from orders.settlement import Paid
from prices.claims import Claim
from tickets.models import Ticket

# Of a field that requests of an older version could not have: where it is not said, their digests stay.
LATER = {"later": True}


@dataclass(frozen=True)
class Guest:
    """What a walk-in may say of themselves; all of it may stay blank."""

    firstname: str = ""
    lastname: str = ""
    email: str = ""


@dataclass(frozen=True)
class Line:
    """So many of one ticket. `price`, `Decimal` in the event's currency, is what each gives of a
    donation; with a `reason` it replaces the ticket's own (0 is a comp), which an organizer must
    answer for (`approvals`). `guests` are the first of the attendees; the others stay placeholders. With a
    `hold_id` they come from that hold of the ticket; with a `discount` they cost less.

    Raises `Invalid` for a quantity below 1, more guests than the quantity, a reason without price, or a
    discount of another price.
    """

    ticket_id: int
    quantity: int
    price: Decimal | None = None
    guests: tuple[Guest, ...] = ()
    reason: str = ""
    approval: Approval | None = None
    hold_id: int | None = field(default=None, metadata=LATER)
    discount: Claim | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise Invalid.of("invalid-quantity", _("A quantity is at least 1."), "quantity")
        if len(self.guests) > self.quantity:
            raise Invalid.of("too-many-attendees", _("More attendees are named than ordered."), "attendees")
        if self.reason and not self.reason.strip():
            raise Invalid.of("reason-required", _("Say why the price is another."), "reason")
        if self.reason and self.price is None:
            raise Invalid.of("required", _("A reason explains another price: name the price."), "price")
        if self.approval is not None and not self.reason:
            raise Invalid.of("reason-required", _("Say why the price is another."), "reason")
        if self.discount is not None and self.reason:
            detail = _("Either another price, or a discount.")
            raise Invalid.of("two-prices", detail, "discount")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an order says beside its tickets. `amount`, `Decimal` in the event's currency, is what the
    client believes it costs, and must be right; `billing` is by the names in `Order.BILLING`.
    """

    payment_mode: str | None = None
    amount: Decimal | None = None
    order_notes: str = ""
    billing: Mapping[str, str] | None = None

    @property
    def texts(self) -> dict[str, str]:
        """The order's fields that are kept as they were typed."""
        return {**(self.billing or {}), "order_notes": self.order_notes}

    def said(self) -> dict[str, Any]:
        """Every field by its name, in the same way where it means the same."""
        every = {field.name: getattr(self, field.name) for field in fields(self) if not self._unsaid(field)}
        return {**every, "billing": dict(self.billing or {})}

    def _unsaid(self, field: "Field[Any]") -> bool:
        return "later" in field.metadata and getattr(self, field.name) is None


@dataclass(frozen=True)
class Sale(Terms):
    """Tickets for walk-ins: `Sale(event, [Line(ticket.pk, 2)], [Paid("cash")])`.

    `payments`, `payment_mode` and `status` are what `settlement.settle` takes; `awaits_card` says of a
    pending order that the guest is at the card terminal, with `card_amount` if not with all of it.
    `admit` lets the guests in at once, if it is paid (None: as the event has it). A `discount` is of all
    lines that it is for and that have no other price.
    """

    event: Event
    lines: Sequence[Line]
    payments: Sequence[Paid] = ()
    _: KW_ONLY
    status: str | None = None
    awaits_card: bool = False
    card_amount: Decimal | None = None
    admit: bool | None = None
    discount: Claim | None = field(default=None, metadata=LATER)

    @property
    def asked_status(self) -> str | None:
        """What awaits a card is pending, even where it does not say so."""
        return Order.Status.PENDING if self.awaits_card else self.status

    def said(self) -> dict[str, Any]:
        return {**super().said(), "status": self.asked_status}


@dataclass(frozen=True)
class Basket(Terms):
    """Attendees that a buyer has entered before, to be ordered online."""

    event: Event
    attendees: Sequence[Attendee]


@dataclass(frozen=True)
class Sold:
    """An order that was just made, and what was written with it; the attendees have their tickets at
    hand.
    """

    order: Order
    attendees: Sequence[Attendee]
    payments: Sequence[Payment] = ()

    @property
    def tickets(self) -> list[Ticket]:
        return tickets_of(self.attendees)

    @property
    def attendee_ids(self) -> list[int]:
        return [attendee.pk for attendee in self.attendees]

    @property
    def ticket_ids(self) -> list[int]:
        return list(dict.fromkeys(attendee.ticket_id for attendee in self.attendees))
