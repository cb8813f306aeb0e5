"""What a guest takes along: the codes, the print page, the PDF."""

import re
import zlib

import pytest
import segno
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from attendees.models import CODE_LENGTH, CODE_LETTERS, Attendee
from base import qr
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory
from till.pages import till_order
from till.pdf import order_pdf

PAPERS = ["codes/", "print/", "order.pdf"]
CODES = st.text(CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH)
NAMES = ["Ángström Ñandú", "Ειρήνη", "Олена", "שרה כהן", "سارة", "王小明", "🎭 Zoë", "a\u202eb\u200b", "<b>&"]


def sold(event, quantity=1, status="completed", guests=(), **fields):
    ticket = TicketFactory(event=event, quantity=1000, **fields)
    lines = [Line(ticket.pk, quantity, guests=tuple(guests))]
    return sold_onsite(event=event, lines=lines, status=status)


def url(order, paper):
    return f"/till/{order.event.identifier}/orders/{order.identifier}/{paper}"


@pytest.fixture
def till(client, cashier):
    client.force_login(cashier)
    return client


@pytest.fixture
def page(till):
    def get(order, paper):
        response = till.get(url(order, paper))
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        return response.content.decode()

    return get


class TestQR:
    @given(CODES)
    def test_is_the_standards_symbol_of_the_code(self, code):
        symbol, expected = qr.encode(code), segno.make_qr(code, error="m", boost_error=False)
        assert (expected.mode, expected.error, expected.version) == ("alphanumeric", "M", 1)
        drawn = [bytearray(symbol.size) for _row in range(symbol.size)]
        for x, y, length in symbol.bars:
            drawn[y][x : x + length] = b"\x01" * length
        assert drawn == [bytearray(row) for row in expected.matrix_iter(border=4)]

    @given(st.text(min_size=1, max_size=200))
    def test_chooses_the_mask_that_the_standard_does(self, text):
        symbol, expected = qr.encode(text), segno.make_qr(text, error="m", boost_error=False)
        assert symbol.size == expected.symbol_size(border=4)[0]
        dark = {(x + n, y) for x, y, length in symbol.bars for n in range(length)}
        rows = expected.matrix_iter(border=4)
        assert dark == {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}

    def test_svg_draws_every_bar_and_is_named(self):
        code = CODE_LETTERS + "BCDF"
        symbol, svg = qr.encode(code), qr.svg(code, 'Adult "1" <b>')
        bars = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", svg)
        assert [(int(x), int(y), int(length)) for x, y, length, _back in bars] == list(symbol.bars)
        assert 'role="img" aria-label="Adult &quot;1&quot; &lt;b&gt;"' in svg
        assert "style" not in svg


@pytest.mark.django_db
@pytest.mark.parametrize("paper", PAPERS)
class TestWho:
    def test_log_in_comes_first(self, client, event, paper):
        address = url(sold(event), paper)
        response = client.get(address)
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={address}")

    @pytest.mark.parametrize(("role", "status"), [("organizer", 200), ("cashier", 200), ("registrar", 403)])
    def test_members_by_role(self, client, event, member, role, status, paper):
        client.force_login(member(role))
        assert client.get(url(sold(event), paper)).status_code == status

    def test_strangers(self, client, event, stranger, paper):
        order = sold(event)
        client.force_login(stranger)
        assert client.get(url(order, paper)).status_code == 403
        type(event).objects.update(state="draft")
        assert client.get(url(order, paper)).status_code == 404

    def test_order_that_is_not_there(self, till, event, paper):
        order = sold(event)
        for identifier in ("NOWHERE2", order.pk, "%00", "9" * 30):
            assert till.get(f"/till/{event.identifier}/orders/{identifier}/{paper}").status_code == 404
        Order.objects.update(event=EventFactory())
        assert till.get(url(order, paper)).status_code == 404

    def test_only_reads(self, till, event, paper):
        assert till.post(url(sold(event), paper)).status_code == 405


@pytest.mark.django_db
class TestCodes:
    def test_show_every_attendee(self, page, event):
        order = sold(event, 2, guests=[Guest("Ana", "Silva <b>")], name="Adult & more")
        fragment = page(order, "codes/")
        assert "<html" not in fragment
        assert (fragment.count("<figure"), fragment.count("<svg")) == (3, 3)  # and the claim link's
        assert "Adult &amp; more" in fragment
        assert "Ana Silva &lt;b&gt;" in fragment
        for attendee in order.attendees.all():
            assert f'data-code="{attendee.code}"' in fragment
            assert "".join(f"<span>{group}</span>" for group in attendee.code_groups) in fragment
            assert "".join(attendee.code_groups) == attendee.code

    def test_stand_on_the_done_page_beside_print_and_pdf(self, page, event):
        order = sold(event)
        done = page(order, "")
        assert done.count("<svg") == 1 + 1  # and the claim link's
        assert f'href="{url(order, "print/")}"' in done
        assert f'href="{url(order, "order.pdf")}"' in done

    @pytest.mark.parametrize("status", ["pending", "cancelled", "expired"])
    def test_of_an_order_that_is_not_valid_cannot_be_scanned(self, page, event, status):
        order = sold(event)
        Order.objects.update(status=status)
        fragment = page(order, "codes/")
        assert f"Not valid: the order is {status}." in fragment
        assert "<svg" not in fragment


