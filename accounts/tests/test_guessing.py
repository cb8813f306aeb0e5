"""Guessing is limited at every door, before anything is hashed, and nobody else is kept out by it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from accounts import guessing, limits
from accounts.limits import Allowance, Share
from accounts.models import SpentAllowance
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.hashers import Counted
from base.errors import TooManyTries
from base.tests.client import ApiClient, error
from devices import lifecycle

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@pytest.fixture(autouse=True)
def _nothing_comes_back(monkeypatch):
    """However slow the machine is."""
    for name in ("STRANGER", "STRANGERS", "ACCOUNT", "KNOWN"):
        monkeypatch.setattr(guessing, name, replace(getattr(guessing, name), every=timedelta(hours=1)))


@pytest.fixture
def user(member):
    user = member("organizer")
    user.email = "ana@example.com"
    user.save()
    return user


def through_the_api(email="ana@example.com", password=PASSWORD, address=HERE):
    body = {"email": email, "password": password}
    headers = {"X-Forwarded-For": address}
    return ApiClient().post("/auth/session", body, content_type="application/json", **headers)


def on_the_page(email="ana@example.com", password=PASSWORD, address=HERE, browser=None):
    form = {"username": email, "password": password}
    return (browser or Client()).post("/admin/login/", form, headers={"X-Forwarded-For": address})


def pair_through_the_api(code, address=HERE):
    headers = {"X-Forwarded-For": address}
    return ApiClient().post("/auth/pair", {"code": code}, content_type="application/json", **headers)


def pair_on_the_page(code, address=HERE):
    return Client().post("/door/pair/", {"code": code}, headers={"X-Forwarded-For": address})


def open_link(token, address=HERE):
    return Client().get(f"/set-password/MQ/{token}/", headers={"X-Forwarded-For": address})


class TestAtEveryDoor:
    @pytest.mark.parametrize("door", [through_the_api, on_the_page])
    def test_ten_passwords_over_all_accounts_and_no_more(self, user, door, settings):
        settings.PASSWORD_HASHERS = ["accounts.tests.hashers.Counted"]
        tried = [door(f"nobody{n}@example.com", "wrong").status_code for n in range(10)]
        assert set(tried) <= {200, 401}
        Counted.hashed = 0
        response = door()
        assert (response.status_code, Counted.hashed) == (429, 0), "refused before the hash"
        assert int(response["Retry-After"]) > 0
        assert door(address=ELSEWHERE).status_code in (200, 302)

    @pytest.mark.parametrize("door", [pair_through_the_api, pair_on_the_page])
    def test_ten_pairing_codes_and_no_more(self, event, door):
        device = lifecycle.add_device(event=event, name="Gate", role="registrar")
        code = lifecycle.new_pairing_code(device)
        assert {door("AAAAAAAA").status_code for _ in range(10)} <= {401, 422}
        assert door(code).status_code == 429
        assert door(code, ELSEWHERE).status_code in (200, 302)

    def test_ten_links_and_no_more(self):
        assert {open_link("abc-def").status_code for _ in range(10)} == {200}
        assert open_link("abc-def").status_code == 429
        assert open_link("abc-def", ELSEWHERE).status_code == 200

    def test_old_password_on_the_page_that_changes_it(self, client, user):
        client.force_login(user)
        wrong = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
        tried = [client.post("/admin/password_change/", wrong).status_code for _ in range(21)]
        assert tried == [200] * 20 + [429]

    def test_refusal_names_what_it_is(self, user):
        for _ in range(10):
            through_the_api(password="wrong")
        assert error(through_the_api())["code"] == "throttled"
        assert "Try again in" in on_the_page().content.decode()


class TestWhoIsKeptOut:
    def test_whole_crew_logs_in_behind_one_address(self):
        crew = [UserFactory() for _ in range(15)]
        assert [through_the_api(user.email).status_code for user in crew] == [200] * 15

    def test_browser_that_has_logged_in_before_still_does(self, user):
        browser = Client()
        assert on_the_page(browser=browser).status_code == 302
        browser.post("/admin/logout/")
        for n in range(11):
            on_the_page(f"nobody{n}@example.com", "wrong")
        assert on_the_page().status_code == 429
        assert on_the_page(browser=browser).status_code == 302

    def test_known_browser_has_an_allowance_too(self, user):
        browser = Client()
        on_the_page(browser=browser)
        browser.post("/admin/logout/")
        tried = [on_the_page(password="wrong", browser=browser).status_code for _ in range(21)]
        assert tried == [200] * 20 + [429]

    def test_many_browsers_of_one_account_share_it(self, user):
        browsers = [Client() for _ in range(3)]
        for browser in browsers:
            on_the_page(browser=browser)
            browser.post("/admin/logout/")
        tried = [
            on_the_page(f"x{n}@example.com", "x", browser=browsers[n % 3]).status_code for n in range(21)
        ]
        assert tried == [200] * 20 + [429]

    def test_forged_cookie_is_a_strangers(self, user):
        browser = Client()
        browser.cookies["known"] = guessing.account_key(user.email)
        tried = [on_the_page(password="wrong", browser=browser).status_code for _ in range(11)]
        assert tried == [200] * 10 + [429]

    def test_paired_device_is_known(self, event, user):
        code = lifecycle.new_pairing_code(lifecycle.add_device(event=event, name="Gate", role="registrar"))
        tablet = Client()
        assert tablet.post("/door/pair/", {"code": code}).status_code == 302
        assert tablet.cookies["known"]["max-age"] > timedelta(days=300).total_seconds()

    def test_success_forgives_nobody_elses_failures(self, user):
        """Else whoever has an account guesses those of others without end."""
        for _ in range(5):
            through_the_api("nobody@example.com", "wrong")
            through_the_api()
        for _ in range(5):
            through_the_api("nobody@example.com", "wrong")
        assert through_the_api().status_code == 429

    def test_strangers_are_hashed_one_at_a_time_on_two_workers(self, rf, user, monkeypatch):
        monkeypatch.setattr(guessing, "AT_ONCE", Allowance(tries=1, every=timedelta(hours=1)))
        browser = Client()
        on_the_page(browser=browser)
        browser.post("/admin/logout/")
        with guessing.password(rf.get("/"), "nobody@example.com"):
            assert through_the_api(address=ELSEWHERE).status_code == 429
            assert on_the_page(browser=browser).status_code == 302, "known ones go on"
        assert through_the_api(address=ELSEWHERE).status_code == 200

    def test_one_account_is_guessed_a_hundred_times_an_hour_from_everywhere(self, user):
        tried = [through_the_api(password="wrong", address=f"10.0.{n}.1").status_code for n in range(60)]
        assert set(tried) == {401}
        SpentAllowance.objects.exclude(key=account(user).key).delete()  # of all strangers together
        tried = [through_the_api(password="wrong", address=f"10.1.{n}.1").status_code for n in range(41)]
        assert tried[-1] == 429

    def test_all_strangers_together_leave_the_tills_some_time(self, user):
        for _ in range(60):
            limits.spend([Share(guessing.STRANGERS, "password", "")])
        assert through_the_api(address=ELSEWHERE).status_code == 429


def account(user):
    return Share(guessing.ACCOUNT, "account", guessing.account_key(user.email))


class TestAddresses:
    @pytest.mark.parametrize(
        ("sent", "peer", "proxies", "found"),
        [
            ("10.0.0.1, 203.0.113.5", "127.0.0.1", ["127.0.0.1"], HERE),
            ("203.0.113.5", "192.0.2.1", ["127.0.0.1"], "192.0.2.1"),
            ("203.0.113.5, 127.0.0.1", "127.0.0.1", ["127.0.0.1"], HERE),
            ("6.6.6.6, 203.0.113.5, 10.0.0.2", "127.0.0.1", ["127.0.0.1", "10.0.0.2"], HERE),
            ("203.0.113.5, nonsense", "127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
            ("", "127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
            ("6.6.6.6, 203.0.113.5", "", ["*"], HERE),
            ("::ffff:203.0.113.5", "127.0.0.1", ["127.0.0.1"], HERE),
            ("2001:DB8:0:0:1:0:0:1", "::1", ["::1"], "2001:db8::/64"),
            ("2001:db8::ffff", "::1", ["::1"], "2001:db8::/64"),
        ],
    )
    def test_network_behind_proxies(self, settings, sent, peer, proxies, found):
        settings.FORWARDED_ALLOW_IPS = proxies
        request = SimpleNamespace(META={"HTTP_X_FORWARDED_FOR": sent, "REMOTE_ADDR": peer})
        assert guessing.network(request) == found

    def test_one_customer_of_ipv6_is_one_stranger(self, user):
        for n in range(10):
            through_the_api(password="wrong", address=f"2001:db8::{n}")
        assert through_the_api(address="2001:db8::abcd").status_code == 429
        assert through_the_api(address="2001:db8:0:1::1").status_code == 200

    def test_spellings_of_one_address_are_one(self, user):
        for n in range(10):
            through_the_api(password="wrong", address=["203.0.113.5", "::ffff:203.0.113.5"][n % 2])
        assert through_the_api(address="::FFFF:cb00:7105").status_code == 429

    def test_whoever_claims_many_addresses_guesses_no_more_than_all_strangers(self, user):
        """From the proxy's own machine, say, or behind a proxy that passes on what it is told."""
        tried = [through_the_api("x@example.com", "x", f"10.0.{n}.1").status_code for n in range(61)]
        assert tried == [401] * 60 + [429]

    def test_forwarded_address_of_anybody_else_is_not_believed(self, user, settings):
        settings.FORWARDED_ALLOW_IPS = []
        for n in range(10):
            through_the_api(password="wrong", address=f"203.0.113.{n}")
        assert through_the_api(address=ELSEWHERE).status_code == 429


