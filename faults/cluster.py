"""Two PostgreSQL under Patroni and three etcd, by the files of ops/ha, on hosts of a network of our own."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from secrets import token_hex
from string import Template
from typing import Any

import psutil
import psycopg2

from benchmarks.server import ROOT
from faults.network import HERE, MASK, Host
from faults.server import NAME, run

FILES = ROOT / "ops" / "ha"
PATRONI = ROOT / ".venv-ha" / "bin"
OWNER = "postgres"
AS_OWNER = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups"]
ETCDS = 3
WAITS = 90  # seconds, for what comes by itself; a busy machine is no failure
SHORTLY = 3  # seconds, for a write that will not be taken
PASSWORDS = ("PATRONI", "POSTGRES", "REPLICATION", "REWIND")


def programs() -> Path | None:
    """Where Debian's newest PostgreSQL lies."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((one.parent for one in found), key=lambda path: int(path.parent.name), default=None)


def missing() -> list[str]:
    """What is not here."""
    needed = {
        "PostgreSQL of Debian's": bool(programs()),
        "etcd": bool(shutil.which("etcd")),
        f"Patroni that {OWNER} may run": _runs([str(PATRONI / "patroni"), "--version"]),
    }
    return [name for name, is_here in needed.items() if not is_here]


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run([*AS_OWNER, *command], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def filled(name: str, into: Path, **values: object) -> Path:
    """A file of ops/ha with what belongs to one machine; its owner alone may read it."""
    into.write_text(Template((FILES / name).read_text()).substitute(values))
    into.chmod(0o600)
    shutil.chown(into, OWNER)
    return into


class Service:
    """A process that runs as its owner, and can be stopped in every way."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = [*AS_OWNER, *command]
        self._log = log
        self._process: psutil.Popen | None = None

    def start(self, within: Callable[..., list[str]] = lambda *command: [*command]) -> None:
        with self._log.open("a") as log:
            self._process = psutil.Popen(
                within(*self._command), stdout=log, stderr=log, cwd="/", start_new_session=True
            )

    def tell(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(WAITS)

    @property
    def process(self) -> psutil.Popen:
        if self._process is None:
            raise RuntimeError("It was not started.")
        return self._process


class Etcd(Service):
    """One of the three, by its number; all on this host."""

    def __init__(self, number: int, folder: Path) -> None:
        folder.mkdir()
        shutil.chown(folder, OWNER)
        file = filled(
            "etcd.yml",
            folder / "etcd.yml",
            NAME=f"etcd{number}",
            FOLDER=folder / "data",
            ADDRESS=HERE,
            CLIENT_PORT=_port(number),
            PEER_PORT=_port(number) + 1,
            ETCD_CLUSTER=",".join(f"etcd{one}=http://{HERE}:{_port(one) + 1}" for one in range(ETCDS)),
        )
        super().__init__(["etcd", "--config-file", str(file)], folder / "log")


def _port(number: int) -> int:
    return 2379 + 10 * number


class Node(Service):
    """One PostgreSQL, and its Patroni."""

    def __init__(self, host: Host, folder: Path, passwords: dict[str, str]) -> None:
        self.host, self.folder = host, folder
        folder.mkdir(mode=0o755)
        shutil.chown(folder, OWNER)
        self.file = filled(
            "patroni.yml",
            folder / "patroni.yml",
            NAME=host.name,
            ADDRESS=host.address,
            NETWORK=MASK,
            FOLDER=folder,
            PROGRAMS=programs(),
            ETCD_HOSTS=",".join(f"{HERE}:{_port(number)}" for number in range(ETCDS)),
            WATCHDOG="off",
            **passwords,
        )
        super().__init__([str(PATRONI / "patroni"), str(self.file)], folder / "log")

    def __str__(self) -> str:
        return self.host.name

    def start(self) -> None:  # type: ignore[override]
        super().start(self.host.command)

    def answers(self, what: str) -> bool:
        """Whether its Patroni says that this is what it is: `primary`, `sync`."""
        connection = HTTPConnection(self.host.address, 8008, timeout=2)
        try:
            connection.request("GET", f"/{what}")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def takes_a_write(self, password: str) -> bool:
        """Whether a write is acknowledged that goes to it directly, past its network."""
        place = f"host={self.folder} user={NAME} dbname={NAME} password={password}"
        statement = f"INSERT INTO tried VALUES ('{self} {time.time()}')"
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, place]
        try:
            done = subprocess.run(command, check=False, capture_output=True, timeout=SHORTLY)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def kill_postgres(self) -> None:
        for process in self._postgres():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def freeze(self) -> None:
        """All of it at once, as a virtual machine that is not let run."""
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, number: int) -> None:
        for process in [self.process, *self._postgres()]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _postgres(self) -> list[psutil.Process]:
        postmaster = psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]


class Cluster:
    """What the application takes for one database."""

    vendor = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.password = token_hex(8)
        passwords = {f"{name}_PASSWORD": token_hex(8) for name in PASSWORDS}
        self._superuser = passwords["POSTGRES_PASSWORD"]
        self.etcds = [Etcd(number, folder / f"etcd{number}") for number in range(ETCDS)]
        hosts = [Host("db1", 11), Host("db2", 12)]
        self.nodes = [Node(host, folder / host.name, passwords) for host in hosts]

    def start(self) -> None:
        for service in [*self.etcds, *self.nodes]:
            service.start()
        self.wait_until_whole()
        self.execute(f"CREATE ROLE {NAME} LOGIN PASSWORD '{self.password}'")
        self.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        with closing(self.connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE tried (what text); ALTER TABLE tried OWNER TO {NAME}")

    def execute(self, statement: str) -> None:
        with closing(self._connected("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def url(self) -> str:
        hosts = ",".join(f"{node.host.address}:5432" for node in self.nodes)
        return f"postgresql://{NAME}:{self.password}@{hosts}/{NAME}?target_session_attrs=read-write"

    def connect(self) -> Any:
        """To the primary, as a superuser."""
        return self._connected(NAME)

    def _connected(self, database: str) -> Any:
        who = {"user": "postgres", "password": self._superuser, "dbname": database}
        return psycopg2.connect(host=self.primary.host.address, connect_timeout=5, **who)

    @property
    def primary(self) -> Node:
        return self._one("primary")

    @property
    def standby(self) -> Node:
        return self._one("sync")

    def _one(self, what: str) -> Node:
        (found,) = (node for node in self.nodes if node.answers(what))
        return found

    def wait_until_whole(self) -> float:
        """Seconds until there was a primary with a standby that has all that is acknowledged."""
        begun = time.monotonic()
        while time.monotonic() < begun + WAITS:
            if [sum(node.answers(what) for node in self.nodes) for what in ("primary", "sync")] == [1, 1]:
                return time.monotonic() - begun
            time.sleep(0.5)
        raise RuntimeError("The two databases are not a pair again.")

    def switch_over(self) -> None:
        """As the operator does it."""
        old, new = self.primary, self.standby
        command = [str(PATRONI / "patronictl"), "-c", str(old.file), "switchover", "onsite", "--force"]
        run([*command, "--leader", str(old), "--candidate", str(new)])

    def tried(self) -> Iterator[str]:
        """The writes that were taken directly."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT what FROM tried")
            yield from (what for (what,) in cursor.fetchall())
