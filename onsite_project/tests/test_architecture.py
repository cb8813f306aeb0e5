"""Imports go one way, so that each room can be read without the rooms above it."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

# From the ground up: a room may import those before it. The settings have them in this order.
ROOMS = ["base", *(app for app in settings.INSTALLED_APPS if (Path(settings.BASE_DIR) / app).is_dir())]
# Inside a room: views, admin and pages know forms and serializers, these the acts, the acts the models.
SHELVES = [
    {"models"},
    {"serializers", "forms", "filters", "openapi", "document"},
    {"views", "admin", "pages", "paper"},
]


def sources(room):
    for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(settings.BASE_DIR).parts):
            yield path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_downwards(room):
    above = {*ROOMS[ROOMS.index(room) + 1 :], "onsite_project"}
    upward = {
        f"{path.relative_to(settings.BASE_DIR)} imports {module}"
        for path in sources(room)
        for module in imports(path)
        if module.split(".")[0] in above
    }
    assert not upward


def test_code_imports_no_tests():
    found = {
        f"{path.relative_to(settings.BASE_DIR)} imports {module}"
        for room in [*ROOMS, "onsite_project"]
        for path in sources(room)
        for module in imports(path)
        if "tests" in module.split(".")
    }
    assert not found


def texts(path):
    """The strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def tables_of(room):
    return {model._meta.db_table for model in apps.get_models() if model._meta.app_label == room}


@pytest.mark.parametrize("room", ROOMS)
def test_tables_of_rooms_above_are_named_in_no_statement(room):
    above = set().union(*(tables_of(name) for name in ROOMS[ROOMS.index(room) + 1 :]))
    named = {
        f"{path.relative_to(settings.BASE_DIR)} names {table}"
        for path in sources(room)
        for text in texts(path)
        for table in above & set(re.findall(r"\w+", text))
    }
    assert not named, "reach it from a foreign key, through base.sql.above"


def test_rooms_above_are_reached_by_no_other_way():
    """Neither through the registry of models, nor by importing a module by its name."""
    hidden = {
        f"{path.relative_to(settings.BASE_DIR)} uses {node.attr}"
        for room in ROOMS
        for path in sources(room)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"related_model", "get_model", "get_models", "import_module", "model_class"}
    }
    # A copy of a database is of all tables, whatever they are.
    assert hidden == {"base/sql/above.py uses related_model", "base/copying.py uses get_models"}


def shelf(module):
    """How high a module of a room stands: models, then acts, then forms, then views. The second part
    of a long name tells: `check_in_views` are views.
    """
    for height, names in zip((0, 2, 3), SHELVES, strict=True):
        if module in names or module.rpartition("_")[2] in names:
            return height
    return 1


@pytest.mark.parametrize("room", ROOMS)
def test_modules_of_a_room_import_downwards(room):
    upward = {
        f"{path.relative_to(settings.BASE_DIR)} imports {module}"
        for path in sources(room)
        for module in imports(path)
        if module.startswith(f"{room}.")
        and shelf(module.split(".")[1]) > shelf(path.stem)
        # A management command is a door like a view.
        and "management" not in path.parts
    }
    assert not upward


def test_stock_alone_writes_sold():
    """`sold` is assigned, or named in an update, in `tickets/stock.py` only, and a hold's beside it."""
    writers = set()
    for room in ROOMS:
        for path in sources(room):
            for node in ast.walk(ast.parse(path.read_text())):
                targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
                assigned = isinstance(node, ast.Assign | ast.AugAssign) and any(
                    isinstance(target, ast.Attribute) and target.attr == "sold" for target in targets
                )
                updated = (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "attr", "") == "update"
                    and any(keyword.arg == "sold" for keyword in node.keywords)
                )
                in_sql = (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and "SET sold" in node.value
                )
                if assigned or updated or in_sql:
                    writers.add(str(path.relative_to(settings.BASE_DIR)))
    assert writers == {"limits/shelf.py", "tickets/stock.py"}
