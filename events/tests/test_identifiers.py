"""What an event cannot be called: what stands in addresses where others have their event."""

import re

import pytest

from base.identifiers import IDENTIFIER
from events.identifiers import RESERVED
from events.models import Event
from events.tests.admin_form import change_in_admin
from onsite_project.tests.url_map import patterns

pytestmark = pytest.mark.django_db

EVENT = re.compile(r"(?P<before>.*?/)(<event>|(?<=v1/events/)<reference>)")


def literal_siblings(known):
    """The segments that stand somewhere in these addresses where others have an event."""
    places = {found["before"] for path in known if (found := EVENT.match(path))}
    segments = {
        path.removeprefix(place).split("/")[0]
        for path in known
        for place in places
        if place in path[:30] and path.startswith(place)
    }
    return {segment for segment in segments if not segment.startswith("<")} - {""}


def test_every_literal_that_stands_where_an_event_does_is_reserved():
    found = literal_siblings([*patterns()])
    assert "pair" in found  # it finds them
    assert {name.lower() for name in found if IDENTIFIER.fullmatch(name)} <= RESERVED


def test_new_address_that_would_hide_an_event_is_noticed():
    assert literal_siblings(["door/<event>/", "door/soup/", "v1/events/<reference>", "v1/events/nut/x"]) == {
        "soup",
        "nut",
    }


@pytest.fixture
def form(client, event, organizer):
    """Sends the admin's form of the event with something changed."""
    client.force_login(organizer)
    return lambda **changes: change_in_admin(client, event, **changes)


@pytest.mark.parametrize("name", ["pair", "New", "JOIN", "api", "static", "first"])
def test_event_cannot_get_such_a_name(form, event, name):
    answer = form(identifier=name)
    assert answer.status_code == 200
    assert "is an address of Onsite itself" in answer.content.decode()
    assert Event.objects.get(pk=event.pk).identifier == event.identifier


def test_event_can_get_any_other_name(form, event):
    assert form(identifier="pairs").status_code == 302
    assert Event.objects.get(pk=event.pk).identifier == "pairs"


def test_event_that_has_such_a_name_keeps_it_and_is_changed(form, event):
    Event.objects.filter(pk=event.pk).update(identifier="pair")
    assert form(name="Spring Ball").status_code == 302
    changed = Event.objects.get(pk=event.pk)
    assert (changed.name, changed.identifier) == ("Spring Ball", "pair")


def test_api_names_events_itself(api, organizer, event):
    body = {"data": {"type": "event", "id": str(event.pk), "attributes": {"identifier": "pair"}}}
    assert api(organizer).patch(f"/v1/events/{event.pk}", body).status_code == 200
    assert Event.objects.get(pk=event.pk).identifier == event.identifier
