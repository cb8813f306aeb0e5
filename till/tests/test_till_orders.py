"""Orders at the till: what is asked for every few seconds, and orders found again, paid, taken back."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.utils import timezone

from attendees.corrections import correct
from attendees.models import Attendee
from base.errors import Conflict
from claims.tokens import token_of
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import complete, expire_overdue
from orders.models import Order
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def till(client, cashier):
    client.force_login(cashier)
    return client


@pytest.fixture
def shift(cashier):
    return cashier.shifts.get()


@pytest.fixture
def url(event):
    return f"/till/{event.identifier}/"


@pytest.fixture
def pending(event, adult, cashier):
    return sold_onsite(event=event, lines=[Line(adult.pk, 2)], seller=cashier, status="pending")


def sell(ticket, seller, quantity=1, **terms):
    lines = [Line(ticket.pk, quantity, guests=(Guest("Ana Maria", "Silva", "ana@example.com"),))]
    return sold_onsite(
        event=ticket.event, lines=lines, seller=seller, **{"payments": [Paid("cash")], **terms}
    )


def close(shift):
    cash, card = expected_cash(shift), expected_card(shift)
    count(shift=shift, cash=cash, card=card, by=shift.cashier)
    close_shift(shift=shift, by=shift.cashier)


class TestState:
    def test_answers_304_while_nothing_has_changed(self, till, url, adult, cashier):
        first = till.get(f"{url}state/")
        assert first.json()["left"] == {str(adult.pk): 10}
        again = till.get(f"{url}state/", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        sell(adult, cashier)
        after = till.get(f"{url}state/", headers={"If-None-Match": first["ETag"]})
        assert (after.status_code, after.json()["left"]) == (200, {str(adult.pk): 9})

    @pytest.mark.parametrize(
        "change",
        [
            {"price": 25},
            {"name": "Grown-up"},
            {"is_hidden": True},
            {"type": "donation", "min_price": 5},
            {"door_note": "check student card"},
            {"sales_ends_at": timezone.now()},
            {"position": 3},
        ],
    )
    def test_tells_what_changed_about_a_ticket(self, till, url, adult, change):
        before = till.get(f"{url}state/")
        TicketFactory(event=adult.event, name="Child", position=2)
        Ticket.objects.filter(pk=adult.pk).update(**change)
        after = till.get(f"{url}state/", headers={"If-None-Match": before["ETag"]})
        assert after.status_code == 200
        shown = before.json()["tickets"][0]
        now = {ticket["id"]: ticket for ticket in after.json()["tickets"]}
        assert len(now) == 2
        assert now[adult.pk] != shown or next(iter(now)) != adult.pk

    def test_tells_of_new_and_of_deleted_tickets(self, till, url, adult):
        names = [[ticket["name"] for ticket in till.get(f"{url}state/").json()["tickets"]]]
        late = TicketFactory(event=adult.event, name="Late night", price=5)
        names.append([ticket["name"] for ticket in till.get(f"{url}state/").json()["tickets"]])
        late.delete()
        names.append([ticket["name"] for ticket in till.get(f"{url}state/").json()["tickets"]])
        assert names == [["Adult"], ["Adult", "Late night"], ["Adult"]]

    def test_tells_how_the_event_rounds_cash(self, till, url, adult, event):
        assert till.get(f"{url}state/").json()["event"] == {"cashRounding": None, "admitNow": False}
        event.cash_rounding, event.admit_now = Decimal("0.05"), True
        event.save()
        assert till.get(f"{url}state/").json()["event"] == {"cashRounding": "0.05", "admitNow": True}

    def test_counts_what_unpaid_orders_hold_beyond_their_time_as_left(self, till, url, adult, cashier):
        sold_onsite(event=adult.event, lines=[Line(adult.pk, 10)], seller=cashier, awaits_card=True)
        assert till.get(f"{url}state/").json()["left"] == {str(adult.pk): 0}
        Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert till.get(f"{url}state/").json()["left"] == {str(adult.pk): 10}

    def test_names_the_unanswered_cards_of_this_till_alone(self, till, url, adult, cashier, shift):
        mine = sold_onsite(event=adult.event, lines=[Line(adult.pk, 1)], seller=cashier, awaits_card=True)
        other = ShiftFactory(till__event=adult.event)
        sold_onsite(event=adult.event, lines=[Line(adult.pk, 1)], seller=other.cashier, awaits_card=True)
        unanswered = till.get(f"{url}state/?till={shift.till_id}").json()["unanswered"]
        assert unanswered == [{"id": mine.pk, "identifier": mine.identifier, "left": "20.00", "card": None}]

    def test_costs_the_same_for_one_and_for_three_tickets(
        self, till, url, adult, django_assert_max_num_queries
    ):
        TicketFactory.create_batch(2, event=adult.event)
        with django_assert_max_num_queries(8):
            till.get(f"{url}state/")

    @pytest.mark.parametrize("query", ["till=abc", "till=999999", "till=%00", "till="])
    def test_till_that_is_not_there(self, till, url, query):
        assert till.get(f"{url}state/?{query}").status_code == 404

    def test_till_of_another_event(self, till, url):
        assert till.get(f"{url}?till={TillFactory().pk}").status_code == 404


class TestRecent:
    @pytest.mark.parametrize("query", ["Silva", "sil", "Ana Maria", "ana silva", "ana@example.com", "code"])
    def test_finds_by_code_and_name(self, till, url, adult, cashier, query):
        order = sell(adult, cashier)
        sold_onsite(event=adult.event, lines=[Line(adult.pk, 1)], seller=cashier)
        query = order.identifier[:6].lower() if query == "code" else query
        page = till.get(f"{url}recent/", {"q": query}).content.decode()
        assert page.count('class="order-code"') == 1
        assert order.identifier in page

    def test_shows_the_last_orders_of_this_till(self, till, url, adult, cashier, shift):
        mine, other = sell(adult, cashier), ShiftFactory(till__event=adult.event)
        theirs = sell(adult, other.cashier)
        page = till.get(f"{url}recent/").content.decode()
        assert mine.identifier in page
        assert theirs.identifier not in page

    def test_shows_nothing_of_other_events(self, till, url, adult):
        foreign = TicketFactory()
        order = sell(foreign, None)
        assert order.identifier not in till.get(f"{url}recent/", {"q": "Silva"}).content.decode()

    @pytest.mark.parametrize("query", ["\x00", " ", "%", "x" * 1000, "' OR 1=1", "\\"])
    def test_odd_queries_find_nothing(self, till, url, adult, cashier, query):
        assert till.get(f"{url}recent/", {"q": query}).status_code == 200

    def test_costs_the_same_for_one_and_for_three_orders(
        self, till, url, adult, cashier, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        sell(adult, cashier)
        with CaptureQueriesContext(connection) as one:
            till.get(f"{url}recent/")
        sell(adult, cashier)
        sell(adult, cashier)
        with django_assert_num_queries(len(one)):
            till.get(f"{url}recent/")

    @pytest.mark.parametrize(
        "typed",
        [
            lambda order: order.identifier,
            lambda order: f" #{order.identifier[:4].lower()} - {order.identifier[4:]} ",
            lambda order: f"https://box.example.org/c/{token_of(order)}/",
            lambda order: order.attendees.get().code,
        ],
        ids=["code", "as it is read", "receipt", "ticket"],
    )
    @pytest.mark.parametrize("headers", [{}, {"X-Fragment": "1"}], ids=["page", "dialog"])
    def test_whole_code_opens_the_order_at_this_till(self, till, url, adult, cashier, shift, typed, headers):
        order = sell(adult, cashier)
        sell(adult, cashier)
        asked = {"till": shift.till_id, "q": typed(order)}
        answer = till.get(f"{url}recent/", asked, headers=headers)
        assert answer.url == f"{url}orders/{order.identifier}/?till={shift.till_id}"
        assert order.identifier in till.get(answer.url, headers=headers).content.decode()

    def test_whole_code_that_is_a_name_too_shows_both(self, till, url, adult, cashier):
        named, other = sell(adult, cashier), sell(adult, cashier)
        Order.objects.filter(pk=named.pk).update(identifier="MARGARET")
        correct(other.attendees.get(), by=cashier, firstname="Margaret")
        page = till.get(f"{url}recent/", {"q": "margaret"}).content.decode()
        assert page.count('class="order-code"') == 2

    @pytest.mark.parametrize("is_member", [True, False])
    def test_order_of_another_event_is_named_to_whom_may_see_it(self, till, url, adult, cashier, is_member):
        foreign = TicketFactory(event__name="Gala")
        if is_member:
            MemberFactory(event=foreign.event, user=cashier, role="cashier")
        order = sell(foreign, None)
        for asked in (order.identifier, f"https://box.example.org/c/{token_of(order)}/"):
            page = till.get(f"{url}recent/", {"q": asked}).content.decode()
            assert ("Not of this event: it is an order of Gala." in page) is is_member
            assert ("Nothing found." in page) is not is_member

    def test_receipt_of_nothing_finds_nothing(self, till, url, adult, cashier):
        sell(adult, cashier)
        asked = {"q": f"https://box.example.org/c/ACDEFGHJ{'a' * 26}/"}
        assert "Nothing found." in till.get(f"{url}recent/", asked).content.decode()

    def test_fragment_is_the_content_alone(self, till, url):
        page = till.get(f"{url}recent/", headers={"X-Fragment": "1"}).content.decode()
        assert "<html" not in page
        assert "recent-title" in page


class TestPaying:
    def test_pending_order_in_cash(self, till, url, pending, shift):
        response = till.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "cash", "tendered": "50"})
        assert response.status_code == 302
        pending.refresh_from_db()
        (payment,) = pending.payments.all()
        assert pending.status == "completed"
        assert (payment.amount, payment.change, payment.shift) == (40, 10, shift)

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"tender": "cash", "tendered": "5"}, 422),
            ({"tender": "cash", "tendered": "1,234"}, 422),
            ({"tender": "cash", "tendered": "abc"}, 422),
            ({"tender": "gold"}, 422),
            ({}, 422),
            ({"tender": "rounding"}, 422),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_the_form(self, till, url, pending, fields, status):
        response = till.post(f"{url}orders/{pending.identifier}/pay/", fields)
        assert response.status_code == status
        pending.refresh_from_db()
        assert (pending.status, pending.payments.count()) == ("pending", 0)

    def test_another_rest_than_was_shown_is_refused(self, till, url, pending):
        pay = f"{url}orders/{pending.identifier}/pay/"
        response = till.post(pay, {"tender": "cash", "amount": "30.00"})
        assert response.status_code == 422
        assert "40.00 EUR, not 30.00 EUR" in response.content.decode()
        assert 'name="amount" value="40.00"' in response.content.decode()
        assert till.post(pay, {"tender": "cash", "amount": "40.00"}).status_code == 302

    def test_rest_says_what_it_is_in_cash(self, till, url, adult, event, cashier):
        event.cash_rounding = Decimal("0.05")
        event.save()
        adult.price = Decimal("13.49")
        adult.save()
        order = sold_onsite(event=event, lines=[Line(adult.pk, 2)], seller=cashier, status="pending")
        page = till.get(f"{url}orders/{order.identifier}/").content.decode()
        assert "To pay: 26.98 EUR" in page
        assert "27.00 EUR in cash, rounded" in page

    def test_cash_given_is_typed_with_a_comma(self, till, url, pending):
        till.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "cash", "tendered": "50,00"})
        assert pending.payments.get().change == 10

    def test_cancelled_order_is_not_paid(self, till, url, pending):
        till.post(f"{url}orders/{pending.identifier}/cancel/")
        response = till.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "card"})
        assert response.status_code == 409
        assert "was cancelled" in response.content.decode()

    def test_cashier_without_a_drawer_takes_no_cash(self, client, url, pending, member):
        client.force_login(member("cashier"))
        response = client.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "cash"})
        assert response.status_code == 409
        assert "no open shift" in response.content.decode()


class TestTakingBack:
    def test_unpaid_order_frees_its_tickets(self, till, url, pending, adult):
        till.post(f"{url}orders/{pending.identifier}/cancel/")
        adult.refresh_from_db()
        assert (Order.objects.get().status, adult.sold) == ("cancelled", 0)
        assert Attendee.objects.count() == 2

    def test_order_that_was_paid_since_it_was_shown_stays(self, till, url, pending, cashier):
        page = till.get(f"{url}orders/{pending.identifier}/").content.decode()
        (left,) = re.findall(r'name="left" value="([^"]+)"', page)
        complete(pending, desk=Desk(cashier), payments=[Paid("cash")])
        cancelling = f"{url}orders/{pending.identifier}/cancel/"
        response = till.post(cancelling, {"left": left})
        assert response.status_code == 422
        assert "Money has moved since" in response.content.decode()
        pending.refresh_from_db()
        assert pending.status == "completed"
        (left,) = re.findall(r'name="left" value="([^"]+)"', response.content.decode())
        assert till.post(cancelling, {"left": left}).status_code == 302

    def test_undo_gives_the_money_back_out_of_the_same_drawer(self, till, url, adult, cashier, shift):
        order = sell(adult, cashier)
        page = till.get(f"{url}orders/{order.identifier}/").content.decode()
        assert "Undo" in page
        till.post(f"{url}orders/{order.identifier}/cancel/")
        payments = Order.objects.get().payments.all()
        assert [(p.amount, p.shift) for p in payments] == [(20, shift), (-20, shift)]

    def test_after_a_minute_a_cashier_is_refused(self, till, url, adult, cashier, now):
        order = sell(adult, cashier, at=now - timedelta(seconds=61))
        assert "Undo" not in till.get(f"{url}orders/{order.identifier}/").content.decode()
        response = till.post(f"{url}orders/{order.identifier}/cancel/", {"reason": "please"})
        assert response.status_code == 409
        assert "60 seconds" in response.content.decode()

    def test_organizer_needs_a_reason(self, client, url, adult, organizer, cashier, now):
        client.force_login(organizer)
        order = sell(adult, cashier, at=now - timedelta(hours=1))
        assert client.post(f"{url}orders/{order.identifier}/cancel/").status_code == 422
        response = client.post(f"{url}orders/{order.identifier}/cancel/", {"reason": "Rained off"})
        assert response.status_code == 302
        order.refresh_from_db()
        assert (order.status, order.cancel_reason, order.cancelled_by) == (
            "cancelled",
            "Rained off",
            organizer,
        )


class TestMoney:
    """An organizer cancels at the till's page, where cash needs a drawer."""

    @pytest.fixture
    def boss(self, client, organizer):
        client.force_login(organizer)
        return client

    @pytest.fixture
    def sold(self, adult, cashier, now):
        return sell(adult, cashier, at=now - timedelta(hours=1))

    def cancel(self, client, url, order, **fields):
        return client.post(
            f"{url}orders/{order.identifier}/cancel/", {"reason": "ill", **fields}, follow=True
        )

    def test_page_asks_out_of_which_drawer(self, boss, url, sold, shift, event):
        other = ShiftFactory(till__event=event, till__name="South")
        page = boss.get(f"{url}orders/{sold.identifier}/").content.decode()
        assert f'value="till-{shift.till_id}" selected' in page
        for shown in (f'value="till-{other.till_id}"', "South", 'value="keep"'):
            assert shown in page
        page = self.cancel(boss, url, sold, money=f"till-{other.till_id}").content.decode()
        assert "Give back: 20.00 EUR cash" in page
        assert [p.shift for p in sold.payments.all()] == [shift, other]

    def test_kept(self, boss, url, sold):
        assert "The money was kept" in self.cancel(boss, url, sold, money="keep").content.decode()
        assert [p.amount for p in sold.payments.all()] == [20]

    def test_by_another_tender(self, boss, url, sold):
        page = self.cancel(boss, url, sold, tender="card").content.decode()
        assert "Reverse it on the card terminal: 20.00 EUR" in page

    def test_no_drawer_is_open(self, boss, url, sold, shift):
        close(shift)
        response = self.cancel(boss, url, sold)
        assert response.status_code == 409
        assert "no open shift" in response.content.decode()
        assert self.cancel(boss, url, sold, money="keep").status_code == 200

    def test_cashier_is_not_asked_and_chooses_nothing(self, till, url, adult, cashier):
        order = sell(adult, cashier)
        assert 'name="money"' not in till.get(f"{url}orders/{order.identifier}/").content.decode()
        assert self.cancel(till, url, order, money="keep").status_code == 403
        assert self.cancel(till, url, order, money="till-1").status_code == 422

    def test_organizer_takes_no_cash_without_a_drawer(self, boss, url, event, adult, pending):
        answers = [
            boss.post(url, {f"quantity_{adult.pk}": 1, "tender": "cash", "idempotency_key": "k"}),
            boss.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "cash"}),
        ]
        assert [answer.status_code for answer in answers] == [409, 409]
        assert all("no open shift" in answer.content.decode() for answer in answers)
        card = boss.post(f"{url}orders/{pending.identifier}/pay/", {"tender": "card"})
        assert card.status_code == 302

    def test_nor_does_the_till_s_script(self, boss, url, event, adult):
        lines = [{"id": adult.pk, "quantity": 1}]
        event_ = {"event": {"data": {"type": "event", "id": str(event.pk)}}}
        for tender, status in (("cash", 409), ("card", 201)):
            paid = [{"tender": tender, "amount": "20.00"}]
            attributes = {"on-site-tickets": lines, "payments": paid}
            data = {"type": "order", "attributes": attributes, "relationships": event_}
            response = boss.post(
                f"{url}api/orders?onsite=true", {"data": data}, content_type="application/vnd.api+json"
            )
            assert response.status_code == status


