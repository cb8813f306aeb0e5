"""A line to PostgreSQL that breaks when a test wants it to."""

import select
import socket
import threading
from contextlib import contextmanager, suppress

from django.db import connection


class Line:
    """Passes on what is said, until either side says `word`: then, by `how`, it is silent ("silent") or hangs
    up ("cut"); before that word is passed on, or, `after`, with the answer to it.
    """

    def __init__(self, word, how, *, after=False):
        self.word, self.how, self.after = word, how, after
        self.broken = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._to = _server()
        self._all, self._threads = [self._door], []
        self._begin(self._serve)

    def _begin(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _serve(self):
        with suppress(OSError):
            while True:
                client, _address = self._door.accept()
                self._all.append(client)
                if self.broken.is_set():
                    continue  # a machine that is there, and says nothing
                self._begin(self._pass_on, client, self._connect())

    def _connect(self):
        server = socket.socket(socket.AF_UNIX if isinstance(self._to, str) else socket.AF_INET)
        server.connect(self._to)
        self._all.append(server)
        return server

    def _pass_on(self, client, server):
        said = False
        with suppress(OSError):
            while not self.broken.is_set():
                for one in select.select([client, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    is_word = one is client and self.word in data
                    if (is_word and not self.after) or (said and one is server):
                        if self.after:
                            client.sendall(data)
                        self.broken.set()
                        break
                    said = said or is_word
                    (server if one is client else client).sendall(data)
        if self.how == "cut":
            for one in (client, server):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._hang_up()
        for thread in self._threads:
            thread.join(timeout=10)
        for one in self._all:
            one.close()

    def _hang_up(self):
        for one in self._all:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _server():
    """Where PostgreSQL listens: the path of a socket, or an address and a port."""
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or 5432
    host = connection.settings_dict["OPTIONS"].get("host", host)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, int(port))


@contextmanager
def by(line, monkeypatch):
    """Let our connection lead through `line`. What it teaches of the database is forgotten behind it."""
    from base.postgresql import hosts  # which SQLite's tests need not have

    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(hosts, "HOSTS", {})
        patch.setitem(connection.settings_dict, "PORT", str(line.port))
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        options = {**connection.settings_dict["OPTIONS"], "host": "127.0.0.1", "sslmode": "disable"}
        patch.setitem(connection.settings_dict, "OPTIONS", options)
        try:
            yield
        finally:
            connection.close()
            line.close()
