"""Addresses without an event: they lead to the one that is meant."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from devices.pages import workplace
from events.at_hand import meant
from events.models import Act

Page = Callable[[UserRequest], HttpResponse]


def to(page: str, act: Act) -> Page:
    """Leads to that page of the event that is meant, else to where one is created."""

    @never_cache
    @login_required
    @require_safe
    def lead(request: UserRequest) -> HttpResponse:
        event = meant(request, act)
        return redirect(page, event.identifier) if event else redirect("home")

    return lead


@never_cache
@require_safe
def start(request: UserRequest) -> HttpResponse:
    """A device that opens the site lands at its work; everybody else at the events at hand."""
    if request.user.is_authenticated and request.user.is_device:
        device = request.user.device
        device.role = device.event.members.values_list("role", flat=True).get(user=request.user)
        return redirect(workplace(device))
    return redirect("admin:index")
