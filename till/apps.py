from django.apps import AppConfig


class TillConfig(AppConfig):
    name = "till"

    def ready(self) -> None:
        from till import order_letters  # noqa: F401 - says what guests are written
