"""Invitations: how somebody becomes a member. An e-mail address never decides who it is, because
addresses are not confirmed: whoever redeems the link does. Where mail is set up, it is sent to the address.

A token is not kept, but derived from a seed and the `SECRET_KEY`: whoever makes the invitation is shown it,
and the worker that mails it makes it again.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import User
from base.errors import Conflict, Forbidden, NotFound, TooMany
from base.times import moment
from events.letters import of_event, shares_of
from events.models import Event, Invitation, Member
from outbox import mailing
from outbox.kinds import Refused
from outbox.mailing import Letter
from outbox.models import MailTopic, Message

IN_FORCE = timedelta(days=3)
DAY = timedelta(days=1)
# How often one address is mailed invitations to one event.
AGAIN = Allowance(tries=5, every=timedelta(minutes=12))


@transaction.atomic
def invite(
    *, event: Event, email: str, role: str, by: User | None, site: str = "", at: datetime | None = None
) -> tuple[Invitation, str]:
    """An invitation of whoever `email` is meant to label, and its token: shown this once, because only a
    keyed digest is kept. With the `site` to which it leads it is mailed, too. The caller has made sure that
    `by` organizes the event; None is a script. Raises `TooMany` `too-many-invitations` beyond what one
    account may make on one day, and `TooManyTries` beyond what may be mailed.
    """
    at, seed = at or timezone.now(), secrets.token_urlsafe(32)
    token = _token_of(seed)
    if by is not None:
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two at once would both count the same
        _check_invitations(by, at)
    invitation = Invitation.objects.create(
        event=event,
        email=User.objects.normalize_email(email),
        role=role,
        digest=_digest(token),
        created_at=at,
        expires_at=at + IN_FORCE,
        invited_by=by,
    )
    _mail(invitation, by, seed, site, at)
    return invitation, token


@transaction.atomic
def renew(invitation: Invitation, *, by: User | None, site: str = "", at: datetime | None = None) -> str:
    """Another link in place of the one before, for three days from now, also of one that was withdrawn;
    mailed as the first was. Raises `Conflict` `invitation-redeemed`, and `TooManyTries`.
    """
    at, seed = at or timezone.now(), secrets.token_urlsafe(32)
    token = _token_of(seed)
    unused, expires_at = Invitation.objects.filter(pk=invitation.pk, redeemed_at=None), at + IN_FORCE
    if not unused.update(digest=_digest(token), expires_at=expires_at, withdrawn_at=None, invited_by=by):
        detail = _("%s has been redeemed already.") % invitation
        raise Conflict.of("invitation-redeemed", detail)
    invitation.expires_at = expires_at
    _mail(invitation, by, seed, site, at)
    return token


def withdraw(invitation: Invitation, *, at: datetime | None = None) -> bool:
    """End it. Returns whether it was open until now."""
    at = at or timezone.now()
    return bool(Invitation.objects.open(at).filter(pk=invitation.pk).update(withdrawn_at=at))


def find(token: str, *, at: datetime | None = None) -> Invitation | None:
    """The invitation whose link is in force, with its event."""
    in_force = Invitation.objects.in_force(at or timezone.now())
    return in_force.select_related("event", "invited_by").filter(digest=_digest(token)).first()


@sensitive_variables("token")
@transaction.atomic(durable=True)
def redeem(token: str, *, user: User, at: datetime | None = None) -> Member:
    """Make `user` the member. Raises `NotFound` `wrong-link` for a link that is wrong, used, withdrawn or
    too old; `Conflict` `member-already`; `Forbidden` `device`. One conditional update decides between two
    who redeem it at once.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # who redeems two links of one event
    return _redeem(token, user, at or timezone.now())


@sensitive_variables("token", "password", "user")
def redeem_as_new(token: str, *, email: str, name: str, password: str, at: datetime | None = None) -> Member:
    """Make a new account the member. Raises what `redeem` raises, and `Conflict` `address-taken`."""
    user = User(email=User.objects.normalize_email(email), name=name)
    user.set_password(password)  # hashed before anything is locked
    try:
        with transaction.atomic(durable=True):
            user.save()
            return _redeem(token, user, at or timezone.now())
    except IntegrityError:
        if not User.objects.filter(email=user.email).exists():
            raise
        detail = _("This address cannot be used for a new account.")
        raise Conflict.of("address-taken", detail, "email") from None


def _check_invitations(by: User, at: datetime) -> None:
    limit = settings.INVITATIONS_A_DAY
    made = Invitation.objects.filter(invited_by=by, created_at__gt=at - DAY).count()
    if made >= limit and not by.is_superuser:
        detail = _("You have invited %(made)d people in the last 24 hours; at most %(limit)d can be.")
        numbers = {"made": made, "limit": limit}
        raise TooMany.of("too-many-invitations", detail % numbers, **numbers)


def _redeem(token: str, user: User, at: datetime) -> Member:
    invitation = find(token, at=at)
    if invitation is None:
        raise _wrong_link()
    if user.is_device:
        raise Forbidden.of("device", _("A device stays what it is at its event."))
    if Member.objects.filter(event=invitation.event, user=user).exists():
        detail = _("You have a role at %s already.") % invitation.event
        raise Conflict.of("member-already", detail)
    # By its own columns alone: PostgreSQL looks at no joined row again after it has waited.
    still_open = Invitation.objects.open(at).filter(pk=invitation.pk, digest=invitation.digest)
    if not still_open.update(redeemed_at=at, redeemed_by=user):
        raise _wrong_link()
    return Member.objects.create(event=invitation.event, user=user, role=invitation.role)


def _wrong_link() -> NotFound:
    detail = _("This link has been used, was withdrawn, or is too old. Ask an organizer for a new one.")
    return NotFound.of("wrong-link", detail)


def _mail(invitation: Invitation, by: User | None, seed: str, site: str, at: datetime) -> None:
    """Raises `TooManyTries` beyond what is mailed to one address or by one account in an hour, or at an event
    in a day.
    """
    if not site or not mailing.is_set_up():
        return
    own = Share(AGAIN, "mail of an invitation", f"{invitation.event_id} {invitation.email}")
    limits.spend([own, *shares_of(invitation.event_id, by)], at=at)
    mailing.post(
        MailTopic.INVITATION,
        to=invitation.email,
        event_id=invitation.event_id,
        at=at,
        seed=seed,
        site=site,
    )


@mailing.writes(MailTopic.INVITATION)
def letter(message: Message) -> Letter:
    """The link, while it is in force."""
    token = _token_of(message.payload["seed"])
    invitation = find(token)
    if invitation is None:
        raise Refused("it has been used, renewed or withdrawn, or is too old")
    event, by = invitation.event, invitation.invited_by
    asked = {"who": by or _("An organizer"), "event": event, "role": invitation.get_role_display()}
    until = moment(invitation.expires_at, event.timezone)
    return of_event(
        event,
        subject=_("Invitation: %s") % event,
        paragraphs=[
            _("%(who)s invites you to %(event)s as %(role)s.") % asked,
            _("The link works once, until %s. Whoever opens it first becomes the member.") % until,
        ],
        link=(_("Join"), message.payload["site"] + reverse("join-link", args=[token])),
        small=[_("If you do not know what this is about, do nothing.")],
        reply_to=by.email if by else "",
    )


def _token_of(seed: str) -> str:
    return salted_hmac("events.invitations.token", seed, algorithm="sha256").hexdigest()


def _digest(token: str) -> str:
    return salted_hmac("events.invitations", token, algorithm="sha256").hexdigest()
