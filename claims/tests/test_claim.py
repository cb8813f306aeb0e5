"""The page behind a claim link: what it shows, to whom, and what it never tells."""

import logging
import re

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SpentAllowance
from attendees.models import Attendee
from audit.models import Change
from base.identifiers import LENGTH
from claims.tokens import token_of
from door.admission import check_in
from door.models import CheckIn
from door.scan import Scan
from events.models import Event
from orders.amending import Ask
from orders.exchanges import exchange
from orders.models import Order
from orders.partial import cancel_attendees
from orders.reissue import swap_code
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, base32


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Day <pass>", price=20, quantity=1000)


def sold(ticket, quantity=2, status="completed", guests=(), **terms):
    lines = [Line(ticket.pk, quantity, guests=tuple(guests))]
    return sold_onsite(event=ticket.event, lines=lines, status=status, **terms)


def address(order):
    return f"/c/{token_of(Order.objects.get(pk=order.pk))}/"


def altered(token, by=1):
    """The token with another last letter, whatever it ends in; never the same for a `by` below 32."""
    return token[:-1] + LETTERS[(LETTERS.index(token[-1]) + by) % len(LETTERS)]


def shown(client, order):
    response = client.get(address(order))
    assert response.status_code == 200
    return response.content.decode()


class TestShows:
    @pytest.mark.parametrize("quantity", [1, 50])
    def test_every_ticket_with_its_code_in_as_many_statements(self, client, ticket, quantity):
        order = sold(ticket, quantity)
        with CaptureQueriesContext(connection) as sent:
            page = shown(client, order)
        assert len(sent) == 7  # two of them to know the address
        assert page.count('class="qr"') == quantity
        for attendee in order.attendees.all():
            assert "".join(f"<span>{group}</span>" for group in attendee.code_groups) in page
        assert "Day &lt;pass&gt;" in page
        assert ticket.event.name in page
        assert ticket.event.location_name in page
        assert order.identifier in page

    def test_when_a_guest_came_in(self, client, ticket):
        order = sold(ticket)
        check_in(Scan(event=ticket.event, attendee_id=order.attendees.first().pk), by=None)
        page = shown(client, order)
        assert page.count("Checked in ") == 1
        assert page.count(">Valid<") == 1

    def test_no_code_of_an_order_that_is_to_be_paid(self, client, ticket):
        order = sold(ticket, status="pending")
        page = shown(client, order)
        assert "Pay at the till: 40.00 EUR" in page
        assert order.identifier in page
        assert not any(attendee.code[:4] in page for attendee in order.attendees.all())

    def test_cancelled_ticket_without_its_code(self, client, ticket, organizer):
        order = sold(ticket)
        first, last = order.attendees.order_by("pk")
        ask = Ask(Desk(organizer), reason="ill")
        cancel_attendees(order, attendees=[first.pk], money_back=None, ask=ask)
        page = shown(client, order)
        assert ">Cancelled<" in page
        assert first.code_groups[0] + "</span>" not in page
        assert last.code_groups[0] + "</span>" in page

    def test_exchanged_ticket_as_what_it_is_now(self, client, ticket):
        free = FreeTicketFactory(event=ticket.event, name="Old")
        new = FreeTicketFactory(event=ticket.event, name="New")
        order = sold(free, 1)
        exchange(order, attendees=[order.attendees.get().pk], ticket=new.pk, ask=Ask(reason="x"))
        page = shown(client, order)
        assert "<bdi>New</bdi>" in page
        assert "<bdi>Old</bdi>" not in page

    def test_new_code_behind_the_new_link(self, client, ticket):
        order = sold(ticket, 1)
        before = address(order)
        swap_code(order, attendee=order.attendees.get().pk, ask=Ask(reason="lost"))
        assert client.get(before).status_code == 404
        assert "".join(f"<span>{one}</span>" for one in order.attendees.get().code_groups) in shown(
            client, order
        )

    def test_test_in_words_over_the_large_codes_too(self, client, ticket):
        order = sold(ticket)
        assert "Not valid for entry" not in shown(client, order)
        QuerySet(Event).update(is_test=True)  # as nobody can
        dialog = shown(client, order).partition("<dialog")[2]
        assert "Not valid for entry" in dialog

    def test_what_admits_nobody_without_a_code(self, client, event):
        order = sold(FreeTicketFactory(event=event, name="Programme", admits=False), 1)
        page = shown(client, order)
        assert "Show the receipt" in page
        assert 'class="qr"' not in page

    def test_neither_e_mail_nor_notes_nor_seller(self, client, ticket, cashier):
        type(cashier).objects.filter(pk=cashier.pk).update(name="Seller Sue")
        cashier.refresh_from_db()
        guests = [Guest("Ana", "Silva", "ana@example.com")]
        order = sold(ticket, 1, guests=guests, seller=cashier, status="pending")
        Order.objects.update(order_notes="difficult", company="ACME")
        page = shown(client, order)
        assert "Ana Silva" in page
        for secret in (
            "ana@example.com",
            "Sue",
            cashier.email,
            "difficult",
            "ACME",
            token_of(order)[LENGTH:],
        ):
            assert secret not in page

    @pytest.mark.parametrize(
        "name", ["<script>alert(1)</script>", "שרה כהן", "سارة العلي", '"><img src=x>', "🎭 Zoë"]
    )
    def test_names_as_text_each_in_its_own_direction(self, client, ticket, name):
        page = shown(client, sold(ticket, 1, guests=[Guest(name, "")]))
        assert not re.search(r"<script>alert|<img", page)
        assert page.count("<bdi>") >= 3
        if name.isalnum():
            assert f"<bdi>{name}</bdi>" in page


