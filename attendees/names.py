"""What a guest may be called."""

from collections.abc import Mapping
from typing import cast

from django.core.exceptions import ValidationError
from django.db.models import Field

from attendees.models import Attendee
from base.errors import Invalid, Problem

NAMES = ("firstname", "lastname", "email")
# What clients of the API read of a guest without a name: the Open Event Server's take its first letter.
NAMELESS = {"firstname": "onsite", "lastname": "attendee"}


def read_as(guest: Attendee) -> dict[str, str]:
    """The names of a guest that clients of the API read otherwise than they are kept: blank, as everywhere
    else.
    """
    return {} if guest.full_name or guest.order_id is None else NAMELESS


def checked(names: Mapping[str, str]) -> dict[str, str]:
    """The names of a guest, by the attendee's fields, without blanks around them. Raises `Invalid` with a
    problem for each that cannot be one.
    """
    clean, problems = {}, []
    for name, text in names.items():
        if name not in NAMES:
            raise TypeError(f"{name} is no name of a guest.")
        try:
            clean[name] = cast("Field[str, str]", Attendee._meta.get_field(name)).clean(text.strip(), None)
        except ValidationError as error:
            problems.append(Problem("invalid", " ".join(error.messages), (name,)))
    if problems:
        raise Invalid(*problems)
    return clean
