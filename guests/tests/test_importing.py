"""A table of guests becomes entries of the list, or says line by line why not."""

import pytest

from base.errors import Invalid
from guests.importing import Defaults, Guests, guests_in, sealed, unsealed
from guests.tests.files import csv_of, xlsx_of
from limits.tests.factories import hold_of
from orders.guest_list import Entry, Way
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20)


@pytest.fixture
def read(event):
    """`read(*rows, **defaults)`: what is understood of a CSV file."""

    def read_(*rows, encoding="utf-8", **defaults):
        return guests_in(csv_of(rows, ";", encoding), event, Defaults(**defaults))

    return read_


def told(guests):
    return [(fault.line, fault.column, fault.detail) for fault in guests.faults]


@pytest.mark.parametrize(
    "titles",
    [
        ("First name", "Last name", "E-mail", "Ticket", "Key", "Payment"),
        ("firstname", "LASTNAME", "mail", "ticket type", "Nr.", "Status"),
        ("Vorname", "Nachname", "E-Mail-Adresse", "Kategorie", "Nummer", "Bezahlt"),
        ("Prénom", "Nom", "Courriel", "Billet", "ID", "Payé"),
        ("Nombre", "Apellidos", "Correo electrónico", "Entrada", "Número", "Pagado"),
    ],
)
def test_columns_are_known_by_what_people_call_them(read, adult, titles):
    found = read(titles, ("Ana", "Silva", "a@example.com", "ADULT", "7", "paid"))
    assert found.entries == [
        Entry(adult.pk, "Ana", "Silva", "a@example.com", way=Way.PAID, key="7"),
    ]
    assert found.lines == [2]
    assert not found.ignored


def test_one_name_is_taken_apart_at_its_last_blank(read, adult):
    found = read(("Name",), ("Ana Maria Silva",), ("Cher",), ticket=adult)
    assert [(one.firstname, one.lastname) for one in found.entries] == [("Ana Maria", "Silva"), ("Cher", "")]


def test_ticket_is_named_by_its_number_too(read, adult):
    assert read(("Name", "Ticket"), ("Ana", str(adult.pk))).entries[0].ticket_id == adult.pk


def test_row_that_says_nothing_has_what_was_chosen(read, adult):
    hold = hold_of(adult, 2)
    other = TicketFactory(event=adult.event, name="Child")
    found = read(("Name", "Ticket"), ("A", ""), ("B", "child"), ticket=adult, way=Way.AT_DOOR, hold=hold)
    assert found.entries == [
        Entry(adult.pk, "A", way=Way.AT_DOOR, hold_id=hold.pk),
        Entry(other.pk, "B", way=Way.AT_DOOR),
    ]


def test_columns_that_are_not_read_are_named(read, adult):
    assert read(("Name", "Table", "", "Diet"), ("Ana", "4", "", ""), ticket=adult).ignored == [
        "Table",
        "Diet",
    ]


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("", "free"),
        ("Comp", "free"),
        ("PAID", "paid"),
        ("ja", "paid"),
        ("to pay", "at-door"),
        ("non", "at-door"),
    ],
)
def test_payment_is_said_in_many_words(read, adult, word, way):
    assert read(("Name", "Paid"), ("Ana", word), ticket=adult).entries[0].way == way


def test_all_faults_are_told_by_line_and_column(read, adult):
    TicketFactory(event=adult.event, name="Child")
    TicketFactory(event=adult.event, name="CHILD")
    found = read(
        ("First name", "Surname", "Mail", "Ticket", "Paid"),
        ("x" * 300, "Silva", "a@example.com", "Adult", ""),
        ("Bo", "Li", "nowhere", "Adult", ""),
        ("Cy", "Li", "", "Adulte", ""),
        ("Di", "Li", "", "", ""),
        ("Ed", "Li", "", "child", ""),
        ("Flo\x07", "Li", "", "Adult", "12,50"),
        ("", "", "", "Adult", ""),
    )
    assert [(line, column) for line, column, _detail in told(found)] == [
        (2, "First name"),
        (3, "Mail"),
        (4, "Ticket"),
        (5, "Ticket"),
        (6, "Ticket"),
        (7, "Paid"),
        (7, "First name"),
        (8, "Surname"),
    ]
    assert "300" in found.faults[0].detail
    assert found.faults[2].detail == "There is no ticket “Adulte”."


