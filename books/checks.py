"""What must hold of the books, whatever has happened: each entry of `CHECKS` by one statement over all rows.

The same SQL is for PostgreSQL and SQLite, which adds in floats: so sums are rounded before they are
compared. `faults.checker` holds the same truths from outside, and shares nothing with this on purpose.
"""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from base.money import currencies
from books.checking import Check, by_sql
from books.sealing import broken_days, broken_shifts
from books.stock_checks import GONE, STOCK_CHECKS

# Every order with what was paid for it less what went back.
BALANCES = """
    SELECT o.event_id, o.id, o.status, o.money_kept, o.money_due, round(o.amount, 2) AS amount,
        COALESCE(p.paid, 0) AS paid, COALESCE(a.kept, 0) AS kept, COALESCE(a.adjusted, 0) AS adjusted
    FROM orders_order o
    LEFT JOIN (SELECT order_id, round(sum(amount), 2) AS paid FROM orders_payment GROUP BY order_id) p
        ON p.order_id = o.id
    LEFT JOIN (
        SELECT order_id, round(sum(CASE WHEN kind = 'kept' THEN amount ELSE 0 END), 2) AS kept,
            round(sum(CASE WHEN kind = 'kept' THEN amount ELSE -amount END), 2) AS adjusted
        FROM orders_adjustment GROUP BY order_id
    ) a ON a.order_id = o.id
"""
# Every closed shift with the last count of its drawer, and what its payments and movements make.
DRAWERS = """
    SELECT till.event_id, s.id, s.till_id, s.left_before, s.stays, s.to_safe, c.cash AS counted_cash,
        c.expected_cash, c.expected_card, s.closed_at,
        round(s.opening_float + COALESCE(p.cash, 0) + COALESCE(m.moved, 0), 2) AS cash,
        round(COALESCE(p.card, 0), 2) AS card
    FROM shifts_shift s
    JOIN shifts_till till ON till.id = s.till_id
    LEFT JOIN shifts_cashcount c ON c.id = (SELECT max(id) FROM shifts_cashcount WHERE shift_id = s.id)
    LEFT JOIN (
        SELECT shift_id, sum(CASE WHEN tender = 'cash' THEN amount END) AS cash,
            sum(CASE WHEN tender = 'card' THEN amount END) AS card
        FROM orders_payment WHERE shift_id IS NOT NULL GROUP BY shift_id
    ) p ON p.shift_id = s.id
    LEFT JOIN (SELECT shift_id, sum(amount) AS moved FROM shifts_cashmovement GROUP BY shift_id) m
        ON m.shift_id = s.id
"""
AMOUNT = """
    SELECT o.event_id, o.id, o.amount, COALESCE(a.prices, 0)
    FROM orders_order o
    LEFT JOIN (
        SELECT order_id, round(sum(price_paid), 2) AS prices FROM attendees_attendee
        WHERE cancelled_at IS NULL GROUP BY order_id
    ) a ON a.order_id = o.id
    WHERE round(o.amount, 2) <> COALESCE(a.prices, 0)
"""
PAID = f"""
    SELECT event_id, id, paid, due FROM (
        SELECT b.*, round(
            adjusted + CASE WHEN status = 'completed' OR money_kept THEN amount ELSE 0 END, 2
        ) AS due
        FROM ({BALANCES}) b
    ) b
    WHERE (status = 'completed' OR status IN {GONE} AND NOT money_due) AND paid <> due
"""
UNPAID = f"""
    SELECT event_id, id, paid, amount FROM ({BALANCES}) b
    WHERE status NOT IN ('completed', 'cancelled', 'expired')
        AND NOT (0 <= paid AND (paid < amount OR amount = 0 AND paid = 0) AND adjusted = 0)
        OR money_due AND NOT (0 < paid AND paid <= amount)
"""
REFUND = """
    SELECT o.event_id, back.id, back.amount, -p.amount
    FROM orders_payment back
    JOIN orders_order o ON o.id = back.order_id
    LEFT JOIN orders_payment p ON p.id = back.reverses_id
    WHERE back.reverses_id IS NOT NULL AND (
            p.order_id <> back.order_id
            OR back.tender <> 'rounding' AND (
                abs(back.amount) > abs(p.amount) OR back.amount * p.amount > 0 OR p.tender = 'rounding'
            )
        )
        OR back.reverses_id IS NULL AND back.amount < 0 AND back.tender <> 'rounding'
"""
REFUNDS = """
    SELECT o.event_id, p.id, back.amount, -p.amount
    FROM (
        SELECT reverses_id, round(sum(amount), 2) AS amount FROM orders_payment
        WHERE reverses_id IS NOT NULL AND tender <> 'rounding' GROUP BY reverses_id
    ) back
    JOIN orders_payment p ON p.id = back.reverses_id
    JOIN orders_order o ON o.id = p.order_id
    WHERE -back.amount > round(p.amount, 2)
"""
ADJUSTED = """
    SELECT o.event_id, o.id, a.kind, a.amount FROM (
        SELECT order_id, kind, round(sum(amount), 2) AS amount FROM orders_adjustment GROUP BY order_id, kind
    ) a JOIN orders_order o ON o.id = a.order_id
    WHERE a.amount < 0
"""
ENDED_GUEST = """
    SELECT t.event_id, a.id, a.order_id, m.order_id
    FROM attendees_attendee a
    JOIN tickets_ticket t ON t.id = a.ticket_id
    LEFT JOIN orders_amendment m ON m.id = a.ended_by_id
    WHERE a.cancelled_at IS NOT NULL AND (
        m.id IS NULL OR m.order_id <> a.order_id OR m.kind NOT IN ('cancel-attendees', 'exchange')
    )
"""
EXCHANGED = """
    SELECT t.event_id, a.id, a.order_id, old.order_id
    FROM attendees_attendee a
    JOIN tickets_ticket t ON t.id = a.ticket_id
    JOIN attendees_attendee old ON old.id = a.replaces_id
    LEFT JOIN orders_amendment m ON m.id = old.ended_by_id AND m.kind = 'exchange'
    WHERE m.id IS NULL OR old.order_id <> a.order_id
"""
ORDERLESS = """
    SELECT till.event_id, p.id, p.order_id, NULL
    FROM orders_payment p
    LEFT JOIN orders_order o ON o.id = p.order_id
    LEFT JOIN shifts_shift s ON s.id = p.shift_id
    LEFT JOIN shifts_till till ON till.id = s.till_id
    WHERE o.id IS NULL
"""
ORDERLESS_GUEST = """
    SELECT t.event_id, a.id, a.order_id, NULL
    FROM attendees_attendee a
    LEFT JOIN orders_order o ON o.id = a.order_id
    LEFT JOIN tickets_ticket t ON t.id = a.ticket_id
    WHERE a.order_id IS NOT NULL AND o.id IS NULL
"""


