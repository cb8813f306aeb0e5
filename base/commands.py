"""Commands that report what they have done: what is done is not undone by nobody reading it."""

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from django.core.management.base import BaseCommand, OutputWrapper
from django.utils.translation import gettext as _

DONE_NOT_SHOWN = 3


class Reporting(BaseCommand):
    """Has done something when it begins to tell of it."""

    def report(self, lines: Iterable[str], *, done: str) -> None:
        """Print the lines. Where that fails (a pipe that was closed, a full disk), say in one line on stderr
        what was `done` and exit with 3, so that nobody takes it for not done.
        """
        text = "".join(f"{line}\n" for line in lines)
        if not _written(text, self.stdout, sys.stdout):
            told = _("%s The report could not be shown.") % done
            _written(f"{told}\n", self.stderr, sys.stderr)
            sys.exit(DONE_NOT_SHOWN)


def _written(text: str, to: OutputWrapper, stream: TextIO | None) -> bool:
    """Whether the text has reached the other side. `stream` is what `to` writes to; None was never open."""
    try:
        to.write(text)
        to.flush()
    except (OSError, AttributeError):
        if stream is not None:
            # Python flushes it when it ends: https://docs.python.org/3/library/signal.html#note-on-sigpipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True
