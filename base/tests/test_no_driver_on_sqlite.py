"""Whoever runs on SQLite needs no driver of PostgreSQL."""

import os
import subprocess
import sys

from django.conf import settings

SCRIPT = """
import sys
import onsite_project.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(sorted(name for name in sys.modules if name.split(".")[0] == "psycopg2"))
"""


def test_sqlite_loads_no_psycopg2():
    environment = {**os.environ, "DATABASE_URL": "sqlite:///db.sqlite3"}
    command = [sys.executable, "-c", SCRIPT]
    loaded = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
