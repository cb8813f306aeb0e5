"""JSON:API 1.1 on every route: links that answer, and what a client may send and ask. That each document is
one, `api` sees to (`base.tests.contract`).
"""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import resolve

from attendees.corrections import correct
from attendees.tests.factories import DraftFactory
from audit.models import Change
from base.tests.client import MEDIA_TYPE, document, error, order_document, relation
from base.tests.contract import published
from books.tests.acts import close
from devices.tests.factories import add_device
from door import admission
from door.scan import Scan
from events.invitations import invite
from events.tests.factories import MemberFactory
from exports.tests.factories import written
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from prices.tests.factories import discount_of
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
HOST = "http://testserver"


@pytest.fixture
def things(event, cashier, stranger, organizer):
    """One of everything, by the first word of its address."""
    ticket = TicketFactory(event=event, price=10)
    free = TicketFactory(event=event, price=0, type="free")
    order = sold_onsite(
        event=event, lines=[Line(ticket.pk, 2), Line(free.pk, 1)], seller=cashier, status="completed"
    )
    draft = DraftFactory(ticket=free, creator=stranger)
    bought = ordered_online(event=event, attendees=[draft], buyer=stranger)
    station = event.stations.create(name="Gate")
    guest = order.attendees.first()
    admission.check_in(Scan(event=event, attendee_id=guest.pk, station=station), by=cashier)
    check = admission.check_in(Scan(event=event, code="nobody's"), by=cashier)
    closed = close(with_cash_moved(event))
    invited, _token = invite(event=event, email="x@example.com", role="cashier", by=None)
    return {
        "attendees": guest,
        "check-ins": check,
        "events": event,
        "orders": order,
        "payments": order.payments.get(),
        "shifts": closed,
        "movements": closed.movements.get(),
        "counts": closed.counts.get(),
        "devices": add_device(event),
        "invitations": invited,
        "members": MemberFactory(event=event, role="cashier"),
        "changes": Change.objects.filter(event=event).first(),
        "stations": station,
        "tickets": ticket,
        "quotas": quota_of(free, size=9),
        "discounts": discount_of(event, percent=10),
        "exports": written(event, organizer),
        "holds": hold_of(free, 1, open_to="till", till=event.tills.first()),
        "tills": event.tills.first(),
        "bought": bought,
        "users": organizer,
        "draft": DraftFactory(ticket=free, creator=stranger),
    }


def is_of_resources(path):
    """Whether an address is answered by JSON:API: those of the Open Event Server are not all."""
    return path.startswith("/v1/") and not path.startswith("/v1/auth/") and not path.endswith("/search")


def with_cash_moved(event):
    """An open shift of a colleague, at a till of its own."""
    shift = ShiftFactory(till__event=event)
    drawer.move_cash(shift=shift, amount=Decimal(5), reason="change", desk=Desk(shift.cashier))
    return shift


def places(method, things):
    """Every path of the schema that takes the method, of things that are there."""
    for path, operations in published()["paths"].items():
        if method in operations and is_of_resources(path) and is_json(operations[method]):
            home = things.get(path.split("/")[2])
            values = {"event": things["events"], "order": things["orders"], "check_in": things["check-ins"]}
            yield re.sub(r"{(\w+)}", lambda name, v=values, h=home: str(v.get(name[1], h).pk), path)


def is_json(operation):
    told = operation["responses"].get("200", {}).get("content", {})
    return not {"text/csv", "application/pdf"} & told.keys()


def links_in(part):
    """Every link of a document."""
    if isinstance(part, list):
        for one in part:
            yield from links_in(one)
    elif isinstance(part, dict):
        yield from filter(None, part.get("links", {}).values())
        for name, one in part.items():
            if name != "links":
                yield from links_in(one)


def follow(client, starts):
    """What every address answers that can be reached by links: its status by address."""
    found, ahead = {}, set(starts)
    while ahead:
        url = ahead.pop()
        response = client.get(url)
        found[url] = response.status_code
        if response.status_code == 200:
            ahead |= {link.removeprefix(HOST) for link in links_in(response.json())} - found.keys()
    return found


