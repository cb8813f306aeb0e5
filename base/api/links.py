"""Where resources and their relationships are: `/v1/orders/AB12CD34`, and below it `/attendees` with the
attendees themselves and `/relationships/attendees` with who they are. Made of what is at hand, without a
query: they stand in every answer.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, get_script_prefix, path

ROOT = "v1/"
View = Callable[..., Any]


def root_of(request: HttpRequest) -> str:
    """The absolute address under which all resources are: `https://example.com/v1/`."""
    return f"{request.scheme}://{request.get_host()}{get_script_prefix()}{ROOT}"


def home_in(root: str, resource: str, row: Any) -> str:
    """The address of one resource of a type, by its identifier where it has one: what `Location` says."""
    return f"{root}{resource}s/{getattr(row, 'identifier', None) or row.pk}"


def relationship_links(home: str, name: str) -> dict[str, str]:
    return {"self": f"{home}/relationships/{name}", "related": f"{home}/{name}"}


def linked(resource: dict[str, Any], home: str, unseen: Collection[str] = ()) -> dict[str, Any]:
    """A resource object with its links and those of its relationships. Of the relationships in `unseen`
    whoever asks may not read the other end: no link leads there.
    """
    for name, relationship in resource.get("relationships", {}).items():
        links = relationship_links(home, name)
        if name in unseen:
            del links["related"]
        relationship["links"] = links
    return {**resource, "links": {"self": home}}


def to_one(home: str, viewset: Any, parent: Any, relation: str) -> list[URLPattern]:
    """The two routes of a to-one relationship of the parent's resources, which lie at `home`: `viewset`
    answers them, for whoever may see both ends.
    """
    return _routes(home, viewset, relation, "related", "linkage", parent=parent, through=f"{relation}_id")


def to_many(
    home: str, viewset: Any, parent: Any, relation: str, through: str, more: Mapping[str, str] | None = None
) -> list[URLPattern]:
    """As `to_one`, of a to-many relationship: `through` leads from one of its rows to the parent's. `more`
    is what is done there besides reading (`{"post": "create"}`), by the viewset's own look at the address.
    """
    return _routes(home, viewset, relation, "list", "linkages", more, parent=parent, through=through)


def _routes(
    home: str,
    viewset: Any,
    relation: str,
    related: str,
    linkage: str,
    more: Mapping[str, str] | None = None,
    **of: Any,
) -> list[URLPattern]:
    name = f"{home.partition('/')[0]}-{relation}"
    return [
        path(f"{home}/{relation}", viewset.as_view({"get": related, **(more or {})}, **of), name=name),
        path(
            f"{home}/relationships/{relation}",
            viewset.as_view({"get": linkage}, **of),
            name=f"{name}-linkage",
        ),
    ]
