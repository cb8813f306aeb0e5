"""Who stands at the till: it is locked, and tells its script who is there now."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.authentication import UserRequest
from base.identifiers import parse_reference
from events.models import Act, Event, may
from shifts import drawer
from shifts.lock import lock as lock_at
from shifts.lock_pages import unlocked
from shifts.relief_pages import vouch
from till import data
from till.pages import till_at, till_event, till_url


@never_cache
@login_required
@require_POST
def lock(request: UserRequest, event: str) -> HttpResponse:
    """Relief: log out, and lead whoever comes next to the same till. Whoever is on the books there leaves a
    lock that a colleague's PIN opens. A script is told 204.
    """
    event = till_event(request, event)
    till = till_at(request, event)
    shift = till.shifts.open().select_related("till__event").first() if till else None
    user = request.user
    if shift and drawer.is_recorded(shift, user):
        lock_at(request, shift)
    else:
        logout(request)
    is_script = "X-Cashier" in request.headers
    answer = HttpResponse(status=204) if is_script else redirect(till_url("till", event, till))
    return vouch(answer, shift, user)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@unlocked
def signed_in(request: UserRequest, event: str) -> HttpResponse:
    """Where the log-in over the till ends: tells the till who is there now. Whoever may not sell here
    can give way to somebody who may.
    """
    if request.method == "POST":
        logout(request)
        return redirect_to_login(request.path)
    found = Event.objects.at(request.user, parse_reference(event))
    if found is None or not may(found.role, Act.SELL):
        return render(request, "till/signed_in.html", {"event": found}, status=403 if found else 404)
    till_at(request, found)  # relieved at once, before the till asks anything in their name
    context = {"event": found, "person": data.person(request.user, found)}
    return render(request, "till/signed_in.html", context)
