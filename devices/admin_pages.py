"""The admin's pages on which an organizer pairs a device and revokes some."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from base import qr
from base.errors import DomainError
from devices import lifecycle
from devices.models import Device


def pairing_page(
    modeladmin: ModelAdmin[Device], request: HttpRequest, queryset: QuerySet[Device]
) -> HttpResponse | None:
    """A new code, to be read or scanned. It is shown this once: asking again makes another."""
    chosen = list(queryset.select_related("event")[:2])
    if len(chosen) != 1:
        modeladmin.message_user(request, _("Choose one device to pair."), messages.ERROR)
        return None
    try:
        told = pairing(request, chosen[0])
    except DomainError as refusal:
        modeladmin.message_user(request, str(refusal), messages.ERROR)
        return None
    context = {
        **modeladmin.admin_site.each_context(request),
        **told,
        "title": _("Pair %s") % chosen[0],
        "opts": modeladmin.opts,
        "media": modeladmin.media,
    }
    return TemplateResponse(request, "admin/devices/device/pair.html", context)


def pairing(request: HttpRequest, device: Device) -> dict[str, Any]:
    """What a page says that shows a new code for the device. Raises `Conflict` `device-revoked`."""
    now = timezone.now()
    code = lifecycle.new_pairing_code(device, at=now)
    page = request.build_absolute_uri(reverse("pair"))
    return {
        "device": device,
        "event": device.event,
        "code": code,
        "page": page,
        "qr": qr.svg(f"{page}?{urlencode({'code': code})}", _("QR code: %s") % page),
        "valid_until": now + lifecycle.CODE_IN_FORCE,
        "is_secure": request.is_secure(),
    }


def revoke_page(
    modeladmin: ModelAdmin[Device], request: HttpRequest, queryset: QuerySet[Device]
) -> HttpResponse | None:
    """Ask, then revoke."""
    chosen = queryset.filter(revoked_at=None).select_related("event", "user")
    if "confirmed" not in request.POST and chosen:
        context = {
            **modeladmin.admin_site.each_context(request),
            "title": _("Revoke devices"),
            "opts": modeladmin.opts,
            "devices": chosen,
            "media": modeladmin.media,
        }
        return TemplateResponse(request, "admin/devices/device/revoke.html", context)
    done = sum(lifecycle.revoke(device) for device in chosen)
    detail = ngettext("%d device is revoked.", "%d devices are revoked.", done)
    modeladmin.message_user(request, detail % done, messages.SUCCESS)
    return None