def test_all_that_can_be_read_links_to_what_can_be_read(api, organizer, things):
    found = follow(api(organizer), places("get", things))
    assert set(found.values()) == {200}, {url: status for url, status in found.items() if status != 200}
    assert len(found) > 70


@pytest.mark.parametrize("role", ["cashier", "registrar", "stranger"])
def test_each_role_is_shown_links_that_answer(api, request, things, role):
    client, event, bought = api(request.getfixturevalue(role)), things["events"], things["bought"]
    here = f"/v1/events/{event.pk}"
    starts = {
        "cashier": [f"{here}/{name}" for name in ("attendees", "check-ins", "orders", "payments")],
        "registrar": [f"{here}/{name}" for name in ("attendees", "check-ins", "stations")],
        "stranger": [f"/v1/orders/{bought.pk}", f"/v1/attendees/{things['draft'].pk}"],
    }[role]
    found = follow(client, starts)
    assert set(found.values()) == {200}, {url: status for url, status in found.items() if status != 200}


def test_the_link_of_a_resource_is_where_it_is(api, organizer, things):
    client = api(organizer)
    for name in ("attendees", "check-ins", "events", "orders", "payments", "stations", "tickets", "tills"):
        row = client.get(f"/v1/{name}/{things[name].pk}").json()["data"]
        assert client.get(row["links"]["self"].removeprefix(HOST)).json()["data"] == row
        for relation_name, relationship in row["relationships"].items():
            links = relationship["links"]
            if "self" not in links:
                assert client.get(links["related"].removeprefix(HOST)).status_code == 200
                continue
            told = client.get(links["self"].removeprefix(HOST)).json()
            assert told["links"]["related"] == links["related"], relation_name
            related = client.get(links["related"].removeprefix(HOST)).json()["data"]
            for linkage in (told["data"], relationship.get("data", told["data"])):
                assert identified(related) == identified(linkage)


def identified(data):
    rows = data if isinstance(data, list) else [data]
    return sorted(((row["type"], row["id"]) for row in rows if row), key=str)


