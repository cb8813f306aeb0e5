"""A receipt adds up, to the cent and per rate of tax, and says what the tickets are worth."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from attendees.models import Attendee
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.taxes import Taxed, shared_out
from orders.tests.factories import sold_onsite
from tickets.tests.factories import DonationFactory, TicketFactory
from till.pages import till_order
from till.receipt import receipt_of, taxes_of

RATES = st.none() | st.decimals(0, Decimal("999.99"), places=2)


def receipt(order):
    return receipt_of(till_order(order.event, order.identifier))


def sold(event, *lines, **terms):
    return sold_onsite(event=event, lines=[Line(*line) for line in lines], **terms)


def attendees(prices, currency="EUR"):
    """As they are sold together in one order."""
    taxes = shared_out([Taxed(*ticket) for ticket in prices], currency)
    return [
        Attendee(price_paid=price, tax_rate=rate, tax=tax)
        for (price, rate), tax in zip(prices, taxes, strict=True)
    ]


class TestTax:
    @given(st.lists(st.tuples(st.decimals(0, Decimal("99999999.99"), places=2), RATES), max_size=20))
    def test_net_and_tax_make_the_gross_and_all_gross_the_amount(self, prices):
        taxes = taxes_of(attendees(prices))
        for tax in taxes:
            assert tax.net + tax.tax == tax.gross
            assert 0 <= tax.tax <= tax.gross
            assert tax.tax == round(tax.tax, 2)
        if taxes:
            assert sum(tax.gross for tax in taxes) == sum(price for price, rate in prices)
        assert {tax.rate for tax in taxes} in ({rate for price, rate in prices}, set())

    @given(st.lists(st.tuples(st.integers(0, 10**8).map(Decimal), RATES), max_size=20))
    def test_yen_has_no_fractions(self, prices):
        for tax in taxes_of(attendees(prices, "JPY")):
            assert (tax.tax % 1, tax.net % 1) == (0, 0)
            assert tax.net + tax.tax == tax.gross

    def test_rounds_once_per_rate(self):
        (tax,) = taxes_of(attendees([(Decimal("1.00"), Decimal(10))] * 7))
        # 0.09 for each alone would make 0.63.
        assert (tax.gross, tax.tax, tax.net) == (Decimal("7.00"), Decimal("0.64"), Decimal("6.36"))

    def test_rounds_half_up(self):
        (tax,) = taxes_of(attendees([(Decimal("0.03"), Decimal(20))]))
        assert (tax.tax, tax.net) == (Decimal("0.01"), Decimal("0.02"))

    def test_is_not_shown_where_no_ticket_has_a_rate(self):
        assert taxes_of(attendees([(Decimal(5), None)])) == ()

    @pytest.mark.parametrize(
        ("rate", "name"), [("19.00", "19 %"), ("7.50", "7.5 %"), ("0.00", "0 %"), ("100", "100 %")]
    )
    def test_rate_is_named_without_idle_zeros(self, rate, name):
        assert taxes_of(attendees([(Decimal(5), Decimal(rate))]))[0].name == name

    @pytest.mark.django_db
    def test_is_the_one_of_the_sale(self, event):
        ticket = TicketFactory(event=event, tax_rate=Decimal(19))
        order = sold(event, (ticket.pk, 2), status="completed")
        ticket.tax_rate = Decimal(7)
        ticket.save()
        (tax,) = receipt(order).taxes
        assert (tax.rate, tax.net, tax.tax) == (19, Decimal("33.61"), Decimal("6.39"))


@pytest.mark.django_db
class TestLines:
    def test_same_ticket_price_and_reason_are_one(self, event, organizer):
        adult = TicketFactory(event=event, name="Adult")
        gift = DonationFactory(event=event, name="Gift")
        order = sold_onsite(
            event=event,
            seller=organizer,
            status="completed",
            lines=[
                Line(adult.pk, 2),
                Line(gift.pk, 1, Decimal(5)),
                Line(adult.pk, 1, Decimal(0), reason="Press"),
                Line(gift.pk, 1, Decimal(7)),
                Line(adult.pk, 3),
            ],
        )
        items = [(i.ticket, i.quantity, i.price, i.reason, i.sum) for i in receipt(order).items]
        assert items == [
            ("Adult", 5, 20, "", 100),
            ("Gift", 1, 5, "", 5),
            ("Adult", 1, 0, "Press", 0),
            ("Gift", 1, 7, "", 7),
        ]
        assert receipt(order).total == sum(item.sum for item in receipt(order).items) == 112

    def test_time_is_the_events(self, event):
        event = EventFactory(timezone="Asia/Tokyo")
        at = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
        paper = receipt(sold(event, (TicketFactory(event=event).pk, 1), status="completed", at=at))
        assert (paper.time, paper.time.hour, paper.time.day) == (at, 5, 2)
        assert paper.when == "2 Jul 2026, 05:30 Asia/Tokyo"

    def test_names_till_seller_and_whom_it_is_for(self, event, cashier):
        order = sold(
            event,
            (TicketFactory(event=event).pk, 1),
            seller=cashier,
            status="completed",
            billing={"company": "Muster GmbH", "zipcode": "50667", "city": "Köln"},
        )
        paper = receipt(order)
        assert (paper.till, paper.seller) == (order.shift.till.name, str(cashier))
        assert paper.billing == ("Muster GmbH", "50667 Köln")

    def test_sale_of_a_script_has_neither_till_nor_seller(self, event):
        paper = receipt(sold(event, (TicketFactory(event=event).pk, 1), status="completed"))
        assert (paper.till, paper.seller, paper.billing) == ("", "", ())


@pytest.mark.django_db
class TestPayments:
    def test_given_change_and_rounding(self, event):
        event.cash_rounding = Decimal("0.05")
        event.save()
        ticket = TicketFactory(event=event, price=Decimal("20.02"))
        cash, card = Paid("cash", Decimal("10.00"), Decimal("50.00")), Paid("card", Decimal("10.02"))
        paper = receipt(sold(event, (ticket.pk, 1), payments=[card, cash]))
        assert [(m.name, m.amount, m.given, m.change) for m in paper.movements] == [
            ("card", Decimal("10.02"), None, None),
            ("cash", 10, 50, 40),
        ]
        paper = receipt(sold(event, (ticket.pk, 1), payments=[Paid("cash", tendered=Decimal("20.00"))]))
        assert [(m.name, m.amount) for m in paper.movements] == [("cash", 20), ("rounding", Decimal("0.02"))]
        assert sum(m.amount for m in paper.movements) == paper.total

    @pytest.mark.parametrize(
        ("price", "card", "rounding", "asked"),
        [
            ("26.98", "", "0.02", "27.00"),
            ("26.97", "", "-0.02", "26.95"),
            ("26.98", "10.00", "0.02", "27.00"),
        ],
    )
    def test_rounding_says_how_what_was_asked_came_from_the_total(self, event, price, card, rounding, asked):
        event.cash_rounding = Decimal("0.05")
        event.save()
        ticket = TicketFactory(event=event, price=Decimal(price))
        paid = [*([Paid("card", Decimal(card))] if card else []), Paid("cash")]
        order = sold(event, (ticket.pk, 1), payments=paid)
        paper = receipt(order)
        assert (paper.total, paper.rounding, paper.asked) == (
            Decimal(price),
            Decimal(rounding),
            Decimal(asked),
        )
        assert sum(moved.amount for moved in paper.passed) == paper.asked
        page = render_to_string("till/receipt.html", {"receipt": paper})
        text = " ".join(re.sub("<[^>]+>", " ", page).split())
        assert f"Total {price} EUR Rounding {rounding} EUR To pay {asked} EUR" in text

    def test_what_was_not_rounded_says_nothing_of_it(self, event):
        order = sold(event, (TicketFactory(event=event).pk, 1), payments=[Paid("cash")])
        assert receipt(order).rounding == 0
        assert "Rounding" not in render_to_string("till/receipt.html", {"receipt": receipt(order)})

    def test_unpaid_order_says_what_is_left(self, event):
        ticket = TicketFactory(event=event)
        order = sold(event, (ticket.pk, 2), payments=[Paid("card", Decimal(15))], status="pending")
        paper = receipt(order)
        assert (paper.warning, paper.is_valid, paper.left) == ("Not paid", False, 25)

    def test_cancelled_order_shows_the_money_given_back(self, event):
        order = sold(event, (TicketFactory(event=event).pk, 1), payments=[Paid("card", Decimal(20))])
        paper = receipt(cancel(order))
        assert (paper.warning, paper.is_valid, paper.left) == ("Cancelled", False, 0)
        assert [(m.name, m.amount) for m in paper.movements] == [("card", 20), ("card, given back", -20)]

    @pytest.mark.parametrize("status", Order.Status.values)
    def test_only_a_completed_order_is_valid(self, event, status):
        order = sold(event, (TicketFactory(event=event).pk, 1), status="completed")
        Order.objects.update(status=status)
        assert receipt(order).is_valid == (status == "completed")
