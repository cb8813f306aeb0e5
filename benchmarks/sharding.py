"""What of the tables would hold if each event lay on one of several servers (Citus, distributed by the
event's id): by the models as they are. docs/scale.md tells what follows.

python -m benchmarks.sharding
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any

EVENT = "events_event"
OWN, THROUGH, PERHAPS, NONE = (
    "has the event's id",
    "reaches its event through another row: the id must be added",
    "may have no event: a distribution column is never NULL",
    "belongs to no event: a reference table, on every server",
)
AS_IT_IS, ADDED, OTHER = (
    "holds as it is",
    "means the same with the event's id added",
    "means less with the event's id added: held over all events today",
)


def foreign_keys(model: Any) -> list[Any]:
    return [field for field in model._meta.local_fields if field.is_relation]


def depth(model: Any, seen: frozenset[Any] = frozenset()) -> int | None:
    """Over how many foreign keys that are always set the event is reached; None if it is not."""
    if model._meta.db_table == EVENT:
        return 0
    ways = [
        depth(field.related_model, seen | {model})
        for field in foreign_keys(model)
        if not field.null and field.related_model not in seen
    ]
    return min((way + 1 for way in ways if way is not None), default=None)


def placed(model: Any) -> str:
    """How a table stands to its event."""
    found = depth(model)
    if found is not None:
        return OWN if found <= 1 else THROUGH
    reaches = any(depth(field.related_model) is not None for field in foreign_keys(model))
    return PERHAPS if reaches else NONE


def uniques(model: Any) -> Iterator[tuple[str, list[str]]]:
    """The name and the fields of each; of an expression none."""
    from django.db.models import UniqueConstraint

    options = model._meta
    for field in options.local_fields:
        if field.unique and not field.primary_key:
            yield f"{options.db_table}.{field.name}", [field.name]
    for fields in options.unique_together:
        yield f"{options.db_table} ({', '.join(fields)})", list(fields)
    for constraint in options.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield constraint.name, list(constraint.fields)


def judged(model: Any, fields: list[str]) -> str:
    """What becomes of a unique constraint of a table that is distributed."""
    keys = [field for field in foreign_keys(model) if field.name in fields]
    if model._meta.db_table == EVENT:
        return OTHER
    if any(field.related_model._meta.db_table == EVENT for field in keys):
        return AS_IT_IS
    return ADDED if any(depth(field.related_model) is not None for field in keys) else OTHER


def report(models: list[Any]) -> str:
    tables, constraints, keys = defaultdict(list), defaultdict(list), defaultdict(list)
    for model in models:
        place = placed(model)
        tables[place].append(model._meta.db_table)
        for name, fields in uniques(model) if place != NONE else ():
            constraints[judged(model, fields)].append(name)
        for field in foreign_keys(model):
            keys[target(place, field)].append(f"{model._meta.db_table}.{field.name}")
    lines = []
    for title, found in (("Tables", tables), ("Unique constraints", constraints), ("Foreign keys", keys)):
        lines += [f"## {title}: {sum(map(len, found.values()))}", ""]
        lines += chain.from_iterable(
            (f"{meaning} ({len(names)}): {', '.join(sorted(names))}", "") for meaning, names in found.items()
        )
    return "\n".join(lines)


def target(place: str, field: Any) -> str:
    """What becomes of a foreign key."""
    if place == NONE:
        return "from a reference table"
    if placed(field.related_model) == NONE:
        return "to a reference table: holds"
    if field.related_model._meta.db_table == EVENT:
        return "the event itself: holds"
    return "within an event: must have the event's id in it, two columns"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    import django

    django.setup()
    from django.apps import apps

    print(report(apps.get_models(include_auto_created=True)))


if __name__ == "__main__":
    main()
