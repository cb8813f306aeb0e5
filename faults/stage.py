"""One database, and the site that reaches it in a way that can be broken."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.server import Disk, Pooler, Postgres, Proxy, Site, SQLite, a_postgres, make_worlds, run
from faults.world import World

DIRECT, PROXIED, POOLED, CLOCKED = "direct", "proxied", "pooled", "clocked"
POOLERS = "/usr/sbin:/usr/bin:/usr/local/bin"


class Missing(Exception):
    """Something that a fault needs is not on this machine."""


@dataclass
class Stage:
    folder: Path
    database: Any
    disk: Disk
    worlds: list[World] = field(default_factory=list)
    site: Site = field(init=False)
    proxy: Proxy = field(init=False)
    pooler: Pooler = field(init=False)
    way: str = ""
    used: int = 0

    def next_world(self) -> World:
        """The event of the next fault."""
        self.used += 1
        return self.world

    @property
    def world(self) -> World:
        return self.worlds[self.used - 1]

    @property
    def ports(self) -> list[int]:
        """Where its servers listen."""
        return [self.site.port]

    @property
    def clock(self) -> Path:
        """What the site's clock is off by."""
        return self.folder / "clock"

    def reach(self, way: str) -> None:
        """Have a site that reaches the database so. Raises `Missing`."""
        if self.way == way:
            return
        made = WAYS[way](self)
        if self.way:
            self.site.end()
        self.site, self.way = made, way
        self.site.start()

    def end(self) -> None:
        if self.way:
            self.site.end()
        if hasattr(self, "proxy"):
            self.proxy.end()
        if hasattr(self, "pooler"):
            self.pooler.kill()


def _direct(stage: Stage) -> Site:
    return Site(stage.folder, stage.database.url())


def _proxied(stage: Stage) -> Site:
    stage.proxy = Proxy(stage.database.socket)
    return Site(stage.folder, stage.database.url(stage.proxy.port))


def _pooled(stage: Stage) -> Site:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{POOLERS}")
    if program is None:
        raise Missing("no pgbouncer here (apt-get install pgbouncer)")
    stage.pooler = Pooler(program, stage.folder, stage.database)
    return Site(stage.folder, stage.database.url(stage.pooler.port), PREPARE_STATEMENTS="0")


def _clocked(stage: Stage) -> Site:
    compiler = shutil.which("cc")
    if compiler is None:
        raise Missing("no C compiler here (apt-get install gcc)")
    library = stage.folder / "clock.so"
    source = Path(__file__).parent / "clock.c"
    run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)])
    stage.clock.write_text("0")
    return Site(stage.folder, stage.database.url(), LD_PRELOAD=str(library), CLOCK_OFF=str(stage.clock))


WAYS: dict[str, Callable[[Stage], Site]] = {
    DIRECT: _direct,
    PROXIED: _proxied,
    POOLED: _pooled,
    CLOCKED: _clocked,
}


@contextmanager
def staged(vendor: str, folder: Path, events: int) -> Iterator[Stage]:
    """A database of the vendor in `folder`, whose path must be short, with so many events."""
    folder.mkdir()
    folder.chmod(0o755)
    disk = Disk(folder / "disk")
    with ExitStack() as stack:
        stack.callback(disk.unmount)
        database: Postgres | SQLite
        if vendor == Postgres.vendor:
            database = stack.enter_context(a_postgres(folder, disk))
        else:
            database = SQLite(folder, disk)
        stage = Stage(folder, database, disk)
        stage.worlds = make_worlds(database.url(), events)
        stack.callback(stage.end)
        yield stage
