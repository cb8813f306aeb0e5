"""The guest list of an event: who is expected, inside, or has still to pay; and how guests get on it."""

from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authentication import UserRequest
from attendees.models import Attendee
from attendees.search import MOST as MOST_LETTERS
from attendees.search import among
from attendees.standing import Standing, standing_of
from base.errors import DomainError
from base.identifiers import parse_id
from door.admission import check_in
from door.models import CheckIn
from door.scan import Scan
from events.access import event_of_page
from events.models import Act, Event, may
from guests.forms import WAYS, EntryForm, UploadForm
from guests.importing import Guests, faults_of, guests_in, sealed, unsealed, wanted
from limits.stock import left_of
from orders.guest_list import Listed, already_there, put_on_list
from orders.models import Order

PAGE = 100
SHOWN, MOST_FAULTS = 20, 100
COMES = Q(
    order__status__in=[Order.Status.COMPLETED, Order.Status.PENDING],
    cancelled_at__isnull=True,
    ticket__admits=True,
)
UNPAID = Q(order__status=Order.Status.PENDING, cancelled_at__isnull=True)
FILTERS = {
    "": Q(),
    "expected": Q(COMES, entered_at__isnull=True),
    "inside": Q(is_inside=True),
    "to-pay": UNPAID,
}


@never_cache
@login_required
@require_safe
def guests(request: UserRequest, event: str) -> HttpResponse:
    """Who is on the list; with `?q=` who is found, with `?show=` only some of them."""
    return _list_page(request, event_of_page(request, event, Act.READ_GUESTS))


@never_cache
@login_required
@require_POST
def admit(request: UserRequest, event: str, pk: str) -> HttpResponse:
    """Let a guest of the list in, as a door does; or say why not."""
    event_there = event_of_page(request, event, Act.CHECK_IN)
    guest = get_object_or_404(_listed(event_there), pk=parse_id(pk))
    try:
        nonce = uuid5(UUID(request.POST.get("nonce", "")), str(guest.pk))
    except ValueError:
        raise Http404 from None
    try:
        seen = check_in(Scan(event=event_there, attendee_id=guest.pk, nonce=nonce), by=request.user)
    except DomainError as refusal:
        return _list_page(request, event_there, status=refusal.status, refused=str(refusal))
    if not seen.is_let_through:
        return _list_page(request, event_there, status=409, seen=seen)
    return redirect(f"{reverse('guests', args=[event_there.identifier])}?{request.GET.urlencode()}")


def _listed(event: Event) -> QuerySet[Attendee]:
    """The guests on the event's list, by name."""
    guests = Attendee.objects.filter(ticket__event=event, order__list_key__isnull=False)
    return guests.select_related("order", "ticket").order_by("lastname", "firstname", "pk")


def _list_page(
    request: UserRequest,
    event: Event,
    *,
    status: int = 200,
    seen: CheckIn | None = None,
    refused: str = "",
) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:MOST_LETTERS]
    show = request.GET.get("show", "")
    everybody = _listed(event)
    masked = not may(event.role, Act.READ_SALES)
    found = among(everybody, [event.pk], query, masked=masked) if query else everybody
    page = Paginator(found.filter(FILTERS.get(show, Q())), PAGE).get_page(request.GET.get("page"))
    context = {
        "event": event,
        "query": query,
        "show": show if show in FILTERS else "",
        "page": page,
        "rows": [(guest, _standing(guest)) for guest in page],
        "numbers": _numbers(everybody),
        "filters": [
            ("", _("All")),
            ("expected", _("Expected")),
            ("inside", _("Inside")),
            ("to-pay", _("To pay")),
        ],
        "nonce": uuid4(),
        "seen": seen,
        "refused": refused,
        "sells": may(event.role, Act.SELL),
        "manages": may(event.role, Act.MANAGE),
    }
    return render(request, "guests/list.html", context, status=status)


def _standing(guest: Attendee) -> Standing:
    order = guest.order
    return standing_of(None if order is None else order.status, cancelled=not guest.is_live)


def _numbers(guests: QuerySet[Attendee]) -> dict[str, Any]:
    return guests.order_by().aggregate(
        all=Count("pk", filter=COMES),
        expected=Count("pk", filter=FILTERS["expected"]),
        inside=Count("pk", filter=FILTERS["inside"]),
        unpaid=Count("pk", filter=UNPAID),
    )


