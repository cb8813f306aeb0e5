"""A mail server to send to: a real one, on this machine, with a temper of its own."""

import email
import email.policy
import logging
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.core import mail

from benchmarks.server import free_port
from outbox import mailing
from outbox.models import LETTER, MAIL, Message

logging.getLogger("mail.log").setLevel(logging.WARNING)  # every word of each conversation


class PostOffice:
    """Keeps what it accepts, as messages and as they came. `to` and `data` are what it says to an address and
    to a mail: the first of each is said once, as long as there is another.
    """

    def __init__(self):
        self.mails, self.raw = [], []
        self.to, self.data = ["250 OK"], ["250 OK"]
        self.pause = None  # waited for before a mail is accepted

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        said = self.to.pop(0) if len(self.to) > 1 else self.to[0]
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server, _session, envelope):
        said = self.data.pop(0) if len(self.data) > 1 else self.data[0]
        if said.startswith("2"):
            self.raw.append(envelope.original_content)
            self.mails.append(
                email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            )
            self.mails[-1].envelope = list(envelope.rcpt_tos)
        if self.pause is not None:
            await server.loop.run_in_executor(None, self.pause.wait, 30)
        return said


class _Plain(Controller):
    def factory(self):
        return SMTP(self.handler, hostname="post.example.com", enable_SMTPUTF8=False)


@contextmanager
def post_office(settings=None):
    """A server that accepts mail; the settings, if they are given, lead to it."""
    office = PostOffice()
    controller = _Plain(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    office.url = f"smtp://127.0.0.1:{controller.port}"
    if settings is not None:
        lead_to(settings, controller.port)
    try:
        yield office
    finally:
        if office.pause is not None:
            office.pause.set()
        controller.stop()


def lead_to(settings, port):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@contextmanager
def hanging(settings):
    """A server that takes a connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        lead_to(settings, server.getsockname()[1])
        settings.EMAIL_TIMEOUT = 2
        ended = threading.Event()
        taken = []

        def take():
            server.settimeout(0.1)
            while not ended.is_set():
                try:
                    taken.append(server.accept()[0])
                except TimeoutError:
                    time.sleep(0.05)

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield taken
        finally:
            ended.set()
            thread.join()
            for connection in taken:
                connection.close()


def mails():
    """The mails that were posted, oldest first."""
    return list(Message.objects.filter(kind=MAIL).order_by("pk"))


def deliver():
    """Do what the worker does with what was posted, without a server; all mails that have left by now."""
    for letter in Message.objects.filter(kind=LETTER).order_by("pk"):
        mailing.address(letter)
    for message in mails():
        if message.state == Message.State.WAITING:
            mailing.send(message)
            message.state, message.ended_at = Message.State.DONE, datetime.now(UTC)
            message.save(update_fields=["state", "ended_at"])
    return mail.outbox


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def html_of(mail):
    return mail.get_body(("html",)).get_content()
