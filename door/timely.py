"""When a ticket admits: its own times, else those of its event with the margin around it."""

from datetime import datetime, timedelta
from typing import Protocol


class Validity(Protocol):
    """A ticket, or what was read of one."""

    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...


class Span(Protocol):
    """An event, or what was read of one."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def margin_hours(self) -> int | None: ...


def first_moment(ticket: Validity, event: Span) -> datetime | None:
    """The first instant (UTC) at which it admits; None: it always did."""
    if ticket.valid_from is not None or event.margin_hours is None:
        return ticket.valid_from
    return event.starts_at - timedelta(hours=event.margin_hours)


def last_moment(ticket: Validity, event: Span) -> datetime | None:
    """The last instant (UTC) at which it admits; None: it always will."""
    if ticket.valid_until is not None or event.margin_hours is None:
        return ticket.valid_until
    return event.ends_at + timedelta(hours=event.margin_hours)
