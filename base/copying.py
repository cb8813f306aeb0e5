"""A whole database copied into another of any kind, as when a box office moves from SQLite to PostgreSQL."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model, QuerySet

ROWS_AT_A_TIME = 1000
# What `migrate` writes down itself, by other ids each time; in the order in which it may go.
WRITTEN_BY_MIGRATE: tuple[type[Model], ...] = (Permission, ContentType)


class CannotCopy(Exception):
    """Said before anything was written."""


def copy(source: str, target: str) -> Mapping[str, int]:
    """Copy every row of every table from one database to the other, by their aliases, as they are: ids,
    times, digests. What is made there afterwards gets new ids. All or nothing.

    Returns how many rows each model has, by its label. Raises `CannotCopy` where the two are not at the same
    migrations, and where the target has rows already.
    """
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    with transaction.atomic(using=source), transaction.atomic(using=target):
        _hold_still(source)
        _check(models, source, target)
        for model in WRITTEN_BY_MIGRATE:
            _rows(model, target).delete()
        counts = {model._meta.label: _copy_rows(model, source, target) for model in models}
        with connections[target].cursor() as cursor:
            for statement in connections[target].ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
    return counts


def _hold_still(alias: str) -> None:
    """See the database as it is now until the transaction ends, whoever writes. (SQLite does by itself.)"""
    if connections[alias].vendor == "postgresql":
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _check(models: Sequence[type[Model]], source: str, target: str) -> None:
    here, there = (
        set(MigrationRecorder(connections[alias]).applied_migrations()) for alias in (source, target)
    )
    if here != there or not here:
        one = ", ".join(sorted(f"{app}.{name}" for app, name in here ^ there)[:3])
        raise CannotCopy(f"Migrate both databases with this version first; they differ in {one or 'all'}.")
    filled = [
        model._meta.label
        for model in models
        if model not in WRITTEN_BY_MIGRATE and _rows(model, target).exists()
    ]
    if filled:
        raise CannotCopy(f"The database to copy into is not empty: it has rows of {', '.join(filled[:3])}.")


def _rows(model: type[Model], alias: str) -> QuerySet[Any]:
    return model._base_manager.using(alias).order_by("pk")


def _copy_rows(model: type[Model], source: str, target: str) -> int:
    """How many rows there are, which are there now, too."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    rows = _rows(model, source).iterator(chunk_size=ROWS_AT_A_TIME)
    size = min(ROWS_AT_A_TIME, connections[target].ops.bulk_batch_size(fields, [None] * ROWS_AT_A_TIME))
    number = 0
    while some := list(islice(rows, size)):
        # Raw: a field that sets itself when it is saved keeps what it has.
        _rows(model, target)._insert(some, fields=fields, using=target, raw=True)  # type: ignore[attr-defined]  # not in the stubs
        number += len(some)
    return number
