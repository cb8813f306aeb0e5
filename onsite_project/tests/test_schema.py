"""The published schema. What is really sent is held against it in every test that uses `api`."""

import pytest
from drf_spectacular.validation import validate_schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from base.tests import contract


def test_schema_is_valid_openapi_and_complete(capsys):
    from drf_spectacular.drainage import GENERATOR_STATS

    GENERATOR_STATS.reset()
    contract.published.cache_clear()
    validate_schema(contract.published())
    assert not list(OpenAPIV31SpecValidator(contract.published()).iter_errors())
    assert not GENERATOR_STATS, "the generator warned of something it could not describe"


RELATIONSHIPS = {
    "attendees": ("event", "order", "ticket"),
    "check-ins": ("attendee", "event", "station"),
    "counts": ("shift",),
    "devices": ("event",),
    "discounts": ("event", "tickets"),
    "exports": ("event",),
    "holds": ("event", "members", "ticket", "till"),
    "invitations": ("event",),
    "members": ("event",),
    "movements": ("shift",),
    "orders": ("attendees", "event", "tickets"),
    "payments": ("order",),
    "quotas": ("event", "tickets"),
    "shifts": ("counts", "movements", "till"),
    "stations": ("event",),
    "tickets": ("attendees", "event"),
    "tills": ("event",),
}


def test_schema_describes_every_route():
    related = {
        f"/v1/{name}/{{reference}}/{between}{relation}"
        for name, relations in RELATIONSHIPS.items()
        for relation in relations
        for between in ("", "relationships/")
    }
    assert set(contract.published()["paths"]) == related | {
        "/auth/pair",
        "/auth/session",
        "/v1/auth/login",
        "/v1/auth/logout",
        "/v1/auth/token/refresh",
        "/v1/attendees",
        "/v1/attendees/{reference}",
        "/v1/discounts",
        "/v1/discounts/{reference}",
        "/v1/events",
        "/v1/check-ins",
        "/v1/check-ins/{check_in}/undo",
        "/v1/check-ins/{reference}",
        "/v1/changes/{reference}",
        "/v1/counts/{reference}",
        "/v1/devices",
        "/v1/devices/{reference}",
        "/v1/devices/{reference}/pairing-code",
        "/v1/events/{event}/attendees",
        "/v1/events/{event}/attendees/search",
        "/v1/events/{event}/changes",
        "/v1/events/{event}/check-ins",
        "/v1/events/{event}/devices",
        "/v1/events/{event}/discounts",
        "/v1/events/{event}/exports",
        "/v1/events/{event}/exports/{table}.csv",
        "/v1/events/{event}/general-statistics",
        "/v1/events/{event}/guest-list",
        "/v1/events/{event}/holds",
        "/v1/events/{event}/invitations",
        "/v1/events/{event}/members",
        "/v1/events/{event}/order-statistics",
        "/v1/events/{event}/occupancy",
        "/v1/events/{event}/orders",
        "/v1/events/{event}/payments",
        "/v1/events/{event}/quotas",
        "/v1/events/{event}/relationships/tickets",
        "/v1/events/{event}/shifts",
        "/v1/events/{event}/stations",
        "/v1/events/{event}/tickets",
        "/v1/events/{event}/tills",
        "/v1/events/{event}/totals",
        "/v1/events/{event}/totals.csv",
        "/v1/events/{reference}",
        "/v1/exports/{reference}",
        "/v1/exports/{reference}/file",
        "/v1/holds",
        "/v1/holds/{reference}",
        "/v1/invitations",
        "/v1/invitations/{reference}",
        "/v1/invitations/{reference}/renewal",
        "/v1/members/{reference}",
        "/v1/movements/{reference}",
        "/v1/orders",
        "/v1/orders/given-up",
        "/v1/orders/{order}/check-ins",
        "/v1/orders/{reference}",
        "/v1/orders/{reference}/cancel-attendees",
        "/v1/orders/{reference}/exchange",
        "/v1/orders/{reference}/order.pdf",
        "/v1/orders/{reference}/refund",
        "/v1/orders/{reference}/restore",
        "/v1/orders/{reference}/story",
        "/v1/orders/{reference}/swap-code",
        "/v1/orders/{reference}/transfer",
        "/v1/payments/{reference}",
        "/v1/quotas",
        "/v1/quotas/{reference}",
        "/v1/shifts",
        "/v1/shifts/{reference}",
        "/v1/shifts/{reference}/report",
        "/v1/shifts/{reference}/report.csv",
        "/v1/stations/{reference}",
        "/v1/tickets",
        "/v1/tickets/{reference}",
        "/v1/tills/{reference}",
        "/v1/users/{reference}",
        "/v1/users/{reference}/events",
    }


