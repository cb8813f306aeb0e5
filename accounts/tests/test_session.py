"""`/auth/session`: a password for a token, and back."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tests.factories import PASSWORD, UserFactory
from base.tests.client import ApiClient, error

pytestmark = pytest.mark.django_db
URL = "/auth/session"


@pytest.fixture
def user():
    return UserFactory(email="ana@example.com")


def log_in(email="ana@example.com", password=PASSWORD, **headers):
    body = {"email": email, "password": password}
    return ApiClient().post(URL, body, content_type="application/json", **headers)


def test_log_in_gives_a_token_that_works(user):
    response = log_in()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["access_token"]
    assert ApiClient(token=response.json()["access_token"]).get("/v1/orders").status_code == 200


@pytest.mark.parametrize("accept", ["application/vnd.api+json", "text/html", "*/*", "image/png"])
def test_log_in_speaks_plain_json_whatever_is_accepted(user, accept):
    assert log_in(Accept=accept)["Content-Type"] == "application/json"
    assert log_in(password="wrong", Accept=accept)["Content-Type"] == "application/json"


def test_log_in_takes_the_address_in_any_case(user):
    assert log_in(email="Ana@Example.COM").status_code == 200


@pytest.mark.parametrize("prefix", ["JWT", "Bearer", "Token", "bearer"])
def test_token_works_under_three_names(user, prefix):
    token = log_in().json()["access_token"]
    assert ApiClient().get("/v1/orders", Authorization=f"{prefix} {token}").status_code == 200


def test_token_is_stored_as_digest_only(user):
    token = log_in().json()["access_token"]
    row = ApiToken.objects.get()
    assert token not in (row.digest, row.token_key)
    assert timedelta(days=29) < row.expiry - timezone.now() <= timedelta(days=30)


@pytest.mark.parametrize(
    ("email", "password"),
    [("ana@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("ana@example.com", " ")],
)
def test_wrong_credentials(user, email, password):
    response = log_in(email, password)
    assert response.status_code == 401
    assert error(response)["code"] == "authentication-failed"


def test_inactive_account_cannot_log_in(user):
    user.is_active = False
    user.save()
    assert log_in().status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"x",
        b"null",
        b'"x"',
        b'{"email": 1, "password": []}',
        b'{"email": "\xff"}',
        json.dumps({"email": "a\x00@example.com", "password": "x"}).encode(),
        json.dumps({"email": "ana@example.com", "password": "\x00"}).encode(),
        json.dumps({"email": "no address", "password": "x"}).encode(),
        b"[" * 100000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_malformed_request(user, body):
    response = ApiClient().post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert error(response)["code"] == "parse-error"


def test_form_encoded_request_is_refused(user):
    response = ApiClient().post(URL, b"email=ana", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415


def test_log_out_ends_this_token_and_no_other(user):
    first, second = (ApiClient(token=log_in().json()["access_token"]) for _ in range(2))
    assert first.delete(URL).status_code == 204
    assert first.get("/v1/orders").status_code == 401
    assert second.get("/v1/orders").status_code == 200


def test_log_out_without_a_token(user):
    assert ApiClient().delete(URL).status_code == 401


def test_expired_token_is_refused(user):
    token = log_in().json()["access_token"]
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert ApiClient(token=token).get("/v1/orders").status_code == 401


def test_log_in_works_with_a_stale_token_in_the_header(user):
    assert log_in(Authorization="Bearer stale").status_code == 200


def test_token_costs_one_query(user, django_assert_num_queries):
    client = ApiClient(token=log_in().json()["access_token"])
    with django_assert_num_queries(2):  # the token with its user, and the counted page (0 rows)
        client.get("/v1/orders")


def test_session_cookie_is_no_way_into_the_api(client, user):
    client.force_login(user)
    assert client.get("/v1/orders").status_code == 401


def test_api_knows_no_cookies(api, cashier):
    response = api(cashier).get("/v1/events")
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response["Vary"]
