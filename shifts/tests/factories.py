import factory
from django.utils import timezone

from events.tests.factories import EventFactory, MemberFactory
from shifts.models import Shift, Till


class TillFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Till

    event = factory.SubFactory(EventFactory)
    name = factory.Sequence(lambda n: f"Till {n}")


class ShiftFactory(factory.django.DjangoModelFactory):
    """An open shift; its cashier is a member of the event."""

    class Meta:
        model = Shift

    till = factory.SubFactory(TillFactory)
    cashier = factory.LazyAttribute(lambda shift: MemberFactory(event=shift.till.event).user)
    opened_at = factory.LazyFunction(timezone.now)
    opening_float = 100
