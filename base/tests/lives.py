"""What the tests share that Hypothesis makes up."""

from django.db import connection
from hypothesis.stateful import RuleBasedStateMachine, invariant

WRITTEN = {
    "postgresql": "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables",
    "sqlite": "SELECT total_changes()",
}


def examples(number):
    """How many are made up for a test of which the database is a small part: SQLite, where `make test` comes
    after PostgreSQL, is asked half of them.
    """
    return number if connection.vendor == "postgresql" else number // 2


class CheckedLife(RuleBasedStateMachine):
    """A life in one transaction, of which `check` holds after every step. Waiting and most refusals write
    nothing, so it is not asked again after these: what has been looked at costs more than what was done.
    """

    looked_at = None

    @invariant()
    def all_is_right(self):
        written = rows_written()
        if written != self.looked_at:
            self.check()
            self.looked_at = written

    def check(self):
        raise NotImplementedError


def rows_written():
    """How many rows the transaction has written, what was rolled back of it included."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN[connection.vendor])
        return cursor.fetchone()[0]
