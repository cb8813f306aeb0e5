"""The page behind a claim link: an order's tickets for whoever holds it, without a log-in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.guessing import network
from accounts.limits import Allowance, Share
from attendees.models import Attendee
from base import languages
from base.errors import DomainError, TooManyTries
from base.identifiers import parse_id
from claims.naming import name_guest, why_fixed
from claims.tokens import find
from orders.models import Amendment, Order

# Of wrong links from one network; a right one costs nothing, for a whole queue asks from one.
WRONG = Allowance(tries=20, every=timedelta(seconds=30))
# Of one order: so many at once, and about as many an hour.
NAMES = Allowance(tries=60, every=timedelta(minutes=1))
PAPERS = Allowance(tries=20, every=timedelta(minutes=3))

Page = Callable[[HttpRequest, str, Order], HttpResponse]


@dataclass(frozen=True)
class Shown:
    """A ticket of the order; `fixed` says why its guest cannot be named here, `code` whether it admits."""

    guest: Attendee
    fixed: str
    code: bool


def with_link(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view for whoever has the token in the address; all others get one answer. It speaks the `language`
    that the guest has asked for, else the browser's. No page of it tells the address to anybody, nor is found
    by a search engine.
    """

    @wraps(page)
    @never_cache
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        languages.speak(request.GET.get("language", ""))
        order = find(token, timezone.now())
        response = _nothing(request) if order is None else page(request, token, order)
        # The host alone, which forms need to prove where they come from.
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return opened


def spend(allowance: Allowance, door: str, order: Order) -> None:
    """Pay for something of which one order has so much. Raises `TooManyTries`."""
    limits.spend([Share(allowance, door, str(order.pk))])


@with_link
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, token: str, order: Order) -> HttpResponse:
    """The tickets with their codes; a name that is posted is put in."""
    if request.method != "POST":
        return show(request, order)
    try:
        spend(NAMES, "claim-names", order)
        _name(request, token, order)
    except DomainError as refusal:
        return _nothing(request) if refusal.status == 404 else show(request, order, refusal)
    return redirect(request.get_full_path())


def _name(request: HttpRequest, token: str, order: Order) -> None:
    name_guest(
        order,
        token,
        attendee=parse_id(request.POST.get("attendee")) or 0,
        at=timezone.now(),
        firstname=request.POST.get("firstname", ""),
        lastname=request.POST.get("lastname", ""),
    )


def show(request: HttpRequest, order: Order, refusal: DomainError | None = None) -> HttpResponse:
    """The page; with a refusal, which stands beside what was typed."""
    shown = _tickets(order, timezone.now())
    context = {
        "order": order,
        "event": order.event,
        "tickets": shown,
        "codes": [one for one in shown if one.code],
        "refusal": refusal,
        "languages": languages.offered(),
        "spoken": languages.active(),
        "asked": urlencode({"language": languages.active()}) if "language" in request.GET else "",
        "typed": request.POST if refusal else {},
        "refused": parse_id(request.POST.get("attendee")) if refusal else None,
    }
    page = render(request, "claims/claim.html", context, status=refusal.status if refusal else 200)
    return _until_again(page, refusal)


def _tickets(order: Order, at: datetime) -> Sequence[Shown]:
    """What was exchanged is another ticket now, and not told of."""
    tickets = [one for one in order.attendees.all() if not _is_exchanged(one)]
    return [
        Shown(one, why_fixed(order, one, at), one.is_live and one.ticket.admits and order.is_valid)
        for one in tickets
    ]


def _is_exchanged(guest: Attendee) -> bool:
    return guest.ended_by is not None and guest.ended_by.kind == Amendment.Kind.EXCHANGE


def _nothing(request: HttpRequest) -> HttpResponse:
    """One answer for a link that is wrong, was replaced, or whose order is over."""
    try:
        limits.spend([Share(WRONG, "claim", network(request))])
    except TooManyTries as refusal:
        page = render(request, "claims/nothing.html", {"refusal": refusal}, status=refusal.status)
        return _until_again(page, refusal)
    return render(request, "claims/nothing.html", {"title": _("This link shows no tickets")}, status=404)


def _until_again(page: HttpResponse, refusal: DomainError | None) -> HttpResponse:
    if isinstance(refusal, TooManyTries):
        page["Retry-After"] = str(refusal.seconds)
    return page
