"""Organizers say how their event writes mail, look at it, and have a sample sent to themselves."""

import re

import pytest
from django.utils import translation

from audit.models import Change
from events.models import Event
from outbox.models import Message
from outbox.tests.post_office import deliver
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
TYPED = {"mail_reply_to": "desk@example.com", "paragraph_en": "Bus 7\nuntil <two>."}


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


def texts(event):
    return dict(event.paragraphs.values_list("language", "text"))


@pytest.fixture
def url(event):
    return f"/events/{event.identifier}/mail/"


def test_looking_saves_nothing(page, url, event):
    TicketFactory(event=event, name="Early bird")
    shown = page.post(url, {**TYPED, "look": "1"}).content.decode()
    assert "Bus 7<br>until &lt;two&gt;." in shown
    assert "desk@example.com" in shown
    assert "2 × Early bird" in shown
    assert texts(event) == {}


def test_saving_is_kept_and_in_the_trail(page, url, event, organizer):
    assert page.post(url, {**TYPED, "mail_reports": "on"}).status_code == 302
    event.refresh_from_db()
    assert (event.mail_reply_to, event.mail_reports) == ("desk@example.com", True)
    assert texts(event)["en"].splitlines() == ["Bus 7", "until <two>."]
    change = Change.objects.filter(kind__endswith="event").latest("pk")
    assert "mail_reply_to" in change.after


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail_reply_to": "desk"},
        {"mail_reply_to": "a@b.example\r\nBcc: c@d.example"},
        {"paragraph_ar": "x" * 2001},
    ],
)
def test_what_is_wrong_is_refused_beside_it(page, url, event, wrong):
    answer = page.post(url, {**TYPED, **wrong})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert texts(event) == {}


def test_sample_goes_to_whoever_asks(page, url, event, organizer, settings):
    settings.SENDS_MAIL = True
    Event.objects.update(name="Gala")
    event.paragraphs.create(language="en", text="Bus 7")
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
    assert texts(event) == {}


def test_admin_leads_there(page, url, event):
    shown = page.get(f"/admin/events/event/{event.pk}/change/").content.decode()
    assert f'href="{url}"' in shown


class TestLanguages:
    def test_each_is_typed_in_its_own_direction(self, page, url, event):
        event.paragraphs.create(language="ar", text="الحافلة ٧")
        shown = page.get(url).content.decode()
        field = r'<textarea name="paragraph_{}"[^>]* lang="{}" dir="{}"[^>]*>\s*{}</textarea>'
        assert re.search(field.format("ar", "ar", "rtl", "الحافلة ٧"), shown)
        for code in ("en", "de", "fr", "es"):
            assert re.search(field.format(code, code, "ltr", ""), shown)

    def test_each_has_a_preview(self, page, url, event):
        event.paragraphs.create(language="en", text="Bus 7")
        typed = {"paragraph_en": "Bus 8", "paragraph_ar": "الحافلة ٧", "look": "1"}
        shown = page.post(url, typed).content.decode()
        previews = shown.split('<section class="panel sample"')[1:]
        assert [("Bus 8" in one, "الحافلة ٧" in one) for one in previews] == [(True, False), (False, True)]
        assert "Arabic (العربية)" in previews[1]
        assert texts(event) == {"en": "Bus 7"}

    def test_what_is_emptied_is_gone_and_what_stays_is_not_written(self, page, url, event):
        for language in ("en", "de", "ar"):
            event.paragraphs.create(language=language, text=language)
        before = Change.objects.count()
        page.post(url, {"paragraph_en": "en", "paragraph_de": "", "paragraph_ar": "عربي"})
        assert texts(event) == {"en": "en", "ar": "عربي"}
        acts = Change.objects.order_by("pk").values_list("act", "before", "after")[before:]
        assert sorted(acts, key=str) == [
            ("changed", {"text": "ar"}, {"text": "عربي"}),
            ("removed", {"language": "de", "text": "de"}, {}),
        ]

    def test_sample_is_sent_in_the_one_that_was_asked_for(self, page, url, event, settings):
        settings.SENDS_MAIL = True
        for language, text in (("en", "Bus 7"), ("de", "Linie 7")):
            event.paragraphs.create(language=language, text=text)
        for code, text in (("de", "Linie 7"), ("en", "Bus 7"), ("1", "Bus 7"), ("\0", "Bus 7")):
            page.post(url, {"send": code})
            assert text in deliver()[-1].body


class TestWhichIsTaken:
    @pytest.mark.parametrize(
        ("there", "mail", "event_speaks", "taken"),
        [
            ("en de ar", "de", "", "de"),
            ("en de ar", "fr", "de", "de"),
            ("en de ar", "fr", "", "en"),
            ("ar de", "en", "", "de"),
            ("", "de", "", ""),
        ],
    )
    def test_by_mail_then_event_then_site(self, event, there, mail, event_speaks, taken):
        Event.objects.update(language=event_speaks)
        for language in there.split():
            event.paragraphs.create(language=language, text=language)
        with translation.override(mail):
            assert Event.objects.get().mail_text() == taken
