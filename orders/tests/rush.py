"""Many tills at once, each with a database connection of its own."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(*jobs: Callable) -> list:
    """Run every job in a thread of its own, all released together; what each returned or raised."""
    start = threading.Barrier(len(jobs))

    def run(job):
        try:
            start.wait(timeout=30)
            return job()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def flatten(results: Iterable) -> list:
    return [outcome for result in results for outcome in (result if isinstance(result, list) else [result])]


def deadlocks():
    """How many PostgreSQL has had to end in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
