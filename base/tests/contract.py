"""Holds what is really sent against the OpenAPI schema that we publish."""

import json
import re
from functools import cache

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

from base.tests.jsonapi import problems


@cache
def published():
    """The schema as a client gets it: over JSON, so that nothing lazy is left in it."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


@cache
def routes():
    paths = sorted(published()["paths"].items(), key=lambda path: path[0].count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), operations) for path, operations in paths]


def operation(method, url):
    path = url.partition("?")[0].removesuffix("/")
    for pattern, operations in routes():
        if pattern.fullmatch(path):
            return operations.get(method.lower())
    return None


def answer(response):
    """A response of the schema, whether it stands there or among the components."""
    name = response.get("$ref", "").rpartition("/")[2]
    return published()["components"]["responses"][name] if name else response


def validate(content, schema):
    validator = Draft202012Validator(
        {**schema, "components": published()["components"]}, format_checker=FormatChecker()
    )
    problems = [f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in validator.iter_errors(content)]
    assert not problems, problems


def check(method, url, body, response):
    """Assert that a response, and the request if it was accepted, are as the schema says."""
    check_answer(method, url, response)
    found = operation(method, url)
    if found is not None and response.status_code < 400 and "requestBody" in found:
        (sent,) = found["requestBody"]["content"].values()
        validate(json.loads(body), sent["schema"])


def check_answer(method, url, response):
    """Assert that a response is as the schema says, and that it is JSON:API 1.1."""
    if response.headers.get("Content-Type") == "application/vnd.api+json" and response.content:
        assert not (found := problems(response.json())), found
    found = operation(method, url)
    if found is None:
        assert response.status_code in (404, 405), f"{method} {url} is not in the schema"
        return
    responses = found["responses"]
    is_ours = response.status_code >= 500
    assert is_ours or str(response.status_code) in responses, (
        f"{response.status_code} of {method} {url} is not in the schema"
    )
    expected = answer(responses.get(str(response.status_code), responses["default"]))
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if "content" in expected and media_type.endswith("json"):
        validate(response.json(), expected["content"][media_type]["schema"])
