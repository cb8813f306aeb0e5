"""What is done at the till to an order that was sold: a page for each act, which asks what that needs."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from base.errors import DomainError
from events.models import Event
from limits.stock import left_of
from orders.models import Order
from tickets.models import Ticket
from till.act_forms import FORMS, ActForm, ExchangeForm
from till.order_pages import IDS, drawers_for, render_part
from till.pages import desk_at, till_at, till_event, till_order, till_url


@never_cache
@login_required
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: UserRequest, event: str, identifier: str, act: str) -> HttpResponse:
    """Ask, and do it; then the order as it is."""
    event_there = till_event(request, event)
    till = till_at(request, event_there)
    order = till_order(event_there, identifier)
    if act not in FORMS:
        raise Http404
    form = _form(request, order, FORMS[act])
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            form.carry_out(desk_at(request, till))
        except DomainError as refusal:
            form.add_error(None, [forms.ValidationError(problem.detail) for problem in refusal.problems])
            status = refusal.status
        else:
            return redirect(till_url("till-done", event_there, till, order.identifier))
    context = {"event": event_there, "till": till, "order": order, "form": form, "act": act}
    return render_part(request, "till/act.html", context, status)


def _form(request: UserRequest, order: Order, form: type[ActForm]) -> ActForm:
    terms: dict[str, Any] = {"order": order, "drawers": drawers_for(order), "own": request.user.pk}
    if issubclass(form, ExchangeForm):
        terms["tickets"] = _others(order.event, order)
    return form(request.POST or None, auto_id=IDS, **terms)


def _is_left(number: int | None) -> bool:
    return number is None or number > 0


def _others(event: Event, order: Order) -> list[Ticket]:
    """The kinds that can be had now in exchange for some of the order's, whose places are free then."""
    now = timezone.now()
    freed = Counter(one.ticket_id for one in order.live)
    tickets = list(event.tickets.order_by("position", "pk"))
    left = left_of(tickets, freed=freed, at=now)
    return [
        ticket
        for ticket in tickets
        if ticket.type != Ticket.Type.DONATION
        and ticket.sales_open(now)
        and _is_left(left[ticket.pk])
        and (len(freed) > 1 or ticket.pk not in freed)
    ]
