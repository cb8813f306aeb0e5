"""Every address of the URL map, so that a test which walks them forgets none."""

import re
from collections.abc import Iterator, Mapping

from django.urls import URLResolver, get_resolver

CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def patterns(resolver=None, before="") -> Iterator[str]:
    """Each address as a route writes it, `<name>` for what differs."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = CONVERTER.sub(r"<\1>", GROUP.sub(r"<\1>", str(pattern.pattern)))
        path = before + re.sub(r"[\^$\\]", "", text)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path)
        else:
            yield path


def addresses(values: Mapping[str, object]) -> Iterator[str]:
    """A path for each pattern of the URL map, with `values` for the names in it, else `1`."""
    for pattern in patterns():
        yield "/" + CONVERTER.sub(lambda name: str(values.get(name[1], 1)), pattern)
