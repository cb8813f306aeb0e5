"""`sell_onsite` and its books: interrupted anywhere, driven anywhere, they are right."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendees.models import CODE_LETTERS, Attendee
from base.database import Transient, retry_transient
from base.errors import Busy, DomainError, Invalid
from base.tests.lives import examples
from events.models import Event
from events.tests.factories import EventFactory, MemberFactory
from limits import stock
from orders.models import Order, Payment
from orders.sale import Guest, Line, Sale
from orders.sales import sell_onsite
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory


class Unplugged(Exception):
    """Somebody pulled the plug."""


class PullThePlug:
    """Fails after the n-th statement has been executed."""

    def __init__(self, after):
        self.after, self.seen = after, 0

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("BEGIN") and ";" not in sql:
            return result  # SQLite's; nothing has happened yet
        self.seen += 1
        if self.seen == self.after:
            raise Unplugged
        return result


def everything():
    return (
        Order.objects.count(),
        Attendee.objects.count(),
        Payment.objects.count(),
        list(Ticket.objects.order_by("pk").values_list("sold", flat=True)),
    )


@pytest.mark.django_db
def test_lines_of_one_ticket_count_together_towards_what_one_order_takes(event):
    pair = TicketFactory(event=event, min_order=2, max_order=3)
    with pytest.raises(Invalid, match="at most 3"):
        sold_onsite(event=event, lines=[Line(pair.pk, 2), Line(pair.pk, 2)])
    order = sold_onsite(event=event, lines=[Line(pair.pk, 1), Line(pair.pk, 1)])
    assert order.attendees.count() == 2
    assert sold_onsite(event=event, lines=[Line(pair.pk, 1), Line(pair.pk, 2)]).attendees.count() == 3


@pytest.mark.django_db(transaction=True)
def test_sale_interrupted_after_any_message_leaves_nothing(event, cashier, on_postgres):
    tickets = TicketFactory.create_batch(2, event=event)
    before = everything()

    def sell():
        return sold_onsite(
            event=event,
            lines=[Line(ticket.pk, 2) for ticket in tickets],
            seller=cashier,
            payments=[Paid("card", Decimal(30)), Paid("cash", tendered=Decimal(60))],
            idempotency_key="unplugged",
        )

    statements = PullThePlug(after=0)
    with connection.execute_wrapper(statements):
        sell()
    Payment.objects.all()._raw_delete(using="default")
    Attendee.objects.all().delete()
    Order.objects.all().delete()
    Ticket.objects.update(sold=0)
    assert statements.seen >= (4 if on_postgres else 6)
    for after in range(1, statements.seen + 1):
        with connection.execute_wrapper(PullThePlug(after)), pytest.raises(Unplugged):
            sell()
        assert everything() == before, f"after statement {after}"


@pytest.mark.django_db(transaction=True)
def test_sale_inside_a_transaction_is_a_mistake(event):
    ticket = TicketFactory(event=event)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)])


@pytest.mark.django_db(transaction=True)
def test_stock_is_not_taken_outside_a_transaction(event):
    ticket = TicketFactory(event=event)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        stock.take(event=event, lines=[Line(ticket.pk, 1)], at=timezone.now())


@pytest.mark.django_db
class TestSellOnsite:
    @pytest.mark.parametrize(("amount", "tendered"), [("1.10", "3.30"), ("0.10", "0.30"), ("17.95", "50.05")])
    def test_change_adds_up_in_any_cents(self, event, amount, tendered):
        """SQLite compares decimals as floats: 1.1 + 2.2 is not 3.3 to it."""
        ticket = TicketFactory(event=event, price=Decimal(amount))
        paid = [Paid("cash", tendered=Decimal(tendered))]
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payments=paid)
        assert order.payments.get().change == Decimal(tendered) - Decimal(amount)

    def test_currency_is_the_one_at_the_time_of_the_lock(self, event):
        ticket = TicketFactory(event=event)
        stale = Event.objects.get(pk=event.pk)
        Event.objects.filter(pk=event.pk).update(currency="USD")
        assert sold_onsite(event=stale, lines=[Line(ticket.pk, 1)]).currency == "USD"

    def test_script_may_sell_without_a_seller(self, event):
        order = sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)])
        assert (order.seller, order.buyer, order.channel) == (None, None, "onsite")

    def test_whole_amount_needs_no_sum(self, event):
        ticket = TicketFactory(event=event, price=20)
        paid = Paid("cash", tendered=Decimal(50))
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 2)], payments=[paid])
        payment = order.payments.get()
        assert (payment.amount, payment.tendered, payment.change) == (40, 50, 10)
        assert order.status == "completed"

    def test_rest_by_another_tender(self, event):
        ticket = TicketFactory(event=event, price=20)
        order = sold_onsite(
            event=event, lines=[Line(ticket.pk, 2)], payments=[Paid("card", Decimal(15)), Paid("cash")]
        )
        assert [(p.tender, p.amount) for p in order.payments.all()] == [("card", 15), ("cash", 25)]

    def test_whole_of_nothing_is_no_payment(self, event):
        order = sold_onsite(
            event=event, lines=[Line(FreeTicketFactory(event=event).pk, 1)], payments=[Paid("cash")]
        )
        assert (order.status, order.payments.count()) == ("completed", 0)

    @pytest.mark.parametrize("sent", ["once", "twice"])
    def test_what_was_sold_costs_no_further_query(self, event, cashier, sent, django_assert_num_queries):
        ticket = TicketFactory(event=event)
        sale, desk = Sale(event, [Line(ticket.pk, 3)], [Paid("card")]), Desk(by=cashier)
        for _ in range(1 if sent == "once" else 2):
            sold = sell_onsite(sale, desk=desk, key="k")
        with django_assert_num_queries(0):
            assert [attendee.ticket.name for attendee in sold.attendees] == [ticket.name] * 3
            assert [ticket.sold for ticket in sold.tickets] == [3]
            assert sold.order.event.name == event.name
            assert [payment.tender for payment in sold.payments] == ["card"]

    @pytest.mark.parametrize("lines", [[], [Line(1, 1)] * 51, [Line(1, 501)]])
    def test_size_out_of_bounds_is_refused_before_any_query(self, event, lines, django_assert_num_queries):
        with django_assert_num_queries(0), pytest.raises(Invalid):
            sold_onsite(event=event, lines=lines)

    @pytest.mark.parametrize(
        ("lines", "code"),
        [([], "no-lines"), ([Line(1, 1)], "awaits-card"), ([Line(1, 501)], "too-many-attendees")],
    )
    def test_size_is_judged_before_the_card_and_both_before_the_key(self, event, lines, code):
        with pytest.raises(Invalid) as refusal:
            sold_onsite(event=event, lines=lines, awaits_card=True, status="completed", idempotency_key="\n")
        assert [problem.code for problem in refusal.value.problems] == [code]

    def test_line_without_quantity_cannot_be_made(self):
        with pytest.raises(Invalid):
            Line(1, 0)

    def test_line_with_more_guests_than_quantity_cannot_be_made(self):
        with pytest.raises(Invalid):
            Line(1, 1, guests=(Guest("Ana"), Guest("Bo")))

    def test_codes_are_secret_letters(self, event):
        order = sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 50)])
        codes = {attendee.code for attendee in order.attendees.all()}
        assert len(codes) == 50
        assert all(len(code) == 20 and set(code) <= set(CODE_LETTERS) for code in codes)


class TestRetry:
    def test_bad_luck_is_tried_three_times(self):
        tries = []

        @retry_transient
        def unlucky():
            tries.append(1)
            raise Transient

        with pytest.raises(Busy):
            unlucky()
        assert len(tries) == 3

    def test_refusals_are_not_tried_again(self):
        tries = []

        @retry_transient
        def refused():
            tries.append(1)
            raise Invalid.of("x", "x")

        with pytest.raises(Invalid):
            refused()
        assert len(tries) == 1


# --- Whatever happens, the books are right ----------------------------------------------------------

quantities = st.integers(1, 8)
lines = st.lists(st.tuples(st.integers(0, 3), quantities), min_size=1, max_size=4)
settlements = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["pending", "completed"]),
        "payment_mode": st.sampled_from(Order.PaymentMode.values),
        "idempotency_key": st.sampled_from("abc"),
        "payments": st.lists(
            st.builds(
                Paid,
                st.sampled_from(Payment.Tender.values),
                st.sampled_from([None, Decimal("0.50"), Decimal(20), Decimal(28)]),
            ),
            max_size=2,
        ),
    },
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), lines, settlements),
        st.tuples(st.just("order"), lines, st.just({})),
    ),
    min_size=1,
    max_size=12,
)


class TestBooks(TestCase):
    @settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
    @given(acts)
    def test_books_are_right_after_every_act(self, acts):
        event = EventFactory()
        self.tickets = [
            TicketFactory(event=event, price=20, quantity=12),
            TicketFactory(event=event, price=8, quantity=9, max_order=6),
            FreeTicketFactory(event=event, quantity=None),
            DonationFactory(event=event, quantity=10, min_price=0),
        ]
        self.user = MemberFactory(event=event).user
        for act, wanted, terms in acts:
            before = everything()
            try:
                self._sell(event, wanted, terms) if act == "sell" else self._order(event, wanted)
            except DomainError:
                assert everything() == before
            else:
                self._check()

    def _sell(self, event, wanted, terms):
        sold_onsite(
            event=event,
            seller=self.user,
            lines=[
                Line(self.tickets[kind].pk, n, Decimal("2.50") if kind == 3 else None) for kind, n in wanted
            ],
            **terms,
        )

    def _order(self, event, wanted):
        drafts = [
            Attendee.objects.create(
                ticket=self.tickets[kind], creator=self.user, price_paid=2 if kind == 3 else 0
            )
            for kind, n in wanted
            for _ in range(n)
        ]
        try:
            ordered_online(event=event, attendees=drafts, buyer=self.user)
        except DomainError:
            Attendee.objects.filter(order=None).delete()
            raise

    def _check(self):
        live = Order.objects.exclude(status__in=["cancelled", "expired"])
        for ticket in Ticket.objects.all():
            assert ticket.sold == ticket.attendees.filter(order__in=live).count()
            assert ticket.quantity is None or ticket.sold <= ticket.quantity
        for order in Order.objects.prefetch_related("attendees", "payments"):
            paid = sum(payment.amount for payment in order.payments.all())
            assert order.amount == sum(attendee.price_paid for attendee in order.attendees.all())
            assert order.attendees.all()
            assert paid <= order.amount
            if order.status == "completed":
                assert paid == order.amount
            if order.status in ("pending", "initializing"):
                assert paid < order.amount
