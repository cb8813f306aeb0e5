"""The shift's pages: open, move cash, count, close. Plain forms, without JavaScript.

Nothing here shows a cashier how much cash is expected before the drawer was counted.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import UserRequest
from base.errors import DomainError
from base.identifiers import parse_id
from events.access import event_of_page
from events.models import Act, Event, may
from shifts import drawer
from shifts.desk import Desk
from shifts.forms import CashForm, CloseForm, CountForm, MovementForm, OpenForm
from shifts.models import CashCount, CashMovement, Shift, Till
from shifts.relief_pages import shift_at, till_named

form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _shift(request: UserRequest, event: Event) -> Shift | None:
    """The shift that a page is about: the one that `shift` names, else the open one of the till that
    `till` names (a colleague helps out there), else the user's own open one.

    404 for what the event does not have, 403 for a shift in which the user does not work.
    """
    shifts = Shift.objects.filter(till__event=event).select_related("till__event", "cashier", "closed_by")
    named = request.POST.get("shift") or request.GET.get("shift")
    if named:
        shift = get_object_or_404(shifts, pk=parse_id(named))
        if not drawer.works_at(event, shift, request.user):
            raise PermissionDenied
        return shift
    if "till" in request.GET:
        at_till = shifts.open().filter(till=till_named(event, request.GET["till"])).first()
        return at_till and shift_at(request, at_till.till)
    return shifts.open().filter(cashier=request.user).first()


def _query(request: UserRequest, shift: Shift) -> str:
    """What the addresses of the pages about `shift` end in."""
    at_till = f"&till={shift.till_id}" if "till" in request.GET else ""
    return f"?shift={shift.pk}{at_till}"


def _cash(event: Event) -> dict[str, Any]:
    """What a form for cash needs to know."""
    return {"currency": event.currency, "step": event.cash_rounding}


def _about(request: UserRequest, event: Event, shift: Shift, **context: Any) -> dict[str, Any]:
    """What every page about a shift needs."""
    return {
        "event": event,
        "shift": shift,
        "query": _query(request, shift),
        "organizer": may(event.role, Act.MANAGE),
        **context,
    }


@never_cache
@login_required
@form_methods
def shift(request: UserRequest, event: str) -> HttpResponse:
    """How the user's shift stands; without one, the way to open one."""
    event = event_of_page(request, event, Act.SELL)
    if request.method == "POST":
        return _open(request, event)
    current = _shift(request, event)
    if current is None:
        till = till_named(event, request.GET["till"]) if "till" in request.GET else None
        return _opening(request, event, till=till)
    if not current.is_open:
        return redirect("shift-report", event.identifier, current.pk)
    movements = current.movements.select_related("created_by")
    counted = current.counts.exists()
    context = _about(request, event, current, movements=movements, counted=counted)
    return render(request, "shifts/status.html", context)


def _open(request: UserRequest, event: Event) -> HttpResponse:
    """Open a shift; pressed twice, it is opened once."""
    till = till_named(event, request.POST.get("till", ""))
    form = _open_form(till, request.POST)
    if not form.is_valid():
        return _opening(request, event, till=till, form=form, status=422)
    try:
        note = form.cleaned_data["note"]
        drawer.open_shift(till=till, cashier=request.user, opening_float=form.cash, note=note)
    except DomainError as refusal:
        if not Shift.objects.open().filter(till=till, cashier=request.user).exists():
            problems = form.show(refusal)
            return _opening(request, event, till=till, form=form, problems=problems, status=refusal.status)
    return redirect("shift", event.identifier)


def _open_form(till: Till, typed: QueryDict | None = None) -> OpenForm:
    initial = {"sum": drawer.suggested_float(till)}
    left = drawer.left_in_drawer(till)
    return OpenForm(typed, **_cash(till.event), initial=initial, left=left)


