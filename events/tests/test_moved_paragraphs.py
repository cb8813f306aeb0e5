"""The one paragraph that an event had becomes that of the site's language, and back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events.models import Event
from events.tests.factories import EventFactory

ONE = [("events", "0007_claims")]


def go_to(migrations):
    return MigrationExecutor(connection).migrate(migrations).apps.get_model("events", "Event")


def newest():
    return MigrationExecutor(connection).loader.graph.leaf_nodes()


@pytest.mark.django_db(transaction=True)
def test_paragraph_is_moved_and_moved_back():
    english, others, silent = EventFactory.create_batch(3)
    for event, language, text in (
        (english, "ar", "الحافلة ٧"),
        (english, "en", "Bus 7"),
        (others, "de", "Linie 7"),
        (others, "ar", "الحافلة ٧"),
    ):
        event.paragraphs.create(language=language, text=text)
    try:
        before = go_to(ONE).objects
        told = dict(before.values_list("pk", "mail_paragraph"))
        assert told == {english.pk: "Bus 7", others.pk: "Linie 7", silent.pk: ""}
    finally:
        go_to(newest())
    texts = Event.objects.order_by("pk").values_list("paragraphs__language", "paragraphs__text")
    assert list(texts) == [("en", "Bus 7"), ("en", "Linie 7"), (None, None)]
