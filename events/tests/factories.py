from datetime import UTC, datetime, timedelta

import factory

from accounts.tests.factories import UserFactory
from events.models import Event, Member, Role


class EventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Event

    name = factory.Sequence(lambda n: f"Event {n}")
    currency = "EUR"
    timezone = "Europe/Berlin"
    starts_at = factory.LazyFunction(lambda: datetime.now(UTC))
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=8))
    state = Event.State.PUBLISHED
    margin_hours = None


class MemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Member

    event = factory.SubFactory(EventFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.CASHIER
