import factory
from django.utils import timezone

from events.tests.factories import EventFactory, MemberFactory
from shifts.models import Relief, Shift, Till


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


class ReliefFactory(factory.django.DjangoModelFactory):
    """A colleague who was let in at somebody's open shift."""

    class Meta:
        model = Relief

    shift = factory.SubFactory(ShiftFactory)
    user = factory.LazyAttribute(lambda relief: MemberFactory(event=relief.shift.till.event).user)
    let_in_by = factory.SelfAttribute("shift.cashier")
    created_at = factory.LazyFunction(timezone.now)
