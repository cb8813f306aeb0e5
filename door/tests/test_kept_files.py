"""What the service worker fetches before the network goes."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.functional import empty

from door.kept_files import kept_files
from events.models import Role
from events.tests.factories import EventFactory, MemberFactory
from onsite_project.static_files import collect

NAMED = re.compile(r'(?:src|href)="((?:/static/|/jsi18n)[^"]+)"')
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+\.js)["']""")


def named_by(client):
    """What the worker is told to keep."""
    first = client.get("/door/worker.js").content.decode().splitlines()[0]
    return json.loads(re.fullmatch(r"self\.kept = (.+);", first)[1])


@pytest.fixture
def page(client, event, registrar):
    client.force_login(registrar)
    return client.get(f"/door/{event.identifier}/").content.decode()


@pytest.fixture
def hashed(settings, tmp_path):
    settings.HASHED_STATIC_FILES, settings.STATIC_ROOT = True, tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "onsite_project.static_files.HashedFiles"},
    }
    staticfiles_storage._wrapped = empty
    collect()
    yield tmp_path
    staticfiles_storage._wrapped = empty


def test_they_are_all_that_the_page_names(client, page):
    assert set(NAMED.findall(page)) <= set(named_by(client)["files"])


def test_they_are_all_that_scripts_import(client):
    files = named_by(client)["files"]
    for file in files:
        if file.endswith(".js") and "/vendor/" not in file and file.startswith("/static/onsite/"):
            with open(finders.find(file.removeprefix("/static/"))) as script:
                names = IMPORTED.findall(script.read())
            for name in names:
                assert any(one.endswith(name.removeprefix("./").removeprefix("..")) for one in files), name
    assert "/static/onsite/door/forget.js" in files  # imported only when it is needed
    assert "/static/onsite/vendor/barcode-detector/zxing_reader.wasm" in files


def test_they_are_all_that_the_page_of_a_test_names(client, registrar):
    test = MemberFactory(event=EventFactory(is_test=True), user=registrar, role=Role.REGISTRAR).event
    client.force_login(registrar)
    named = set(NAMED.findall(client.get(f"/door/{test.identifier}/").content.decode()))
    assert any("test" in file for file in named)
    assert named <= set(named_by(client)["files"])


@pytest.mark.usefixtures("db")
def test_each_is_there(client):
    for file in named_by(client)["files"]:
        response = client.get(file)
        assert response.status_code == 200, file
        response.close()


@pytest.mark.walk
def test_their_names_are_those_of_the_page_where_names_change(hashed, client, page):
    files = kept_files()["files"]
    assert set(NAMED.findall(page)) <= set(files)
    scripts = [file for file in files if file.startswith("/static/")]
    assert all((hashed / file.removeprefix("/static/")).is_file() for file in scripts)
    for file in scripts:
        if not file.endswith(".js") or "/vendor/" in file:
            continue
        script = hashed / file.removeprefix("/static/")
        for name in IMPORTED.findall(script.read_text()):
            imported = (script.parent / name).resolve().relative_to(hashed.resolve())
            assert f"/static/{imported}" in files, (file, name)


def test_worker_is_another_one_when_a_file_is(client, settings, tmp_path):
    from door.kept_files import _kept

    before = named_by(client)["version"]
    (tmp_path / "onsite" / "door").mkdir(parents=True)
    (tmp_path / "onsite" / "door" / "door.css").write_text("p { color: red }")
    settings.STATICFILES_DIRS = [tmp_path, *settings.STATICFILES_DIRS]
    for cached in (finders.get_finder, _kept):
        cached.cache_clear()
    after = named_by(client)["version"]
    for cached in (finders.get_finder, _kept):
        cached.cache_clear()
    assert before != after
