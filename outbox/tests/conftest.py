import threading
from contextlib import contextmanager

import pytest
from django.db import connection

from outbox.worker import Worker


@pytest.fixture
def private(settings):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True


@pytest.fixture
def working(private):
    """`with working(): ...`, while a worker works, which has ended what it began by the end."""

    @contextmanager
    def work(threads=4, workers=1):
        made = [Worker(threads) for _ in range(workers)]

        def run(worker):
            try:
                worker.run()
            finally:
                connection.close()

        running = [threading.Thread(target=run, args=[worker]) for worker in made]
        for thread in running:
            thread.start()
        try:
            yield made
        finally:
            for worker in made:
                worker.stop()
            for thread in running:
                thread.join(60)
                assert not thread.is_alive()

    return work


@pytest.fixture(autouse=True)
def no_nights(settings, monkeypatch):
    """What a worker does of itself each night is no part of what is told of here."""
    settings.NIGHTLY_AT = ""
    monkeypatch.setenv("NIGHTLY_AT", "")
