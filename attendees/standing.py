"""How a guest stands at the door: whether their ticket admits, and if not, why."""

from enum import StrEnum


class Standing(StrEnum):
    DRAFT = "draft"  # no order yet
    UNPAID = "unpaid"
    VALID = "valid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_gone(self) -> bool:
        """Whether the order has ended and lets nobody in any more."""
        return self in (Standing.CANCELLED, Standing.EXPIRED)


# By the status of the order, every one of them (door/tests/test_standing.py).
STANDINGS = {
    "initializing": Standing.UNPAID,
    "pending": Standing.UNPAID,
    "placed": Standing.UNPAID,
    "completed": Standing.VALID,
    "cancelled": Standing.CANCELLED,
    "expired": Standing.EXPIRED,
}


def standing_of(status: str | None, *, cancelled: bool = False) -> Standing:
    """The standing of an order with that status (None: there is no order), or of a guest of it whose own
    ticket was `cancelled`. What is unknown admits nobody.
    """
    if cancelled:
        return Standing.CANCELLED
    return Standing.DRAFT if status is None else STANDINGS.get(status, Standing.UNPAID)
