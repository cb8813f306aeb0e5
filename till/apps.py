from django.apps import AppConfig


class TillConfig(AppConfig):
    name = "till"

    def ready(self) -> None:
        from till import mailing  # noqa: F401 - says how tickets are mailed
