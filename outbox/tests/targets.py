"""Servers to be told what happens: real sockets on this machine, each with a temper of its own."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answering(answer):
    def answer_it(connection, _target):
        connection.sendall(answer)

    return answer_it


def dripping(connection, target):
    """A byte now and then, of a head that never ends."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
        if target.closing.wait(0.2):
            return
        connection.sendall(bytes([byte]))


def continuing(connection, target):
    while not target.closing.wait(0.05):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def silent(_connection, target):
    target.closing.wait()


def huge(connection, target):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
    for _ in range(1600):
        connection.sendall(b"x" * 65_536)
        target.sent += 65_536


def endless_head(connection, _target):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"y" * 10_000 + b"\r\n")


def closes(_connection, _target):
    pass


def garbage(connection, _target):
    connection.sendall(b"\x00\xff nonsense\r\n\r\n")


class Target:
    """Keeps the requests that it is sent, each as its headers (by their names in lower case) and its body."""

    def __init__(self, temper=None, *, context=None, reads=True):
        self.temper, self.context, self.reads = temper or answering(OK), context, reads
        self.requests, self.connections, self.sent = [], 0, 0
        self.at_once, self.most_at_once = 0, 0
        self.closing, self.lock = threading.Event(), threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.socket.getsockname()[1]
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}/hook?a=b"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _address = self.socket.accept()
                threading.Thread(target=self._meet, args=[connection], daemon=True).start()

    def _meet(self, connection):
        with self.lock:
            self.connections += 1
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            with suppress(OSError):
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                if self.reads:
                    self.requests.append(_request(connection))
                self.temper(connection, self)
        finally:
            with self.lock:
                self.at_once -= 1
            connection.close()

    def close(self):
        self.closing.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # else who waits in it takes one more
        self.socket.close()


def _request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        if not (some := connection.recv(65_536)):
            raise ConnectionError
        data += some
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65_536)
    return {"first": first, "at": time.time(), **headers}, body


@contextmanager
def target(*args, **options):
    made = Target(*args, **options)
    try:
        yield made
    finally:
        made.close()


def certificate(folder, name):
    """A context of a server with a certificate for `name` that nobody has signed but itself; and its file."""
    import subprocess

    key, file = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={name}",
            ),
            *("-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", file),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context, file
