"""What an event may be called in addresses."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Segments that stand, or will, where addresses have an event: `/door/pair/` is no event's. In lower case.
RESERVED = frozenset(
    {
        "admin",
        "api",
        "auth",
        "door",
        "events",
        "first",
        "home",
        "join",
        "media",
        "new",
        "pair",
        "schema",
        "search",
        "static",
        "till",
        "worker",
    }
)


def check_identifier(identifier: str) -> None:
    """Raise `ValidationError` where an event cannot get this name. Those that have it keep it."""
    if identifier.lower() in RESERVED:
        detail = _("%(identifier)s is an address of Onsite itself; please choose another.")
        raise ValidationError(detail, code="reserved", params={"identifier": identifier})
