"""The shift's pages: one opens a till, moves cash, counts blind and closes, without JavaScript."""

import re
from decimal import Decimal

import pytest

from events.tests.factories import EventFactory, MemberFactory
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import CashMovement, Shift
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
ODD = ["abc", "-1", "1.001", "NaN", "Infinity", "1e30", "9" * 40, "1\x00", "1,500", "0x10", "²"]


@pytest.fixture
def url(event):
    return f"/till/{event.identifier}/shift/"


@pytest.fixture
def shift(event, member):
    return ShiftFactory(till__event=event, cashier=member("cashier"))


@pytest.fixture
def desk(client, shift):
    """The browser of the cashier who has the shift."""
    client.force_login(shift.cashier)
    return client


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, price=20)


def sell(shift, ticket, *paid, **kwargs):
    return sold_onsite(
        event=shift.till.event,
        lines=[Line(ticket.pk, 1)],
        seller=shift.cashier,
        payments=paid,
        drawer_required=True,
        **kwargs,
    )


def text(response):
    return response.content.decode()


class TestWho:
    PAGES = ["", "movement/", "count/"]

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize(("role", "status"), [("organizer", 200), ("cashier", 200), ("registrar", 403)])
    def test_members_by_role(self, client, url, member, page, role, status):
        client.force_login(member(role))
        assert client.get(url + page, follow=True).status_code == status

    @pytest.mark.parametrize("page", PAGES)
    def test_strangers(self, client, url, stranger, page):
        assert client.get(url + page).url.startswith("/admin/login/")
        client.force_login(stranger)
        assert client.get(url + page).status_code == 403
        draft = EventFactory(state="draft").identifier
        assert client.get(f"/till/{draft}/shift/{page}").status_code == 404

    def test_the_list_is_for_organizers(self, client, shift, organizer):
        url = f"/till/{shift.till.event.identifier}/shifts/"
        client.force_login(shift.cashier)
        assert client.get(url).status_code == 403
        client.force_login(organizer)
        assert str(shift.cashier) in text(client.get(url))

    @pytest.mark.parametrize("page", PAGES)
    def test_shift_of_a_colleague(self, client, url, shift, member, organizer, page):
        named = f"{url}{page}?shift={shift.pk}"
        colleague = member("cashier")
        client.force_login(colleague)
        for query in ("", f"&till={shift.till_id}", f"&till={TillFactory(event=shift.till.event).pk}"):
            assert client.get(named + query).status_code == 403
            form = {"shift": shift.pk, "sum": 1, "card": 0}
            assert client.post(f"{url}count/?{query}", form).status_code == 403
        ReliefFactory(shift=shift, user=colleague)
        assert client.get(named).status_code == 200
        client.force_login(organizer)
        assert client.get(named).status_code == 200

    @pytest.mark.parametrize("query", ["shift=", "shift={}", "till={}", "till=", "shift=a", "till=%00"])
    def test_what_the_event_does_not_have(self, desk, url, query):
        elsewhere = ShiftFactory()
        number = elsewhere.pk if query.startswith("shift") else elsewhere.till_id
        status = 200 if query == "shift=" else 404
        for page in ("", "count/", "movement/"):
            assert desk.get(f"{url}{page}?{query.format(number)}").status_code == status
        assert desk.get(f"{url}?shift={10**30}").status_code == 404


