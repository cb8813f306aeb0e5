import re
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.utils.functional import empty

from onsite_project.static_files import collect

pytestmark = pytest.mark.walk
IMPORTED = re.compile(r"""(?:from|import\()\s*["'](\.[^"']+)["']|^import\s*["'](\.[^"']+)["']""", re.M)
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


@pytest.fixture
def collected(settings, tmp_path):
    """The static files as a server has them that is not DEBUG, and whatever reads them anew."""
    settings.HASHED_STATIC_FILES, settings.STATIC_ROOT = True, tmp_path
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "onsite_project.static_files.HashedFiles"},
    }
    staticfiles_storage._wrapped = empty
    collect()
    yield tmp_path
    staticfiles_storage._wrapped = empty


def hashed_scripts(folder):
    return [path for path in folder.glob("onsite/**/*.js") if HASHED.search(path.name)]


def test_modules_import_each_other_by_names_that_change_with_them(collected):
    scripts = hashed_scripts(collected)
    imports = [(path, a or b) for path in scripts for a, b in IMPORTED.findall(path.read_text())]
    assert len(scripts) > 50
    assert len(imports) > 100
    plain = [(path.name, name) for path, name in imports if not HASHED.search(name)]
    missing = [(path.name, name) for path, name in imports if not (path.parent / name).is_file()]
    assert not plain
    assert not missing


@pytest.mark.usefixtures("collected", "db")
def test_a_page_names_files_that_a_browser_may_keep_for_ever(client):
    page = client.get("/admin/login/").content.decode()
    names = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert len(names) > 3
    assert all(HASHED.search(name) for name in names), names
    server = Client()
    for name in names:
        answer = server.get(urljoin("/", name), headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, name
        assert "immutable" in answer["Cache-Control"], name
        answer.close()


@pytest.fixture
def two_folders(settings, tmp_path):
    """Where few static files lie, and where they are brought to."""
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    (there / "one.css").write_text("p { color: green }")
    settings.HASHED_STATIC_FILES, settings.STATIC_ROOT, settings.STATICFILES_DIRS = True, here, [there]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "onsite_project.static_files.HashedFiles"},
    }
    staticfiles_storage._wrapped = empty
    get_finder.cache_clear()
    yield there, here
    staticfiles_storage._wrapped = empty
    get_finder.cache_clear()


def test_nothing_is_collected_again_until_something_has_changed(two_folders):
    there, here = two_folders
    collect()
    (first,) = here.glob("one.*.css")
    first.unlink()
    collect()
    assert not first.exists()
    (there / "two.css").write_text("p { color: red }")
    collect()
    assert first.exists()
    assert [*here.glob("two.*.css")]
    assert "two.css" in (here / "staticfiles.json").read_text()


def test_what_is_not_hashed_is_not_collected(settings, tmp_path):
    settings.HASHED_STATIC_FILES, settings.STATIC_ROOT = False, tmp_path
    collect()
    assert not list(tmp_path.iterdir())
