"""An event that was renamed is found where it was, by whoever may see it, until another takes its name."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from base.tests.client import document, errors, order_document
from events.models import Event, FormerIdentifier
from events.planning import create_event, save_changes
from events.tests.admin_form import change_in_admin
from events.tests.factories import EventFactory
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(db):
    return EventFactory(identifier="spring-ball", state="draft")


def rename(event, identifier):
    event.identifier = identifier
    with transaction.atomic():
        save_changes(event, ["identifier"])
    return event


def former():
    return dict(FormerIdentifier.objects.values_list("identifier", "event"))


@pytest.fixture
def page(client):
    """What a page answers to somebody: its status and where it leads."""

    def get(user, path):
        client.force_login(user)
        answer = client.get(path)
        return answer.status_code, answer.headers.get("Location")

    return get


class TestWhatIsKept:
    def test_former_identifier_of_an_event_that_the_admin_renames(self, client, event, organizer):
        client.force_login(organizer)
        assert change_in_admin(client, event, identifier="ball").status_code == 302
        assert former() == {"spring-ball": event.pk}

    def test_nothing_of_an_event_that_keeps_its_name(self, client, event, organizer):
        client.force_login(organizer)
        assert change_in_admin(client, event, name="Ball").status_code == 302
        assert former() == {}

    def test_all_of_them(self, event):
        rename(rename(event, "ball"), "gala")
        assert former() == {"spring-ball": event.pk, "ball": event.pk}

    def test_not_the_one_that_is_taken_back(self, event):
        rename(rename(event, "ball"), "spring-ball")
        assert former() == {"ball": event.pk}

    def test_not_the_one_that_another_event_takes(self, event):
        rename(event, "ball")
        rename(EventFactory(identifier="gala"), "spring-ball")
        assert former().keys() == {"gala"}

    @pytest.mark.django_db(transaction=True)
    def test_not_the_one_that_a_new_event_takes(self, event, stranger):
        rename(event, "ball")
        times = {"starts_at": event.starts_at, "ends_at": event.ends_at}
        create_event(creator=stranger, name="New", identifier="spring-ball", **times)
        assert former() == {}

    def test_name_that_two_had_is_the_last_ones(self, event):
        rename(event, "ball")
        other = rename(EventFactory(identifier="gala"), "spring-ball")
        rename(other, "autumn-ball")
        assert former()["spring-ball"] == other.pk

    def test_stale_row_of_a_name_that_a_script_has_taken_is_replaced(self, event):
        other = EventFactory(identifier="gala")
        FormerIdentifier.objects.create(event=other, identifier="spring-ball")
        rename(event, "ball")
        assert former() == {"spring-ball": event.pk}


class TestPages:
    @pytest.mark.parametrize(
        "path",
        [
            "/till/%s/",
            "/till/%s/totals/?day=2026-11-29&x=%%20",
            "/door/%s/",
            "/events/%s/guests/",
            "/till/%s/state/",
        ],
    )
    def test_lead_on_with_their_query(self, page, event, organizer, path):
        rename(event, "ball")
        assert page(organizer, path % "spring-ball") == (302, path % "ball")

    def test_page_of_an_order_leads_on(self, page, event, organizer):
        rename(event, "ball")
        assert page(organizer, "/till/spring-ball/orders/ABC123DE/") == (302, "/till/ball/orders/ABC123DE/")
        assert page(organizer, "/till/ball/orders/ABC123DE/") == (404, None)

    def test_lead_nobody_on_who_may_not_see_the_event(self, client, event, stranger):
        rename(event, "ball")
        client.force_login(stranger)
        answer, nothing = client.get("/till/spring-ball/"), client.get("/till/nothing-here/")
        assert (answer.status_code, answer.content) == (404, nothing.content)

    def test_lead_on_who_sees_it_and_may_not_sell(self, page, event, registrar):
        rename(event, "ball")
        assert page(registrar, "/till/spring-ball/") == (302, "/till/ball/")
        assert page(registrar, "/till/ball/")[0] == 403

    def test_lead_to_the_event_that_has_the_name_now(self, page, event, organizer):
        rename(event, "ball")
        Event.objects.filter(pk=EventFactory(state="draft").pk).update(identifier="spring-ball")
        assert page(organizer, "/till/spring-ball/") == (404, None)

    def test_form_is_sent_again(self, client, event, organizer):
        rename(event, "ball")
        client.force_login(organizer)
        answer = client.post("/till/spring-ball/shift/?till=1", {"float": "100"})
        assert (answer.status_code, answer.headers["Location"]) == (308, "/till/ball/shift/?till=1")

    def test_who_must_log_in_first_is_asked_to(self, client, event):
        rename(event, "ball")
        assert client.get("/till/spring-ball/").headers["Location"].startswith("/admin/login/?next=")

    def test_answer_is_not_kept(self, client, event, organizer):
        rename(event, "ball")
        client.force_login(organizer)
        assert "no-store" in client.get("/till/spring-ball/").headers["Cache-Control"]


class TestApi:
    @pytest.mark.parametrize("path", ["", "/tickets?page[size]=5", "/relationships/tickets"])
    def test_leads_on_by_308(self, api, event, organizer, path):
        rename(event, "ball")
        answer = api(organizer).get(f"/v1/events/spring-ball{path}")
        assert (answer.status_code, answer.headers["Location"]) == (308, f"/v1/events/ball{path}")

    def test_leads_nobody_on_who_may_not_see_the_event(self, api, event, stranger):
        rename(event, "ball")
        for asker in (api(), api(stranger)):
            answer, nothing = asker.get("/v1/events/spring-ball"), asker.get("/v1/events/nothing-here")
            assert (answer.status_code, answer.content) == (404, nothing.content)

    def test_change_by_the_former_name_arrives(self, api, event, organizer):
        rename(event, "ball")
        body = document("event", "spring-ball", name="Gala")
        answer = api(organizer).patch("/v1/events/spring-ball", body)
        assert answer.status_code == 308
        assert api(organizer).patch(answer.headers["Location"], body).status_code == 200
        assert Event.objects.get(pk=event.pk).name == "Gala"

    def test_id_of_another_event_is_none_of_its_names(self, api, event, organizer):
        rename(event, "ball")
        FormerIdentifier.objects.create(event=EventFactory(), identifier="gala")
        answer = api(organizer).patch("/v1/events/ball", document("event", "gala", name="Gala"))
        assert (answer.status_code, errors(answer)[0]["code"]) == (409, "wrong-id")

    @pytest.mark.django_db(transaction=True)
    def test_sale_names_the_event_as_it_was_called(self, api, event, cashier):
        ticket = TicketFactory(event=event, type="free", price=0)
        rename(event, "ball")
        Event.objects.filter(pk=event.pk).update(state="published")
        body = order_document(event, (ticket, 1))
        body["data"]["relationships"]["event"]["data"]["id"] = "spring-ball"
        answer = api(cashier).post("/v1/orders?onsite=true", body)
        assert answer.status_code == 201, errors(answer)
        assert Order.objects.get().event_id == event.pk

    def test_event_that_one_may_not_see_is_not_named_so_either(self, api, event, stranger):
        rename(event, "ball")
        body = order_document(event, {"id": 1, "quantity": 1})
        body["data"]["relationships"]["event"]["data"]["id"] = "spring-ball"
        assert api(stranger).post("/v1/orders?onsite=true", body).status_code == 404


def test_script_of_the_till_is_led_on(event, cashier):
    rename(event, "ball")
    client = Client(headers={"X-Cashier": str(cashier.pk)})
    client.force_login(cashier)
    body = document("discount", code="SUMMER")
    answer = client.post("/till/spring-ball/api/discount", body, "application/vnd.api+json")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/till/ball/api/discount")


def test_who_was_let_in_by_a_pin_is_in_there_still(client, event, cashier):
    client.force_login(cashier)
    session = client.session
    session["within"] = "/till/spring-ball/"
    session.save()
    rename(event, "ball")
    assert client.get("/till/spring-ball/recent/", follow=True).status_code == 200
    assert client.session["within"] == "/till/ball/"
    assert client.get("/door/ball/").headers["Location"].startswith("/admin/login/")


def test_till_that_was_locked_opens_by_its_new_name(client, event, cashier):
    client.force_login(cashier)
    till = event.tills.get()
    client.post(f"/till/spring-ball/lock/?till={till.pk}")
    rename(event, "ball")
    asked = client.get("/till/spring-ball/", follow=True)
    assert asked.redirect_chain[-1] == ("/till/ball/unlock/", 302)
    assert asked.status_code == 200


def test_nothing_more_is_asked_where_something_was_found(client, event, organizer):
    client.force_login(organizer)
    client.get("/till/spring-ball/recent/")
    with CaptureQueriesContext(
        connection,
    ) as statements:
        client.get("/till/spring-ball/recent/")
    assert not [each for each in statements if "former" in each["sql"]]
