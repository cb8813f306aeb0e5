"""An invitation by mail: the same link as is shown, once, and again for who has never come."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from base.errors import TooManyTries
from base.tests.client import document, relation
from events import invitations
from events.models import Event, Invitation, Member
from events.tests.factories import EventFactory, MemberFactory
from outbox import mailing
from outbox.kinds import Refused
from outbox.models import Message
from outbox.tests.post_office import deliver, mails

pytestmark = pytest.mark.django_db
LIST = "/admin/events/invitation/"
SITE = "https://box.example.org"
LINK = re.compile(r"https?://\S+/join/[\w-]+")


@pytest.fixture(autouse=True)
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


def invite(event, by, email="ana@example.com"):
    return invitations.invite(event=event, email=email, role="cashier", by=by, site=SITE)


def renew(page, *chosen):
    form = {"action": "renew", "_selected_action": [one.pk for one in chosen]}
    return page.post(LIST, form, follow=True).content.decode()


def test_organizer_s_link_is_shown_and_mailed(page, event, organizer):
    shown = page.post(f"{LIST}add/", {"event": event.pk, "email": "Ana@Example.com", "role": "cashier"})
    (sent,) = deliver()
    assert sent.to == ["ana@example.com"]
    assert sent.reply_to == [organizer.email]
    assert "cashier" in sent.body
    assert LINK.search(sent.body)[0] in shown.content.decode()
    assert "on its way by mail" in shown.content.decode()


def test_who_has_the_mail_joins(event, organizer, client):
    invite(event, organizer)
    (link,) = LINK.findall(deliver()[0].body)
    client.get(link.removeprefix(SITE))
    client.post(
        "/join/",
        {
            "how": "register",
            "email": "ana@example.com",
            "name": "Ana",
            "password1": "nine wet horses",
            "password2": "nine wet horses",
        },
    )
    assert Member.objects.get(user__email="ana@example.com").role == "cashier"


def test_by_token_it_is_mailed_as_well(api, event, organizer):
    sent = document(
        "invitation", None, {"event": relation("event", event.pk)}, email="x@example.com", role="cashier"
    )
    answer = api(organizer).post("/v1/invitations", sent)
    assert LINK.search(deliver()[0].body)[0] == answer.json()["meta"]["link"]


def test_token_is_in_no_table(event, organizer):
    _invitation, token = invite(event, organizer)
    deliver()
    assert token in mail.outbox[0].body
    assert token not in str([*Message.objects.values(), *Invitation.objects.values()])


def test_renewed_it_is_sent_again_and_the_first_link_is_void(page, event, organizer):
    invitation, _token = invite(event, organizer)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=9))
    assert "on its way by mail" in renew(page, invitation)
    first, second = mails()
    with pytest.raises(Refused, match="renewed"):
        mailing.send(first)
    mailing.send(second)
    (sent,) = mail.outbox
    assert Client().get(LINK.search(sent.body)[0].partition("testserver")[2]).status_code == 302


@pytest.mark.parametrize("ends", ["withdrawn", "redeemed", "too old", "inviter gone"])
def test_what_is_over_is_not_sent(event, organizer, member, ends):
    invitation, _token = invite(event, organizer)
    match ends:
        case "withdrawn":
            invitations.withdraw(invitation)
        case "redeemed":
            invitation.redeemed_at = timezone.now()
            invitation.save()
        case "too old":
            Invitation.objects.update(expires_at=timezone.now())
        case "inviter gone":
            Member.objects.filter(user=organizer).delete()
    with pytest.raises(Refused):
        mailing.send(mails()[0])
    assert mail.outbox == []


def test_one_invitation_is_sent_five_times_in_a_row(page, event, organizer):
    invitation, _token = invite(event, organizer)
    for _ in range(4):
        assert "on its way" in renew(page, invitation)
    digest = Invitation.objects.get().digest
    assert "Try again in" in renew(page, invitation)
    assert Invitation.objects.get().digest == digest
    assert len(mails()) == 5


def test_address_that_is_invited_anew_instead_of_renewed_rests_too(event, organizer):
    for _ in range(5):
        invitations.withdraw(invite(event, organizer)[0])
    with pytest.raises(TooManyTries):
        invite(event, organizer)
    assert invite(event, organizer, "bo@example.com")
    assert invite(EventFactory(), organizer)
    assert len(mails()) == 7


def test_an_event_s_invitations_count_as_its_mail(event, organizer, settings):
    settings.MAILS_A_DAY_PER_EVENT = 1
    invite(event, organizer)
    with pytest.raises(TooManyTries):
        invite(event, organizer, "b@example.com")
    assert Invitation.objects.count() == 1


def test_an_account_s_invitations_count_over_all_its_events(event, organizer, settings):
    settings.MAILS_AN_HOUR_PER_ACCOUNT = 2
    first, _token = invite(event, organizer)
    invite(EventFactory(), organizer)
    with pytest.raises(TooManyTries):
        invite(EventFactory(), organizer, "b@example.com")
    with pytest.raises(TooManyTries):
        invitations.renew(first, by=organizer, site="https://box.example.org")
    assert invitations.renew(first, by=None, site="https://box.example.org")


def test_of_a_rehearsal_it_says_so(event, organizer):
    QuerySet(Event).update(is_test=True)  # as nobody can
    event.refresh_from_db()
    invite(event, organizer)
    (sent,) = deliver()
    assert sent.subject.startswith("TEST: ")
    assert sent.body.startswith("This is a test")


def test_without_mail_the_page_says_that_nothing_is_sent(page, event, settings):
    settings.SENDS_MAIL = False
    shown = page.post(f"{LIST}add/", {"event": event.pk, "email": "ana@example.com", "role": "cashier"})
    assert "This installation sends no mail" in shown.content.decode()
    assert not Message.objects.exists()


def test_names_with_lines_add_no_header(event, organizer):
    event.name = "Gala\r\nBcc: all@example.com"
    event.save()
    organizer.name = "Ana\nX: y"
    organizer.save()
    invite(event, organizer)
    (sent,) = deliver()
    assert "\n" not in sent.subject
    assert sent.message()["Bcc"] is None


class TestDeliveries:
    """The list of what was sent, in the admin."""

    URL = "/admin/outbox/message/"

    def test_organizer_sees_to_whom_and_what_came_of_it(self, page, event, organizer):
        invite(event, organizer)
        message = mails()[0]
        message.state, message.ended_at = "given-up", timezone.now()
        message.log = [{"at": "2026-01-01T00:00:00Z", "answer": "550 No such user", "ms": 3}]
        message.save()
        shown = page.get(self.URL).content.decode()
        assert "ana@example.com" in shown
        assert "mail: invitation" in shown
        assert "550 No such user" in shown
        assert "ana@example.com" in page.get(f"{self.URL}{message.pk}/change/").content.decode()

    @pytest.mark.parametrize("role", ["cashier", "registrar"])
    def test_others_see_none(self, client, event, organizer, member, role):
        invite(event, organizer)
        client.force_login(member(role))
        assert client.get(self.URL).status_code == 403
        assert client.get(f"{self.URL}{mails()[0].pk}/change/").status_code in (302, 403)

    def test_organizer_of_another_event_neither_sees_nor_sends(self, client, event, organizer):
        invite(event, organizer)
        deliver()
        client.force_login(MemberFactory(role="organizer").user)
        assert "ana@example.com" not in client.get(self.URL).content.decode()
        client.post(self.URL, {"action": "send_again", "_selected_action": [mails()[0].pk]})
        assert mails()[0].state == "done"

    def test_organizer_has_it_sent_again_under_the_same_id(self, page, event, organizer):
        invite(event, organizer)
        deliver()
        page.post(self.URL, {"action": "send_again", "_selected_action": [mails()[0].pk]})
        assert mails()[0].state == "waiting"
        first, second = deliver()
        assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]

    def test_a_password_s_mail_is_no_organizer_s(self, page, organizer):
        page.post("/forgot/", {"email": organizer.email})
        deliver()
        assert organizer.email not in re.sub(
            r"(?s)<header.*?</header>", "", page.get(self.URL).content.decode()
        )
