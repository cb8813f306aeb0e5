"""The till page: staff sell to whoever stands in front of them. A plain form, without JavaScript."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from events.models import Act, Event, may
from onsite_project.errors import DomainError
from onsite_project.identifiers import parse_id, parse_reference
from orders.forms import SaleForm
from orders.models import Order
from orders.sales import sell_onsite
from tickets.models import Ticket


def till_event(request: HttpRequest, identifier: str) -> Event:
    """The event at which the user is about to sell; 404 if they may not see it, 403 if not sell."""
    event = Event.objects.find(request.user, parse_reference(identifier))
    if event is None:
        raise Http404
    if not may(event.role, Act.SELL):
        raise PermissionDenied
    return event


def till_order(event: Event, identifier: str) -> Order:
    """The order of that identifier at the event, with all that is shown or printed of it at hand;
    404 if there is none.
    """
    reference = parse_reference(identifier)
    if not isinstance(reference, str):
        raise Http404
    orders = Order.objects.filter(event=event).select_related("seller", "shift__till")
    orders = orders.prefetch_related("attendees__ticket", "payments")
    order = orders.by_reference(reference).first()
    if order is None:
        raise Http404
    order.event = event
    return order


def _chosen(request: HttpRequest, event: Event) -> tuple[QuerySet[Ticket], bool]:
    """The tickets to show: those that `?tickets=1,2` names, else all of the event."""
    tickets = event.tickets.order_by("position", "pk")
    ids = [parse_id(part) for part in request.GET.get("tickets", "").split(",")[:100]]
    chosen = tickets.filter(pk__in=[pk for pk in ids if pk is not None])
    return (chosen, True) if chosen else (tickets, False)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sell(request: HttpRequest, event: str) -> HttpResponse:
    """Show the form, sell what it says, or show what was refused beside what was typed."""
    event = till_event(request, event)
    tickets, chosen = _chosen(request, event)
    form = SaleForm(request.POST or None, tickets=list(tickets), chosen=chosen)
    context = {"event": event, "form": form, "chosen": chosen, "now": timezone.now()}
    status = 200
    if form.is_bound and not form.is_valid():
        status = 422
    elif form.is_bound and "check" in request.POST:
        context["total"] = form.total()
    elif form.is_bound:
        try:
            order = sell_onsite(event=event, seller=request.user, drawer_required=True, **form.sale())
        except DomainError as refusal:
            form.show(refusal)
            status = refusal.status
        else:
            return redirect("till-done", event.identifier, order.identifier)
    return render(request, "till/sell.html", context, status=status)


@never_cache
@login_required
@require_safe
def done(request: HttpRequest, event: str, identifier: str) -> HttpResponse:
    """What was sold: the change, the code to read aloud, the attendees."""
    event = till_event(request, event)
    order = till_order(event, identifier)
    change = sum(payment.change or 0 for payment in order.payments.all())
    return render(request, "till/done.html", {"event": event, "order": order, "change": change})
