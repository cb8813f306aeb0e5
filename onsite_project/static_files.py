"""Static files as they are served where DEBUG is off: under names that change with what is in them, so
that a browser asks for each just once, and compressed.
"""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Modules import each other by these names too."""

    support_js_module_import_aggregation = True

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What lies there compressed is the same still: so its name says."""
        yield from super().compress_files(path for path in paths if not self.exists(f"{path}.gz"))


# Beside what was collected: of which files it was made.
COLLECTED = "collected.sha256"


def collect() -> None:
    """Bring them to `STATIC_ROOT`, if that is how they are served. What lies there of earlier versions
    stays, for pages that are still open. Where it was brought before, nothing is done: compressing
    takes seconds, in which a server that is started again serves nobody.
    """
    if not settings.HASHED_STATIC_FILES:
        return
    made_of = _fingerprint()
    kept = Path(str(settings.STATIC_ROOT), COLLECTED)
    if kept.exists() and kept.read_text() == made_of:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(made_of)


def _fingerprint() -> str:
    """A digest of what there is to collect, as far as names, sizes and times of change tell."""
    digest = hashlib.sha256(f"{version('Django')} {version('whitenoise')}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
