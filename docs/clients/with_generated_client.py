"""Sell at the door with the client that openapi-python-client generates from /v1/schema."""

import os
import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "generated"))

from onsite_client import AuthenticatedClient, Client
from onsite_client.api.events import events_list
from onsite_client.api.log_in import auth_session_create
from onsite_client.api.orders import orders_create
from onsite_client.api.tickets import events_tickets_list
from onsite_client.models import CredentialsRequest, Errors, OnsiteOrderRequest, OrderResponse

URL = os.environ.get("ONSITE_URL", "http://127.0.0.1:8000")
EMAIL = os.environ.get("EMAIL", "cashier@example.com")
PASSWORD = os.environ.get("PASSWORD", "onsite-demo")

session = auth_session_create.sync(
    client=Client(URL, raise_on_unexpected_status=True), body=CredentialsRequest(EMAIL, PASSWORD)
)
client = AuthenticatedClient(URL, session.access_token, raise_on_unexpected_status=True)
print("Logged in as", EMAIL)

events = events_list.sync(client=client)
print("Events:", ", ".join(event.attributes.name for event in events.data))
tickets = {
    ticket.attributes.name: ticket.id for ticket in events_tickets_list.sync("demo", client=client).data
}


def sell(quantity):
    document = OnsiteOrderRequest.from_dict(
        {
            "data": {
                "type": "order",
                "attributes": {
                    "status": "completed",
                    "on-site-tickets": [{"id": tickets["Adult"], "quantity": quantity}],
                },
                "relationships": {"event": {"data": {"type": "event", "id": "demo"}}},
            }
        }
    )
    return orders_create.sync(client=client, body=document, onsite="true", idempotency_key=str(uuid.uuid4()))


sold = sell(2)
assert isinstance(sold, OrderResponse), sold
order = sold.data.attributes
assert order.status == "completed"
print("Sold", order.identifier, "for", order.amount, order.currency)

refused = sell(9999)
assert isinstance(refused, Errors), refused
error = refused.errors[0]
assert "on-site-tickets" in error.source.pointer
print("Refused:", error.status, error.code, error.detail)