class TestOpening:
    def test_only_free_till_is_one_tap(self, client, event, url, member):
        first = ShiftFactory(till__event=event, cashier=member("cashier"))
        drawer.count(shift=first, cash=Decimal("87.50"), card=Decimal(0), by=first.cashier)
        drawer.close_shift(shift=first, by=first.cashier, note="rent")
        busy = ShiftFactory(till__event=event, till__name="North", cashier=member("cashier"))
        cashier = member("cashier")
        client.force_login(cashier)
        page = text(client.get(url))
        assert 'value="87.50"' in page
        assert str(busy.cashier) in page
        assert f"/till/{event.identifier}/relief/?till={busy.till_id}" in page
        response = client.post(url, {"till": first.till_id, "sum": "87.50"})
        assert response.url == url
        opened = Shift.objects.open().get(cashier=cashier)
        assert (opened.till, opened.opening_float) == (first.till, Decimal("87.50"))
        assert client.post(url, {"till": first.till_id, "sum": "87.50"}).url == url  # pressed twice
        assert Shift.objects.filter(cashier=cashier).count() == 1

    def test_float_that_differs_from_what_stayed_wants_a_reason(self, client, event, url, shift, member):
        drawer.count(shift=shift, cash=Decimal(140), card=Decimal(0), by=shift.cashier)
        drawer.close_shift(shift=shift, by=shift.cashier, note="tips", stays=Decimal("87.50"))
        client.force_login(member("cashier"))
        page = text(client.get(f"{url}?till={shift.till_id}"))
        assert 'value="87.50"' in page
        assert "87.50 EUR stayed" in page
        form = {"till": shift.till_id, "sum": "80"}
        response = client.post(url, form)
        assert response.status_code == 422
        assert "say why it is another sum" in text(response)
        assert 'value="80"' in text(response)
        assert client.post(url, {**form, "note": "lent to the bar"}).status_code == 302
        opened = Shift.objects.open().get()
        report = text(client.get(f"/till/{event.identifier}/shifts/{opened.pk}/report/"))
        assert "lent to the bar" not in report, "the X report of a cashier names no cash"
        drawer.count(shift=opened, cash=Decimal(80), card=Decimal(0), by=opened.cashier)
        drawer.close_shift(shift=opened, by=opened.cashier)
        report = text(client.get(f"/till/{event.identifier}/shifts/{opened.pk}/report/"))
        assert "87.50 stayed at the last close: lent to the bar" in report
        table = text(client.get(f"/till/{event.identifier}/shifts/{opened.pk}/report.csv"))
        assert "lent to the bar" in table
        assert "left before" in table

    def test_several_free_tills_are_chosen_from(self, client, event, url, cashier, member):
        tills = TillFactory.create_batch(2, event=event)
        client.force_login(member("cashier"))
        page = text(client.get(url))
        assert 'name="sum"' not in page
        assert all(f'href="?till={till.pk}"' in page for till in tills)
        assert f'name="till" value="{tills[1].pk}"' in text(client.get(f"{url}?till={tills[1].pk}"))

    def test_denominations_replace_the_suggestion(self, client, event, url, member):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        client.post(url, {"till": till.pk, "sum": "0.00", "piece_50": 2, "piece_0.20": 3, "piece_5": ""})
        assert Shift.objects.get().opening_float == Decimal("100.60")

    def test_denominations_and_another_sum_disagree(self, client, event, url, member):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        response = client.post(url, {"till": till.pk, "sum": "99", "piece_50": 2})
        assert response.status_code == 422
        assert "The pieces make 100" in text(response)
        assert 'value="2"' in text(response)
        assert not Shift.objects.exists()

    @pytest.mark.parametrize("field", ["sum", "piece_50"])
    @pytest.mark.parametrize("value", ODD)
    def test_what_is_no_number(self, client, event, url, member, field, value):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        assert client.post(url, {"till": till.pk, field: value}).status_code == 422
        assert not Shift.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "float_"), [("28,60", "28.60"), ("1.234,50", "1234.50"), ("1 234", 1234)]
    )
    def test_float_is_typed_with_comma_or_point(self, client, event, url, member, typed, float_):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        client.post(url, {"till": till.pk, "sum": typed})
        assert Shift.objects.get().opening_float == Decimal(float_)

    def test_float_that_can_be_read_in_two_ways_is_asked_again(self, client, event, url, member):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        response = client.post(url, {"till": till.pk, "sum": "1,234"})
        assert response.status_code == 422
        assert 'value="1,234"' in text(response)
        assert "If you mean 1234, type it without" in text(response)

    @pytest.mark.parametrize("fields", [{"sum": "12.33"}, {"sum": "", "piece_0.02": 1, "piece_0.01": 1}])
    def test_float_that_no_coins_make(self, client, event, url, member, fields):
        event.cash_rounding = Decimal("0.05")
        event.save()
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        assert client.post(url, {"till": till.pk, **fields}).status_code == 422
        assert not Shift.objects.exists()

    def test_coins_that_are_not_in_use_are_not_asked_for(self, client, event, url, member):
        event.cash_rounding = Decimal("0.05")
        event.save()
        TillFactory(event=event)
        client.force_login(member("cashier"))
        page = text(client.get(url))
        assert 'name="piece_0.05"' in page
        assert 'name="piece_0.02"' not in page

    def test_empty_drawer_is_typed(self, client, event, url, member):
        till = TillFactory(event=event)
        client.force_login(member("cashier"))
        assert client.post(url, {"till": till.pk, "sum": ""}).status_code == 422
        assert client.post(url, {"till": till.pk, "sum": "0"}).status_code == 302

    def test_yen_have_no_decimals(self, client, member):
        event = EventFactory(currency="JPY")
        till, cashier = TillFactory(event=event), MemberFactory(event=event).user
        client.force_login(cashier)
        url = f"/till/{event.identifier}/shift/"
        assert "10000 JPY" in text(client.get(url))
        assert client.post(url, {"till": till.pk, "sum": "10.5"}).status_code == 422
        client.post(url, {"till": till.pk, "piece_1000": 3, "piece_1": 1})
        assert Shift.objects.get().opening_float == 3001

    def test_till_taken_meanwhile(self, client, url, shift, member):
        client.force_login(member("cashier"))
        response = client.post(url, {"till": shift.till_id, "sum": "10"})
        assert response.status_code == 409
        assert "in use" in text(response)

    def test_open_shift_elsewhere(self, desk, shift):
        till = TillFactory()
        MemberFactory(event=till.event, user=shift.cashier)
        response = desk.post(f"/till/{till.event.identifier}/shift/", {"till": till.pk, "sum": "10"})
        assert response.status_code == 409
        assert "open shift already" in text(response)

    @pytest.mark.parametrize("till", ["", "a", "0", str(10**30)])
    def test_till_that_is_not_there(self, desk, url, till):
        assert desk.post(url, {"till": till, "sum": "10"}).status_code == 404

    def test_no_till_yet(self, client, url, member, organizer):
        client.force_login(member("cashier"))
        assert "An organizer has to add a till" in text(client.get(url))
        client.force_login(organizer)
        assert "/admin/shifts/till/add/" in text(client.get(url))


