"""What the OpenAPI document says of every operation alike: its tag and summary, who may ask, and which
refusals there are.
"""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

LOG_IN = "Log in"
VERBS = {"patch": "Change", "delete": "Delete"}
REFUSALS = {
    "400": ("Malformed", "Malformed, or a query parameter that is not known here or has no such value"),
    "401": ("NoToken", "No token, or one that is not valid any more"),
    "403": ("Forbidden", "Seen, but not yours to do"),
    "404": ("NotFound", "Not there, or not for you to see"),
    "409": ("Conflict", "Not in the present state: sold out, closed, done already"),
    "413": ("TooLarge", "The body is too large"),
    "415": ("WrongMediaType", "Sent as another media type than the one documented"),
    "422": ("Invalid", "The document makes no sense; each error points at the value at fault"),
    "429": ("TooMany", "Too many tries, or more than anybody needs; `Retry-After` says when to try again"),
    "503": ("Busy", "The database did not answer in time; with the same `Idempotency-Key`, try again"),
}
ALWAYS = ("400", "429", "503")
WITH_TOKEN = ("401", "403", "404")
WITH_BODY = ("409", "413", "415", "422")


def words(segment: str) -> str:
    return segment if segment.startswith("check-in") else segment.replace("-", " ")


def one(plural: str) -> str:
    """`order` of `orders`, with its article."""
    noun = plural.removesuffix("s") if not plural.endswith("ies") else f"{plural[:-3]}y"
    return f"{'an' if noun[0] in 'aeio' else 'a'} {words(noun)}"


def tag_of(resource: str) -> str:
    """What the operations of a resource type stand under: `Orders` of `order`."""
    if "statistics" in resource:
        return "Statistics"
    plural = f"{resource[:-1]}ies" if resource.endswith("ry") else f"{resource}s"
    return words(plural).capitalize()


def summary_of(method: str, path: str) -> str:
    """What an operation does, in a few words, from its address: `The tickets of an order`."""
    first, *rest = [part for part in path.split("/") if part and part != "v1"]
    asked = [part for part in rest if not part.startswith("{")]
    last = asked[-1] if asked else ""
    if method == "get":
        if last:
            return f"The {words(last)} of {one(first)}" + ", by type and id" * ("relationships" in asked)
        return f"Read {one(first)}" if rest else f"List {words(first)}"
    if method == "post":
        made = f"Make {one(last or first)}"
        return f"{words(last).capitalize()} {one(first)}" if last and not last.endswith("s") else made
    return f"{VERBS[method]} {one(first)}"


def refusals(operation: Json) -> tuple[str, ...]:
    """The statuses with which an operation refuses."""
    with_token = WITH_TOKEN if operation["security"] else ()
    with_body = WITH_BODY if "requestBody" in operation else ()
    is_act = ("409",) if "204" in operation["responses"] else ()
    return tuple(sorted({*ALWAYS, *with_token, *with_body, *is_act}))


def named(kind: str, status: str) -> str:
    return f"{kind}{REFUSALS[status][0]}"


def refusal_components(media_types: dict[str, str], schema: Json) -> Json:
    """Every refusal, in each media type; `media_types` is by what its components' names begin with."""
    return {
        named(kind, status): {"description": described, "content": {media_type: {"schema": schema}}}
        for kind, media_type in media_types.items()
        for status, (_name, described) in REFUSALS.items()
    }


def refuse(operation: Json, kind: str, media_type: str, schema: Json) -> None:
    """Add to the responses of an operation how it refuses, where it does not say so better itself."""
    responses = operation["responses"]
    content = {media_type: {"schema": schema}}
    for status, response in responses.items():
        if status in REFUSALS:
            response.setdefault("content", content)
    for status in refusals(operation):
        responses.setdefault(status, {"$ref": f"#/components/responses/{named(kind, status)}"})
    responses["default"] = {"description": "A fault of ours", "content": content}


def require_body(operation: Json) -> None:
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
