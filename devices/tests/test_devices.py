"""Devices: paired once by a code, ended at once, and never more than their one role."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, User
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from base.errors import Conflict, Forbidden, Invalid, NotFound
from base.tests.client import ApiClient, document, error
from devices import lifecycle
from devices.models import Device
from devices.tests.factories import add_device
from events.approvals import possible_approvers
from events.models import Event, Member
from events.tests.factories import EventFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
PAGE, API = "/door/pair/", "/auth/pair"
TEN_MINUTES, MINUTE = timedelta(minutes=10), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nobody_was_seen():
    cache.clear()


@pytest.fixture
def tablet(event):
    return add_device(event)


@pytest.fixture
def code(tablet):
    return lifecycle.new_pairing_code(tablet)


def send(code, **headers):
    return ApiClient().post(API, {"code": code}, content_type="application/json", **headers)


def paired(device):
    """A client of the API with the device's token."""
    return ApiClient(token=send(lifecycle.new_pairing_code(device)).json()["access_token"])


def open_page(device):
    """A browser that was paired as the device."""
    client = Client()
    assert client.post(PAGE, {"code": lifecycle.new_pairing_code(device)}).status_code == 302
    return client


class TestAdd:
    def test_user_of_its_own(self, tablet, event):
        user = tablet.user
        assert (user.name, user.is_device, user.has_usable_password()) == ("North tablet", True, False)
        assert user.email.endswith("@devices.invalid")
        assert list(user.memberships.values_list("event", "role")) == [(event.pk, "registrar")]

    @pytest.mark.parametrize("role", ["organizer", "", "boss"])
    def test_roles_that_only_people_have(self, event, role):
        with pytest.raises(Invalid, match="a cashier or a registrar"):
            lifecycle.add_device(event=event, name="x", role=role)
        assert not User.objects.filter(is_device=True).exists()

    def test_new_name_is_the_users_too(self, tablet):
        lifecycle.rename(tablet, "Gate 2")
        tablet.user.refresh_from_db()
        assert (str(tablet), str(tablet.user)) == ("Gate 2", "Gate 2")


class TestCode:
    def test_right_code(self, tablet, code):
        device = lifecycle.pair(code)
        assert (device, device.role) == (tablet, "registrar")

    def test_typed_in_lower_case_and_in_groups(self, tablet, code):
        assert lifecycle.pair(f" {code[:4]}-{code[4:]} ".lower()) == tablet

    def test_only_a_keyed_digest_is_kept(self, tablet, code, settings):
        row = str(Device.objects.values().get())
        assert code not in row
        settings.SECRET_KEY = "another"
        with pytest.raises(NotFound):
            lifecycle.pair(code)

    def test_works_once(self, code):
        lifecycle.pair(code)
        with pytest.raises(NotFound, match="used before"):
            lifecycle.pair(code)

    def test_expires_after_ten_minutes(self, tablet, now):
        code = lifecycle.new_pairing_code(tablet, at=now)
        with pytest.raises(NotFound):
            lifecycle.pair(code, at=now + TEN_MINUTES)
        assert lifecycle.pair(code, at=now + TEN_MINUTES - timedelta(seconds=1)) == tablet

    def test_new_one_voids_the_one_before(self, tablet, code):
        second = lifecycle.new_pairing_code(tablet)
        with pytest.raises(NotFound):
            lifecycle.pair(code)
        assert lifecycle.pair(second) == tablet

    @pytest.mark.parametrize("wrong", ["", " ", "AAAAAAAA", "x" * 500, "٣٣٣٣٣٣٣٣"])
    def test_wrong_code(self, code, wrong):
        with pytest.raises(NotFound):
            lifecycle.pair(wrong)

    def test_none_for_a_revoked_device(self, tablet, code):
        lifecycle.revoke(tablet)
        with pytest.raises(NotFound):
            lifecycle.pair(code)
        with pytest.raises(Conflict, match="was revoked"):
            lifecycle.new_pairing_code(tablet)

    def test_pairing_again_logs_the_first_out(self, tablet):
        browser, client = open_page(tablet), None
        assert browser.get("/pin/").status_code == 403
        client = paired(tablet)
        assert browser.get("/pin/").status_code == 302
        browser = open_page(tablet)
        assert client.get("/v1/orders").status_code == 401
        assert browser.get("/pin/").status_code == 403


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_tablets_with_the_same_code_at_once_one_is_paired():
    code = lifecycle.new_pairing_code(add_device(EventFactory()))
    start = threading.Barrier(20)

    def run(_index):
        try:
            start.wait(timeout=30)
            lifecycle.pair(code)
        except NotFound:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(run, range(20))) == 1


