from contextlib import contextmanager

from psycopg2.extensions import set_wait_callback

from base.postgresql import base


@contextmanager
def messages_counted():
    """How many messages Django's session has waited for an answer to."""
    waited = []

    def wait(session):
        if isinstance(session, base.Ours):
            waited.append(session)
        base._wait(session)

    set_wait_callback(wait)
    try:
        yield waited
    finally:
        set_wait_callback(base._wait)
