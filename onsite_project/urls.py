"""The whole URL map."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import defaults
from django.views.generic import RedirectView

from accounts.passwords import SetPasswordView
from accounts.pin_page import PinView
from accounts.views import SessionView
from attendees.views import AttendeeViewSet
from events.views import EventViewSet
from onsite_project.api import refusals
from onsite_project.api.schema_views import SchemaPage, SchemaView
from onsite_project.health import healthz
from orders import till
from orders.views import OrderAttendeesViewSet, OrderViewSet
from shifts.views import TillViewSet
from tickets.views import TicketViewSet

READ = {"get": "retrieve"}
LIST = {"get": "list"}
CREATE = {"post": "create"}
CHANGE = {"patch": "partial_update"}
DELETE = {"delete": "destroy"}

v1 = [
    path("events", EventViewSet.as_view(LIST | CREATE), name="events"),
    path("events/<reference>", EventViewSet.as_view(READ | CHANGE), name="event"),
    path("events/<event>/tickets", TicketViewSet.as_view(LIST), name="event-tickets"),
    path("events/<event>/orders", OrderViewSet.as_view(LIST), name="event-orders"),
    path("events/<event>/tills", TillViewSet.as_view(LIST), name="event-tills"),
    path("events/<event>/attendees", AttendeeViewSet.as_view(LIST), name="event-attendees"),
    path("tickets", TicketViewSet.as_view(LIST | CREATE), name="tickets"),
    path("tickets/<reference>", TicketViewSet.as_view(READ | CHANGE | DELETE), name="ticket"),
    path("orders", OrderViewSet.as_view(LIST | CREATE), name="orders"),
    path("orders/<reference>", OrderViewSet.as_view(READ | CHANGE), name="order"),
    path("orders/<order>/attendees", OrderAttendeesViewSet.as_view(LIST), name="order-attendees"),
    path("attendees", AttendeeViewSet.as_view(CREATE), name="attendees"),
    path("attendees/<reference>", AttendeeViewSet.as_view(READ), name="attendee"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("schema/browse", SchemaPage.as_view(url_name="schema"), name="schema-browse"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("auth/session", SessionView.as_view(), name="session"),
    path("v1/", include(v1)),
    path("till/<event>/", till.sell, name="till"),
    path("till/<event>/orders/<identifier>/", till.done, name="till-done"),
    path("pin/", PinView.as_view(), name="pin"),
    path("set-password/<uidb64>/<token>/", SetPasswordView.as_view(), name="set-password"),
    path("admin/", admin.site.urls),
]


def _speaks_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/v1/", "/auth/"))


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _speaks_json(request):
        return refusals.bad_request(request)
    return defaults.bad_request(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _speaks_json(request):
        return refusals.not_found(request)
    return defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    if _speaks_json(request):
        return refusals.server_error(request)
    return defaults.server_error(request)
