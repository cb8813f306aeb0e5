"""`/v1/events`: who sees, makes and changes what."""

import pytest

from base.tests.client import document, error, errors
from events.models import Event, Member
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

ATTRIBUTES = {
    "name": "Spring Ball",
    "starts-at": "2027-03-20T18:00:00Z",
    "ends-at": "2027-03-21T02:00:00Z",
    "timezone": "Europe/Lisbon",
    "payment-currency": "EUR",
    "location-name": "Town Hall",
}


def create(client, **changes):
    return client.post("/v1/events", document("event", **{**ATTRIBUTES, **changes}))


def test_creator_becomes_organizer(api, stranger):
    response = create(api(stranger))
    assert response.status_code == 201
    event = Event.objects.get()
    assert response.json()["data"]["attributes"] == {
        "name": "Spring Ball",
        "identifier": event.identifier,
        "description": "",
        "state": "draft",
        "timezone": "Europe/Lisbon",
        "starts-at": "2027-03-20T18:00:00Z",
        "ends-at": "2027-03-21T02:00:00Z",
        "payment-currency": "EUR",
        "location-name": "Town Hall",
        "day-ends-at": "04:00:00",
        "cash-rounding": None,
        "pending-minutes": None,
        "reentry": "with-check-out",
        "margin-hours": 12,
        "capacity": None,
        "admit-now": False,
        "is-test": False,
        "claims": True,
        "language": "",
    }
    assert Member.objects.get().user == stranger
    assert Member.objects.get().role == "organizer"


def test_without_an_account_nothing_is_created(api):
    assert create(api()).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "a\x00b"),
        ("name", "x" * 201),
        ("payment-currency", "XXX"),
        ("payment-currency", "eur"),
        ("payment-currency", "KWD"),
        ("payment-currency", "EURO"),
        ("timezone", "Mars/Olympus"),
        ("timezone", ""),
        ("state", "open"),
        ("starts-at", "tomorrow"),
        ("starts-at", None),
        ("ends-at", "2027-03-20T17:59:59Z"),
        ("ends-at", "9999-12-31T23:59:59Z"),
        ("capacity", -1),
        ("capacity", "1.5"),
        ("capacity", 2_147_483_648),
        ("pending-minutes", 0),
        ("pending-minutes", 32_768),
        ("cash-rounding", "0.00"),
        ("cash-rounding", "-0.05"),
        ("cash-rounding", "0.001"),
        ("day-ends-at", "25:00"),
        ("day-ends-at", None),
        ("reentry", "sometimes"),
        ("reentry", None),
        ("admit-now", "perhaps"),
        ("language", "nl"),
        ("admit-now", None),
    ],
)
def test_what_makes_no_sense_is_refused(api, stranger, name, value):
    response = create(api(stranger), **{name: value})
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == f"/data/attributes/{name}"
    assert not Event.objects.exists()


def test_identifier_is_the_servers(api, stranger):
    response = create(api(stranger), identifier="mine")
    assert response.json()["data"]["attributes"]["identifier"] != "mine"


class TestSeeing:
    def test_published_event_is_everybodys(self, api, event):
        assert api().get(f"/v1/events/{event.pk}").status_code == 200
        assert api().get(f"/v1/events/{event.identifier}").status_code == 200

    def test_draft_is_its_members(self, api, member, stranger):
        draft = EventFactory(state="draft")
        for role in ("organizer", "cashier", "registrar"):
            assert api(member(role, at=draft)).get(f"/v1/events/{draft.pk}").status_code == 200
        unseen = api(stranger).get(f"/v1/events/{draft.pk}")
        missing = api(stranger).get("/v1/events/999999")
        assert unseen.status_code == missing.status_code == 404
        assert unseen.content == missing.content

    def test_list_holds_what_one_may_see(self, api, member, stranger, event):
        draft = EventFactory(state="draft")
        response = api(stranger).get("/v1/events")
        assert [e["id"] for e in response.json()["data"]] == [str(event.pk)]
        assert response.json()["meta"]["count"] == 1
        response = api(member("registrar", at=draft)).get("/v1/events")
        assert response.json()["meta"] == {"pagination": {"page": 1, "pages": 1, "count": 2}, "count": 2}

    @pytest.mark.parametrize(
        "reference", ["0", "9" * 18, "9" * 30, "x", "no%00pe", "%FF", "a b", "-1", "1.0"]
    )
    def test_reference_that_leads_nowhere(self, api, event, reference):
        assert api().get(f"/v1/events/{reference}").status_code == 404

    def test_superuser_sees_drafts(self, api, stranger):
        draft = EventFactory(state="draft")
        stranger.is_superuser = True
        stranger.save()
        assert api(stranger).get(f"/v1/events/{draft.pk}").status_code == 200


