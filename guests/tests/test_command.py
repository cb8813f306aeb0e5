"""A list is imported from the command line."""

import pytest
from django.core.management import CommandError, call_command

from guests.tests.files import csv_of
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=3)


@pytest.fixture
def run(event, tmp_path, capsys):
    def run_(*rows, **options):
        path = tmp_path / "list.csv"
        path.write_bytes(csv_of(rows))
        call_command("import_guests", event.identifier, str(path), **options)
        return capsys.readouterr().out

    return run_


def test_guests_are_put_on_the_list_and_the_second_time_nobody(run, adult):
    rows = [("Name", "Ticket", "Diet"), ("Ana", "Adult", ""), ("Bo", "adult", "")]
    assert "2 new, 0 already" in run(*rows, dry_run=True)
    assert not Order.objects.exists()
    assert run(*rows) == "Columns that are not read: Diet\n2 new, 0 already on the list.\n"
    assert "0 new, 2 already" in run(*rows)
    assert Order.objects.count() == 2


def test_what_rows_do_not_say_is_said_beside(run, adult):
    run(("Name",), ("Ana",), ticket="ADULT", way="at-door")
    assert Order.objects.get().status == "pending"


def test_what_is_wrong_is_told_by_line(run, adult):
    with pytest.raises(CommandError) as refusal:
        run(("Name", "Ticket"), ("x" * 200, "Adult"), ("Bo", "Child"))
    first, second = str(refusal.value).splitlines()
    assert first.startswith("line 2, Name: ")
    assert second == "line 3, Ticket: There is no ticket “Child”."
    assert refusal.value.returncode == 1


def test_too_many_are_none(run, adult):
    with pytest.raises(CommandError, match="Only 3 Adult are left, 4 wanted"):
        run(("Name",), *((f"G{n}",) for n in range(4)), ticket=str(adult.pk))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("event_named", "options"), [("nowhere", {}), (None, {"ticket": "Child"}), (None, {"file": "/none"})]
)
def test_what_is_not_there_is_said(event, adult, tmp_path, event_named, options):
    path = tmp_path / "list.csv"
    path.write_text("Name\nAna\n")
    file = options.pop("file", str(path))
    with pytest.raises(CommandError):
        call_command("import_guests", event_named or event.identifier, file, **options)
