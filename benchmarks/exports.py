"""How long it takes to export the attendees of a large event, with how much memory, and what a sale costs
meanwhile: the file is written by a process of its own, as the worker does, while another one sells.

python tools/with_postgres.py --durable python -m benchmarks.exports          200,000 attendees, five minutes
python tools/with_postgres.py --durable python -m benchmarks.exports 20000    does it work?
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

ATTENDEES = 200_000
AT_MOST = {"csv": 30.0, "xlsx": 120.0}  # seconds, for so many
AT_MOST_MB = 150
SLOWER = 2.5  # a sale beside an export, on two cores
IN_TURN = 10  # sales


def fill(attendees: int) -> int:
    """The event's id."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from benchmarks.fill import make_event, sell
    from events.models import Member, Role

    call_command("migrate", verbosity=0)
    event, _token = make_event()
    sell(event, attendees)
    Member.objects.filter(event=event, user=User.objects.get()).update(role=Role.ORGANIZER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attendees_attendee SET firstname = 'Ana', lastname = 'Guest ' || id")
        cursor.execute("VACUUM ANALYZE")
    return event


def export(event: int, table: str, format: str) -> None:
    """Ask for a file, write it as the worker does, and print how that went."""
    from accounts.models import User
    from books.dialects import POINT
    from events.models import Event
    from exports import asking, working
    from exports.catalogue import TABLES
    from exports.models import Export
    from outbox.models import Message

    asked = {"event": Event.objects.get(pk=event), "table": TABLES[table], "by": User.objects.get()}
    print("begun", flush=True)
    made = asking.ask(**asked, dialect=POINT, format=format)
    begun = time.perf_counter()
    working.write(Message(kind=asking.EXPORT, tries=1, payload={"export": made.pk}))
    seconds = time.perf_counter() - begun
    done = Export.objects.get(pk=made.pk)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rows": done.rows_done, "mb": memory, "size": done.size}))


def stream(event: int, table: str) -> float:
    """The seconds in which a table is streamed."""
    from accounts.models import User
    from books.dialects import POINT
    from events.models import Event
    from exports import asking
    from exports.catalogue import TABLES

    asked = {"event": Event.objects.get(pk=event), "table": TABLES[table], "by": User.objects.get()}
    begun = time.perf_counter()
    for _lines in asking.streamed(**asked, dialect=POINT):
        pass
    return time.perf_counter() - begun


def sales(event: int) -> Iterator[float]:
    """The milliseconds of one sale of four after the other, without end."""
    from accounts.models import User
    from benchmarks.world import HOT
    from events.models import Event
    from orders.sale import Line, Sale
    from orders.sales import sell_onsite
    from shifts.desk import Desk

    sold_at, desk = Event.objects.get(pk=event), Desk(User.objects.get())
    while True:
        begun = time.perf_counter()
        sell_onsite(Sale(sold_at, [Line(HOT, 4)], [], status="pending"), desk=desk)
        yield (time.perf_counter() - begun) * 1000
        time.sleep(0.05)  # a till is not always selling


@dataclass
class Beside:
    """What an export in a process of its own said of itself, for how long it was stopped, and the
    milliseconds of each sale while it ran and while it was stopped: in turn, so that whatever else the
    machine does meets both alike.
    """

    said: dict[str, float]
    paused: float
    running: list[float]
    stopped: list[float]

    @property
    def seconds(self) -> float:
        return self.said["seconds"] - self.paused

    @property
    def ratio(self) -> float:
        return median(self.running) / median(self.stopped)


def beside(event: int, format: str) -> Beside:
    command = [sys.executable, "-m", "benchmarks.exports", "--write", str(event), format]
    worker = {name: value for name, value in os.environ.items() if name != "ONSITE_MAINTENANCE"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=worker)
    assert process.stdout is not None
    process.stdout.readline()  # it has begun
    found, selling = Beside({}, 0.0, [], []), sales(event)
    while process.poll() is None:
        found.running += [next(selling) for _ in range(IN_TURN)]
        process.send_signal(signal.SIGSTOP)
        begun = time.perf_counter()
        found.stopped += [next(selling) for _ in range(IN_TURN)]
        found.paused += time.perf_counter() - begun
        process.send_signal(signal.SIGCONT)
    said, _errors = process.communicate()
    found.said = json.loads(said)
    return found


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    os.environ["STREAMED_ROWS"] = str(10**9)
    os.environ["WORKER_TIMEOUT"], os.environ["PROXY_TIMEOUT"], os.environ["CLIENT_TIMEOUT"] = (
        "600",
        "700",
        "800",
    )
    if sys.argv[1:2] != ["--write"]:
        os.environ["ONSITE_MAINTENANCE"] = "1"  # for what fills it; the worker has its limits
    import django

    django.setup()
    if sys.argv[1:2] == ["--write"]:
        export(int(sys.argv[2]), "attendees", sys.argv[3])
        return 0
    attendees = int(sys.argv[1]) if sys.argv[1:] else ATTENDEES
    event = fill(attendees)
    wrong = []
    for format, most in AT_MOST.items():
        found = beside(event, format)
        file = found.said
        print(
            f"{format} of {file['rows']:,} attendees: {found.seconds:.1f} s, {file['size'] / 1e6:.1f} MB,"
            f" {file['mb']:.0f} MB of memory; a sale of four {median(found.running):.1f} ms, without it"
            f" {median(found.stopped):.1f} ms ({found.ratio:.2f} times), the slowest of {len(found.running)}"
            f" {max(found.running):.0f} and {max(found.stopped):.0f} ms"
        )
        too_slow = attendees >= ATTENDEES and found.seconds > most
        if too_slow or file["mb"] > AT_MOST_MB or found.ratio > SLOWER:
            wrong.append(format)
    print(f"Streamed: {stream(event, 'attendees'):.1f} s")
    for table in ("orders", "payments"):
        print(f"Streamed {table}: {stream(event, table):.1f} s")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
