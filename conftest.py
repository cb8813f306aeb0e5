import gc
from datetime import UTC, datetime
from functools import cache

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import SimpleTestCase, TransactionTestCase

from base.database import retry_transient
from base.timeouts import start_options
from events.models import Role

# A busy machine is no failure.
hypothesis.settings.register_profile("onsite", deadline=None)
hypothesis.settings.load_profile("onsite")

pytest_plugins = ["onsite_project.tests.browser", "onsite_project.tests.copied_database"]


def pytest_configure(config):
    patient()
    settings.SECURE_SSL_REDIRECT = False
    settings.ERROR_MAIL_EVERY = 0
    settings.SENDS_MAIL = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    for name in ("SESSION", "CSRF", "KNOWN_BROWSER"):
        setattr(
            settings, f"{name}_COOKIE_NAME", getattr(settings, f"{name}_COOKIE_NAME").removeprefix("__Host-")
        )
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_USE_FINDERS, settings.STATIC_ROOT = True, None
    settings.WHITENOISE_AUTOREFRESH = True  # else every new client reads all static files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    TransactionTestCase._fixture_teardown = empty_tables


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    """What the tests are made of stays until the end: to look for garbage in it again and again took a fifth
    of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(20_000, 20, 20)


@retry_transient
def empty_tables(_test):
    """After a test that committed. Django truncates and makes its content types and permissions anew, which
    takes thirty times as long; here they stay, for no test changes them. A page that is still open may be
    writing just then, and lock in another order.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in emptying(connection.settings_dict["NAME"]):
            cursor.execute(statement)


@cache
def emptying(_database):
    """The statements that do it: SQLite takes one after the other."""
    made_once = {"django_content_type", "auth_permission"}
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    each = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in sorted(tables - made_once)]
    return each if connection.vendor == "sqlite" else ["; ".join(each)]


def patient():
    """A busy machine is no failure, and a test that Django rolls back is one long transaction. What the real
    limits do is tested by connections and servers of their own.
    """
    options = settings.DATABASES["default"]["OPTIONS"]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        options["timeout"] = 20
        # Nothing here outlives the file, so nobody waits for the disk.
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        return
    settings.POSTGRES_LIMITS = {
        "lock_timeout": 5,
        "statement_timeout": 300,  # the databases of the tests are dropped by it, too
        "idle_in_transaction_session_timeout": 0,
    }
    settings.DATABASE_PATIENCE = 360
    options["options"] = start_options(settings.POSTGRES_LIMITS)


def pytest_collection_modifyitems(items):
    with_locks = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if may_differ(item):
            item.add_marker(pytest.mark.database)
        if item.get_closest_marker("postgres") and not with_locks:
            item.add_marker(pytest.mark.skip(reason="row locks show on PostgreSQL only"))


def may_differ(item):
    """Whether a test may end otherwise on another database. Whoever asks for none is kept from it by
    pytest-django, but for a connection of their own, and for another process that may have one.
    """
    return not item.get_closest_marker("alike") and bool(
        item.get_closest_marker("django_db")
        or {"db", "transactional_db", "live_server", "django_db_setup"} & {*item.fixturenames}
        or issubclass(item.cls or object, SimpleTestCase)
        or {"connection", "subprocess"} & vars(item.module).keys()
    )


@pytest.fixture
def on_postgres():
    return connection.vendor == "postgresql"


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def event(db):
    from events.tests.factories import EventFactory

    return EventFactory()


@pytest.fixture
def member(event):
    """Makes a member of the event: `member("cashier")`."""
    from events.tests.factories import MemberFactory

    return lambda role, at=None: MemberFactory(event=at or event, role=Role(role)).user


@pytest.fixture
def cashier(member, event):
    """A cashier of the event, at work: with an open shift at a till."""
    from shifts.tests.factories import ShiftFactory

    return ShiftFactory(till__event=event, cashier=member("cashier")).cashier


@pytest.fixture
def organizer(member):
    return member("organizer")


@pytest.fixture
def registrar(member):
    return member("registrar")


@pytest.fixture
def stranger(db):
    from accounts.tests.factories import UserFactory

    return UserFactory()


@pytest.fixture
def api():
    """A JSON:API client: `api(user).post("/v1/orders", {...})`, `api()` without a token."""
    from base.tests.client import ApiClient

    return ApiClient
