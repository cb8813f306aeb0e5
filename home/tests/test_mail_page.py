"""Organizers say how their event writes mail, look at it, and have a sample sent to themselves."""

import pytest

from audit.models import Change
from events.models import Event
from outbox.models import Message
from outbox.tests.post_office import deliver
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
TYPED = {"mail_reply_to": "desk@example.com", "mail_paragraph": "Bus 7\nuntil <two>."}


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


@pytest.fixture
def url(event):
    return f"/events/{event.identifier}/mail/"


def test_looking_saves_nothing(page, url, event):
    TicketFactory(event=event, name="Early bird")
    shown = page.post(url, {**TYPED, "look": "1"}).content.decode()
    assert "Bus 7<br>until &lt;two&gt;." in shown
    assert "desk@example.com" in shown
    assert "2 × Early bird" in shown
    event.refresh_from_db()
    assert event.mail_paragraph == ""


def test_saving_is_kept_and_in_the_trail(page, url, event, organizer):
    assert page.post(url, {**TYPED, "mail_reports": "on"}).status_code == 302
    event.refresh_from_db()
    assert (event.mail_reply_to, event.mail_reports) == ("desk@example.com", True)
    assert event.mail_paragraph.splitlines() == ["Bus 7", "until <two>."]
    change = Change.objects.filter(kind__endswith="event").latest("pk")
    assert "mail_reply_to" in change.after


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail_reply_to": "desk"},
        {"mail_reply_to": "a@b.example\r\nBcc: c@d.example"},
        {"mail_paragraph": "x" * 2001},
    ],
)
def test_what_is_wrong_is_refused_beside_it(page, url, event, wrong):
    answer = page.post(url, {**TYPED, **wrong})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    event.refresh_from_db()
    assert event.mail_paragraph == ""


def test_sample_goes_to_whoever_asks(page, url, event, organizer, settings):
    settings.SENDS_MAIL = True
    Event.objects.update(mail_paragraph="Bus 7", name="Gala")
    answer = page.post(url, {"send": "1"}, follow=True)
    assert organizer.email in answer.content.decode()
    (sent,) = deliver()
    assert sent.to == [organizer.email]
    assert sent.subject == "Your tickets: Gala"
    assert "Bus 7" in sent.body


def test_samples_count_as_the_event_s_mail(page, url, settings):
    settings.SENDS_MAIL, settings.MAILS_A_DAY_PER_EVENT = True, 1
    page.post(url, {"send": "1"})
    assert "Try again in" in page.post(url, {"send": "1"}, follow=True).content.decode()
    assert Message.objects.count() == 1


def test_without_mail_the_page_says_so(page, url):
    assert "sends no mail" in page.get(url).content.decode()
    page.post(url, {"send": "1"})
    assert not Message.objects.exists()


@pytest.mark.parametrize("role", ["cashier", "registrar"])
def test_others_neither_look_nor_change(client, url, event, member, role):
    client.force_login(member(role))
    assert client.get(url).status_code == 403
    assert client.post(url, TYPED).status_code == 403
    event.refresh_from_db()
    assert event.mail_paragraph == ""


def test_admin_leads_there(page, url, event):
    shown = page.get(f"/admin/events/event/{event.pk}/change/").content.decode()
    assert f'href="{url}"' in shown
