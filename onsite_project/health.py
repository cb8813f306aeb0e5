"""What load balancers and whoever restarts us ask."""

from functools import cache

from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from base import database


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether to restart us: 200 while the application and its database answer, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether to send us requests: 200 while the database can be written to and is migrated, else 503 with
    why not.
    """
    try:
        problem = _takes_no_changes() or _is_not_migrated()
    except Error as error:
        problem = str(database.busy(error).problems[0].code)
    if problem:
        return JsonResponse({"status": problem}, status=503)
    return JsonResponse({"status": "ok"})


def _takes_no_changes() -> str:
    """Empty where it does. Raises Django's database `Error`."""
    if connection.vendor == "sqlite":
        with transaction.atomic():  # IMMEDIATE: asks for the writer's lock
            return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")
        (is_read_only,) = cursor.fetchone()
    if is_read_only and not connection.in_atomic_block:
        connection.close()  # the next one may lead to the server that takes changes
    return database.READ_ONLY if is_read_only else ""


def _is_not_migrated() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "" if all(leaf in applied for leaf in _newest()) else "not-migrated"


@cache
def _newest() -> list[tuple[str, str]]:
    """The last migration of each app, as the code has it."""
    return list(MigrationLoader(None).graph.leaf_nodes())
