"""What makes one request differ from another, and what does not."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from attendees.tests.factories import DraftFactory
from events.approvals import Approval
from events.models import Event
from events.tests.factories import EventFactory
from orders.idempotency import fingerprint
from orders.sale import Basket, Guest, Line, Sale
from orders.settlement import Paid
from prices.claims import Claim

pytestmark = pytest.mark.django_db


def named(cls):
    return {field.name for field in fields(cls)}


class TestSale:
    @pytest.fixture
    def sale(self, event):
        line = Line(1, 2, Decimal(5), (Guest("Ana"),), "crew", Approval(1, "123456"))
        return Sale(event, [line], [Paid("cash", Decimal(3), Decimal(5))])

    def test_every_field_changes_the_fingerprint(self, sale):
        changed = {
            "event": EventFactory(),
            "lines": [*sale.lines, Line(1, 1)],
            "payments": [],
            "payment_mode": "bank",
            "status": "pending",
            "awaits_card": True,
            "card_amount": Decimal(1),
            "admit": False,
            "amount": Decimal(0),
            "order_notes": "x",
            "billing": {"city": "Berlin"},
            "discount": Claim(7),
        }
        assert changed.keys() == named(Sale)
        prints = {name: fingerprint(replace(sale, **{name: value})) for name, value in changed.items()}
        assert len({fingerprint(sale), *prints.values()}) == 1 + len(changed), prints

    def test_every_field_of_a_line_changes_the_fingerprint(self, sale):
        changed = {
            "ticket_id": 2,
            "quantity": 3,
            "price": Decimal(6),
            "guests": (Guest("Bo"),),
            "reason": "guest",
            "approval": Approval(2, "123456"),
            "hold_id": 7,
            "discount": Claim(7),
        }
        assert changed.keys() == named(Line)
        plain = replace(sale.lines[0], reason="", approval=None)  # beside another price there is no discount
        lines = [
            replace(plain if name == "discount" else sale.lines[0], **{name: value})
            for name, value in changed.items()
        ]
        prints = {fingerprint(replace(sale, lines=[line])) for line in [*sale.lines, *lines]}
        assert len(prints) == 1 + len(changed)

    def test_every_field_of_a_guest_changes_the_fingerprint(self, event):
        guests = [Guest(), *(Guest(**{name: "x"}) for name in named(Guest))]
        sales = [Sale(event, [Line(1, 1, guests=(guest,))]) for guest in guests]
        assert len({fingerprint(sale) for sale in sales}) == len(guests)

    def test_every_field_of_a_payment_changes_the_fingerprint(self, sale):
        changed = {"tender": "card", "amount": Decimal(4), "tendered": None, "reference": "slip 7"}
        assert changed.keys() == named(Paid)
        payments = [replace(sale.payments[0], **{name: value}) for name, value in changed.items()]
        prints = {fingerprint(replace(sale, payments=[paid])) for paid in [*sale.payments, *payments]}
        assert len(prints) == 1 + len(changed)

    def test_every_field_of_a_claim_changes_the_fingerprint(self, sale):
        claims = [None, Claim(7), Claim(8), Claim(code="A"), Claim(code="B")]
        assert len({fingerprint(replace(sale, discount=claim)) for claim in claims}) == len(claims)

    def test_order_of_the_lines_changes_the_fingerprint(self, sale):
        lines = [Line(1, 1), Line(2, 1)]
        assert fingerprint(replace(sale, lines=lines)) != fingerprint(replace(sale, lines=lines[::-1]))

    def test_till_changes_the_fingerprint(self, sale):
        assert len({fingerprint(sale, till_id=till_id) for till_id in (None, 1, 2)}) == 3

    def test_equal_sales_in_another_form_have_one_fingerprint(self, sale):
        forms = [
            sale,
            replace(sale, event=Event.objects.get(pk=sale.event.pk)),
            replace(sale, event=sale.event.pk),
            replace(sale, lines=tuple(sale.lines), payments=tuple(sale.payments)),
            replace(sale, billing={}),
            replace(sale, payments=[Paid("cash", Decimal("3.00"), Decimal("5.0"))]),
            replace(sale, lines=[replace(sale.lines[0], approval=Approval(1, "654321"))]),
        ]
        assert len({fingerprint(form) for form in forms}) == 1

    def test_what_awaits_a_card_is_pending_whether_it_says_so_or_not(self, sale):
        waiting = replace(sale, awaits_card=True)
        assert fingerprint(waiting) == fingerprint(replace(waiting, status="pending"))
        assert fingerprint(waiting) != fingerprint(replace(sale, status="pending"))


class TestBasket:
    @pytest.fixture
    def basket(self, event):
        return Basket(event, [DraftFactory()])

    def test_every_field_changes_the_fingerprint(self, basket):
        changed = {
            "event": EventFactory(),
            "attendees": [*basket.attendees, DraftFactory()],
            "payment_mode": "bank",
            "amount": Decimal(0),
            "order_notes": "x",
            "billing": {"city": "Berlin"},
        }
        assert changed.keys() == named(Basket)
        prints = {name: fingerprint(replace(basket, **{name: value})) for name, value in changed.items()}
        assert len({fingerprint(basket), *prints.values()}) == 1 + len(changed), prints

    def test_is_no_sale(self, event):
        assert fingerprint(Basket(event, [])) != fingerprint(Sale(event, []))
