"""PINs: how somebody answers for what a colleague may not do alone, without logging in."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from accounts import guessing, limits
from accounts.limits import Share
from accounts.models import PinTries, User
from base.database import retry_transient
from base.errors import Forbidden, Invalid
from outbox import mailing
from outbox.models import MailTopic

PIN = re.compile(r"[0-9]{6}", re.ASCII)
IN_A_ROW = "01234567890 09876543210"


def check_new(pin: str) -> None:
    """Raise `Invalid` `invalid-pin` for what is no PIN, or one that everybody would try first."""
    if not PIN.fullmatch(pin) or len(set(pin)) == 1 or pin in IN_A_ROW:
        detail = _("A PIN has six digits, not all the same and not in a row.")
        raise Invalid.of("invalid-pin", detail, "pin")


def set_pin(user: User, pin: str) -> None:
    """Give `user` a new PIN of six digits, kept as a hash; guesses at the old one are forgotten. Raises
    what `check_new` raises, and `Forbidden` `device`: a PIN is a person's.
    """
    check_new(pin)
    if user.is_device:
        raise Forbidden.of("device", _("A device has no PIN."))
    user.pin = make_password(pin)
    user.save(update_fields=["pin"])
    user.pin_tries.filter(side=PinTries.Side.APPROVER).delete()


@sensitive_variables("pin")
def check_pin(
    *, asker: User, approver: User, pin: str, forgives: bool = True, at: datetime | None = None
) -> None:
    """Return if `pin` is the approver's. A guess is counted as wrong before it is judged, and taken back
    if it was right: so none is uncounted, and nothing is locked while it is hashed. Must not be called
    inside a transaction: a wrong guess is counted whatever follows. Where one's own is asked for too, a right
    PIN `forgives` the asker nothing: its owner would guess the others' between two of their own.

    Raises `Forbidden`: `no-pin`, `wrong-pin` with `tries-left`, or `pin-locked` with `seconds`. Five wrong
    guesses of PINs, whosever, let the asker rest for 15 minutes; twenty of one PIN, by whomever, let the
    PIN rest. Each rest is four times as long as the one before, and a day at most.
    """
    at = at or timezone.now()
    if not approver.pin:
        detail = _("%s has not set a PIN yet.") % approver
        raise Forbidden.of("no-pin", detail)
    tries = _count(asker, approver, at)
    if check_password(pin, approver.pin):
        _take_back(asker, approver, tries, forgives)
        return
    _asking, approving = tries
    if approving.rest_at(at):
        mailing.post(MailTopic.PIN, to=approver.email, at=at, language=approver.language)
    if rest := max(row.rest_at(at) for row in tries):
        raise _locked(rest)
    left = min(row.left for row in tries)
    detail = ngettext("Wrong PIN: %d try left.", "Wrong PIN: %d tries left.", left) % left
    raise Forbidden.of("wrong-pin", detail, "pin", **{"tries-left": left})


@sensitive_variables("password")
def check_password_instead(*, asker: User, approver: User, password: str) -> None:
    """Return if `password` is the approver's own, which counts whatever has become of the PIN. Tries are
    paid for by the asker alone, so that nobody can take this way from an approver.

    Raises `Forbidden` `wrong-password`, and `TooManyTries`.
    """
    share = Share(guessing.KNOWN, "approval", str(asker.pk))
    limits.spend([share])
    if not approver.check_password(password):
        raise Forbidden.of("wrong-password", _("This is not the password of %s.") % approver, "password")
    limits.give_back([share])


def notice(user: User) -> PinTries | None:
    """What the owner of a PIN is to be told: that it was guessed at, until they set another."""
    return PinTries.objects.filter(user=user, side=PinTries.Side.APPROVER, rests__gt=0).first()


def _locked_rows(asker: User, approver: User) -> list[PinTries]:
    """The asker's row, then the approver's: in this order everywhere."""
    asking, approving = PinTries.Side.ASKER, PinTries.Side.APPROVER
    either = Q(user=asker, side=asking) | Q(user=approver, side=approving)
    rows = list(PinTries.objects.select_for_update(of=("self",)).filter(either).order_by("-side"))
    if len(rows) < 2:
        PinTries.objects.get_or_create(user=asker, side=asking)
        PinTries.objects.get_or_create(user=approver, side=approving)
        return _locked_rows(asker, approver)
    return rows


@retry_transient
@transaction.atomic(durable=True)
def _count(asker: User, approver: User, at: datetime) -> list[PinTries]:
    rows = _locked_rows(asker, approver)
    if rest := max(row.rest_at(at) for row in rows):
        raise _locked(rest)
    for row in rows:
        row.count_wrong(at)
        row.save(update_fields=["wrong", "rests", "rests_until", "last_wrong_at"])
    return rows


@retry_transient
@transaction.atomic(durable=True)
def _take_back(asker: User, approver: User, counted: Sequence[PinTries], forgives: bool) -> None:
    """The guess was right: it was none of the approver's wrong ones, and may end the asker's row of them."""
    for row, judged in zip(_locked_rows(asker, approver), counted, strict=True):
        if judged.rests_until:  # it would have been the last
            row.rests, row.rests_until, row.wrong = row.rests - 1, None, row.LIMITS[row.Side(row.side)]
        is_over = forgives and row.side == row.Side.ASKER
        row.wrong = 0 if is_over else max(0, row.wrong - 1)
        row.save(update_fields=["wrong", "rests", "rests_until"])


def _locked(rest: timedelta) -> Forbidden:
    seconds = int(rest.total_seconds())
    minutes = -(-seconds // 60)
    detail = ngettext(
        "Too many wrong PINs: try again in %d minute, or with the password.",
        "Too many wrong PINs: try again in %d minutes, or with the password.",
        minutes,
    )
    return Forbidden.of("pin-locked", detail % minutes, seconds=seconds)
