"""What we say of a resource by its shape (`base.api.shapes`) is, byte by byte, what Django REST framework and
its JSON:API library say of it, field by field.
"""

import re

import pytest
from django.urls import resolve
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView
from rest_framework_json_api import renderers
from rest_framework_json_api.utils import get_resource_type_from_serializer

from attendees.tests.factories import DraftFactory
from attendees.views import AttendeeViewSet
from base.api.first_pages import FirstPages
from base.api.links import home_in, linked, root_of
from base.api.serializers import ResourceSerializer
from base.tests.contract import published
from books.tests.acts import close
from devices.tests.factories import add_device
from door import admission
from door.scan import Scan
from events.invitations import invite
from events.tests.factories import EventFactory
from limits.tests.factories import hold_of, quota_of
from onsite_project.tests.test_jsonapi import places
from onsite_project.tests.test_jsonapi import things as things
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from orders.views import OrderViewSet
from prices.tests.factories import discount_of
from shifts.tests.factories import ShiftFactory
from tickets import stock
from tickets.tests.factories import TicketFactory

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
    """What is answered to a question without our shapes, and without what is made by hand."""

    def asked(ask, url):
        with monkeypatch.context() as there:
            there.delattr(ResourceSerializer, "to_representation")
            there.setattr(APIView, "renderer_classes", [LibrarysRenderer])
            there.delattr(OrderViewSet, "retrieve")
            there.delattr(FirstPages, "list")
            there.delattr(AttendeeViewSet, "how_many")
            return ask(url)

    return asked


def asking(client):
    """Asks for an address: what was answered, but for the id of the request."""

    def ask(url):
        response = client.client.get(url, headers=client.headers)
        headers = {name: told for name, told in response.headers.items() if name != "X-Request-ID"}
        return response.status_code, response.content, headers

    return ask


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
    ask, resources = asking(api(request.getfixturevalue(role))), 0
    for place in places("get", things):
        for url in questions(place):
            ours = ask(url)
            assert ours == as_the_library(ask, url), url
            resources += ours[0] == 200
    assert resources > 30


@pytest.fixture
def many(event, cashier, stranger):
    """More than a page of tickets, one hidden, and of guests, some who came and one who bought online."""
    tickets = [TicketFactory(event=event, price=10, position=n % 3) for n in range(21)]
    stock.change_ticket(tickets[3], is_hidden=True)
    lines = [Line(ticket.pk, 1) for ticket in tickets]
    order = sold_onsite(event=event, lines=lines, seller=cashier, status="completed")
    free = TicketFactory(event=event, price=0, type="free")
    ordered_online(event=event, attendees=[DraftFactory(ticket=free, creator=stranger)], buyer=stranger)
    for gate, guest in enumerate(order.attendees.all()[:2]):
        station = event.stations.create(name=f"Gate {gate}")
        for act in (admission.check_in, admission.check_out, admission.check_in):
            act(Scan(event=event, attendee_id=guest.pk, station=station), by=cashier)
    EventFactory.create_batch(21, state="published")
    return event


@pytest.mark.parametrize("role", ["organizer", "cashier", "registrar", "stranger", "superuser"])
def test_the_first_page_is_what_the_libraries_say(api, request, many, as_the_library, role):
    here, user = (
        f"/v1/events/{many.pk}",
        request.getfixturevalue("organizer" if role == "superuser" else role),
    )
    if role == "superuser":
        many.members.filter(user=user).delete()
        user.is_superuser = True
        user.save(update_fields=["is_superuser"])
    client = api(user)
    for url in ("/v1/events", f"{here}/tickets", f"{here}/attendees", f"{here}/orders", "/v1/tickets"):
        theirs = as_the_library(asking(client), url)
        for _again in range(2):  # by statements that are kept by now
            assert asking(client)(url) == theirs, url
        assert theirs[0] in (200, 403), url
    for url in ("/v1/events", f"{here}/tickets"):
        ours = asking(api())(url)
        assert ours == as_the_library(asking(api()), url), url
        assert ours[0] == 200
    assert client.get("/v1/events").json()["links"]["next"]


@pytest.fixture
def full(many, cashier, organizer):
    """More than a page of everything that an event has lists of."""
    tickets = list(many.tickets.order_by("pk")[:3])
    for n in range(21):
        sold_onsite(event=many, lines=[Line(tickets[n % 2].pk, 1)], seller=cashier, status="completed")
        admission.check_in(Scan(event=many, code=f"nobody {n}"), by=cashier)
        many.stations.create(name=f"Door {n}")
        ShiftFactory(till__event=many)
        add_device(many, name=f"Tablet {n % 2}{n}")
        invite(event=many, email=f"{n}@example.com", role="cashier", by=organizer if n % 2 else None)
        quota_of(*tickets[: n % 3], tickets[2], size=90, name=f"Quota {n}")
        hold_of(tickets[n % 3], 1, name=f"Hold {n}")
        discount_of(many, percent=10, name=f"Discount {n}", code=f"CODE{n}", tickets=tickets[: n % 3])
    for _shift in range(3):
        close(ShiftFactory(till__event=many))

    return many


def lists_of(event):
    """Every address under which some of an event's rows are listed."""
    for path in published()["paths"]:
        if re.fullmatch(r"/v1/events/{event}/[a-z-]+", path):
            url = path.format(event=event.pk)
            if resolve(url).func.actions.get("get") == "list":
                yield url


def test_the_first_page_of_every_list_is_what_the_libraries_say(
    api, full, organizer, cashier, registrar, as_the_library
):
    urls = [*lists_of(full), f"/v1/orders/{full.orders.earliest('pk').pk}/attendees"]
    assert len(urls) == 16
    for user in (organizer, cashier, registrar):
        client = api(user)
        for url in urls:
            theirs = as_the_library(asking(client), url)
            for _again in range(2):
                assert asking(client)(url) == theirs, (user, url)
            if user == organizer:
                assert client.get(url).json()["links"]["next"], url


def test_a_page_that_holds_less_ends_early(api, many, organizer, as_the_library, settings):
    client = api(organizer)
    for most in (3, 24):
        settings.MOST_ROWS = most
        for url in ("/v1/events", f"/v1/events/{many.pk}/tickets", f"/v1/events/{many.pk}/attendees"):
            assert asking(client)(url) == as_the_library(asking(client), url), (url, most)


def test_nothing_is_a_page_of_nothing(api, event, organizer, as_the_library):
    for name in ("tickets", "attendees"):
        url = f"/v1/events/{event.pk}/{name}"
        assert asking(api(organizer))(url) == as_the_library(asking(api(organizer)), url)


def test_what_the_libraries_say_is_not_made_by_our_shapes(api, cashier, things, as_the_library, monkeypatch):
    """The control: a shape that says something else is found out."""
    ask, url = asking(api(cashier)), f"/v1/tickets/{things['tickets'].pk}"
    ours = ask(url)
    with monkeypatch.context() as broken:
        broken.setattr(ResourceSerializer, "to_representation", lambda *_: {"name": "?"})
        assert ask(url) != ours
    assert as_the_library(ask, url) == ours
