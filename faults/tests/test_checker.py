"""The checker by hand: an evening in which all is right, and each thing that can be wrong with it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from faults.books import Attendee, Books, Drawer, Order, Payment, Scan, Ticket
from faults.checker import ANSWER, DOUBLED, INSIDE, LOST, MONEY, OVERSOLD, Case, violations
from faults.log import CANCEL, COMPLETE, GIVE_UP, SCAN, SELL, Said

TICKET, ORDER, SHIFT = 3, 11, 5
ASKED = {"lines": [[TICKET, 2]], "tender": "cash", "shift": SHIFT}
TOLD = {"order": ORDER, "identifier": "ABCD2345", "status": "completed", "attendees": [21, 22]}
NONCE = "6f1a2b3c-0000-4000-8000-000000000001"


def said(act, key="", status=201, sent=1.0, **more):
    return Said(event=1, who="client 1", act=act, key=key, sent=sent, took=0.1, status=status, **more)


SOLD = said(SELL, "key", asked=ASKED, told=TOLD)
SCANNED = said(SCAN, NONCE, asked={"attendee": 21, "direction": "in"}, told={"check-in": 31, "answer": "ok"})


def books(**changed):
    right = {
        "tickets": [Ticket(TICKET, 2, 10)],
        "orders": [Order(ORDER, "ABCD2345", "key", "completed", Decimal(20))],
        "attendees": [
            Attendee(21, TICKET, ORDER, Decimal(10), True),
            Attendee(22, TICKET, ORDER, Decimal(10), False),
        ],
        "payments": [Payment(41, ORDER, Decimal(20), "cash", SHIFT)],
        "scans": [Scan(31, 21, NONCE, "in", "ok", 1)],
        "drawers": [Drawer(SHIFT, Decimal(80))],
        "inside": 1,
    }
    return Books(**{**right, **changed})


def found(log=(SOLD, SCANNED), **changed):
    return violations(Case(log, books(**changed)))


def kinds(*arguments, **changed):
    return {violation.kind for violation in found(*arguments, **changed)}


def order(**changed):
    return books().orders[0]._replace(**changed)


def test_nothing_is_found_where_all_is_right():
    assert found() == []


def test_no_answer_may_have_sold_or_not():
    unanswered = replace(SOLD, status=0, told={})
    assert found([unanswered, SCANNED]) == []
    assert violations(Case([unanswered], Books(tickets=[Ticket(TICKET, 0, 10)]))) == []


def test_an_acknowledged_order_that_is_gone_is_lost_with_its_number():
    (lost,) = violations(Case([SOLD], Books(tickets=[Ticket(TICKET, 0, 10)])))
    assert lost.kind == LOST
    assert str(ORDER) in lost.text


def test_a_second_order_of_a_key_is_doubled():
    assert DOUBLED in kinds(orders=[order(), order(id=12, identifier="EFGH2345")])


def test_a_key_that_was_told_of_two_orders_is_doubled():
    again = replace(SOLD, told={**TOLD, "order": 12})
    assert DOUBLED in kinds([SOLD, again, SCANNED])


def test_an_order_of_nobody_is_doubled_unless_it_was_there_before():
    assert DOUBLED in kinds([SCANNED])
    assert violations(Case([SCANNED], books(drawers=[Drawer(SHIFT, Decimal(80))]), frozenset({ORDER}))) != []
    without = books(payments=[], orders=[order(amount=Decimal(20), status="cancelled")])
    assert DOUBLED not in {one.kind for one in violations(Case([SCANNED], without, frozenset({ORDER})))}


@pytest.mark.parametrize(("asked", "kind"), [(3, LOST), (1, DOUBLED)])
def test_other_tickets_than_were_asked_for_are_found(asked, kind):
    sale = replace(SOLD, asked={**ASKED, "lines": [[TICKET, asked]]})
    assert kind in kinds([sale, SCANNED])


def test_a_refused_sale_that_was_sold_is_doubled():
    refused = replace(SOLD, status=409, code="sold-out", told={})
    assert kinds([refused, SCANNED]) == {DOUBLED}


def test_a_refused_sale_may_be_that_of_an_earlier_try_without_answer():
    unanswered = replace(SOLD, status=0, told={}, sent=0.5)
    refused = replace(SOLD, status=409, code="sold-out", told={})
    assert found([unanswered, refused, SCANNED]) == []


def test_a_given_up_key_that_was_sold_is_doubled():
    given_up = said(GIVE_UP, "key", 204)
    assert kinds([replace(SOLD, status=0, told={}), given_up, SCANNED], given_up={"key"}) == {DOUBLED}


def test_a_promise_that_is_not_in_the_books_is_lost():
    assert kinds([SOLD, SCANNED, said(GIVE_UP, "other", 204)]) == {LOST}
    assert found([SOLD, SCANNED, said(GIVE_UP, "other", 204)], given_up={"other"}) == []


def test_an_order_told_of_instead_of_a_promise_must_be_there():
    assert kinds([SOLD, SCANNED, said(GIVE_UP, "key", 200, told={**TOLD, "order": 12})]) == {LOST}


@pytest.mark.parametrize(
    ("act", "status", "is_lost"),
    [
        (CANCEL, "completed", True),
        (COMPLETE, "pending", True),
        (COMPLETE, "completed", False),
    ],
)
def test_what_an_order_was_made_must_last(act, status, is_lost):
    log = [SOLD, SCANNED, said(act, asked={"order": ORDER}, told=TOLD, status=200)]
    paid = {} if status == "completed" else {"payments": []}
    assert (LOST in kinds(log, orders=[order(status=status)], **paid)) is is_lost


def test_a_cancelled_order_gives_back_its_tickets_and_money():
    cancelled = said(CANCEL, asked={"order": ORDER}, told=TOLD, status=200)
    back = [*books().payments, Payment(42, ORDER, Decimal(-20), "cash", SHIFT)]
    rows = {"orders": [order(status="cancelled")], "payments": back, "tickets": [Ticket(TICKET, 0, 10)]}
    assert found([SOLD, SCANNED, cancelled], **rows) == []
    assert kinds([SOLD, SCANNED], **rows) == {LOST}  # by nobody


@pytest.mark.parametrize(
    ("ticket", "kind"),
    [
        (Ticket(TICKET, 1, 10), OVERSOLD),
        (Ticket(TICKET, 3, 10), LOST),
        (Ticket(TICKET, 2, 1), OVERSOLD),
    ],
)
def test_sold_must_be_the_live_attendees_and_within_the_quantity(ticket, kind):
    assert kinds(tickets=[ticket]) == {kind}


@pytest.mark.parametrize(
    "payments",
    [
        [],
        [Payment(41, ORDER, Decimal(21), "cash", SHIFT)],
        [Payment(41, ORDER, Decimal(20), "cash", 6)],
        [Payment(41, ORDER, Decimal(20), "card", SHIFT)],
    ],
)
def test_money_that_is_missing_too_much_or_in_another_drawer_is_found(payments):
    assert kinds(payments=payments) == {MONEY}


def test_attendees_must_cost_what_the_order_does():
    assert MONEY in kinds(orders=[order(amount=Decimal(30))])


@pytest.mark.parametrize(
    ("scans", "kind"),
    [
        ([], LOST),
        ([Scan(31, 21, NONCE, "in", "already-checked-in", 0)], LOST),
        ([Scan(31, 21, NONCE, "in", "ok", 1), Scan(32, 21, NONCE, "in", "ok", 1)], DOUBLED),
        ([Scan(31, 21, NONCE, "in", "ok", 1), Scan(32, 22, "other", "in", "full", 0)], DOUBLED),
        ([Scan(31, 21, NONCE, "in", "ok", 0)], INSIDE),
    ],
)
def test_scans_that_are_gone_doubled_or_nobodys_are_found(scans, kind):
    assert kind in kinds(scans=scans)


@pytest.mark.parametrize("inside", [0, 2])
def test_the_event_must_count_who_is_inside(inside):
    assert kinds(inside=inside) == {INSIDE}


@pytest.mark.parametrize(
    ("status", "code", "is_found"),
    [
        (500, "server-error", True),
        (502, "", True),
        (503, "busy", False),
        (0, "TimeoutError", False),
        (409, "sold-out", False),
        (409, "no-open-shift", True),
        (401, "not-authenticated", True),
        (404, "not-found", True),
    ],
)
def test_faults_and_wrong_refusals_are_found(status, code, is_found):
    log = [SOLD, SCANNED, said("health", status=status, code=code)]
    assert (ANSWER in kinds(log)) is is_found