class TestApi:
    def test_code_for_a_token_that_works(self, event, code):
        response = send(code)
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        body = response.json()
        assert (body["event"], body["role"]) == (event.identifier, "registrar")
        assert ApiClient(token=body["access_token"]).get("/v1/orders").status_code == 200
        assert ApiToken.objects.get().user.is_device

    def test_wrong_code(self, code):
        response = send("AAAAAAAA")
        assert response.status_code == 401
        assert error(response)["code"] == "wrong-code"

    def test_stale_token_is_in_nobodys_way(self, code):
        assert send(code, Authorization="Bearer stale").status_code == 200

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"code": []}', b'{"code": "\\u0000"}', b"x"])
    def test_malformed_request(self, body):
        response = ApiClient().post(API, body, content_type="application/json")
        assert response.status_code == 400
        assert error(response)["code"] == "parse-error"

    def test_other_methods(self):
        assert ApiClient().get(API).status_code == 405


class TestGuessing:
    def test_ten_wrong_codes_a_minute_and_no_more(self, code):
        assert [send("AAAAAAAA").status_code for _ in range(10)] == [401] * 10
        response = send(code)
        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= 30
        assert error(response)["code"] == "throttled"
        page = Client().post(PAGE, {"code": code})
        assert (page.status_code, 0 < int(page["Retry-After"]) <= 30) == (429, True)
        assert "Too many tries. Try again in" in page.content.decode()

    def test_page_counts_too(self, client, code):
        assert [client.post(PAGE, {"code": "AAAAAAAA"}).status_code for _ in range(10)] == [422] * 10
        assert client.post(PAGE, {"code": code}).status_code == 429
        assert send(code).status_code == 429

    def test_other_addresses_are_not_locked(self, code):
        for _ in range(11):
            send("AAAAAAAA", **{"X-Forwarded-For": "203.0.113.5"})
        assert send(code, **{"X-Forwarded-For": "203.0.113.5"}).status_code == 429
        assert send(code, **{"X-Forwarded-For": "198.51.100.7"}).status_code == 200

    def test_people_can_still_log_in(self, organizer):
        for _ in range(11):
            send("AAAAAAAA")
        body = {"email": organizer.email, "password": PASSWORD}
        assert ApiClient().post("/auth/session", body, content_type="application/json").status_code == 200


class TestPage:
    def test_form_is_filled_from_the_address(self, client, code):
        response = client.get(f"{PAGE}?code={code}")
        assert f'value="{code}"' in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        assert Device.objects.get().pairing_digest, "opening the page uses nothing up"

    @pytest.mark.parametrize(("role", "place"), [("registrar", "/door/{}/"), ("cashier", "/till/{}/")])
    def test_leads_to_the_work(self, client, event, role, place):
        code = lifecycle.new_pairing_code(add_device(event, role))
        response = client.post(PAGE, {"code": code})
        assert (response.status_code, response.url) == (302, place.format(event.identifier))
        assert client.session.get_expiry_age() > timedelta(days=29).total_seconds()

    def test_cashiers_device_opens_the_till(self, event):
        page = open_page(add_device(event, "cashier")).get(f"/till/{event.identifier}/")
        assert page.status_code == 200
        assert 'href="/admin/' not in page.content.decode()

    def test_wrong_code_is_not_shown_again(self, client, code):
        response = client.post(PAGE, {"code": "AAAAAAAA"})
        assert response.status_code == 422
        assert "This code is wrong" in response.content.decode()
        assert "AAAAAAAA" not in response.content.decode()

    def test_says_that_somebody_is_logged_out(self, client, cashier):
        client.force_login(cashier)
        assert "Pairing logs you out" in client.get(PAGE).content.decode()

    def test_form_without_csrf_token_is_refused(self, code):
        assert Client(enforce_csrf_checks=True).post(PAGE, {"code": code}).status_code == 403

    @pytest.mark.parametrize("sent", ["", "a\x00b", "x" * 40])
    def test_what_is_no_code(self, client, sent):
        assert client.post(PAGE, {"code": sent}).status_code == 422
        assert client.get(PAGE, {"code": sent}).status_code == 200


