"""The server's judge against the table of cases that the tablet's is held against too
(`js_tests/judge.test.mjs`): what one lets in, the other does.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from attendees.models import Attendee
from base.errors import Invalid
from door.admission import check_in, check_out
from door.models import CheckIn, Station
from door.offline_list import HASH_LENGTH, code_hash, offline_list
from door.pages import coming_days, ticket_data
from door.scan import Scan
from door.tests.doors import guests_of
from events.models import Event
from events.tests.factories import EventFactory
from orders.models import Order
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

TABLE = json.loads((settings.BASE_DIR / "js_tests/door_cases.json").read_text())
CASES = [TABLE["usual"] | case for case in TABLE["cases"]]
ACTS = {"in": check_in, "out": check_out}
OF_NOBODY = "BCDFGHJKLNPRSTVXBCDF"
TICKET_PLACE = 5

pytestmark = pytest.mark.django_db


def moments(times: Iterable[str | None]) -> list[datetime | None]:
    return [time and datetime.fromisoformat(time) for time in times]


class Night:
    """The event of a case, up to the moment in which the tablet fetches its list."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.now = datetime.fromisoformat(case["now"])
        self.event = EventFactory(
            timezone=case["zone"],
            reentry=case["reentry"],
            starts_at=datetime.fromisoformat(case["starts"]),
            ends_at=datetime.fromisoformat(case["ends"]),
            margin_hours=None,
        )
        self.tickets = {name: TicketFactory(event=self.event, name=name) for name in ("Adult", "Child")}
        self.guest: Attendee | None = None
        if case["sold"] == "to a guest of this event" and "sold" not in case["since"]:
            self.sell(self.tickets["Adult"])
        elif case["sold"] == "to a guest of another event":
            self.sell(TicketFactory())
        for act in case["before"]:
            self.do(act, self.now - timedelta(hours=case["ago"]))
        self.tell()
        if case["full"]:
            self.fill()

    def sell(self, ticket: Ticket) -> None:
        self.guest = guests_of(ticket.event, ticket)[0]

    def tell(self) -> None:
        """How the order stands, and what the ticket says: what came before was another matter."""
        times = {f"valid_{name}": self.case[name] for name in ("from", "until")}
        Ticket.objects.filter(event=self.event).update(
            door_note=self.case["note"], admits=self.case["admits"], **times
        )
        Order.objects.filter(event=self.event).update(status=self.case["status"])
        Event.objects.filter(pk=self.event.pk).update(margin_hours=self.case["margin"])
        self.event.refresh_from_db()

    def told(self) -> list[datetime | None]:
        """From when until when the tablet lets the ticket in."""
        shown = ticket_data(Ticket.objects.get(pk=self.tickets["Adult"].pk), self.event)
        return moments([shown["from"], shown["until"]])

    def fill(self) -> None:
        other = guests_of(self.event, self.tickets["Child"])[0]
        check_in(Scan(event=self.event, code=other.code), by=None)
        inside = Attendee.objects.filter(ticket__event=self.event, is_inside=True).count()
        Event.objects.filter(pk=self.event.pk).update(capacity=inside, inside=inside)

    def do(self, act: str, at: datetime) -> None:
        if act == "sold":
            self.sell(self.tickets["Adult"])
        elif act in ACTS:
            assert ACTS[act](Scan(event=self.event, code=self.guest.code), by=None, at=at).moved
        else:
            Order.objects.filter(pk=self.guest.order_id).update(status=act)

    @property
    def code(self) -> str:
        nobodys = self.case["code"] or OF_NOBODY
        return nobodys if self.guest is None else self.guest.code

    def listed(self) -> str | None:
        """What the tablet's list says of the guest, but for the ticket; None if it does not name them."""
        fetched = self.now - timedelta(hours=self.case["fetched"])
        for line in offline_list(self.event, at=fetched).splitlines():
            if line.startswith(code_hash(self.code)):
                return line[HASH_LENGTH + TICKET_PLACE :]
        return None

    def station(self) -> Station | None:
        gate = self.case["gate"]
        if gate is None:
            return None
        station = Station.objects.create(event=self.event, name="North", direction=gate["direction"])
        station.tickets.set([self.tickets[name] for name in gate["admits"]])
        return station

    def scan(self) -> tuple[str, bool, bool]:
        """The server's answer, whether the guest passes, and whether it was a receipt."""
        seen = Scan(event=self.event, code=self.code, station=self.station())
        try:
            row = ACTS[self.case["way"]](seen, by=None, at=self.now)
        except Invalid as refusal:
            return refusal.problems[0].code, False, False
        return row.answer, row.is_let_through, row.is_of_a_receipt


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_server_answers_as_the_table_says(case):
    night = Night(case)
    assert night.listed() == case["listed"]
    assert night.told() == moments(case["told"] or (case["from"], case["until"]))
    assert case["reentry"] != "daily" or set(moments(case["days"])) <= set(
        coming_days(night.event, night.now)
    )
    for act in case["since"]:
        night.do(act, night.now)
    assert night.scan() == (case["answer"], case["shown"] != "no", case["receipt"])


def test_table_has_every_answer():
    assert {case["answer"] for case in CASES} >= set(CheckIn.Answer.values)


def test_tablet_differs_only_for_a_reason():
    for case in CASES:
        if "offline" in case:
            assert case["offline"]["why"]
            assert any(case["offline"][what] != case[what] for what in ("answer", "shown"))
