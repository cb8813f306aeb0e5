"""A till that is locked: who comes next by a PIN, and who does not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD, UserFactory
from events.tests.factories import EventFactory
from shifts import drawer
from shifts.lock import lock, seen_open
from shifts.models import Relief, Shift
from shifts.tests.factories import ReliefFactory, ShiftFactory

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "482913", "111112"
ROLES_THERE = [("organizer", True), ("cashier", True), ("registrar", False)]


@pytest.fixture
def shift(cashier):
    return cashier.shifts.select_related("till__event").get()


@pytest.fixture
def colleague(member):
    user = member("cashier")
    set_pin(user, RIGHT)
    return user


@pytest.fixture
def at(event):
    return f"/till/{event.identifier}/"


@pytest.fixture
def till(shift, at):
    return f"{at}?till={shift.till_id}"


@pytest.fixture
def locked(client, cashier, shift, at):
    """A browser in which the cashier has locked the till."""
    client.force_login(cashier)
    client.post(f"{at}lock/?till={shift.till_id}")
    return client


def unlock(client, at, user, pin, **more):
    return client.post(f"{at}unlock/", {"who": user.pk, "password": pin, **more})


def logged_in(client):
    return client.session.get("_auth_user_id")


def test_lock_leads_back_to_the_till_by_way_of_the_pin(locked, at, till, colleague):
    page = locked.get(till, follow=True)
    assert page.redirect_chain[-1][0].startswith(f"{at}unlock/")
    assert str(colleague) in page.content.decode()
    answer = unlock(locked, at, colleague, RIGHT, next=till)
    assert answer.url == till
    assert locked.get(till).status_code == 200
    assert logged_in(locked) == str(colleague.pk)


def test_right_pin_relieves_and_both_are_recorded(locked, at, shift, colleague):
    unlock(locked, at, colleague, RIGHT)
    relief = Relief.objects.get(shift=shift)
    assert (relief.user, relief.let_in_by) == (colleague, None)
    shift.refresh_from_db()
    assert shift.is_open


def test_who_has_locked_comes_back_by_their_own_pin(locked, at, shift, cashier):
    set_pin(cashier, RIGHT)
    unlock(locked, at, cashier, RIGHT)
    assert logged_in(locked) == str(cashier.pk)
    assert not Relief.objects.exists()


def test_wrong_pin_says_how_many_tries_are_left(locked, at, colleague):
    answer = unlock(locked, at, colleague, WRONG)
    assert answer.status_code == 422
    assert "4 tries left" in answer.content.decode()
    assert logged_in(locked) is None


def test_guesses_rest_who_has_locked_and_the_password_is_the_way_left(locked, at, colleague, till):
    for _guess in range(5):
        unlock(locked, at, colleague, WRONG)
    answer = unlock(locked, at, colleague, RIGHT)
    assert answer.status_code == 422
    assert "or with the password" in answer.content.decode()
    form = {"username": colleague.email, "password": PASSWORD, "next": till}
    assert locked.post("/admin/login/", form).url == till
    assert locked.get(till).status_code == 200


def test_ones_own_pin_buys_no_more_guesses_at_a_colleagues(locked, at, cashier, colleague, shift):
    set_pin(cashier, "729104")
    for _guess in range(4):
        unlock(locked, at, colleague, WRONG)
    unlock(locked, at, cashier, "729104")
    locked.post(f"{at}lock/?till={shift.till_id}")
    unlock(locked, at, colleague, WRONG)
    assert "Too many wrong PINs" in unlock(locked, at, colleague, RIGHT).content.decode()


@pytest.mark.parametrize("browser", ["new", "logged out", "of another event", "of another till's shift"])
def test_pin_opens_nothing_where_the_till_was_not_locked(
    browser, client, locked, at, cashier, colleague, shift
):
    if browser != "of another till's shift":
        client = Client()
    if browser == "logged out":
        client.force_login(cashier)
        client.logout()
    if browser == "of another event":
        other = ShiftFactory(till__event=EventFactory())
        client.force_login(other.cashier)
        client.post(f"/till/{other.till.event.identifier}/lock/?till={other.till_id}")
    if browser == "of another till's shift":
        shift.delete()
    answer = unlock(client, at, colleague, RIGHT)
    assert answer.url.startswith("/admin/login/")
    assert logged_in(client) is None


def test_organizer_who_is_not_on_the_books_leaves_no_lock_behind(
    client, organizer, shift, at, till, colleague
):
    client.force_login(organizer)
    client.post(f"{at}lock/?till={shift.till_id}")
    assert client.get(till).url.startswith("/admin/login/")
    assert unlock(client, at, colleague, RIGHT).url.startswith("/admin/login/")


def test_relief_who_locks_leaves_a_lock_too(client, member, shift, at, colleague):
    client.force_login(ReliefFactory(shift=shift, user=member("cashier")).user)
    client.post(f"{at}lock/?till={shift.till_id}")
    unlock(client, at, colleague, RIGHT)
    assert logged_in(client) == str(colleague.pk)


def test_locked_browser_is_a_log_in_of_whoever_locked_it_and_ends_with_theirs(locked, at, cashier, colleague):
    assert Session.objects.get().user == cashier
    cashier.set_password("nine wet horses")
    cashier.save()
    assert unlock(locked, at, colleague, RIGHT).url.startswith("/admin/login/")


def test_lock_of_an_account_that_is_not_active_any_more_opens_to_nobody(locked, at, cashier, colleague):
    cashier.is_active = False
    cashier.save()
    assert unlock(locked, at, colleague, RIGHT).url.startswith("/admin/login/")


class TestWhoMayCome:
    @pytest.fixture
    def page(self, locked, at):
        return lambda: locked.get(f"{at}unlock/").content.decode()

    @pytest.mark.parametrize(("role", "comes"), ROLES_THERE)
    def test_members_who_sell(self, locked, at, page, member, role, comes):
        user = member(role)
        user.name = "Zora Neale"
        user.save()
        set_pin(user, RIGHT)
        assert ("Zora Neale" in page()) is comes
        unlock(locked, at, user, RIGHT)
        assert (logged_in(locked) == str(user.pk)) is comes

    @pytest.mark.parametrize("who", ["stranger", "inactive", "device", "superuser"])
    def test_nobody_else(self, locked, at, page, member, who):
        user = UserFactory() if who in ("stranger", "superuser") else member("cashier")
        set_pin(user, RIGHT)
        if who == "device":
            user.pin = ""
        user.is_active, user.is_device = who != "inactive", who == "device"
        user.is_superuser, user.name = who == "superuser", "Zora Neale"
        user.save()
        assert "Zora Neale" not in page()
        assert unlock(locked, at, user, RIGHT).status_code == 422
        assert logged_in(locked) is None

    @pytest.mark.parametrize("why", ["no pin", "second step"])
    def test_by_password_only(self, locked, at, page, member, colleague, why):
        user = member("cashier")
        user.name = "Zora Neale"
        user.save()
        if why == "second step":
            set_pin(user, RIGHT)
            TOTPDevice.objects.create(user=user, name="app", confirmed=True)
        assert "Zora Neale" in page().partition("With the password:")[2]
        assert unlock(locked, at, user, RIGHT).status_code == 422
        assert logged_in(locked) is None


class TestReach:
    """A PIN opens the till's own pages, and nothing else of an account."""

    @pytest.fixture
    def by_pin(self, locked, at, organizer):
        set_pin(organizer, RIGHT)
        unlock(locked, at, organizer, RIGHT)
        return locked

    def test_every_page_of_the_till_is_open(self, by_pin, at, till, shift):
        for page in (till, f"{at}recent/?till={shift.till_id}", f"{at}state/?till={shift.till_id}"):
            assert by_pin.get(page).status_code == 200

    @pytest.mark.parametrize(
        "page", ["/admin/", "/pin/", "/log-ins/", "/two-step/", "/door/{}/", "/till/{}1/"]
    )
    def test_everything_else_asks_for_the_password(self, by_pin, event, page):
        assert "/admin/login/" in by_pin.get(page.format(event.identifier), follow=False).url

    def test_password_opens_the_rest(self, by_pin, organizer):
        by_pin.post("/admin/login/", {"username": organizer.email, "password": PASSWORD})
        assert by_pin.get("/admin/").status_code == 200

    def test_log_out_and_another_log_in_leave_nothing_of_it(self, by_pin, cashier):
        by_pin.force_login(cashier)
        assert by_pin.get("/admin/").status_code == 200


