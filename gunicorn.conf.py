"""How gunicorn serves Onsite: `.venv/bin/gunicorn onsite_project.wsgi` needs no further option."""

import gc
import os
from importlib import import_module
from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parent / ".env")

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# Sync workers, no threads: a thread that holds a ticket's row lock while it waits for Python's
# global interpreter lock makes every other till wait with it.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", str(os.cpu_count() or 1)))
preload_app = True
timeout = 30
accesslog = None


def _collect_static_files() -> None:
    """Before the application is loaded, which looks once at what there is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    import django

    django.setup()
    from onsite_project.static_files import collect

    collect()


_collect_static_files()


def when_ready(_server: object) -> None:
    """Load all before the workers are forked, and take it for good: they share it, and no garbage
    collection looks through it: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    from django.conf import settings

    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
