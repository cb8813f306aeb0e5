"""A guest's code is replaced by another, and is kept, so that doors know it for what it was."""

from datetime import datetime

from attendees.models import Attendee, RetiredCode, new_code


def retire(guest: Attendee, at: datetime) -> None:
    """Give a guest a new code; the old one admits nobody any more. Runs in the transaction that has locked
    the guest's order, which keeps scans out. `at` is the time of it (UTC).
    """
    RetiredCode.objects.create(code=guest.code, attendee=guest, at=at)
    guest.code = new_code()
    guest.save(update_fields=["code"])