def test_every_relationship_has_its_routes(things):
    """Also one that a serializer gains."""
    for path, operations in published()["paths"].items():
        ref = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = ref.get(MEDIA_TYPE, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        one = published()["components"]["schemas"].get(schema.removesuffix("Response"), {})
        if re.fullmatch(r"/v1/[a-z-]+/{reference}", path):
            for name in one["properties"].get("relationships", {}).get("properties", {}):
                for between in ("", "relationships/"):
                    resolve(path.replace("{reference}", "1") + f"/{between}{name}")


def requests(things):
    """Every request that makes something: where, and what is sent."""
    order, guest = things["orders"], things["attendees"]
    event = {"event": relation("event", things["events"].pk)}
    ticket = {"ticket": relation("ticket", things["tickets"].pk)}
    times = {"starts_at": "2030-05-01T20:00:00Z", "ends_at": "2030-05-02T02:00:00Z"}
    open_shift = with_cash_moved(things["events"])
    till = {"till": relation("till", TillFactory(event=things["events"]).pk)}
    names = {"firstname": "Ana", "lastname": "Silva", "email": "ana@example.com"}
    one, other, _free = order.attendees.order_by("pk")
    dearer = TicketFactory(event=things["events"], price=12)
    gone = cancel(
        sold_onsite(event=things["events"], lines=[Line(dearer.pk, 1)], seller=order.seller, status="pending")
    )
    acts = f"/v1/orders/{order.identifier}"
    return [
        (f"{acts}/swap-code", document("order", None, {}, attendee=one.pk)),
        (f"{acts}/transfer", document("order", None, {}, attendee=other.pk, firstname="Bo")),
        (f"{acts}/exchange", document("order", None, {}, attendees=[other.pk], ticket=dearer.pk)),
        (f"{acts}/refund", document("order", None, {}, amount="1.00", reason="noise")),
        (f"{acts}/cancel-attendees", document("order", None, {}, attendees=[one.pk], reason="rain")),
        (f"/v1/orders/{gone.identifier}/restore", document("order", None, {})),
        ("/v1/orders?onsite=true", order_document(things["events"], (things["tickets"], 1))),
        ("/v1/check-ins", document("check-in", None, event, code="x", direction="in")),
        (f"/v1/orders/{order.identifier}/check-ins", document("check-in", None, {})),
        (f"/v1/check-ins/{guest.check_ins.get().pk}/undo", document("check-in", None, {})),
        ("/v1/attendees", document("attendee", None, ticket, **names)),
        ("/v1/shifts", document("shift", None, till, opening_float="100")),
        (f"/v1/shifts/{open_shift.pk}/movements", document("movement", None, amount="-5", reason="stamps")),
        (f"/v1/shifts/{open_shift.pk}/counts", document("count", None, cash="100", card="0")),
        ("/v1/devices", document("device", None, event, name="Tablet", role="cashier")),
        (f"/v1/devices/{things['devices'].pk}/pairing-code", document("device", None, {})),
        ("/v1/invitations", document("invitation", None, event, email="y@example.com", role="cashier")),
        (f"/v1/invitations/{things['invitations'].pk}/renewal", document("invitation", None, {})),
        ("/v1/events", document("event", None, name="New", **times)),
        ("/v1/tickets", document("ticket", None, event, name="New", type="free", price=0)),
        (
            f"/v1/events/{things['events'].pk}/exports",
            document("export", None, {}, table="shifts", format="xlsx"),
        ),
        ("/v1/quotas", document("quota", None, event, name="New", size=9)),
        ("/v1/discounts", document("discount", None, event, name="New", percent=20)),
        ("/v1/holds", document("hold", None, ticket, name="New", quantity=1)),
        (
            f"/v1/events/{things['events'].identifier}/guest-list",
            document("attendee", None, {}, entries=[{"ticket": things["tickets"].pk, "firstname": "Ana"}]),
        ),
    ]


@pytest.fixture
def makes(things):
    return requests(things)


def own_of(path, makes):
    """What stands in a path of the schema where that is asked for."""
    shape = re.compile(re.sub(r"{\w+}", "([^/]+)", path))
    return next(found[1] for url, _sent in makes if (found := shape.fullmatch(url)))


def test_whatever_is_made_has_a_location_that_answers(api, organizer, makes):
    client = api(organizer)
    for url, sent in makes:
        response = client.post(url, sent)
        assert response.status_code == 201, (url, response.content)
        location = response.headers["Location"]
        data = response.json()["data"]
        if isinstance(data, dict):
            assert data["links"]["self"] == location
        assert client.get(location.removeprefix(HOST)).status_code == 200, location
    assert {url.partition("?")[0] for url, _sent in makes} | {"/v1/orders/given-up"} == {
        re.sub(r"{\w+}", lambda _name, path=path: own_of(path, makes), path)
        for path, operations in published()["paths"].items()
        if "post" in operations and is_of_resources(path)
    }


def test_an_id_of_the_client_is_refused(api, organizer, makes):
    client = api(organizer)
    for url, sent in makes:
        sent["data"]["id"] = "7"
        response = client.post(url, sent)
        assert (response.status_code, error(response)["source"]) == (403, {"pointer": "/data/id"}), url
        sent["data"]["id"] = None
        assert client.post(url, sent).status_code == 201, url


def test_what_is_unknown_is_named(api, organizer, makes, things):
    client = api(organizer)
    for url, sent in makes:
        sent["data"].setdefault("attributes", {}).update({"no_such": 1, "nor-this": None})
        sent["data"].setdefault("relationships", {})["nobody"] = {"data": None}
        response = client.post(url, sent)
        assert response.json()["meta"]["ignored"] == ["no_such", "nor-this", "nobody"], url
    guest = things["bought"].attendees.get()
    for place, row, said in [
        ("event", things["events"], {"name": "Other"}),
        ("attendee", guest, {"lastname": "Silva"}),
        ("order", things["bought"], {"status": "cancelled", "reason": "rain"}),
        ("ticket", things["tickets"], {"name": "Other"}),
    ]:
        sent = document(place, row.pk, **said, nonsense=1)
        response = client.patch(f"/v1/{place}s/{row.pk}", sent)
        assert response.status_code == 200, response.content
        assert response.json()["meta"]["ignored"] == ["nonsense"]


def test_what_is_known_is_not_named(api, organizer, makes, things):
    client = api(organizer)
    for url, sent in makes:
        assert "ignored" not in client.post(url, sent).json().get("meta", {}), url
    url = f"/v1/events/{things['events'].pk}"
    whole = client.get(url).json()
    assert "meta" not in client.patch(url, {"data": whole["data"]}).json()


def test_a_slash_at_the_end_is_none(api, organizer, makes, things):
    client = api(organizer)
    for url, sent in makes:
        path, mark, query = url.partition("?")
        assert client.post(f"{path}/{mark}{query}", sent).status_code == 201, url
    for url in places("get", things):
        assert client.get(url + "/").status_code == 200, url


def test_extensions_are_refused_and_profiles_are_not(api, organizer, makes):
    url, sent = makes[0]
    for parameters, status in [
        ('; ext="https://jsonapi.org/ext/atomic"', 415),
        ('; profile="https://example.com/p"; ext=x', 415),
        ('; profile="https://example.com/p"', 201),
        ("; charset=utf-8", 201),
    ]:
        response = api(organizer).post(url, sent, content_type=MEDIA_TYPE + parameters)
        assert response.status_code == status, parameters
        assert status == 201 or error(response)["code"] == "unsupported-media-type"


def test_options_tells_what_is_allowed(api, organizer, things):
    paths = {path for method in ("get", "post", "patch") for path in places(method, things)}
    for path in {*paths, "/v1/schema"}:
        response = api().client.options(path)
        assert (response.status_code, response.content) == (204, b""), path
        allowed = {*response.headers["Allow"].split(", ")} - {"OPTIONS", "HEAD"}
        assert allowed, path
    for path, allowed in {"/auth/session": "POST, DELETE, OPTIONS", "/auth/pair": "POST, OPTIONS"}.items():
        response = api().client.options(path)
        assert (response.status_code, response.headers["Allow"]) == (204, allowed)


def test_every_refused_parameter_is_named(api, organizer, things):
    client = api(organizer)
    lists = [url for url in places("get", things) if isinstance(client.get(url).json()["data"], list)]
    assert len(lists) > 10
    for url in lists:
        for query, parameter in [
            ("x=1", "x"),
            ("page[size]=x", "page[size]"),
            ("page[number]=0", "page[number]"),
            ("page[number]=99", "page[number]"),
            ("page[after]=x", "page[after]"),
            ("page[after]=WyIxIl0&page[number]=1", "page[after]"),
            ("page[size]=1&page[size]=1", "page[size]"),
            ("filter[no]=1", "filter[no]"),
            ("filter[no][ge]=1", "filter[no][ge]"),
            ("filter[created-at][between]=1", "filter[created-at][between]"),
            ("sort=no", "sort"),
            ("sort=id,-id", "sort"),
            ("include=no", "include"),
            ("fields[no]=x", "fields[no]"),
        ]:
            response = client.get(f"{url}?{query}")
            assert response.status_code in (400, 404), (url, query)
            assert error(response)["source"] == {"parameter": parameter}, (url, query)


@pytest.mark.parametrize("text", ["yesterday", "2026-05-01", "2026-05-01T20:14:00", "1e9"])
def test_a_time_that_is_none_is_refused_with_its_parameter(api, organizer, things, text):
    url = f"/v1/events/{things['events'].pk}"
    for parameter in ("orders?filter[created-at][ge]", "attendees?filter[updated-at][ge]"):
        response = api(organizer).get(f"{url}/{parameter}={text}")
        assert (response.status_code, error(response)["source"]) == (
            400,
            {"parameter": parameter.partition("?")[2]},
        )


def test_a_page_that_was_bounded_says_so(api, organizer, things):
    url = f"/v1/events/{things['events'].pk}/orders?page[size]="
    assert api(organizer).get(url + "500").json()["meta"]["page-size"] == {"asked": 500, "most": 100}
    assert "page-size" not in api(organizer).get(url + "100").json()["meta"]


def test_what_was_read_before_is_not_sent_again(api, organizer, things):
    client = api(organizer)
    for url in places("get", things):
        tag = client.get(url).headers["ETag"]
        again = client.get(url, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), url
    ticket = f"/v1/tickets/{things['tickets'].pk}"
    tag = client.get(ticket).headers["ETag"]
    client.patch(ticket, document("ticket", things["tickets"].pk, name="Other"))
    assert client.get(ticket, **{"If-None-Match": tag}).status_code == 200
    assert "ETag" not in client.post("/v1/orders", "{").headers


def test_the_page_of_the_api_names_every_filter():
    page = (settings.BASE_DIR / "docs" / "api.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| ")}
    for path, operations in published()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if found := re.fullmatch(r"filter\[([a-z-]+)\](\[[a-z]+\])?", parameter["name"]):
                row = rows[path.rpartition("/")[2]]
                assert re.search(rf"[` ]{found[1]}[` ]", row), (path, parameter["name"])


