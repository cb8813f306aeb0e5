"""The Z report reaches the organizers when a shift is closed, where their event asks for that."""

from decimal import Decimal

import pytest
from django.db.models import QuerySet

from books.pages import reports
from events.models import Event
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from outbox.models import Message
from outbox.tests.post_office import deliver
from shifts import drawer
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture
def shift(cashier):
    return cashier.shifts.get()


def close(shift, short=0, note=""):
    ticket = TicketFactory(event=shift.till.event, price=20)
    sold_onsite(
        event=shift.till.event,
        lines=[Line(ticket.pk, 2)],
        seller=shift.cashier,
        till_id=shift.till_id,
        payments=[Paid("cash", Decimal(40))],
        status="completed",
    )
    cash = drawer.expected_cash(shift) - short
    drawer.count(shift=shift, cash=cash, card=Decimal(0), by=shift.cashier)
    return drawer.close_shift(shift=shift, by=shift.cashier, note=note)


def test_organizers_get_it_as_words_and_as_csv(sends, shift, organizer, member):
    Event.objects.update(mail_reports=True)
    other = member("organizer")
    gone = member("organizer")
    gone.is_active = False
    gone.save()
    member("registrar")
    closed = close(shift, short=2, note="A coin fell down")
    sent = deliver()
    assert sorted(one.to[0] for one in sent) == sorted([organizer.email, other.email])
    body = sent[0].body
    assert f"Z report {closed.number}" in sent[0].subject
    assert "Sold: 40.00 EUR" in body
    assert "Cash: 40.00 EUR" in body
    assert "Difference: -2.00 EUR" in body
    assert "A coin fell down" in body
    name, content, kind = sent[0].attachments[0]
    assert name.endswith(f"-z-{closed.number}.csv")
    assert kind == "text/csv"
    assert "40.00" in str(content)


def test_whatever_is_renamed_later_it_says_what_was_kept(sends, shift, organizer):
    Event.objects.update(mail_reports=True, name="Gala")
    closed = close(shift)
    Event.objects.update(name="Another")
    assert reports.report(closed).event == "Gala"
    assert "Gala" in deliver()[0].subject


@pytest.mark.parametrize(("asks", "mail"), [(False, True), (True, False)])
def test_without_being_asked_for_or_without_mail_there_is_none(settings, shift, organizer, asks, mail):
    settings.SENDS_MAIL = mail
    Event.objects.update(mail_reports=asks)
    close(shift)
    assert not Message.objects.exists()


def test_who_organizes_when_it_is_sent_gets_it(sends, shift, organizer, member):
    Event.objects.update(mail_reports=True)
    close(shift)
    organizer.memberships.all().delete()
    heir = member("organizer")
    assert [one.to for one in deliver()] == [[heir.email]]


def test_of_a_rehearsal_it_says_so(sends, shift, organizer):
    QuerySet(Event).update(is_test=True, mail_reports=True)  # as nobody can
    close(shift)
    (sent,) = deliver()
    assert sent.subject.startswith("TEST: ")
    assert sent.body.startswith("This is a test")