# --- put on the list ------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: UserRequest, event: str) -> HttpResponse:
    """Put one guest on the list."""
    event_there = event_of_page(request, event, Act.MANAGE)
    form = EntryForm(request.POST or None, event=event_there)
    status, listed = 422 if form.is_bound else 200, None
    if form.is_valid():
        try:
            listed = put_on_list(event_there, [form.entry()], by=request.user)
        except DomainError as refusal:
            for problem in refusal.problems:
                name = str(problem.path[-1]) if problem.path else ""
                where = name if name in form.fields else None
                form.add_error(where, forms.ValidationError(problem.detail))
            status = refusal.status
        else:
            status, form = 200, EntryForm(initial={**form.cleaned_data, **_BLANK}, event=event_there)
    context = {"event": event_there, "form": form, "listed": listed}
    return render(request, "guests/add.html", context, status=status)


_BLANK = {"firstname": "", "lastname": "", "email": "", "reference": ""}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: UserRequest, event: str) -> HttpResponse:
    """Choose a file, look at what was understood of it, and put all its guests on the list."""
    event_there = event_of_page(request, event, Act.MANAGE)
    if "sealed" in request.POST:
        return _confirm(request, event_there)
    form = UploadForm(request.POST or None, request.FILES or None, event=event_there)
    if not form.is_valid():
        return _upload_page(request, event_there, form, 422 if form.is_bound else 200)
    found = guests_in(form.cleaned_data["file"].read(), event_there, form.defaults())
    if found.faults:
        return _preview(request, event_there, found, 422)
    try:
        text = sealed(found, event=event_there, user=request.user)
    except DomainError as refusal:
        form.add_error("file", refusal.problems[0].detail)
        return _upload_page(request, event_there, form, 422)
    return _preview(request, event_there, found, 200, text)


def _upload_page(request: UserRequest, event: Event, form: UploadForm, status: int) -> HttpResponse:
    return render(request, "guests/import.html", {"event": event, "form": form}, status=status)


def _confirm(request: UserRequest, event: Event) -> HttpResponse:
    text = request.POST["sealed"]
    try:
        found = unsealed(text, event=event, user=request.user)
    except DomainError as refusal:
        form = UploadForm(event=event)
        context = {"event": event, "form": form, "refused": refusal.problems[0].detail}
        return render(request, "guests/import.html", context, status=422)
    try:
        listed = put_on_list(event, found.entries, by=request.user)
    except DomainError as refusal:
        faults = faults_of(refusal, found.lines)
        return _preview(request, event, Guests(found.entries, found.lines, faults), refusal.status, text)
    return render(request, "guests/imported.html", {"event": event, **_outcome(listed)})


def _outcome(listed: Listed) -> dict[str, Any]:
    gone = [order for order in listed.already if not order.is_unpaid and not order.is_valid]
    return {"number": len(listed.guests), "already": len(listed.already), "gone": gone}


def _preview(request: UserRequest, event: Event, found: Guests, status: int, text: str = "") -> HttpResponse:
    there = already_there(event, found.entries)
    new = [entry for entry in found.entries if entry.list_key not in there]
    tickets = {ticket.pk: ticket for ticket in event.tickets.order_by("position", "pk")}
    asked, left = wanted(new), left_of(list(tickets.values()), freed={}, at=timezone.now())
    labels = dict(WAYS)
    faults = list(found.faults)
    context = {
        "event": event,
        "rows": [
            {
                "line": line,
                "entry": entry,
                "ticket": tickets.get(entry.ticket_id),
                "way": labels[entry.way.value],
                "there": there.get(entry.list_key),
            }
            for line, entry in zip(found.lines[:SHOWN], found.entries[:SHOWN], strict=True)
        ],
        "more": len(found.entries) - SHOWN,
        "number": len(new),
        "already": len(found.entries) - len(new),
        "stock": [(tickets[pk], number, left[pk]) for pk, number in asked.items() if pk in tickets],
        "ignored": found.ignored,
        "faults": faults[:MOST_FAULTS],
        "more_faults": len(faults) - MOST_FAULTS,
        "sealed": text,
    }
    return render(request, "guests/preview.html", context, status=status)
