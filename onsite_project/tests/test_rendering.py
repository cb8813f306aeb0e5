"""What we say of a resource by its shape (`base.api.shapes`) is, byte by byte, what Django REST framework and
its JSON:API library say of it, field by field.
"""

import pytest
from django.urls import resolve
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView
from rest_framework_json_api import renderers
from rest_framework_json_api.utils import get_resource_type_from_serializer

from base.api.links import home_in, linked, root_of
from base.api.serializers import ResourceSerializer
from onsite_project.tests.test_jsonapi import places
from onsite_project.tests.test_jsonapi import things as things

pytestmark = pytest.mark.django_db


class LibrarysRenderer(renderers.JSONRenderer):
    """The library's, with our links."""

    @classmethod
    def _filter_sparse_fields(cls, serializer, fields, resource_name):
        asked = serializer.context["request"].query_params.get(f"fields[{resource_name}]")
        names = None if asked is None else asked.replace("-", "_").split(",")
        return {name: field for name, field in fields.items() if names is None or name in names}

    @classmethod
    def build_json_resource_obj(cls, fields, resource, instance, resource_name, serializer, *more):
        built = super().build_json_resource_obj(fields, resource, instance, resource_name, serializer, *more)
        one, request = getattr(serializer, "child", serializer), serializer.context["request"]
        if one.out_of_reach(instance):
            built.pop("relationships", None)
            return built
        home = home_in(root_of(request), resource_name, instance)
        document = linked(built, home, one.unseen(instance))
        more = {name: {"links": {"related": f"{home}/{name}"}} for name in one.leads_to(instance)}
        if more and f"fields[{resource_name}]" not in request.query_params:
            document["relationships"] = {**document.get("relationships", {}), **more}
        return document

    @classmethod
    def extract_root_meta(cls, serializer, resource):
        return {**super().extract_root_meta(serializer, resource), **serializer.context["view"].meta()}

    def render_errors(self, data, *told):
        return JSONRenderer.render(self, {"errors": data}, *told)


@pytest.fixture
def as_the_library(monkeypatch):
    """Whatever is asked in there is answered without our shapes."""

    def asked(ask):
        with monkeypatch.context() as there:
            there.delattr(ResourceSerializer, "to_representation")
            there.setattr(APIView, "renderer_classes", [LibrarysRenderer])
            return ask()

    return asked


def questions(url):
    """What can be asked at an address of resources: whole, with all that can be included, some fields alone,
    and wrongly.
    """
    view = resolve(url).func
    serializer = getattr(view.cls, "serializer_class", None)
    if serializer is None or not issubclass(serializer, ResourceSerializer) or "linkage" in str(view.actions):
        return
    included = list(getattr(serializer, "included_serializers", {}))
    paths = [*included, *(f"{name}.{more}" for name in included for more in deeper(serializer, name))]
    yield from (url, f"{url}?include={','.join(paths)}" if paths else f"{url}?include=nonsense")
    resource, names = get_resource_type_from_serializer(serializer), serializer.Meta.fields
    for asked in (names[:3], [*names[-2:], "none"]):
        spelt = ",".join(name.replace("_", "-") for name in [*asked, *included[:1]])
        yield f"{url}?fields[{resource}]={spelt}&include={','.join(included[:1])}".removesuffix("&include=")
    if "list" in view.actions.values():
        yield f"{url}?page[size]=1&page[number]=2"


def deeper(serializer, name):
    return getattr(serializer.included_serializers[name], "included_serializers", {})


@pytest.mark.parametrize("role", ["organizer", "cashier", "registrar", "stranger"])
def test_every_answer_is_what_the_libraries_say(api, request, things, as_the_library, role):
    client, resources = api(request.getfixturevalue(role)), 0
    for place in places("get", things):
        for url in questions(place):
            ours = client.client.get(url, headers=client.headers)
            theirs = as_the_library(lambda url=url: client.client.get(url, headers=client.headers))
            assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), url
            resources += ours.status_code == 200
    assert resources > 30


def test_what_the_libraries_say_is_not_made_by_our_shapes(api, cashier, things, as_the_library, monkeypatch):
    """The control: a shape that says something else is found out."""
    url, client = f"/v1/orders/{things['orders'].pk}", api(cashier)
    ours = client.get(url).content
    with monkeypatch.context() as broken:
        broken.setattr(ResourceSerializer, "to_representation", lambda *_: {"status": "?"})
        assert client.client.get(url, headers=client.headers).content != ours
        assert as_the_library(lambda: client.get(url)).content == ours