class TestFilters:
    """Of attendees, by what is asked of them at a desk."""

    @pytest.fixture
    def found(self, api, things, organizer):
        def look(query, user=organizer):
            url = f"/v1/events/{things['events'].pk}/attendees?{query}"
            return [int(row["id"]) for row in api(user).get(url).json()["data"]]

        return look

    def test_attendees_are_found_by_what_they_are(self, found, things):
        guest, bought = things["attendees"], things["bought"].attendees.get()
        correct(bought, by=None, lastname="Silva", email="Ana@Example.com")
        order = things["orders"]
        assert found(f"filter[code]={guest.code.lower()}") == [guest.pk]
        assert found("filter[email]=ana@example.COM") == [bought.pk]
        assert found("filter[email]=ana@example") == []
        for reference in (order.pk, order.identifier, order.identifier.lower()):
            assert found(f"filter[order]={reference}") == [row.pk for row in order.attendees.all()]
        assert found(f"filter[ticket]={guest.ticket_id}&filter[is-checked-in]=true") == [guest.pk]
        assert len(found("filter[is-checked-in]=false")) == 3
        assert found("filter[name]=silv") == [bought.pk]
        assert len(found("filter[created-at][ge]=2026-05-01T20:14:00%2B02:00")) == 4
        assert found("filter[created-at][lt]=2026-05-01T20:14:00+02:00") == []

    def test_an_event_is_found_by_its_identifier(self, api, event, things):
        (found,) = api().get(f"/v1/events?filter[identifier]={event.identifier}").json()["data"]
        assert found["id"] == str(event.pk)

    def test_nobody_finds_out_a_code_or_an_address_by_asking(self, api, registrar, things):
        for name in ("code", "email"):
            url = f"/v1/events/{things['events'].pk}/attendees?filter[{name}]=x"
            response = api(registrar).get(url)
            assert (response.status_code, error(response)["source"]) == (
                400,
                {"parameter": f"filter[{name}]"},
            )


def test_payments_of_a_drawer_that_is_not_counted_are_for_organizers(api, cashier, organizer, things):
    url, one = f"/v1/events/{things['events'].pk}/payments", f"/v1/payments/{things['payments'].pk}"
    assert [row["id"] for row in api(organizer).get(url).json()["data"]] == [str(things["payments"].pk)]
    assert (api(cashier).get(url).json()["data"], api(cashier).get(one).status_code) == ([], 404)
    shift = things["payments"].shift
    close(shift)
    assert [row["id"] for row in api(cashier).get(url).json()["data"]] == [str(things["payments"].pk)]
    assert api(cashier).get(one).json()["data"]["attributes"]["amount"] == "20.00"
