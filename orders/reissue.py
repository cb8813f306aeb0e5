"""A ticket gets another code, because the old one was lost, or belongs to somebody else now."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from attendees.codes import retire
from attendees.corrections import correct
from attendees.names import NAMES, checked
from orders.amending import Ask, Way, amend, only, told
from orders.models import Order
from orders.states import Act
from outbox.announcing import Happening


def swap_code(order: Order, *, attendee: int, ask: Ask = Ask()) -> Order:
    """Give an attendee, by id, a new code for a lost ticket; the old one is dead at every door.

    The caller has made sure that who asks sells at the event. Raises what `amending.amend` raises;
    `NotFound`; `Conflict` `attendee-cancelled`.
    """
    return amend(order, Act.SWAP_CODE, ask, partial(_reissue, pk=attendee), attendee=attendee)


def transfer(order: Order, *, attendee: int, names: Mapping[str, str], ask: Ask = Ask()) -> Order:
    """Pass the ticket of an attendee, by id, on to somebody else (`firstname`, `lastname`, `email`; what is
    left out is blank), with a new code. Otherwise as `swap_code`. Raises `Invalid` for what is no name.
    """
    holder = checked({name: names.get(name, "") for name in NAMES})
    do = partial(_reissue, pk=attendee, holder=holder)
    return amend(order, Act.TRANSFER, ask, do, attendee=attendee, holder=holder)


def _reissue(
    order: Order, way: Way, *, pk: int, holder: Mapping[str, str] | None = None
) -> Iterable[Happening]:
    guest = only(order, pk)
    said: dict[str, Any] = {"attendees": told([guest])}
    if holder is not None:
        guest = correct(guest, by=way.desk.by, at=way.at, **holder)
        said["to"] = told([guest])
    retire(guest, way.at)
    way.record(order, **said)
    return []
