"""The page on which organizers see how their event is going."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from events.access import event_of_page
from events.models import Act
from home.advice import advice
from home.live import PACE, picture


@never_cache
@login_required
@require_safe
def live(request: UserRequest, event: str) -> HttpResponse:
    """How the event is going just now; `?wall` for a screen that hangs on one. Its script asks for the same
    page again and again.
    """
    found = event_of_page(request, event, Act.MANAGE)
    seen = picture(found, request.user, timezone.now())
    context = {"event": found, "picture": seen, "advice": advice(seen), "wall": "wall" in request.GET}
    return render(request, "home/live.html", {**context, "pace": int(PACE.total_seconds() // 60)})
