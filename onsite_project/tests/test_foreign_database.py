"""A database that another version has made is not half migrated."""

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse

pytestmark = pytest.mark.django_db


def problems():
    return run_checks(tags=[Tags.database], databases=["default"])


def test_database_of_this_version_is_fine():
    assert problems() == []


def test_migration_that_is_not_here_is_named_with_what_to_do():
    MigrationRecorder(connection).record_applied("orders", "0002_shifts_and_lifecycle")
    (problem,) = problems()
    assert problem.id == "onsite.E001"
    assert "orders.0002_shifts_and_lifecycle" in problem.msg
    assert "make reset" in problem.msg
    assert "\n" not in problem.msg


def test_migrate_refuses_it():
    MigrationRecorder(connection).record_applied("orders", "9999_of_next_year")
    with pytest.raises(CommandError, match="another version"):
        call_command("migrate", skip_checks=False, verbosity=0)


def test_migrations_of_libraries_are_theirs():
    MigrationRecorder(connection).record_applied("auth", "9999_of_next_year")
    MigrationRecorder(connection).record_applied("gone", "0001_initial")
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("events/device/", "admin:devices_device_changelist"),
        ("attendees/station/add/", "admin:door_station_add"),
        ("attendees/checkin/", "admin:door_checkin_changelist"),
    ],
)
def test_address_of_a_model_that_moved_leads_to_the_new_one(admin_client, event, old, new):
    response = admin_client.get(f"/admin/{old}?q=north")
    assert response.status_code == 302
    assert response["Location"] == f"{reverse(new)}?q=north"
    assert admin_client.get(response["Location"]).status_code == 200
