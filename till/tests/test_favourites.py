"""What the till calls its most sold tickets."""

from datetime import timedelta

from django.utils import timezone

from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory
from till import data


def test_tickets_sold_onsite_today_are_counted(event, cashier):
    adult, child, rare = (TicketFactory(event=event) for _ in range(3))
    sold_onsite(event=event, lines=[Line(adult.pk, 2), Line(child.pk, 1)], seller=cashier)
    sold_onsite(event=event, lines=[Line(adult.pk, 3)], seller=cashier)
    sold_onsite(event=event, lines=[Line(child.pk, 3)], seller=cashier)
    gone = sold_onsite(event=event, lines=[Line(rare.pk, 9)], seller=cashier)
    Order.objects.filter(pk=gone.pk).update(status="expired")
    old = sold_onsite(event=event, lines=[Line(rare.pk, 9)], seller=cashier)
    Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert data.page(event, None, cashier, [])["sold"] == {adult.pk: 5, child.pk: 4}
