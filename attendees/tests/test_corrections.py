"""A guest's name is put right after the sale, and who did it stays with the order."""

from dataclasses import asdict
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from attendees.corrections import correct
from attendees.models import Attendee, Correction
from attendees.search import find_guests
from attendees.tests.factories import DraftFactory
from base.errors import Invalid
from base.tests.client import document, errors, relation
from door.offline_list import offline_list
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from orders.sale import Guest, Line
from orders.tests.factories import ordered_online, sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

ANA = Guest("Ana", "Silva", "ana@example.com")


@pytest.fixture
def order(event):
    """Of the last tickets."""
    ticket = TicketFactory(event=event, quantity=2, price=20)
    return sold_onsite(event=event, lines=[Line(ticket.pk, 2, guests=(ANA,))], status="completed")


@pytest.fixture
def guest(order):
    return order.attendees.order_by("pk").first()


def patch(client, guest, **attributes):
    return client.patch(f"/v1/attendees/{guest.pk}", document("attendee", guest.pk, **attributes))


def named(guest):
    guest.refresh_from_db()
    return (guest.firstname, guest.lastname, guest.email)


def told():
    return [(row.by_id, row.before, row.after) for row in Correction.objects.all()]


class TestCorrection:
    def test_is_found_by_the_new_name_and_no_more_by_the_old(self, event, guest, cashier):
        correct(guest, by=cashier, firstname="Zoë", lastname="O\u2019Hara", email="zoe@example.com")
        for text in ("zoe", "ohara", "zoe@example.com"):
            assert find_guests(event, text) == [guest]
        for text in ("silva", "ana@example.com"):
            assert find_guests(event, text) == []

    def test_is_kept_with_what_differed(self, guest, order, organizer, cashier, now):
        correct(guest, by=cashier, at=now, firstname="Ana", lastname="  Sousa ")
        correct(guest, by=organizer, lastname="Sousa", email="")
        assert told() == [
            (cashier.pk, {"lastname": "Silva"}, {"lastname": "Sousa"}),
            (organizer.pk, {"email": "ana@example.com"}, {"email": ""}),
        ]
        kept = order.corrections.first()
        assert (kept.attendee, kept.at, str(kept)) == (guest, now, "last name: Silva \u2192 Sousa")
        with pytest.raises(TypeError):
            kept.save()
        with pytest.raises(TypeError):
            kept.delete()

    def test_of_nothing_is_none(self, guest, cashier):
        correct(guest, by=cashier, firstname=" Ana ", lastname="Silva")
        assert told() == []

    def test_needs_no_stock_and_no_valid_order(self, guest, order, cashier):
        assert Ticket.objects.get().sold == 2
        cancel(order)
        correct(guest, by=cashier, lastname="Sousa")
        assert (named(guest)[1], Ticket.objects.get().sold) == ("Sousa", 0)

    def test_of_a_walk_in_without_a_name_gives_one(self, event, order, cashier):
        nobody = order.attendees.order_by("pk").last()
        correct(nobody, by=None, lastname="\u5f20")
        assert find_guests(event, "\u5f20") == [nobody]

    @pytest.mark.parametrize(
        "names",
        [
            {"firstname": "a\x00b"},
            {"firstname": "a\nb"},
            {"lastname": "a\x7f"},
            {"lastname": "a\u2028b"},
            {"lastname": "\u202eavliS"},
            {"lastname": "\ud800"},
            {"firstname": "x" * 101},
            {"email": "ana@"},
            {"email": "a" * 250 + "@example.com"},
        ],
    )
    def test_to_what_is_no_name_is_refused_everywhere(self, api, client, event, order, guest, cashier, names):
        with pytest.raises(Invalid) as refused:
            correct(guest, by=cashier, **names)
        (name,) = names
        assert [problem.path for problem in refused.value.problems] == [(name,)]
        response = patch(api(cashier), guest, **names)
        if names != {"lastname": "\ud800"}:  # which is no JSON
            assert response.status_code == 422
            assert {one["source"]["pointer"] for one in errors(response)} == {f"/data/attributes/{name}"}
            line = {"id": guest.ticket_id, "quantity": 1, "attendees": [names]}
            assert api(cashier).sell(event, line, query="?onsite=true").status_code == 422
            draft = document("attendee", None, {"ticket": relation("ticket", guest.ticket_id)}, **names)
            assert api(cashier).post("/v1/attendees", draft).status_code == 422
            client.force_login(cashier)
            page = f"/till/{event.identifier}/orders/{order.identifier}/guests/{guest.pk}/"
            assert client.post(page, names).status_code == 422
        assert (named(guest), told()) == (("Ana", "Silva", "ana@example.com"), [])