def _cents(amount: str) -> str:
    return f"CAST(round({amount} * 100) AS bigint)"


def _tax() -> str:
    """In whole numbers, so that half a cent is rounded up on both databases, as `orders.taxes` does."""
    whole = ", ".join(f"'{code}'" for code, decimals in sorted(currencies().items()) if not decimals)
    return f"""
        SELECT event_id, id, tax / 100.0, due / 100.0 FROM (
            SELECT g.*, (2 * (gross / unit) * rate + 10000 + rate) / (2 * (10000 + rate)) * unit AS due
            FROM (
                SELECT o.event_id, o.id, CASE WHEN o.currency IN ({whole}) THEN 100 ELSE 1 END AS unit,
                    COALESCE({_cents("a.tax_rate")}, 0) AS rate, a.gross, a.tax, a.untold
                FROM (
                    SELECT order_id, tax_rate, COALESCE(replaces_id, 0) AS replaces_id,
                        CAST(sum({_cents("price_paid")}) AS bigint) AS gross,
                        CAST(sum({_cents("COALESCE(tax, 0)")}) AS bigint) AS tax,
                        sum(CASE WHEN tax IS NULL THEN 1 ELSE 0 END) AS untold
                    FROM attendees_attendee
                    WHERE order_id IS NOT NULL AND (tax_rate IS NOT NULL OR tax IS NOT NULL)
                    GROUP BY order_id, tax_rate, COALESCE(replaces_id, 0)
                ) a JOIN orders_order o ON o.id = a.order_id
            ) g
        ) d WHERE tax <> due OR untold > 0
    """


TAX = _tax()


def _report(name: str) -> str:
    """What a closed report says, as a number."""
    said = f"r.data->>'{name}'" if connection.vendor == "postgresql" else f"json_extract(r.data, '$.{name}')"
    return f"round(CAST({said} AS numeric), 2)"


def _drawer() -> str:
    return f"""
        SELECT d.event_id, d.id, {_report("expected_cash")}, d.cash
        FROM ({DRAWERS}) d LEFT JOIN books_closedreport r ON r.shift_id = d.id
        WHERE d.closed_at IS NOT NULL AND COALESCE({_report("expected_cash")} <> d.cash, r.id IS NULL)
    """


