"""Whoever runs on SQLite needs no driver of PostgreSQL."""

import os
import subprocess
import sys

from django.conf import settings

SCRIPT = """
import sys
sys.modules["psycopg2"] = None  # whoever imports it fails, as where it is not installed
import onsite_project.wsgi
from django.urls import get_resolver
print(len(get_resolver().url_patterns) > 0)
"""


def test_sqlite_serves_without_psycopg2():
    environment = {**os.environ, "DATABASE_URL": "sqlite:///db.sqlite3"}
    command = [sys.executable, "-c", SCRIPT]
    served = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert served.stdout.strip() == "True", served.stderr
