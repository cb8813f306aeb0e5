"""Every address of the URL map, so that a test which walks them forgets none."""

import re
from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern


def addresses(values: Mapping[str, object]) -> Iterator[str]:
    """A path for each pattern of the URL map, with `values` for the names in it, else `1`."""
    yield from _below(get_resolver().url_patterns, "/", values)


def _below(patterns, prefix, values) -> Iterator[str]:
    for pattern in patterns:
        path = prefix + _filled(pattern.pattern, values)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, path, values)
        elif isinstance(pattern, URLPattern):
            yield path


def _filled(pattern, values) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(values.get(name[1], 1)), pattern._route)
    text = re.sub(
        r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda name: str(values.get(name[1], "")), pattern._regex
    )
    return re.sub(r"[\^$\\]|\.\*", "", text)