def test_two_of_one_key_name_both_lines(read, adult):
    found = read(("Name", "Nr"), ("Ana", "1"), ("Bo", "2"), ("Cy", "1"), ticket=adult)
    assert told(found) == [(4, "Nr", "The same guest, or the same key, as in line 2.")]


def test_the_same_guest_twice_names_both_lines(read, adult):
    found = read(
        ("Name", "Mail"), ("Ana Silva", "a@example.com"), ("ana  silva", "A@EXAMPLE.COM"), ticket=adult
    )
    assert told(found) == [(3, "Name", "The same guest, or the same key, as in line 2.")]


def test_tickets_of_other_events_are_not_known(read, adult):
    other = TicketFactory(name="Other")
    found = read(("Name", "Ticket"), ("Ana", "Other"), ("Bo", str(other.pk)))
    assert [line for line, _column, _detail in told(found)] == [2, 3]


@pytest.mark.parametrize(
    "rows",
    [
        [("Table", "Diet"), ("4", "none")],
        [("Name", "Full name"), ("Ana", "Bo")],
        [("Name",)],
    ],
)
def test_file_without_guests_is_refused_as_a_whole(read, adult, rows):
    found = read(*rows, ticket=adult)
    assert [fault.line for fault in found.faults] == [0]
    assert not found.entries


def test_workbook_and_text_say_the_same(event, read, adult):
    rows = [("Name", "Nr", "Ticket"), ("José Müller", 12345.0, "Adult")]
    of_workbook = guests_in(xlsx_of(rows), event, Defaults())
    assert of_workbook.entries == read(rows[0], ("José Müller", "12345", "Adult")).entries
    assert of_workbook.entries == read(rows[0], ("José Müller", "12345", "Adult"), encoding="latin-1").entries


class TestBetweenPreviewAndConfirmation:
    @pytest.fixture
    def guests(self, adult):
        return Guests([Entry(adult.pk, "José", "Li", "a@example.com", Way.PAID, "7", "R", 3)], [2])

    def test_the_guests_come_back(self, event, organizer, guests):
        text = sealed(guests, event=event, user=organizer)
        assert unsealed(text, event=event, user=organizer) == guests

    def test_another_user_or_event_has_nothing_of_it(self, event, organizer, cashier, guests):
        text = sealed(guests, event=event, user=organizer)
        other = TicketFactory().event
        for at, user in ((event, cashier), (other, organizer)):
            with pytest.raises(Invalid) as refusal:
                unsealed(text, event=at, user=user)
            assert refusal.value.problems[0].code == "preview-over"

    @pytest.mark.parametrize("change", [lambda text: text[:-1] + "x", lambda text: "", lambda text: "a:b:c"])
    def test_nobody_writes_one(self, event, organizer, guests, change):
        text = change(sealed(guests, event=event, user=organizer))
        with pytest.raises(Invalid):
            unsealed(text, event=event, user=organizer)

    def test_it_ends(self, event, organizer, guests, monkeypatch):
        monkeypatch.setattr("guests.importing.KEPT_FOR", -1)
        with pytest.raises(Invalid):
            unsealed(sealed(guests, event=event, user=organizer), event=event, user=organizer)

    def test_more_than_a_form_carries_is_refused(self, event, organizer, adult, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 51_000
        guests = Guests([Entry(adult.pk, str(hash(str(n)))) for n in range(500)], list(range(500)))
        with pytest.raises(Invalid) as refusal:
            sealed(guests, event=event, user=organizer)
        assert refusal.value.problems[0].code == "too-large-file"