class TestCardTooLate:
    @pytest.fixture
    def gone(self, adult, cashier, event, now):
        order = sell(adult, cashier, payments=[], awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        adult.quantity = 0
        adult.save()
        return order

    def test_is_booked_listed_and_given_back(self, till, url, gone, shift):
        page = f"{url}orders/{gone.identifier}/"
        assert "A card has paid it after all" in till.get(page).content.decode()
        response = till.post(f"{page}pay/", {"tender": "card"})
        assert response.status_code == 409
        assert "must go back to the card" in response.content.decode()
        assert "Given back" in response.content.decode()
        due = {"id": gone.pk, "identifier": gone.identifier, "amount": "20.00"}
        assert till.get(f"{url}state/").json()["due"] == [due]
        for _ in range(2):
            assert till.post(f"{page}given-back/").status_code == 302
        assert till.get(f"{url}state/").json()["due"] == []
        assert "Reverse it on the card terminal: 20.00 EUR" in till.get(page).content.decode()
        assert [(p.amount, p.shift) for p in gone.payments.all()] == [(20, shift), (-20, shift)]

    def test_is_listed_at_the_till_that_took_it_and_at_all_if_none_did(
        self, till, client, url, gone, event, shift
    ):
        with pytest.raises(Conflict):
            complete(gone, payments=[Paid("card")], desk=Desk(shift.cashier))
        other = ShiftFactory(till__event=event)
        assert len(till.get(f"{url}state/").json()["due"]) == 1
        client.force_login(other.cashier)
        assert client.get(f"{url}state/").json()["due"] == []
        gone.payments.update(shift=None)
        assert len(client.get(f"{url}state/").json()["due"]) == 1

    def test_nothing_is_due(self, till, url, pending):
        assert till.post(f"{url}orders/{pending.identifier}/given-back/").status_code == 409

    def test_there_are_tickets(self, till, url, gone, adult):
        adult.quantity = 10
        adult.save()
        assert till.post(f"{url}orders/{gone.identifier}/pay/", {"tender": "card"}).status_code == 302
        gone.refresh_from_db()
        assert gone.status == "completed"


@pytest.mark.parametrize("page", ["state/", "recent/", "display/", "signed-in/", "orders/{order}/"])
def test_pages_of_the_till_are_for_those_who_may_sell(client, url, pending, member, stranger, page):
    address = url + page.format(order=pending.identifier)
    assert client.get(address).status_code == (401 if page == "state/" else 302)
    for user, status in ((member("registrar"), 403), (stranger, 403), (member("organizer"), 200)):
        client.force_login(user)
        assert client.get(address).status_code == status


@pytest.mark.parametrize("page", ["state/", "api/orders"])
def test_page_that_believes_somebody_else_is_logged_in_is_told_so(client, url, cashier, organizer, page):
    client.force_login(cashier)
    assert client.get(url + page, headers={"X-Cashier": str(cashier.pk)}).status_code == 200
    assert client.get(url + page, headers={"X-Cashier": str(organizer.pk)}).status_code == 401
    assert client.get(url + page, headers={"X-Cashier": "abc"}).status_code == 401


def test_lock_logs_out_and_leads_the_next_one_to_the_same_till(till, url, shift):
    response = till.post(f"{url}lock/?till={shift.till_id}")
    assert response.url == f"{url}?till={shift.till_id}"
    assert till.get(response.url).url == f"{url}unlock/?next={quote(response.url, safe='')}"
    close(shift)
    assert till.get(response.url).url == f"/admin/login/?next={quote(response.url)}"


def test_colleague_sells_into_the_same_drawer_and_both_are_recorded(client, url, adult, shift, member):
    relief = ReliefFactory(shift=shift, user=member("cashier")).user
    client.force_login(relief)
    form = {f"quantity_{adult.pk}": 1, "tender": "cash", "idempotency_key": "k"}
    client.post(f"{url}?till={shift.till_id}", form)
    payment = Order.objects.get().payments.get()
    assert (payment.shift, payment.created_by, shift.cashier == relief) == (shift, relief, False)


@pytest.mark.parametrize("act", ["pay", "cancel"])
def test_acts_are_posted(till, url, pending, act):
    assert till.get(f"{url}orders/{pending.identifier}/{act}/").status_code == 405


def test_order_of_another_event_is_not_there(till, url, pending):
    Order.objects.update(event=EventFactory())
    for act in ("pay", "cancel"):
        assert till.post(f"{url}orders/{pending.identifier}/{act}/").status_code == 404


class TestScript:
    """What the till's script calls: the API's order views, with the log-in of the page."""

    def test_needs_the_csrf_token(self, cashier, event, adult):
        from django.test import Client

        from base.tests.client import order_document

        browser = Client(enforce_csrf_checks=True)
        browser.force_login(cashier)

        def post(**headers):
            return browser.post(
                f"/till/{event.identifier}/api/orders?onsite=true",
                order_document(event, (adult, 1)),
                content_type="application/vnd.api+json",
                headers=headers,
            )

        assert post().status_code == 403
        browser.get(f"/till/{event.identifier}/")
        token = browser.cookies["csrftoken"].value
        assert post(**{"X-CSRFToken": token}).status_code == 201
        assert Order.objects.count() == 1

    def test_without_a_session_answers_401(self, client, event):
        assert client.get(f"/till/{event.identifier}/api/orders").status_code == 401

    def test_sees_the_orders_of_its_event_alone(self, till, url, adult, cashier):
        order, foreign = sell(adult, cashier), sell(TicketFactory(), None)
        assert till.get(f"{url}api/orders/{order.identifier}").status_code == 200
        assert till.get(f"{url}api/orders/{foreign.identifier}").status_code == 404

    def test_finds_what_a_key_has_made_for_its_owner_alone(self, api, adult, cashier, member):
        order = sell(adult, cashier, idempotency_key="k1")
        found = api(cashier).get("/v1/orders?filter[idempotency-key]=k1").json()["data"]
        assert [row["attributes"]["identifier"] for row in found] == [order.identifier]
        assert api(cashier).get("/v1/orders?filter[idempotency-key]=k2").json()["data"] == []
        assert api(member("cashier")).get("/v1/orders?filter[idempotency-key]=k1").json()["data"] == []


@pytest.mark.parametrize("terms", [{"card-amount": "5"}, {"card-amount": "21", "awaits-card": True}])
def test_amount_at_the_terminal_is_a_part_of_what_is_waited_for(api, cashier, event, adult, terms):
    response = api(cashier).sell(event, (adult, 1), **terms)
    assert response.status_code == 422
    assert response.json()["errors"][0]["source"]["pointer"] == "/data/attributes/card-amount"
    assert not Order.objects.exists()


def test_amount_at_the_terminal_may_be_all_of_it(api, cashier, event, adult):
    response = api(cashier).sell(event, (adult, 1), **{"card-amount": "20.00", "awaits-card": True})
    assert response.status_code == 201
    order = Order.objects.get()
    assert (order.amount, order.card_amount, order.awaits_card) == (20, 20, True)


@pytest.mark.parametrize("amount", ["20.01", "0", "-1"])
def test_amount_at_the_terminal_is_neither_nothing_nor_more_than_all(api, cashier, event, adult, amount):
    response = api(cashier).sell(event, (adult, 1), **{"card-amount": amount, "awaits-card": True})
    assert response.status_code == 422
    assert not Order.objects.exists()