COUNTED = f"""
    SELECT event_id, id, expected_cash, cash FROM ({DRAWERS}) d
    WHERE closed_at IS NOT NULL AND (expected_cash IS NULL OR round(expected_cash, 2) <> cash)
"""
CARDS = f"""
    SELECT event_id, id, expected_card, card FROM ({DRAWERS}) d
    WHERE closed_at IS NOT NULL AND round(expected_card, 2) <> card
"""
SHARED_OUT = f"""
    SELECT event_id, id, round(stays + to_safe, 2), counted_cash FROM ({DRAWERS}) d
    WHERE stays IS NOT NULL AND round(stays + to_safe, 2) <> round(counted_cash, 2)
"""
LEFT_BEFORE = f"""
    SELECT event_id, id, left_before, stayed FROM (
        SELECT d.*, lag(COALESCE(stays, counted_cash)) OVER (PARTITION BY till_id ORDER BY id) AS stayed
        FROM ({DRAWERS}) d
    ) d WHERE left_before IS NOT NULL AND (stayed IS NULL OR round(left_before, 2) <> round(stayed, 2))
"""
NUMBERED = """
    SELECT till.event_id, till.id, max(s.number), count(*)
    FROM shifts_shift s JOIN shifts_till till ON till.id = s.till_id
    WHERE s.closed_at IS NOT NULL
    GROUP BY till.event_id, till.id HAVING max(s.number) <> count(*)
"""
INSIDE = """
    SELECT e.id, e.id, e.inside, COALESCE(there.number, 0)
    FROM events_event e
    LEFT JOIN (
        SELECT t.event_id, count(*) AS number
        FROM attendees_attendee a JOIN tickets_ticket t ON t.id = a.ticket_id
        WHERE a.is_inside GROUP BY t.event_id
    ) there ON there.event_id = e.id
    WHERE e.capacity IS NOT NULL AND e.inside <> COALESCE(there.number, 0)
"""
WHEREABOUTS = """
    SELECT t.event_id, a.id, CASE WHEN a.is_inside THEN 1 ELSE 0 END, COALESCE(c.moved, 0)
    FROM attendees_attendee a
    JOIN tickets_ticket t ON t.id = a.ticket_id
    LEFT JOIN (
        SELECT attendee_id, sum(moved) AS moved FROM door_checkin WHERE moved <> 0 GROUP BY attendee_id
    ) c ON c.attendee_id = a.id
    WHERE CASE WHEN a.is_inside THEN 1 ELSE 0 END <> COALESCE(c.moved, 0)
"""
PASSAGE = """
    SELECT t.event_id, c.id, c.event_id, t.event_id
    FROM door_checkin c
    JOIN attendees_attendee a ON a.id = c.attendee_id
    JOIN tickets_ticket t ON t.id = a.ticket_id
    WHERE c.moved <> 0 AND c.event_id <> t.event_id
"""
CODES = """
    SELECT t.event_id, a.id, twice.number, 1
    FROM (
        SELECT max(id) AS id, count(*) AS number FROM (
            SELECT id, code FROM attendees_attendee
            UNION ALL SELECT attendee_id, code FROM attendees_retiredcode
        ) c GROUP BY upper(code) HAVING count(*) > 1
    ) twice
    JOIN attendees_attendee a ON a.id = twice.id
    JOIN tickets_ticket t ON t.id = a.ticket_id
"""
IDENTIFIERS = """
    SELECT o.event_id, o.id, twice.number, 1
    FROM (SELECT max(id) AS id, count(*) AS number FROM orders_order
        GROUP BY upper(identifier) HAVING count(*) > 1) twice
    JOIN orders_order o ON o.id = twice.id
"""
GUEST_EVENT = """
    SELECT o.event_id, a.id, o.event_id, t.event_id
    FROM attendees_attendee a
    JOIN orders_order o ON o.id = a.order_id
    JOIN tickets_ticket t ON t.id = a.ticket_id
    WHERE o.event_id <> t.event_id
"""
ORDER_SHIFT = """
    SELECT o.event_id, o.id, o.event_id, till.event_id
    FROM orders_order o
    JOIN shifts_shift s ON s.id = o.shift_id
    JOIN shifts_till till ON till.id = s.till_id
    WHERE o.event_id <> till.event_id
"""
PAYMENT_SHIFT = """
    SELECT o.event_id, p.id, o.event_id, till.event_id
    FROM orders_payment p
    JOIN orders_order o ON o.id = p.order_id
    JOIN shifts_shift s ON s.id = p.shift_id
    JOIN shifts_till till ON till.id = s.till_id
    WHERE o.event_id <> till.event_id
"""
CURRENCY = """
    SELECT o.event_id, o.id, o.currency, e.currency
    FROM orders_order o JOIN events_event e ON e.id = o.event_id
    WHERE o.currency <> e.currency
"""
ENDED = """
    SELECT o.event_id, o.id, o.status, o.cancelled_at
    FROM orders_order o
    WHERE (o.status = 'cancelled') <> (o.cancelled_at IS NOT NULL)
"""


