"""Guests are found at the door by how their names begin."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee, NameWord, new_code
from attendees.search import among, find_guests
from attendees.tests.factories import DraftFactory
from attendees.words import write_words
from benchmarks.million.fill import analyze
from door.tests.doors import guests_of
from events.tests.factories import EventFactory
from onsite_project.tests.asking import undone
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

PEOPLE = [
    Guest("Ana", "Müller", "ana@example.com"),
    Guest("Murat", "Özil", "m.ozil@example.com"),
    Guest("Mona", "van Dyk", "MONA@example.com"),
    Guest("Per_cent", "O'Hara%", "per@example.com"),
]

SCAN = re.compile("(Seq Scan on|SCAN) (attendees|orders)_")
CODE = "QQ34679Q"  # as nobody's name begins, or a name that is searched for finds the order now and then


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", quantity=None)


@pytest.fixture
def people(event, ticket):
    sold_onsite(event=event, lines=[Line(ticket.pk, 6, guests=tuple(PEOPLE))], status="completed")
    Order.objects.update(identifier=CODE)
    return {guest.firstname: guest for guest in Attendee.objects.all()}


def found(event, text, **terms):
    return [guest.firstname for guest in find_guests(event, text, **terms)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mü", ["Ana", "Murat"]),
        ("müll", ["Ana"]),
        ("mull", ["Ana"]),
        ("MUELLER", ["Ana"]),
        ("MÜLLER", ["Ana"]),
        ("Müller", ["Ana"]),
        ("öz", ["Murat"]),
        ("Öz", ["Murat"]),
        ("VAN D", ["Mona"]),
        ("mur", ["Murat"]),
        ("mo", ["Mona"]),
        ("  mona@example.com ", ["Mona"]),
        ("M.Ozil@Example.com", ["Murat"]),
        ("mona@example.co", []),
        ("m.oz", []),
        ("o'h", ["Per_cent"]),
        ("per_", ["Per_cent"]),
        ("p%", []),
        ("o%", []),
        ("__", []),
        ("ller", []),
        ("m", []),
        (" m ", []),
        ("", []),
        ("x" * 201, []),
        ("mo\x00", []),
        ("\ud800\ud800", []),
        ("'; DROP TABLE", []),
    ],
)
def test_by_the_beginning(event, people, text, names):
    assert found(event, text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ana mül", ["Ana"]),
        ("Ana Müller", ["Ana"]),
        ("ANA MÜLLER", ["Ana"]),
        ("müller ana", ["Ana"]),
        ("mül an", ["Ana"]),
        ("  an   mül  ", ["Ana"]),
        ("a mül", ["Ana"]),
        ("murat öz", ["Murat"]),
        ("ÖZIL m", ["Murat"]),
        ("mona van dyk", ["Mona"]),
        ("van dyk mo", ["Mona"]),
        ("van  d", ["Mona"]),
        ("mona dyk", ["Mona"]),
        ("dyk mona", ["Mona"]),
        ("dyk", ["Mona"]),
        ("ana öz", []),
        ("ana ana", ["Ana"]),
        ("Müller, Ana", ["Ana"]),
        ("a m", []),
        ("per_ o'h", ["Per_cent"]),
        ("p% o%", []),
        ("pe o_hara", []),
        ("per_cent o'hara%", ["Per_cent"]),
        ("ana mül x", []),
        ("ana\tmül", []),
        ("a " * 100, []),
    ],
)
def test_by_first_and_last_name_typed_together(event, people, text, names):
    assert found(event, text) == names


def test_by_both_names_among_many_who_share_one(event, ticket):
    guests = tuple(Guest("Ana", last) for last in ("Lopes", "Mota", "Müller", "Munz", *"ABCDEFGHIJKL"))
    namesake = Guest("Ana Maria", "Müller")
    lines = [Line(ticket.pk, 17, guests=(*guests, namesake))]
    sold_onsite(event=event, lines=lines, status="completed")
    for text in ("ana mül", "mül ana", "ana müller"):
        assert found(event, text) == ["Ana", "Ana Maria"]
    assert found(event, "ana maria mü") == ["Ana Maria"]
    assert [guest.lastname for guest in find_guests(event, "ana lop")] == ["Lopes"]


def test_by_the_beginning_of_the_order_code(event, ticket, people):
    Order.objects.update(identifier="AYAY7Y7Y")
    assert len(find_guests(event, "ay")) == len(find_guests(event, "ayay7y7y")) == 6
    assert len(find_guests(event, "AYAY 7Y7Y")) == len(find_guests(event, "a y")) == 6
    guests_of(event, ticket)
    Order.objects.exclude(identifier="AYAY7Y7Y").update(identifier="AYC34679")
    assert len(find_guests(event, "AY")) == 7
    assert len(find_guests(event, "ayc")) == 1


def test_by_the_whole_code(event, people):
    ana = people["Ana"]
    for typed in (ana.code, ana.code.lower(), " ".join(ana.code_groups)):
        assert find_guests(event, typed) == [ana]
    assert find_guests(event, ana.code[:-1]) == []
    assert find_guests(event, new_code()) == []


def test_last_names_come_first_and_nobody_twice(event, ticket):
    guests = (Guest("Lee", "Zed", "lee@example.com"), Guest("Ann", "Lee"), Guest("Bea", "Leeds"))
    sold_onsite(event=event, lines=[Line(ticket.pk, 3, guests=guests)], status="completed")
    assert found(event, "lee") == ["Ann", "Bea", "Lee"]
    assert found(event, "lee", limit=2) == ["Ann", "Bea"]
    assert found(event, "lee", limit=3) == ["Ann", "Bea", "Lee"]


def test_orders_that_admit_nobody_are_marked(event, people, django_assert_max_num_queries):
    cancel(Order.objects.get())
    with django_assert_max_num_queries(6):
        (ana,) = find_guests(event, "ana@example.com")
        assert (ana.order.status, ana.ticket.name) == ("cancelled", "Adult")


def test_drafts_and_other_events_are_not_found(event, ticket, people):
    DraftFactory(ticket=ticket, lastname="Muster")
    elsewhere = EventFactory()
    other = TicketFactory(event=elsewhere)
    lines = [Line(other.pk, 1, guests=(Guest("Mo", "Muster"),))]
    order = sold_onsite(event=elsewhere, lines=lines, status="completed")
    assert found(event, "must") == []
    assert found(elsewhere, "must") == ["Mo"]
    assert find_guests(event, order.identifier) == []
    assert find_guests(event, order.attendees.get().code) == []


@pytest.fixture(scope="class")
def many(django_db_setup, django_db_blocker):
    """An event of 4,000 guests, for all tests of a class."""
    with django_db_blocker.unblock(), undone():
        event = EventFactory()
        ticket = TicketFactory(event=event, quantity=None)
        (model,) = guests_of(event, ticket)
        orders = Order.objects.filter(pk=model.order_id).values()[0]
        made = Order.objects.bulk_create(
            Order(**{**orders, "id": None, "identifier": f"C{number:07}"}) for number in range(2000)
        )
        guests = Attendee.objects.bulk_create(
            Attendee(
                ticket=ticket,
                order=order,
                firstname=f"{order.identifier[::-1]}",
                lastname=f"{order.identifier[1:]}n",
                email=f"{order.identifier[::-1]}@example.com",
            )
            for order in made
            for _twice in range(2)
        )
        write_words(guests, event_id=event.pk)
        analyze()
        yield event


class TestIndexes:
    """With enough rows, nothing is read from the beginning to the end."""

    def plans(self, act):
        with CaptureQueriesContext(connection) as captured:
            act()
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        with connection.cursor() as cursor:
            for query in captured.captured_queries:
                cursor.execute(explain + query["sql"])
                yield "\n".join(str(row[-1]) for row in cursor.fetchall())

    def assert_nothing_is_read_through(self, plans):
        assert not [plan for plan in plans if SCAN.search(plan)]

    @pytest.mark.parametrize("text", ["x0", "0000001n", "özil", "1000000c@example.com"])
    def test_are_used(self, many, text):
        plans = list(self.plans(lambda: find_guests(many, text)))
        assert any("nameword_by_word" in plan for plan in plans), plans
        self.assert_nothing_is_read_through(plans)

    @pytest.mark.parametrize("text", ["1000000c 0000001", "özil 0000001n"])
    def test_serve_several_words(self, many, text):
        plans = list(self.plans(lambda: find_guests(many, text)))
        assert any(plan.count("nameword_") > 1 for plan in plans), plans
        self.assert_nothing_is_read_through(plans)

    @pytest.mark.parametrize("text", ["x0000001", "1000000c 0000001n"])
    def test_serve_a_list_of_all_who_are_found(self, many, text):
        *_before, plan = self.plans(lambda: list(among(Attendee.objects.all(), [many.pk], text)))
        assert "nameword_by_word" in plan, plan
        self.assert_nothing_is_read_through([plan])

    @pytest.mark.parametrize("text", ["C7", "C7777777"])
    def test_of_order_codes_is_used(self, many, text):
        plans = list(self.plans(lambda: find_guests(many, text)))
        index = (
            "order_identifier_once" if connection.vendor == "postgresql" else "sqlite_autoindex_orders_order"
        )
        assert any(index in plan for plan in plans), plans


def test_walk_ins_without_a_name_write_no_word(event, ticket):
    sold_onsite(event=event, lines=[Line(ticket.pk, 3)], status="completed")
    assert not NameWord.objects.exists()


def test_words_of_all_guests_of_a_sale_are_one_statement(event, ticket):
    def statements(*guests):
        with CaptureQueriesContext(connection) as captured:
            sold_onsite(event=event, lines=[Line(ticket.pk, 3, guests=guests)], status="completed")
        return "\n".join(query["sql"] for query in captured).count('INTO "attendees_nameword"')

    assert (statements(), statements(PEOPLE[0]), statements(*PEOPLE[:3])) == (0, 1, 1)


@pytest.mark.parametrize(
    "text", ["#QQ34679Q", "qq34 679q", "QQ34-679Q", "# QQ-34", "\uff31\uff31\uff13", "QQ34\u2013"]
)
def test_order_code_is_found_however_it_is_set(event, people, text):
    assert len(find_guests(event, text)) == 6


def test_who_reads_addresses_masked_finds_nobody_by_them(event, people):
    assert found(event, "mona@example.com") == ["Mona"]
    assert found(event, "mona@example.com", masked=True) == []
    assert not among(Attendee.objects.all(), [event.pk], "mona@example.com", masked=True)


def test_guests_who_were_sold_to_before_get_their_words(event, people):
    """What the migration does, and undoes."""
    migration = import_module("attendees.migrations.0005_words_of_names")
    DraftFactory(ticket=TicketFactory(event=event), firstname="Draft")

    def words():
        return sorted(NameWord.objects.values_list("event", "word", "place", "attendee"))

    written = words()
    migration.empty(apps, None)
    assert words() == []
    migration.fill(apps, None)
    assert words() == written != []
