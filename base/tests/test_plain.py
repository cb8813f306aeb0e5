"""Facts as plain data, and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from base.plain import plain, read

ZONE = timezone(timedelta(hours=2))
SUMS = st.decimals(allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(datetime(1900, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001


@dataclass(frozen=True)
class Part:
    name: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class Whole:
    at: datetime
    parts: tuple[Part, ...]
    first: Part
    number: int | None = None
    is_open: bool = True


PARTS = st.builds(Part, st.text(), SUMS | st.none())


@given(st.builds(Whole, TIMES, st.lists(PARTS).map(tuple), PARTS, st.integers() | st.none(), st.booleans()))
def test_what_is_read_is_what_was_written(whole):
    assert read(Whole, json.loads(json.dumps(plain(whole)))) == whole


def test_sums_and_times_are_texts():
    whole = Whole(datetime(2027, 5, 1, 22, tzinfo=ZONE), (Part("a", Decimal("1E+2")),), Part("b"))
    assert plain(whole) == {
        "at": "2027-05-01T20:00:00+00:00",
        "parts": [{"name": "a", "amount": "100"}],
        "first": {"name": "b", "amount": None},
        "number": None,
        "is_open": True,
    }


def test_field_that_was_not_there_yet_has_its_default_and_one_that_is_gone_is_left_out():
    data = {"at": "2027-05-01T20:00:00+00:00", "parts": [], "first": {"name": "b", "colour": "red"}, "x": 1}
    assert read(Whole, data) == Whole(datetime(2027, 5, 1, 20, tzinfo=UTC), (), Part("b"))
