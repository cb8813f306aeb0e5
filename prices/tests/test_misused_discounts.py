"""Discounts as nobody means them: odd codes, rows that go away, and what an insider tries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from base.errors import Conflict, NotFound
from base.tests.client import document, error, relation
from books.checking import differences
from books.checks import CHECKS
from events.planning import change_event
from orders.discounts import find_discounts, give_discounts
from orders.lifecycle import complete, expire_overdue
from orders.models import Order
from orders.restoring import restore
from orders.sale import Line, Sale
from orders.sales import _walk_ins, priced
from orders.settlement import Paid
from prices.claims import Claim
from prices.discounts import delete_discount, write_discount
from prices.models import Discount
from prices.tests.factories import discount_of
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.stock import delete_ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def books_are_right(db):
    yield
    assert differences(CHECKS) == []


def new(event, **attributes):
    relationships = {"event": relation("event", event.pk)}
    return document("discount", None, relationships, **{"name": "Student", "percent": 10, **attributes})


def ask(client, event, code):
    body = document("discount", None, code=code)
    return client.post(f"/till/{event.identifier}/api/discount", body, "application/vnd.api+json")


class TestCodes:
    def test_code_that_grows_in_capitals_is_too_long(self, api, organizer, event):
        client = api(organizer)
        refused = client.post("/v1/discounts", new(event, code="ß" * 40))
        assert refused.status_code == 422, refused.content
        assert error(refused)["source"]["pointer"] == "/data/attributes/code"
        made = client.post("/v1/discounts", new(event, code="ß" * 20))
        assert made.json()["data"]["attributes"]["code"] == "S" * 40
        pk = made.json()["data"]["id"]
        refused = client.patch(f"/v1/discounts/{pk}", document("discount", pk, code="ß" * 21))
        assert refused.status_code == 422, refused.content

    @pytest.mark.parametrize(
        ("set_as", "typed"),
        [
            ("straße", "STRASSE"),
            ("STRAẞE", "straße"),
            ("İSTANBUL", "i̇stanbul"),
            ("café", "cafe\u0301"),
            ("２０２６", "2026"),
            ("a\u200bbc", "ABC"),
            ("ΣΑΣ", "σας"),
        ],
    )
    def test_code_is_found_however_it_is_typed(self, api, cashier, event, adult, sell, set_as, typed):
        discount_of(event, percent=10, code=set_as)
        assert sell(Line(adult.pk, 1), discount=Claim(code=typed)).amount == 18

    @pytest.mark.parametrize(
        "code", ["\x00", "A\x00", "\ud800", 5, True, None, [], {}, "😀", "%", "'", "\u2028"]
    )
    def test_odd_code_is_no_fault(self, client, api, cashier, event, adult, code):
        client.force_login(cashier)
        assert ask(client, event, code).status_code in (400, 404, 422)
        assert api(cashier).sell(event, (adult, 1), discount={"code": code}).status_code in (400, 404, 422)

    def test_long_code_is_typed_with_blanks(self, client, cashier, event):
        client.force_login(cashier)
        discount_of(event, percent=10, code="ABCD" * 10)
        assert ask(client, event, " ".join(["abcd"] * 10)).status_code == 200


class TestWhatGoesAway:
    def test_ticket_that_a_discount_is_for_alone_stays(self, client, organizer, event, adult, child):
        of_child = discount_of(event, amount=5, tickets=[child])
        discount_of(event, name="Both", amount=5, tickets=[adult, child])
        with pytest.raises(Conflict) as refusal:
            delete_ticket(child)
        assert refusal.value.problems[0].code == "only-ticket"
        assert of_child.tickets.get() == child
        delete_discount(of_child)
        delete_ticket(child)
        assert Discount.objects.get().tickets.get() == adult

    def test_ticket_that_is_gone_is_none_that_it_is_for(self, event, child):
        gone = Ticket.objects.get(pk=child.pk)
        delete_ticket(child)
        with pytest.raises(NotFound) as refusal:
            discount_of(event, amount=5, tickets=[gone])
        assert refusal.value.problems[0].code == "unknown-ticket"
        assert not Discount.objects.exists()

    def test_currency_without_cents_is_refused_beside_an_amount_with_cents(self, event, adult):
        discount_of(event, amount="0.50")
        with pytest.raises(Conflict) as refusal:
            change_event(event, currency="JPY")
        assert refusal.value.problems[0].code == "prices-do-not-fit"

    def test_second_try_knows_nothing_of_the_first(self, event, adult, child):
        student = discount_of(event, percent=10)
        sale = Sale(event, [Line(adult.pk, 1), Line(child.pk, 1)], discount=Claim(student.pk))
        walk_ins = _walk_ins(sale.lines)
        tickets = {ticket.pk: ticket for ticket in (adult, child)}
        attendees = priced(walk_ins, sale.lines, tickets)
        give_discounts(sale, walk_ins, find_discounts(sale, timezone.now()))
        assert [str(one.discounted) for one in attendees] == ["2.00", "0.80"]
        write_discount(student, [child], changed=[])
        attendees = priced(walk_ins, sale.lines, tickets)
        give_discounts(sale, walk_ins, find_discounts(sale, timezone.now()))
        told = [(one.discount, one.discounted, one.price_reason, one.price_paid) for one in attendees]
        assert told[0] == (None, None, "", Decimal(20))

    def test_what_an_overdue_order_keeps_is_told_as_free(self, client, cashier, event, adult, sell):
        event.pending_minutes = 10
        event.save()
        discount_of(event, amount=5, limit=1, code="ONCE")
        long_ago = timezone.now() - timedelta(minutes=11)
        sell(Line(adult.pk, 1), discount=Claim(code="ONCE"), payments=(), status="pending", at=long_ago)
        client.force_login(cashier)
        assert ask(client, event, "once").status_code == 200

    def test_order_is_restored_with_what_an_overdue_one_keeps(self, event, adult, sell):
        event.pending_minutes = 10
        event.save()
        discount_of(event, amount=5, limit=1, code="ONCE")
        terms = {"discount": Claim(code="ONCE"), "payments": (), "status": "pending"}
        first = sell(Line(adult.pk, 1), at=timezone.now() - timedelta(minutes=30), **terms)
        second = sell(Line(adult.pk, 1), at=timezone.now() - timedelta(minutes=11), **terms)
        first.refresh_from_db()
        assert first.status == "expired"
        restore(first)
        second.refresh_from_db()
        assert second.status == "expired"
        with pytest.raises(Conflict):
            restore(second)


class TestCardThatComesTooLate:
    """Its order has expired, and let go of the voucher with the tickets."""

    @pytest.fixture
    def late(self, event, adult, sell):
        discount_of(event, amount=5, limit=1, code="ONCE")
        long_ago = timezone.now() - timedelta(minutes=31)
        terms = {"payments": (), "status": "pending", "awaits_card": True, "at": long_ago}
        order = sell(Line(adult.pk, 1), discount=Claim(code="ONCE"), **terms)
        expire_overdue(event)
        return Order.objects.get(pk=order.pk)

    def pay(self, order, cashier):
        return complete(order, payments=[Paid("card")], desk=Desk(cashier))

    def test_has_it_again_if_nobody_has_it(self, adult, cashier, sell, late):
        assert self.pay(late, cashier).status == "completed"
        with pytest.raises(Conflict):
            sell(Line(adult.pk, 1), discount=Claim(code="ONCE"))

    def test_goes_back_if_others_have_it(self, adult, cashier, sell, late):
        sell(Line(adult.pk, 1), discount=Claim(code="ONCE"))
        with pytest.raises(Conflict) as refusal:
            self.pay(late, cashier)
        assert refusal.value.problems[0].code == "order-money-due"
        late.refresh_from_db()
        assert (late.status, late.money_due, late.balance) == ("expired", True, Decimal(15))
        assert Discount.objects.with_used().get().used == 1
        assert Ticket.objects.get(pk=adult.pk).sold == 1


class TestByToken:
    def test_repeated_request_gets_its_order_whatever_became_of_the_voucher(self, api, cashier, event, adult):
        voucher = discount_of(event, percent=10, limit=1, code="ONCE")
        terms = {"status": "completed", "discount": {"code": "once"}}
        headers = {"Idempotency-Key": "k1"}

        def sold():
            answer = api(cashier).sell(event, (adult, 1), headers=headers, **terms)
            assert answer.status_code == 201, answer.content
            return answer.json()["data"]["id"]

        first = sold()
        assert sold() == first
        voucher.is_active, voucher.code = False, "OTHER"
        write_discount(voucher, changed=["is_active", "code"])
        assert sold() == first

    @pytest.mark.parametrize("claim", ["", 0, False, [], {"id": 1.5}, {"id": "1" * 18}, {"code": "ﷺ" * 80}])
    def test_odd_claim_is_no_fault(self, api, cashier, event, adult, claim):
        for lines, terms in (
            [[(adult, 1)], {"discount": claim}],
            [[{"id": adult.pk, "quantity": 1, "discount": claim}], {}],
        ):
            assert api(cashier).sell(event, *lines, **terms).status_code in (404, 422)

    @pytest.mark.parametrize(
        "name",
        [
            "name",
            "percent",
            "amount",
            "once-per-sale",
            "code",
            "limit",
            "most-tickets",
            "ends-at",
            "is-active",
        ],
    )
    def test_null_is_no_fault(self, api, organizer, event, name):
        pk = discount_of(event, percent=10, code="A").pk
        answer = api(organizer).patch(f"/v1/discounts/{pk}", document("discount", str(pk), **{name: None}))
        assert answer.status_code in (200, 422), answer.content

    @pytest.mark.parametrize(
        "query",
        [
            "sort=code",
            "filter[code]=ABC",
            "filter[search]=ABC",
            "filter[code__startswith]=A",
            "include=attendees",
            "include=event,tickets",
            "fields[discount]=code,name",
        ],
    )
    def test_no_query_tells_codes(self, api, cashier, event, adult, query):
        discount_of(event, percent=10, code="ABCXYZ", tickets=[adult])
        answer = api(cashier).get(f"/v1/events/{event.pk}/discounts?{query}")
        assert answer.status_code in (200, 400)
        assert b"ABCXYZ" not in answer.content

    @pytest.mark.parametrize(
        "query", ["include=discount", "filter[discount.code]=A", "filter[discount]=1", "sort=discount__code"]
    )
    def test_no_query_of_attendees_tells_codes(self, api, cashier, event, adult, sell, query):
        discount_of(event, percent=10, code="ABCXYZ", tickets=[adult])
        sell(Line(adult.pk, 1), discount=Claim(code="ABCXYZ"))
        answer = api(cashier).get(f"/v1/events/{event.pk}/attendees?{query}")
        assert answer.status_code == 400, answer.content
        assert b"ABCXYZ" not in answer.content

    @pytest.mark.parametrize(
        "relationships",
        [
            {"event": {"data": None}},
            {"tickets": {"data": None}},
            {"tickets": {"data": [None]}},
            {"tickets": {"data": {"type": "ticket", "id": "1"}}},
            {"tickets": relation("ticket", [10**17])},
        ],
    )
    def test_odd_relationship_is_no_fault(self, api, organizer, event, relationships):
        pk = discount_of(event, percent=10, code="A").pk
        answer = api(organizer).patch(f"/v1/discounts/{pk}", document("discount", str(pk), relationships))
        assert answer.status_code in (200, 400, 404, 422), answer.content
