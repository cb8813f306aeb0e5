"""The published schema. What is really sent is held against it in every test that uses `api`."""

import pytest
from drf_spectacular.validation import validate_schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from base.tests import contract

pytestmark = pytest.mark.django_db


def test_schema_is_valid_openapi_and_complete(capsys):
    from drf_spectacular.drainage import GENERATOR_STATS

    GENERATOR_STATS.reset()
    contract.published.cache_clear()
    validate_schema(contract.published())
    assert not list(OpenAPIV31SpecValidator(contract.published()).iter_errors())
    assert not GENERATOR_STATS, "the generator warned of something it could not describe"


def test_schema_describes_every_route():
    assert set(contract.published()["paths"]) == {
        "/auth/pair",
        "/auth/session",
        "/v1/attendees",
        "/v1/attendees/{reference}",
        "/v1/events",
        "/v1/check-ins",
        "/v1/check-ins/{check_in}/undo",
        "/v1/events/{event}/attendees",
        "/v1/events/{event}/check-ins",
        "/v1/events/{event}/occupancy",
        "/v1/events/{event}/stations",
        "/v1/orders/{order}/check-ins",
        "/v1/events/{event}/orders",
        "/v1/events/{event}/tickets",
        "/v1/events/{event}/tills",
        "/v1/events/{reference}",
        "/v1/orders",
        "/v1/orders/given-up",
        "/v1/orders/{order}/attendees",
        "/v1/orders/{reference}",
        "/v1/tickets",
        "/v1/tickets/{reference}",
    }


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


def test_schema_can_be_fetched_by_anybody(client):
    response = client.get("/v1/schema")
    assert response.status_code == 200
    assert b"openapi: 3.1.0" in response.content


@pytest.mark.parametrize("query", ["version=%00", "version=%0a", "lang=x", "format=json"])
def test_schema_takes_no_parameters(client, query):
    assert client.get(f"/v1/schema?{query}").status_code == 400


def test_schema_page_answers_get_alone(client):
    assert client.options("/v1/schema/browse").status_code == 405


def test_schema_page_takes_everything_from_here(client):
    page = client.get("/v1/schema/browse").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page
    script = client.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
    assert script.status_code == 200
    script.close()


def test_healthz_answers(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
