"""A forgotten password: whoever asks is told nothing, and whose address it is gets a link."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import guessing, limits
from accounts.limits import Allowance, Share
from accounts.links import set_password_path
from accounts.models import User
from outbox import mailing
from outbox.kinds import Refused
from outbox.mailing import Letter
from outbox.models import MailTopic, Message

IN_FORCE = timedelta(hours=1)
# One address, whoever asks; there need be no account to it.
ADDRESS = Allowance(tries=3, every=timedelta(minutes=20))


class ShortTokens(PasswordResetTokenGenerator):
    """Tokens as any link to `set-password` has, of whose time `IN_FORCE` is left: as if they were made so
    much earlier.
    """

    def _now(self) -> datetime:
        whole = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        now = datetime.now()  # noqa: DTZ005 - as Django has it
        return now - max(whole - IN_FORCE, timedelta(0))


def ask(request: HttpRequest, email: str) -> bool:
    """Have whoever owns the account of that address be sent a link, if there is one; the answer tells only
    whether this installation sends mail at all. Raises `TooManyTries`.
    """
    if not mailing.is_set_up():
        return False
    guessing.code(request, "forgotten")
    limits.spend([Share(ADDRESS, "forgotten address", guessing.account_key(email))])
    # The same statement whether there is an account: the worker looks.
    asked = User.objects.normalize_email(email)
    mailing.post(MailTopic.PASSWORD, asked=asked, site=mailing.site_of(request))
    return True


def _owner(email: str) -> User | None:
    return User.objects.filter(email=email, is_active=True, is_device=False).first()


@mailing.addresses(MailTopic.PASSWORD)
def to_owner(letter: Message) -> Iterable[tuple[str, str]]:
    owner = _owner(letter.payload["asked"])
    return [(owner.email, owner.language)] if owner else []


@mailing.writes(MailTopic.PASSWORD)
def link(message: Message) -> Letter:
    """The token is made here, and is kept nowhere. It is worth an hour: later nobody waits for it."""
    owner = _owner(message.recipient)
    if owner is None:
        raise Refused("there is no such account any more")
    if timezone.now() - message.created_at >= IN_FORCE:
        raise Refused("too late")
    address = message.payload["site"] + set_password_path(owner, ShortTokens())
    return Letter(
        subject=_("Your password at Onsite"),
        paragraphs=[
            _("Somebody, probably you, has asked for a new password of your account at Onsite."),
            _("The link works once, for one hour. A new password ends wherever else you are logged in."),
        ],
        link=(_("Set your password"), address),
        small=[_("If it was not you, do nothing: your password stays what it is.")],
    )
