"""The tax of an order: rounded once per rate, shared out to the cent, and kept with what was sold."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from base.money import currencies, tax_within
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from orders.sale import Line
from orders.taxes import Taxed, shared_out
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

migration = import_module("attendees.migrations.0003_keep_tax_and_name_as_sold")

RATES = st.none() | st.decimals(0, Decimal("999.99"), places=2)
EUROS = st.lists(st.tuples(st.decimals(0, Decimal("99999999.99"), places=2), RATES), max_size=30)
YEN = st.lists(st.tuples(st.integers(0, 99_999_999).map(Decimal), RATES), max_size=30)


def check(tickets, currency):
    taxes = shared_out([Taxed(*ticket) for ticket in tickets], currency)
    unit = Decimal(1).scaleb(-currencies()[currency])
    by_rate = defaultdict(list)
    for (price, rate), tax in zip(tickets, taxes, strict=True):
        assert (tax is None) == (rate is None)
        if rate is not None:
            assert 0 <= tax <= price
            assert tax == tax.quantize(unit)
            assert abs(tax - price * rate / (100 + rate)) < unit
            by_rate[rate].append((price, tax))
    for rate, shares in by_rate.items():
        gross = sum(price for price, _tax in shares)
        assert sum(tax for _price, tax in shares) == tax_within(gross, rate, currency)
        assert tax_within(gross, rate, currency) == (gross * rate / (100 + rate)).quantize(
            unit, ROUND_HALF_UP
        )
    assert migration.shared_out(tickets, currency) == taxes


class TestShares:
    @given(EUROS)
    @example([(Decimal("8.00"), Decimal(7))] * 20)
    def test_make_up_what_each_rate_includes(self, tickets):
        check(tickets, "EUR")

    @given(YEN)
    def test_in_yen_are_whole(self, tickets):
        check(tickets, "JPY")

    def test_go_up_where_most_was_cut_off_the_earlier_first(self):
        seven = Taxed(Decimal("8.00"), Decimal(7))  # 0.5234 each, 1.57 together
        assert shared_out([seven] * 3, "EUR") == [Decimal("0.53"), Decimal("0.52"), Decimal("0.52")]
        more = Taxed(Decimal("8.07"), Decimal(7))  # 0.5279
        assert shared_out([seven, more], "EUR") == [Decimal("0.52"), Decimal("0.53")]

    def test_of_comps_are_nothing(self):
        tickets = [Taxed(Decimal(0), Decimal(19)), Taxed(Decimal("0.03"), Decimal(19))]
        assert shared_out(tickets, "EUR") == [0, 0]
        assert shared_out(tickets * 4, "EUR")[::2] == [0, 0, 0, 0]


def taxes_of(order):
    rows = order.attendees.order_by("pk").values_list("sold_as", "tax_rate", "tax")
    return [tuple(row) for row in rows]


@pytest.mark.django_db
class TestSales:
    def test_keep_tax_and_name_with_every_ticket(self, event, cashier):
        adult = TicketFactory(event=event, name="Adult", price=8, tax_rate=7)
        gift = DonationFactory(event=event, name="Gift", tax_rate=19)
        free = FreeTicketFactory(event=event, name="Baby")
        lines = [Line(adult.pk, 3), Line(gift.pk, 1, Decimal("11.90")), Line(free.pk, 1)]
        order = sold_onsite(event=event, lines=lines, seller=cashier, status="completed")
        assert taxes_of(order) == [
            ("Adult", 7, Decimal("0.53")),
            ("Adult", 7, Decimal("0.52")),
            ("Adult", 7, Decimal("0.52")),
            ("Gift", 19, Decimal("1.90")),
            ("Baby", None, None),
        ]

    def test_comps_include_none(self, event, organizer):
        adult = TicketFactory(event=event, price=8, tax_rate=7)
        lines = [Line(adult.pk, 1, Decimal(0), reason="press"), Line(adult.pk, 1)]
        order = sold_onsite(event=event, lines=lines, seller=organizer, status="completed")
        assert [tax for _name, _rate, tax in taxes_of(order)] == [0, Decimal("0.52")]

    def test_online_are_no_others(self, event, stranger):
        adult = TicketFactory(event=event, name="Adult", price=8, tax_rate=7)
        plain = TicketFactory(event=event, name="Plain", price=5)
        drafts = [DraftFactory(ticket=ticket, creator=stranger) for ticket in (adult, plain, adult, adult)]
        order = ordered_online(event=event, attendees=drafts, buyer=stranger)
        expected = [
            ("Adult", 7, Decimal("0.53")),
            ("Plain", None, None),
            ("Adult", 7, Decimal("0.52")),
            ("Adult", 7, Decimal("0.52")),
        ]
        assert taxes_of(order) == expected
        assert [(draft.sold_as, draft.tax_rate, draft.tax) for draft in drafts] == expected

    def test_online_of_nothing_but_plain_tickets(self, event, stranger):
        draft = DraftFactory(ticket=TicketFactory(event=event, name="Plain"), creator=stranger)
        order = ordered_online(event=event, attendees=[draft], buyer=stranger)
        assert taxes_of(order) == [("Plain", None, None)]

    def test_in_yen_are_whole(self, db):
        event = EventFactory(currency="JPY")
        ticket = TicketFactory(event=event, price=500, tax_rate=8)
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 3)], status="completed")
        assert [tax for *_, tax in taxes_of(order)] == [37, 37, 37]
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 7)], status="completed")
        assert sum(tax for *_, tax in taxes_of(order)) == 259

    def test_stay_what_they_were(self, event, organizer):
        """Whatever the ticket is called and taxed with later, and if the order is cancelled."""
        adult = TicketFactory(event=event, name="Adult", price=8, tax_rate=7)
        order = sold_onsite(event=event, lines=[Line(adult.pk, 2)], status="completed")
        before = taxes_of(order)
        adult.name, adult.tax_rate, adult.price = "Grown-up", Decimal(19), Decimal(9)
        adult.save()
        cancel(order, desk=Desk(organizer), reason="rain")
        assert taxes_of(order) == before


@pytest.mark.django_db
def test_migration_gives_what_was_sold_before_its_tax_and_name(event, stranger):
    adult = TicketFactory(event=event, name="Adult", price=8, tax_rate=7)
    free = FreeTicketFactory(event=event, name="Baby")
    orders = [
        sold_onsite(event=event, lines=[Line(adult.pk, n), Line(free.pk, 1)], status="completed")
        for n in (1, 3, 20)
    ]
    draft = DraftFactory(ticket=adult, creator=stranger)
    before = [taxes_of(order) for order in orders]
    Attendee.objects.update(tax=None, sold_as="")
    migration.keep(apps, SimpleNamespace(connection=connection))
    assert [taxes_of(order) for order in orders] == before
    draft.refresh_from_db()
    assert (draft.sold_as, draft.tax) == ("", None)
