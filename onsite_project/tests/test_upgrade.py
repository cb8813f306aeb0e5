"""A filled database of every version that was released is migrated to this one, and loses nothing.

`tools/keep_release.py` wrote the evenings in `releases/`.
"""

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from attendees.models import Attendee
from books.reports import report
from door.admission import Scan, check_in
from door.tests.doors import assert_counted
from events.models import Event
from onsite_project.tests.copied_database import connected_to, copied
from orders.models import Order
from orders.sale import Line
from orders.tests.books import assert_books_are_right
from orders.tests.factories import sold_onsite
from shifts.models import CashMovement, Shift

RELEASES = sorted(
    Path(__file__).parent.glob("releases/*.json"),
    key=lambda path: [int(number) for number in path.stem.split(".")],
)

# The first is taken through every migration that there is. Each release adds one that takes seconds, on each
# database: those between the first and the newest are a walk.
BETWEEN = [pytest.param(path, marks=pytest.mark.walk) for path in RELEASES[1:-1]]


def migrations_of(release):
    return [tuple(name.split(".")) for name in release["migrations"]]


def go_to(release):
    """The database as that version had it, empty; its models as they were."""
    executor = MigrationExecutor(connection)
    last = dict(sorted(migrations_of(release)))  # of each room, by their numbers
    since = {path.parent.name for path in Path(settings.BASE_DIR).glob("*/migrations")} - last.keys()
    executor.migrate([*last.items(), *((room, None) for room in since)])
    executor.loader.build_graph()
    return executor.loader.project_state(list(last.items())).apps


def fill(apps, rows):
    made = []
    for label, written in rows.items():
        model = apps.get_model(label)
        fields = {field.attname: field for field in model._meta.local_concrete_fields}
        for field in fields.values():
            field.auto_now = field.auto_now_add = False
        model._base_manager.bulk_create(
            model(**{name: fields[name].to_python(value) for name, value in row.items()}) for row in written
        )
        made.append(model)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), made):
            cursor.execute(statement)


def to_the_newest():
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture(scope="module")
def older(django_db_setup, django_db_blocker):
    """The name of an empty database that goes back to the first release, and on from release to release:
    for each to undo all since takes longer than what is told of it.
    """
    with django_db_blocker.unblock():
        name = copied("older")
    yield name
    with django_db_blocker.unblock(), connected_to(name, dropped=True):
        pass


@pytest.fixture
def upgraded(request, transactional_db, older):
    release = json.loads(request.param.read_text())
    with connected_to(older):
        apps = go_to(release)
        with connected_to(copied("upgraded"), dropped=True):
            with transaction.atomic():  # foreign keys are checked at its end
                fill(apps, release["rows"])
            to_the_newest()
            yield release


def assert_what_was_said_is_kept():
    """Every closed shift has its report, every ticket sold its name, and its tax where it has a rate,
    every order and movement of cash what its paper says of event, till and people.
    """
    closed = Shift.objects.filter(closed_at__isnull=False)
    assert closed.exists()
    assert not closed.filter(closed_report__isnull=True).exists()
    sold = Attendee.objects.filter(order__isnull=False)
    assert not sold.filter(sold_as="").exists()
    assert not sold.filter(tax_rate__isnull=False, tax__isnull=True).exists()
    for model in (Order, CashMovement):
        assert model.objects.exists()
        for row in model.objects.all():
            assert row.kept_letterhead is not None
            assert row.letterhead == row.letterhead_now()


@pytest.mark.parametrize(
    "upgraded", [RELEASES[0], *BETWEEN, RELEASES[-1]], indirect=True, ids=lambda path: path.stem
)
def test_evening_is_told_as_it_was_and_goes_on(upgraded):
    told = upgraded["figures"]
    for shift in Shift.objects.select_related("till__event"):
        now = report(shift)
        found = [str(now.figures.net), str(now.expected_cash), str(now.figures.sold)]
        assert found == told["shifts"][str(shift.pk)]
    assert {o.identifier: [o.status, str(o.amount)] for o in Order.objects.all()} == told["orders"]
    assert list(Attendee.objects.filter(is_inside=True).values_list("pk", flat=True)) == told["inside"]
    assert_books_are_right()
    assert_what_was_said_is_kept()
    event = Event.objects.get()
    assert_counted(event)
    ticket = event.tickets.get(name="Adult")
    guest = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed").attendees.get()
    scanned = check_in(Scan(event, guest.code), by=None, at=datetime.now(UTC))
    assert scanned.answer == "ok"
    assert_counted(event)


def test_every_migration_that_was_released_is_kept():
    here = MigrationLoader(None).disk_migrations
    for path in RELEASES:
        assert set(migrations_of(json.loads(path.read_text()))) <= set(here), path.stem


def test_table_of_a_release_is_never_left_out():
    """An evening holds rows of every table that this version had when it was kept."""
    for path in RELEASES:
        empty = [label for label, rows in json.loads(path.read_text())["rows"].items() if not rows]
        assert empty == [], path.stem


@pytest.mark.django_db(transaction=True)
def test_passwords_that_were_listed_with_failed_log_ins_are_forgotten():
    forgets = import_module("accounts.migrations.0003_forget_typed_passwords").forget
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE axes_accessattempt (post_data text)")
        try:
            cursor.execute("INSERT INTO axes_accessattempt VALUES ('pin=482913')")
            with connection.schema_editor() as editor:
                forgets(None, editor)
            cursor.execute("SELECT count(*) FROM axes_accessattempt")
            assert cursor.fetchone() == (0,)
        finally:
            cursor.execute("DROP TABLE axes_accessattempt")
