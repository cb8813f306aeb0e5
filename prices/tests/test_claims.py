"""Discounts in a sale: what it costs then, what is refused, and how often they work."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from attendees.standing import STANDINGS
from base.errors import Conflict, Invalid, NotFound
from books.checking import differences
from books.checks import CHECKS
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import MoneyDue, cancel, complete, expire_overdue
from orders.models import Order
from orders.partial import cancel_attendees
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from prices.claims import Claim
from prices.discounts import delete_discount, write_discount
from prices.models import ENDED, Discount
from prices.tests.factories import discount_of
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def books_are_right(db):
    yield
    assert differences(CHECKS) == []


def claim(discount):
    return Claim(code=discount.code) if discount.code else Claim(discount.pk)


def prices(order):
    return [str(attendee.price_paid) for attendee in order.attendees.order_by("pk")]


def refused(error, act):
    with pytest.raises(error) as refusal:
        act()
    return [(problem.code, problem.path) for problem in refusal.value.problems]


class TestOfTheWholeSale:
    def test_makes_every_ticket_cost_less(self, event, adult, child, sell):
        student = discount_of(event, percent="12.5")
        order = sell(Line(adult.pk, 2), Line(child.pk, 1), discount=claim(student))
        assert prices(order) == ["17.50", "17.50", "7.00"]
        assert order.amount == Decimal("42.00") == order.payments.get().amount
        first = order.attendees.order_by("pk").first()
        assert (first.discount, first.discounted, first.price_reason) == (student, Decimal("2.50"), "Student")
        assert first.approved_by is None

    def test_tax_is_that_of_what_is_paid(self, event, adult, sell):
        order = sell(Line(adult.pk, 1), discount=claim(discount_of(event, amount=10)))
        assert str(order.attendees.get().tax) == "1.60"

    def test_is_of_those_tickets_that_it_is_for(self, event, adult, child, sell):
        order = sell(
            Line(child.pk, 1),
            Line(adult.pk, 1),
            discount=claim(discount_of(event, amount=5, tickets=[adult])),
        )
        assert prices(order) == ["8.00", "15.00"]
        assert order.attendees.filter(discount__isnull=False).count() == 1

    def test_for_none_of_the_tickets_is_refused(self, event, adult, child, sell):
        of_child = discount_of(event, amount=5, tickets=[child])
        problems = refused(Invalid, lambda: sell(Line(adult.pk, 1), discount=claim(of_child)))
        assert problems == [("discount-not-for-ticket", ("discount",))]
        assert not Order.objects.exists()
        assert Ticket.objects.get(pk=adult.pk).sold == 0

    def test_leaves_gifts_and_what_is_free_as_they_are(self, event, adult, sell):
        gift, free = DonationFactory(event=event), FreeTicketFactory(event=event)
        order = sell(
            Line(adult.pk, 1),
            Line(gift.pk, 1, Decimal(6)),
            Line(free.pk, 1),
            discount=claim(discount_of(event, percent=50)),
        )
        assert prices(order) == ["10.00", "6.00", "0.00"]

    def test_of_all_of_it_is_free_and_handed_out(self, event, adult, sell):
        order = sell(Line(adult.pk, 2), discount=claim(discount_of(event, percent=100)), payments=())
        assert (order.status, order.amount) == ("completed", 0)
        assert not order.payments.exists()

    def test_amount_once_is_taken_off_the_sum(self, event, adult, child, sell):
        voucher = discount_of(event, name="Voucher", amount=10, once_per_sale=True, code="ten")
        order = sell(Line(adult.pk, 1), Line(child.pk, 1), discount=Claim(code=" Te n"))
        assert order.amount == 18
        assert sum(a.discounted for a in order.attendees.all()) == 10
        assert voucher.code == "TEN"

    def test_what_the_client_believes_must_be_right(self, event, adult, sell):
        student = claim(discount_of(event, percent=10))
        problems = refused(Invalid, lambda: sell(Line(adult.pk, 1), discount=student, amount=Decimal(20)))
        assert problems == [("amount-differs", ("amount",))]
        assert sell(Line(adult.pk, 1), discount=student, amount=Decimal(18)).amount == 18


class TestOfALine:
    def test_is_of_that_line_alone(self, event, adult, sell):
        student = claim(discount_of(event, amount=5))
        order = sell(Line(adult.pk, 1), Line(adult.pk, 2, discount=student))
        assert prices(order) == ["20.00", "15.00", "15.00"]

    def test_goes_before_that_of_the_sale(self, event, adult, child, sell):
        student, crew = discount_of(event, amount=5), discount_of(event, name="Crew", percent=50)
        order = sell(Line(adult.pk, 1, discount=claim(student)), Line(child.pk, 1), discount=claim(crew))
        assert prices(order) == ["15.00", "4.00"]

    def test_beside_another_price_is_refused(self, adult):
        with pytest.raises(Invalid) as refusal:
            Line(adult.pk, 1, Decimal(3), reason="Press", discount=Claim(1))
        assert refusal.value.problems[0].code == "two-prices"

    def test_for_another_ticket_is_refused_where_it_stands(self, event, adult, child, sell):
        of_child = claim(discount_of(event, amount=5, tickets=[child]))
        lines = [Line(child.pk, 1), Line(adult.pk, 1, discount=of_child)]
        assert refused(Invalid, lambda: sell(*lines)) == [
            ("discount-not-for-ticket", ("lines", 1, "discount"))
        ]


class TestRefused:
    def test_unknown_ones_and_those_of_other_events(self, adult, sell):
        other = discount_of(TicketFactory().event, percent=10)
        lines = [Line(adult.pk, 1, discount=Claim(other.pk)), Line(adult.pk, 1, discount=Claim(code="NO"))]
        assert refused(NotFound, lambda: sell(*lines)) == [
            ("unknown-discount", ("lines", 0, "discount")),
            ("unknown-discount", ("lines", 1, "discount")),
        ]

    def test_one_with_a_code_by_its_id(self, event, adult, sell):
        secret = discount_of(event, percent=10, code="ABC")
        problems = refused(Invalid, lambda: sell(Line(adult.pk, 1), discount=Claim(secret.pk)))
        assert problems == [("code-required", ("discount",))]

    @pytest.mark.parametrize(
        "how", [{"is_active": False}, {"ends_at": timezone.now() - timedelta(minutes=1)}]
    )
    def test_one_that_has_ended(self, event, adult, sell, how):
        over = claim(discount_of(event, percent=10, **how))
        problems = refused(Conflict, lambda: sell(Line(adult.pk, 1), discount=over))
        assert problems == [("discount-ended", ("discount",))]

    def test_neither_id_nor_code(self):
        for wrong in ({}, {"discount_id": 1, "code": "A"}, {"code": "  "}):
            with pytest.raises(Invalid):
                Claim(**wrong)


class TestHowOften:
    @pytest.fixture
    def voucher(self, event):
        return discount_of(event, name="Voucher", amount=5, limit=1, code="ONCE")

    def used_up(self, act):
        assert refused(Conflict, act) == [("discount-used-up", ("discount",))]

    def test_voucher_works_once(self, adult, sell, voucher):
        sell(Line(adult.pk, 3), discount=claim(voucher))
        self.used_up(lambda: sell(Line(adult.pk, 1), discount=claim(voucher)))
        assert Discount.objects.with_used().get().used == 1
        assert Ticket.objects.get(pk=adult.pk).sold == 3

    def test_repeated_request_is_the_same_sale(self, adult, sell, voucher):
        first = sell(Line(adult.pk, 1), discount=claim(voucher), idempotency_key="k")
        assert sell(Line(adult.pk, 1), discount=claim(voucher), idempotency_key="k") == first

    def test_another_discount_is_another_request(self, event, adult, sell, voucher):
        sell(Line(adult.pk, 1), discount=claim(voucher), idempotency_key="k")
        problems = refused(Invalid, lambda: sell(Line(adult.pk, 1), idempotency_key="k"))
        assert problems[0][0] == "idempotency-key-reused"

    def test_cancelled_sale_gives_it_back(self, adult, sell, voucher):
        order = sell(Line(adult.pk, 1), discount=claim(voucher))
        cancel(order, desk=Desk())
        assert sell(Line(adult.pk, 1), discount=claim(voucher)).amount == 15

    def test_last_ticket_with_it_cancelled_or_exchanged_gives_it_back(
        self, adult, child, sell, voucher, organizer, cashier
    ):
        ask = Ask(Desk(organizer, cashier.shifts.get().till_id), "ill")
        order = sell(Line(adult.pk, 2), discount=claim(voucher))
        one, two = order.attendees.order_by("pk")
        cancel_attendees(order, attendees=[one.pk], ask=ask)
        self.used_up(lambda: sell(Line(adult.pk, 1), discount=claim(voucher)))
        exchange(order, attendees=[two.pk], ticket=child.pk, ask=ask)
        sell(Line(adult.pk, 1), discount=claim(voucher))

    def test_expired_order_gives_it_back_and_is_not_restored_beyond(self, event, adult, sell, voucher):
        event.pending_minutes = 10
        event.save()
        long_ago = timezone.now() - timedelta(minutes=11)
        order = sell(Line(adult.pk, 1), discount=claim(voucher), payments=(), status="pending", at=long_ago)
        # The next sale lets go of it by itself.
        sell(Line(adult.pk, 1), discount=claim(voucher))
        order.refresh_from_db()
        assert order.status == "expired"
        assert [code for code, _path in refused(Conflict, lambda: restore(order))] == ["discount-used-up"]
        order.refresh_from_db()
        assert order.status == "expired"
        assert Ticket.objects.get(pk=adult.pk).sold == 1

    def test_restored_order_has_it_again(self, event, adult, sell, voucher):
        event.pending_minutes = 10
        event.save()
        long_ago = timezone.now() - timedelta(minutes=11)
        order = sell(Line(adult.pk, 1), discount=claim(voucher), payments=(), status="pending", at=long_ago)
        expire_overdue(event)
        restore(Order.objects.get(pk=order.pk))
        self.used_up(lambda: sell(Line(adult.pk, 1), discount=claim(voucher)))

    def test_limit_below_what_was_used_is_refused(self, event, adult, sell):
        twice = discount_of(event, percent=10, limit=2)
        for _sale in range(2):
            sell(Line(adult.pk, 1), discount=claim(twice))
        twice.limit = 1
        problems = refused(Conflict, lambda: write_discount(twice, changed=["limit"]))
        assert problems == [("discount-below-used", ("limit",))]

    def test_one_that_was_used_is_not_deleted(self, event, adult, sell, voucher):
        sell(Line(adult.pk, 1), discount=claim(voucher))
        assert refused(Conflict, lambda: delete_discount(voucher)) == [("discount-in-use", ())]
        delete_discount(discount_of(event, name="Unused", percent=1))

    def test_name_is_that_of_the_sale(self, event, adult, sell):
        student = discount_of(event, percent=10)
        order = sell(Line(adult.pk, 1), discount=claim(student))
        student.name = "Pupils"
        write_discount(student, changed=["name"])
        assert order.attendees.get().price_reason == "Student"


def test_orders_that_have_ended_are_those_that_hold_nothing():
    assert {status for status, standing in STANDINGS.items() if standing.is_gone} == set(ENDED)


class TestLateCard:
    """A card pays for an order that has expired, and with it its voucher."""

    @pytest.fixture
    def late(self, event, adult, sell):
        """Its card is asked for late."""
        event.pending_minutes = 10
        event.save()
        voucher = discount_of(event, name="Voucher", amount=5, limit=1, code="ONCE")
        long_ago = timezone.now() - timedelta(minutes=11)
        order = sell(Line(adult.pk, 1), discount=claim(voucher), payments=(), status="pending", at=long_ago)
        expire_overdue(event)
        return Order.objects.get(pk=order.pk)

    def test_has_it_again_while_nobody_else_has(self, late, cashier):
        paid = complete(late, payments=[Paid("card")], desk=Desk(cashier))
        assert (paid.status, paid.amount) == ("completed", 15)

    def test_is_given_back_where_somebody_else_has_used_it(self, late, adult, sell, cashier):
        sell(Line(adult.pk, 1), discount=Claim(code="ONCE"))
        with pytest.raises(MoneyDue):
            complete(late, payments=[Paid("card")], desk=Desk(cashier))
        late.refresh_from_db()
        assert (late.status, late.money_due, late.balance) == ("expired", True, 15)
        assert Ticket.objects.get(pk=adult.pk).sold == 1
