from django.contrib.admin.apps import AdminConfig


class OnsiteAdminConfig(AdminConfig):
    """The stock admin with a site that asks the members' roles instead of Django's permissions."""

    default_site = "events.admin_site.OnsiteAdminSite"

    def ready(self) -> None:
        super().ready()
        from onsite_project import checks  # noqa: F401  registers them
