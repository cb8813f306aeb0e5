"""PINs: set by their owner, guessed five times at most."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import PinTries
from accounts.pins import check_new, check_password_instead, check_pin, set_pin
from accounts.tests.factories import PASSWORD, UserFactory
from base.errors import Forbidden, Invalid
from outbox.tests.post_office import deliver, mails

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "482913", "482914"
REST = timedelta(minutes=15)


@pytest.fixture
def approver(db):
    user = UserFactory()
    set_pin(user, RIGHT)
    return user


@pytest.fixture
def asker(db):
    return UserFactory()


def guess(asker, approver, pin, at=None):
    """The code of the refusal, or None for the right PIN."""
    try:
        check_pin(asker=asker, approver=approver, pin=pin, at=at)
    except Forbidden as refusal:
        return refusal.problems[0].code
    return None


class TestSet:
    def test_only_a_hash_is_kept(self, approver):
        approver.refresh_from_db()
        assert RIGHT not in approver.pin
        assert "$" in approver.pin

    @pytest.mark.parametrize("pin", ["", "48291", "4829135", "48291a", " 482913", "482913\n", "٤٨٢٩١٣"])
    def test_what_is_no_pin(self, pin):
        with pytest.raises(Invalid, match="six digits"):
            check_new(pin)

    @pytest.mark.parametrize("pin", ["48291", "000000", "123456", "987654", "567890"])
    def test_what_is_none_or_what_everybody_tries_first(self, asker, pin):
        with pytest.raises(Invalid) as refusal:
            set_pin(asker, pin)
        assert refusal.value.problems[0].path == ("pin",)
        assert asker.pin == ""


class TestCheck:
    def test_right(self, asker, approver):
        assert guess(asker, approver, RIGHT) is None

    def test_nobody_has_none(self, asker):
        assert guess(asker, UserFactory(), "") == "no-pin"

    @pytest.mark.parametrize("pin", [WRONG, "", "4829130", " 482913", "٤٨٢٩١٣", PASSWORD])
    def test_wrong(self, asker, approver, pin):
        assert guess(asker, approver, pin) == "wrong-pin"

    def test_tries_are_counted_down(self, asker, approver, now):
        left = []
        for _ in range(4):
            with pytest.raises(Forbidden, match="Wrong PIN") as refusal:
                check_pin(asker=asker, approver=approver, pin=WRONG, at=now)
            left.append(refusal.value.problems[0].meta["tries-left"])
        assert left == [4, 3, 2, 1]

    def test_five_wrong_rest_for_15_minutes(self, asker, approver, now):
        codes = [guess(asker, approver, WRONG, now) for _ in range(5)]
        assert codes == ["wrong-pin"] * 4 + ["pin-locked"]
        with pytest.raises(Forbidden, match="in 15 minutes") as refusal:
            check_pin(asker=asker, approver=approver, pin=RIGHT, at=now)
        assert refusal.value.problems[0].meta == {"seconds": 900}
        assert guess(asker, approver, RIGHT, now + REST - timedelta(seconds=1)) == "pin-locked"
        assert guess(asker, approver, RIGHT, now + REST) is None

    def test_after_the_rest_there_are_five_again(self, asker, approver, now):
        for _ in range(5):
            guess(asker, approver, WRONG, now)
        codes = [guess(asker, approver, WRONG, now + REST) for _ in range(6)]
        assert codes == ["wrong-pin"] * 4 + ["pin-locked"] * 2

    def test_right_one_resets(self, asker, approver):
        for _ in range(3):
            assert [guess(asker, approver, pin) for pin in [WRONG] * 4 + [RIGHT]] == ["wrong-pin"] * 4 + [
                None
            ]

    def test_asker_rests_from_all_pins_and_nobody_else_does(self, asker, approver):
        second = UserFactory()
        set_pin(second, "190283")
        for n in range(5):
            guess(asker, [approver, second][n % 2], WRONG)
        assert guess(asker, approver, RIGHT) == "pin-locked"
        assert guess(asker, second, "190283") == "pin-locked"
        assert guess(UserFactory(), approver, RIGHT) is None
        assert guess(UserFactory(), second, "190283") is None

    def test_rests_grow_to_a_day(self, asker, approver, now):
        rests = []
        for _ in range(5):
            for _ in range(5):
                guess(asker, approver, WRONG, now)
            PinTries.objects.filter(user=approver).delete()
            with pytest.raises(Forbidden) as refusal:
                check_pin(asker=asker, approver=approver, pin=RIGHT, at=now)
            rests.append(refusal.value.problems[0].meta["seconds"])
            now += timedelta(seconds=rests[-1])
        assert [seconds / 900 for seconds in rests] == [1, 4, 16, 64, 96]


class TestPinOverAllAskers:
    """Askers are cheap: whoever makes an event makes them."""

    def rest(self, approver, now):
        for n in range(20):
            guess(self.askers[n // 4], approver, WRONG, now)

    @pytest.fixture(autouse=True)
    def _askers(self, db):
        self.askers = [UserFactory() for _ in range(5)]

    def test_twenty_wrong_let_it_rest(self, approver, now):
        self.rest(approver, now)
        assert guess(UserFactory(), approver, RIGHT, now) == "pin-locked"
        assert guess(UserFactory(), approver, RIGHT, now + REST) is None

    def test_password_works_in_its_place(self, asker, approver, now):
        self.rest(approver, now)
        check_password_instead(asker=asker, approver=approver, password=PASSWORD)
        with pytest.raises(Forbidden, match="not the password"):
            check_password_instead(asker=asker, approver=approver, password="wrong")

    def test_right_ones_between_hide_no_wrong_ones(self, asker, approver, now):
        for n in range(20):
            assert guess(asker, approver, RIGHT, now) is None
            guess(self.askers[n // 4], approver, WRONG, now)
        assert guess(asker, approver, RIGHT, now) == "pin-locked"

    def test_slips_of_many_nights_are_forgotten(self, asker, approver, now):
        for night in range(60):
            guess(asker, approver, WRONG, now + timedelta(days=night))
            assert guess(asker, approver, RIGHT, now + timedelta(days=night)) is None

    def test_right_one_at_the_last_try_lets_nothing_rest(self, approver, now):
        for n in range(19):
            guess(self.askers[n // 4], approver, WRONG, now)
        assert guess(UserFactory(), approver, RIGHT, now) is None
        assert guess(UserFactory(), approver, RIGHT, now) is None
        assert guess(UserFactory(), approver, WRONG, now) == "pin-locked"

    def test_owner_is_told_until_there_is_a_new_pin(self, client, approver, now):
        client.force_login(approver)
        assert "guessed" not in client.get("/pin/").content.decode()
        self.rest(approver, now)
        assert "Somebody has guessed at your PIN" in client.get("/pin/").content.decode()
        set_pin(approver, "190283")
        assert "guessed" not in client.get("/pin/").content.decode()
        assert guess(UserFactory(), approver, "190283", now) is None

    def test_owner_is_told_on_the_admins_first_page(self, client, member, now):
        organizer = member("organizer")
        set_pin(organizer, RIGHT)
        self.rest(organizer, now)
        client.force_login(organizer)
        assert "Somebody has guessed at your PIN" in client.get("/admin/").content.decode()
        client.force_login(member("organizer"))
        assert "guessed" not in client.get("/admin/").content.decode()


class TestTables:
    def test_pin_is_in_no_table(self, asker, approver):
        guess(asker, approver, WRONG)
        rows = str(PinTries.objects.values())
        assert RIGHT not in rows
        assert WRONG not in rows


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [False, True], ids=["first guesses", "guessed before"])
def test_of_twenty_guesses_at_once_five_are_judged(asker, approver, known):
    if known:
        assert guess(asker, approver, RIGHT) is None
    start = threading.Barrier(20)

    def run(_index):
        try:
            start.wait(timeout=30)
            return guess(asker, approver, WRONG)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(run, range(20)))
    # The fifth is judged too, and told that there are no more.
    assert codes == ["pin-locked"] * 16 + ["wrong-pin"] * 4
    assert guess(asker, approver, RIGHT) == "pin-locked"


class TestPage:
    @pytest.fixture
    def page(self, client, asker):
        client.force_login(asker)
        return client

    def post(self, page, **fields):
        return page.post("/pin/", {"password": PASSWORD, "pin": RIGHT, "repeated": RIGHT, **fields})

    def test_log_in_comes_first(self, client):
        response = client.get("/pin/")
        assert (response.status_code, response.url) == (302, "/admin/login/?next=/pin/")
        assert client.post("/pin/", {}).status_code == 302

    def test_sets_the_pin(self, page, asker):
        response = page.post("/pin/", {"password": PASSWORD, "pin": RIGHT, "repeated": RIGHT}, follow=True)
        assert response.redirect_chain == [("/pin/", 302)]
        assert "Your PIN is set." in response.content.decode()
        asker.refresh_from_db()
        assert guess(UserFactory(), asker, RIGHT) is None

    def test_changes_the_pin(self, client, approver):
        client.force_login(approver)
        assert self.post(client, pin="190283", repeated="190283").status_code == 302
        approver.refresh_from_db()
        assert guess(UserFactory(), approver, RIGHT) == "wrong-pin"
        assert guess(UserFactory(), approver, "190283") is None

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"password": "wrong"}, "This is not your password."),
            ({"password": ""}, "This field is required."),
            ({"repeated": WRONG}, "The two PINs differ."),
            ({"pin": "12345", "repeated": "12345"}, "A PIN has six digits"),
            ({"pin": "111111", "repeated": "111111"}, "A PIN has six digits"),
            ({"pin": "٤٨٢٩١٣", "repeated": "٤٨٢٩١٣"}, "A PIN has six digits"),
            ({"pin": "48\x002913", "repeated": "48\x002913"}, "Null characters"),
            ({"pin": ""}, "This field is required."),
        ],
    )
    def test_mistakes_are_shown(self, page, asker, fields, message):
        response = self.post(page, **fields)
        assert response.status_code == 422
        assert message in response.content.decode()
        asker.refresh_from_db()
        assert asker.pin == ""

    def test_typed_digits_are_not_shown_again(self, page):
        content = self.post(page, repeated=WRONG).content.decode()
        assert not re.search(rf"{RIGHT}|{WRONG}|{PASSWORD}", content)

    def test_password_is_guessed_twenty_times_at_most(self, page):
        statuses = [self.post(page, password="wrong").status_code for _ in range(21)]
        assert statuses == [422] * 20 + [429]
        assert self.post(page).status_code == 429

    def test_form_without_csrf_token_is_refused(self, asker):
        client = Client(enforce_csrf_checks=True)
        client.force_login(asker)
        assert self.post(client).status_code == 403

    def test_nothing_is_inline_and_nothing_cached(self, page):
        response = page.get("/pin/")
        assert "no-store" in response["Cache-Control"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", response.content.decode())

    def test_admin_leads_there(self, client, approver):
        approver.is_superuser = True
        approver.save()
        client.force_login(approver)
        assert '<a href="/pin/">' in client.get("/admin/").content.decode()


class TestWarning:
    def test_owner_is_mailed_once_their_pin_rests(self, approver, settings):
        settings.SENDS_MAIL = True
        for _ in range(20):
            assert mails() == []
            guess(UserFactory(), approver, WRONG)
        (posted,) = mails()
        assert posted.recipient == approver.email
        guess(UserFactory(), approver, WRONG)
        assert len(mails()) == 1
        (sent,) = deliver()
        assert "PIN" in sent.subject
        assert RIGHT not in sent.body
        assert WRONG not in sent.body

    def test_an_asker_who_rests_is_no_owner_s_matter(self, asker, settings):
        settings.SENDS_MAIL = True
        for _ in range(5):
            owner = UserFactory()
            set_pin(owner, RIGHT)
            guess(asker, owner, WRONG)
        assert mails() == []

    def test_a_right_guess_is_none(self, approver, settings):
        settings.SENDS_MAIL = True
        for _ in range(19):
            guess(UserFactory(), approver, WRONG)
        assert guess(UserFactory(), approver, RIGHT) is None
        assert mails() == []
