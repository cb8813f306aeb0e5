"""The one-time codes of an app (TOTP, RFC 6238) beside the password, for whoever turns them on."""

import re
from base64 import b32encode
from datetime import timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import RecoveryCode, User
from base.errors import Conflict, Forbidden
from base.identifiers import readable_identifier

RECOVERY_CODES = 10
# Whoever tries has the right password already.
TRIES = Allowance(tries=5, every=timedelta(minutes=5))
OF_APP = re.compile(r"[0-9]{6}", re.ASCII)
BETWEEN = re.compile(r"[\s-]+")


def is_on(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def check(user: User, code: str) -> None:
    """Return if `user` has not turned codes on, or if `code` is the app's of now, or a recovery code, which
    is used up. Each works once.

    Raises `Forbidden` `code-required` or `wrong-code`, and `TooManyTries`.
    """
    if not is_on(user):
        return
    typed = BETWEEN.sub("", code).upper()
    if not typed:
        raise Forbidden.of("code-required", _("Type the code of your app, or a recovery code."), "code")
    share = Share(TRIES, "app" if OF_APP.fullmatch(typed) else "recovery", str(user.pk))
    limits.spend([share])
    if not (_is_of_app(user, typed, confirmed=True) or _use_up(user, typed)):
        raise wrong_code()
    limits.give_back([share])


def wrong_code() -> Forbidden:
    return Forbidden.of("wrong-code", _("This code is wrong, or was used before."), "code")


def begun(user: User) -> TOTPDevice | None:
    """What is to be scanned, while codes are not turned on yet."""
    found: TOTPDevice | None = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found


def begin(user: User) -> None:
    """Make a secret for an app to scan. It is asked for only once a code of it was typed (`turn_on`).
    Raises `Conflict` `already-on`.
    """
    if is_on(user):
        raise Conflict.of("already-on", _("Codes are turned on already."))
    if begun(user) is None:
        TOTPDevice.objects.create(user=user, name=user.email, confirmed=False)


def secret_of(device: TOTPDevice) -> str:
    """The secret as apps take it typed."""
    return b32encode(device.bin_key).decode().rstrip("=")


@transaction.atomic
def turn_on(user: User, code: str) -> list[str]:
    """From now on a code is asked for at every log-in. The recovery codes, shown this once. Raises
    `Forbidden` `wrong-code`.
    """
    if not _is_of_app(user, BETWEEN.sub("", code), confirmed=False):
        raise wrong_code()
    TOTPDevice.objects.filter(user=user).update(confirmed=True)
    return new_recovery_codes(user)


@transaction.atomic
def turn_off(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Codes for when the app is lost, each good once; those from before are void. Only digests are kept."""
    codes = [f"{readable_identifier()}{readable_identifier()}" for _number in range(RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:8]}-{code[8:]}" for code in codes]


@transaction.atomic
def _is_of_app(user: User, code: str, *, confirmed: bool) -> bool:
    """The row's lock decides between two who show the same code."""
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=confirmed).first()
    return device is not None and OF_APP.fullmatch(code) is not None and bool(device.verify_token(code))


def _use_up(user: User, code: str) -> bool:
    deleted, _each = user.recovery_codes.filter(digest=_digest(user, code)).delete()
    return bool(deleted)


def _digest(user: User, code: str) -> str:
    return salted_hmac("accounts.second_factor", f"{user.pk}|{code}", algorithm="sha256").hexdigest()