class TestMoving:
    def key(self, response):
        return re.search(r'name="idempotency_key" value="([^"]+)"', text(response))[1]

    def fields(self, shift, **fields):
        return {
            "shift": shift.pk,
            "direction": "out",
            "amount": "20",
            "reason": "Bank",
            "idempotency_key": "k",
            **fields,
        }

    def test_slip_to_sign(self, desk, url, shift):
        response = desk.post(url + "movement/", self.fields(shift), follow=True)
        moved = CashMovement.objects.get()
        assert response.redirect_chain[0][0] == f"/till/{shift.till.event.identifier}/movements/{moved.pk}/"
        assert moved.amount == -20
        assert "Paid out" in text(response)
        assert "Bank" in text(desk.get(url))

    def test_pressed_twice_moves_once(self, desk, url, shift):
        key = self.key(desk.get(url + "movement/"))
        one, two = (desk.post(url + "movement/", self.fields(shift, idempotency_key=key)) for _ in range(2))
        assert one.url == two.url
        assert CashMovement.objects.count() == 1

    @pytest.mark.parametrize("other", [{"amount": "200"}, {"direction": "in"}, {"reason": "Beer"}])
    def test_form_that_was_sent_before_with_something_else_asks_once_more(self, desk, url, shift, other):
        assert desk.post(url + "movement/", self.fields(shift)).status_code == 302
        response = desk.post(url + "movement/", self.fields(shift, **other))
        assert response.status_code == 422
        assert "written down before" in text(response)
        assert CashMovement.objects.count() == 1
        again = self.fields(shift, **other, idempotency_key=self.key(response))
        assert desk.post(url + "movement/", again).status_code == 302
        assert CashMovement.objects.count() == 2

    @pytest.mark.parametrize("amount", [*ODD, "", "0"])
    def test_what_is_no_amount(self, desk, url, shift, amount):
        assert desk.post(url + "movement/", self.fields(shift, amount=amount)).status_code == 422

    def test_amount_with_a_comma(self, desk, url, shift):
        response = desk.post(url + "movement/", self.fields(shift, amount="12,50"), follow=True)
        assert CashMovement.objects.get().amount == Decimal("-12.50")
        assert "-12.50 EUR" in text(response)

    def test_amount_that_no_coins_make_stands_beside_what_was_typed(self, desk, url, shift):
        shift.till.event.cash_rounding = Decimal("0.05")
        shift.till.event.save()
        response = desk.post(url + "movement/", self.fields(shift, amount="12,33"))
        assert response.status_code == 422
        assert "cash goes in steps of 0.05 EUR" in text(response)
        assert 'value="12,33"' in text(response)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("reason", " "),
            ("reason", "a\x00b"),
            ("reason", "x" * 201),
            ("direction", ""),
            ("direction", "up"),
            ("idempotency_key", ""),
            ("idempotency_key", "x" * 65),
            ("idempotency_key", "\x00"),
        ],
    )
    def test_odd_fields(self, desk, url, shift, field, value):
        assert desk.post(url + "movement/", self.fields(shift, **{field: value})).status_code == 422
        assert not CashMovement.objects.exists()

    def test_closed_meanwhile(self, desk, url, shift):
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        drawer.close_shift(shift=shift, by=shift.cashier)
        response = desk.post(url + "movement/", self.fields(shift))
        assert response.status_code == 409
        assert "closed already" in text(response)

    def test_slip_is_for_those_who_see_the_shift(self, client, shift, member, organizer, stranger):
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        moved = drawer.move_cash(shift=shift, amount=Decimal(5), reason="x", desk=Desk(colleague))
        url = f"/till/{shift.till.event.identifier}/movements/{moved.pk}/"
        statuses = {}
        for user in (shift.cashier, colleague, organizer, member("cashier"), stranger):
            client.force_login(user)
            statuses[user] = client.get(url).status_code
        assert list(statuses.values()) == [200, 200, 200, 403, 403]
        assert client.get(f"/till/{EventFactory().identifier}/movements/{moved.pk}/").status_code == 403


