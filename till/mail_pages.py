"""Where a guest's tickets are mailed from: opened from the done panel, and from the order's page later."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from base.errors import DomainError, TooManyTries
from base.identifiers import parse_id
from outbox import mailing
from till.forms import MailForm
from till.mailing import mail_tickets, mailed
from till.order_pages import IDS, render_part
from till.pages import till_at, till_event, till_order, till_url


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: UserRequest, event: str, identifier: str) -> HttpResponse:
    """Ask for the address, and send; `?mail=` is one that was sent, and the page says what became of it."""
    event_there = till_event(request, event)
    till = till_at(request, event_there)
    order = till_order(event_there, identifier)
    form = MailForm(request.POST or None, auto_id=IDS, initial={"reads": event_there.paper_language})
    status, wait = 200, 0
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        try:
            sent = mail_tickets(
                order, by=request.user, till_id=till.pk if till else None, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error(None, [forms.ValidationError(problem.detail) for problem in refusal.problems])
            status = refusal.status
            wait = refusal.seconds if isinstance(refusal, TooManyTries) else 0
        else:
            url = till_url("till-mail", event_there, till, order.identifier)
            return redirect(f"{url}{'&' if till else '?'}mail={sent.pk}")
    context = {
        "event": event_there,
        "till": till,
        "order": order,
        "form": form,
        "sends_mail": mailing.is_set_up(),
        "sent": mailed(order, parse_id(request.GET.get("mail"))),
    }
    answer = render_part(request, "till/mail.html", context, status)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer
