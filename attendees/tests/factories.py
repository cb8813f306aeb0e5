import factory

from accounts.tests.factories import UserFactory
from attendees.models import Attendee
from tickets.tests.factories import TicketFactory


class DraftFactory(factory.django.DjangoModelFactory):
    """An attendee that is not ordered yet."""

    class Meta:
        model = Attendee

    ticket = factory.SubFactory(TicketFactory)
    creator = factory.SubFactory(UserFactory)
    firstname = factory.Faker("first_name")
    lastname = factory.Faker("last_name")
    email = factory.Faker("email")