class TestChanging:
    @staticmethod
    def change(client, event, id_=None, **attributes):
        return client.patch(f"/v1/events/{event.pk}", document("event", id_ or event.pk, **attributes))

    def test_organizer_changes_it(self, api, organizer, event):
        response = self.change(api(organizer), event, name="Autumn Ball")
        assert response.status_code == 200
        event.refresh_from_db()
        assert event.name == "Autumn Ball"

    def test_identifier_does_in_url_and_body(self, api, organizer, event):
        body = document("event", event.identifier, name="Autumn Ball")
        assert api(organizer).patch(f"/v1/events/{event.identifier}", body).status_code == 200
        assert api(organizer).patch(f"/v1/events/{event.pk}", body).status_code == 200

    @pytest.mark.parametrize("role", ["cashier", "registrar"])
    def test_other_members_do_not(self, api, member, event, role):
        assert self.change(api(member(role)), event, name="x").status_code == 403

    def test_stranger_does_not(self, api, stranger, event):
        assert self.change(api(stranger), event, name="x").status_code == 403
        draft = EventFactory(state="draft")
        assert self.change(api(stranger), draft, name="x").status_code == 404

    def test_id_of_another_is_a_conflict(self, api, organizer, event):
        assert self.change(api(organizer), event, id_="999", name="x").status_code == 409

    def test_without_id_is_malformed(self, api, organizer, event):
        body = document("event", name="x")
        assert api(organizer).patch(f"/v1/events/{event.pk}", body).status_code == 400

    def test_end_before_the_start_is_refused(self, api, organizer, event):
        response = self.change(api(organizer), event, ends_at="2000-01-01T00:00:00Z")
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/ends-at"

    def test_currency_changes_until_there_is_an_order(self, api, organizer, event):
        client = api(organizer)
        assert self.change(client, event, payment_currency="USD").status_code == 200
        event.refresh_from_db()
        sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)])
        response = self.change(client, event, payment_currency="EUR")
        assert response.status_code == 409
        assert error(response)["code"] == "currency-in-use"
        assert error(response)["source"]["pointer"] == "/data/attributes/payment-currency"
        assert self.change(client, event, payment_currency="USD").status_code == 200

    def test_currency_that_a_price_does_not_fit_is_refused(self, api, organizer, event):
        TicketFactory(event=event, price="10.50")
        response = self.change(api(organizer), event, payment_currency="JPY")
        assert (response.status_code, error(response)["code"]) == (409, "prices-do-not-fit")

    def test_terms_of_the_door_and_the_drawer_are_the_organizers(self, api, organizer, event):
        terms = {
            "day_ends_at": "05:30:00",
            "cash_rounding": "0.05",
            "pending_minutes": 20,
            "reentry": "none",
            "capacity": 300,
            "admit_now": True,
        }
        response = self.change(api(organizer), event, **terms)
        assert response.status_code == 200
        shown = response.json()["data"]["attributes"]
        assert {name.replace("_", "-"): value for name, value in terms.items()}.items() <= shown.items()
        nothing = dict.fromkeys(("cash_rounding", "pending_minutes", "capacity"))
        shown = self.change(api(organizer), event, **nothing).json()["data"]["attributes"]
        assert (shown["cash-rounding"], shown["pending-minutes"], shown["capacity"]) == (None, None, None)

    def test_cash_rounding_that_the_currency_has_no_coin_for_is_refused(self, api, organizer, event):
        response = self.change(api(organizer), event, payment_currency="JPY", cash_rounding="0.05")
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/cash-rounding"

    def test_there_is_no_delete(self, api, organizer, event):
        assert api(organizer).delete(f"/v1/events/{event.pk}").status_code == 405


class TestLists:
    """What every list shares."""

    def test_pages(self, api):
        EventFactory.create_batch(5)
        response = api().get("/v1/events?page[size]=2&page[number]=3&sort=name")
        assert len(response.json()["data"]) == 1
        assert response.json()["meta"]["count"] == 5

    def test_sorts(self, api):
        for name in "bca":
            EventFactory(name=name)
        response = api().get("/v1/events?sort=-name")
        assert [e["attributes"]["name"] for e in response.json()["data"]] == ["c", "b", "a"]

    def test_filters(self, api):
        wanted = EventFactory()
        EventFactory()
        response = api().get(f"/v1/events?filter[identifier]={wanted.identifier}")
        assert [e["id"] for e in response.json()["data"]] == [str(wanted.pk)]

    def test_sparse_fieldsets(self, api, event):
        response = api().get("/v1/events?fields[event]=name,starts-at")
        assert list(response.json()["data"][0]["attributes"]) == ["name", "starts-at"]

    @pytest.mark.parametrize(
        "query",
        [
            "search=x",
            "filter[nonsense]=1",
            "filter=1",
            "sort=password",
            "include=nothing",
            "page=2",
            "sort=name&sort=state",
            "filter[name]=%00",
            "filter[state]=open",
            "page[foo]=1",
            "fields[bogus]=x",
        ],
    )
    def test_unknown_parameters_are_refused(self, api, event, query):
        response = api().get(f"/v1/events?{query}")
        assert response.status_code == 400
        assert all(e["status"] == "400" for e in errors(response))

    @pytest.mark.parametrize("value", ["0", "x", "-1", "1.0", "9" * 30, ""])
    @pytest.mark.parametrize("name", ["page[number]", "page[size]"])
    def test_page_that_makes_no_sense(self, api, event, name, value):
        everything = (name, value) == ("page[size]", "0")
        assert api().get(f"/v1/events?{name}={value}").status_code == (200 if everything else 400)

    def test_page_that_is_not_there(self, api, event):
        assert api().get("/v1/events?page[number]=2").status_code == 404

    def test_page_holds_at_most_a_hundred(self, api, event):
        assert api().get("/v1/events?page[size]=100000").status_code == 200


@pytest.mark.parametrize("url", ["/v1/nonsense", "/v1/orders//", "/auth/nonsense", "/v1/events/1/nonsense"])
def test_route_that_is_not_there_answers_json(api, url):
    response = api().get(url)
    assert response.status_code == 404
    assert error(response)["code"] == "not-found"
