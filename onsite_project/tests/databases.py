"""Databases of their own, which tests fill, back up and restore by the commands that people type."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)


def environment(**more):
    """Of a process of its own at the database of the tests, as in production."""
    at = connection.settings_dict
    url = f"sqlite:///{at['NAME']}"
    if connection.vendor == "postgresql":
        host = quote(at["OPTIONS"].get("host", at["HOST"]), safe="")
        url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={host}"
    return {**os.environ, "DATABASE_URL": url, "SECURE_SSL_REDIRECT": "0", "DEBUG": "0", **more}


class Database:
    """One of its own, by its address."""

    def __init__(self, url):
        self.url = url

    def python(self, *arguments, check=True):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url, "DEBUG": "1"},
            capture_output=True,
            text=True,
            check=check,
        )

    def manage(self, *arguments, **options):
        return self.python("manage.py", *arguments, **options)

    def told(self):
        return json.loads(self.python("-m", "onsite_project.tests.evening", "tell").stdout)
