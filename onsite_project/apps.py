from django.conf import settings
from django.contrib.admin.apps import AdminConfig

from base import sentry
from onsite_project import __version__


class OnsiteAdminConfig(AdminConfig):
    """The stock admin with a site that asks the members' roles instead of Django's permissions."""

    default_site = "events.admin_site.OnsiteAdminSite"

    def ready(self) -> None:
        super().ready()
        from onsite_project import checks  # noqa: F401  registers them

        if settings.SENTRY_DSN:
            sentry.begin(settings.SENTRY_DSN, release=__version__)
