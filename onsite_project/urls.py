"""The whole URL map."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views import defaults
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from accounts.pages import LogInsView, PinView, SetPasswordView, TwoStepView
from accounts.views import SessionView
from attendees.views import AttendeeViewSet
from base.api import refusals
from base.api.schema_views import SchemaPage, SchemaView
from books import pages as reports
from devices.pages import PairPage
from devices.views import PairView
from door import pages as door
from door.open_event_server import CheckedAttendeeViewSet
from door.views import CheckInViewSet, OccupancyViewSet, OrderCheckInsViewSet, StationViewSet, UndoViewSet
from events.pages import JoinPage, open_link
from events.views import EventViewSet
from onsite_project.health import healthz
from orders.views import GivenUpViewSet, OrderAttendeesViewSet, OrderViewSet
from shifts import pages as shifts
from shifts import relief_pages
from shifts.views import TillViewSet
from tickets.views import TicketViewSet
from till import guest_pages as till_guests
from till import order_pages as till_orders
from till import pages as till
from till import paper
from till.views import TillGivenUpViewSet, TillOrderViewSet

Verbs = dict[str, Any]

READ: Verbs = {"get": "retrieve"}
LIST: Verbs = {"get": "list"}
CREATE: Verbs = {"post": "create"}
CHANGE: Verbs = {"patch": "partial_update"}
DELETE: Verbs = {"delete": "destroy"}

v1 = [
    # What a queue waits for comes first: the paths are tried in this order.
    path("orders", OrderViewSet.as_view(LIST | CREATE), name="orders"),
    path("check-ins", CheckInViewSet.as_view(CREATE), name="check-ins"),
    path("events", EventViewSet.as_view(LIST | CREATE), name="events"),
    path("events/<reference>", EventViewSet.as_view(READ | CHANGE), name="event"),
    path("events/<event>/tickets", TicketViewSet.as_view(LIST), name="event-tickets"),
    path("events/<event>/orders", OrderViewSet.as_view(LIST), name="event-orders"),
    path("events/<event>/tills", TillViewSet.as_view(LIST), name="event-tills"),
    path("events/<event>/stations", StationViewSet.as_view(LIST), name="event-stations"),
    path("events/<event>/check-ins", CheckInViewSet.as_view(LIST), name="event-check-ins"),
    path("events/<event>/occupancy", OccupancyViewSet.as_view(READ), name="event-occupancy"),
    path("events/<event>/attendees", AttendeeViewSet.as_view(LIST), name="event-attendees"),
    path("tickets", TicketViewSet.as_view(LIST | CREATE), name="tickets"),
    path("tickets/<reference>", TicketViewSet.as_view(READ | CHANGE | DELETE), name="ticket"),
    path("orders/given-up", GivenUpViewSet.as_view(CREATE), name="orders-given-up"),
    path("orders/<reference>", OrderViewSet.as_view(READ | CHANGE), name="order"),
    path("orders/<order>/attendees", OrderAttendeesViewSet.as_view(LIST), name="order-attendees"),
    path("orders/<order>/check-ins", OrderCheckInsViewSet.as_view(CREATE), name="order-check-ins"),
    path("check-ins/<check_in>/undo", UndoViewSet.as_view(CREATE), name="check-in-undo"),
    path("attendees", AttendeeViewSet.as_view(CREATE), name="attendees"),
    path("attendees/<reference>", CheckedAttendeeViewSet.as_view(READ | CHANGE | DELETE), name="attendee"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("schema/browse", SchemaPage.as_view(url_name="schema"), name="schema-browse"),
]

# What the door's script calls, with the log-in of its page.
door_api = [
    path("check-ins", door.DoorCheckInViewSet.as_view(LIST | CREATE), name="door-check-ins"),
    path("check-ins/<check_in>/undo", door.DoorUndoViewSet.as_view(CREATE), name="door-undo"),
    path("orders/<order>/check-ins", door.DoorGroupViewSet.as_view(CREATE), name="door-group"),
    path("occupancy", door.DoorOccupancyViewSet.as_view(READ), name="door-occupancy"),
]

# Where the admin had these models before they had a room of their own.
MOVED = {
    "events/device": "devices/device",
    "attendees/station": "door/station",
    "attendees/checkin": "door/checkin",
}
moved = [
    re_path(rf"^{old}/(?P<rest>.*)$", RedirectView.as_view(url=f"/admin/{new}/%(rest)s", query_string=True))
    for old, new in MOVED.items()
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("auth/session", SessionView.as_view(), name="session"),
    path("auth/pair", PairView.as_view(), name="auth-pair"),
    path("v1/", include(v1)),
    path("jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("till/<event>/", till.sell, name="till"),
    path("till/<event>/api/orders", TillOrderViewSet.as_view(LIST | CREATE), name="till-api-orders"),
    path("till/<event>/api/orders/given-up", TillGivenUpViewSet.as_view(CREATE), name="till-api-given-up"),
    path(
        "till/<event>/api/orders/<reference>", TillOrderViewSet.as_view(READ | CHANGE), name="till-api-order"
    ),
    path("till/<event>/state/", till.state, name="till-state"),
    path("till/<event>/lock/", till.lock, name="till-lock"),
    path("till/<event>/relief/", relief_pages.relief, name="till-relief"),
    path("till/<event>/display/", till.display, name="till-display"),
    path("till/<event>/signed-in/", till.signed_in, name="till-signed-in"),
    path("till/<event>/recent/", till_orders.recent, name="till-recent"),
    path("till/<event>/orders/<identifier>/", till_orders.order, name="till-done"),
    path("till/<event>/orders/<identifier>/pay/", till_orders.pay, name="till-pay"),
    path("till/<event>/orders/<identifier>/cancel/", till_orders.take_back, name="till-cancel"),
    path("till/<event>/orders/<identifier>/guests/<pk>/", till_guests.guest, name="till-guest"),
    path("till/<event>/orders/<identifier>/given-back/", till_orders.given_back, name="till-given-back"),
    path("till/<event>/orders/<identifier>/codes/", paper.codes, name="till-codes"),
    path("till/<event>/orders/<identifier>/print/", paper.print_page, name="till-print"),
    path("till/<event>/orders/<identifier>/order.pdf", paper.order_pdf, name="till-pdf"),
    path("till/<event>/shift/", shifts.shift, name="shift"),
    path("till/<event>/shift/movement/", shifts.movement, name="shift-movement"),
    path("till/<event>/shift/count/", shifts.count, name="shift-count"),
    path("till/<event>/movements/<pk>/", shifts.slip, name="shift-slip"),
    path("till/<event>/shifts/", shifts.shifts, name="shifts"),
    path("till/<event>/shifts/<pk>/report/", reports.shift_report, name="shift-report"),
    path("till/<event>/shifts/<pk>/report.csv", reports.shift_report_csv, name="shift-report-csv"),
    path("till/<event>/totals/", reports.totals, name="totals"),
    path("till/<event>/totals.csv", reports.totals_csv, name="totals-csv"),
    path("door/pair/", PairPage.as_view(), name="pair"),  # before an event's door, whatever it is called
    path("pin/", PinView.as_view(), name="pin"),
    path("two-step/", TwoStepView.as_view(), name="two-step"),
    path("log-ins/", LogInsView.as_view(), name="log-ins"),
    path("door/worker.js", door.worker, name="door-worker"),
    path("door/<event>/api/", include(door_api)),
    path("door/<event>/", door.door, name="door"),
    path("door/<event>/list/", door.guests, name="door-list"),
    path("door/<event>/search/", door.search, name="door-search"),
    path("join/", JoinPage.as_view(), name="join"),
    # Whatever was pasted behind it, lest an error be logged with a link that was mangled.
    path("join/<path:token>", open_link, name="join-link"),
    path("set-password/<uidb64>/<token>/", SetPasswordView.as_view(), name="set-password"),
    path("admin/", include(moved)),
    path("admin/", admin.site.urls),
]


def _speaks_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/v1/", "/auth/"))


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _speaks_json(request):
        return refusals.bad_request(request)
    return defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, relief_pages.NotAtWork):
        return relief_pages.not_at_work(request, exception)
    return defaults.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _speaks_json(request):
        return refusals.not_found(request)
    return defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    if _speaks_json(request):
        return refusals.server_error(request)
    return defaults.server_error(request)
