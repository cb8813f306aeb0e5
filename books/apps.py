from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"

    def ready(self) -> None:
        from books import nightly  # noqa: F401 - says what is done each night
        from books.letters import mail_report
        from books.reports import keep
        from books.sealing import seal_shift
        from shifts.drawer import when_closing

        when_closing.extend([keep, seal_shift, mail_report])
