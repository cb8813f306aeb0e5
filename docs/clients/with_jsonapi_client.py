"""Sell at the door with jsonapi-client: https://pypi.org/project/jsonapi-client/"""

import logging
import os
import uuid

import requests
from jsonapi_client import Modifier, Session
from jsonapi_client.exceptions import DocumentError

URL = os.environ.get("ONSITE_URL", "http://127.0.0.1:8000")
EMAIL = os.environ.get("EMAIL", "cashier@example.com")
PASSWORD = os.environ.get("PASSWORD", "onsite-demo")

login = requests.post(f"{URL}/auth/session", json={"email": EMAIL, "password": PASSWORD}, timeout=10)
login.raise_for_status()
token = login.json()["access_token"]
print("Logged in as", EMAIL)

# It makes resources by a schema alone; of attributes, the names are enough, and of those the ones in use.
logging.getLogger("jsonapi_client").setLevel(logging.ERROR)
MODELS = {
    "order": {
        "properties": {
            **{name: {} for name in ("status", "amount", "currency", "identifier", "on-site-tickets")},
            "event": {"relation": "to-one", "resource": ["event"]},
            "attendees": {"relation": "to-many", "resource": ["attendee"]},
            "tickets": {"relation": "to-many", "resource": ["ticket"]},
        }
    }
}


def session(schema=None):
    return Session(f"{URL}/v1", schema=schema, request_kwargs={"headers": headers(), "timeout": 10})


def headers():
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/vnd.api+json",
        "Idempotency-Key": str(uuid.uuid4()),
    }


def sell(ticket, quantity):
    with_models = session(MODELS)
    lines = [{"id": ticket.id, "quantity": quantity}]
    order = with_models.create(
        "order", fields={"status": "completed", "on-site-tickets": lines, "event": "demo"}
    )
    order.commit(f"{URL}/v1/orders?onsite=true")
    return order


api = session()
tickets = list(api.iterate("events/demo/tickets", Modifier("page[size]=2")))
assert len(tickets) > 2, "more than one page"
print("Tickets, in pages of two:", ", ".join(ticket.name for ticket in tickets))

adult = next(ticket for ticket in tickets if ticket.name == "Adult")
order = sell(adult, "2")
assert order.status == "completed"
print("Sold", order.identifier, "for", order.amount, order.currency)

found = api.fetch_document_by_url(f"{URL}/v1/orders/{order.id}?include=attendees,tickets")
read = found.resource
assert len(read.attendees) == 2
assert read.tickets[0].name == "Adult"
print("Included:", len(read.attendees), "attendees and the ticket", read.tickets[0].name)

related = read.relationships.attendees.links.related
guests = related.fetch().resources
assert {guest.id for guest in guests} == {guest.id for guest in read.attendees}
print("Followed", related.url)

guest = guests[0]
guest.firstname = "Ada"
guest.commit()
assert guest.firstname == "Ada"
print("Named", guest.firstname)

try:
    sell(adult, "9999")
except DocumentError as refusal:
    (error,) = refusal.response.json()["errors"]
    assert "on-site-tickets" in error["source"]["pointer"]
    print("Refused:", error["status"], error["code"], error["detail"])
else:
    raise AssertionError("9999 were sold")
