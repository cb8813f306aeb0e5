"""The words by which guests are found, written with their names."""

from collections.abc import Iterator, Sequence

from attendees.folding import folded_address, stored_words
from attendees.models import Attendee, NameWord
from base.sql.insert import insert_unread

Place = NameWord.Place


def write_words(guests: Sequence[Attendee], *, event_id: int) -> None:
    """Write the words of guests of the event who have none yet: one statement, for walk-ins without a
    name none.
    """
    insert_unread(
        [
            NameWord(event_id=event_id, attendee=guest, word=word, place=place)
            for guest in guests
            for word, place in words_of(guest.firstname, guest.lastname, guest.email)
        ]
    )


def rewrite_words(guest: Attendee, *, event_id: int) -> None:
    """Write the words of a guest whose name is another now."""
    guest.words.all().delete()
    write_words([guest], event_id=event_id)


def words_of(first: str, last: str, email: str) -> Iterator[tuple[str, Place]]:
    """Each word of a guest, with the place where it stands."""
    if first or last:
        of_last = stored_words("", last)
        for word in stored_words(first, last):
            yield word, Place.LAST if word in of_last else Place.FIRST
    if email:
        yield folded_address(email), Place.ADDRESS
