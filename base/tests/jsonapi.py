"""What https://jsonapi.org/format/1.1/ says a document is, as a JSON schema, written from its text; and
what no schema can say. Members of extensions are not allowed: we have none.
"""

from jsonschema import Draft202012Validator, FormatChecker

NAME = r"^[a-zA-Z0-9\u0080-\uffff]([-_ a-zA-Z0-9\u0080-\uffff]*[a-zA-Z0-9\u0080-\uffff])?$"
META = {"type": "object", "propertyNames": {"pattern": NAME}}
LINK = {
    "anyOf": [
        {"type": ["string", "null"], "format": "uri-reference"},
        {
            "type": "object",
            "required": ["href"],
            "properties": {
                "href": {"type": "string", "format": "uri-reference"},
                "rel": {"type": "string"},
                "describedby": {"$ref": "#/$defs/link"},
                "title": {"type": "string"},
                "type": {"type": "string"},
                "hreflang": {"type": ["string", "array"]},
                "meta": {"$ref": "#/$defs/meta"},
            },
            "additionalProperties": False,
        },
    ]
}


def closed(required=(), **properties):
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def links(*names):
    return closed(**{name: {"$ref": "#/$defs/link"} for name in names})


PAGES = ("first", "last", "prev", "next")
META_REF, TEXT = {"$ref": "#/$defs/meta"}, {"type": "string"}
IDENTIFIER = closed(["type", "id"], type=TEXT, id=TEXT, meta=META_REF)
IDENTIFIERS = {"type": "array", "items": IDENTIFIER, "uniqueItems": True}
LINKAGE = {"anyOf": [{"type": "null"}, IDENTIFIER, IDENTIFIERS]}
RELATIONSHIP = {
    **closed(
        links={**links("self", "related", *PAGES), "anyOf": [{"required": [n]} for n in ("self", "related")]},
        data=LINKAGE,
        meta=META_REF,
    ),
    "minProperties": 1,
}
FIELDS = {"type": "object", "propertyNames": {"pattern": NAME, "not": {"enum": ["id", "type"]}}}
# The one exception: the Open Event Server's tickets have an attribute `type`.
TICKETS = {"type": "object", "propertyNames": {"pattern": NAME, "not": {"const": "id"}}}
RESOURCE = {
    **closed(
        ["type", "id"],
        type={"type": "string", "pattern": NAME},
        id=TEXT,
        attributes={"type": "object"},
        relationships={**FIELDS, "additionalProperties": RELATIONSHIP},
        links=links("self"),
        meta=META_REF,
    ),
    "if": {"properties": {"type": {"const": "ticket"}}},
    "then": {"properties": {"attributes": TICKETS}},
    "else": {"properties": {"attributes": FIELDS}},
}
ERROR = {
    **closed(
        id=TEXT,
        links=links("about", "type"),
        status={"type": "string", "pattern": "^[45][0-9]{2}$"},
        code=TEXT,
        title=TEXT,
        detail=TEXT,
        source={
            **closed(pointer={"type": "string", "format": "json-pointer"}, parameter=TEXT, header=TEXT),
            "maxProperties": 1,
        },
        meta=META_REF,
    ),
    "minProperties": 1,
}
DOCUMENT = {
    **closed(
        data={
            "anyOf": [
                {"type": "null"},
                {"$ref": "#/$defs/resource"},
                {"type": "array", "items": {"$ref": "#/$defs/resource"}, "uniqueItems": True},
            ]
        },
        errors={"type": "array", "minItems": 1, "items": ERROR},
        included={"type": "array", "items": {"$ref": "#/$defs/resource"}},
        links=links("self", "related", "describedby", *PAGES),
        meta=META_REF,
        jsonapi={"type": "object"},
    ),
    "anyOf": [{"required": [name]} for name in ("data", "errors", "meta")],
    "not": {"required": ["data", "errors"]},
    "dependentRequired": {"included": ["data"]},
    "$defs": {"link": LINK, "meta": META, "resource": RESOURCE},
}
VALIDATOR = Draft202012Validator(DOCUMENT, format_checker=FormatChecker())


def problems(document):
    """What is wrong with a document, as text."""
    found = [f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in VALIDATOR.iter_errors(document)]
    return found or [*_not_once(document), *_not_linked(document)]


def _rows(document):
    data = document.get("data")
    return data if isinstance(data, list) else [data] if data else []


def _key(resource):
    return resource["type"], resource["id"]


def _not_once(document):
    keys = [_key(row) for row in [*_rows(document), *document.get("included", [])]]
    return [f"{key} is there twice" for key in {*keys} if keys.count(key) > 1]


def _not_linked(document):
    """What is included although nothing in the document leads there."""
    included = {_key(row): row for row in document.get("included", [])}
    reached, ahead = set(), _rows(document)
    while ahead:
        named = {_key(end) for row in ahead for end in _ends(row)} - reached
        reached |= named
        ahead = [included[key] for key in named if key in included]
    return [f"{key} is linked from nowhere" for key in included.keys() - reached]


def _ends(resource):
    for relationship in resource.get("relationships", {}).values():
        data = relationship.get("data") or []
        yield from data if isinstance(data, list) else [data]