class TestCounting:
    def count(self, desk, url, shift, **fields):
        return desk.post(url + "count/", {"shift": shift.pk, "sum": "120", "card": "0", **fields})

    def test_nothing_is_told_before(self, desk, url, shift, adult):
        sell(shift, adult, Paid("cash"))
        for page in ("", "count/", "movement/", "count/?again=1"):
            assert "120.00" not in text(desk.get(url + page))
        page = text(self.count(desk, url, shift, sum="119"))
        assert page == ""
        page = text(desk.get(url + "count/"))
        assert "120.00 EUR" in page
        assert "-1.00 EUR" in page

    def test_counts_are_kept_and_shown(self, desk, url, shift):
        self.count(desk, url, shift, sum="", piece_50=1, piece_20=2)
        assert 'name="sum"' in text(desk.get(url + "count/?again=1"))
        self.count(desk, url, shift, sum="100")
        page = text(desk.get(url + "count/"))
        assert "90.00 EUR" in page
        assert "100.00 EUR" in page
        assert [c.pieces for c in shift.counts.all()] == [{"50": 1, "20": 2}, {}]

    def test_sums_with_a_comma(self, desk, url, shift):
        assert self.count(desk, url, shift, sum="1.120,50", card="-7,5").status_code == 302
        counted = shift.counts.get()
        assert (counted.cash, counted.card) == (Decimal("1120.50"), Decimal("-7.50"))

    def test_cash_that_no_coins_make_is_counted_again(self, desk, url, shift):
        shift.till.event.cash_rounding = Decimal("0.05")
        shift.till.event.save()
        assert self.count(desk, url, shift, sum="12,33").status_code == 422
        assert self.count(desk, url, shift, sum="12,35", card="7,33").status_code == 302

    @pytest.mark.parametrize("field", ["sum", "card", "piece_50"])
    @pytest.mark.parametrize("value", [v for v in ODD if v != "-1"])
    def test_what_is_no_number(self, desk, url, shift, field, value):
        assert self.count(desk, url, shift, **{field: value}).status_code == 422
        assert not shift.counts.exists()

    def test_card_total_is_asked_for(self, desk, url, shift):
        response = self.count(desk, url, shift, card="")
        assert response.status_code == 422
        assert 'value="120"' in text(response)

    def test_close_leads_to_the_report(self, desk, url, shift):
        self.count(desk, url, shift, sum="100")
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        assert response.url == f"/till/{shift.till.event.identifier}/shifts/{shift.pk}/report/"
        assert desk.get(f"{url}?shift={shift.pk}").url == desk.get(f"{url}count/?shift={shift.pk}").url
        assert desk.get(url + "count/").url == url

    def test_what_stays_and_what_goes_to_the_safe_stand_in_the_report(self, desk, url, shift):
        self.count(desk, url, shift, sum="100")
        page = text(desk.get(url + "count/"))
        assert "Stays in the drawer" in page
        assert "To the safe" in page
        count = re.search(r'name="count" value="(\d+)"', page)[1]
        form = {"shift": shift.pk, "close": 1, "count": count}
        response = desk.post(url + "count/", {**form, "stays": "60", "to_safe": "30"})
        assert response.status_code == 422
        assert "90.00 EUR, but 100.00 EUR was counted" in text(response)
        report = desk.post(url + "count/", {**form, "stays": "60.50", "to_safe": "39.50"}).url
        for shown in (text(desk.get(report)), text(desk.get(report[:-1] + ".csv"))):
            assert "60.50" in shown
            assert "39.50" in shown

    @pytest.mark.parametrize("field", ["stays", "to_safe"])
    @pytest.mark.parametrize("value", ODD)
    def test_odd_sums_to_stay_and_to_go(self, desk, url, shift, field, value):
        self.count(desk, url, shift, sum="100")
        odd = desk.post(url + "count/", {"shift": shift.pk, "close": 1, field: value})
        assert odd.status_code == 422
        assert Shift.objects.get().is_open

    def test_counted_again_by_somebody_else(self, desk, url, shift, organizer):
        self.count(desk, url, shift, sum="100")
        seen = shift.counts.get().pk
        drawer.count(shift=shift, cash=Decimal(90), card=Decimal(0), by=organizer)
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1, "count": seen, "note": "tips"})
        assert response.status_code == 409
        assert "90.00 EUR" in text(response)

    def test_difference_wants_a_reason_beside_it(self, desk, url, shift):
        self.count(desk, url, shift, sum="99")
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        assert response.status_code == 422
        assert "say why" in text(response)
        for note in ("a\x00", "x" * 501):
            odd = desk.post(url + "count/", {"shift": shift.pk, "close": 1, "note": note})
            assert odd.status_code == 422
        assert desk.post(url + "count/", {"shift": shift.pk, "close": 1, "note": "lost"}).status_code == 302

    def test_close_twice(self, desk, url, shift):
        self.count(desk, url, shift, sum="100")
        desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        for again in (
            desk.post(url + "count/", {"shift": shift.pk, "close": 1}),
            self.count(desk, url, shift),
        ):
            assert again.status_code == 409
            assert f"/shifts/{shift.pk}/report/" in text(again)

    def test_close_uncounted(self, desk, url, shift):
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        assert response.status_code == 409
        assert "Count the drawer" in text(response)
        assert "100.00 EUR" in text(response)  # the float, which the cashier typed

    def test_guest_at_the_terminal_is_linked(self, desk, url, shift, adult):
        order = sell(shift, adult, awaits_card=True)
        self.count(desk, url, shift, sum="100")
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        assert response.status_code == 409
        assert f"/till/{shift.till.event.identifier}/orders/{order.identifier}/" in text(response)

    def test_sold_since_the_count(self, desk, url, shift, adult):
        self.count(desk, url, shift, sum="100")
        sell(shift, adult, Paid("cash"))
        response = desk.post(url + "count/", {"shift": shift.pk, "close": 1})
        assert response.status_code == 409
        assert "count again" in text(response)

    def test_organizer_closes_a_forgotten_one(self, client, url, shift, organizer):
        client.force_login(organizer)
        query = f"?shift={shift.pk}"
        self.count(client, url, shift, sum="100")
        assert client.get(url).status_code == 200  # has none of their own
        assert str(shift.cashier) in text(client.get(f"{url}count/{query}"))
        client.post(f"{url}count/{query}", {"shift": shift.pk, "close": 1})
        shift.refresh_from_db()
        assert (shift.closed_by, shift.was_forgotten) == (organizer, True)
        listing = text(client.get(f"/till/{shift.till.event.identifier}/shifts/"))
        assert f"closed by {organizer}" in listing

    def test_colleague_who_does_not_work_there_is_not_told_what_is_in_it(self, client, url, shift, member):
        client.force_login(member("cashier"))
        at = f"{url}count/?till={shift.till_id}"
        assert client.get(at).status_code == 403
        assert client.post(at, {"shift": shift.pk, "sum": "0", "card": "0"}).status_code == 403
        assert not shift.counts.exists()

    def test_colleague_who_helps_out_closes_it(self, client, url, shift, member):
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        client.force_login(colleague)
        at = f"{url}count/?till={shift.till_id}"
        response = client.post(at, {"shift": shift.pk, "sum": "100", "card": "0"})
        assert client.get(response.url).status_code == 200
        assert client.post(response.url, {"shift": shift.pk, "close": 1}, follow=True).status_code == 200
        shift.refresh_from_db()
        assert shift.closed_by == colleague


