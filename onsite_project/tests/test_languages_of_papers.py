"""Guests' paper and mail speak the event's language, staff's mail the reader's, a Z that of who signed it."""

from decimal import Decimal

import pytest
from django.utils import translation

from base import languages
from books import spreadsheets
from books.reports import report
from events.models import Event
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from outbox.tests.post_office import deliver
from shifts import drawer
from tickets.tests.factories import TicketFactory
from till.mailing import mail_tickets
from till.pdf import order_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_before():
    with translation.override("en"):
        yield


@pytest.fixture
def german(event):
    """The event, whose guests read German."""
    event.language = "de"
    event.save()
    return event


@pytest.fixture
def order(event, cashier):
    ticket = TicketFactory(event=event, name="Adult", price=Decimal("1234.50"), tax_rate=Decimal("7.5"))
    paid = [Paid("cash", Decimal("1234.50"))]
    till = cashier.shifts.get().till_id
    return sold_onsite(
        event=event,
        lines=[Line(ticket.pk, 1)],
        seller=cashier,
        till_id=till,
        payments=paid,
        status="completed",
    )


@pytest.fixture
def printed(client, cashier, order):
    """The receipt that a cashier prints."""

    def page():
        client.force_login(cashier)
        return client.get(f"/till/{order.event.identifier}/orders/{order.identifier}/print/")

    return page


def test_a_receipt_is_in_the_language_of_the_event_whoever_prints_it(printed, german):
    response = printed()
    page = response.content.decode()
    assert response.headers["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr">' in page
    assert "1.234,50\u00a0€" in page
    assert "7,5 %" in page
    assert "Summe" in page


def test_a_receipt_of_an_event_without_a_language_is_in_that_of_the_site(printed, cashier):
    cashier.language = "de"
    cashier.save()
    page = printed().content.decode()
    assert "1234.50 EUR" in page
    assert '<html lang="en" dir="ltr">' in page


def test_a_pdf_is_in_the_language_that_is_spoken(order):
    with languages.spoken("de"):
        german = order_pdf(order)
    assert german.startswith(b"%PDF-")
    assert len(german) != len(order_pdf(order))


def test_a_pdf_is_written_for_who_reads_from_the_right(order):
    with languages.spoken("ar"):
        assert order_pdf(order).startswith(b"%PDF-")


def test_tickets_are_mailed_in_the_language_of_the_event(settings, german, order, cashier):
    settings.SENDS_MAIL = True
    mail_tickets(order, to="guest@example.com", by=cashier)
    (mail,) = deliver()
    assert mail.subject.startswith("Ihre Tickets: ")
    assert "28. " in mail.body or "Einlass" in mail.body
    assert '<html lang="de" dir="ltr">' in mail.alternatives[0][0]


def closed(cashier):
    shift = cashier.shifts.get()
    drawer.count(shift=shift, cash=drawer.expected_cash(shift), card=Decimal(0), by=cashier)
    return drawer.close_shift(shift=shift, by=cashier)


def test_a_report_is_mailed_to_each_organizer_in_their_language(settings, event, order, cashier, member):
    settings.SENDS_MAIL = True
    Event.objects.update(mail_reports=True)
    for language in ("de", "en"):
        user = member("organizer")
        user.language = language
        user.save()
    closed(cashier)
    subjects = {mail.subject.split(" ")[0]: mail.body for mail in deliver()}
    assert "1.234,50\u00a0€" in subjects["Z-Bericht"]
    assert "1234.50 EUR" in subjects["Z"]


def test_a_z_stays_in_the_language_in_which_it_was_signed(client, event, order, cashier):
    with languages.spoken("de"):
        shift = closed(cashier)
    client.force_login(cashier)
    response = client.get(
        f"/till/{event.identifier}/shifts/{shift.pk}/report/", headers={"Accept-Language": "en"}
    )
    assert response.headers["Content-Language"] == "de"
    assert "1.234,50" in response.content.decode()
    table = spreadsheets.of_report(report(shift))
    assert table[0] == ("Abschnitt", "Posten", "Einzelheit", "Anzahl", "Betrag")
    # For programs a sum is the same in every language.
    assert b"1234.50" in spreadsheets.written(table)


class TestTableOfARehearsalsZ:
    @pytest.fixture
    def event(self):
        return EventFactory(is_test=True)

    def test_is_all_in_the_language_in_which_it_was_signed(self, client, event, order, cashier):
        with languages.spoken("es"):
            shift = closed(cashier)
        client.force_login(cashier)
        response = client.get(
            f"/till/{event.identifier}/shifts/{shift.pk}/report.csv", headers={"Accept-Language": "fr"}
        )
        assert response.headers["Content-Language"] == "es"
        heading, test, *_facts = response.content.decode("utf-8-sig").splitlines()
        assert heading.startswith("sección;")
        assert test.startswith("PRUEBA;")


def test_a_z_of_before_there_were_languages_was_signed_in_english(order, cashier):
    with languages.spoken("de"):
        shift = closed(cashier)
        shift.closed_report.data.pop("language")
        assert report(shift).language == "en"


def test_a_tablet_is_shown_sums_in_its_language_and_sent_them_for_programs(client, event, order, cashier):
    cashier.language = "de"
    cashier.save()
    client.force_login(cashier)
    page = client.get(f"/till/{event.identifier}/?till={cashier.shifts.get().till_id}").content.decode()
    assert '"sign": "\\u20ac"' in page
    assert '"price": "1234.50"' in page
    assert "1.234,50\u00a0€" in page  # on the form without scripts
    assert 'value="1234.50"' in page


def test_who_gets_a_mail_in_no_language_of_ours_gets_it_in_that_of_the_site(settings, order, cashier):
    settings.SENDS_MAIL = True
    order.event.language = "nl"
    mail_tickets(order, to="guest@example.com", by=cashier)
    (mail,) = deliver()
    assert mail.subject.startswith("Your tickets: ")