def operations():
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in contract.published()["paths"].items()
        for method, operation in methods.items()
    ]


# Who asks these has no token yet.
PUBLIC = {"POST /auth/pair", "POST /auth/session", "POST /v1/auth/login"}


def test_every_operation_stands_under_words_that_are_explained():
    explained = {tag["name"] for tag in contract.published()["tags"] if tag["description"]}
    for label, operation in operations():
        assert len(operation["tags"]) == 1, label
        assert {*operation["tags"]} <= explained, f"{label}: explain {operation['tags']} in TAGS"


def test_every_operation_says_in_a_few_words_what_it_does():
    for label, operation in operations():
        assert 3 < len(operation["summary"]) < 60, label
        assert operation["summary"][0].isupper(), label
        assert "{" not in operation["summary"], label


def test_every_operation_says_who_may_ask():
    schemes = {*contract.published()["components"]["securitySchemes"]}
    for label, operation in operations():
        assert {name for one in operation["security"] for name in one} <= schemes, label
    assert {label for label, operation in operations() if operation["security"] == []} == PUBLIC


def test_every_body_is_required():
    sent = [
        (label, operation["requestBody"]) for label, operation in operations() if "requestBody" in operation
    ]
    assert sent
    for label, body in sent:
        assert body["required"] is True, label


def test_every_operation_documents_its_errors():
    for label, operation in operations():
        refused = {status for status in operation["responses"] if not status.startswith(("2", "3"))}
        expected = {"400", "429", "503", "default"}
        if operation["security"]:
            expected |= {"401", "403", "404"}
        if "requestBody" in operation:
            expected |= {"409", "413", "415", "422"}
        assert expected <= refused, label
        for status in refused:
            response = contract.answer(operation["responses"][status])
            (content,) = response["content"].values()
            assert response["description"], (label, status)
            assert content["schema"] == {"$ref": "#/components/schemas/Errors"}, (label, status)


def test_schema_explains_errors_and_idempotency():
    explained = contract.published()["info"]["description"]
    for word in (
        "`code`",
        "`source`",
        "`Idempotency-Key`",
        "given-up",
        "Authorization: Bearer",
        "links.next",
    ):
        assert word in explained


def test_example_of_the_sale_is_what_the_schema_takes():
    (content,) = contract.published()["paths"]["/v1/orders"]["post"]["requestBody"]["content"].values()
    (example,) = content["examples"].values()
    contract.validate(example["value"], content["schema"])
    onsite = contract.published()["paths"]["/v1/orders"]["post"]["parameters"]
    (prefilled,) = next(one for one in onsite if one["name"] == "onsite")["examples"].values()
    assert prefilled["value"] == "true"


def test_contract_notices_what_the_schema_does_not_say():
    schema = {"$ref": "#/components/schemas/OrderResponse"}
    with pytest.raises(AssertionError, match="'id' is a required property"):
        contract.validate({"data": {"type": "order"}}, schema)
    with pytest.raises(AssertionError, match="is not of type"):
        contract.validate({"data": {"type": "order", "id": 20}}, schema)


def test_order_request_has_both_shapes():
    shapes = contract.published()["components"]["schemas"]
    names = [shape["$ref"].rpartition("/")[2] for shape in shapes["NewOrderRequest"]["anyOf"]]
    asked = [shapes[name]["properties"]["data"] for name in names]
    assert [data["required"] for data in asked] == [
        ["type", "attributes", "relationships"],
        ["type", "relationships"],
    ]
    assert [data["properties"]["relationships"]["required"] for data in asked] == [
        ["event"],
        ["attendees", "event"],
    ]
    assert asked[0]["properties"]["attributes"]["required"] == ["on-site-tickets"]


@pytest.mark.django_db
def test_schema_can_be_fetched_by_anybody(client):
    response = client.get("/v1/schema")
    assert response.status_code == 200
    assert b"openapi: 3.1.0" in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["version=%00", "version=%0a", "lang=x", "format=json"])
def test_schema_takes_no_parameters(client, query):
    assert client.get(f"/v1/schema?{query}").status_code == 400


@pytest.mark.django_db
def test_schema_page_answers_get_alone(client):
    assert client.options("/v1/schema/browse").status_code == 405


@pytest.mark.django_db
def test_schema_page_takes_everything_from_here(client):
    page = client.get("/v1/schema/browse").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page
    script = client.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
    assert script.status_code == 200
    script.close()


@pytest.mark.django_db
def test_healthz_answers(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
