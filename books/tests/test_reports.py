"""The pages of the books: who sees which, and that whoever has to count sees no money before."""

import csv
import io
import re
from decimal import Decimal

import pytest

from books.spreadsheets import written
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import cancel
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import ReliefFactory, ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, tax_rate=19)


@pytest.fixture
def shift(event, member, adult):
    """With two sales in cash and one by card, a comp, a cancelled order and a pay-out."""
    shift = ShiftFactory(till__event=event, cashier=member("cashier"))
    common = {"event": event, "seller": shift.cashier, "drawer_required": True}
    for tender in ("cash", "cash", "card"):
        sold_onsite(lines=[Line(adult.pk, 1)], payments=[Paid(tender)], **common)
    cancel(
        sold_onsite(lines=[Line(adult.pk, 1)], payments=[Paid("cash")], **common),
        desk=Desk(shift.cashier),
        reason="changed their mind",
    )
    sold_onsite(
        event=event,
        seller=member("organizer"),
        till_id=shift.till_id,
        lines=[Line(adult.pk, 1, Decimal(0), reason="artist")],
    )
    drawer.move_cash(shift=shift, amount=Decimal("-15"), reason="=SUM(1)", desk=Desk(shift.cashier))
    return shift


@pytest.fixture
def url(shift):
    return f"/till/{shift.till.event.identifier}/shifts/{shift.pk}/report"


def count(shift, cash="125", by=None):
    drawer.count(shift=shift, cash=Decimal(cash), card=Decimal(20), by=by or shift.cashier)


def close(shift, by=None, cash="125"):
    count(shift, cash, by)
    return drawer.close_shift(shift=shift, by=by or shift.cashier, note="as it is")


def text(response):
    return response.content.decode()


def rows(response):
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


class TestWho:
    def test_reports_are_the_cashiers_own(self, client, url, shift, member, organizer, registrar, stranger):
        statuses = []
        for user in (shift.cashier, organizer, member("cashier"), registrar, stranger):
            client.force_login(user)
            statuses.append(client.get(f"{url}/").status_code)
        assert statuses == [200, 200, 403, 403, 403]

    def test_who_closed_it_may_read_it(self, client, url, shift, member):
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        client.force_login(colleague)
        assert client.get(f"{url}/").status_code == 403
        close(shift, by=colleague)
        assert client.get(f"{url}/").status_code == 200

    def test_totals_are_for_organizers(self, client, shift, organizer):
        base = f"/till/{shift.till.event.identifier}/totals"
        for user, status in ((shift.cashier, 403), (organizer, 200)):
            client.force_login(user)
            for page in ("/", ".csv"):
                assert client.get(base + page).status_code == status
                assert client.post(base + page).status_code == 405

    def test_shift_of_another_event(self, client, shift, organizer):
        client.force_login(organizer)
        elsewhere = EventFactory()
        MemberFactory(event=elsewhere, user=organizer, role="organizer")
        for pk in (shift.pk, "a", "0", "9" * 30, "%00"):
            for page in ("/", ".csv"):
                url = f"/till/{elsewhere.identifier}/shifts/{pk}/report{page}"
                assert client.get(url).status_code == 404

    def test_pages_ask_to_log_in(self, client, url, shift):
        for page in (f"{url}/", f"{url}.csv", f"/till/{shift.till.event.identifier}/totals/"):
            assert client.get(page).url.startswith("/admin/login/")


class TestXReport:
    def test_cashier_who_has_to_count_sees_numbers_only(self, client, url, shift):
        client.force_login(shift.cashier)
        page = text(client.get(f"{url}/"))
        assert "X report" in page
        assert "Adult" in page
        assert "artist" in page
        main = page[page.index("<main") :]
        assert "EUR" not in main
        assert not re.search(r"\d\.\d\d", main)

    def test_no_page_tells_a_cashier_the_cash(self, client, shift, event):
        client.force_login(shift.cashier)
        base = f"/till/{event.identifier}/"
        for page in ("shift/", "shift/count/", "shift/movement/", f"shifts/{shift.pk}/report/", ""):
            assert "125.00" not in text(client.get(base + page))
        for page in ("orders/payment", "orders/order", "shifts/till"):
            listing = text(client.get(f"/admin/{page}/"))
            assert "125.00" not in listing
            assert "65.00" not in listing

    def test_organizer_sees_everything(self, client, url, shift, organizer):
        client.force_login(organizer)
        page = text(client.get(f"{url}/"))
        for shown in ("125.00", "-20.00", "changed their mind", "=SUM(1)", "19.00 %"):
            assert shown in page

    def test_shown_once_counted_until_money_moves(self, client, url, shift, adult, event):
        client.force_login(shift.cashier)
        count(shift)
        assert "125.00" in text(client.get(f"{url}/"))
        sold_onsite(event=event, seller=shift.cashier, lines=[Line(adult.pk, 1)], payments=[Paid("cash")])
        assert "EUR" not in text(client.get(f"{url}/"))

    def test_has_no_table(self, client, url, shift, organizer):
        client.force_login(organizer)
        assert client.get(f"{url}.csv").status_code == 404


