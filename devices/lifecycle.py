"""Devices: made by an organizer, paired once with a code, revoked when they are lost."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from base.errors import Conflict, Invalid, NotFound
from base.identifiers import readable_identifier
from base.news import is_news
from devices.models import Device
from events.models import Event, Member

DOMAIN = "devices.invalid"  # a top-level domain that no mail reaches
CODE_IN_FORCE = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)
BETWEEN_LETTERS = re.compile(r"[\s-]+")


@transaction.atomic
def add_device(*, event: Event, name: str, role: str) -> Device:
    """A new device with a user of its own, not paired yet. Raises `Invalid` `invalid-role` for a role
    that only a person can answer for.
    """
    if role not in Device.ROLES:
        raise Invalid.of("invalid-role", _("A device is a cashier or a registrar."), "role")
    user = User.objects.create_user(f"device-{secrets.token_hex(8)}@{DOMAIN}", name=name, is_device=True)
    Member.objects.create(event=event, user=user, role=role)
    device = Device.objects.create(event=event, name=name, user=user)
    device.role = role
    return device


@transaction.atomic
def rename(device: Device, name: str) -> None:
    """Give it another name, under which its sales and check-ins are listed as well."""
    device.name = device.user.name = name
    device.save(update_fields=["name"])
    device.user.save(update_fields=["name"])


def new_pairing_code(device: Device, *, at: datetime | None = None) -> str:
    """A code that pairs the device once, within ten minutes; one that was asked for before is void.
    Only a keyed digest is kept. Raises `Conflict` `device-revoked`.
    """
    at, code = at or timezone.now(), readable_identifier()
    changed = Device.objects.filter(pk=device.pk, revoked_at=None).update(
        pairing_digest=_digest(code), pairing_expires_at=at + CODE_IN_FORCE
    )
    if not changed:
        detail = _("%s was revoked. Add a new device instead.") % device
        raise Conflict.of("device-revoked", detail)
    return code


def pair(code: str, *, at: datetime | None = None) -> Device:
    """The device that a pairing code is for, with its `role`, ready to be logged in; whoever was paired
    with it before is logged out. One conditional update decides between two tablets with the same code.

    Raises `NotFound` `wrong-code` for a code that is wrong, used or too old. Guesses are to be slowed
    down by the caller: `devices.pairing`.
    """
    at, digest = at or timezone.now(), _digest(code)
    devices = Device.objects.waiting(digest, at)
    device = devices.select_related("event", "user").with_role().first()
    if device is None:
        raise _wrong_code()
    used = {"pairing_digest": None, "pairing_expires_at": None, "last_seen_at": at}
    with transaction.atomic(durable=True):
        if not devices.filter(pk=device.pk).update(**used):
            raise _wrong_code()  # another tablet was faster
        _log_out(device.user)
    return device


def _wrong_code() -> NotFound:
    detail = _("This code is wrong, was used before, or is too old. Ask an organizer for another.")
    return NotFound.of("wrong-code", detail)


@transaction.atomic(durable=True)
def revoke(device: Device, *, at: datetime | None = None) -> bool:
    """End a device at once: its tokens, its sessions and its pairing code. What it sold and whom it
    let in stays under its name. Returns whether it was not revoked before.
    """
    ended = {"revoked_at": at or timezone.now(), "pairing_digest": None, "pairing_expires_at": None}
    if not Device.objects.filter(pk=device.pk, revoked_at=None).update(**ended):
        return False
    User.objects.filter(pk=device.user_id).update(is_active=False)
    _log_out(device.user)
    return True


def _log_out(user: User) -> None:
    """End every token and session, also one that is being opened just now: a session holds a hash of the
    password field, which for an unusable password is random.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    user.end_log_ins()


def seen(user: User, *, waiting: int | None = None, at: datetime | None = None) -> None:
    """Record that the device of this user is at work, at most once a minute; and how many scans wait on it,
    as it tells, whenever that is another number. None: it tells nothing.
    """
    at = at or timezone.now()
    if is_news(f"device-seen-{user.pk}", -1 if waiting is None else waiting, SEEN_EVERY):
        news = Q(last_seen_at=None) | Q(last_seen_at__lte=at - SEEN_EVERY)
        changes: dict[str, Any] = {"last_seen_at": at}
        if waiting is not None:
            news, changes["waiting"] = news | ~Q(waiting=waiting), waiting
        Device.objects.filter(news, user=user).update(**changes)


def _digest(code: str) -> str:
    """Keyed, because so short a code could be found from its plain hash."""
    typed = BETWEEN_LETTERS.sub("", code).upper()
    return salted_hmac("devices.lifecycle", typed, algorithm="sha256").hexdigest()