@pytest.mark.django_db
class TestPrintPage:
    def test_is_receipt_and_a_ticket_for_each(self, page, event):
        order = sold(event, 3)
        html = page(order, "print/")
        assert (html.count('class="sheet receipt"'), html.count('class="sheet ticket"')) == (1, 3)
        assert "60.00 EUR" in html
        assert '<body class="paper roll">' in html
        assert "Copy" not in html

    def test_has_nothing_inline(self, page, event):
        html = page(sold(event), "print/")
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html)

    @pytest.mark.parametrize(("only", "kinds"), [("receipt", (1, 0)), ("tickets", (0, 2)), ("abc", (1, 2))])
    def test_of_a_part(self, page, event, only, kinds):
        html = page(sold(event, 2), f"print/?only={only}")
        assert (html.count('class="sheet receipt"'), html.count('class="sheet ticket"')) == kinds

    def test_copy_is_marked_on_every_sheet(self, page, event):
        assert page(sold(event, 2), "print/?copy=1").count(">Copy<") == 3

    def test_other_paper_keeps_the_rest_of_the_question(self, page, event):
        html = page(sold(event), "print/?paper=a4&copy=1")
        assert '<body class="paper a4">' in html
        assert 'href="?paper=roll&amp;copy=1"' in html

    def test_cancelled_order_says_so_on_every_sheet(self, page, event):
        html = page(cancel(sold(event, 2)), "print/")
        assert html.count("Cancelled") == 3
        assert html.count("Not valid") == 2
        assert "<svg" not in html

    def test_unpaid_order_says_so_on_every_sheet(self, page, event):
        html = page(sold(event, 1, status="pending"), "print/")
        assert html.count("Not paid") == 2
        assert "Left to pay" in html
        assert html.count("<svg") == 1  # the claim link's, whose page has no codes either

    def test_yen_has_no_decimals(self, till, member):
        event = EventFactory(currency="JPY")
        till.force_login(member("cashier", at=event))
        html = till.get(url(sold(event, 2, price=1500, tax_rate=10), "print/")).content.decode()
        for sum_shown in ("3000 JPY", "<td>2727</td><td>273</td><td>3000</td>"):
            assert sum_shown in html
        assert ".00" not in html


@pytest.mark.django_db
class TestPDF:
    def pdf(self, order):
        return order_pdf(till_order(order.event, order.identifier))

    def pages(self, pdf):
        return pdf.count(b"/Type /Page\n")

    def test_is_named_after_the_order(self, till, event):
        order = sold(event)
        response = till.get(url(order, "order.pdf"))
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'inline; filename="{order.identifier}.pdf"'
        assert "no-store" in response["Cache-Control"]
        assert response.content.startswith(b"%PDF-")

    @pytest.mark.parametrize(("attendees", "pages"), [(1, 2), (8, 2), (9, 3), (500, 64)])
    def test_has_eight_tickets_to_a_page(self, event, attendees, pages):
        assert self.pages(self.pdf(sold(event, attendees))) == pages

    def test_is_the_same_for_the_same_facts(self, event):
        order = sold(event, 2)
        assert self.pdf(order) == self.pdf(order)

    @pytest.mark.parametrize("name", NAMES)
    def test_any_name_can_be_printed(self, event, name):
        event.name = event.location_name = name
        event.save()
        assert self.pages(self.pdf(sold(event, guests=[Guest(name)], name=name))) == 2

    def test_long_words_are_cut(self, event):
        event.name = event.location_name = "W" * 200
        event.save()
        assert self.pages(self.pdf(sold(event, guests=[Guest("W" * 100, "W" * 100)], name="W" * 100))) == 2

    def test_long_receipt_goes_on_over_the_page(self, event):
        lines = [Line(TicketFactory(event=event, name=f"{n} {'long ' * 19}").pk, 1) for n in range(50)]
        order = sold_onsite(event=event, lines=lines, status="completed")
        assert self.pages(self.pdf(order)) == 2 + 7

    def test_cancelled_and_unpaid_orders_draw_no_code(self, event):
        def bars(order):
            streams = re.findall(rb"stream\n(.*?)\nendstream", self.pdf(order), re.DOTALL)
            pages = [zlib.decompress(stream) for stream in streams if stream.startswith(b"x")]
            return sum(page.count(b" 1.03 re\n") for page in pages)

        order = sold(event)
        assert bars(order) == len(qr.encode(order.attendees.get().code).bars)
        assert bars(cancel(order)) == bars(sold(event, status="pending")) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("paper", ["", *PAPERS])
def test_paper_costs_as_many_statements_for_1_and_for_50_attendees(till, event, paper):
    def statements(order):
        with CaptureQueriesContext(connection) as captured:
            assert till.get(url(order, paper)).status_code == 200
        return len(captured)

    one, fifty = sold(event, 1), sold(event, 50)
    of_the_story = 0 if paper else 5  # and when something was last done
    assert statements(one) == statements(fifty) <= 10 + of_the_story
    assert Attendee.objects.count() == 51
