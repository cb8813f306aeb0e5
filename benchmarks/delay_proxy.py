"""A network between application and database: passes bytes on to a Unix socket, late.

What goes to the database waits for the whole delay, what comes back for none, so the delay is the
round trip's. Threads that sleep, not asyncio, whose timers are whole milliseconds.

    python -m benchmarks.delay_proxy SOCKET PORT MILLISECONDS
"""

import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.server import ROOT, connect, free_port

CHUNK = 1 << 20


def serve(target: str, port: int, delay: float) -> None:
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        while True:
            client, _address = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            database = socket.socket(socket.AF_UNIX)
            database.connect(target)
            for source, sink, wait in ((client, database, delay), (database, client, 0)):
                threading.Thread(target=_pump, args=(source, sink, wait), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, wait: float) -> None:
    """Pass on until either side hangs up. The client waits for every answer, so nothing queues here."""
    try:
        while chunk := source.recv(CHUNK):
            if wait:
                time.sleep(wait)
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def delayed(target: Path, milliseconds: float) -> Iterator[int]:
    """The port of loopback that leads to the socket `target`."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.delay_proxy", str(target), str(port), str(milliseconds)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        deadline = time.monotonic() + 10
        while not _listens(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def round_trip(host: str | Path, database: str, port: int = 5432, times: int = 200) -> float:
    """Median milliseconds of `SELECT 1`: what a statement costs before it does anything."""
    with closing(connect(host, database, port)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        spent = []
        for _ in range(times):
            began = time.perf_counter()
            cursor.execute("SELECT 1")
            spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000)