class TestRevoke:
    def test_ends_token_and_session_at_once(self, tablet):
        client, browser = paired(tablet), None
        assert client.get("/v1/orders").status_code == 200
        assert lifecycle.revoke(tablet) is True
        assert client.get("/v1/orders").status_code == 401
        second = add_device(tablet.event, name="Another")
        browser = open_page(second)
        assert browser.get("/pin/").status_code == 403
        lifecycle.revoke(second)
        assert browser.get("/pin/").status_code == 302, "not logged in"

    def test_stays_ended_when_somebody_activates_the_account(self, tablet):
        browser = open_page(tablet)
        lifecycle.revoke(tablet)
        User.objects.update(is_active=True)
        assert browser.get("/pin/").status_code == 302

    def test_again_changes_nothing(self, tablet, now):
        lifecycle.revoke(tablet, at=now)
        assert lifecycle.revoke(tablet, at=now + MINUTE) is False
        tablet.refresh_from_db()
        assert tablet.revoked_at == now

    def test_name_is_free_again(self, tablet, event):
        lifecycle.revoke(tablet)
        assert add_device(event).name == tablet.name


class TestSeen:
    def forget(self):
        Device.objects.update(last_seen_at=None)
        cache.clear()

    def last(self, tablet):
        tablet.refresh_from_db()
        return tablet.last_seen_at

    def test_at_most_once_a_minute(self, tablet, now):
        for seconds, expected in ((0, 0), (30, 0), (60, 60), (90, 60)):
            cache.clear()  # as another process would have it
            lifecycle.seen(tablet.user, at=now + timedelta(seconds=seconds))
            assert self.last(tablet) == now + timedelta(seconds=expected)

    def test_in_one_process_the_rest_of_the_minute_costs_nothing(self, tablet, django_assert_num_queries):
        lifecycle.seen(tablet.user)
        with django_assert_num_queries(0):
            lifecycle.seen(tablet.user)

    @pytest.mark.parametrize("way", ["token", "session"])
    def test_by_what_it_does(self, tablet, way):
        client = paired(tablet) if way == "token" else open_page(tablet)
        self.forget()
        client.get("/v1/events" if way == "token" else f"/till/{tablet.event.identifier}/")
        assert self.last(tablet)

    def test_elsewhere_is_not_at_work(self, tablet):
        browser = open_page(tablet)
        self.forget()
        browser.get("/pin/")
        assert self.last(tablet) is None

    def test_people_cost_no_statement(self, api, tablet, registrar):
        person, device = api(registrar), paired(tablet)

        def statements(client):
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/v1/events").status_code == 200
            return [query["sql"] for query in captured.captured_queries]

        first, again = statements(device), statements(device)
        assert [sql for sql in first if "devices_device" in sql]
        assert len(first) == len(again) + 1
        assert len(statements(person)) == len(again)


class TestRights:
    def test_reads_the_guests_of_its_event_and_no_other(self, tablet):
        client, elsewhere = paired(tablet), EventFactory(state=Event.State.DRAFT)
        assert client.get(f"/v1/events/{tablet.event.pk}/attendees").status_code == 200
        assert client.get(f"/v1/events/{elsewhere.pk}/attendees").status_code == 404
        public = EventFactory()
        assert client.get(f"/v1/events/{public.pk}/attendees").status_code == 403
        assert [row["id"] for row in client.get("/v1/events").json()["data"]] == [
            str(public.pk),
            str(tablet.event.pk),
        ]

    def test_registrars_device_sells_nothing(self, tablet):
        response = paired(tablet).sell(tablet.event, (TicketFactory(event=tablet.event), 1))
        assert response.status_code == 403

    def test_organizes_nothing(self, tablet):
        times = {"starts_at": "2027-03-20T18:00:00Z", "ends_at": "2027-03-21T02:00:00Z"}
        response = paired(tablet).post("/v1/events", document("event", name="Mine", **times))
        assert (response.status_code, error(response)["code"]) == (403, "device")
        assert not Event.objects.filter(name="Mine").exists()

    def test_is_not_let_into_the_admin(self, tablet):
        browser = open_page(tablet)
        for page in ("/admin/", "/admin/password_change/", "/admin/events/event/"):
            response = browser.get(page)
            assert response.status_code == 302
            assert response.url.startswith("/admin/login/")

    def test_logs_in_nowhere_by_password(self, client, tablet):
        form = {"username": tablet.user.email, "password": ""}
        for password in ("", tablet.user.password, PASSWORD):
            assert client.post("/admin/login/", {**form, "password": password}).status_code == 200

    def test_sets_no_pin_and_approves_nothing(self, tablet, event):
        assert open_page(tablet).get("/pin/").status_code == 403
        with pytest.raises(Forbidden, match="no PIN"):
            set_pin(tablet.user, "482913")
        Member.objects.update(role="organizer")
        assert possible_approvers(event) == []

    @pytest.mark.parametrize("field", [{"pin": "x"}, {"is_superuser": True}])
    def test_database_holds_that(self, tablet, field):
        for name, value in field.items():
            setattr(tablet.user, name, value)
        with pytest.raises(ValidationError, match="user_device_approves_nothing"):
            tablet.user.full_clean()
