"""Static files as they are served where DEBUG is off: under names that change with what is in them, so
that a browser asks for each just once, and compressed.
"""

from django.conf import settings
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Modules import each other by these names too."""

    support_js_module_import_aggregation = True


def collect() -> None:
    """Bring them to `STATIC_ROOT`, if that is how they are served. What lies there of earlier versions
    stays, for pages that are still open.
    """
    if settings.HASHED_STATIC_FILES:
        call_command("collectstatic", interactive=False, verbosity=0)