class TestByPatch:
    @pytest.mark.parametrize("role", ["cashier", "organizer"])
    def test_who_sells_may(self, api, member, guest, role):
        user = member(role)
        response = patch(api(user), guest, firstname="Anna", lastname="Sousa", email="anna@example.com")
        assert response.status_code == 200
        shown = response.json()["data"]["attributes"]
        new = ("Anna", "Sousa", "anna@example.com")
        assert (shown["firstname"], shown["lastname"], shown["email"]) == named(guest) == new
        assert [by for by, _before, _after in told()] == [user.pk]

    def test_one_name_alone_leaves_the_others(self, api, cashier, guest):
        assert patch(api(cashier), guest, lastname="Sousa").status_code == 200
        assert patch(api(cashier), guest, email="").status_code == 200
        assert named(guest) == ("Ana", "Sousa", "")

    def test_who_checks_in_may_not_and_nothing_is_done(self, api, registrar, guest):
        response = patch(api(registrar), guest, lastname="Sousa", is_checked_in=True)
        assert response.status_code == 403
        guest.refresh_from_db()
        assert (guest.lastname, guest.is_inside) == ("Silva", False)

    def test_who_checks_in_may_send_along_what_they_read(self, api, registrar, guest):
        door = api(registrar)
        read = door.get(f"/v1/attendees/{guest.pk}").json()["data"]["attributes"]
        sent = {name: read[name] for name in ("firstname", "lastname", "email")}
        assert sent["email"] == "a\u2026@example.com"
        assert patch(door, guest, **sent, is_checked_in=True).status_code == 200
        guest.refresh_from_db()
        assert (guest.is_inside, guest.email, told()) == (True, "ana@example.com", [])
        assert patch(door, guest, **sent, is_checked_in=True).status_code == 409
        assert patch(door, guest, **sent).status_code == 200

    def test_name_and_check_in_one_request(self, api, cashier, guest):
        assert patch(api(cashier), guest, lastname="Sousa", is_checked_in=True).status_code == 200
        guest.refresh_from_db()
        assert (guest.lastname, guest.is_inside) == ("Sousa", True)

    def test_name_of_a_guest_who_is_inside_with_all_that_was_read(self, api, cashier, guest):
        client = api(cashier)
        patch(client, guest, is_checked_in=True)
        read = client.get(f"/v1/attendees/{guest.pk}").json()["data"]["attributes"]
        assert patch(client, guest, **{**read, "lastname": "Sousa"}).status_code == 200
        guest.refresh_from_db()
        assert (guest.lastname, guest.is_inside, guest.check_ins.count()) == ("Sousa", True, 1)

    def test_nothing_at_all_is_refused(self, api, cashier, guest):
        assert patch(api(cashier), guest).status_code == 422

    def test_of_another_event_is_out_of_sight(self, api, cashier, guest):
        elsewhere = TicketFactory(event=EventFactory(), quantity=2)
        other = sold_onsite(event=elsewhere.event, lines=[Line(elsewhere.pk, 1)]).attendees.get()
        assert patch(api(cashier), other, lastname="Sousa").status_code == 404

    def test_draft_is_called_as_its_buyer_says_until_it_is_ordered(self, api, event, stranger):
        draft = DraftFactory(ticket=TicketFactory(event=event), creator=stranger)
        client = api(stranger)
        assert (
            patch(client, draft, firstname="Anna", lastname="Sousa", is_checked_in=False).status_code == 200
        )
        ordered_online(event=event, attendees=[draft], buyer=stranger)
        assert find_guests(event, "anna sou") == [draft]
        assert patch(client, draft, lastname="Silva").status_code == 403
        assert (named(draft)[:2], told()) == (("Anna", "Sousa"), [])

    def test_list_of_the_door_without_a_network_holds_no_name(self, event, guest, cashier):
        before = offline_list(event)
        correct(guest, by=cashier, lastname="Sousa")
        assert offline_list(event) == before


