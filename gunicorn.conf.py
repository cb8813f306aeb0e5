"""How gunicorn serves Onsite: `.venv/bin/gunicorn onsite_project.wsgi` needs no further option.

A new version is loaded by a new master, which takes the listening socket over: USR2, then TERM to the old one
(docs/operating.md). HUP starts the workers anew with what was loaded before.
"""

import gc
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")

from django.conf import settings

bind = settings.BIND
# Sync workers, no threads: a thread that holds a ticket's row lock while it waits for Python's
# global interpreter lock makes every other till wait with it.
worker_class = "sync"
preload_app = True
pidfile = settings.PIDFILE or None
forwarded_allow_ips = ",".join(settings.FORWARDED_ALLOW_IPS)  # as `.env` has it, too
# A socket in the home folder, which all gunicorns of a user would share; signals do the same.
control_socket_disable = True
accesslog = None
# By its library's name: https://prometheus.github.io/client_python/multiprocess/
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def _counts_in_one_folder() -> None:
    """Where the workers keep what they count, for `/metrics`; empty now. It lies in memory: counting
    must not fail where a disk is full. Before anything is loaded that counts.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is made by us, for us alone
    parent = memory if memory.is_dir() else Path(tempfile.gettempdir())
    folder = Path(settings.METRICS_FOLDER or parent / f"onsite-{os.geteuid()}-{settings.PORT}")
    os.environ[FOLDER] = str(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise SystemExit(f"{folder} belongs to somebody else: name another by METRICS_FOLDER.")
    for kind in ("counter", "histogram", "gauge_*"):
        for file in folder.glob(f"{kind}_*.db"):
            file.unlink(missing_ok=True)


def _collect_static_files() -> None:
    """Before the application is loaded, which looks once at what there is."""
    import django

    django.setup()
    from onsite_project.static_files import collect

    collect()


if settings.METRICS_TOKEN:
    _counts_in_one_folder()
_collect_static_files()

from base.places import limit  # noqa: E402 - set up by now

workers = settings.WORKERS
# A worker that is told to stop answers what it has begun.
timeout = graceful_timeout = settings.WORKER_TIMEOUT


def on_starting(_server: object) -> None:
    """Say what the database lacks, but start without it too: it may come later."""
    from onsite_project.checks import say_what_is_missing

    say_what_is_missing()


def child_exit(_server: object, worker: Any) -> None:
    """What a worker was just doing when it ended, it does no more."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types


def when_ready(_server: object) -> None:
    """Load all before the workers are forked, and take it for good: they share it, and no garbage
    collection looks through it: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    import_module(settings.ROOT_URLCONF)
    # Half of them may wait for a ticket that somebody has locked, or for SQLite's writer.
    limit(max(1, settings.WORKERS // 2))
    gc.collect()
    gc.freeze()
