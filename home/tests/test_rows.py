"""Every table of an event's home: who may edit, what is written, what is refused, and what is left alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Change
from devices import lifecycle
from devices.models import Device
from door.admission import check_in
from door.models import Station
from door.scan import Scan
from events.invitations import invite
from events.models import Event, Invitation
from events.tests.factories import EventFactory, MemberFactory
from home.sheet_forms import SECTIONS
from limits.models import Hold
from limits.tests.factories import hold_of, quota_of
from orders.sale import Line, Sale
from orders.sales import sell_onsite
from prices.tests.factories import discount_of
from shifts.desk import Desk
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


def at(event, section):
    return f"/events/{event.identifier}/edit/{section}/"


def post(client, event, section, sheet, row, do="save", **fields):
    return client.post(at(event, section), {"sheet": sheet, "row": row, "do": do, **fields})


def ticket_fields(**changed):
    return {"name": "Adult", "type": "paid", "price": "20", "quantity": "10", **changed}


def row_of_each(event):
    """`{sheet: (section, row, what a valid form of it says)}`, of an event."""
    ticket = TicketFactory(event=event, name="Adult", price=20, quantity=10)
    quota = quota_of(ticket, size=100, name="Seats")
    hold = hold_of(ticket, 2, name="Press")
    discount = discount_of(event, name="Student", percent=20)
    member = MemberFactory(event=event, role="cashier")
    device = lifecycle.add_device(event=event, name="Tablet", role="registrar")
    invitation, _token = invite(event=event, email="a@example.com", role="cashier", by=None)
    return {
        "tickets": ("tickets", ticket, ticket_fields(name="Grown-up")),
        "members": ("people", member, {"role": "registrar"}),
        "invitations": ("people", invitation, {}),
        "tills": ("places", TillFactory(event=event, name="Bar"), {"name": "Main"}),
        "gates": (
            "places",
            Station.objects.create(event=event, name="North"),
            {"name": "South", "direction": "in"},
        ),
        "devices": ("devices", device, {"name": "Other tablet"}),
        "quotas": ("limits", quota, {"name": "Chairs", "size": "99", "tickets": [ticket.pk]}),
        "holds": ("limits", hold, {"name": "Guests", "quantity": "3", "open_to": "all"}),
        "discounts": ("money", discount, {"name": "Pupil", "percent": "30", "is_active": "on"}),
    }


def stored(row):
    return type(row).objects.filter(pk=row.pk).values().first()


SHEETS = [sheet.name for section in SECTIONS.values() for sheet in section.sheets]
EDITED = [name for name in SHEETS if name != "invitations"]


@pytest.mark.parametrize("sheet", EDITED)
def test_row_is_saved_and_stands_in_the_trail(page, event, sheet):
    section, row, fields = row_of_each(event)[sheet]
    before = stored(row)
    Change.objects.all().delete()
    response = post(page, event, section, sheet, row.pk, **fields)
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert stored(row) != before
    assert Change.objects.filter(event=event).exists()


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("role", ["cashier", "registrar", None])
def test_who_does_not_organize_changes_nothing(client, event, member, stranger, sheet, role):
    section, row, fields = row_of_each(event)[sheet]
    client.force_login(member(role) if role else stranger)
    before = stored(row)
    acts = ["save", "delete", "give-back", "pair", "renew"]
    answers = {post(client, event, section, sheet, row.pk, do, **fields).status_code for do in acts}
    assert answers == {403}
    assert client.get(at(event, section)).status_code == 403
    assert stored(row) == before


@pytest.mark.parametrize("sheet", SHEETS)
def test_row_of_another_event_is_not_there(page, event, sheet):
    other = EventFactory()
    section, row, fields = row_of_each(other)[sheet]
    before = stored(row)
    for do in ("save", "delete", "pair", "renew", "give-back"):
        assert post(page, event, section, sheet, row.pk, do, **fields).status_code == 404, do
    assert stored(row) == before


@pytest.mark.parametrize(
    ("sheet", "field"),
    [
        ("quotas", "tickets"),
        ("gates", "tickets"),
        ("holds", "members"),
        ("discounts", "tickets"),
        ("holds", "till"),
    ],
)
def test_what_another_event_has_is_not_offered(page, event, sheet, field):
    section, row, fields = row_of_each(event)[sheet]
    others = EventFactory()
    foreign = {"tickets": TicketFactory, "members": MemberFactory, "till": TillFactory}[field](event=others)
    assert str(foreign) not in page.get(at(event, section)).content.decode() or field == "tickets"
    response = post(page, event, section, sheet, row.pk, **{**fields, "open_to": "till", field: foreign.pk})
    assert response.status_code == 422


@pytest.mark.parametrize("sheet", EDITED)
def test_nonsense_is_told_beside_the_cell_and_nothing_changes(page, event, sheet):
    section, row, fields = row_of_each(event)[sheet]
    before = stored(row)
    nonsense = {name: "\x00" if name == "name" else "nonsense" for name in fields if name != "is_active"}
    response = post(page, event, section, sheet, row.pk, **nonsense)
    assert response.status_code == 422
    text = response.content.decode()
    assert 'class="refused"' in text
    assert "errorlist" in text
    assert stored(row) == before


def test_quantity_below_sold_is_refused_beside_its_cell(page, event, ticket, cashier):
    sell_onsite(Sale(event, [Line(ticket.pk, 3)], status="pending"), desk=Desk(cashier))
    response = post(page, event, "tickets", "tickets", ticket.pk, **ticket_fields(quantity="2"))
    assert response.status_code == 422
    assert "3 are sold already" in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.quantity == 10


def test_comma_is_a_decimal_one(page, event, ticket):
    post(page, event, "tickets", "tickets", ticket.pk, **ticket_fields(price="28,60"))
    ticket.refresh_from_db()
    assert str(ticket.price) == "28.60"


def test_fields_that_the_row_has_not_got_stay(page, event, ticket):
    ticket.door_note, ticket.max_order, ticket.is_hidden = "student card", 4, True
    ticket.save()
    post(page, event, "tickets", "tickets", ticket.pk, **ticket_fields(is_hidden="on"))
    ticket.refresh_from_db()
    assert (ticket.door_note, ticket.max_order, ticket.is_hidden) == ("student card", 4, True)


def test_name_that_is_taken_is_refused(page, event, ticket):
    response = post(page, event, "tickets", "tickets", "new", **ticket_fields())
    assert response.status_code == 422
    assert event.tickets.count() == 1


def test_as_many_rows_as_the_event_may_have(page, event, ticket, settings):
    settings.ROWS_PER_EVENT = 1
    response = post(page, event, "tickets", "tickets", "new", **ticket_fields(name="Child"))
    assert response.status_code == 409
    assert "at most 1" in response.content.decode()


def test_sold_ticket_is_not_deleted(page, event, ticket, cashier):
    sell_onsite(Sale(event, [Line(ticket.pk, 1)], status="pending"), desk=Desk(cashier))
    response = post(page, event, "tickets", "tickets", ticket.pk, "delete")
    assert response.status_code == 409
    assert "hide it instead" in response.content.decode()


def test_gate_where_somebody_was_scanned_stays(page, event, organizer):
    gate = Station.objects.create(event=event, name="North")
    check_in(Scan(event, "NOBODYSCODE", station=gate), by=organizer)
    response = post(page, event, "places", "gates", gate.pk, "delete")
    assert response.status_code == 409
    assert "It was used" in response.content.decode()


@pytest.mark.parametrize(
    ("sheet", "gone"), [("tickets", True), ("quotas", True), ("discounts", True), ("members", True)]
)
def test_row_that_nothing_was_done_with_is_deleted(page, event, sheet, gone):
    section, row, _fields = row_of_each(event)[sheet]
    if sheet == "tickets":
        row = TicketFactory(event=event, name="Nobody's")
    assert post(page, event, section, sheet, row.pk, "delete").status_code == 302
    assert stored(row) is None


def test_till_is_never_deleted(page, event):
    till = TillFactory(event=event)
    assert post(page, event, "places", "tills", till.pk, "delete").status_code == 404
    assert stored(till)


def test_invitation_shows_its_link_once(page, event):
    response = post(page, event, "people", "invitations", "new", email="new@example.com", role="cashier")
    assert "/join/" in response.content.decode()
    assert "/join/" not in page.get(at(event, "people")).content.decode()
    invitation = Invitation.objects.get()
    assert post(page, event, "people", "invitations", invitation.pk, "save").status_code == 404
    assert "/join/" in post(page, event, "people", "invitations", invitation.pk, "renew").content.decode()
    post(page, event, "people", "invitations", invitation.pk, "delete")
    invitation.refresh_from_db()
    assert invitation.withdrawn_at


def test_device_that_is_revoked_is_gone_from_there(page, event):
    device = lifecycle.add_device(event=event, name="Tablet", role="registrar")
    assert post(page, event, "devices", "devices", device.pk, "delete").status_code == 302
    assert Device.objects.get().is_revoked
    assert post(page, event, "devices", "devices", device.pk, "pair").status_code == 404


def test_left_of_a_hold_is_given_back(page, event, ticket):
    hold = hold_of(ticket, 4)
    assert post(page, event, "limits", "holds", hold.pk, "give-back").status_code == 302
    assert Hold.objects.get().quantity == 0


def test_hold_ends_by_the_clock_of_the_event(page, event, ticket):
    event.timezone = "Europe/Berlin"
    event.save()
    fields = {
        "name": "Press",
        "ticket": ticket.pk,
        "quantity": "2",
        "open_to": "all",
        "ends_at": "2030-07-06T20:00",
    }
    assert post(page, event, "limits", "holds", "new", **fields).status_code == 302
    assert Hold.objects.get().ends_at.isoformat() == "2030-07-06T18:00:00+00:00"
    assert 'value="2030-07-06T20:00"' in page.get(at(event, "limits")).content.decode()


@pytest.mark.parametrize("section", SECTIONS)
def test_statements_do_not_grow_with_rows(page, event, section):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert page.get(at(event, section)).status_code == 200
        return len(queries)

    rows = row_of_each(event)
    page.get(at(event, section))
    few = counted()
    for number in range(3):
        ticket = TicketFactory(event=event, name=f"T{number}")
        quota_of(ticket, size=100, name=f"Q{number}")
        hold_of(rows["tickets"][1], 1, name=f"H{number}")
        discount_of(event, name=f"D{number}", percent=5)
        MemberFactory(event=event, role="cashier")
        Station.objects.create(event=event, name=f"G{number}")
        TillFactory(event=event, name=f"Till {number}")
        lifecycle.add_device(event=event, name=f"X{number}", role="cashier")
        invite(event=event, email=f"a{number}@example.com", role="cashier", by=None)
    assert counted() == few


class TestTheEventItself:
    def fields(self, event, **changed):
        return {
            "sheet": "event",
            "name": event.name,
            "identifier": event.identifier,
            "state": "published",
            "starts_at": "2030-07-06T20:00",
            "ends_at": "2030-07-07T02:00",
            "timezone": event.timezone,
            "day_ends_at": "04:00",
            "reentry": "none",
            **changed,
        }

    def test_is_changed(self, page, event):
        response = page.post(at(event, "settings"), self.fields(event, capacity="500", location_name="Hall"))
        assert response.status_code == 302
        event.refresh_from_db()
        assert (event.capacity, event.location_name, event.currency) == (500, "Hall", "EUR")

    def test_other_address_leads_on_to_itself(self, page, event):
        response = page.post(at(event, "settings"), self.fields(event, identifier="summer-night"))
        assert response["Location"].startswith("/events/summer-night/edit/settings/")

    def test_refused_address_leaves_the_page_where_it_is(self, page, event):
        response = page.post(at(event, "settings"), self.fields(event, identifier="12"))
        assert response.status_code == 422
        assert f"/events/{event.identifier}/edit/tickets/" in response.content.decode()

    def test_currency_of_sales_stays(self, page, event, ticket, cashier):
        sell_onsite(Sale(event, [Line(ticket.pk, 1)], status="pending"), desk=Desk(cashier))
        fields = {"sheet": "event", "currency": "CHF"}
        response = page.post(at(event, "money"), fields)
        assert response.status_code == 422
        assert "there are orders" in response.content.decode()

    def test_cash_rounding_with_a_comma(self, page, event):
        assert (
            page.post(
                at(event, "money"), {"sheet": "event", "currency": "EUR", "cash_rounding": "0,05"}
            ).status_code
            == 302
        )
        assert str(Event.objects.get().cash_rounding) == "0.05"
