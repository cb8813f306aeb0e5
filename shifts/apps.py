from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "shifts"

    def ready(self) -> None:
        from shifts.announcing import closed
        from shifts.drawer import when_closing

        when_closing.append(closed)