class TestFilterOfTheApi:
    def found(self, client, event, text, where=None):
        url = where or f"/v1/events/{event.pk}/attendees"
        response = client.get(f"{url}?{urlencode({'filter[name]': text})}")
        return [row["id"] for row in response.json()["data"]]

    def test_finds_whom_the_door_finds(self, api, event, order, guest, cashier):
        client = api(cashier)
        for text in ("SIL", "silva an", "ana@example.com", guest.code):
            assert self.found(client, event, text) == [str(guest.pk)]
            assert self.found(client, event, text, f"/v1/orders/{order.identifier}/attendees") == [
                str(guest.pk)
            ]
        assert self.found(client, event, "nobody") == []
        assert len(self.found(client, event, f"#{order.identifier}")) == 2

    def test_finds_by_address_for_who_reads_it(self, api, event, guest, registrar):
        client = api(registrar)
        assert self.found(client, event, "silva") == [str(guest.pk)]
        assert self.found(client, event, "ana@example.com") == []


class TestAtTheTill:
    @pytest.fixture
    def page(self, client, cashier, event, order, guest):
        client.force_login(cashier)
        return f"/till/{event.identifier}/orders/{order.identifier}/"

    def test_order_leads_to_each_guest_and_tells_what_was_corrected(self, client, page, guest, cashier):
        path = f"{page}guests/{guest.pk}/"
        assert path in client.get(page).content.decode()
        assert 'value="Silva"' in client.get(path).content.decode()
        names = {"firstname": "Ana", "lastname": "Sousa", "email": "ana@example.com"}
        response = client.post(path, names)
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, page)
        assert told() == [(cashier.pk, {"lastname": "Silva"}, {"lastname": "Sousa"})]
        shown = client.get(page).content.decode()
        assert "last name: Silva \u2192 Sousa" in shown

    def test_refusal_stands_beside_what_was_typed(self, client, page, guest):
        response = client.post(f"{page}guests/{guest.pk}/", {"firstname": "Ana", "email": "ana@"})
        assert response.status_code == 422
        assert 'value="ana@"' in response.content.decode()

    def test_guest_of_another_order_is_not_there(self, client, page, event):
        other = sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)]).attendees.get()
        for pk in (other.pk, "x", 10**30):
            assert client.get(f"{page}guests/{pk}/").status_code == 404

    @pytest.mark.parametrize("text", ["silva", "Silva Ana", "ana@example.com", "ANA"])
    def test_order_is_found_by_the_guest(self, client, page, event, order, text):
        found = client.get(f"/till/{event.identifier}/recent/", {"q": text}).content.decode()
        assert order.identifier in found

    @pytest.mark.parametrize("name", ["x" * 101, "a\x07b"])
    def test_name_that_is_none_is_refused_with_the_sale(self, client, page, event, guest, name):
        Ticket.objects.update(quantity=9)
        form = {f"quantity_{guest.ticket_id}": 1, f"names_{guest.ticket_id}": name, "tender": "cash"}
        response = client.post(f"/till/{event.identifier}/", {**form, "idempotency_key": "y"})
        assert (response.status_code, Attendee.objects.count()) == (422, 2)
        assert list(response.context["form"].errors) == [f"names_{guest.ticket_id}"]


class TestInTheAdmin:
    def change(self, client, guest, **names):
        page = reverse("admin:attendees_attendee_change", args=[guest.pk])
        return client.post(page, {**asdict(ANA), **names})

    def test_who_sells_may_and_the_order_tells_it(self, client, cashier, order, guest):
        client.force_login(cashier)
        assert self.change(client, guest, lastname="Sousa", price_paid="0").status_code == 302
        guest.refresh_from_db()
        assert (guest.lastname, guest.price_paid) == ("Sousa", 20)
        assert told() == [(cashier.pk, {"lastname": "Silva"}, {"lastname": "Sousa"})]
        page = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
        assert "last name: Silva \u2192 Sousa" in page
        assert reverse("admin:attendees_attendee_change", args=[guest.pk]) in page

    def test_what_is_no_name_is_refused_beside_it(self, client, cashier, guest):
        client.force_login(cashier)
        response = self.change(client, guest, lastname="a\x07b")
        assert "without control characters" in response.content.decode()
        assert told() == []
