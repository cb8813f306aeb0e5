"""Pairing as the outside world does it, where codes can be guessed."""

from django.http import HttpRequest

from accounts import guessing
from devices import lifecycle
from devices.models import Device


def pair(request: HttpRequest, code: str) -> Device:
    """The device that the code is for. Raises what `lifecycle.pair` raises, and `TooManyTries` after
    too many wrong codes, for right ones as well.
    """
    paid = guessing.code(request, "pairing")
    device = lifecycle.pair(code)
    paid.was_right()
    return device
