"""A test says that it is one, on every page and every paper; a real event never does."""

import re
import zlib

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import User
from events.invitations import invite
from events.tests.factories import EventFactory
from onsite_project.tests.asking import undone
from onsite_project.tests.house import Filled
from onsite_project.tests.rows import SCOPED, an_event, row_of
from onsite_project.tests.url_map import CONVERTER, patterns
from tickets.tests.factories import TicketFactory
from till.pages import till_order
from till.pdf import order_pdf
from till.receipt import receipt_of

# The organizer, who works in no shift, is shown another page there; only a test has a page to delete it.
OTHERWISE = {True: {"/till/<event>/relief/"}, False: {"/till/<event>/relief/", "/events/<event>/delete/"}}
pytestmark = pytest.mark.django_db
MARK = 'class="test-mark"'
# What is no page: data for scripts, files, acts that only answer a POST, parts of a page that is marked.
NO_PAGES = re.compile(
    r"^/v1/|/api/|\.(csv|xlsx|pdf)$|/(state|list|search|lock|codes|pay|cancel|given-back|admit|file|unlock|check)/$"
)


def pages():
    """The address of every page that names an event, as the URL map writes it."""
    found = [f"/{pattern}" for pattern in patterns() if "<event>" in pattern]
    return [path for path in found if not NO_PAGES.search(path)]


def address(path, place):
    values = {
        "event": place.event.identifier,
        "identifier": place.order.identifier,
        "act": "swap-code",
        "section": "tickets",
        "pk": place.guest.pk,
    }
    if "/shifts/" in path:
        values["pk"] = place.own["closed"].pk
    if "/movements/" in path:
        values["pk"] = place.own["movement"].pk
    return CONVERTER.sub(lambda name: str(values[name[1]]), path)


@pytest.fixture(params=[True, False], ids=["test", "real"], scope="class")
def place(request, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), undone():
        place = Filled(name="Here", is_test=request.param)
        connection.check_constraints()  # else after each test, and undone with it
        yield place


@pytest.fixture
def page(place):
    client = Client()
    client.force_login(place.organizer)
    return client


def order_of(place):
    return till_order(place.event, place.bought.identifier)


def plain(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


class TestPagesAndPapers:
    def test_every_page_of_a_test_says_so(self, place, page):
        assert len(pages()) > 15
        seen = []
        for path in pages():
            answer = page.get(address(path, place), follow=True)
            if answer.status_code == 200:
                seen.append(path)
                assert (MARK in answer.content.decode()) is place.event.is_test, path
        assert set(pages()) - set(seen) <= OTHERWISE[place.event.is_test], seen

    def test_invitation_says_so(self, place):
        _invitation, token = invite(event=place.event, email="x@example.com", role="cashier", by=None)
        answer = Client().get(reverse("join-link", args=[token]), follow=True)
        assert (MARK in answer.content.decode()) is place.event.is_test

    def test_lock_and_log_in_over_the_till_say_so(self, place):
        client = Client()
        client.force_login(place.cashier)
        till = place.own["till"].pk
        locked = client.post(
            reverse("till-lock", args=[place.event.identifier]) + f"?till={till}", follow=True
        )
        assert "unlock" in locked.redirect_chain[-1][0]
        assert (MARK in locked.content.decode()) is place.event.is_test

    def test_answer_at_the_gate_says_so(self, place, page):
        door = page.get(reverse("door", args=[place.event.identifier])).content.decode()
        assert ('data-test="TEST"' in door) is place.event.is_test

    @pytest.mark.parametrize("paper", ["receipt", "ticket"])
    def test_every_sheet_says_so(self, place, paper):
        order = order_of(place)
        context = {"receipt": receipt_of(order), "attendee": order.attendees.first(), "order": order}
        sheet = render_to_string(f"till/{paper}.html", context)
        assert ("Not valid for entry" in sheet) is place.event.is_test

    def test_codes_to_photograph_say_so(self, place):
        codes = render_to_string("till/codes.html", {"order": order_of(place)})
        assert ("Not valid for entry" in codes) is place.event.is_test

    def test_pdf_says_so_on_the_receipt_and_on_each_ticket(self, place):
        """Its letters are glyphs: in grey, which nothing else is written in."""
        order = order_of(place)
        streams = re.findall(rb"stream\n(.*?)\nendstream", order_pdf(order), re.DOTALL)
        grey = sum(plain(stream).count(b"0.3765 g") for stream in streams)
        assert grey == (1 + len(order.admitting) if place.event.is_test else 0)

    def test_tables_of_the_books_say_so(self, place, page):
        for name in ("totals-csv", "shift-report-csv"):
            args = [place.event.identifier, *([place.own["closed"].pk] if name != "totals-csv" else [])]
            answer = page.get(reverse(name, args=args))
            file_name = answer["Content-Disposition"].partition('"')[2]
            header, first, *_rest = answer.content.decode("utf-8-sig").splitlines()
            assert file_name.startswith("TEST-") is place.event.is_test
            assert first.startswith("TEST") is place.event.is_test
            assert header.count(",") == first.count(",") or not place.event.is_test

    def test_name_of_an_export_says_so(self, place):
        assert place.export.file_name.startswith("TEST-") is place.event.is_test


# --- the admin ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_test", [True, False])
def test_every_form_of_the_admin_says_so(is_test):
    event = an_event(is_test=is_test)
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.com"))
    for model in SCOPED:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        answer = client.get(reverse(f"{name}_change", args=[row_of(event, model).pk]))
        assert answer.status_code == 200
        assert (MARK in answer.content.decode()) is is_test, model


@pytest.mark.parametrize("is_test", [True, False])
def test_lists_of_the_admin_name_it_so(is_test):
    event = EventFactory(name="Fair", is_test=is_test)
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.com"))
    TicketFactory(event=event)
    assert ("Fair (TEST)" in client.get("/admin/tickets/ticket/").content.decode()) is is_test
    assert ('alt="True"' in client.get("/admin/events/event/").content.decode()) is is_test
