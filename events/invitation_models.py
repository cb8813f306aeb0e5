"""Links by which people become members of an event."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from base.sql.above import many_above, model_above
from events.role_models import ROLES, Act, Role


class InvitationQuerySet(AuditedQuerySet["Invitation"]):
    def for_user(self, user: User) -> Self:
        """Those to the events that `user` organizes."""
        events: Any = model_above(self.model, "event")._default_manager
        return self.filter(event__in=events.where(user, Act.MANAGE).order_by().values("pk"))

    def by_reference(self, reference: int | str) -> Self:
        """By id; an invitation has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def open(self, at: datetime) -> Self:
        """Neither redeemed nor withdrawn, and not too old."""
        return self.filter(redeemed_at=None, withdrawn_at=None, expires_at__gt=at)

    def in_force(self, at: datetime) -> Self:
        """The open ones of whoever may still invite: who is no organizer any more gets nobody in."""
        members = many_above(model_above(self.model, "event"), "members")._default_manager
        inviting = members.filter(event=OuterRef("event"), user=OuterRef("invited_by"))
        organizes = Exists(inviting.filter(role__in=ROLES[Act.MANAGE], user__is_active=True))
        superuser = Q(invited_by__is_superuser=True, invited_by__is_active=True)
        return self.open(at).filter(Q(invited_by=None) | superuser | organizes)


class Invitation(Audited):
    """A link that makes whoever redeems it a member, once. The address only says whom it was meant for.

    `events.invitations` makes, renews, withdraws and redeems them.
    """

    event = models.ForeignKey(
        "events.Event", on_delete=models.PROTECT, related_name="invitations", verbose_name=_("event")
    )
    email = models.EmailField(
        _("e-mail"),
        help_text=_("Whom the link is meant for; mailed there, if mail is set up."),
    )
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("works until"), editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("invited by"),
    )
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True, editable=False)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("redeemed by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)

    audited_too = ("expires_at", "redeemed_at", "withdrawn_at")
    audited_secrets = ("digest",)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["event", "-pk"]

    class JSONAPIMeta:
        resource_name = "invitation"

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()}"

    @property
    def audited_name(self) -> str:
        """In no language: the role is among what is kept."""
        return self.email

    def state_at(self, at: datetime) -> str:
        """`open`, `redeemed`, `withdrawn`, or `expired`."""
        if self.redeemed_at is not None:
            return "redeemed"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if self.is_open(at) else "expired"

    def is_open(self, at: datetime) -> bool:
        return self.redeemed_at is None and self.withdrawn_at is None and self.expires_at > at