class TestKnownAtTheShift:
    """Whoever looks on from elsewhere sees since when a till is locked."""

    LATER = timedelta(minutes=1)

    @pytest.fixture
    def locked_at(self, shift):
        def read():
            return Shift.objects.get(pk=shift.pk).locked_at

        return read

    @pytest.fixture
    def long_locked(self, locked, shift):
        """Locked a minute ago."""
        Shift.objects.filter(pk=shift.pk).update(locked_at=timezone.now() - self.LATER)
        return locked

    def test_lock_says_since_when(self, client, cashier, shift, at, locked_at):
        assert locked_at() is None
        before = timezone.now()
        client.force_login(cashier)
        client.post(f"{at}lock/?till={shift.till_id}")
        assert before <= locked_at() <= timezone.now()

    def test_lock_by_who_is_not_on_the_books_is_a_log_out(self, client, organizer, shift, at, locked_at):
        client.force_login(organizer)
        client.post(f"{at}lock/?till={shift.till_id}")
        assert locked_at() is None

    def test_pin_ends_it_at_once(self, locked, at, colleague, locked_at):
        unlock(locked, at, colleague, WRONG)
        assert locked_at() is not None
        unlock(locked, at, colleague, RIGHT)
        assert locked_at() is None

    def test_password_ends_it(self, long_locked, at, till, cashier, locked_at):
        long_locked.post("/admin/login/", {"username": cashier.email, "password": PASSWORD})
        assert locked_at() is not None
        long_locked.get(f"{at}signed-in/?{till.partition('?')[2]}")
        assert locked_at() is None

    @pytest.mark.parametrize("who", ["cashier", "relief"])
    def test_other_browser_of_who_works_there_ends_it(
        self, long_locked, at, shift, member, cashier, locked_at, who
    ):
        user = cashier if who == "cashier" else ReliefFactory(shift=shift, user=member("cashier")).user
        other = Client()
        other.force_login(user)
        other.get(f"{at}state/?till={shift.till_id}")
        assert locked_at() is None

    def test_own_till_is_found_without_being_named(self, long_locked, at, cashier, locked_at):
        other = Client()
        other.force_login(cashier)
        other.get(f"{at}state/")
        assert locked_at() is None

    def test_organizer_who_looks_in_does_not(self, long_locked, at, organizer, shift, locked_at):
        other = Client()
        other.force_login(organizer)
        assert other.get(f"{at}state/?till={shift.till_id}").status_code == 200
        assert locked_at() is not None

    def test_request_that_was_under_way_does_not(self, locked, cashier, shift, locked_at):
        shift.refresh_from_db()
        seen_open(shift, cashier, shift.locked_at + timedelta(seconds=1))
        assert locked_at() is not None
        seen_open(shift, cashier, shift.locked_at + self.LATER)
        assert locked_at() is None

    def test_lock_that_is_newer_than_what_was_seen_stays(self, long_locked, cashier, shift, locked_at):
        seen = Shift.objects.get(pk=shift.pk)
        Shift.objects.filter(pk=shift.pk).update(locked_at=timezone.now())
        seen_open(seen, cashier)
        assert locked_at() is not None

    def test_till_that_is_not_locked_costs_no_statement(self, shift, cashier, django_assert_num_queries):
        with django_assert_num_queries(0):
            seen_open(shift, cashier)

    def test_shift_closed_while_locked_is_closed(self, locked, shift, cashier, organizer, locked_at):
        drawer.count(shift=shift, cash=drawer.expected_cash(shift), card=Decimal(0), by=organizer)
        drawer.close_shift(shift=shift, by=organizer)
        assert locked_at() is None

    def test_closed_shift_is_not_locked(self, client, cashier, shift, rf, locked_at):
        """By a browser that stood there and did not know of the close."""
        drawer.count(shift=shift, cash=drawer.expected_cash(shift), card=Decimal(0), by=cashier)
        drawer.close_shift(shift=shift, by=cashier)
        request = rf.post("/")
        request.user, request.session = cashier, client.session
        lock(request, shift)
        assert locked_at() is None
