"""What the database adds up is what the rows say one by one, whatever was done, and where clocks change."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from base.tests.lives import examples
from books import reports
from books.tests import by_hand
from books.tests.test_books import ENDS, INSTANTS, ZONES
from home.night import night
from orders.tests.test_life_of_acts import LifeOfActs
from shifts.models import Shift


def check_books(event, at):
    """Every day, the whole, every shift and every night."""
    totals, rows = reports.totals(event), by_hand.by_day(event)
    assert {day.day: by_hand.told(day.figures) for day in totals.days} == rows
    for day in night(event, None, at).days:
        found = night(event, day, at)
        assert by_hand.told(found.figures) == rows.get(day, by_hand.plain(by_hand.nothing()))
        assert found.sales.all == found.figures.sold_quantity
        assert {row.ticket: [row.valid, row.came] for row in found.no_shows} == by_hand.guests_of(event, day)
    for shift in Shift.objects.open().filter(till__event=event).select_related("till__event", "cashier"):
        told = by_hand.told(reports.report(shift).figures)
        assert {kind: told[kind] for kind in by_hand.of_shift(shift)} == by_hand.of_shift(shift)


class LifeOverDays(LifeOfActs):
    """All that can be done, over nights in which the clocks change. The same acts are looked at step by step
    by `LifeOfActs`; here only what they have come to.
    """

    @initialize(
        rounding=st.sampled_from([None, Decimal("0.05")]),
        minutes=st.sampled_from([None, 20]),
        zone=st.sampled_from(ZONES),
        ends=ENDS,
        begins=INSTANTS,
    )
    def begin(self, rounding, minutes, zone, ends, begins):
        super().begin(rounding, minutes)
        self.event.timezone, self.event.day_ends_at = zone, ends
        self.event.save()
        self.now = begins

    @rule(hours=st.integers(1, 40))
    def wait_long(self, hours):
        self.now += timedelta(hours=hours)

    def all_is_right(self):
        """Asked in the end."""

    def teardown(self):
        if hasattr(self, "event"):
            self.check()
            check_books(self.event, self.now)
        super().teardown()


@pytest.mark.django_db
def test_books_say_what_the_rows_say_whatever_is_done():
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        LifeOverDays,
        settings=settings(
            max_examples=examples(15), stateful_step_count=30, suppress_health_check=patience, deadline=None
        ),
    )
