"""A password that was forgotten: a link by mail to its owner, and no word of that to anybody else."""

import re
from datetime import timedelta

import pytest
from django.core import checks, mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import ApiToken, User
from accounts.tests.factories import PASSWORD, UserFactory
from outbox import mailing, queue
from outbox.kinds import Refused
from outbox.models import LETTER, MailTopic, Message
from outbox.tests.post_office import deliver

pytestmark = pytest.mark.django_db
BETTER = "nine wet horses"
LINK = re.compile(r"http://testserver(/set-password/\S+)")


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture
def user(db):
    return UserFactory()


def ask(email, client=None):
    return (client or Client()).post("/forgot/", {"email": email})


def link_of(sent):
    return LINK.search(sent.body)[1]


def test_owner_sets_another_password_and_is_logged_in(sends, user):
    elsewhere = Client()
    elsewhere.force_login(user)
    ApiToken.objects.create(user=user)
    ask(user.email.upper())
    (sent,) = deliver()
    assert sent.to == [user.email]
    browser = Client()
    assert browser.get(link_of(sent)).status_code == 200
    browser.post(link_of(sent), {"new_password1": BETTER, "new_password2": BETTER})
    user.refresh_from_db()
    assert user.check_password(BETTER)
    assert browser.get("/pin/").status_code == 200
    assert elsewhere.get("/pin/").status_code == 302
    assert not ApiToken.objects.exists()
    assert "too old" in Client().get(link_of(sent)).content.decode()


def test_answer_is_the_same_without_an_account(sends, user):
    def told(email):
        with CaptureQueriesContext(connection) as asked:
            page = ask(email).content.decode()
        return re.sub(r'value="\w{64}"', "", page), len(asked.captured_queries)

    ask("first@example.com")  # makes the network's row
    assert told(user.email) == told("nobody@example.com")
    assert len(deliver()) == 1


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_device": True}])
def test_who_may_not_log_in_gets_nothing(sends, user, fields):
    User.objects.filter(pk=user.pk).update(**fields)
    assert ask(user.email).status_code == 200
    assert deliver() == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_device": True}])
def test_link_of_who_may_not_log_in_any_more_sets_nothing(sends, user, fields):
    ask(user.email)
    link = link_of(deliver()[0])
    User.objects.filter(pk=user.pk).update(**fields)
    assert "new_password1" not in Client().get(link).content.decode()
    Client().post(link, {"new_password1": BETTER, "new_password2": BETTER})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("hosts", "mail", "told"),
    [(["*"], True, ["onsite.W002"]), (["*"], False, []), (["box.example.org"], True, [])],
)
def test_whoever_serves_it_is_told_that_links_may_lead_to_somebody_else(settings, hosts, mail, told):
    settings.ALLOWED_HOSTS, settings.SENDS_MAIL = hosts, mail
    found = [
        problem.id for problem in checks.run_checks() if problem.id and problem.id.startswith("onsite.W")
    ]
    assert found == told


def test_link_leads_to_no_host_that_is_not_ours(sends, user):
    answer = Client().post("/forgot/", {"email": user.email}, headers={"Host": "evil.example.com"})
    assert answer.status_code == 400
    assert deliver() == []


def test_who_waits_for_a_password_waits_for_no_other_mail(sends, user, event):
    for _ in range(3):
        mailing.post(MailTopic.SAMPLE, to="guest@example.com", event_id=event.pk, event=event.pk)
    ask(user.email)
    mailing.address(Message.objects.get(kind=LETTER))
    (taken,) = queue.take(10, timezone.now())
    assert taken.topic == MailTopic.PASSWORD


def test_without_mail_the_page_says_so(user):
    assert "sends no mail" in Client().get("/forgot/").content.decode()
    assert "sends no mail" in ask(user.email).content.decode()
    assert not Message.objects.exists()


def test_link_is_in_no_table_before_and_after_it_is_sent(sends, user):
    ask(user.email)
    before = str(list(Message.objects.values()))
    token = link_of(deliver()[0]).split("/")[3]
    assert token not in before
    assert token not in str(list(Message.objects.values()))


def test_link_works_for_an_hour(sends, user, monkeypatch):
    ask(user.email)
    link = link_of(deliver()[0])
    now = timezone.now().replace(tzinfo=None)
    clock = "django.contrib.auth.tokens.PasswordResetTokenGenerator._now"
    for minutes, works in ((58, True), (62, False)):
        later = now + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, lambda _self, later=later: later)
        page = Client().get(link).content.decode()
        assert ("new_password1" in page) is works


def test_what_was_asked_for_more_than_an_hour_ago_is_not_sent(sends, user):
    ask(user.email)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Refused, match="too late"):
        deliver()
    assert mail.outbox == []


def test_one_address_is_written_to_three_times_and_then_rests(sends, user):
    answers = [ask(user.email).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert ask("somebody.else@example.com").status_code == 200
    assert len(deliver()) == 3


def test_one_network_asks_ten_times_at_once(sends, db):
    answers = [ask(f"guess{n}@example.com") for n in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_second_step_is_asked_for_all_the_same(sends, user):
    second_factor.begin(user)
    TOTPDevice.objects.update(confirmed=True)
    ask(user.email)
    browser = Client()
    browser.post(link_of(deliver()[0]), {"new_password1": BETTER, "new_password2": BETTER})
    assert browser.get("/pin/").status_code == 302


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a@example.com\r\nBcc: b@example.com", "a@b.example, c@d.example"]
)
def test_what_is_no_address_is_refused_beside_it(sends, db, typed):
    answer = ask(typed)
    assert answer.status_code == 422
    assert not Message.objects.exists()


def test_log_in_leads_there(db):
    assert 'href="/forgot/"' in Client().get("/admin/login/").content.decode()


def test_password_stays_until_the_link_is_used(sends, user):
    ask(user.email)
    deliver()
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
