"""Quotas and holds to test with, each made by the act itself."""

from limits.holds import write_hold
from limits.models import Hold, Quota
from limits.quotas import write_quota


def quota_of(*tickets, size, name="Seats") -> Quota:
    return write_quota(Quota(event=tickets[0].event, name=name, size=size), tickets)


def hold_of(ticket, quantity, *, name="Guest list", members=None, at=None, **fields) -> Hold:
    hold = Hold(event=ticket.event, ticket=ticket, name=name, quantity=quantity, **fields)
    return write_hold(hold, members, at=at)
