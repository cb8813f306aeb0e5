"""In which language somebody is answered: their account's, else the browser's, else the site's."""

import shutil
from contextlib import contextmanager

import pytest
from django.utils import translation

from accounts.tests.factories import UserFactory
from base import words

pytestmark = pytest.mark.django_db

GERMAN, DUTCH = {"Accept-Language": "de-AT,en;q=0.5"}, {"Accept-Language": "nl,de;q=0.8,en;q=0.7"}


@pytest.fixture(autouse=True)
def _as_before():
    """Django leaves a thread in the language of its last request."""
    with translation.override("en"):
        yield


def of(response):
    return response.headers["Content-Language"]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("de-AT,en;q=0.5", "de"),
        ("en-GB,de;q=0.5", "en"),
        ("nl", "en"),
        ("nl,de;q=0.8", "de"),
        ("ar-EG", "ar"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=0,fr;q=0.1", "fr"),
        ("de-CH-1996", "de"),
        ("zh-Hant", "en"),
        ("de" * 5000, "en"),
        ("de," * 4000, "de"),
        (";;;,", "en"),
    ],
)
def test_a_browser_is_answered_in_the_language_that_it_likes_best_of_those_offered(client, asked, answered):
    response = client.get("/admin/login/", headers={"Accept-Language": asked})
    assert of(response) == answered
    assert f'<html lang="{answered}" dir=' in response.content.decode()
    assert "Accept-Language" in response.headers["Vary"]


def test_who_is_logged_in_is_answered_in_the_language_of_the_account(client):
    client.force_login(UserFactory(language="de"))
    assert of(client.get("/language/", headers={"Accept-Language": "en"})) == "de"
    assert of(client.get("/language/")) == "de"


def test_whose_account_has_no_language_is_answered_in_the_browsers(client):
    client.force_login(UserFactory())
    assert of(client.get("/language/", headers=GERMAN)) == "de"


def test_a_language_is_chosen_on_a_page_and_holds_everywhere(client):
    user = UserFactory()
    client.force_login(user)
    assert client.post("/language/", {"language": "de"}).status_code == 302
    user.refresh_from_db()
    assert user.language == "de"
    assert of(client.get("/log-ins/")) == "de"


@pytest.mark.parametrize(("chosen", "told"), [("fr", "fr"), ("", "de")])
def test_that_a_language_is_chosen_is_told_in_it(client, chosen, told):
    client.force_login(UserFactory(language="es"))
    page = client.post("/language/", {"language": chosen}, headers=GERMAN, follow=True)
    with translation.override(told):
        assert translation.gettext("Your language is set.") in page.content.decode()


def test_a_language_that_is_not_offered_cannot_be_chosen(client):
    user = UserFactory()
    client.force_login(user)
    assert client.post("/language/", {"language": "nl"}).status_code == 422
    user.refresh_from_db()
    assert user.language == ""


def test_a_language_that_is_not_offered_any_more_is_as_none(client):
    client.force_login(UserFactory(language="nl"))
    assert of(client.get("/language/", headers=GERMAN)) == "de"


def test_a_page_for_who_reads_from_the_right_says_so(client):
    page = client.get("/forgot/", headers={"Accept-Language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in page


def test_a_refusal_of_the_api_is_told_in_the_language_of_the_account_with_the_same_code(api, event):
    speaks = UserFactory(language="de")
    here, there = (api(user).get("/v1/orders/999999") for user in (speaks, UserFactory()))
    assert (of(here), of(there)) == ("de", "en")
    (german,), (english,) = (answer.json()["errors"] for answer in (here, there))
    assert german["code"] == english["code"]
    assert german["detail"] != english["detail"]


def test_a_refusal_of_the_api_to_nobody_is_told_in_the_language_that_is_asked_for(client):
    response = client.get("/v1/orders", headers=GERMAN)
    assert (response.status_code, of(response)) == (401, "de")
    assert of(client.get("/v1/orders", headers=DUTCH)) == "de"


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_words_of_the_scripts_have_an_address_for_each_language(client, language):
    response = client.get(f"/jsi18n/{language}/", headers={"Accept-Language": "nl"})
    assert response.status_code == 200
    assert ("Abgebrochen" in response.content.decode() or "Karte" in response.content.decode()) == (
        language == "de"
    )


def test_a_language_that_is_not_offered_has_no_words(client):
    assert client.get("/jsi18n/nl/").status_code == 404
    assert client.get("/jsi18n/../").status_code == 404


def test_a_door_without_network_has_the_words_of_every_language(client):
    told = client.get("/door/worker.js").content.decode().splitlines()[0]
    assert words.address("en") in told
    assert words.address("de") in told


def test_words_are_kept_for_good_at_the_address_that_pages_name(client):
    client.force_login(UserFactory(language="de"))
    address = words.address("de")
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.content == client.get("/jsi18n/de/").content


@pytest.mark.parametrize("address", ["/jsi18n/de/", "/jsi18n/de/words.0123456789ab.js"])
def test_who_asks_for_words_of_another_version_gets_todays_and_keeps_none(client, address):
    answer = client.get(address)
    assert answer.content == client.get(words.address("de")).content
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_other_words_have_another_address(settings, tmp_path):
    before = {language: words.address(language) for language in ("de", "fr")}
    (locale,) = settings.LOCALE_PATHS
    shutil.copytree(locale, tmp_path, dirs_exist_ok=True)
    shutil.copy(tmp_path / "es/LC_MESSAGES/djangojs.mo", tmp_path / "de/LC_MESSAGES/djangojs.mo")
    settings.LOCALE_PATHS = [tmp_path]
    with read_anew():
        after = {language: words.address(language) for language in before}
    assert after["de"] != before["de"]
    assert after["fr"] == before["fr"]


@contextmanager
def read_anew():
    """A process reads its words once."""
    kept = (words.script, words.version)
    for one in kept:
        one.cache_clear()
    yield
    for one in kept:
        one.cache_clear()
