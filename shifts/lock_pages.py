"""Where a till is locked, and where whoever comes next opens it with a PIN."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.authentication import View
from events.access import event_of_page
from events.models import Act
from shifts import lock
from shifts.forms import UnlockForm
from shifts.relief_pages import next_page


def unlocked(view: View) -> View:
    """As `login_required`; in a browser in which the till was locked, it is the lock that leads back in."""

    @wraps(view)
    def answer(request: HttpRequest, event: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, event, *args, **kwargs)
        here = request.get_full_path()
        if lock.locked(request, event) is None:
            return redirect_to_login(here)
        return redirect(f"{reverse('till-unlock', args=[event])}?{urlencode({'next': here})}")

    return answer


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest, event: str) -> HttpResponse:
    """Ask who is there and for their PIN, in the browser in which the till was locked; then on to `next`."""
    home = reverse("till", args=[event])
    if request.user.is_authenticated:
        event_of_page(request, event, Act.SELL)
        return redirect(home)
    found = lock.locked(request, event)
    if found is None:
        return redirect_to_login(home)
    if (present := found.shift.till.event.identifier) != event:  # renamed since it was locked
        return redirect("till-unlock", present)
    form = UnlockForm(request.POST or None, lock=found)
    on = next_page(request, found.shift.till)
    if form.is_valid():
        lock.open_for(request, found, form.user)
        return redirect(on)
    context = {"event": found.shift.till.event, "lock": found, "form": form, "next": on}
    return render(request, "shifts/unlock.html", context, status=422 if form.is_bound else 200)
