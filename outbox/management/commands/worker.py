import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from outbox.worker import Worker


class Command(BaseCommand):
    help = (
        "Do what is in the outbox: send webhooks and mail, write exports. It runs until it is told to stop"
        " (TERM, or Ctrl-C) and then ends what it has begun. Several may run."
    )
    requires_system_checks = []  # it waits for a database that is not there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--threads", type=int, default=settings.OUTBOX_THREADS, help="what it does at the same time"
        )

    def handle(self, *args: Any, threads: int, **options: Any) -> None:
        worker = Worker(max(1, threads))

        def stop(_signal: int, _frame: FrameType | None) -> None:
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run()
