"""Sell at the door with jsonapi-requests: https://pypi.org/project/jsonapi-requests/"""

import json
import os
import uuid

import requests
from jsonapi_requests import JsonApiObject
from jsonapi_requests.orm import ApiModel, AttributeField, OrmApi, RelationField
from jsonapi_requests.request_factory import ApiClientError

URL = os.environ.get("ONSITE_URL", "http://127.0.0.1:8000")
EMAIL = os.environ.get("EMAIL", "cashier@example.com")
PASSWORD = os.environ.get("PASSWORD", "onsite-demo")

login = requests.post(f"{URL}/auth/session", json={"email": EMAIL, "password": PASSWORD}, timeout=10)
login.raise_for_status()
print("Logged in as", EMAIL)


class Token(requests.auth.AuthBase):
    """The token; and a new key with every request, so that none is done twice when it is tried again."""

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        request.headers["Idempotency-Key"] = str(uuid.uuid4())
        return request


api = OrmApi.config({"API_ROOT": f"{URL}/v1/", "AUTH": Token(), "TIMEOUT": 10, "APPEND_SLASH": False})


class Ticket(ApiModel):
    class Meta:
        type, path, api = "ticket", "tickets", api

    name = AttributeField("name")


class Attendee(ApiModel):
    class Meta:
        type, path, api = "attendee", "attendees", api

    firstname = AttributeField("firstname")


class Order(ApiModel):
    class Meta:
        type, path, api = "order", "orders", api

    identifier = AttributeField("identifier")
    attendees = RelationField("attendees")
    tickets = RelationField("tickets")


def pages(path, **parameters):
    """Every resource of a list."""
    while path:
        content = api.endpoint(path).get(params=parameters).content
        yield from content.data
        path, parameters = content.links.get("next"), {}


def sell(ticket, quantity):
    sale = JsonApiObject(
        type="order",
        attributes={
            "status": "completed",
            "on-site-tickets": [{"id": ticket.id, "quantity": quantity}],
        },
        relationships={"event": {"data": {"type": "event", "id": "demo"}}},
    )
    return api.endpoint("orders").post(object=sale, params={"onsite": "true"}).data


tickets = list(pages("events/demo/tickets", **{"page[size]": 2}))
assert len(tickets) > 2, "more than one page"
print("Tickets, in pages of two:", ", ".join(ticket.attributes["name"] for ticket in tickets))

adult = next(ticket for ticket in tickets if ticket.attributes["name"] == "Adult")
sold = sell(adult, "2")
assert sold.attributes["status"] == "completed"
print("Sold", sold.attributes["identifier"], "for", sold.attributes["amount"], sold.attributes["currency"])

answer = api.endpoint(f"orders/{sold.id}").get(params={"include": "attendees,tickets"})
order = Order.from_response_content(answer.content)
assert len(order.attendees) == 2
assert order.tickets[0].name == "Adult"
print("Included:", len(order.attendees), "attendees and the ticket", order.tickets[0].name)

related = answer.payload["data"]["relationships"]["attendees"]["links"]["related"]
guests = api.endpoint(related).get().data
assert {guest.id for guest in guests} == {guest.id for guest in order.attendees}
print("Followed", related)

guest = Attendee.from_id(guests[0].id)
guest.refresh()
guest.firstname = "Ada"
guest.save()
assert guest.firstname == "Ada"
print("Named", guest.firstname)

try:
    sell(adult, "9999")
except ApiClientError as refusal:
    (error,) = json.loads(refusal.content)["errors"]
    assert "on-site-tickets" in error["source"]["pointer"]
    print("Refused:", error["status"], error["code"], error["detail"])
else:
    raise AssertionError("9999 were sold")