def test_list_costs_the_same_for_one_and_for_three_shifts(
    client, event, organizer, shift, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"/till/{event.identifier}/shifts/"
    client.force_login(organizer)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _ in range(2):
        other = ShiftFactory(till__event=event)
        drawer.count(shift=other, cash=Decimal(100), card=Decimal(0), by=other.cashier)
        drawer.close_shift(shift=other, by=other.cashier)
    with django_assert_num_queries(len(one)):
        client.get(url + "?page=x")


class TestAdmin:
    @pytest.fixture
    def counted(self, shift):
        drawer.move_cash(shift=shift, amount=Decimal(5), reason="x", desk=Desk(shift.cashier))
        drawer.count(shift=shift, cash=Decimal(90), card=Decimal(0), by=shift.cashier)
        return shift

    def test_money_of_shifts_is_for_organizers(self, client, counted, organizer):
        rows = [counted, counted.counts.first(), counted.movements.first()]
        for user, status in ((counted.cashier, 403), (organizer, 200)):
            client.force_login(user)
            for row in rows:
                base = f"/admin/shifts/{row._meta.model_name}/"
                assert client.get(base).status_code == status
                page = client.get(f"{base}{row.pk}/change/")
                assert page.status_code in ((status,) if status == 200 else (302, 403))
                assert 'name="_save"' not in text(page)
                assert client.post(f"{base}{row.pk}/change/", {"number": 7}).status_code in (302, 403)
                assert client.get(f"{base}add/").status_code == 403

    def test_tills_are_the_organizers(self, client, event, organizer, counted):
        client.force_login(organizer)
        fields = {"event": event.pk, "name": "South"}
        assert client.post("/admin/shifts/till/add/", fields).status_code == 302
        elsewhere = EventFactory()
        MemberFactory(event=elsewhere, user=organizer, role="organizer")
        change = f"/admin/shifts/till/{counted.till_id}/change/"
        client.post(change, {"event": elsewhere.pk, "name": "Renamed"})
        counted.till.refresh_from_db()
        assert (counted.till.name, counted.till.event) == ("Renamed", event)
        assert client.post(f"/admin/shifts/till/{counted.till_id}/delete/").status_code == 403
        client.force_login(counted.cashier)
        assert client.get("/admin/shifts/till/").status_code == 200
        assert client.post(change, {"name": "Mine"}).status_code == 403
        assert client.get("/admin/shifts/till/add/").status_code == 403
