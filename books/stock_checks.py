"""Whether what is counted of tickets, quotas and holds is what was sold and set aside, counted anew."""

from django.utils.translation import gettext_lazy as _

from books.checking import Check, by_sql

GONE = "('cancelled', 'expired')"
# The attendees that count as sold.
LIVE = f"""
    SELECT a.id, a.ticket_id, a.hold_id
    FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
    WHERE o.status NOT IN {GONE} AND a.cancelled_at IS NULL
"""
SOLD = f"""
    SELECT t.event_id, t.id, t.sold, COALESCE(live.number, 0)
    FROM tickets_ticket t
    LEFT JOIN (SELECT ticket_id, count(*) AS number FROM ({LIVE}) a GROUP BY ticket_id) live
        ON live.ticket_id = t.id
    WHERE t.sold <> COALESCE(live.number, 0)
"""
HELD = """
    SELECT t.event_id, t.id, t.held, COALESCE(h.number, 0)
    FROM tickets_ticket t
    LEFT JOIN (SELECT ticket_id, sum(quantity - sold) AS number FROM limits_hold GROUP BY ticket_id) h
        ON h.ticket_id = t.id
    WHERE t.held <> COALESCE(h.number, 0)
"""
FROM_HOLD = f"""
    SELECT h.event_id, h.id, h.sold, COALESCE(live.number, 0)
    FROM limits_hold h
    LEFT JOIN (
        SELECT hold_id, count(*) AS number FROM ({LIVE}) a WHERE hold_id IS NOT NULL GROUP BY hold_id
    ) live ON live.hold_id = h.id
    WHERE h.sold <> COALESCE(live.number, 0)
"""
IN_QUOTAS = """
    SELECT t.event_id, t.id, t.limited_by, COALESCE(m.number, 0)
    FROM tickets_ticket t
    LEFT JOIN (SELECT ticket_id, count(*) AS number FROM limits_membership GROUP BY ticket_id) m
        ON m.ticket_id = t.id
    WHERE t.limited_by <> COALESCE(m.number, 0)
"""
# Counted anew of guests and holds, so that it finds what was lost between a ticket and its quota.
USED = f"""
    SELECT q.event_id, q.id, q.used, COALESCE(taken.number, 0)
    FROM limits_quota q
    LEFT JOIN (
        SELECT m.quota_id, sum(t.number) AS number
        FROM limits_membership m
        JOIN (
            SELECT ticket_id, sum(number) AS number FROM (
                SELECT ticket_id, count(*) AS number FROM ({LIVE}) a GROUP BY ticket_id
                UNION ALL
                SELECT ticket_id, sum(quantity - sold) FROM limits_hold GROUP BY ticket_id
            ) one GROUP BY ticket_id
        ) t ON t.ticket_id = m.ticket_id
        GROUP BY m.quota_id
    ) taken ON taken.quota_id = q.id
    WHERE q.used <> COALESCE(taken.number, 0)
"""
QUOTA_EVENT = """
    SELECT q.event_id, q.id, q.event_id, t.event_id
    FROM limits_membership m
    JOIN limits_quota q ON q.id = m.quota_id
    JOIN tickets_ticket t ON t.id = m.ticket_id
    WHERE q.event_id <> t.event_id
"""
HOLD_EVENT = """
    SELECT h.event_id, h.id, h.event_id, t.event_id
    FROM limits_hold h JOIN tickets_ticket t ON t.id = h.ticket_id
    WHERE h.event_id <> t.event_id
"""
HOLD_TICKET = """
    SELECT h.event_id, a.id, a.ticket_id, h.ticket_id
    FROM attendees_attendee a JOIN limits_hold h ON h.id = a.hold_id
    WHERE a.ticket_id <> h.ticket_id
"""

DISCOUNT_LIMIT = f"""
    SELECT d.event_id, d.id, d."limit", used.number
    FROM prices_discount d JOIN (
        SELECT a.discount_id, count(DISTINCT a.order_id) AS number
        FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
        WHERE a.discount_id IS NOT NULL AND a.cancelled_at IS NULL AND o.status NOT IN {GONE}
        GROUP BY a.discount_id
    ) used ON used.discount_id = d.id
    WHERE used.number > d."limit"
"""
DISCOUNT_EVENT = """
    SELECT t.event_id, a.id, d.event_id, t.event_id
    FROM attendees_attendee a
    JOIN prices_discount d ON d.id = a.discount_id
    JOIN tickets_ticket t ON t.id = a.ticket_id
    WHERE d.event_id <> t.event_id
"""

STOCK_CHECKS = (
    Check("sold", _("What a ticket counts as sold are its live attendees."), by_sql("ticket", SOLD)),
    Check("held", _("What a ticket counts as held is what its holds have left."), by_sql("ticket", HELD)),
    Check(
        "from-hold",
        _("What a hold counts as sold are the live attendees from it."),
        by_sql("hold", FROM_HOLD),
    ),
    Check("in-quotas", _("A ticket counts the quotas that it is in."), by_sql("ticket", IN_QUOTAS)),
    Check("quota", _("A quota is used by what is sold and held of its tickets."), by_sql("quota", USED)),
    Check("quota-event", _("A quota has tickets of its event."), by_sql("quota", QUOTA_EVENT)),
    Check("hold-event", _("A hold has a ticket of its event."), by_sql("hold", HOLD_EVENT)),
    Check(
        "discount-limit",
        _("A discount was used in no more sales than it works."),
        by_sql("discount", DISCOUNT_LIMIT),
    ),
    Check(
        "discount-event",
        _("Who has a discount has one of the ticket's event."),
        by_sql("attendee", DISCOUNT_EVENT),
    ),
    Check("hold-ticket", _("Who comes from a hold has its ticket."), by_sql("attendee", HOLD_TICKET)),
)
