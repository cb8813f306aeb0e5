"""A guest's tickets by mail, from the till: one address, one press, no account."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from base.errors import Conflict, Invalid, TooManyTries
from events.models import Event
from orders.amending import Ask
from orders.lifecycle import cancel
from orders.printing import print_paper
from orders.reissue import swap_code, transfer
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox import mailing, queue
from outbox.kinds import Failed, Refused
from outbox.models import Message
from outbox.queue import Outcome
from outbox.tests.post_office import deliver, mails, post_office
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory
from till.mailing import mail_tickets
from till.pages import till_order
from till.pdf import order_pdf

pytestmark = pytest.mark.django_db
TO = "guest@example.com"


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20)


@pytest.fixture
def order(ticket):
    return sold(ticket)


def sold(ticket, status="completed", **fields):
    return sold_onsite(event=ticket.event, lines=[Line(ticket.pk, 2)], status=status, **fields)


def url(order):
    return f"/till/{order.event.identifier}/orders/{order.identifier}/mail/"


@pytest.fixture
def till(client, cashier):
    client.force_login(cashier)
    return client


class TestMail:
    def test_guest_gets_receipt_and_tickets(self, sends, order, cashier):
        Event.objects.update(
            name="Gala\r\nBcc: x@example.com",
            mail_reply_to="desk@example.com",
            issuer_name="House Ltd",
        )
        order.event.paragraphs.create(language="en", text="Bus 7 until <two>.")
        order.event.refresh_from_db()
        other = sold(order.attendees.first().ticket)
        mail_tickets(other, to=TO, by=cashier)
        (sent,) = deliver()
        assert sent.to == [TO]
        assert sent.reply_to == ["desk@example.com"]
        assert sent.subject == "Your tickets: Gala Bcc: x@example.com"
        assert other.identifier in sent.body
        assert "2 × Adult" in sent.body
        assert "Bus 7 until <two>." in sent.body
        assert "House Ltd" in sent.body
        assert "Bus 7 until &lt;two&gt;." in sent.alternatives[0].content
        ((name, content, kind),) = sent.attachments
        assert (name, kind) == (f"{other.identifier}.pdf", "application/pdf")
        assert content.startswith(b"%PDF-")

    @pytest.mark.parametrize("mode", ["cash", "card", "free"])
    def test_however_it_was_paid(self, sends, event, mode, till):
        make = FreeTicketFactory if mode == "free" else TicketFactory
        order = sold(make(event=event), payment_mode="free" if mode == "free" else "onsite")
        answer = till.post(url(order), {"to": TO}, follow=True)
        assert "On its way to g…@example.com" in answer.content.decode()
        assert [sent.to for sent in deliver()] == [[TO]]
        assert "Sent to g…@example.com" in till.get(answer.redirect_chain[-1][0]).content.decode()

    def test_guest_reads_the_language_that_was_said(self, sends, order, till):
        for language, text in (("en", "Bus 7"), ("de", "Buslinie 7")):
            order.event.paragraphs.create(language=language, text=text)
        page = till.get(url(order)).content.decode()
        assert '<option value="en" selected>English</option>' in page
        assert '<option value="de">Deutsch</option>' in page
        till.post(url(order), {"to": TO, "reads": "de"})
        (sent,) = deliver()
        assert sent.subject.startswith("Ihre Tickets")
        assert "Buslinie 7" in sent.body
        assert "Bus 7" not in sent.body
        assert '<p dir="auto">Buslinie 7</p>' in sent.alternatives[0].content
        assert till.post(url(order), {"to": TO, "reads": "eo"}).status_code == 422

    def test_answer_that_repeats_the_address_is_shown_without_it(self, sends, order, till):
        to = "guest@bücher.example"
        page = till.post(url(order), {"to": to})["Location"]
        said = "550 5.1.1 <Guest@xn--bcher-kva.example>: guest@bücher.example, no such user"
        log = [{"at": "2026-01-01T00:00:00Z", "answer": said, "ms": 3}]
        Message.objects.update(state="given-up", ended_at=datetime.now(UTC), log=log)
        shown = till.get(page).content.decode()
        assert "Not sent to g…@bücher.example" in shown
        assert "no such user" in shown
        assert "guest@" not in shown.lower()

    def test_address_is_kept_with_the_mail_alone(self, sends, order, cashier):
        mail_tickets(order, to=TO, by=cashier)
        assert set(Attendee.objects.values_list("email", flat=True)) == {""}

    def test_pdf_is_the_original_until_something_was_printed(self, sends, order, cashier, till):
        for _ in range(2):
            mail_tickets(order, to=TO, by=cashier)
        first, second = (sent.attachments[0][1] for sent in deliver())
        shown = till_order(order.event, order.identifier)
        assert first == order_pdf(shown)
        assert second == order_pdf(shown, is_copy=True)
        page = till.get(url(order).replace("mail/", "print/")).content.decode()
        assert "copy" in page.lower()

    def test_sent_twice_the_pdf_is_the_same(self, sends, order, cashier):
        message = mail_tickets(order, to=TO, by=cashier)
        mailing.send(message)
        mailing.send(message)
        one, other = (sent.attachments[0][1] for sent in mail.outbox)
        assert one == other

    @pytest.mark.parametrize("status", ["pending", "cancelled"])
    def test_order_that_admits_nobody_is_refused(self, sends, ticket, cashier, till, status):
        order = sold(ticket, status="pending")
        if status == "cancelled":
            cancel(order)
        with pytest.raises(Conflict, match="paid and not cancelled"):
            mail_tickets(order, to=TO, by=cashier)
        assert till.post(url(order), {"to": TO}).status_code == 409
        assert mails() == []

    def test_order_that_was_cancelled_meanwhile_is_not_sent(self, sends, order, cashier, organizer):
        message = mail_tickets(order, to=TO, by=cashier)
        cancel(order, desk=Desk(organizer), reason="Changed their mind", money_back=None)
        with pytest.raises(Refused, match="not valid"):
            mailing.send(message)

    @pytest.mark.parametrize("act", [swap_code, partial(transfer, names={"firstname": "Bo"})])
    def test_code_that_somebody_else_got_meanwhile_is_not_sent(self, sends, order, cashier, act):
        before = mail_tickets(order, to=TO, by=cashier)
        act(order, attendee=order.attendees.first().pk, ask=Ask(reason="Passed on"))
        with pytest.raises(Refused, match="code was replaced"):
            mailing.send(before)
        mailing.send(mail_tickets(order, to="bo@example.com", by=cashier))
        assert [sent.to for sent in mail.outbox] == [["bo@example.com"]]

    @pytest.mark.parametrize(
        "to", ["", "guest", "a@example.com, b@example.com", "a@example.com\nBcc: b@c.example"]
    )
    def test_what_is_no_address_is_refused_beside_it(self, sends, order, cashier, till, to):
        assert till.post(url(order), {"to": to}).status_code == 422
        with pytest.raises(Invalid):
            mail_tickets(order, to=to, by=cashier)
        assert mails() == []

    def test_of_a_rehearsal_it_says_so(self, sends, ticket, cashier):
        QuerySet(Event).update(is_test=True)  # as nobody can
        mail_tickets(sold(ticket), to=TO, by=cashier)
        (sent,) = deliver()
        assert sent.subject.startswith("TEST: ")
        assert sent.body.startswith("This is a test")


class TestRefused:
    """What a mail server says to the address."""

    @pytest.fixture
    def office(self, settings):
        with post_office(settings) as office:
            yield office

    def send(self, order, cashier, office, said, failure):
        office.to = [said]
        mail_tickets(order, to=TO, by=cashier)
        with pytest.raises(failure):
            mailing.send(mails()[-1])
        order.refresh_from_db()

    def test_for_good_the_original_is_still_to_be_made(self, office, order, cashier):
        self.send(order, cashier, office, "550 5.1.1 No such user here", Refused)
        assert order.printed_at is None
        assert print_paper(order) is False

    def test_for_now_it_is_that_mail_which_is_tried_again(self, office, order, cashier):
        self.send(order, cashier, office, "451 4.7.1 Greylisted", Failed)
        assert order.printed_at == mails()[-1].created_at
        assert print_paper(order) is True

    def test_after_it_was_accepted_once_it_was_the_original(self, office, order, cashier):
        mail_tickets(order, to=TO, by=cashier)
        (message,) = mails()
        queue.settle(message, Outcome(True, mailing.send(message), 1))
        office.to = ["550 5.1.1 No such user here"]
        with pytest.raises(Refused):
            mailing.send(*mails())
        order.refresh_from_db()
        assert order.printed_at == message.created_at

    def test_what_was_printed_before_stays_the_original(self, office, order, cashier):
        print_paper(order)
        printed_at = order.printed_at
        self.send(order, cashier, office, "550 5.1.1 No such user here", Refused)
        assert order.printed_at == printed_at


class TestWithoutAServer:
    def test_pages_say_so_and_nothing_is_offered(self, order, till, cashier):
        page = till.get(url(order)).content.decode()
        assert "This installation sends no mail" in page
        assert 'name="to"' not in page
        assert "/mail/" not in till.get(url(order).replace("mail/", "")).content.decode()
        assert till.post(url(order), {"to": TO}).status_code == 409
        with pytest.raises(Conflict, match="no mail"):
            mail_tickets(order, to=TO, by=cashier)
        order.refresh_from_db()
        assert order.printed_at is None


class TestLimits:
    def test_a_till_sends_so_many_and_then_one_a_while(self, sends, order, cashier, settings, till):
        settings.MAILS_AN_HOUR_PER_TILL = 3
        at = datetime.now(UTC)
        pk = cashier.shifts.get().till_id
        for _ in range(3):
            mail_tickets(order, to=TO, by=cashier, till_id=pk, at=at)
        with pytest.raises(TooManyTries) as refused:
            mail_tickets(order, to=TO, by=cashier, till_id=pk, at=at)
        assert refused.value.seconds == 1200
        assert mail_tickets(order, to=TO, by=cashier, till_id=pk, at=at + timedelta(minutes=20))
        assert mail_tickets(order, to=TO, by=cashier, till_id=pk + 1, at=at)
        answer = till.post(f"{url(order)}?till={pk}", {"to": TO})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert "Try again in" in answer.content.decode()

    def test_an_event_sends_so_many_a_day(self, sends, order, cashier, settings):
        settings.MAILS_A_DAY_PER_EVENT = 2
        for till in (1, 2):
            mail_tickets(order, to=TO, by=cashier, till_id=till)
        with pytest.raises(TooManyTries):
            mail_tickets(order, to=TO, by=cashier, till_id=3)
        elsewhere = sold(TicketFactory())
        assert mail_tickets(elsewhere, to=TO, by=cashier, till_id=4)

    def test_an_account_sends_so_many_over_all_its_events_and_then_one_a_while(
        self, sends, order, cashier, organizer, settings
    ):
        settings.MAILS_AN_HOUR_PER_ACCOUNT = 2
        elsewhere, at = sold(TicketFactory()), datetime.now(UTC)
        for till, of in enumerate((order, elsewhere), start=1):
            mail_tickets(of, to=TO, by=cashier, till_id=till, at=at)
        with pytest.raises(TooManyTries) as refused:
            mail_tickets(sold(TicketFactory()), to=TO, by=cashier, till_id=3, at=at)
        assert refused.value.seconds == 1800
        assert mail_tickets(order, to=TO, by=organizer, till_id=1, at=at)
        assert mail_tickets(order, to=TO, by=cashier, till_id=1, at=at + timedelta(minutes=30))


class TestWho:
    def test_mail_of_another_order_is_not_told(self, sends, order, ticket, till):
        other = sold(ticket)
        location = till.post(url(other), {"to": TO})["Location"]
        (pk,) = re.findall(r"mail=(\d+)", location)
        assert "g…@example.com" not in till.get(f"{url(order)}?mail={pk}").content.decode()
        assert "g…@example.com" in till.get(f"{url(other)}?mail={pk}").content.decode()

    @pytest.mark.parametrize("mail", ["x", "-1", "9" * 30, "0"])
    def test_odd_numbers_are_none(self, sends, order, till, mail):
        assert till.get(f"{url(order)}?mail={mail}").status_code == 200

    def test_a_sale_costs_no_statement_more(self, sends, ticket):
        sold(ticket)
        with CaptureQueriesContext(connection) as with_mail:
            sold(ticket)
        with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as without:
            patch.setattr("django.conf.settings.SENDS_MAIL", False)
            sold(ticket)
        assert len(with_mail) == len(without)
        assert not Message.objects.exists()
