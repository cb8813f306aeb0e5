"""What the OpenAPI document tells whoever writes a client, before the operations."""

DESCRIPTION = """\
The box office at the door of an event: sell a ticket, take the money, let them in.

## Log in

`POST /auth/session` takes an e-mail address and a password and answers with a token, which goes into the
header of every other request: `Authorization: Bearer TOKEN`. (*Authorize*, on this page.) Operations whose
`security` is empty need none. What one sees and may do goes by the role that one has in each event.

## Documents

All but the log-in is [JSON:API 1.1](https://jsonapi.org/format/1.1/): `application/vnd.api+json` both ways.
Money is a string with two decimals, in the event's currency; times are UTC. Lists come in pages: follow
`links.next` until it is null, and no row is left out or told twice while tills sell. `include` brings along
what belongs to the rows, and `links.related` of a relationship leads to it.

## Errors

Whatever is refused, is refused whole: nothing of it was done. The answer is a list of errors, each with a
`status`; a `code`, which stays the same and is for programs; a `detail` for people; where it can be said, a
`source`, which names the value at fault, as a `pointer` into the document that was sent, a query `parameter`
or a `header`; and a `meta` with the numbers that the detail speaks of.

    {"errors": [{"status": "409", "code": "sold-out", "title": "Conflict",
                 "detail": "Only 2 Balcony are left, 5 wanted.",
                 "source": {"pointer": "/data/attributes/on-site-tickets/1/quantity"},
                 "meta": {"available": 2, "wanted": 5}}]}

| Status | What to do |
| --- | --- |
| 400, 404, 413, 415, 422 | Send something else: the same would be refused again. |
| 401 | Log in again. |
| 403 | Ask somebody who may. |
| 409 | Look how things stand now, and decide again. |
| 429 | Wait for as many seconds as `Retry-After` says. |
| 500, 503, no answer | Send the same again, with the same `Idempotency-Key`. |

## Idempotency

A sale whose answer was lost must not be made again by the next try. Send a new `Idempotency-Key` of your own
(a UUID, say) with every `POST /v1/orders`, and the same one when you try again: if the order was made, its
document is the answer, and nothing is sold twice. The same key with another document is refused, 422. Who
decides not to try again says so to `POST /v1/orders/given-up`, which cancels what had been sold. Check-ins
name a `nonce` of their own, to the same end.
"""

TAGS = [
    {"name": "Log in", "description": "A token for an e-mail address and a password, or a device's code."},
    {"name": "Events", "description": "What is sold for, and by which rules."},
    {"name": "Tickets", "description": "What is sold: price, how many there are, and how many are left."},
    {"name": "Quotas", "description": "Limits over several tickets together."},
    {"name": "Holds", "description": "So many of a ticket set aside for a purpose."},
    {"name": "Discounts", "description": "What makes a sale cost less, with a code or without."},
    {"name": "Orders", "description": "Sold at the till or placed online; paid, cancelled, given back."},
    {"name": "Payments", "description": "What was paid of an order, and given back."},
    {"name": "Attendees", "description": "Guests, one for each ticket sold, with the code at the door."},
    {"name": "Check-ins", "description": "Let in and out, taken back, and how many are inside."},
    {"name": "Stations", "description": "The doors of an event."},
    {"name": "Tills", "description": "Where money is taken."},
    {
        "name": "Shifts",
        "description": "A cashier's time at a till: opened, counted, closed, and what came of it.",
    },
    {"name": "Movements", "description": "Cash put into a drawer, or taken out, that is no payment."},
    {"name": "Counts", "description": "What somebody has counted in a drawer."},
    {"name": "Devices", "description": "Tablets with a role at one event."},
    {"name": "Members", "description": "Who works at an event, as what."},
    {"name": "Invitations", "description": "Links by which one becomes a member."},
    {"name": "Changes", "description": "The audit trail: who changed what."},
    {"name": "Reports", "description": "What was sold and taken in a shift, and in an evening."},
    {
        "name": "Exports",
        "description": "Whole tables of an event: orders, attendees, payments, check-ins, shifts.",
    },
    {"name": "Statistics", "description": "How many orders and tickets an event has, and for how much."},
    {"name": "Users", "description": "One's own account, as clients of the Open Event Server read it."},
]
