"""PINs: how somebody answers for what a colleague may not do alone, without logging in."""

import re
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from accounts.models import PinGuesses, User
from base.database import retry_transient
from base.errors import Forbidden, Invalid

PIN = re.compile(r"[0-9]{6}", re.ASCII)
IN_A_ROW = "01234567890 09876543210"
GUESSES = 5
REST = timedelta(minutes=15)


def check_new(pin: str) -> None:
    """Raise `Invalid` `invalid-pin` for what is no PIN, or one that everybody would try first."""
    if not PIN.fullmatch(pin) or len(set(pin)) == 1 or pin in IN_A_ROW:
        detail = _("A PIN has six digits, not all the same and not in a row.")
        raise Invalid.of("invalid-pin", detail, "pin")


def set_pin(user: User, pin: str) -> None:
    """Give `user` a new PIN of six digits, kept as a hash. Raises what `check_new` raises, and
    `Forbidden` `device`: a PIN is a person's.
    """
    check_new(pin)
    if user.is_device:
        raise Forbidden.of("device", _("A device has no PIN."))
    user.pin = make_password(pin)
    user.save(update_fields=["pin"])


@sensitive_variables("pin")
@retry_transient
def check_pin(*, asker: User, approver: User, pin: str, at: datetime | None = None) -> None:
    """Return if `pin` is the approver's. Guesses of one pair wait for each other, so that none is
    uncounted. Must not be called inside a transaction: a wrong guess is counted whatever follows.

    Raises `Forbidden`: `no-pin`, `wrong-pin` with `tries-left`, or `pin-locked` with `seconds`: after
    five wrong guesses in a row the pair rests for 15 minutes.
    """
    at = at or timezone.now()
    if not approver.pin:
        detail = _("%s has not set a PIN yet.") % approver
        raise Forbidden.of("no-pin", detail)
    PinGuesses.objects.get_or_create(asker=asker, approver=approver)
    with transaction.atomic(durable=True):
        guesses = PinGuesses.objects.select_for_update(of=("self",)).get(asker=asker, approver=approver)
        if guesses.locked_until is not None and guesses.locked_until > at:
            raise _locked(guesses.locked_until - at)
        right = check_password(pin, approver.pin)
        guesses.wrong = 0 if right else guesses.wrong + 1
        guesses.locked_until = at + REST if guesses.wrong >= GUESSES else None
        if guesses.locked_until:
            guesses.wrong = 0
        guesses.save(update_fields=["wrong", "locked_until"])
    if guesses.locked_until:
        raise _locked(REST)
    if not right:
        left = GUESSES - guesses.wrong
        detail = ngettext("Wrong PIN: %d try left.", "Wrong PIN: %d tries left.", left) % left
        raise Forbidden.of("wrong-pin", detail, "pin", **{"tries-left": left})


def _locked(rest: timedelta) -> Forbidden:
    seconds = int(rest.total_seconds())
    minutes = -(-seconds // 60)
    detail = ngettext(
        "Too many wrong PINs: try again in %d minute.",
        "Too many wrong PINs: try again in %d minutes.",
        minutes,
    )
    return Forbidden.of("pin-locked", detail % minutes, seconds=seconds)
