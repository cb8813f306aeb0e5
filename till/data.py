"""What the till's script needs to know, as JSON."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.money import currencies, symbol, wire_money
from base.times import moment
from events.approvals import possible_approvers
from events.days import begins_at, business_day
from events.models import Event
from limits.models import Hold
from limits.stock import left_of
from orders.models import Order, Payment
from outbox import mailing
from prices.models import Discount
from shifts.denominations import handed_over
from shifts.models import Till
from tickets.models import Ticket
from till.untimely import admits

Json = dict[str, Any]
# What counts for the favourites: however many there were before, it is quick to count.
NEWEST = 1000


def page(event: Event, till: Till | None, user: User, chosen: list[int]) -> Json:
    """What the page begins with; of what may change meanwhile, `state` tells. Money as strings with two
    decimals.
    """
    stock = _stock(event, till, user, timezone.now())
    return {
        "event": {
            "id": event.pk,
            "currency": event.currency,
            "sign": symbol(event.currency),
            "decimals": currencies()[event.currency],
            **_rules(event),
        },
        "till": till and {"id": till.pk, "name": till.name, "autoPrint": till.auto_print},
        "cashier": person(user, event),
        "tickets": [{**ticket, "left": stock["left"][ticket["id"]]} for ticket in stock["tickets"]],
        "sold": _sold_today(event, timezone.now()),
        "approvers": [{"id": pk, "name": name} for pk, name in possible_approvers(event)],
        **_discounts(event, timezone.now()),
        "notes": [wire_money(note) for note in handed_over(event.currency)],
        "chosen": chosen,
        "sendsMail": mailing.is_set_up(),
        "urls": _urls(event, till),
    }


def person(user: User, event: Event) -> Json:
    """Who works at the till; `event` was loaded for this user."""
    return {"id": user.pk, "name": str(user), "role": event.role}


def _urls(event: Event, till: Till | None) -> Json:
    query = f"?till={till.pk}" if till else "?"
    return {
        "orders": reverse("till-api-orders", args=[event.identifier]),
        "state": reverse("till-state", args=[event.identifier]) + query,
        "discount": reverse("till-api-discount", args=[event.identifier]),
        "recent": reverse("till-recent", args=[event.identifier]) + query,
        "order": f"{reverse('till', args=[event.identifier])}orders/",
        "shift": reverse("shift", args=[event.identifier]),
        "lock": reverse("till-lock", args=[event.identifier]) + query,
        "logIn": reverse("till-signed-in", args=[event.identifier]) + query,
    }


def _rules(event: Event) -> Json:
    """How the event wants tickets to be sold."""
    return {"cashRounding": wire_money(event.cash_rounding), "admitNow": event.admit_now}


def _tickets(event: Event) -> QuerySet[Ticket]:
    return event.tickets.order_by("position", "pk")


def _ticket(ticket: Ticket, event: Event) -> Json:
    return {
        "id": ticket.pk,
        "name": ticket.name,
        "type": ticket.type,
        "price": wire_money(ticket.price),
        "minPrice": wire_money(ticket.min_price),
        "maxPrice": wire_money(ticket.max_price),
        "note": ticket.door_note,
        "group": ticket.group,
        "color": ticket.color,
        "hidden": ticket.is_hidden,
        "from": ticket.sales_starts_at and ticket.sales_starts_at.isoformat(),
        "until": ticket.sales_ends_at and ticket.sales_ends_at.isoformat(),
        "closed": _closed(ticket, event),
        "admits": admits(ticket, event),
    }


def _stock(event: Event, till: Till | None, user: User, at: datetime) -> Json:
    """What can be sold: each of the tickets, and after them each hold that the user may sell from there, as
    one more kind of its ticket; and how many are `left` of each, by its id.
    """
    held = Hold.objects.filter(quantity__gt=0).running(at)
    tickets = list(_tickets(event).annotate(is_held=Exists(held.filter(ticket=OuterRef("pk")))))
    known = {ticket.pk: ticket for ticket in tickets if vars(ticket)["is_held"]}
    holds: Iterable[Hold] = ()
    if known:
        own = held.filter(ticket__in=known).open_to_seller(user, till.pk if till else None)
        holds = list(own.order_by("name", "pk"))
    overdue = Order.objects.overdue(at).filter(event=event)
    freed = Attendee.objects.live().filter(order__in=overdue, hold__isnull=True)
    left = left_of(tickets, freed=Counter(freed.values_list("ticket_id", flat=True)), at=at)
    return {
        "tickets": [
            *(_ticket(ticket, event) for ticket in tickets),
            *(_from_hold(hold, _ticket(known[hold.ticket_id], event)) for hold in holds),
        ],
        "left": {**left, **{_id(hold): hold.left for hold in holds}},
    }


def _id(hold: Hold) -> str:
    return f"hold {hold.pk}"


def _from_hold(hold: Hold, ticket: Json) -> Json:
    """`sells` is the ticket that is sold from the hold."""
    name = _("%(ticket)s: %(hold)s") % {"ticket": ticket["name"], "hold": hold.name}
    beside = {"id": _id(hold), "sells": ticket["id"], "hold": hold.pk, "name": name, "group": _("Held")}
    return {**ticket, **beside}


def _discounts(event: Event, at: datetime) -> Json:
    """Those that whoever sells may give, and whether there are `codes` that guests may show."""
    usable = Discount.objects.filter(event=event).usable(at)
    with_code = usable.exclude(code="").order_by().values("pk")[:1]  # one statement, as it is asked all night
    rows = usable.filter(Q(code="") | Q(pk=Subquery(with_code))).order_by("name", "pk")
    discounts = list(rows.prefetch_related("tickets"))
    return {
        "discounts": [told_discount(discount) for discount in discounts if not discount.code],
        "codes": any(discount.code for discount in discounts),
    }


def told_discount(discount: Discount) -> Json:
    return {
        "id": discount.pk,
        "name": discount.name,
        "percent": wire_money(discount.percent),
        "amount": wire_money(discount.amount),
        "once": discount.once_per_sale,
        "most": discount.most_tickets,
        "tickets": sorted(discount.ticket_ids),
    }


def _closed(ticket: Ticket, event: Event) -> str:
    """Why a ticket is not on sale just now, in the event's time zone; empty if it is."""
    at = timezone.now()
    if ticket.sales_over(at):
        return _("sale ended")
    if not ticket.sales_open(at) and (starts := ticket.sales_starts_at):
        return _("from %s") % moment(starts, event.timezone)
    return ""


