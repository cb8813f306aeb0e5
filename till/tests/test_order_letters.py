"""What guests are told of their orders: that one was placed, cancelled, or that money went back."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from attendees.tests.factories import DraftFactory
from orders.amending import Ask
from orders.lifecycle import cancel, withdraw
from orders.models import Order
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.reissue import swap_code
from orders.restoring import restore
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from outbox import mailing
from outbox.kinds import Refused
from outbox.models import MAIL, Message
from outbox.tests.post_office import deliver, mails
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory
from till.mailing import mail_tickets

pytestmark = pytest.mark.django_db
TO = "guest@example.com"


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture
def buyer(db):
    return UserFactory(email="buyer@example.com")


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20)


@pytest.fixture
def order(ticket, cashier):
    """Sold at the door, and its tickets mailed."""
    sold = sold_onsite(event=ticket.event, lines=[Line(ticket.pk, 2)], status="completed", seller=cashier)
    mail_tickets(sold, to=TO, by=cashier)
    deliver().clear()
    return sold


def ordered(ticket, buyer):
    attendees = [DraftFactory(ticket=ticket, creator=buyer)]
    mode = "free" if ticket.type == "free" else "onsite"
    return ordered_online(event=ticket.event, attendees=attendees, buyer=buyer, payment_mode=mode)


def pending(ticket, cashier):
    return sold_onsite(event=ticket.event, lines=[Line(ticket.pk, 1)], status="pending", seller=cashier)


def desk(organizer, cashier):
    return Desk(organizer, cashier.shifts.get().till_id)


class TestPlaced:
    def test_free_order_brings_its_tickets(self, sends, event, buyer):
        ordered(FreeTicketFactory(event=event, name="Friend"), buyer)
        (sent,) = deliver()
        assert sent.to == ["buyer@example.com"]
        assert "Friend" in sent.body
        assert "To pay" not in sent.body
        assert sent.attachments[0][0] == f"{Order.objects.get().identifier}.pdf"

    def test_unpaid_order_says_what_to_pay_and_until_when(self, sends, ticket, buyer):
        type(ticket.event).objects.update(pending_minutes=30)
        ticket.event.refresh_from_db()
        ordered(ticket, buyer)
        (sent,) = deliver()
        assert "To pay: 20.00 EUR" in sent.body
        assert "Unless it is paid by" in sent.body
        assert sent.attachments == []

    def test_order_that_was_let_go_meanwhile_is_not_confirmed(self, sends, ticket, buyer):
        withdraw(ordered(ticket, buyer), buyer=buyer)
        (placed,) = mails()
        with pytest.raises(Refused):
            mailing.send(placed)

    def test_it_is_one_statement_and_none_without_mail(self, ticket, buyer, settings):
        def statements():
            with CaptureQueriesContext(connection) as asked:
                ordered(ticket, buyer)
            return len(asked)

        ordered(ticket, buyer)
        without = statements()
        settings.SENDS_MAIL = True
        assert statements() == without + 1


class TestCancelled:
    def test_whom_the_tickets_were_mailed_to_is_told_with_the_money(self, sends, order, organizer, cashier):
        cancel(order, desk=desk(organizer, cashier), reason="Rain")
        (sent,) = deliver()
        assert sent.to == [TO]
        assert f"Order {order.identifier} was cancelled" in sent.body
        assert "Given back: 40.00 EUR" in sent.body
        assert "Rain" not in sent.body

    def test_buyer_is_told(self, sends, ticket, buyer):
        order = ordered(ticket, buyer)
        deliver().clear()
        withdraw(order, buyer=buyer)
        (sent,) = deliver()
        assert sent.to == ["buyer@example.com"]
        assert "Given back" not in sent.body

    def test_walk_in_without_an_address_leaves_nothing_behind(self, sends, ticket, cashier):
        sold = pending(ticket, cashier)
        cancel(sold)
        assert deliver() == []
        assert not Message.objects.exists()

    def test_an_address_is_told_once_however_often_it_was_mailed(self, sends, order, organizer, cashier):
        mail_tickets(order, to=TO, by=cashier)
        mail_tickets(order, to="friend@example.com", by=cashier)
        deliver().clear()
        cancel(order, desk=desk(organizer, cashier), reason="Rain")
        assert sorted(sent.to[0] for sent in deliver()) == ["friend@example.com", TO]

    def test_address_that_never_took_them_is_not_written_to_again(self, sends, order, organizer, cashier):
        mail_tickets(order, to="gsuet@example.com", by=cashier)
        Message.objects.filter(pk=mails()[-1].pk).update(state="given-up", ended_at=timezone.now())
        cancel(order, desk=desk(organizer, cashier), reason="Rain")
        assert [sent.to for sent in deliver()] == [[TO]]

    def test_restored_meanwhile_it_is_not_told(self, sends, ticket, buyer):
        order = ordered(ticket, buyer)
        deliver().clear()
        withdraw(order, buyer=buyer)
        mailing.address(Message.objects.exclude(kind=MAIL).get())
        restore(order, ask=Ask(desk=Desk(), reason="By mistake"))
        with pytest.raises(Refused, match="restored"):
            mailing.send(mails()[-1])

    def test_whose_account_has_ended_is_not_written_to(self, sends, ticket, buyer):
        order = ordered(ticket, buyer)
        deliver().clear()
        User.objects.filter(pk=buyer.pk).update(is_active=False)
        cancel(order)
        assert deliver() == []

    def test_it_is_one_statement(self, ticket, cashier, settings):
        def statements():
            sold = pending(ticket, cashier)
            with CaptureQueriesContext(connection) as asked:
                cancel(sold)
            return len(asked)

        without = statements()
        settings.SENDS_MAIL = True
        assert statements() == without + 1


class TestRestored:
    @pytest.fixture
    def kept(self, sends, order, organizer, cashier):
        """Cancelled, its money kept, and its guest told."""
        cancel(order, desk=desk(organizer, cashier), reason="Rain", money_back=None)
        deliver().clear()
        return order

    def restore(self, order, organizer, cashier):
        deliver().clear()
        restored = restore(order, ask=Ask(desk=desk(organizer, cashier), reason="Sun"))
        return restored, deliver()

    def test_whom_the_tickets_were_mailed_to_gets_them_once_more(self, kept, organizer, cashier):
        order, (sent,) = self.restore(kept, organizer, cashier)
        assert sent.to == [TO]
        assert sent.subject == f"Valid again: {order.event.name}"
        assert f"Order {order.identifier} is valid again" in sent.body
        assert "2 × Adult" in sent.body
        assert sent.attachments[0][0] == f"{order.identifier}.pdf"
        order.refresh_from_db()
        original = mails()[0]
        assert order.printed_at == original.created_at

    def test_it_is_told_in_the_language_that_the_guest_reads(self, sends, order, organizer, cashier):
        mail_tickets(order, to="gast@example.com", by=cashier, reads="de")
        deliver()
        cancel(order, desk=desk(organizer, cashier), reason="Rain", money_back=None)
        _order, sent = self.restore(order, organizer, cashier)
        told = {one.to[0]: one.subject.partition(":")[0] for one in sent}
        assert told == {TO: "Valid again", "gast@example.com": "Wieder gültig"}

    def test_who_got_none_is_not_told(self, sends, ticket, organizer, cashier):
        sold = sold_onsite(event=ticket.event, lines=[Line(ticket.pk, 1)], status="completed", seller=cashier)
        mail_tickets(sold, to="gsuet@example.com", by=cashier)
        Message.objects.update(state="given-up", ended_at=timezone.now())
        cancel(sold, desk=desk(organizer, cashier), reason="Rain", money_back=None)
        _order, sent = self.restore(sold, organizer, cashier)
        assert sent == []

    @pytest.mark.parametrize("mailed_anew", [False, True])
    def test_former_holder_of_a_code_that_was_replaced_gets_no_new_one(
        self, sends, order, organizer, cashier, mailed_anew
    ):
        guest = order.attendees.first()
        swap_code(order, attendee=guest.pk, ask=Ask(desk=desk(organizer, cashier), reason="Lost"))
        if mailed_anew:
            mail_tickets(order, to="new@example.com", by=cashier)
            deliver()
        cancel(order, desk=desk(organizer, cashier), reason="Rain", money_back=None)
        _order, sent = self.restore(order, organizer, cashier)
        assert [one.to for one in sent] == ([["new@example.com"]] if mailed_anew else [])

    def test_order_that_is_to_be_paid_still_brings_no_tickets(self, sends, ticket, buyer):
        order = ordered(ticket, buyer)
        deliver()
        withdraw(order, buyer=buyer)
        deliver().clear()
        restore(order, ask=Ask(desk=Desk(), reason="By mistake"))
        assert deliver() == []

    def test_cancelled_again_meanwhile_it_is_not_told(self, kept, organizer, cashier):
        restored = restore(kept, ask=Ask(desk=desk(organizer, cashier), reason="Sun"))
        mailing.address(Message.objects.exclude(kind=MAIL).get())
        cancel(restored, desk=desk(organizer, cashier), reason="Rain", money_back=None)
        with pytest.raises(Refused, match="not valid"):
            mailing.send(mails()[-1])


class TestMoneyBack:
    def test_refund_says_how_much(self, sends, order, organizer, cashier):
        refund(order, amount=Decimal(5), ask=Ask(desk=desk(organizer, cashier), reason="Late start"))
        (sent,) = deliver()
        assert sent.to == [TO]
        assert "Given back: 5.00 EUR" in sent.body
        assert "cancelled" not in sent.body

    def test_one_ticket_handed_back_says_how_much(self, sends, order, organizer, cashier):
        chosen = [order.attendees.first().pk]
        cancel_attendees(order, attendees=chosen, ask=Ask(desk=desk(organizer, cashier), reason="Ill"))
        (sent,) = deliver()
        assert "Given back: 20.00 EUR" in sent.body
