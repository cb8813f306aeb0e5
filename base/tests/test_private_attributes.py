"""What product code uses of others that is not promised to stay."""

import ast
from pathlib import Path

from django.conf import settings

NO_PRODUCT = {"tests", "migrations", "benchmarks", "faults"}
# Documented: https://docs.djangoproject.com/en/5.2/ref/models/meta/, .../ref/models/instances/,
# .../topics/db/managers/#default-managers
PUBLIC = {"_meta", "_state", "_default_manager", "_base_manager"}
# Each has nothing public in its place. Look at them when Django, DRF or a library of theirs is upgraded.
PRIVATE = {
    "_prefetch_related_lookups",  # of a queryset: read once it is known how much of a page fits
    "_get_validation_exclusions",  # of a ModelForm: a constraint over a field that the form does not show
    "_get_response_bodies",
    "_map_basic_serializer",  # of drf-spectacular: a resource within a JSON:API document
    "_request",  # of DRF's request: the Django request that it wraps
    "_raw_delete",  # of a queryset: rows of a rehearsal, past what protects those of an event
    "_insert",  # of a base manager: rows as they are, with their keys, in the copy of a database
    "_save_m2m",  # of a ModelForm: what a change of many-to-many rows was, for the audit trail
    "_reserved_field_names",  # of DJA's serializers: without `type`
    "_worksheet_path",  # of openpyxl's read-only sheet: its part of the file, looked at before it is read
    "_writer",  # of openpyxl's write-only sheet: its temporary file, of a book that is not saved
    "_start_transaction_under_autocommit",  # of Django's SQLite: where it waits for the writer
}


def trees():
    for room in Path(settings.BASE_DIR).glob("*/__init__.py"):
        for path in room.parent.rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR)
            if not NO_PRODUCT & set(name.parts):
                yield name, ast.parse(path.read_text())


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def private_uses(tree):
    """The names of private attributes of anything but `self` and `cls`, read or written, by any syntax."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if is_private(name):
                yield name
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(name), *_]
            ):
                if isinstance(name, str) and is_private(name):
                    yield name
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names if is_private(alias.name))


def test_product_code_uses_no_other_private_attribute():
    used = {}
    for path, tree in trees():
        for name in private_uses(tree):
            used.setdefault(name, set()).add(str(path))
    assert used.keys() == PRIVATE, used


def test_private_attributes_are_found():
    found = private_uses(
        ast.parse(
            "\n".join(
                [
                    "row._one = self.row._two",
                    "super()._three()",
                    "getattr(row, '_four')",
                    "from django.db import _five",
                    "self._own, cls._own, row._meta, row.__dict__, row.plain",
                ]
            )
        )
    )
    assert set(found) == {"_one", "_two", "_three", "_four", "_five"}
