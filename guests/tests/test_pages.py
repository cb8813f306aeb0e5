"""The guest list's pages: who is on it, and how guests get on it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from door.models import CheckIn
from guests.tests.files import csv_of, xlsx_of
from orders.guest_list import Entry, Way, put_on_list
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def as_(client):
    def as_user(user):
        client.force_login(user)
        return client

    return as_user


@pytest.fixture
def address(event):
    return f"/events/{event.identifier}/guests/"


@pytest.fixture
def listed(event, adult, organizer):
    """One guest of each way."""
    entries = [
        Entry(adult.pk, "Ana", "Silva", "ana@example.com"),
        Entry(adult.pk, "Bo", "Li", way=Way.AT_DOOR),
        Entry(adult.pk, "Cy", "Poe", way=Way.PAID),
    ]
    return put_on_list(event, entries, by=organizer).guests


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


class TestList:
    def test_says_who_is_expected_and_who_has_to_pay(self, as_, cashier, address, listed, adult):
        sold_onsite(event=adult.event, lines=[Line(adult.pk, 1)])
        page = text_of(as_(cashier).get(address))
        assert "On the list 3 Not here yet 3 Inside 0 Have still to pay 1" in page
        assert "Take 20.00 EUR" in page
        assert page.index("Bo Li") < page.index("Cy Poe") < page.index("Ana Silva")

    def test_finds_by_name_and_shows_only_some(self, as_, cashier, address, listed):
        client = as_(cashier)
        assert "Ana Silva" in text_of(client.get(address, {"q": "sil"}))
        assert "Bo Li" not in text_of(client.get(address, {"q": "sil"}))
        unpaid = text_of(client.get(address, {"show": "to-pay"}))
        assert "Bo Li" in unpaid
        assert "Cy Poe" not in unpaid

    def test_shows_a_registrar_neither_address_nor_what_to_take(self, as_, registrar, address, listed):
        client = as_(registrar)
        page = client.get(address).content.decode()
        assert "ana@example.com" not in page
        assert "Take" not in page
        assert "to the till" in page
        assert not any(guest.code in page for guest in listed)
        assert "Nobody found" in text_of(client.get(address, {"q": "ana@example.com"}))

    def test_costs_the_same_for_one_and_for_many(self, as_, cashier, address, event, adult, organizer):
        client = as_(cashier)

        def cost():
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            return len(queries)

        put_on_list(event, [Entry(adult.pk, "Ana")], by=organizer)
        client.get(address)
        one = cost()
        put_on_list(event, [Entry(adult.pk, f"Bo {n}", way=Way.AT_DOOR) for n in range(5)], by=organizer)
        assert cost() == one

    @pytest.mark.parametrize("query", ["?page=x&show=nothing", "?page=-1", "?q=%00", "?q=" + "x" * 400])
    def test_odd_addresses_are_answered(self, as_, cashier, address, listed, query):
        assert as_(cashier).get(address + query).status_code == 200


class TestLettingIn:
    NONCE = "5a0f7cbe-2f7a-4d1c-9e0c-1d8fd7c5b0aa"

    def admit(self, client, address, guest, **sent):
        return client.post(f"{address}{guest.pk}/admit/?q=a", {"nonce": self.NONCE, **sent})

    def test_lets_in_once_however_often_it_is_pressed(self, as_, registrar, address, listed):
        client = as_(registrar)
        for _pressed_twice in range(2):
            answer = self.admit(client, address, listed[0])
            assert (answer.status_code, answer.url) == (302, f"{address}?q=a")
        assert CheckIn.objects.get().attendee == listed[0]
        assert Attendee.objects.get(pk=listed[0].pk).is_inside

    def test_says_why_nobody_is_let_in(self, as_, registrar, address, listed):
        answer = self.admit(as_(registrar), address, listed[1])
        assert answer.status_code == 409
        assert "Not let in" in text_of(answer)
        assert not Attendee.objects.filter(is_inside=True).exists()

    def test_knows_only_who_is_on_the_list(self, as_, registrar, address, adult, listed):
        other = sold_onsite(event=adult.event, lines=[Line(adult.pk, 1)], status="completed").attendees.get()
        assert self.admit(as_(registrar), address, other).status_code == 404
        assert self.admit(as_(registrar), address, listed[0], nonce="x").status_code == 404


class TestTyped:
    def add(self, client, address, adult, **sent):
        return client.post(f"{address}add/", {"ticket": adult.pk, "way": "free", **sent})

    def test_guest_is_put_on_the_list(self, as_, organizer, address, adult):
        answer = self.add(as_(organizer), address, adult, firstname="Ana", way="paid", reference="Shop 7")
        assert "Ana is on the list." in text_of(answer)
        assert Order.objects.get().payments.get().reference == "Shop 7"

    def test_guest_who_is_there_is_named_with_what_became_of_them(
        self, as_, organizer, address, listed, adult
    ):
        cancel(listed[0].order, desk=Desk(organizer), reason="ill")
        sent = {"firstname": "ana", "lastname": "SILVA", "email": "ana@example.com"}
        answer = self.add(as_(organizer), address, adult, **sent)
        assert f"on the list already: order {listed[0].order}, cancelled" in text_of(answer)

    @pytest.mark.parametrize(
        ("sent", "status", "words"),
        [
            ({}, 422, "Say who it is"),
            ({"firstname": "x" * 101}, 422, "100"),
            ({"firstname": "Ana", "ticket": 0}, 422, "Select a valid choice"),
            ({"firstname": "Ana", "way": "gift"}, 422, "Select a valid choice"),
        ],
    )
    def test_what_cannot_be_is_said_beside_it(self, as_, organizer, address, adult, sent, status, words):
        answer = self.add(as_(organizer), address, adult, **sent)
        assert answer.status_code == status
        assert words in text_of(answer)

    def test_sold_out_is_said(self, as_, organizer, address, event):
        full = TicketFactory(event=event, quantity=0)
        answer = self.add(as_(organizer), address, full, firstname="Ana")
        assert answer.status_code == 409
        assert "is sold out" in text_of(answer)


class TestImport:
    ROWS = (
        ("Name", "Ticket", "Paid", "Diet"),
        ("Ana Silva", "Adult", "free", "x"),
        ("Bo Li", "adult", "unpaid"),
    )

    def upload(self, client, address, content, name="list.csv", **more):
        file = SimpleUploadedFile(name, content)
        return client.post(f"{address}import/", {"file": file, "way": "free", **more})

    def confirm(self, client, address, preview):
        sealed = re.search(r'name="sealed" value="([^"]+)"', preview.content.decode())[1]
        return client.post(f"{address}import/", {"sealed": sealed})

    @pytest.mark.parametrize("content", [csv_of(ROWS, ";", "utf-8-sig"), xlsx_of(ROWS)], ids=["csv", "xlsx"])
    def test_preview_writes_nothing_and_confirmation_all_of_it(self, as_, organizer, address, adult, content):
        client = as_(organizer)
        preview = self.upload(client, address, content)
        said = text_of(preview)
        assert preview.status_code == 200
        assert "New 2 Already on the list 0 Adult 2, of 10 left" in said
        assert "Columns that are not read: Diet" in said
        assert "2 Ana Silva Adult · free" in said
        assert "3 Bo Li Adult · to be paid at the door" in said
        assert not Order.objects.exists()
        assert "New 2 Already on the list 0" in text_of(self.confirm(client, address, preview))
        assert sorted(Order.objects.values_list("status", flat=True)) == ["completed", "pending"]
        assert "New 0 Already on the list 2" in text_of(self.confirm(client, address, preview))
        assert Order.objects.count() == 2

    def test_second_look_says_who_is_there(self, as_, organizer, address, adult, listed):
        rows = [("First name", "Last name", "Mail"), ("Ana", "Silva", "ana@example.com"), ("Di", "Li", "")]
        cancel(listed[0].order, desk=Desk(organizer), reason="ill")
        client = as_(organizer)
        preview = self.upload(client, address, csv_of(rows), ticket=adult.pk)
        assert f"already on the list: {listed[0].order}, cancelled" in text_of(preview)
        done = text_of(self.confirm(client, address, preview))
        assert f"not put on the list again: {listed[0].order}" in done

    def test_faults_are_told_by_line_and_nothing_can_be_confirmed(self, as_, organizer, address, adult):
        rows = [("Name", "Ticket"), ("Ana", "Adult"), ("x" * 300, "Adult"), ("Bo", "Child")]
        answer = self.upload(as_(organizer), address, csv_of(rows))
        said = text_of(answer)
        assert answer.status_code == 422
        assert "Line 3, Name :" in said
        assert "Line 4, Ticket : There is no ticket “Child”." in said
        assert "sealed" not in answer.content.decode()

    def test_no_more_than_a_hundred_faults_are_shown(self, as_, organizer, address, adult):
        rows = [("Name", "Ticket"), *((f"G{n}", "Child") for n in range(103))]
        answer = self.upload(as_(organizer), address, csv_of(rows))
        assert answer.content.count(b"There is no ticket") == 100
        assert "And 3 more." in text_of(answer)

    def test_what_is_sold_out_meanwhile_is_told_on_the_preview(self, as_, organizer, address, adult):
        rows = [("Name",), *((f"G{n}",) for n in range(4))]
        client = as_(organizer)
        preview = self.upload(client, address, csv_of(rows), ticket=adult.pk)
        sold_onsite(event=adult.event, lines=[Line(adult.pk, 7)])
        refused = self.confirm(client, address, preview)
        assert refused.status_code == 409
        assert "Only 3 Adult are left, 4 wanted." in text_of(refused)
        assert Order.objects.listed().count() == 0
        cancel(Order.objects.get())
        assert "New 4" in text_of(self.confirm(client, address, refused))

    @pytest.mark.parametrize("content", [b"", b"\x89PNG\0\0", b"PK\x03\x04", b"Diet\nx\n"])
    def test_what_is_no_list_is_refused(self, as_, organizer, address, adult, content):
        assert self.upload(as_(organizer), address, content).status_code == 422

    def test_file_that_is_too_large_is_refused(self, as_, organizer, address, adult):
        answer = self.upload(as_(organizer), address, b"Name\n" + b"x" * (5 * 1024**2))
        assert answer.status_code == 422
        assert "at most 5 MB" in text_of(answer)

    @pytest.mark.parametrize("sealed", ["", "x", "a:b:c", "\0"])
    def test_nobody_writes_a_preview(self, as_, organizer, address, adult, sealed):
        answer = as_(organizer).post(f"{address}import/", {"sealed": sealed})
        assert answer.status_code == 422
        assert "This preview is over" in text_of(answer)

    def test_preview_of_a_colleague_is_none(self, as_, organizer, member, address, adult):
        preview = self.upload(as_(organizer), address, csv_of(self.ROWS))
        answer = self.confirm(as_(member("organizer")), address, preview)
        assert "This preview is over" in text_of(answer)
        assert not Order.objects.exists()

    def test_five_thousand_guests_fit(self, as_, organizer, address, event):
        many = TicketFactory(event=event, quantity=None)
        rows = [
            ("First name", "Last name", "Mail"),
            *((f"Ana {n}", f"Silva {n}", f"a{n}@example.com") for n in range(5000)),
        ]
        client = as_(organizer)
        preview = self.upload(client, address, csv_of(rows), ticket=many.pk)
        assert "New 5000" in text_of(preview)
        assert "New 5000" in text_of(self.confirm(client, address, preview))
        assert Order.objects.listed().count() == 5000


@pytest.mark.parametrize("role", ["cashier", "registrar"])
@pytest.mark.parametrize("page", ["add/", "import/"])
def test_only_organizers_put_guests_on_the_list(as_, member, address, adult, role, page):
    client = as_(member(role))
    assert client.get(address + page).status_code == 403
    assert client.post(address + page, {"firstname": "Ana"}).status_code == 403
    assert not Order.objects.exists()


def test_forms_ask_for_our_own_token(organizer, address, adult):
    client = Client(enforce_csrf_checks=True)
    client.force_login(organizer)
    assert client.post(f"{address}add/", {"firstname": "Ana"}).status_code == 403
