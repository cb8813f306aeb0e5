"""Onsite as it must not be: each process keeps for itself what all have to know. What is held of two
applications must fail with two of these, else it would find nothing.
"""

import os
from copy import copy
from functools import wraps

from accounts import pins
from accounts.authentication import TokenAuthentication
from accounts.limits import Share
from accounts.models import PinTries
from accounts.sessions import SessionStore
from onsite_project.wsgi import AtTheRoot

KEY = "HTTP_IDEMPOTENCY_KEY"


def counting_for_itself(key):
    return property(lambda share: f"{key(share)[8:]}{os.getpid():08x}")


def remembering(look, name):
    """What was found once by that name is believed for good."""
    found = {}

    @wraps(look)
    def believed(self, *asked):
        key = name(self, *asked)
        if not found.get(key):
            found[key] = look(self, *asked)
        return copy(found[key])

    return believed


def tries_in_memory(rows={}):  # noqa: B006 - for as long as the process lives
    def tries(asker, approver):
        sides = (asker, PinTries.Side.ASKER), (approver, PinTries.Side.APPROVER)
        return [rows.setdefault((user.pk, side), PinTries(user=user, side=side)) for user, side in sides]

    return tries


class Forgetful:
    """Takes an Idempotency-Key for its own, and gives the same answer until it has itself done something."""

    def __init__(self, application):
        self.application, self.answers = application, {}

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] != "GET":
            self.answers.clear()
            if KEY in environ:
                environ[KEY] += f"-{os.getpid()}"
            return self.application(environ, start_response)
        asked = tuple(environ.get(name) for name in ("RAW_URI", "HTTP_AUTHORIZATION", "HTTP_COOKIE"))
        if asked not in self.answers:
            self.answers[asked] = self._answered(environ)
        (status, headers), body = self.answers[asked]
        start_response(status, headers)
        return body

    def _answered(self, environ):
        said = []
        body = list(self.application(environ, lambda *head: said.append(head[:2])))
        return said[-1], body


Share.key = counting_for_itself(Share.key.fget)
TokenAuthentication.user_of = remembering(TokenAuthentication.user_of, lambda _self, digest: digest)
SessionStore.load = remembering(SessionStore.load, lambda session: session.session_key)
pins._locked_rows = tries_in_memory()
PinTries.save = lambda row, **_fields: None
application = Forgetful(AtTheRoot())
