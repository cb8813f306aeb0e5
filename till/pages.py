"""The till page: staff sell to whoever stands in front of them.

A plain form that works by itself; with JavaScript it becomes the till of `static/onsite/till/`, which
sells through the API. Both call `sell_onsite`.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_http_methods, require_safe

from accounts.authentication import UserRequest, for_its_script
from accounts.models import User
from base.errors import DomainError
from base.identifiers import parse_id, parse_reference
from events.access import event_of_page
from events.at_hand import remember
from events.models import Act, Event
from orders.models import Order
from orders.sales import sell_onsite
from orders.settlement import round_cash, true_amount
from shifts.desk import Desk
from shifts.lock import seen_open
from shifts.lock_pages import unlocked
from shifts.models import Shift, Till
from shifts.relief_pages import shift_at, till_named, vouch
from tickets.models import Ticket
from till import data
from till.forms import SaleForm
from till.untimely import untimely


def till_event(request: UserRequest, identifier: str) -> Event:
    """The event at which the user is about to sell; 404 if they may not see it, 403 if not sell."""
    return event_of_page(request, identifier, Act.SELL)


def till_at(request: UserRequest, event: Event) -> Till | None:
    """The till at which the user works: the one that `?till=` names, which may be a colleague's, else
    that of the user's own open shift. 404 for a till that is not the event's, `NotAtWork` (403) for one at
    which the user does not work.
    """
    till = till_named(event, request.GET["till"]) if "till" in request.GET else None
    shift = shift_at(request, till) if till else _own_shift(request.user, event)
    if shift is not None:
        seen_open(shift, request.user)
    return till or (shift.till if shift else None)


def _own_shift(user: User, event: Event) -> Shift | None:
    return Shift.objects.open().filter(till__event=event, cashier=user).select_related("till").first()


def desk_at(request: UserRequest, till: Till | None) -> Desk:
    """The user, at that till or where their own shift is."""
    return Desk(request.user, till.pk if till else None, drawer_required=True, at_screen=True)


def till_url(name: str, event: Event, till: Till | None, *args: Any) -> str:
    """The address of one of the till's pages, which stays at this till."""
    query = f"?till={till.pk}" if till else ""
    return reverse(name, args=[event.identifier, *args]) + query


def till_order(event: Event, identifier: str) -> Order:
    """The order of that identifier at the event, with all that is shown or printed of it at hand;
    404 if there is none.
    """
    reference = parse_reference(identifier)
    if not isinstance(reference, str):
        raise Http404
    orders = Order.objects.filter(event=event).with_reissues()  # so its claim link costs no statement
    order = orders.with_paper().by_reference(reference).first()
    if order is None:
        raise Http404
    order.event = event
    return order


def _chosen(request: UserRequest, event: Event) -> tuple[QuerySet[Ticket], bool]:
    """The tickets to show: those that `?tickets=1,2` names, else all of the event."""
    tickets = Ticket.objects.filter(event=event).with_quotas().order_by("position", "pk")
    ids = [parse_id(part) for part in request.GET.get("tickets", "").split(",")[:100]]
    chosen = tickets.filter(pk__in=[pk for pk in ids if pk is not None])
    return (chosen, True) if chosen else (tickets, False)


def _asked(request: UserRequest, form: SaleForm, event: Event) -> list[str]:
    """What is to be said first of tickets that the door would not admit now, unless they are sold anyway."""
    if "anyway" in request.POST:
        return []
    told = (untimely(ticket, event, timezone.now()) for ticket, _quantity in form.ordered())
    return [text for text in told if text]


@gzip_page  # masked CSRF tokens and a length that varies: what is secret in it cannot be guessed by its size
@never_cache
@unlocked
@require_http_methods(["GET", "HEAD", "POST"])
def sell(request: UserRequest, event: str) -> HttpResponse:
    """Show the form, sell what it says, or show what was refused beside what was typed."""
    event = till_event(request, event)
    remember(request, event)
    till = till_at(request, event)
    tickets, chosen = _chosen(request, event)
    form = SaleForm(
        request.POST or None,
        currency=event.currency,
        tickets=list(tickets),
        chosen=chosen,
        admit=event.admit_now,
    )
    status, total = 200, None
    asked: list[str] = []
    if form.is_bound and not form.is_valid():
        status = 422
    elif form.is_bound and "check" in request.POST:
        total = form.total()
    elif form.is_bound and not (asked := _asked(request, form, event)):
        try:
            key = form.cleaned_data["idempotency_key"]
            sold = sell_onsite(form.sale(event), desk=desk_at(request, till), key=key)
        except DomainError as refusal:
            form.show(refusal)
            status, total = refusal.status, true_amount(refusal)
        else:
            return redirect(till_url("till-done", event, till, sold.order.identifier))
    context: dict[str, Any] = {
        **{"event": event, "till": till, "form": form, "chosen": chosen, "now": timezone.now()},
        **{"asked": asked, "total": total},
        "in_cash": total if total is None else round_cash(total, event.cash_rounding),
    }
    context["shift"] = till and till.shifts.open().select_related("cashier", "till__event").first()
    if not form.is_bound:
        context["data"] = data.page(event, till, request.user, [t.pk for t in tickets] if chosen else [])
    page = render(request, "till/sell.html", context, status=status)
    return vouch(page, context["shift"], request.user)


@gzip_page  # outside of the condition: compressed text is another one each time
@conditional_page
@require_safe
@cache_control(private=True, no_cache=True)
@for_its_script
def state(request: UserRequest, event: str) -> HttpResponse:
    """What the till asks for every few seconds; 304 while nothing has changed."""
    event = till_event(request, event)
    return JsonResponse(data.state(event, till_at(request, event), request.user, timezone.now()))


@never_cache
@require_safe
@login_required
def display(request: UserRequest, event: str) -> HttpResponse:
    """The customer's display: a second window of the same browser."""
    event = till_event(request, event)
    return render(request, "till/display.html", {"event": event, "till": till_at(request, event)})
