"""How often something may be tried that can be guessed, or that costs a hash: allowances that come back
with time, counted in the database, so that all workers share them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from accounts.models import SpentAllowance
from base.database import retry_transient
from base.errors import TooManyTries

MILLISECOND = timedelta(milliseconds=1)
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Allowance:
    """So many `tries` at once, of which one comes back every `every`."""

    tries: int
    every: timedelta

    @property
    def step(self) -> int:
        return self.every // MILLISECOND


@dataclass(frozen=True)
class Share:
    """The allowance that somebody has at some door. The table keeps a keyed digest of both: neither
    e-mail nor network addresses are in it.
    """

    allowance: Allowance
    door: str
    who: str

    @property
    def key(self) -> str:
        return salted_hmac("accounts.limits", f"{self.door}|{self.who}", algorithm="sha256").hexdigest()


@retry_transient
def spend(shares: Sequence[Share], *, at: datetime | None = None) -> None:
    """Take one try of each share, or none at all. Shares are to be given in one order everywhere.

    Raises `TooManyTries` with `seconds` until there is one again.
    """
    at = at or timezone.now()
    with transaction.atomic():
        for share in shares:
            if not _take(share, at):
                raise _refusal(share, at)


def give_back(shares: Sequence[Share]) -> None:
    """What was spent on a try that was right."""
    for share in shares:
        SpentAllowance.objects.filter(key=share.key).update(until=F("until") - share.allowance.step)


def _take(share: Share, at: datetime) -> bool:
    """One conditional update decides among all workers. A share that nobody has touched for long has no
    row, which is the same as a full one.
    """
    now, step = _milliseconds(at), share.allowance.step
    most, row = now + (share.allowance.tries - 1) * step, SpentAllowance.objects.filter(key=share.key)
    left, spent = row.filter(until__lte=most), {"until": Greatest(F("until"), now) + step}
    if left.update(**spent):
        return True
    until = row.values_list("until", flat=True).first()
    if until is not None and until > most:
        return False
    SpentAllowance.objects.filter(until__lt=_milliseconds(at - KEPT)).delete()
    SpentAllowance.objects.bulk_create([SpentAllowance(key=share.key, until=now)], ignore_conflicts=True)
    return bool(left.update(**spent))


def _refusal(share: Share, at: datetime) -> TooManyTries:
    until = SpentAllowance.objects.values_list("until", flat=True).get(key=share.key)
    wait = until - _milliseconds(at) - (share.allowance.tries - 1) * share.allowance.step
    seconds = max(1, math.ceil(wait / 1000))
    detail = ngettext(
        "Too many tries. Try again in %d second.", "Too many tries. Try again in %d seconds.", seconds
    )
    return TooManyTries.of("throttled", detail % seconds, seconds=seconds)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
