"""Django's SQLite, by a connection that knows what it has sent. It has one writer at a time, and half of the
workers may wait to be it: the others still read, and say at once that the database is busy.
"""

from collections.abc import Sequence

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from base import database
from base.places import in_turn
from base.sending import Sending


class DatabaseWrapper(Sending, base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        in_turn(self._begin, 1, of="writer")

    def _begin(self, at_once: bool) -> Sequence[None]:
        """One, if we are the writer now; `at_once` none where somebody else is."""
        if not at_once:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
            return [None]
        patience = self._patience(0)
        try:
            return self._begin(at_once=False)
        except OperationalError as error:
            if database.code_of(error) != database.BUSY:
                raise
            return []
        finally:
            self._patience(patience)

    def _patience(self, milliseconds: int) -> int:
        """For how long it waits for another writer from now on; what it was before."""
        before: int = self.connection.execute("PRAGMA busy_timeout").fetchone()[0]
        self.connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        return before
