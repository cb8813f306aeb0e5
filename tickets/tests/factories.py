import factory

from events.tests.factories import EventFactory
from tickets.models import Ticket


class TicketFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Ticket

    event = factory.SubFactory(EventFactory)
    name = factory.Sequence(lambda n: f"Ticket {n}")
    type = Ticket.Type.PAID
    price = 20
    quantity = 100


class FreeTicketFactory(TicketFactory):
    type = Ticket.Type.FREE
    price = 0


class DonationFactory(TicketFactory):
    type = Ticket.Type.DONATION
    price = 0
    min_price = 5
    max_price = 100
