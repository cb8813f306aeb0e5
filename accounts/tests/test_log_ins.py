"""Where somebody is logged in: seen, ended one by one, and all of it by a new password."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from zxcvbn.matching import L33T_TABLE, enumerate_l33t_subs, relevant_l33t_subtable

from accounts import log_ins, sessions
from accounts.links import set_password_link
from accounts.models import ApiToken, Session, User
from accounts.passwords import estimated
from accounts.tests.factories import PASSWORD
from base.tests.client import ApiClient
from devices import lifecycle

pytestmark = pytest.mark.django_db
NEW = "seven green bicycles"


@pytest.fixture
def user(member):
    return member("organizer")


@pytest.fixture
def browser(user):
    return browser_of(user)


def browser_of(user):
    browser = Client(headers={"User-Agent": "Firefox on the desk", "X-Forwarded-For": "203.0.113.5"})
    assert browser.post("/admin/login/", {"username": user.email, "password": PASSWORD}).status_code == 302
    return browser


def program_of(user):
    body = {"email": user.email, "password": PASSWORD}
    headers = {"User-Agent": "curl/8"}
    response = ApiClient().post("/auth/session", body, content_type="application/json", **headers)
    return ApiClient(token=response.json()["access_token"])


def is_in(browser):
    return browser.get("/log-ins/").status_code == 200


def works(program):
    return program.get("/v1/orders").status_code == 200


class TestNewPassword:
    """Whatever way it is set."""

    def on_the_page(self, user, browser):
        form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
        assert browser.post("/admin/password_change/", form).status_code == 302

    def by_link(self, user, browser):
        user.refresh_from_db()
        link = set_password_link(browser.get("/log-ins/").wsgi_request, user)
        guest = Client()
        assert guest.post(link, {"new_password1": NEW, "new_password2": NEW}).status_code == 302

    def by_command(self, user, browser, monkeypatch=None):
        monkeypatch.setattr("getpass.getpass", lambda *_args, **_named: NEW)
        call_command("changepassword", user.email, verbosity=0)

    def in_the_shell(self, user, browser):
        user = User.objects.get(pk=user.pk)
        user.set_password(NEW)
        user.save()

    @pytest.mark.parametrize("way", ["on_the_page", "by_link", "by_command", "in_the_shell"])
    def test_ends_every_token_and_every_other_session(self, user, browser, way, monkeypatch):
        other, program = browser_of(user), program_of(user)
        more = {"monkeypatch": monkeypatch} if way == "by_command" else {}
        getattr(self, way)(user, browser, **more)
        user.refresh_from_db()
        assert user.check_password(NEW)
        assert not is_in(other)
        assert not works(program)
        assert not ApiToken.objects.exists()
        assert is_in(browser) is (way == "on_the_page"), "whoever changes it stays logged in"

    def test_leaves_those_of_others_alone(self, user, browser, organizer, member):
        colleague = member("cashier")
        theirs, program = browser_of(colleague), program_of(colleague)
        self.on_the_page(user, browser)
        assert is_in(theirs)
        assert works(program)

    def test_better_hash_of_the_same_one_is_none(self, user, settings):
        program = program_of(user)
        settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2", *settings.PASSWORD_HASHERS]
        assert user.check_password(PASSWORD)
        assert user.password.startswith("argon2")
        assert works(program)


def test_deactivated_account_stays_logged_out_when_it_comes_back(client, user, browser):
    program = program_of(user)
    client.force_login(User.objects.create_superuser("root@example.com"))
    url = f"/admin/accounts/user/{user.pk}/change/"
    assert client.post(url, {"email": user.email}).status_code == 302
    assert client.post(url, {"email": user.email, "is_active": "on"}).status_code == 302
    assert not is_in(browser)
    assert not works(program)


class TestPage:
    def test_lists_browsers_and_programs_with_where_they_are(self, user, browser):
        program_of(user)
        content = browser.get("/log-ins/").content.decode()
        for shown in ("This browser", "Firefox on the desk", "203.0.113.5", "A program (API)", "curl/8"):
            assert shown in content

    def test_opens_nothing_by_what_it_shows(self, user, browser):
        program_of(user)
        content = browser.get("/log-ins/").content.decode()
        keys = [*Session.objects.values_list("pk", flat=True), *ApiToken.objects.values_list("pk", flat=True)]
        assert len(keys) == 2
        assert not any(key[:12] in content for key in keys)

    def test_ends_one(self, user, browser):
        other, program = browser_of(user), program_of(user)
        for log_in in log_ins.of(user, this=browser.session.session_key):
            if log_in.is_program:
                assert browser.post("/log-ins/", {"end": log_in.reference}).status_code == 302
        assert not works(program)
        assert is_in(other)

    def test_ends_all_others(self, user, browser):
        other, program = browser_of(user), program_of(user)
        browser.post("/log-ins/", {"others": "yes"})
        assert is_in(browser)
        assert not is_in(other)
        assert not works(program)

    def test_ends_nobody_elses(self, user, browser, member):
        colleague = member("cashier")
        theirs = browser_of(colleague)
        (log_in,) = log_ins.of(colleague)
        assert browser.post("/log-ins/", {"end": log_in.reference}).status_code == 302
        assert is_in(theirs)
        assert "203.0.113.5" in browser.get("/log-ins/").content.decode()

    def test_is_no_devices(self, event):
        code = lifecycle.new_pairing_code(lifecycle.add_device(event=event, name="Gate", role="registrar"))
        tablet = Client()
        tablet.post("/door/pair/", {"code": code})
        assert tablet.get("/log-ins/").status_code == 403

    def test_log_in_comes_first(self, client):
        assert client.get("/log-ins/").url == "/admin/login/?next=/log-ins/"


class TestShift:
    def age(self, **ago):
        """Let the only session be used last so long ago."""
        store = sessions.SessionStore(Session.objects.get().session_key)
        store[sessions.SEEN] -= int(timedelta(**ago).total_seconds())
        store.save()
        left = timedelta(hours=12) - timedelta(**ago)
        Session.objects.update(expire_date=timezone.now() + left)

    def test_ends_twelve_hours_after_the_last_act(self, browser):
        assert browser.session.get_expiry_age() == 12 * 3600
        self.age(hours=12, seconds=1)
        assert not is_in(browser)

    def test_goes_on_for_whoever_does_something(self, browser):
        self.age(hours=11)
        assert browser.get("/log-ins/", headers={"Accept": "text/html"}).status_code == 200
        assert Session.objects.get().expire_date > timezone.now() + timedelta(hours=11)
        assert Session.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)

    def test_is_not_prolonged_by_a_page_that_asks_by_itself(self, browser):
        self.age(hours=11)
        browser.get("/log-ins/", headers={"Accept": "*/*"})
        assert Session.objects.get().expire_date < timezone.now() + timedelta(hours=2)

    def test_devices_stay_for_thirty_days_and_no_longer(self, event):
        code = lifecycle.new_pairing_code(lifecycle.add_device(event=event, name="Gate", role="registrar"))
        tablet = Client(headers={"Accept": "text/html"})
        tablet.post("/door/pair/", {"code": code})
        ends = Session.objects.get().expire_date
        assert timedelta(days=29) < ends - timezone.now() <= timedelta(days=30)
        store = sessions.SessionStore(Session.objects.get().session_key)
        store[sessions.SEEN] -= 3600
        store.save()
        assert tablet.get(f"/door/{event.identifier}/").status_code == 200
        assert abs(Session.objects.get().expire_date - ends) < timedelta(seconds=2)


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
        "http:///evil.example",
        "",
    ],
)
def test_log_in_that_shall_lead_elsewhere_leads_to_the_first_page(user, next_page):
    form = {"username": user.email, "password": PASSWORD, "next": next_page}
    response = Client().post("/admin/login/", form, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain == [("/admin/", 302)]


class TestTooEasy:
    @pytest.mark.parametrize(
        "password",
        ["abcdwxyz", "elevenchars", "abcdefghijkl", "qwertyuiop12", "passwordpassword", "P@ssw0rd1234",
         "123456789012", "839172640518", "iloveyou1234", "onsiteonsite", "thunderstorm",
         "ana.silva@example.com"],
    )  # fmt: skip
    def test_refused(self, user, browser, password):
        user.email, user.name = "ana.silva@example.com", "Ana Silva"
        user.save()
        form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
        assert browser.post("/admin/password_change/", form).status_code == 200
        user.refresh_from_db()
        assert user.check_password(PASSWORD)

    @pytest.mark.parametrize(
        "signs", ["4@8({[<369&#!/|0$5+7%2", "1!|7+0$5@48({<3692%", "(1{2[3<4!5|6$7+8%9@0"]
    )
    def test_takes_no_long_to_tell(self, signs):
        """Each way to read signs as letters is looked up in every list."""
        for password in (signs * 9, "kT9 " + signs * 9, signs):
            ways = enumerate_l33t_subs(relevant_l33t_subtable(estimated(password), L33T_TABLE))
            assert len(ways) <= 36
            assert len(estimated(password)) <= 48

    @pytest.mark.parametrize("password", ["p@$$word1234", "P@$$W0RD1234", "1l0vey0u!!!!"])
    def test_is_not_made_good_by_signs(self, password):
        with pytest.raises(ValidationError):
            validate_password(password)

    @pytest.mark.parametrize("password", ["k$T@9!x|Qz[m<4", "lantern (quarry) spoon!", "Wq7%{r+[Zp0(|"])
    def test_is_not_what_is_random(self, password):
        validate_password(password)


@pytest.mark.walk
def test_cookies_of_a_secure_site_belong_to_its_host_alone():
    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print(*sorted(getattr(s, name) for name in dir(s) if name.endswith('COOKIE_NAME')))"
    )
    names = ["csrftoken", "known", "sessionid"]
    for secure, prefix in [("1", "__Host-"), ("0", "")]:
        environment = {**os.environ, "SECURE_SSL_REDIRECT": secure}
        found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        # Django's own for languages is never set.
        assert [name for name in found.stdout.split() if name != "django_language"] == [
            f"{prefix}{name}" for name in names
        ]
