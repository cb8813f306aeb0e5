"""What a guest takes along: codes to photograph, a page to print, a PDF."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from base import languages
from base.errors import TooManyTries
from base.times import parse_time, wire_time
from claims.pages import PAPERS, show, spend, with_link
from claims.tokens import link_of
from orders.models import Order
from orders.printing import print_paper
from till import pdf
from till.pages import till_at, till_event, till_order
from till.receipt import receipt_of


@never_cache
@login_required
@require_safe
def codes(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """A part of a page, for scripts: every attendee with the code that lets them in."""
    order = _order(request, event, identifier)
    return render(request, "till/codes.html", {"order": order, "link": link_of(request, order)})


@never_cache
@login_required
@require_safe
def print_page(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Receipt and tickets as one job, marked as a copy if that was printed before. `?paper=roll|a4`,
    `?only=receipt|tickets`; `?copy=1` for a copy in any case; `?auto=1` is the script's. `?first=`, when the
    original was printed, stands in the link to the other kind of paper.
    """
    order = _order(request, event, identifier)
    screen = languages.active()
    return languages.answered_in(order.event.paper_language, lambda: _printed(request, order, screen))


def _printed(request: UserRequest, order: Order, screen: str) -> HttpResponse:
    """The paper, below tools in the language of the `screen`."""
    paper = "a4" if request.GET.get("paper") == "a4" else "roll"
    receipt = receipt_of(order, is_copy=_is_copy(request, order), link=link_of(request, order))
    other = request.GET.copy()
    other["paper"] = "roll" if paper == "a4" else "a4"
    if order.printed_at and not receipt.is_copy:
        other["first"] = wire_time(order.printed_at)
    only = request.GET.get("only")
    context = {
        "event": order.event,
        "screen": screen,
        "order": order,
        "receipt": receipt,
        "paper": paper,
        "other_paper": other.urlencode(),
        "with_receipt": only != "tickets" or not order.admitting,  # there may be nothing else
        "with_tickets": only != "receipt",
    }
    return render(request, "till/print.html", context)


@never_cache
@login_required
@require_safe
def order_pdf(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    return pdf_of(request, _order(request, event, identifier))


def pdf_of(request: HttpRequest, order: Order) -> HttpResponse:
    """The order as a PDF, marked as a copy as on the printed page, in the language of the event."""
    language, is_copy = order.event.paper_language, _is_copy(request, order)
    return languages.answered_in(language, lambda: _pdf(request, order, is_copy=is_copy))


@with_link
@require_safe
def claim_pdf(request: HttpRequest, token: str, order: Order) -> HttpResponse:
    """The same for whoever holds the claim link, in their language: always a copy, for the original is the
    till's to print.
    """
    try:
        spend(PAPERS, "claim-paper", order)
    except TooManyTries as refusal:
        return show(request, order, refusal)
    return _pdf(request, order, is_copy=True)


def _pdf(request: HttpRequest, order: Order, *, is_copy: bool) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{order.identifier}.pdf"'}
    content = pdf.order_pdf(order, is_copy=is_copy, link=link_of(request, order))
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _is_copy(request: HttpRequest, order: Order) -> bool:
    asked = request.GET.get("copy") == "1"
    return asked or print_paper(order, instead_of=parse_time(request.GET.get("first", "")))


def _order(request: UserRequest, event: str, identifier: str) -> Order:
    event = till_event(request, event)
    till_at(request, event)  # who names a till works there
    return till_order(event, identifier)
