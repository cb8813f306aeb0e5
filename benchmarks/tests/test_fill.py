"""What fills the benchmarks fills tests, too: several at a time, in databases of their own on one server."""

import pytest
from django.db import connection, transaction

from benchmarks.million.fill import analyze

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def kept_from_others():
    """How many of the tables that all databases of the server share this transaction has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"
            " AND database = 0 AND mode = 'ShareUpdateExclusiveLock'"
        )
        return cursor.fetchone()[0]


def test_analyzing_keeps_nothing_from_other_databases():
    with transaction.atomic():
        analyze()
        assert kept_from_others() == 0


def test_control_to_analyze_what_they_share_would():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE pg_authid")
        assert kept_from_others() > 0
        transaction.set_rollback(True)
