from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"

    def ready(self) -> None:
        from books.reports import keep
        from shifts.drawer import when_closing

        when_closing.append(keep)
