"""How long organizers wait where a million guests of twenty events are: every list of the admin with its
searches, filters, orders and pages, the forms, reports, totals, the live picture, the night, an export's
first byte, and the API; one client, over the whole middleware, in this process. Writes MILLION.md.

python tools/with_postgres.py --durable python -m benchmarks.million      half an hour
python tools/with_postgres.py --durable python -m benchmarks.million 10   does it work? writes nothing
DATABASE_URL=... python -m benchmarks.million filled check-ins            one that is filled; writes nothing
"""

import os
import sys
from pathlib import Path

from benchmarks.million import fill, report

THOUSANDS, AT_MOST, ROUNDS = 1000, 300, 5
HERE = Path(__file__).resolve().parent


def main(thousands: int | None, words: list[str]) -> int:
    """Fills a database with so many thousand guests, or takes it as it is, and measures the places whose
    names hold one of the words, or all.
    """
    _django()
    from django.test import Client

    from accounts.models import ApiToken, User
    from attendees.models import Attendee
    from benchmarks.million import places

    if thousands is not None:
        fill.fill(thousands)
    organizer, superuser = map(User.objects.get_by_natural_key, (fill.ORGANIZER, fill.SUPERUSER))
    _row, token = ApiToken.objects.create(user=organizer)
    clients = [Client(), Client(), Client(headers={"Authorization": f"Bearer {token}"})]
    clients[0].force_login(organizer)
    clients[1].force_login(superuser)
    measured = [
        place
        for place in places.everywhere(*clients)
        if not words or any(word in place.name for word in words)
    ]
    for place in measured:
        places.measure(place, ROUNDS)
        print(f"{place.p50:6.0f} {place.p95:6.0f}  {place.name}", flush=True)
    text = report.report(measured, Attendee.objects.count())
    if thousands != THOUSANDS:
        print(text)
        return 0
    (HERE.parent / "MILLION.md").write_text(text)
    return int(any(place.p50 > AT_MOST for place in measured))


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    os.environ["ONSITE_MAINTENANCE"] = "1"  # for what fills it
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    settings.STREAMED_ROWS = 10**6  # every table, for its first byte
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES["staticfiles"] = plain  # nothing was collected


if __name__ == "__main__":
    given = sys.argv[1:2] or [str(THOUSANDS)]
    sys.exit(main(None if given == ["filled"] else int(given[0]), sys.argv[2:]))
