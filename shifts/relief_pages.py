"""Whether somebody works at the till that a page's address names, and how a colleague is let in there.

Two ways lead to a colleague's drawer: to log in at the till itself, in a browser in which somebody who
works there had opened its page (`vouch`); anywhere else, the PIN or the password of a colleague who works
there, or of an organizer.
"""

from datetime import timedelta
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from accounts.models import User
from base import cookies
from base.identifiers import parse_id
from events.access import event_of_page
from events.models import Act, Event
from shifts import drawer
from shifts.forms import ReliefForm
from shifts.models import Shift, Till

SALT = "onsite-till"
NIGHT = timedelta(hours=16)


class NotAtWork(PermissionDenied):
    """Somebody opened a page of a till of the event at which they do not work."""

    def __init__(self, event: Event, till: Till) -> None:
        super().__init__()
        self.event, self.till = event, till


def till_named(event: Event, named: str) -> Till:
    """The till of that id; 404 if the event has none such."""
    till = get_object_or_404(Till, event=event, pk=parse_id(named))
    till.event = event
    return till


def shift_at(request: UserRequest, till: Till) -> Shift | None:
    """The open shift of the till, at which the user works; None for an organizer where there is none.
    Raises `NotAtWork`.
    """
    shift = till.shifts.open().select_related("cashier").first()
    if drawer.works_at(till.event, shift, request.user):
        return shift
    if shift is None or not _stood_here(request, shift):
        raise NotAtWork(till.event, till)
    drawer.relieve(shift=shift, user=request.user, let_in_by=None)
    return shift


def vouch(response: HttpResponse, shift: Shift | None, user: User) -> HttpResponse:
    """Let the browser remember that somebody has worked at this drawer in it: who logs in there next
    relieves them.
    """
    if shift is not None and drawer.is_recorded(shift, user):
        cookies.keep(response, _cookie(shift), str(shift.pk), salt=SALT, max_age=NIGHT)
    return response


def _stood_here(request: HttpRequest, shift: Shift) -> bool:
    said = request.get_signed_cookie(_cookie(shift), "", salt=SALT, max_age=NIGHT)
    return said == str(shift.pk)


def _cookie(shift: Shift) -> str:
    """One for each event: a browser may stand at tills of several."""
    return cookies.named(f"till-{shift.till.event_id}")


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def relief(request: UserRequest, event: str) -> HttpResponse:
    """Be let in at the till that `?till=` names, by a colleague's PIN or password; then on to `next`."""
    event = event_of_page(request, event, Act.SELL)
    till = till_named(event, request.GET.get("till", ""))
    shift = till.shifts.open().select_related("cashier").first()
    if shift is None:
        return _page(request, till, None, status=200)
    if drawer.works_at(event, shift, request.user):
        return redirect(next_page(request, till))
    form = ReliefForm(request.POST or None, shift=shift, request=request)
    if form.is_valid():
        drawer.relieve(shift=shift, user=request.user, let_in_by=form.colleague)
        return redirect(next_page(request, till))
    return _page(request, till, form, status=422 if form.is_bound else 200)


def not_at_work(request: HttpRequest, refused: NotAtWork) -> HttpResponse:
    """The page instead of one of a till at which the user does not work: 403, with the way to be let in."""
    shift = refused.till.shifts.open().select_related("cashier").first()
    form = ReliefForm(None, shift=shift, request=cast(UserRequest, request)) if shift else None
    return _page(request, refused.till, form, status=403)


def _page(request: HttpRequest, till: Till, form: ReliefForm | None, status: int) -> HttpResponse:
    base = "common/fragment.html" if request.headers.get("X-Fragment") else "common/screen.html"
    refused_page = status == 403 and request.method == "GET"
    on = request.get_full_path() if refused_page else next_page(request, till)
    context = {"event": till.event, "till": till, "form": form, "base": base, "next": on}
    return render(request, "shifts/relief.html", context, status=status)


def next_page(request: HttpRequest, till: Till) -> str:
    """Where to go on: a page of this event's tills."""
    home = reverse("till", args=[till.event.identifier])
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if wanted.startswith(home) and url_has_allowed_host_and_scheme(wanted, None):
        return wanted
    return f"{home}?till={till.pk}"
