"""Pairing as the outside world does it, where codes can be guessed."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import user_login_failed
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.authentication import cool_off_seconds
from base.errors import DomainError, NotFound
from devices import lifecycle
from devices.models import Device

# What django-axes counts wrong codes under, for each network address: no e-mail address.
GUESSES = {"username": "pairing code"}


class TooManyGuesses(DomainError):
    """Wrong codes came from this network address too often; right ones have to wait as well."""

    status = 429


def pair(request: HttpRequest, code: str) -> Device:
    """The device that the code is for (`lifecycle.pair`). Wrong codes are counted like failed log-ins:
    after ten from one network address, all from there are refused for a minute.
    """
    if AxesProxyHandler.is_locked(request, GUESSES):
        seconds = cool_off_seconds()
        detail = _("Too many wrong codes. Try again in %d seconds.") % seconds
        raise TooManyGuesses.of("throttled", detail, seconds=seconds)
    try:
        return lifecycle.pair(code)
    except NotFound:
        user_login_failed.send(sender=Device, credentials=GUESSES, request=request)
        raise
