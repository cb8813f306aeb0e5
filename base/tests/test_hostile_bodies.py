"""A corpus of hostile bodies for every operation that takes one: refused, or taken as the schema says."""

import json
import re

import pytest

from base.tests.client import MEDIA_TYPE
from base.tests.contract import check_answer, operation, published
from door.models import CheckIn
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

WHOLE = [
    b"",
    b"null",
    b"[]",
    b'""',
    b"{",
    b"\xff\xfe",
    b'{"data": null}',
    b'{"data": []}',
    b'{"data": [[]]}',
    b'{"data": {"type": null}}',
    b'{"data": {"type": ["order"]}}',
    b'{"data": {"type": "order", "attributes": [1]}}',
    b'{"data": {"type": "order", "relationships": {"event": "x"}}}',
    b'{"data": NaN}',
    b'{"data": 1e999999999}',
    b"[" * 100_000 + b"]" * 100_000,
    b'{"data":' * 50_000,
    b'{"a": "' + b"x" * 3_000_000 + b'"}',
]
HERSELF = {"type": "event", "id": {"type": "event", "id": "1"}}
VALUES = [
    None, True, 0, -1, 1.5, 10**30, -(10**30), "", " ", "\x00", "a\x00b", "\ud800", "x" * 100_000, "٣", "1_0",
    "+1", "1e400", "NaN", "-0.00", "🙂" * 300, "\u202e", "<script>", "' OR 1=1 --", [], [[]], [None],
    ["x"] * 2_000, {}, {"data": None}, {"type": "event"}, HERSELF, [HERSELF], {"": {"": [{}]}},
    "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "24:00:00", "America/Nowhere",
]  # fmt: skip
NASTIEST = ["\x00", "\ud800", 10**30, {"data": None}, [[None]], "9999-12-31T23:59:59-23:59", "x" * 100_000]


def members(schema, kind):
    """The names of the attributes or relationships that a request's schema knows, wherever it does."""
    if isinstance(schema, list):
        return {name for part in schema for name in members(part, kind)}
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema:
        return members(published()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], kind)
    own = schema.get("properties", {}).get(kind, {})
    found = set(own.get("properties", {})) if isinstance(own, dict) else set()
    return found | {name for part in schema.values() for name in members(part, kind)}


@pytest.fixture
def writes(event, organizer):
    """Each operation that takes a JSON:API body: method, address, type, attributes, relationships."""
    ticket = TicketFactory(event=event, price=0, type="free")
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 2)], seller=organizer, admit=True)
    TillFactory(event=event)
    things = {"events": event.pk, "tickets": ticket.pk, "orders": order.pk}
    things["attendees"] = order.attendees.first().pk
    values = {"event": event.pk, "order": order.pk, "check_in": CheckIn.objects.first().pk}
    found = []
    for path, operations in published()["paths"].items():
        is_document = path.startswith("/v1/") and not path.startswith("/v1/auth/")
        for method in {"post", "patch"} & set(operations) if is_document else ():
            home = path.split("/")[-1] if path.split("/")[-1] in ("check-ins", "undo") else path.split("/")[2]
            filled = {**values, "reference": things.get(path.split("/")[2])}
            url = re.sub(r"{(\w+)}", lambda name, filled=filled: str(filled[name[1]]), path)
            (body,) = operations[method]["requestBody"]["content"].values()
            kind = {"undo": "check-in"}.get(home, home.removesuffix("s"))
            names = {part: members(body["schema"], part) for part in ("attributes", "relationships")}
            urls = [url, f"{url}?onsite=true"] if (method, path) == ("post", "/v1/orders") else [url]
            found += [(method.upper(), one, kind, filled["reference"], names) for one in urls]
    return found


def bodies(kind, reference, names):
    """All attributes and relationships of one odd value; then each alone of the worst ones."""

    def body(attributes, relationships):
        linkages = {name: {"data": value} for name, value in relationships.items()}
        data = {"type": kind, "id": str(reference), "attributes": attributes, "relationships": linkages}
        return json.dumps({"data": data})

    attributes, relationships = names["attributes"], names["relationships"]
    for value in VALUES:
        yield body(dict.fromkeys(attributes, value), dict.fromkeys(relationships, value))
    for value in NASTIEST:
        for name in attributes:
            yield body({name: value}, {})
        for name in relationships:
            yield body({}, {name: value})


@pytest.mark.walk
def test_every_operation_stands_hostile_bodies(api, organizer, writes):
    client, wrong, sent = api(organizer), [], 0
    for method, url, kind, reference, names in writes:
        for body in [*WHOLE, *bodies(kind, reference, names)]:
            response = client.client.generic(
                method, url, body, content_type=MEDIA_TYPE, headers=client.headers
            )
            check_answer(method, url, response)
            sent += 1
            if response.status_code >= 500:
                wrong.append((method, url, response.status_code, body[:200]))
    assert not wrong
    assert sent > 800, "the corpus reached hardly anything"


def test_corpus_reaches_what_each_operation_takes(writes):
    known = {(method, url.partition("?")[0]): names for method, url, _k, _r, names in writes}
    assert len(known) >= 10
    assert all(operation(method, url) for method, url in known)
    sales = next(names for method, url, _k, _r, names in writes if url.endswith("?onsite=true"))
    assert {"on-site-tickets", "payments", "awaits-card"} <= sales["attributes"]
    assert {"event", "till"} <= sales["relationships"]
