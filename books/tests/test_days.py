"""Business days in the database are those of `events.days`."""

from bisect import bisect_right
from datetime import UTC, datetime, time

from django.db.models import DateTimeField, Value
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from accounts.tests.factories import UserFactory
from books.days import Period, days_of
from books.tests.test_books import ENDS, INSTANTS, ZONES
from events.days import business_day
from events.tests.factories import EventFactory

# On the night on which the clocks of New York are put back.
TWICE_AT_ONE = [datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (5, 6)]


class TestDays:
    @settings(max_examples=300)
    @example(instants=TWICE_AT_ONE, zone="America/New_York", ends=time(1, fold=1))
    @given(instants=st.lists(INSTANTS, min_size=1, max_size=4), zone=st.sampled_from(ZONES), ends=ENDS)
    def test_each_instant_is_within_its_day(self, instants, zone, ends):
        event = EventFactory.build(timezone=zone, day_ends_at=ends)
        days = days_of(event, [None, *instants], at=datetime(2040, 1, 1, tzinfo=UTC))
        for at in instants:
            assert days.day(bisect_right(days.begins, at)) == business_day(event, at)
        assert days.last == business_day(event, max(instants))

    def test_without_any_instant_it_is_today(self):
        event, now = EventFactory.build(), datetime(2040, 1, 1, 12, tzinfo=UTC)
        days = days_of(event, [None], at=now)
        assert days.first == days.last == business_day(event, now)


class TestPeriods(TestCase):
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @example(begins=[], which=0)
    @given(begins=st.lists(INSTANTS, max_size=20).map(sorted), which=st.integers(-1, 19))
    def test_database_counts_those_that_have_begun(self, begins, which):
        user = UserFactory()
        at = begins[which % len(begins)] if begins and which >= 0 else datetime(2026, 6, 1, tzinfo=UTC)
        place = Period(Value(at, output_field=DateTimeField()), begins)
        found = User.objects.filter(pk=user.pk).annotate(place=place).values_list("place", flat=True)
        assert list(found) == [bisect_right(begins, at)]
