"""How often an account may name codes that an event does not have, lest a cashier tries them all."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, InterfaceError
from django.utils.translation import ngettext

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import User
from base.errors import DomainError, TooManyTries
from events.models import Event
from prices.claims import Unknown

logger = logging.getLogger(__name__)

# Twenty at once, and as many in ten minutes.
CODES = Allowance(tries=20, every=timedelta(seconds=30))


@contextmanager
def tries(user: User | None, event: Event, codes: Collection[str]) -> Iterator[None]:
    """Within it, `codes` are looked up for `user`; None is a script, which may try as often as it likes. Each
    is paid for before, so that none is uncounted, and those that the event has are given back.

    Raises `TooManyTries`. Must not be called inside a transaction: a wrong code is counted whatever follows.
    """
    if user is None or not codes:
        yield
        return
    # All that there are at most: nobody could ever pay for a sale of more.
    paid = [Share(CODES, "discount-code", f"{user.pk}|{event.pk}")] * min(len(codes), CODES.tries)
    _spend(paid)
    unknown = 0
    try:
        yield
    except Unknown as refusal:
        unknown = len(refusal.codes)
        raise
    except DomainError:
        raise
    except Exception:
        unknown = len(paid)  # the database may be gone; they come back with time
        raise
    finally:
        _give_back(paid[unknown:])


def _spend(paid: list[Share]) -> None:
    try:
        limits.spend(paid)
    except TooManyTries as refusal:
        detail = ngettext(
            "Too many unknown codes. Try again in %d second; without a code you can sell on.",
            "Too many unknown codes. Try again in %d seconds; without a code you can sell on.",
            refusal.seconds,
        )
        raise TooManyTries.of("throttled", detail % refusal.seconds, seconds=refusal.seconds) from refusal


def _give_back(shares: list[Share]) -> None:
    try:
        limits.give_back(shares)
    except (DatabaseError, InterfaceError):  # what was sold is sold
        logger.warning("Tries of codes are not given back", exc_info=True)