def _opening(
    request: UserRequest,
    event: Event,
    *,
    till: Till | None,
    form: OpenForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The tills to choose from, and the form for the chosen one or the only free one."""
    tills = list(event.tills.order_by("name"))
    in_use = Shift.objects.open().filter(till__event=event).select_related("cashier")
    shifts = {open_shift.till_id: open_shift for open_shift in in_use}
    free = [candidate for candidate in tills if candidate.pk not in shifts]
    if till is None and len(free) == 1:
        till = free[0]
    if till is not None and form is None:
        form = _open_form(till)
    context |= {
        "event": event,
        "till": till,
        "form": form,
        "tills": [(candidate, shifts.get(candidate.pk)) for candidate in tills],
        "organizer": may(event.role, Act.MANAGE),
    }
    return render(request, "shifts/open.html", context, status=status)


@never_cache
@login_required
@form_methods
def movement(request: UserRequest, event: str) -> HttpResponse:
    """Pay cash in or out; then the slip to sign."""
    event = event_of_page(request, event, Act.SELL)
    current = _shift(request, event)
    if current is None:
        return redirect("shift", event.identifier)
    initial = {"direction": request.GET.get("direction")}
    form = MovementForm(request.POST or None, currency=event.currency, initial=initial)
    context, status = _about(request, event, current, form=form), 200
    if form.is_bound and form.is_valid():
        try:
            moved = drawer.move_cash(shift=current, desk=Desk(request.user), **form.movement())
        except DomainError as refusal:
            context["problems"], status = form.show(refusal), refusal.status
        else:
            return redirect("shift-slip", event.identifier, moved.pk)
    elif form.is_bound:
        status = 422
    return render(request, "shifts/movement.html", context, status=status)


@never_cache
@login_required
@require_safe
def slip(request: UserRequest, event: str, pk: str) -> HttpResponse:
    """One movement of cash, to print and sign; for whoever made it and those who see its shift."""
    event = event_of_page(request, event, Act.SELL)
    movements = CashMovement.objects.select_related("shift__till__event", "shift__cashier", "created_by")
    moved = get_object_or_404(movements, shift__till__event=event, pk=parse_id(pk))
    mine = request.user.pk in (moved.created_by_id, moved.shift.cashier_id)
    if not mine and not may(event.role, Act.MANAGE):
        raise PermissionDenied
    context = {"event": event, "shift": moved.shift, "movement": moved, "said": moved.letterhead}
    return render(request, "shifts/slip.html", context)


@never_cache
@login_required
@form_methods
def count(request: UserRequest, event: str) -> HttpResponse:
    """Count blind; then what was expected, and the button to close."""
    event = event_of_page(request, event, Act.SELL)
    current = _shift(request, event)
    if current is None:
        return redirect("shift", event.identifier)
    if request.method == "POST":
        return (_close if "close" in request.POST else _count)(request, event, current)
    if not current.is_open:
        return redirect("shift-report", event.identifier, current.pk)
    if "again" in request.GET or not current.counts.exists():
        return _counting(request, event, current, CountForm(**_cash(event)))
    return _counted(request, event, current, _close_form(current))


def _count(request: UserRequest, event: Event, current: Shift) -> HttpResponse:
    form = CountForm(request.POST, **_cash(event))
    if not form.is_valid():
        return _counting(request, event, current, form, status=422)
    card = form.cleaned_data["card"]
    try:
        drawer.count(shift=current, cash=form.cash, card=card, pieces=form.counted, by=request.user)
    except DomainError as refusal:
        problems = form.show(refusal)
        return _counting(request, event, current, form, status=refusal.status, problems=problems)
    return redirect(reverse("shift-count", args=[event.identifier]) + _query(request, current))


def _close(request: UserRequest, event: Event, current: Shift) -> HttpResponse:
    form = _close_form(current, request.POST)
    if not form.is_valid():
        return _counted(request, event, current, form, status=422)
    try:
        drawer.close_shift(shift=current, by=request.user, **form.terms())
    except DomainError as refusal:
        problems = form.show(refusal)
        return _counted(request, event, current, form, status=refusal.status, problems=problems)
    return redirect("shift-report", event.identifier, current.pk)


def _close_form(current: Shift, typed: QueryDict | None = None) -> CloseForm:
    return CloseForm(typed, currency=current.till.event.currency, counted=current.last_count)


def _counting(
    request: UserRequest, event: Event, current: Shift, form: CashForm, status: int = 200, **context: Any
) -> HttpResponse:
    """The form to count with. Of earlier counts it does not say what was expected."""
    context = _about(request, event, current, form=form, counts=_counts(current), **context)
    return render(request, "shifts/count.html", context, status=status)


def _counted(
    request: UserRequest, event: Event, current: Shift, form: CloseForm, status: int = 200, **context: Any
) -> HttpResponse:
    """What was counted beside what was expected, and the form to close with."""
    counts = _counts(current)
    last = counts[-1] if counts else None
    context = _about(request, event, current, form=form, counts=counts, last=last, **context)
    return render(request, "shifts/close.html", context, status=status)


def _counts(current: Shift) -> list[CashCount]:
    return list(current.counts.select_related("counted_by"))
