"""How the applications reach the pair: by the list of its hosts, or by what ops/ha has to put between."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.server import free_port
from faults.cluster import OWNER, Cluster, Service, filled
from faults.server import NAME

HOSTS, HAPROXY, PGBOUNCER = "hosts", "haproxy", "pgbouncer"
WAYS = (HOSTS, HAPROXY, PGBOUNCER)
LIMITS = {"lock_timeout": "2s", "statement_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}


class Way(NamedTuple):
    """What an application is told: its `DATABASE_URL`, and what else."""

    url: str
    settings: dict[str, str]


@contextmanager
def between(by: str, cluster: Cluster, folder: Path) -> Iterator[Way]:
    services, way = [], Way(cluster.url(), {})
    if by != HOSTS:
        port = free_port()
        services.append(_haproxy(cluster, folder, port))
        way = Way(_url(cluster, port), {})
    if by == PGBOUNCER:
        services.append(_pgbouncer(cluster, folder, haproxy=port, port=(port := free_port())))
        way = Way(_url(cluster, port), {"LIMITS_BY_ROLE": "1", "PREPARE_STATEMENTS": "0"})
    try:
        for service in services:
            service.start()
        yield way
    finally:
        for service in services:
            service.stop()


def _url(cluster: Cluster, port: int) -> str:
    return f"postgresql://{NAME}:{cluster.password}@127.0.0.1:{port}/{NAME}"


def _haproxy(cluster: Cluster, folder: Path, port: int) -> Service:
    first, second = (node.host.address for node in cluster.nodes)
    file = filled("haproxy.cfg", folder / "haproxy.cfg", PORT=port, DB1=first, DB2=second)
    return Service(["haproxy", "-f", str(file)], folder / "haproxy.log")


def _pgbouncer(cluster: Cluster, folder: Path, *, haproxy: int, port: int) -> Service:
    own = folder / PGBOUNCER
    own.mkdir()
    users = own / "users.txt"
    users.write_text(f'"{NAME}" "{cluster.password}"\n')
    for path in (own, users):
        shutil.chown(path, OWNER)
    for name, limit in LIMITS.items():
        cluster.execute(f"ALTER ROLE {NAME} SET {name} = '{limit}'")
    file = filled("pgbouncer.ini", own / "pgbouncer.ini", HAPROXY_PORT=haproxy, PORT=port, FOLDER=own)
    return Service(["pgbouncer", "-q", str(file)], folder / "pgbouncer.log")
