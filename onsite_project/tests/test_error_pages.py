"""Pages of what went wrong are told in the language that is spoken, and say which it is."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.functional import empty

from accounts.tests.factories import UserFactory
from onsite_project.urls import handler500

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl")])


@pytest.fixture(autouse=True)
def _as_before():
    with translation.override("en"):
        yield


def tells(response, language, direction, text):
    page = response.content.decode()
    with translation.override(language):
        said = translation.gettext(text)
    assert said != text
    return f'<html lang="{language}" dir="{direction}">' in page and said in page


@LANGUAGES
def test_a_form_without_its_token_is_refused_on_a_page_of_ours(language, direction):
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": language})
    client.force_login(UserFactory())
    response = client.post("/language/", {"language": "de"})
    assert response.status_code == 403
    assert tells(response, language, direction, "The page could not be sent")


@LANGUAGES
def test_a_request_to_a_host_that_is_not_ours_is_refused_on_a_page_of_ours(client, language, direction):
    response = client.get("/forgot/", headers={"Host": "evil.example", "Accept-Language": language})
    assert response.status_code == 400
    assert tells(response, language, direction, "The request is malformed.")


@LANGUAGES
def test_what_broke_is_told_on_a_page_of_ours(language, direction):
    with translation.override(language):
        response = handler500(RequestFactory().get("/forgot/"))
    assert response.status_code == 500
    assert tells(response, language, direction, "Something broke on our side. It has been logged.")


@pytest.mark.parametrize("page", ["500.html", "400.html"])
def test_the_page_of_what_broke_needs_no_static_file(settings, tmp_path, page):
    settings.STATIC_ROOT = tmp_path  # nothing was collected
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "onsite_project.static_files.HashedFiles"},
    }
    staticfiles_storage._wrapped = empty
    try:
        assert "<h1>" in render_to_string(page)
    finally:
        staticfiles_storage._wrapped = empty