class TestAllowance:
    share = Share(Allowance(tries=3, every=timedelta(seconds=10)), "door", "who")
    at = datetime(2026, 5, 1, 20, tzinfo=UTC)

    def spend(self, after=0, *more):
        try:
            limits.spend([self.share, *more], at=self.at + timedelta(seconds=after))
        except TooManyTries as refusal:
            return refusal.seconds
        return None

    def test_comes_back_one_by_one(self):
        assert [self.spend() for _ in range(4)] == [None, None, None, 10]
        assert [self.spend(9), self.spend(10), self.spend(10)] == [1, None, 10]

    def test_never_grows_beyond_its_tries(self):
        self.spend()
        assert [self.spend(3600) for _ in range(4)] == [None, None, None, 10]

    def test_right_one_is_given_back(self):
        for _ in range(5):
            assert self.spend() is None
            limits.give_back([self.share])

    def test_where_one_of_several_is_used_up_none_is_spent(self):
        other = Share(Allowance(tries=1, every=timedelta(hours=1)), "door", "other")
        assert [self.spend(0, other), self.spend(0, other)] == [None, 3600]
        assert [self.spend(), self.spend(), self.spend()] == [None, None, 10]

    def test_table_keeps_no_addresses_and_nothing_old(self):
        self.spend()
        assert "who" not in str(SpentAllowance.objects.values().get())
        limits.spend([Share(self.share.allowance, "door", "later")], at=self.at + timedelta(hours=2))
        assert SpentAllowance.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_thirty_tries_at_once_three_are_had():
    start = threading.Barrier(30)

    def run(_index):
        try:
            start.wait(timeout=30)
            return TestAllowance().spend()
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        assert sorted(pool.map(run, range(30)), key=bool) == [None] * 3 + [10] * 27
