"""Stations and check-ins in the admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendees.models import Attendee, new_code
from door.admission import Scan, check_in, check_out
from door.models import CheckIn, Station
from door.tests.doors import guests_of
from door.undo import undo
from events.tests.factories import MemberFactory
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
ATTENDEES = "/admin/attendees/attendee/"
STATIONS, CHECK_INS = "/admin/door/station/", "/admin/door/checkin/"


@pytest.fixture
def gate(event):
    return Station.objects.create(event=event, name="North")


@pytest.fixture
def scan(event, gate, registrar, now):
    def make(answer="ok", admitted=None, **fields):
        times = {"occurred_at": now, "received_at": now}
        scanned = {"event": event, "station": gate, "by": registrar, "direction": "in", **times, **fields}
        return CheckIn.objects.create(answer=answer, admitted=admitted, **scanned)

    return make


def url(row, action="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


class TestStations:
    def save(self, client, event, *tickets, at=STATIONS + "add/", **fields):
        chosen = [ticket.pk for ticket in tickets]
        form = {"event": event.pk, "name": "VIP", "direction": "both", "tickets": chosen, **fields}
        return client.post(at, form)

    def test_organizers_add_and_change_them(self, client, organizer, event, gate):
        client.force_login(organizer)
        ticket = TicketFactory(event=event)
        assert self.save(client, event, ticket).status_code == 302
        assert list(Station.objects.get(name="VIP").tickets.all()) == [ticket]
        assert self.save(client, event, at=url(gate), name="South").status_code == 302
        gate.refresh_from_db()
        assert gate.name == "South"

    def test_name_of_another_is_refused(self, client, organizer, event, gate):
        client.force_login(organizer)
        assert "of this name already" in self.save(client, event, name="North").content.decode()
        other = Station.objects.create(event=event, name="South")
        response = self.save(client, event, at=url(other), name="North")
        assert response.status_code == 200
        assert "of this name already" in response.content.decode()

    def test_tickets_are_the_events_own(self, client, organizer, event, gate):
        elsewhere = MemberFactory(user=organizer, role="organizer").event
        ours, theirs, strange = (
            TicketFactory(event=event),
            TicketFactory(event=elsewhere),
            TicketFactory(),
        )
        client.force_login(organizer)
        offered = client.get(STATIONS + "add/").content.decode()
        assert f"{event}: {ours}" in offered
        assert f"{elsewhere}: {theirs}" in offered
        assert str(strange.event) not in offered
        refused = self.save(client, event, ours, theirs).content.decode()
        assert "Choose tickets of the station&#x27;s own event." in refused
        assert self.save(client, event, strange).status_code == 200
        assert f'value="{theirs.pk}"' not in client.get(url(gate)).content.decode()
        assert self.save(client, event, theirs, at=url(gate)).status_code == 200
        assert Station.objects.count() == 1

    def test_event_stays(self, client, organizer, event, gate):
        elsewhere = MemberFactory(user=organizer, role="organizer").event
        client.force_login(organizer)
        self.save(client, elsewhere, at=url(gate))
        gate.refresh_from_db()
        assert (gate.event, gate.name) == (event, "VIP")

    @pytest.mark.parametrize("role", ["cashier", "registrar"])
    def test_others_do_not(self, client, member, event, gate, role):
        client.force_login(member(role))
        for page in (STATIONS, STATIONS + "add/", url(gate)):
            assert client.get(page).status_code == 403
        assert self.save(client, event).status_code == 403

    def test_is_deleted_while_nothing_was_scanned_there(self, client, organizer, gate, scan):
        client.force_login(organizer)
        scan()
        page = client.post(url(gate, "delete"), {"post": "yes"})
        assert Station.objects.exists(), page
        unused = Station.objects.create(event=gate.event, name="Mistake")
        assert client.post(url(unused, "delete"), {"post": "yes"}).status_code == 302
        assert list(Station.objects.all()) == [gate]


class TestAttendees:
    @pytest.fixture
    def people(self, event):
        guests = tuple(Guest(*names) for names in (("Ana", "Müller"), ("Ana", "Silva"), ("Mona", "van Dyk")))
        lines = [Line(TicketFactory(event=event, quantity=None).pk, 250, guests=guests)]
        sold_onsite(event=event, lines=lines, status="completed")
        return {guest.full_name: guest for guest in Attendee.objects.exclude(lastname="")}

    def found(self, client, people, text):
        page = client.get(ATTENDEES, {"q": text})
        return {name for name, guest in people.items() if url(guest) in page.content.decode()}

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("müll", {"Ana Müller"}),
            ("ana mül", {"Ana Müller"}),
            ("MÜLLER  ana", {"Ana Müller"}),
            ("dyk", {"Mona van Dyk"}),
            ("ana", {"Ana Müller", "Ana Silva"}),
            ("m", set()),
        ],
    )
    def test_are_found_as_at_the_door(self, client, organizer, people, text, names):
        client.force_login(organizer)
        assert self.found(client, people, text) == names

    def test_are_all_found_however_many(self, client, organizer, people):
        client.force_login(organizer)
        page = client.get(ATTENDEES, {"q": Order.objects.get().identifier}).content.decode()
        assert "250 attendees" in page

    def test_of_other_events_are_not_found(self, client, organizer, people):
        elsewhere = MemberFactory(role="organizer").user
        client.force_login(elsewhere)
        assert self.found(client, people, "ana") == set()
        Attendee.objects.update(order=None, creator=organizer)
        client.force_login(organizer)
        assert self.found(client, people, "ana") == set()


class TestScansOfAGuest:
    @pytest.mark.parametrize("text", ["ana mül", "müller", "order", "code"])
    def test_are_found_as_the_guest_is(self, client, organizer, event, gate, registrar, text):
        guests = (Guest("Ana", "Müller"), Guest("Ana", "Silva"))
        lines = [Line(TicketFactory(event=event, name="Adult").pk, 1, guests=guests[:1])]
        ana = sold_onsite(event=event, lines=lines, status="completed").attendees.get()
        lines = [Line(ana.ticket_id, 1, guests=guests[1:])]
        other = sold_onsite(event=event, lines=lines, status="completed").attendees.get()
        for guest in (ana, other):
            check_in(Scan(event, code=guest.code, station=gate), by=registrar)
        client.force_login(organizer)
        typed = {"order": ana.order.identifier, "code": ana.code.lower()}.get(text, text)
        rows = client.get(CHECK_INS, {"q": typed}).context["cl"].result_list
        assert [row.attendee for row in rows] == [ana]


class TestNumbers:
    """How the door is counted afterwards: by lists and their filters."""

    @pytest.fixture
    def evening(self, event, gate, registrar):
        """Three came by the gate, one of them left, one was a mistake; a fourth came without a gate."""
        ticket = TicketFactory(event=event, name="Adult")
        guests = guests_of(event, ticket, 4)
        came = [check_in(Scan(event, code=g.code, station=gate), by=registrar) for g in guests[:3]]
        check_out(Scan(event, code=guests[0].code, station=gate), by=registrar)
        undo(came[1], by=registrar)
        check_in(Scan(event, attendee_id=guests[3].pk), by=registrar)
        return ticket

    def count(self, client, url, **query):
        return client.get(url, query).context["cl"].result_count

    def test_of_a_gate_are_on_its_page(self, client, organizer, gate, evening):
        other = Station.objects.create(event=gate.event, name="South")
        client.force_login(organizer)
        for station, passed in ((gate, (3, 2)), (other, (0, 0))):
            page = client.get(f"{STATIONS}{station.pk}/change/")
            shown = page.context["adminform"].form.instance
            assert (shown.entered, shown.left) == passed
            assert "Came in:" in page.content.decode()
            assert f'<div class="readonly">{passed[0]}</div>' in page.content.decode()

    def test_of_a_ticket_and_a_gate_are_filtered(self, client, organizer, event, gate, evening):
        other = TicketFactory(event=event)
        client.force_login(organizer)
        counts = {way: self.count(client, CHECK_INS, passage=way) for way in ("in", "out", "none")}
        assert counts == {"in": 4, "out": 2, "none": 0}
        here = {"passage": "in", "station__id__exact": gate.pk}
        assert self.count(client, CHECK_INS, **here) == 3
        assert self.count(client, CHECK_INS, **here, attendee__ticket__id__exact=evening.pk) == 3
        assert self.count(client, CHECK_INS, **here, attendee__ticket__id__exact=other.pk) == 0

    def test_inside_now_are_filtered(self, client, organizer, evening):
        client.force_login(organizer)
        inside = {"is_inside__exact": 1, "ticket__id__exact": evening.pk}
        assert self.count(client, ATTENDEES, **inside) == 2

    def test_of_other_events_are_not_offered(self, client, organizer, event, gate, evening):
        strange = Station.objects.create(event=MemberFactory().event, name="Strange gate")
        TicketFactory(event=strange.event, name="Strange ticket")
        TicketFactory(event=event, name="Child")
        Station.objects.create(event=event, name="South")
        client.force_login(organizer)
        page = client.get(CHECK_INS).content.decode()
        assert "South" in page
        assert "Child" in page
        assert "Strange" not in page

    @pytest.mark.parametrize("url", [ATTENDEES, STATIONS])
    def test_cost_the_same_for_one_and_for_three(
        self, client, organizer, event, ticket, url, django_assert_num_queries
    ):
        def grow():
            gate = Station.objects.create(event=event, name=new_code())
            (guest,) = guests_of(event, ticket)
            check_in(Scan(event, code=guest.code, station=gate), by=organizer)

        client.force_login(organizer)
        grow()
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        grow(), grow()
        with django_assert_num_queries(len(one)):
            client.get(url)


class TestCheckIns:
    @pytest.mark.parametrize(("role", "status"), [("organizer", 200), ("cashier", 200), ("registrar", 403)])
    def test_who_reads_them(self, client, member, scan, role, status):
        row = scan()
        client.force_login(member(role))
        assert client.get(CHECK_INS).status_code == status
        assert client.get(url(row)).status_code == status

    def test_nobody_writes_them(self, client, organizer, scan):
        row = scan()
        client.force_login(organizer)
        assert client.get(CHECK_INS + "add/").status_code == 403
        assert client.post(url(row), {"answer": "full"}).status_code == 403
        assert client.post(url(row, "delete"), {"post": "yes"}).status_code == 403

    def test_other_events_are_out_of_sight(self, client, organizer, scan):
        row = scan(event=MemberFactory().event)
        client.force_login(organizer)
        assert url(row) not in client.get(CHECK_INS).content.decode()

    def test_are_told_by_the_clock_of_the_event(self, client, organizer, event, scan):
        event.timezone = "Asia/Kathmandu"
        event.save(update_fields=["timezone"])
        at = datetime(2026, 11, 22, 20, 14, 9, tzinfo=UTC)
        scan(occurred_at=at, received_at=at)
        client.force_login(organizer)
        assert "23 Nov 2026, 01:59:09 Asia/Kathmandu" in client.get(CHECK_INS).content.decode()

    def test_with_a_clock_that_is_off_are_marked_and_filtered(self, client, organizer, scan, now):
        scan()
        scan(occurred_at=now - timedelta(days=3), clock_is_off=True, reason="Friend of the band")
        client.force_login(organizer)
        page = client.get(CHECK_INS, {"clock_is_off__exact": 1})
        assert page.context["cl"].result_count == 1
        assert "clock is off, Friend of the band" in page.content.decode()

    def test_without_a_guest_show_what_was_scanned(self, client, organizer, scan):
        scan("unknown", code="NONESUCH")
        scan("wrong-event", code="BCDFGHJKLNPRSTVXBCDF")
        client.force_login(organizer)
        page = client.get(CHECK_INS).content.decode()
        assert "NONESUCH" in page
        assert "BCDF…" in page
        assert "BCDFG" not in page

    def test_conflicts(self, client, organizer, scan):
        rows = {
            "ok": scan(),
            "let in": scan("already-checked-in", admitted=True),
            "sent away": scan("ok", admitted=False),
            "refused": scan("full", admitted=False),
        }
        client.force_login(organizer)
        content = client.get(CHECK_INS + "?conflict=yes").content.decode()
        assert {name for name, row in rows.items() if url(row) in content} == {"let in", "sent away"}

    def test_list_costs_the_same_for_one_and_for_three(
        self, client, organizer, scan, django_assert_max_num_queries
    ):
        client.force_login(organizer)
        scan()
        client.get(CHECK_INS)
        with CaptureQueriesContext(connection) as one:
            client.get(CHECK_INS)
        scan(), scan("full")
        with django_assert_max_num_queries(len(one)):
            client.get(CHECK_INS)
