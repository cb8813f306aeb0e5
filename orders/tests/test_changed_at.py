"""`updated_at` tells of every change of an order and of an attendee, whatever made it, and of no other."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from attendees.corrections import correct
from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from base.times import wire_time
from door import admission
from door.scan import Scan
from door.undo import undo
from orders import lifecycle
from orders.models import Order, Payment
from orders.printing import print_paper
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STAMP = "updated_at"


class Evening:
    """An order that is paid, with a guest inside and one not; one unpaid, one expired; a draft."""

    def __init__(self, event, cashier):
        self.event, self.cashier = event, cashier
        self.ticket = TicketFactory(event=event, price=10)
        self.free = TicketFactory(event=event, price=0, type="free")
        self.paid = self.sell(status="completed")
        self.unpaid, self.late = self.sell(status="pending"), self.sell(status="pending")
        self.draft = DraftFactory(ticket=self.free)
        self.inside, self.outside = self.paid.attendees.order_by("pk")
        self.came = admission.check_in(self.scan(self.inside), by=cashier)
        Order.objects.filter(pk=self.late.pk).update(expires_at=LONG_AGO)
        for table in ("orders_order", "attendees_attendee"):
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET updated_at = %s", [LONG_AGO])

    def sell(self, **kwargs):
        lines = [Line(self.ticket.pk, 2)]
        return sold_onsite(
            event=self.event, lines=lines, seller=self.cashier, payment_mode="onsite", **kwargs
        )

    def scan(self, guest, **kwargs):
        return Scan(event=self.event, attendee_id=guest.pk, **kwargs)

    def expire(self):
        assert lifecycle.expire_overdue(self.event)

    def pay_too_late(self):
        self.expire()
        self.ticket.quantity = 4
        self.ticket.save()
        card = [Paid("card", self.late.amount)]
        with pytest.raises(lifecycle.MoneyDue):
            lifecycle.complete(self.late, payments=card)

    def give_back(self):
        self.pay_too_late()
        lifecycle.give_back(self.late)


# Each by its name; what it changes of orders and attendees is seen by looking.
ACTS = {
    "sell": lambda e: e.sell(status="completed"),
    "sell and admit": lambda e: e.sell(status="completed", admit=True),
    "order online": lambda e: ordered_online(event=e.event, attendees=[e.draft], buyer=e.draft.creator),
    "complete": lambda e: lifecycle.complete(e.unpaid),
    "complete and admit": lambda e: lifecycle.complete(e.unpaid, admit=True),
    "cancel": lambda e: lifecycle.cancel(e.unpaid),
    "cancel and give back": lambda e: lifecycle.cancel(e.sell(status="completed"), reason="rain"),
    "expire": Evening.expire,
    "pay too late": Evening.pay_too_late,
    "give back": Evening.give_back,
    "print": lambda e: print_paper(Order.objects.get(pk=e.paid.pk)),
    "check in": lambda e: admission.check_in(e.scan(e.outside), by=e.cashier),
    "check in again": lambda e: admission.check_in(e.scan(e.inside), by=e.cashier),
    "check out": lambda e: admission.check_out(e.scan(e.inside), by=e.cashier),
    "check in, told late": lambda e: admission.check_in(
        e.scan(e.outside, occurred_at=datetime.now(UTC) - timedelta(hours=1), admitted=True, nonce=uuid4()),
        by=e.cashier,
    ),
    "check in a group": lambda e: admission.admit_group(
        list(e.paid.attendees.select_related("ticket__event").order_by("pk")),
        e.scan(e.outside, nonce=uuid4()),
        by=e.cashier,
    ),
    "undo": lambda e: undo(e.came, by=e.cashier),
    "correct a name": lambda e: correct(e.outside, by=e.cashier, lastname="Silva"),
    "correct nothing": lambda e: correct(e.outside, by=e.cashier, lastname=""),
}


def rows():
    """Orders and attendees as they stand, without the stamp, an order with its payments; and the stamps."""
    told, stamps = {}, {}
    for model in (Order, Attendee):
        for row in model.objects.values():
            key = model.__name__, row["id"]
            stamps[key] = row.pop(STAMP)
            told[key] = row
    for order, payment in Payment.objects.order_by("pk").values_list("order_id", "pk"):
        told["Order", order].setdefault("payments", []).append(payment)
    return told, stamps


@pytest.mark.parametrize("act", ACTS)
def test_each_act_stamps_what_it_changes_and_nothing_else(event, cashier, act):
    evening = Evening(event, cashier)
    before, _stamps = rows()
    begun = datetime.now(UTC)
    ACTS[act](evening)
    after, stamps = rows()
    changed = {key for key in after if after[key] != before.get(key)}
    assert {key for key, stamp in stamps.items() if stamp >= begun} == changed
    assert bool(changed) == (act not in ("check in again", "correct nothing"))


def texts(path):
    """The string literals of a module, of f-strings what is written in them."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    whole = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in whole for part in node.values}
    plain = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in parts]
    return [ast.unparse(node) for node in [*whole, *plain]]


def test_statements_by_hand_set_the_stamp():
    """The rest goes through `base.stamps`."""
    by_hand = [
        text
        for path in Path(settings.BASE_DIR).glob("[a-z]*/**/*.py")
        if not {"tests", "migrations", "faults", "benchmarks"} & {*path.relative_to(settings.BASE_DIR).parts}
        for text in texts(path)
        if re.search(r"UPDATE (attendees_attendee|orders_order)\b", text)
    ]
    assert by_hand
    assert [text for text in by_hand if STAMP not in text] == []


def test_lists_tell_what_was_changed_since(api, cashier, event):
    evening = Evening(event, cashier)
    since = wire_time(datetime.now(UTC))
    correct(evening.outside, by=cashier, lastname="Silva")
    lifecycle.complete(evening.unpaid)
    for kind, changed in (("attendees", evening.outside), ("orders", evening.unpaid)):
        url = f"/v1/events/{event.pk}/{kind}"
        found = api(cashier).get(f"{url}?filter[updated-at][ge]={since}").json()["data"]
        assert [row["id"] for row in found] == [str(changed.pk)]
        older = api(cashier).get(f"{url}?filter[updated-at][lt]={since}").json()["meta"]["count"]
        assert older == api(cashier).get(url).json()["meta"]["count"] - 1
