"""Webhooks are told which tickets are sold out, whatever limit that is by."""

import pytest

from limits.tests.factories import hold_of, quota_of
from outbox.models import Message
from outbox.tests.factories import HookFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(event):
    """The ids of the tickets that were told to be sold out, in order, since it was asked last."""
    HookFactory(event=event)
    seen = set()

    def told():
        new = Message.objects.exclude(pk__in=seen).order_by("pk")
        found = []
        for message in new:
            seen.add(message.pk)
            found += [h["data"]["id"] for h in message.payload if h["type"] == "ticket.sold-out"]
        return [int(pk) for pk in found]

    return told


def test_full_quota_sells_out_all_its_tickets(adult, child, sell, told):
    quota_of(adult, child, size=3)
    sell((adult, 2))
    assert told() == []
    sell((adult, 1))
    assert told() == [adult.pk, child.pk]


def test_ticket_that_was_sold_out_before_is_not_told_again(adult, child, sell, told):
    quota_of(adult, child, size=12), quota_of(child, size=1, name="Dinners")
    sell((adult, 10))
    assert told() == [adult.pk]
    sell((child, 1))
    assert told() == [child.pk]


def test_sale_from_a_hold_takes_the_last_of_nothing(adult, sell, told):
    guests = hold_of(adult, 4)
    sell((adult, 6))
    assert told() == [adult.pk]
    sell((adult, 4, guests))
    assert told() == []
