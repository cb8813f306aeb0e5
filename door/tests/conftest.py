from functools import partial

import pytest

from door.admission import Scan
from door.tests.doors import guests_of
from tickets.tests.factories import TicketFactory


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=None)


@pytest.fixture
def guest(event, ticket):
    """A guest with a paid ticket."""
    return guests_of(event, ticket)[0]


@pytest.fixture
def guests(event, ticket):
    """Three guests of one order."""
    return guests_of(event, ticket, 3)


@pytest.fixture
def scan(event):
    """What a door of the event saw: `scan(guest.code)`."""
    return partial(Scan, event)
