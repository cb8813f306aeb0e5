"""Orders to test with, each made by one call of keywords."""

from orders.models import Order
from orders.sale import Basket, Sale
from orders.sales import place_order, sell_onsite
from shifts.desk import Desk


def sold_onsite(
    *, event, lines, seller=None, till_id=None, drawer_required=False, idempotency_key=None, at=None, **terms
) -> Order:
    """The order of a sale; `terms` are the other fields of `Sale`."""
    desk = Desk(seller, till_id, drawer_required)
    return sell_onsite(Sale(event, lines, **terms), desk=desk, key=idempotency_key, at=at).order


def ordered_online(*, event, attendees, buyer, idempotency_key=None, at=None, **terms) -> Order:
    """The order of a buyer's basket; `terms` are the other fields of `Basket`."""
    return place_order(Basket(event, attendees, **terms), buyer=buyer, key=idempotency_key, at=at).order
