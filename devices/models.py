from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Audited, AuditedQuerySet
from events.models import Act, Event, Member, Role


class DeviceQuerySet(AuditedQuerySet["Device"]):
    def with_role(self) -> Self:
        """Each with its `role` at its event."""
        member = Member.objects.filter(event=OuterRef("event_id"), user=OuterRef("user_id"))
        return self.annotate(role=Subquery(member.order_by().values("role")[:1]))

    def for_user(self, user: User) -> Self:
        """Those of the events that `user` organizes, each with its `role`."""
        return self.with_role().filter(
            event__in=Event.objects.where(user, Act.MANAGE).order_by().values("pk")
        )

    def by_reference(self, reference: int | str) -> Self:
        """By id; a device has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def waiting(self, digest: str, at: datetime) -> Self:
        """The one that the pairing code of this digest is for, while it is in force."""
        return self.filter(pairing_digest=digest, pairing_expires_at__gt=at, revoked_at=None)


class Device(Audited):
    """A tablet or a till that works at one event. It is a user of its own with one `Member` row, so no
    code about rights knows devices; whoever holds it pairs it by a code instead of logging in.

    `devices.lifecycle` makes, pairs and revokes them.
    """

    ROLES = [Role.REGISTRAR, Role.CASHIER]

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="devices", verbose_name=_("event")
    )
    name = models.CharField(_("name"), max_length=50)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="device",
        editable=False,
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    # As it told when it was last seen at a door, where it may scan without network.
    waiting = models.PositiveIntegerField(_("scans that wait on it"), default=0, db_default=0, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    pairing_digest = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    pairing_expires_at = models.DateTimeField(null=True, blank=True, editable=False)

    # At its event, where it was looked up `with_role`.
    role: str | None = None
    audited_too = ("revoked_at",)
    audited_secrets = ("pairing_digest",)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["event", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name"],
                condition=Q(revoked_at__isnull=True),
                name="device_name_once_per_event",
                violation_error_message=_("The event has a device of this name already."),
            ),
        ]

    class JSONAPIMeta:
        resource_name = "device"

    def __str__(self) -> str:
        return self.name

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None
