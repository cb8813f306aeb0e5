"""Tokens of the API, as the Open Event Server's clients ask for them and take them apart."""

import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tests.factories import PASSWORD, UserFactory
from base.tests.client import ApiClient, error

pytestmark = pytest.mark.django_db
PLAIN, JSON_API = "application/json", "application/vnd.api+json"
ADDRESSES = ["/auth/session", "/v1/auth/login"]
REFRESH = "/v1/auth/token/refresh"


@pytest.fixture
def user():
    return UserFactory(email="ana@example.com")


def log_in(address="/v1/auth/login", content_type=PLAIN, **more):
    body = {"email": "ana@example.com", "password": PASSWORD, **more}
    return ApiClient().post(address, body, content_type=content_type)


def remembered():
    return log_in(**{"remember-me": True, "include-in-response": True}).json()


def claims(token):
    segment = token.split(".")[1]
    return json.loads(base64.b64decode(segment + "=" * (-len(segment) % 4)))


def works(token):
    return ApiClient(token=token).get("/v1/orders").status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("content_type", [PLAIN, JSON_API])
def test_token_says_whose_it_is_and_when_it_ends(user, address, content_type):
    before = timezone.now().timestamp()
    token = log_in(address, content_type).json()["access_token"]
    assert token.count(".") == 2
    assert claims(token)["identity"] == user.pk
    assert before - 1 <= claims(token)["iat"] <= before + 60
    assert claims(token)["exp"] == int(ApiToken.objects.get().expiry.timestamp())
    assert works(token)


def test_every_token_is_another_in_its_random_part_and_on_lists(user):
    tokens = [log_in().json()["access_token"] for _ in range(3)]
    assert len({token.split(".")[2] for token in tokens}) == 3
    assert all(len(base64.urlsafe_b64decode(token.split(".")[2] + "=")) == 32 for token in tokens)
    assert len(set(ApiToken.objects.values_list("token_key", flat=True))) == 3


@pytest.mark.parametrize("segment", [0, 1, 2])
def test_token_of_which_any_letter_differs_is_none(user, segment):
    parts = log_in().json()["access_token"].split(".")
    parts[segment] = parts[segment][:-1] + ("A" if parts[segment][-1] != "A" else "B")
    assert not works(".".join(parts))


def test_nothing_is_believed_of_what_a_token_says(user):
    head, _claims, secret = log_in().json()["access_token"].split(".")
    other = base64.urlsafe_b64encode(
        json.dumps({"identity": UserFactory(is_superuser=True).pk, "exp": 2**40}).encode()
    ).decode()
    for forged in (f"{head}.{other}.{secret}", f"{head}.{other}.", f"{head}.{other}"):
        assert not works(forged)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert not works(f"{head}.{_claims}.{secret}")


def test_frontend_calls_the_address_username(user):
    body = {"username": "ana@example.com", "password": PASSWORD, "remember-me": False}
    response = ApiClient().client.post("/auth/session", json.dumps(body), content_type=PLAIN)
    assert works(response.json()["access_token"])


def test_refusal_tells_what_is_wrong_where_the_frontend_looks(user):
    response = log_in(password="wrong")
    assert response.status_code == 401
    assert response.json()["error"] == error(response)["detail"]


def test_log_out_ends_the_token_and_is_said_twice_without_harm(user):
    token = log_in().json()["access_token"]
    for headers in ({"Authorization": f"JWT {token}"}, {"Authorization": f"JWT {token}"}, {}):
        response = ApiClient().post("/v1/auth/logout", content_type=PLAIN, **headers)
        assert (response.status_code, response.json()) == (200, {"success": True})
    assert not works(token)


class TestRefresh:
    def refresh(self, token):
        return ApiClient(token=token).post(REFRESH, content_type=PLAIN)

    def test_gives_another_token_for_90_minutes(self, user):
        tokens = remembered()
        response = self.refresh(tokens["refresh_token"])
        assert list(response.json()) == ["access_token"]
        token = response.json()["access_token"]
        assert claims(token)["exp"] - claims(token)["iat"] == 90 * 60
        assert works(token)
        assert works(tokens["access_token"])

    def test_token_for_it_opens_nothing_and_others_make_none(self, user):
        tokens = remembered()
        assert not works(tokens["refresh_token"])
        for token in (tokens["access_token"], log_in().json()["access_token"], "x.y.z"):
            assert self.refresh(token).status_code == 401
        assert ApiClient().post(REFRESH, content_type=PLAIN).status_code == 401

    def test_needs_both_words(self, user):
        for words in ({"remember-me": True}, {"include-in-response": True}, {"remember-me": False}):
            assert list(log_in(**words).json()) == ["access_token"]

    @pytest.mark.parametrize("end", [("POST", "/v1/auth/logout"), ("DELETE", "/auth/session")])
    def test_ends_with_the_log_in(self, user, end):
        tokens, other = remembered(), log_in().json()["access_token"]
        later = self.refresh(tokens["refresh_token"]).json()["access_token"]
        ApiClient(token=later).request(*end, content_type=PLAIN)
        assert self.refresh(tokens["refresh_token"]).status_code == 401
        assert not works(tokens["access_token"])
        assert works(other)

    def test_ends_in_time_with_the_password_and_with_the_account(self, user):
        ended = remembered()["refresh_token"]
        ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
        closed = remembered()["refresh_token"]
        type(user).objects.filter(pk=user.pk).update(is_active=False)
        for token in (ended, closed):
            assert self.refresh(token).status_code == 401

    def test_leaves_no_heap_of_ended_tokens(self, user):
        token = remembered()["refresh_token"]
        ApiToken.objects.filter(refreshes=False).update(expiry=timezone.now() - timedelta(seconds=1))
        self.refresh(token)
        assert ApiToken.objects.count() == 2

    def test_is_one_log_in_on_the_page(self, user):
        from accounts import log_ins

        self.refresh(remembered()["refresh_token"])
        assert len(log_ins.of(user)) == 1