class TestSpeaks:
    def test_language_that_the_guest_asks_for_also_after_a_name_and_on_paper(self, client, ticket):
        order = sold(ticket, 1)
        there = f"{address(order)}?language=de"
        page = client.get(there, headers={"Accept-Language": "fr"}).content.decode()
        assert '<html lang="de" dir="ltr">' in page
        assert 'href="?language=ar" lang="ar"' in page
        assert 'href="order.pdf?language=de"' in page
        guest = order.attendees.get()
        answer = client.post(there, {"attendee": guest.pk, "firstname": "Ana"})
        assert (answer.status_code, answer["Location"]) == (302, there)
        papers = [client.get(f"{address(order)}order.pdf{asked}").content for asked in ("", "?language=de")]
        assert len(papers[0]) != len(papers[1])

    @pytest.mark.parametrize("asked", ["", "?language=nl", "?language=%00", "?language=../../x"])
    def test_language_of_the_browser_where_none_of_ours_is_asked_for(self, client, ticket, asked):
        page = client.get(f"{address(sold(ticket))}{asked}", headers={"Accept-Language": "fr"})
        assert page["Content-Language"] == "fr"


class TestHides:
    def test_wrong_links_and_orders_that_are_over_alike(self, client, ticket):
        order, gone = sold(ticket), sold(ticket)
        token = token_of(order)
        Order.objects.filter(pk=gone.pk).update(status="cancelled")
        wrong = [f"/c/{altered(token)}/", "/c/x/", address(gone), "/c/%00/"]
        answers = [client.get(one) for one in [*wrong, *(f"{one}order.pdf" for one in wrong)]]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1

    def test_network_that_tries_many_links_but_not_who_has_one(self, client, ticket):
        order = sold(ticket)
        wrong = [f"/c/{altered(token_of(order), by=1 + i)}/" for i in range(23)]
        answers = [client.get(one).status_code for one in wrong]
        assert set(answers) == {404, 429}
        refused = client.get("/c/nothing/")
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert client.get("/c/nothing/", REMOTE_ADDR="192.0.2.7").status_code == 404
        assert client.get(address(order)).status_code == 200

    def test_address_from_referrers_and_search_engines_and_caches(self, client, ticket):
        for answer in (client.get(address(sold(ticket))), client.get("/c/nothing/")):
            assert answer["Referrer-Policy"] == "strict-origin"
            assert answer["X-Robots-Tag"] == "noindex"
            assert "no-store" in answer["Cache-Control"]

    def test_address_from_every_log_and_table(self, client, ticket, caplog, settings):
        order = sold(ticket)
        where, proof = address(order), token_of(order)[LENGTH:]
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "onsite_project.tests.breaking.BreakingMiddleware"]
        with caplog.at_level(logging.DEBUG):
            Client(raise_request_exception=False).get(where)
        assert caplog.records
        settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
        handler = logging.getLogger().handlers[0]
        with caplog.at_level(logging.INFO), CaptureQueriesContext(connection) as sent:
            client.get(where)
            client.get(where.rstrip("/"))
            client.get(where + "more")
            client.put(where)
            client.post(where, {"attendee": order.attendees.first().pk, "firstname": "Bo"})
            Client(enforce_csrf_checks=True).post(where, {"attendee": "1"})
        told = [record.getMessage() for record in caplog.records if handler.filter(record)]
        statements = [query["sql"] for query in sent]
        assert statements
        for text in (
            *told,
            *statements,
            *map(str, Change.objects.values()),
            *map(str, SpentAllowance.objects.values()),
        ):
            assert proof not in text

    def test_other_methods(self, client, ticket):
        where = address(sold(ticket))
        for method in (client.put, client.patch, client.delete):
            assert method(where).status_code == 405
        assert client.post(f"{where}order.pdf").status_code == 405


