"""A guest's name at the till, put right."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from attendees.corrections import correct
from base.identifiers import parse_id
from till.forms import GuestForm
from till.order_pages import IDS, render_part
from till.pages import till_at, till_event, till_order, till_url


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: UserRequest, event: str, identifier: str, pk: str) -> HttpResponse:
    """Who one attendee of an order is; also long after the sale, by whoever sells at the event."""
    event = till_event(request, event)
    till = till_at(request, event)
    order = till_order(event, identifier)
    found = next((one for one in order.attendees.all() if one.pk == parse_id(pk)), None)
    if found is None:
        raise Http404
    form = GuestForm(request.POST or None, instance=found, auto_id=IDS)
    if request.method == "POST" and form.is_valid():
        correct(found, by=request.user, **form.cleaned_data)
        return redirect(till_url("till-done", event, till, order.identifier))
    context = {"event": event, "till": till, "order": order, "guest": found, "form": form}
    return render_part(request, "till/guest.html", context, 422 if form.is_bound else 200)