CHECKS = (
    *STOCK_CHECKS,
    Check(
        "amount",
        _("The amount of an order is what its attendees cost that are not cancelled."),
        by_sql("order", AMOUNT, is_money=True),
    ),
    Check(
        "paid",
        _("What is completed or kept is paid to the cent, and of what has ended nothing is left."),
        by_sql("order", PAID, is_money=True),
    ),
    Check(
        "unpaid",
        _("Of what is not completed, less is paid than it costs; what is to be given back was paid."),
        by_sql("order", UNPAID, is_money=True),
    ),
    Check(
        "refund",
        _("Money goes back for a payment of the same order, and no more than that."),
        by_sql("payment", REFUND, is_money=True),
    ),
    Check(
        "refunds",
        _("Of no payment more went back than it was."),
        by_sql("payment", REFUNDS, is_money=True),
    ),
    Check(
        "adjusted",
        _("No more of what was kept or given as goodwill is taken back than there was."),
        by_sql("order", ADJUSTED),
    ),
    Check("ended-guest", _("A cancelled ticket says by what."), by_sql("attendee", ENDED_GUEST)),
    Check("exchanged", _("A ticket replaces one that was exchanged for it."), by_sql("attendee", EXCHANGED)),
    Check("payment-without-order", _("Every payment has its order."), by_sql("payment", ORDERLESS)),
    Check("attendee-without-order", _("Every guest sold has an order."), by_sql("attendee", ORDERLESS_GUEST)),
    Check(
        "tax",
        _("The taxes of a rate are what the order's receipt includes at it."),
        by_sql("order", TAX, is_money=True),
    ),
    Check(
        "drawer",
        _("A closed shift reports what its float, its payments and its movements make."),
        by_sql("shift", _drawer, is_money=True),
    ),
    Check(
        "counted",
        _("No cash has moved in a closed drawer since its last count."),
        by_sql("shift", COUNTED, is_money=True),
    ),
    Check(
        "cards", _("No card was charged in a closed shift since then."), by_sql("shift", CARDS, is_money=True)
    ),
    Check(
        "shared-out",
        _("What stayed in the drawer and what went to the safe is what was counted."),
        by_sql("shift", SHARED_OUT, is_money=True),
    ),
    Check(
        "left-before",
        _("A shift begins with what stayed at the till's last close."),
        by_sql("shift", LEFT_BEFORE, is_money=True),
    ),
    Check("numbered", _("The closed shifts of a till are numbered without gaps."), by_sql("till", NUMBERED)),
    Check("inside", _("An event counts the guests that are inside."), by_sql("event", INSIDE)),
    Check(
        "whereabouts",
        _("Who is inside came in once more than they left."),
        by_sql("attendee", WHEREABOUTS),
    ),
    Check("passage", _("Guests come and go at the event of their ticket."), by_sql("check-in", PASSAGE)),
    Check("codes", _("Every code is one guest's."), by_sql("attendee", CODES)),
    Check("identifiers", _("Every order has an identifier of its own."), by_sql("order", IDENTIFIERS)),
    Check("ticket-event", _("An order has tickets of its event."), by_sql("attendee", GUEST_EVENT)),
    Check("order-shift", _("An order belongs to a shift of its event."), by_sql("order", ORDER_SHIFT)),
    Check("payment-shift", _("A payment belongs to a shift of its event."), by_sql("payment", PAYMENT_SHIFT)),
    Check("currency", _("An order is in its event's currency."), by_sql("order", CURRENCY)),
    Check("ended", _("What is cancelled says when, and nothing else does."), by_sql("order", ENDED)),
    Check("sealed", _("A closed shift, and all before it at its till, is as it was sealed."), broken_shifts),
    Check("sealed-day", _("What moved outside of any drawer on a day is as it was sealed."), broken_days),
)