class TestPaper:
    def test_is_a_copy_and_leaves_the_original_to_the_till(self, client, ticket):
        order = sold(ticket)
        answer = client.get(f"{address(order)}order.pdf")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
        assert Order.objects.get().printed_at is None

    def test_is_made_so_often_an_hour(self, client, ticket):
        where = f"{address(sold(ticket, 1))}order.pdf"
        answers = [client.get(where) for _each in range(21)]
        assert answers[-1].status_code == 429
        assert int(answers[-1]["Retry-After"]) > 0
        assert client.get(where.removesuffix("order.pdf")).status_code == 200

    def test_of_the_till_leads_to_the_page(self, client, ticket, cashier):
        order = sold(ticket, 1)
        client.force_login(cashier)
        at_till = f"/till/{ticket.event.identifier}/orders/{order.identifier}/"
        for page in ("", "codes/", "print/?copy=1", "print/?copy=1&paper=a4"):
            html = client.get(f"{at_till}{page}").content.decode()
            assert "your tickets on your phone" in html, page
        type(ticket.event).objects.update(claims=False)
        for page in ("", "codes/", "print/?copy=1"):
            assert "on your phone" not in client.get(f"{at_till}{page}").content.decode()

    @pytest.mark.parametrize("page", ["", "codes/", "print/?copy=1", "order.pdf?copy=1"])
    def test_of_the_till_costs_no_statement_more(self, client, ticket, cashier, page):
        order = sold(ticket, 1)
        client.force_login(cashier)
        at_till, counts = f"/till/{ticket.event.identifier}/orders/{order.identifier}/{page}", []
        for claims in (True, False):
            type(ticket.event).objects.update(claims=claims)
            with CaptureQueriesContext(connection) as sent:
                assert client.get(at_till).status_code == 200
            counts.append(len(sent))
        assert counts[0] == counts[1]

    def test_printed_again_has_the_same_link(self, client, ticket, cashier):
        order = sold(ticket, 1)
        client.force_login(cashier)
        page = f"/till/{ticket.event.identifier}/orders/{order.identifier}/print/"
        codes = [
            re.search(r'class="link">(<svg.*?</svg>)', client.get(page).content.decode())[1]
            for _each in range(2)
        ]
        assert codes[0] == codes[1]


def name(client, order, guest, **names):
    return client.post(address(order), {"attendee": guest.pk, **names})


