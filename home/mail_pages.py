"""The page on which organizers say how their event writes mail, and see what guests would get."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.authentication import UserRequest
from base import languages
from base.errors import TooManyTries
from events import planning
from events.access import event_of_page
from events.forms import MailForm
from events.letters import shares_of
from events.models import Act, Event
from outbox import mailing
from outbox.mailing import Letter
from outbox.models import MailTopic
from till.order_letters import sample


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: UserRequest, event: str) -> HttpResponse:
    """What is typed is shown as a guest would read it (POST of `look`), or kept; kept mail is sent to oneself
    (POST of `send`).
    """
    found = event_of_page(request, event, Act.MANAGE)
    if "send" in request.POST:
        return _sent(request, found)
    form = MailForm(request.POST or None, instance=found)
    if not form.is_bound or not form.is_valid():
        return _page(request, found, form, 422 if form.is_bound else 200)
    if "look" in request.POST:
        texts = found.mail_texts | form.changed_texts
        found.mail_texts = {code: text for code, text in texts.items() if text}
        return _page(request, found, form)
    planning.change_mail(found, texts=form.changed_texts, **form.changed_fields)
    messages.success(request, _("Saved."))
    return redirect("event-mail", found.identifier)


def _sent(request: UserRequest, event: Event) -> HttpResponse:
    """A sample to whoever asks."""
    try:
        limits.spend(shares_of(event.pk, request.user))
    except TooManyTries as refusal:
        messages.error(request, str(refusal))
    else:
        to = request.user.email
        language = request.POST["send"] if request.POST["send"] in dict(languages.offered()) else ""
        language = language or event.paper_language
        if mailing.post(MailTopic.SAMPLE, to=to, event_id=event.pk, language=language, event=event.pk):
            messages.success(request, _("A sample is on its way to %s.") % to)
    return redirect("event-mail", event.identifier)


def _page(request: UserRequest, event: Event, form: MailForm, status: int = 200) -> HttpResponse:
    """With the mail as the event, and what is typed of it, has it: once for each language of a paragraph."""
    context = {
        "event": event,
        "form": form,
        "letters": [(code, name, _written(event, code)) for code, name in _languages(event)],
        "sends_mail": mailing.is_set_up(),
    }
    return render(request, "home/mail.html", context, status=status)


def _languages(event: Event) -> list[tuple[str, str]]:
    return event.mail_languages or [(event.paper_language, "")]


def _written(event: Event, language: str) -> Letter:
    with languages.spoken(language):
        return sample(event)
