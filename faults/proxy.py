"""A network between the application and PostgreSQL that fails when it is told to.

    python -m faults.proxy SOCKET PORT

A line on its standard input is the mode from then on; each is answered with a line that says how many
connections were cut in the mode before.
"""

import ctypes
import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

CHUNK = 1 << 20
PASS, BEFORE_COMMIT, AFTER_COMMIT, DEAF, SILENT = "pass", "before-commit", "after-commit", "deaf", "silent"
COMMIT = b"COMMIT"
ASKS_FOR_ENCRYPTION = (80877103, 80877104)  # SSLRequest and GSSENCRequest, answered with one letter
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27


class Messages:
    """Cuts the bytes of a client into the messages of PostgreSQL's protocol, version 3."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun = False

    def fed(self, chunk: bytes) -> list[bytes]:
        """The messages that are whole with this chunk, each as it was sent."""
        self._rest += chunk
        whole = []
        while (size := self._size()) is not None and len(self._rest) >= size:
            message, self._rest = self._rest[:size], self._rest[size:]
            if not self._begun:
                self._begun = int.from_bytes(message[4:8]) not in ASKS_FOR_ENCRYPTION
            whole.append(message)
        return whole

    def _size(self) -> int | None:
        """Of the message that begins; before the log-in has been asked for, it has no letter in front."""
        letter = 1 if self._begun else 0
        if len(self._rest) < letter + 4:
            return None
        return letter + int.from_bytes(self._rest[letter : letter + 4])


def commits(message: bytes) -> bool:
    """Whether it is a query that ends a transaction."""
    return message[:1] == b"Q" and message[5:].rstrip(b"\0; ").upper() == COMMIT


class Network:
    """All connections, and how they are treated."""

    def __init__(self, target: str, port: int) -> None:
        self.target = target
        self.cuts = 0
        self._seen = 0
        self._mode = PASS
        self._open = threading.Event()
        self._open.set()
        self._clients: set[socket.socket] = set()
        self._alone = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)

    def turn(self, mode: str) -> int:
        """Treat them so from now on; how many were cut before. Whoever waited in silence is cut off at its
        end, whoever waited for the deaf is served.
        """
        before, self._mode = self._mode, mode
        if mode == SILENT:
            self._each(drop_all)
        elif before == SILENT:
            self._each(drop_nothing)
            for client in list(self._clients):
                _hang_up(client)
        (self._open.clear if mode in (DEAF, SILENT) else self._open.set)()
        cuts, self.cuts = self.cuts, 0
        return cuts

    def _each(self, act: Callable[[socket.socket], None]) -> None:
        for connection in [self.listener, *self._clients]:
            with suppress(OSError):
                act(connection)

    def serve(self) -> None:
        while True:
            client, _address = self.listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._clients.add(client)
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._open.wait()
        database = socket.socket(socket.AF_UNIX)
        try:
            database.connect(self.target)
        except OSError:
            self._clients.discard(client)
            return _hang_up(client)
        line = Line(self, client, database)
        threading.Thread(target=line.to_client, daemon=True).start()
        line.to_database()
        self._clients.discard(client)

    def wait(self) -> None:
        self._open.wait()

    def treats(self) -> str:
        """How a COMMIT is treated that is sent now: each second one is cut."""
        with self._alone:
            if self._mode not in (BEFORE_COMMIT, AFTER_COMMIT):
                return PASS
            self._seen += 1
            if self._seen % 2:
                return PASS
            self.cuts += 1
            return self._mode


class Line:
    """One connection, on both sides."""

    def __init__(self, network: Network, client: socket.socket, database: socket.socket) -> None:
        self.network, self.client, self.database = network, client, database
        self._cuts_answer = False

    def to_database(self) -> None:
        messages = Messages()
        with suppress(OSError):
            while chunk := self.client.recv(CHUNK):
                self.network.wait()
                for message in messages.fed(chunk):
                    treated = self.network.treats() if commits(message) else PASS
                    if treated == BEFORE_COMMIT:
                        return self.cut()
                    self._cuts_answer = treated == AFTER_COMMIT
                    self.database.sendall(message)
        self.cut()

    def to_client(self) -> None:
        with suppress(OSError):
            while chunk := self.database.recv(CHUNK):
                self.network.wait()
                if self._cuts_answer:
                    break
                self.client.sendall(chunk)
        self.cut()

    def cut(self) -> None:
        _hang_up(self.client)
        _hang_up(self.database)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


# Of the kernel's packet filter: the one instruction that lets 0 bytes of each packet pass. So the kernel
# does not even acknowledge what arrives, as if the cable were out.
NOTHING_PASSES = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))


def drop_all(connection: socket.socket) -> None:
    program = struct.pack("HP", 1, ctypes.addressof(NOTHING_PASSES))
    connection.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def drop_nothing(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def main() -> None:
    network = Network(sys.argv[1], int(sys.argv[2]))
    threading.Thread(target=network.serve, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        print(network.turn(line.strip()), flush=True)


if __name__ == "__main__":
    main()