class TestNames:
    def test_are_put_in_and_changed_and_kept_as_the_guests_doing(self, client, ticket, cashier):
        order = sold(ticket)
        guest = order.attendees.first()
        answer = name(client, order, guest, firstname="Bo", lastname=" Ek ")
        assert (answer.status_code, answer.url) == (302, address(order))
        name(client, order, guest, firstname="Bosse", lastname="Ek")
        guest.refresh_from_db()
        assert guest.full_name == "Bosse Ek"
        assert [row.is_by_guest for row in order.corrections.all()] == [True, True]
        assert [row.by for row in order.corrections.all()] == [None, None]
        client.force_login(cashier)
        page = client.get(f"/till/{ticket.event.identifier}/orders/{order.identifier}/").content.decode()
        assert "Corrected: first name: Bo → Bosse" in page
        assert page.count("By the guest, with the claim link") == 2

    def test_are_found_at_the_door(self, client, ticket, registrar):
        order = sold(ticket)
        name(client, order, order.attendees.first(), firstname="Zora", lastname="")
        client.force_login(registrar)
        found = client.get(f"/door/{ticket.event.identifier}/search/?q=zora").content.decode()
        assert "Zora" in found

    def test_that_somebody_else_put_in_stay(self, client, ticket, cashier):
        order = sold(ticket, 1, guests=[Guest("Ana", "Silva")])
        guest = order.attendees.get()
        answer = name(client, order, guest, firstname="Bo", lastname="Ek")
        assert answer.status_code == 409
        assert "sold with this name" in answer.content.decode()
        assert Attendee.objects.get().full_name == "Ana Silva"
        assert "<details" not in shown(client, order)

    def test_stay_once_the_guest_has_come(self, client, ticket):
        order = sold(ticket)
        first, last = order.attendees.order_by("pk")
        check_in(Scan(event=ticket.event, attendee_id=first.pk), by=None)
        assert name(client, order, first, firstname="Bo").status_code == 409
        assert name(client, order, last, firstname="Bo").status_code == 302
        assert [one.firstname for one in order.attendees.order_by("pk")] == ["", "Bo"]

    def test_stay_after_the_event(self, client, ticket, event, now):
        order = sold(ticket)
        type(event).objects.update(starts_at=now.replace(year=now.year - 1), ends_at=now)
        assert name(client, order, order.attendees.first(), firstname="Bo").status_code == 409
        assert shown(client, order)

    @pytest.mark.parametrize("bad", ["x" * 101, "a\u202eb", "two\nlines", "\u200b\u2060", "\u3164 \u2800"])
    def test_that_are_none_are_refused_beside_what_was_typed(self, client, ticket, bad):
        order = sold(ticket)
        answer = name(client, order, order.attendees.first(), firstname=bad)
        assert answer.status_code == 422
        assert "<details open" in answer.content.decode()
        assert not Attendee.objects.exclude(firstname="").exists()

    def test_of_another_orders_guest_are_out_of_reach(self, client, ticket):
        order, other = sold(ticket), sold(ticket)
        for pk in (other.attendees.first().pk, "x", "9" * 30, ""):
            assert client.post(address(order), {"attendee": pk, "firstname": "Bo"}).status_code == 404
        assert not Attendee.objects.exclude(firstname="").exists()

    def test_are_put_in_so_often_an_hour(self, client, ticket):
        order, other = sold(ticket), sold(ticket)
        guest = order.attendees.first()
        answers = [name(client, order, guest, firstname=f"Bo{i}").status_code for i in range(62)]
        assert answers[59] == 302
        assert answers[-1] == 429
        assert name(client, other, other.attendees.first(), firstname="Bo").status_code == 302

    def test_need_the_form_of_the_page(self, ticket):
        order = sold(ticket)
        answer = name(Client(enforce_csrf_checks=True), order, order.attendees.first(), firstname="Bo")
        assert answer.status_code == 403


class TestScannedInTheWrongPlace:
    def test_at_the_door_is_a_receipt_of_which_nothing_is_kept(self, api, ticket, registrar):
        order = sold(ticket)
        link = f"https://box.example.org{address(order)}"
        where = {"event": {"data": {"type": "event", "id": str(ticket.event.pk)}}}
        sent = {"type": "check-in", "attributes": {"code": link, "direction": "in"}, "relationships": where}
        with CaptureQueriesContext(connection) as asked:
            answer = api(registrar).post("/v1/check-ins", {"data": sent})
        assert answer.status_code == 201
        said = answer.json()["data"]
        assert said["meta"] == {"is-receipt": True}
        assert (said["attributes"]["answer"], said["attributes"]["admitted"]) == ("unknown", False)
        kept = str([*CheckIn.objects.values()]) + str([query["sql"] for query in asked])
        assert token_of(order)[LENGTH:] not in kept.lower()
        assert order.identifier not in kept

    def test_at_the_till_finds_the_order(self, client, ticket, cashier):
        order, other = sold(ticket), sold(ticket)
        client.force_login(cashier)
        where = f"/till/{ticket.event.identifier}/recent/"
        asked = {"q": f"https://box.example.org{address(order)}"}
        found = client.get(where, asked, follow=True).content.decode()
        assert order.identifier in found
        assert other.identifier not in found
        assert token_of(order)[LENGTH:] not in found
