"""Rows of the books."""

from typing import Any, NoReturn

from django.db import models


class Record(models.Model):
    """A row of the books: what has happened is not edited, a mistake is put right by another row."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A row of the books is never edited; add another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A row of the books is never deleted; add another one.")