class TestZReport:
    def test_cashier_reads_it(self, client, url, shift):
        close(shift, cash="120")
        client.force_login(shift.cashier)
        page = text(client.get(f"{url}/"))
        for shown in ("Z report 1", "125.00", "-5.00", "as it is", "data-print"):
            assert shown in page
        assert "Closed by" not in page

    def test_closed_by_somebody_else(self, client, url, shift, organizer):
        close(shift, by=organizer)
        client.force_login(organizer)
        assert re.search(rf"Closed by</dt><dd>{re.escape(str(organizer))}", text(client.get(f"{url}/")))

    def test_stays_as_it_was_when_an_order_is_cancelled_later(self, client, url, shift, organizer):
        close(shift)
        client.force_login(organizer)
        before = text(client.get(f"{url}/")), client.get(f"{url}.csv").content
        for order in shift.orders.filter(status="completed"):
            cancel(order, desk=Desk(organizer), reason="rain")
        assert (text(client.get(f"{url}/")), client.get(f"{url}.csv").content) == before

    def test_as_a_table(self, client, url, shift):
        close(shift)
        client.force_login(shift.cashier)
        response = client.get(f"{url}.csv")
        assert response.content.startswith(b"\xef\xbb\xbf")
        assert (
            f'filename="{shift.till.event.identifier}-till-{shift.till_id}-z-1.csv"'
            in (response.headers["Content-Disposition"])
        )
        table = rows(response)
        amounts = {(row["section"], row["item"]): row["amount"] for row in table}
        assert amounts["taken", "cash"] == "60.00"
        assert amounts["given back", "cash"] == "-20.00"
        assert amounts["cash", "expected"] == "125.00"
        assert amounts["cash", "difference"] == "0.00"
        assert [row["detail"] for row in table if row["section"] == "movement"] == ["'=SUM(1)"]


class TestTotals:
    def test_page_and_table_by_day(self, client, event, shift, organizer):
        client.force_login(organizer)
        base = f"/till/{event.identifier}/totals"
        page = text(client.get(f"{base}/"))
        assert "80.00" in page
        assert "60.00" in page
        table = rows(client.get(f"{base}.csv"))
        assert {row["business day"] for row in table} == {table[0]["business day"]}
        sold = [(row["item"], row["quantity"], row["amount"]) for row in table if row["section"] == "sold"]
        assert sold == [("Adult", "4", "80.00"), ("Adult", "1", "0.00")]

    def test_event_without_sales(self, client, event, organizer):
        client.force_login(organizer)
        assert "0.00" in text(client.get(f"/till/{event.identifier}/totals/"))
        assert rows(client.get(f"/till/{event.identifier}/totals.csv")) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_looks_like_a_formula_is_harmless(start):
    (row,) = csv.reader(io.StringIO(written([(f"{start}1", "a=1", -1)]).decode("utf-8-sig"), newline=""))
    assert row == [f"'{start}1", "a=1", "-1"]


SIGNS = "=+-@＝＋－＠"


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("sign", SIGNS)
def test_formula_in_the_midst_of_a_text_is_harmless_in_every_language(delimiter, quoted, sign):
    """A German spreadsheet ends cells at semicolons, wherever our quotes stand."""
    starts = ["a;", ";", "a\n", 'x;"', "a|  ", "a\t'", "b,", " "]
    file = written([("till", f"{start}{sign}1+1;") for start in starts]).decode("utf-8-sig")
    read = csv.reader if quoted else unquoted
    cells = [
        cell.strip('" \t\r\n')
        for row in read(io.StringIO(file, newline=""), delimiter=delimiter)
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(tuple(SIGNS))]


def unquoted(file, delimiter):
    return [line.split(delimiter) for line in file.read().splitlines()]


def test_text_of_separators_alone_costs_little():
    assert written([("; \t" * 50_000,)])


def test_signs_inside_a_text_stay():
    text = "a - b, half-price (a=1; b+c) x@example.com"
    assert text in written([(text,)]).decode()


def test_numbers_stay_numbers():
    assert written([(Decimal("-5.00"), -3, Decimal("1E+3"))]) == b"\xef\xbb\xbf-5.00,-3,1000\r\n"