def _sold_today(event: Event, at: datetime) -> dict[int, int]:
    """How many of each ticket, by its id, the newest sales of the business day sold; what is sold later
    the till adds by itself.
    """
    newest = event.orders.order_by("-pk").values("pk")[:NEWEST]
    sold = Attendee.objects.filter(
        order__in=newest,
        order__channel=Order.Channel.ONSITE,
        order__status__in=[*Order.UNPAID, Order.Status.COMPLETED],
        order__created_at__gte=begins_at(event, business_day(event, at)),
    )
    return dict(sold.order_by().values_list("ticket_id").annotate(Count("pk")))


def state(event: Event, till: Till | None, user: User, at: datetime) -> Json:
    """The tickets as they are now; how many of each are left, what unpaid orders and holds keep beyond their
    time included; and the till's card payments that nobody has answered, or that came too late and must be
    given back.
    """
    waiting = _waiting(event, till)
    return {
        "event": _rules(event),
        **_stock(event, till, user, at),
        **_discounts(event, at),
        "unanswered": [_unanswered(order) for order in waiting if not order.money_due],
        "due": [_due(order) for order in waiting if order.money_due],
    }


def _waiting(event: Event, till: Till | None) -> list[Order]:
    """The orders of which somebody must say something: whether a card was approved at this till, or that
    its money was given back, which was taken here or at no till. One statement, as it is asked all night.
    """
    unpaid = Order.objects.unpaid() if till else Order.objects.none()
    unanswered = unpaid.filter(shift__till=till, awaits_card=True)
    here = Payment.objects.filter(Q(shift__isnull=True) | Q(shift__till=till), order=OuterRef("pk"))
    due = Order.objects.filter(Exists(here), event=event, money_due=True)
    orders = sorted(unanswered.order_by().union(due.order_by(), all=True), key=attrgetter("pk"))
    prefetch_related_objects(orders, "payments")
    return orders


def _unanswered(order: Order) -> Json:
    return {
        "id": order.pk,
        "identifier": order.identifier,
        "left": wire_money(order.left_to_pay),
        "card": wire_money(order.card_amount),
    }


def _due(order: Order) -> Json:
    return {"id": order.pk, "identifier": order.identifier, "amount": wire_money(order.balance)}
