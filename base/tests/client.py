import json

from django.test import Client

from accounts.models import ApiToken
from base.tests.contract import check

MEDIA_TYPE = "application/vnd.api+json"


class ApiClient:
    """Speaks JSON:API the way a client would: over the whole middleware, with a token.

    Every answer, and every request that was accepted, is held against the OpenAPI schema.
    """

    def __init__(self, user=None, token=None):
        if user is not None:
            _row, token = ApiToken.objects.create(user=user)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=False)

    def request(self, method, url, body=None, content_type=MEDIA_TYPE, **headers):
        if not isinstance(body, str | bytes | None):
            body = json.dumps(body)
        response = self.client.generic(
            method, url, body or "", content_type=content_type, headers={**self.headers, **headers}
        )
        check(method, url, body, response)
        return response

    def get(self, url, **headers):
        return self.request("GET", url, **headers)

    def post(self, url, body=None, **kwargs):
        return self.request("POST", url, body, **kwargs)

    def patch(self, url, body, **kwargs):
        return self.request("PATCH", url, body, **kwargs)

    def delete(self, url, **kwargs):
        return self.request("DELETE", url, **kwargs)

    def sell(self, event, *lines, query="?onsite=true", headers=None, **attributes):
        """POST an onsite order; a line is `(ticket, quantity)` or whatever is to be sent instead."""
        return self.post(f"/v1/orders{query}", order_document(event, *lines, **attributes), **(headers or {}))


def order_document(event, *lines, **attributes):
    sent = [{"id": line[0].pk, "quantity": line[1]} if isinstance(line, tuple) else line for line in lines]
    return document(
        "order",
        relationships={"event": {"data": {"type": "event", "id": str(event.pk)}}},
        **{"on-site-tickets": sent, **attributes},
    )


def document(type_, id_=None, relationships=None, **attributes):
    data = {
        "type": type_,
        "attributes": {name.replace("_", "-"): value for name, value in attributes.items()},
    }
    if id_ is not None:
        data["id"] = str(id_)
    if relationships is not None:
        data["relationships"] = relationships
    return {"data": data}


def relation(type_, *ids):
    """A to-one relationship, or a to-many one when `ids` is a list."""
    if len(ids) == 1 and isinstance(ids[0], list):
        return {"data": [{"type": type_, "id": str(pk)} for pk in ids[0]]}
    return {"data": {"type": type_, "id": str(ids[0])}}


def errors(response):
    return response.json()["errors"]


def error(response):
    """The only error of a response."""
    (only,) = errors(response)
    return only
