"""Mail leaves: at least once, under one Message-ID, and nobody's name or answer breaks it."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import UserFactory
from onsite_project.tests.waiting import soon
from outbox import mailing
from outbox.kinds import Refused
from outbox.mailing import Attachment, Letter
from outbox.models import LETTER, MAIL, MailTopic, Message
from outbox.tests import targets
from outbox.tests.factories import HookFactory, MessageFactory
from outbox.tests.post_office import hanging, html_of, mails, post_office, text_of
from outbox.tests.targets import target
from outbox.tests.test_worker import start, state

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = MailTopic.PASSWORD
HELLO = Letter("Hello", ["One <b>paragraph</b>", "Two\nlines"], link=("Look", "https://box.example.org/x"))


@pytest.fixture
def writer(monkeypatch):
    """`writer(letter)`: what every mail says from then on."""

    def says(letter):
        monkeypatch.setitem(mailing.WRITERS, TOPIC, lambda message: letter)

    says(HELLO)
    return says


@pytest.fixture
def office(settings):
    with post_office(settings) as office:
        yield office


def post(to="guest@example.com", **facts):
    mailing.post(TOPIC, to=to, **facts)
    return mails()[-1]


def due_again(message):
    Message.objects.filter(pk=message.pk).update(next_try_at=datetime.now(UTC))


def answers(message):
    return [tried["answer"] for tried in Message.objects.get(pk=message.pk).log]


class TestPosting:
    def test_without_a_mail_server_nothing_is_written(self, db):
        with CaptureQueriesContext(connection) as asked:
            assert mailing.post(TOPIC, to="guest@example.com") is None
        assert not asked.captured_queries
        assert not Message.objects.exists()

    def test_a_mail_is_one_statement(self, settings):
        settings.SENDS_MAIL = True
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            assert mailing.post(TOPIC, to="guest@example.com")
        assert len(asked.captured_queries) == 1

    def test_what_is_undone_is_not_told(self, settings):
        settings.SENDS_MAIL = True
        with transaction.atomic():
            mailing.post(TOPIC, to="guest@example.com")
            transaction.set_rollback(True)
        assert not Message.objects.exists()


class TestSending:
    def test_mail_arrives_as_text_and_html(self, office, writer, working, settings):
        settings.MAIL_FROM = "Box office <box@example.org>"
        writer(
            Letter(
                HELLO.subject,
                HELLO.paragraphs,
                link=HELLO.link,
                small=["Small print"],
                reply_to="organizer@example.com",
                attachments=[Attachment("a.pdf", b"%PDF-", "application/pdf")],
            )
        )
        message = post()
        with working():
            soon(lambda: state(message) == "done")
        (mail,) = office.mails
        assert mail.envelope == ["guest@example.com"]
        assert mail["To"] == "guest@example.com"
        assert mail["From"] == "Box office <box@example.org>"
        assert mail["Reply-To"] == "organizer@example.com"
        assert mail["Subject"] == "Hello"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"] == message.payload["message-id"]
        assert mail["Message-ID"].endswith("@example.org>")
        written = parsedate_to_datetime(mail["Date"])
        assert abs(written - message.created_at) < timedelta(seconds=1)
        assert "One <b>paragraph</b>" in text_of(mail)
        assert "https://box.example.org/x" in text_of(mail)
        assert "Small print" in text_of(mail)
        assert "One &lt;b&gt;paragraph&lt;/b&gt;" in html_of(mail)
        assert "Two<br>lines" in html_of(mail)
        (attached,) = mail.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("a.pdf", b"%PDF-")
        assert answers(message) == ["accepted"]

    def test_temporary_refusal_is_tried_again_under_the_same_id(self, office, writer, working):
        office.to = ["451 4.7.1 Greylisted", "250 OK"]
        message = post()
        with working():
            soon(lambda: answers(message))
            assert state(message) == "waiting"
            due_again(message)
            soon(lambda: state(message) == "done")
        assert answers(message) == ["451 4.7.1 Greylisted", "accepted"]
        (mail,) = office.mails
        assert mail["Message-ID"] == message.payload["message-id"]

    @pytest.mark.parametrize("at", ["to", "data"])
    def test_refusal_for_good_is_not_tried_again(self, office, writer, working, at):
        setattr(office, at, ["550 5.1.1 No such user here"])
        message = post()
        with working():
            soon(lambda: state(message) == "given-up")
        assert answers(message) == ["550 5.1.1 No such user here"]
        assert office.mails == []

    def test_without_a_connection_it_waits(self, office, writer, working, settings):
        settings.EMAIL_PORT = 1
        message = post()
        with working():
            soon(lambda: answers(message))
        assert state(message) == "waiting"
        assert Message.objects.get().next_try_at > datetime.now(UTC)

    def test_a_server_that_hangs_holds_up_no_webhook(self, settings, writer, working):
        """More mails than threads, each of which takes all of its time."""
        settings.SENDS_MAIL = True
        for _ in range(6):
            post()
        with hanging(settings) as taken, target() as server, working(threads=2):
            soon(lambda: taken)
            hooked = MessageFactory(hook__url=server.url)
            soon(lambda: state(hooked) == "done")
            assert Message.objects.filter(kind=MAIL, leased_until__isnull=False).count() == 1
            soon(lambda: Message.objects.filter(kind=MAIL, tries=1, leased_until=None).exists())
        tried = Message.objects.filter(kind=MAIL, tries__gt=0).order_by("pk").first()
        assert "timed out" in tried.answer

    def test_hooks_that_always_have_something_to_hear_hold_up_no_mail(self, office, writer, working):
        def slow(server, _target):
            time.sleep(0.05)
            server.sendall(targets.OK)

        with target(slow) as server:
            for n in range(4):
                MessageFactory.create_batch(50, hook=HookFactory(url=f"{server.url}?{n}"))
            message = post()
            with working(threads=2) as (worker,):
                soon(lambda: state(message) == "done")
                worker.stop()
        assert Message.objects.filter(hook__isnull=False, state="waiting").count() > 50

    def test_several_workers_send_each_once(self, office, writer, working):
        for n in range(12):
            post(f"guest{n}@example.com")
        with working(workers=3):
            soon(lambda: Message.objects.filter(state="done").count() == 12)
        assert sorted(mail["To"] for mail in office.mails) == sorted(
            f"guest{n}@example.com" for n in range(12)
        )

    def test_what_was_posted_before_the_server_was_taken_away_waits(self, office, writer, working, settings):
        message = post()
        settings.SENDS_MAIL = False
        with working():
            soon(lambda: answers(message))
        assert answers(message) == ["no mail is set up"]
        assert state(message) == "waiting"

    def test_what_is_not_to_be_sent_any_more_is_given_up(self, office, working, monkeypatch):
        def refuses(message):
            raise Refused("cancelled meanwhile")

        monkeypatch.setitem(mailing.WRITERS, TOPIC, refuses)
        message = post()
        with working():
            soon(lambda: state(message) == "given-up")
        assert answers(message) == ["cancelled meanwhile"]


class TestHeaders:
    NASTY = "Hello\r\nBcc: everybody@example.com\r\n\r\nAnother body"

    def test_names_add_no_header(self, office, writer, working):
        writer(Letter(self.NASTY, ["x"], reply_to="o@example.com\nBcc: everybody@example.com"))
        message = post()
        with working():
            soon(lambda: state(message) == "done")
        (mail,) = office.mails
        assert mail["Bcc"] is None
        assert mail["Reply-To"] is None
        assert mail["Subject"] == "Hello Bcc: everybody@example.com Another body"
        assert mail.envelope == ["guest@example.com"]

    @pytest.mark.parametrize(
        "to",
        [
            "guest@example.com\nBcc: everybody@example.com",
            "guest@example.com, everybody@example.com",
            "Guest <guest@example.com>",
            '"a\x01b"@example.com',
            "",
            # What validators of addresses take for letters of the English alphabet, or of a domain.
            "gue\u017ft@example.com",
            "\u212aim@example.com",
            f"guest@{'ü' * 60}.example",
            "guest@\u3002example.com",
            # Header fields would be decoded, and another person written to.
            "=?utf-8?q?boss?=@example.com",
        ],
    )
    def test_what_is_no_address_is_written_to_by_nobody(self, office, writer, working, to):
        assert not mailing.can_be_sent_to(to)
        message = post(to)
        with working():
            soon(lambda: state(message) == "given-up")
        assert office.mails == []

    def test_id_of_a_sender_in_another_script_is_one(self, office, writer, working, settings):
        settings.MAIL_FROM = "Bücher <box@bücher.example>"
        message = post()
        with working():
            soon(lambda: state(message) == "done")
        (mail,) = office.mails
        assert mail["Message-ID"] == message.payload["message-id"]
        assert mail["Message-ID"].endswith("@xn--bcher-kva.example>")

    def test_names_in_any_script_arrive(self, office, writer, working):
        writer(Letter("Straßenfest – 夏祭り", ["مرحبا"]))
        message = post("guest@bücher.example")
        with working():
            soon(lambda: state(message) == "done")
        (mail,) = office.mails
        assert mail["Subject"] == "Straßenfest – 夏祭り"
        assert "مرحبا" in text_of(mail)
        assert mail.envelope == ["guest@xn--bcher-kva.example"]


class TestLetters:
    @pytest.fixture
    def crew(self, monkeypatch, writer):
        monkeypatch.setitem(
            mailing.ADDRESSERS,
            TOPIC,
            lambda letter: User.objects.order_by("pk").values_list("email", "language"),
        )
        return UserFactory.create_batch(3)

    def test_letter_becomes_a_mail_to_each(self, office, crew, working):
        mailing.post(TOPIC, about="this")
        with working():
            soon(lambda: len(office.mails) == 3)
        assert sorted(mail["To"] for mail in office.mails) == sorted(user.email for user in crew)
        assert len({mail["Message-ID"] for mail in office.mails}) == 3
        assert not Message.objects.filter(kind=LETTER).exists()
        assert {message.payload["about"] for message in mails()} == {"this"}

    def test_letter_of_a_newer_version_waits(self, office, working, caplog):
        mailing.post("mail.news")
        with working():
            soon(lambda: answers(Message.objects.get()))
        assert answers(Message.objects.get()) == ["this version cannot address it"]
        assert "Traceback" not in caplog.text

    def test_letter_that_concerns_nobody_is_gone(self, office, working, writer, monkeypatch):
        monkeypatch.setitem(mailing.ADDRESSERS, TOPIC, lambda letter: [])
        mailing.post(TOPIC)
        with working():
            soon(lambda: not Message.objects.exists())

    def test_letter_that_two_workers_have_is_handed_on_once(self, office, crew):
        mailing.post(TOPIC)
        letter = Message.objects.get()
        assert {mailing.address(letter) for _ in range(2)} == {"handed on"}
        assert len(mails()) == 3


@pytest.mark.walk
class TestProcess:
    def test_killed_between_acceptance_and_writing_it_down_it_is_sent_again(self, settings, monkeypatch):
        owner = UserFactory()
        with post_office(settings) as office:
            office.pause = threading.Event()
            message = post(owner.email, site="https://box.example.org")
            monkeypatch.setenv("EMAIL_URL", office.url)
            worker = start()
            try:
                soon(lambda: office.mails)
                worker.kill()
                worker.communicate()
                office.pause.set()
                assert state(message) == "waiting"
                worker = start()
                time.sleep(2)
                assert len(office.mails) == 1  # nobody's yet
                Message.objects.update(leased_until=datetime.now(UTC))
                soon(lambda: state(message) == "done")
            finally:
                worker.kill()
                worker.communicate()
        assert [mail["Message-ID"] for mail in office.mails] == [message.payload["message-id"]] * 2
        assert len({mail["Date"] for mail in office.mails}) == 1
