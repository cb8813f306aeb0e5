"""Prices that are not the ticket's own: only by an organizer, or with an organizer's PIN."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.pins import check_password_instead, check_pin
from base.errors import Forbidden
from events.models import Event, Role, role_at


@dataclass(frozen=True)
class Approval:
    """An organizer who answers for a price, by id, and the PIN or the password that proves it. Neither is
    in any log, table or fingerprint.
    """

    user_id: int
    pin: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def possible_approvers(event: Event) -> list[tuple[int, str]]:
    """Whom a till can ask: the organizers of the event who have set a PIN, by id and name."""
    users = _organizers(event).exclude(pin="")
    return sorted(((user.pk, str(user)) for user in users), key=lambda user: user[1].lower())


def _organizers(event: Event) -> QuerySet[User]:
    """Its members, who all have joined: whoever is merely invited has put no PIN at stake here."""
    members = event.members.filter(role=Role.ORGANIZER)
    return User.objects.filter(is_active=True, memberships__in=members)


def approvers(
    *, event: Event, seller: User | None, approvals: Sequence[Approval | None]
) -> list[User | None]:
    """Who answers for each of some prices: the approver named with the right PIN, else the seller,
    who must be an organizer. None for a sale by a script.

    Must not be called inside a transaction (`accounts.pins.check_pin`). Raises `Forbidden`, its paths
    `(index, "approval", ...)`: `approval-required`, `not-an-organizer`, and what `check_pin` and
    `check_password_instead` raise.
    """
    if seller is None:
        return [None for _approval in approvals]
    known: dict[Approval | None, User] = {}
    for index, approval in enumerate(approvals):
        if approval not in known:
            try:
                known[approval] = _own(event, seller) if approval is None else _named(event, seller, approval)
            except Forbidden as refusal:
                raise refusal.under(index, "approval") from refusal
    return [known[approval] for approval in approvals]


def _own(event: Event, seller: User) -> User:
    if role_at(event, seller) != Role.ORGANIZER:
        raise Forbidden.of("approval-required", _("This needs the approval of an organizer."))
    return seller


def _named(event: Event, seller: User, approval: Approval) -> User:
    approver = _organizers(event).filter(pk=approval.user_id).first()
    if approver is None:
        raise Forbidden.of("not-an-organizer", _("Only an organizer of the event can approve this."), "user")
    if approval.password:
        check_password_instead(asker=seller, approver=approver, password=approval.password)
    else:
        check_pin(asker=seller, approver=approver, pin=approval.pin)
    return approver
