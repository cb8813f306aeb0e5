"""Two-step log-in: off until somebody turns it on, then asked for at every door."""

import re
import time

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.links import set_password_link
from accounts.models import RecoveryCode, User
from accounts.tests.factories import PASSWORD
from base.tests.client import ApiClient, error

pytestmark = pytest.mark.django_db
NEW = "seven green bicycles"


@pytest.fixture
def user(member):
    return member("organizer")


@pytest.fixture
def recovery(user):
    """Two-step log-in is on; the recovery codes."""
    second_factor.begin(user)
    codes = second_factor.turn_on(user, code_of(user))
    TOTPDevice.objects.update(last_t=-1)  # as if that had been a while ago
    return codes


def code_of(user, steps=0):
    app = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    app.time = time.time() + 30 * steps
    return f"{app.token():06d}"


def through_the_api(user, password=PASSWORD, **more):
    body = {"email": user.email, "password": password, **more}
    return ApiClient().post("/auth/session", body, content_type="application/json")


def on_the_page(user, **more):
    return Client().post("/admin/login/", {"username": user.email, "password": PASSWORD, **more})


def test_off_by_default(user):
    assert through_the_api(user).status_code == 200
    assert on_the_page(user).status_code == 302
    assert through_the_api(user, code="123456").status_code == 200


class TestOn:
    def test_password_alone_is_not_enough(self, user, recovery):
        response = through_the_api(user)
        assert (response.status_code, error(response)["code"]) == (401, "code-required")
        page = on_the_page(user)
        assert page.status_code == 200
        assert "Type the code of your app" in page.content.decode()

    def test_code_lets_in(self, user, recovery):
        assert through_the_api(user, code=code_of(user)).status_code == 200
        TOTPDevice.objects.update(last_t=-1)
        code = code_of(user)
        assert on_the_page(user, code=f"{code[:3]} {code[3:]}").status_code == 302

    def test_code_alone_is_not_enough(self, user, recovery):
        response = through_the_api(user, password="wrong", code=code_of(user))
        assert error(response)["code"] == "authentication-failed"

    @pytest.mark.parametrize("code", ["000000", "ABCD-EFGH", "x" * 32, "٤٨٢٩١٣"])
    def test_wrong_code(self, user, recovery, code):
        response = through_the_api(user, code=code)
        assert (response.status_code, error(response)["code"]) == (401, "wrong-code")
        assert on_the_page(user, code=code).status_code == 200

    def test_code_of_long_ago(self, user, recovery):
        assert error(through_the_api(user, code=code_of(user, steps=-5)))["code"] == "wrong-code"

    def test_code_works_once(self, user, recovery):
        code = code_of(user)
        assert through_the_api(user, code=code).status_code == 200
        assert error(through_the_api(user, code=code))["code"] == "wrong-code"

    def test_recovery_code_works_once(self, user, recovery):
        assert through_the_api(user, code=recovery[0].lower()).status_code == 200
        assert error(through_the_api(user, code=recovery[0]))["code"] == "wrong-code"
        assert on_the_page(user, code=recovery[1]).status_code == 302

    def test_codes_are_guessed_five_times_at_most(self, user, recovery):
        tried = [through_the_api(user, code="000000").status_code for _ in range(6)]
        assert tried == [401] * 5 + [429]
        assert on_the_page(user, code=code_of(user)).status_code == 429
        assert on_the_page(user, code=recovery[0]).status_code == 302, "the other way is open"

    def test_link_to_set_a_password_logs_nobody_in(self, rf, user, recovery):
        link = set_password_link(rf.get("/"), user)
        browser = Client()
        response = browser.post(link, {"new_password1": NEW, "new_password2": NEW}, follow=True)
        assert response.redirect_chain[-1][0].startswith("/admin/login/")
        user.refresh_from_db()
        assert user.check_password(NEW)

    def test_only_digests_of_recovery_codes_are_kept(self, recovery):
        rows = str(RecoveryCode.objects.values())
        assert len(recovery) == 10
        assert not any(code in rows or code.replace("-", "") in rows for code in recovery)


class TestPage:
    @pytest.fixture
    def browser(self, client, user):
        client.force_login(user)
        return client

    def test_turns_it_on(self, browser, user):
        assert "It is off" in browser.get("/two-step/").content.decode()
        assert browser.post("/two-step/", {"act": "begin"}).status_code == 302
        content = browser.get("/two-step/").content.decode()
        assert second_factor.secret_of(TOTPDevice.objects.get()) in content
        assert on_the_page(user).status_code == 302, "not before a code was typed"
        form = {"act": "on", "password": PASSWORD, "code": code_of(user)}
        response = browser.post("/two-step/", form)
        codes = re.findall(r"<code>(\w{8}-\w{8})</code>", response.content.decode())
        assert len(codes) == 10
        assert "no-store" in response["Cache-Control"]
        assert on_the_page(user).status_code == 200
        assert on_the_page(user, code=codes[0]).status_code == 302
        content = browser.get("/two-step/").content.decode()
        assert "9 recovery codes are left" in content
        assert second_factor.secret_of(TOTPDevice.objects.get()) not in content

    @pytest.mark.parametrize("typed", [{"password": "wrong"}, {"code": "000000"}, {"code": ""}, {"act": "x"}])
    def test_mistakes_change_nothing(self, browser, user, typed):
        second_factor.begin(user)
        form = {"act": "on", "password": PASSWORD, "code": code_of(user), **typed}
        assert browser.post("/two-step/", form).status_code == 422
        assert not second_factor.is_on(user)

    @pytest.mark.parametrize("typed", [{"password": "wrong"}, {"code": "000000"}])
    @pytest.mark.parametrize("act", ["off", "codes"])
    def test_turning_off_needs_both(self, browser, user, recovery, act, typed):
        form = {"act": act, "password": PASSWORD, "code": code_of(user), **typed}
        assert browser.post("/two-step/", form).status_code == 422
        assert second_factor.is_on(user)
        assert on_the_page(user, code=recovery[0]).status_code == 302

    def test_turns_it_off(self, browser, user, recovery):
        form = {"act": "off", "password": PASSWORD, "code": code_of(user)}
        assert browser.post("/two-step/", form).status_code == 302
        assert on_the_page(user).status_code == 302
        assert not RecoveryCode.objects.exists()

    def test_new_recovery_codes_void_the_old(self, browser, user, recovery):
        form = {"act": "codes", "password": PASSWORD, "code": code_of(user)}
        assert browser.post("/two-step/", form).status_code == 200
        assert on_the_page(user, code=recovery[0]).status_code == 200

    def test_begun_again_while_it_is_on_changes_nothing(self, browser, user, recovery):
        browser.post("/two-step/", {"act": "begin"})
        assert TOTPDevice.objects.get().confirmed

    def test_superuser_helps_who_has_lost_the_app(self, client, user, recovery):
        client.force_login(User.objects.create_superuser("root@example.com"))
        chosen = {"action": "turn_off_two_step", "_selected_action": [user.pk]}
        client.post("/admin/accounts/user/", chosen)
        assert on_the_page(user).status_code == 302
