"""What a guest takes along: codes to photograph, a page to print, a PDF."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from orders.models import Order
from till import pdf
from till.pages import till_at, till_event, till_order
from till.receipt import receipt_of


@never_cache
@login_required
@require_safe
def codes(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """A part of a page, for scripts: every attendee with the code that lets them in."""
    return render(request, "till/codes.html", {"order": _order(request, event, identifier)})


@never_cache
@login_required
@require_safe
def print_page(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Receipt and tickets as one job. `?paper=roll|a4`, `?only=receipt|tickets`, and `?copy=1` for a
    reprint; `?auto=1` is the script's.
    """
    order = _order(request, event, identifier)
    paper = "a4" if request.GET.get("paper") == "a4" else "roll"
    other = request.GET.copy()
    other["paper"] = "roll" if paper == "a4" else "a4"
    only = request.GET.get("only")
    context = {
        "event": order.event,
        "order": order,
        "receipt": receipt_of(order),
        "paper": paper,
        "other_paper": other.urlencode(),
        "is_copy": request.GET.get("copy") == "1",
        "with_receipt": only != "tickets",
        "with_tickets": only != "receipt",
    }
    return render(request, "till/print.html", context)


@never_cache
@login_required
@require_safe
def order_pdf(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    order = _order(request, event, identifier)
    headers = {"Content-Disposition": f'inline; filename="{order.identifier}.pdf"'}
    return HttpResponse(pdf.order_pdf(order), content_type="application/pdf", headers=headers)


def _order(request: UserRequest, event: str, identifier: str) -> Order:
    event = till_event(request, event)
    till_at(request, event)  # who names a till works there
    return till_order(event, identifier)
