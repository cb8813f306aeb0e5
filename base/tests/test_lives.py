"""A random life is looked at again after whatever wrote: a check that is left out hides what is wrong."""

import pytest
from django.db import transaction
from hypothesis.stateful import rule

from base.tests.lives import CheckedLife, rows_written
from events.models import Event

pytestmark = pytest.mark.django_db


def insert(event):
    event.stations.create(name="Gate")


def update(event):
    Event.objects.filter(pk=event.pk).update(name="Other")


def delete(event):
    event.tickets.all().delete()
    event.members.all().delete()


def undo(event):
    with transaction.atomic():
        update(event)
        transaction.set_rollback(True)


@pytest.mark.parametrize("write", [insert, update, delete, undo])
def test_what_was_written_is_seen(event, member, write):
    member("cashier")
    before = rows_written()
    write(event)
    assert rows_written() > before


def test_reading_writes_nothing(event):
    before = rows_written()
    assert list(Event.objects.all()) == [event]
    assert rows_written() == before


def test_a_life_is_checked_once_for_what_was_written(event):
    class Life(CheckedLife):
        checked = 0

        @rule()
        def wait(self):
            """A machine has one."""

        def check(self):
            self.checked += 1

    life = Life()
    for _step in range(3):
        life.all_is_right()
    assert life.checked == 1
    update(event)
    life.all_is_right()
    assert life.checked == 2
