"""An order at the till: found again by code or name, shown, paid, taken back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.authentication import UserRequest
from accounts.models import User
from attendees.models import Attendee
from attendees.search import MOST as MOST_LETTERS
from attendees.search import among, as_code
from base.claim_links import order_in
from base.errors import DomainError
from base.identifiers import LENGTH
from claims.tokens import link_of
from events.models import Act, Event, may
from orders.cancellable import UNDO, may_be_undone
from orders.models import Order, Payment
from orders.settlement import round_cash
from orders.story import story_of
from outbox import mailing
from shifts.models import Shift, Till
from till.act_forms import possible
from till.forms import CancelForm, GivenBackForm, OrderForm, PayForm
from till.pages import desk_at, till_at, till_event, till_order, till_url

MOST = 50
# The page may stand in a dialog over the till, which has a form of its own.
IDS = "order_%s"


@never_cache
@login_required
@require_safe
def recent(request: UserRequest, event: str) -> HttpResponse:
    """The till's last orders; with `?q=`, the event's orders with that code or name, or of that receipt: one
    that is named by its whole code, or a ticket's, is opened.
    """
    event = till_event(request, event)
    till = till_at(request, event)
    typed = request.GET.get("q", "").strip()
    query = order_in(typed) or typed[:MOST_LETTERS]
    found = _found(event, query) if query else _last(event, till)
    found = found.select_related("event", "seller", "shift__till").prefetch_related("attendees__ticket")
    orders = list(found.order_by("-pk")[:MOST])
    if query and (named := _named(orders, query)):
        return redirect(till_url("till-done", event, till, named.identifier))
    context = {
        **{"event": event, "till": till, "query": query, "orders": orders},
        "with_totals": may(event.role, Act.MANAGE),  # of one till, they would be its takings
        "elsewhere": _elsewhere(request.user, query) if query and not orders else None,
    }
    return render_part(request, "till/recent.html", context)


def _last(event: Event, till: Till | None) -> QuerySet[Order]:
    """Who was put on the guest list is no order of a till, until the guest has paid at one."""
    orders = Order.objects.filter(event=event)
    if till is not None:
        return orders.filter(shift__till=till)
    paid_here = Q(shift__isnull=False) | Q(completed_at__gt=F("created_at"))
    return orders.filter(Q(list_key__isnull=True) | paid_here)


def _found(event: Event, query: str) -> QuerySet[Order]:
    """Those of the guests whom the query finds, as at the door."""
    guests = among(Attendee.objects.order_by(), [event.pk], query)
    return Order.objects.filter(event=event, pk__in=guests.values("order"))


def _named(found: Sequence[Order], query: str) -> Order | None:
    """The only one found, if the query is its whole code, or that of a ticket of it."""
    if len(found) != 1:
        return None
    codes = {found[0].identifier, *(guest.code for guest in found[0].attendees.all())}
    return found[0] if as_code(query) in codes else None


def _elsewhere(user: User, query: str) -> Event | None:
    """The event of the order that the query names, where `user` may see it."""
    code = as_code(query)
    if len(code) != LENGTH or not code.isalnum():
        return None
    order = Order.objects.for_user(user).by_reference(code).select_related("event").first()
    return order.event if order else None


@never_cache
@login_required
@require_safe
def order(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """What was sold: the change, the code to read aloud, the attendees, and what can be done about it."""
    event = till_event(request, event)
    return _order_page(request, event, till_order(event, identifier))


@never_cache
@login_required
@require_POST
def pay(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Complete an unpaid order, or one that expired while the guest was at the card terminal."""
    event = till_event(request, event)
    order = till_order(event, identifier)
    return _act(request, order, PayForm(request.POST, auto_id=IDS, order=order))


@never_cache
@login_required
@require_POST
def take_back(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Cancel a whole order: an undo, an unpaid one, or by an organizer with a reason."""
    event = till_event(request, event)
    order = till_order(event, identifier)
    return _act(request, order, _cancel_form(request, order, request.POST))


@never_cache
@login_required
@require_POST
def given_back(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Record that what a card paid for tickets that were gone was given back."""
    event = till_event(request, event)
    order = till_order(event, identifier)
    return _act(request, order, GivenBackForm(request.POST, auto_id=IDS, order=order))


def _cancel_form(request: UserRequest, order: Order, data: Any = None) -> CancelForm:
    return CancelForm(data, auto_id=IDS, order=order, drawers=drawers_for(order), own=request.user.pk)


def drawers_for(order: Order) -> list[Shift]:
    """The open drawers out of which whoever organizes the event may have money given back."""
    if not may(order.event.role, Act.MANAGE):
        return []
    drawers = Shift.objects.open().filter(till__event=order.event).select_related("till", "cashier")
    return list(drawers.order_by("till__name"))


def _act(request: UserRequest, order: Order, form: PayForm | CancelForm | GivenBackForm) -> HttpResponse:
    event = order.event
    till = till_at(request, event)
    status = 422
    if form.is_valid():
        try:
            form.carry_out(desk_at(request, till))
        except DomainError as refusal:
            form.add_error(None, [forms.ValidationError(problem.detail) for problem in refusal.problems])
            status = refusal.status
        else:
            return redirect(till_url("till-done", event, till, order.identifier))
    return _order_page(request, event, till_order(event, order.identifier), form, status)


def _order_page(
    request: UserRequest,
    event: Event,
    order: Order,
    form: OrderForm | None = None,
    status: int = 200,
) -> HttpResponse:
    payments = order.payments.all()
    till = till_at(request, event)
    now = timezone.now()
    is_fresh = may_be_undone(order, now)
    can_cancel = order.status == Order.Status.COMPLETED and may(event.role, Act.MANAGE)
    context = {
        "event": event,
        "till": till,
        "order": order,
        "link": link_of(request, order),
        "payments": payments,
        "attendees": order.live,
        "left": order.left_to_pay,
        "in_cash": round_cash(order.left_to_pay, event.cash_rounding),
        "change": order.change,
        "paid": sum(payment.amount for payment in payments if payment.tender != Payment.Tender.ROUNDING),
        "form": form if form else _cancel_form(request, order) if can_cancel else None,
        "pay_form": form if isinstance(form, PayForm) else PayForm(auto_id=IDS, order=order),
        "acts": possible(order),
        "sends_mail": mailing.is_set_up(),
        "happened": story_of(order),
        "can_undo": is_fresh,
        "undo_seconds": int((order.completed_at + UNDO - now).total_seconds())
        if is_fresh and order.completed_at
        else 0,
        "can_cancel": can_cancel,
        "handed_out": [(Payment.Tender(tender), amount) for tender, amount in order.given_back.items()],
        "may_come_late": order.status == Order.Status.EXPIRED and not payments,
    }
    return render_part(request, "till/done.html", context, status)


def render_part(
    request: UserRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of its own, or only its content for the till's dialog (`X-Fragment`)."""
    base = "common/fragment.html" if request.headers.get("X-Fragment") else "common/screen.html"
    return render(request, template, {**context, "base": base}, status=status)
