"""The whole URL map."""

import sys
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views import defaults
from django.views.decorators.gzip import gzip_page
from django.views.generic import RedirectView

from accounts.pages import ForgotView, LanguageView, LogInsView, PinView, SetPasswordView, TwoStepView
from accounts.resources import UserViewSet
from accounts.views import LogInView, LogOutView, RefreshView, SessionView
from attendees.views import AttendeeViewSet, GuestSearchViewSet
from base.api import refusals
from base.api.links import to_many, to_one
from base.api.schema_views import SchemaPage, SchemaView
from books import pages as reports
from books.views import ReportTableViewSet, ReportViewSet, TotalsTableViewSet, TotalsViewSet
from claims import pages as claims
from devices.pages import PairPage
from devices.views import DeviceViewSet, PairingCodeViewSet, PairView
from door import pages as door
from door.open_event_server import CheckedAttendeeViewSet
from door.views import CheckInViewSet, OccupancyViewSet, OrderCheckInsViewSet, StationViewSet, UndoViewSet
from events.models import Act
from events.pages import JoinPage, open_link
from events.staff_views import ChangeViewSet, InvitationViewSet, MemberViewSet, RenewalViewSet
from events.views import EventViewSet, GeneralStatisticsViewSet, OwnEventsViewSet
from exports import pages as exports
from exports.views import ExportFileViewSet, ExportTableViewSet, ExportViewSet
from guests import pages as guest_list
from guests.views import GuestListViewSet
from home import copy_pages as copies
from home import first_pages, live_pages, night_pages, start_pages
from home import mail_pages as event_mail
from home import pages as home
from limits.views import HoldViewSet, QuotaViewSet
from onsite_project.health import healthz, readyz
from onsite_project.middleware import busy_page
from onsite_project.monitoring import figures
from onsite_project.words import Words
from orders.act_views import (
    CancelAttendeesViewSet,
    ExchangeViewSet,
    RefundViewSet,
    RestoreViewSet,
    SwapCodeViewSet,
    TransferViewSet,
)
from orders.statistics import EventStatisticsViewSet
from orders.story_views import StoryViewSet
from orders.views import GivenUpViewSet, OrderAttendeesViewSet, OrderViewSet, PaymentViewSet
from prices.views import DiscountViewSet
from shifts import lock_pages, relief_pages
from shifts import pages as shifts
from shifts.views import CountViewSet, MovementViewSet, ShiftViewSet, TillViewSet
from tickets.views import TicketViewSet
from till import act_pages as till_acts
from till import guest_pages as till_guests
from till import lock_pages as till_lock
from till import mail_pages as till_mail
from till import order_pages as till_orders
from till import pages as till
from till import paper
from till.views import OrderPdfViewSet, TillDiscountViewSet, TillGivenUpViewSet, TillOrderViewSet

Verbs = dict[str, Any]

READ: Verbs = {"get": "retrieve"}
LIST: Verbs = {"get": "list"}
CREATE: Verbs = {"post": "create"}
CHANGE: Verbs = {"patch": "partial_update"}
LINKAGES: Verbs = {"get": "linkages"}
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
    path("events/<event>/attendees/search", GuestSearchViewSet.as_view(LIST), name="event-attendees-search"),
    path("events/<event>/guest-list", GuestListViewSet.as_view(CREATE), name="event-guest-list"),
    path("events/<event>/order-statistics", EventStatisticsViewSet.as_view(READ), name="order-statistics"),
    path(
        "events/<event>/general-statistics",
        GeneralStatisticsViewSet.as_view(READ),
        name="general-statistics",
    ),
    path(
        "events/<event>/relationships/tickets", TicketViewSet.as_view(LINKAGES), name="event-tickets-linkage"
    ),
    path("events/<event>/payments", PaymentViewSet.as_view(LIST), name="event-payments"),
    path("tickets", TicketViewSet.as_view(LIST | CREATE), name="tickets"),
    path("tickets/<reference>", TicketViewSet.as_view(READ | CHANGE | DELETE), name="ticket"),
    *to_one("tickets/<reference>", EventViewSet, TicketViewSet, "event"),
    *to_many("tickets/<reference>", AttendeeViewSet, TicketViewSet, "attendees", through="ticket"),
    path("events/<event>/quotas", QuotaViewSet.as_view(LIST), name="event-quotas"),
    path("quotas", QuotaViewSet.as_view(CREATE), name="quotas"),
    path("quotas/<reference>", QuotaViewSet.as_view(READ | CHANGE | DELETE), name="quota"),
    *to_one("quotas/<reference>", EventViewSet, QuotaViewSet, "event"),
    *to_many("quotas/<reference>", TicketViewSet, QuotaViewSet, "tickets", through="quotas"),
    path("events/<event>/holds", HoldViewSet.as_view(LIST), name="event-holds"),
    path("holds", HoldViewSet.as_view(CREATE), name="holds"),
    path("holds/<reference>", HoldViewSet.as_view(READ | CHANGE | DELETE), name="hold"),
    *to_one("holds/<reference>", EventViewSet, HoldViewSet, "event"),
    *to_one("holds/<reference>", TicketViewSet, HoldViewSet, "ticket"),
    *to_one("holds/<reference>", TillViewSet, HoldViewSet, "till"),
    *to_many("holds/<reference>", MemberViewSet, HoldViewSet, "members", through="holds"),
    path("events/<event>/discounts", DiscountViewSet.as_view(LIST), name="event-discounts"),
    path("discounts", DiscountViewSet.as_view(CREATE), name="discounts"),
    path("discounts/<reference>", DiscountViewSet.as_view(READ | CHANGE | DELETE), name="discount"),
    *to_one("discounts/<reference>", EventViewSet, DiscountViewSet, "event"),
    *to_many("discounts/<reference>", TicketViewSet, DiscountViewSet, "tickets", through="discounts"),
    path("orders/given-up", GivenUpViewSet.as_view(CREATE), name="orders-given-up"),
    path("orders/<reference>", OrderViewSet.as_view(READ | CHANGE), name="order"),
    *to_one("orders/<reference>", EventViewSet, OrderViewSet, "event"),
    *to_many("orders/<reference>", OrderAttendeesViewSet, OrderViewSet, "attendees", through="order"),
    *to_many("orders/<reference>", TicketViewSet, OrderViewSet, "tickets", through="attendees__order"),
    path("orders/<reference>/cancel-attendees", CancelAttendeesViewSet.as_view(CREATE), name="order-part"),
    path("orders/<reference>/refund", RefundViewSet.as_view(CREATE), name="order-refund"),
    path("orders/<reference>/exchange", ExchangeViewSet.as_view(CREATE), name="order-exchange"),
    path("orders/<reference>/restore", RestoreViewSet.as_view(CREATE), name="order-restore"),
    path("orders/<reference>/swap-code", SwapCodeViewSet.as_view(CREATE), name="order-swap-code"),
    path("orders/<reference>/transfer", TransferViewSet.as_view(CREATE), name="order-transfer"),
    path("orders/<reference>/story", StoryViewSet.as_view(READ), name="order-story"),
    path("orders/<reference>/order.pdf", OrderPdfViewSet.as_view(READ), name="order-pdf"),
    path("orders/<order>/check-ins", OrderCheckInsViewSet.as_view(LIST | CREATE), name="order-check-ins"),
    path("payments/<reference>", PaymentViewSet.as_view(READ), name="payment"),
    *to_one("payments/<reference>", OrderViewSet, PaymentViewSet, "order"),
    path("tills/<reference>", TillViewSet.as_view(READ), name="till"),
    *to_one("tills/<reference>", EventViewSet, TillViewSet, "event"),
    path("events/<event>/shifts", ShiftViewSet.as_view(LIST), name="event-shifts"),
    path("shifts", ShiftViewSet.as_view(CREATE), name="open-shift"),
    path("shifts/<reference>", ShiftViewSet.as_view(READ | CHANGE), name="one-shift"),
    *to_one("shifts/<reference>", TillViewSet, ShiftViewSet, "till"),
    *to_many("shifts/<reference>", MovementViewSet, ShiftViewSet, "movements", through="shift", more=CREATE),
    *to_many("shifts/<reference>", CountViewSet, ShiftViewSet, "counts", through="shift", more=CREATE),
    path("shifts/<reference>/report", ReportViewSet.as_view(READ), name="v1-report"),
    path("shifts/<reference>/report.csv", ReportTableViewSet.as_view(READ), name="v1-report-table"),
    path("events/<event>/totals", TotalsViewSet.as_view(READ), name="event-totals"),
    path("events/<event>/totals.csv", TotalsTableViewSet.as_view(READ), name="event-totals-table"),
    path("events/<event>/exports", ExportViewSet.as_view(CREATE), name="event-exports"),
    path("events/<event>/exports/<table>.csv", ExportTableViewSet.as_view(READ), name="event-export-table"),
    path("exports/<reference>", ExportViewSet.as_view(READ), name="export"),
    path("exports/<reference>/file", ExportFileViewSet.as_view(READ), name="export-file"),
    *to_one("exports/<reference>", EventViewSet, ExportViewSet, "event"),
    path("movements/<reference>", MovementViewSet.as_view(READ), name="movement"),
    *to_one("movements/<reference>", ShiftViewSet, MovementViewSet, "shift"),
    path("counts/<reference>", CountViewSet.as_view(READ), name="count"),
    *to_one("counts/<reference>", ShiftViewSet, CountViewSet, "shift"),
    path("events/<event>/devices", DeviceViewSet.as_view(LIST), name="event-devices"),
    path("devices", DeviceViewSet.as_view(CREATE), name="devices"),
    path("devices/<reference>", DeviceViewSet.as_view(READ | CHANGE), name="device"),
    path("devices/<reference>/pairing-code", PairingCodeViewSet.as_view(CREATE), name="device-code"),
    *to_one("devices/<reference>", EventViewSet, DeviceViewSet, "event"),
    path("events/<event>/members", MemberViewSet.as_view(LIST), name="event-members"),
    path("members/<reference>", MemberViewSet.as_view(READ | CHANGE | DELETE), name="member"),
    *to_one("members/<reference>", EventViewSet, MemberViewSet, "event"),
    path("events/<event>/invitations", InvitationViewSet.as_view(LIST), name="event-invitations"),
    path("invitations", InvitationViewSet.as_view(CREATE), name="invitations"),
    path("invitations/<reference>", InvitationViewSet.as_view(READ | CHANGE), name="invitation"),
    path("invitations/<reference>/renewal", RenewalViewSet.as_view(CREATE), name="invitation-renewal"),
    *to_one("invitations/<reference>", EventViewSet, InvitationViewSet, "event"),
    path("events/<event>/changes", ChangeViewSet.as_view(LIST), name="event-changes"),
    path("changes/<reference>", ChangeViewSet.as_view(READ), name="change"),
    path("stations/<reference>", StationViewSet.as_view(READ), name="station"),
    *to_one("stations/<reference>", EventViewSet, StationViewSet, "event"),
    path("check-ins/<reference>", CheckInViewSet.as_view(READ), name="check-in"),
    *to_one("check-ins/<reference>", EventViewSet, CheckInViewSet, "event"),
    *to_one("check-ins/<reference>", AttendeeViewSet, CheckInViewSet, "attendee"),
    *to_one("check-ins/<reference>", StationViewSet, CheckInViewSet, "station"),
    path("check-ins/<check_in>/undo", UndoViewSet.as_view(CREATE), name="check-in-undo"),
    path("attendees", AttendeeViewSet.as_view(CREATE), name="attendees"),
    path("attendees/<reference>", CheckedAttendeeViewSet.as_view(READ | CHANGE | DELETE), name="attendee"),
    path("auth/login", LogInView.as_view(), name="v1-login"),
    path("auth/logout", LogOutView.as_view(), name="v1-logout"),
    path("auth/token/refresh", RefreshView.as_view(), name="v1-token-refresh"),
    *to_one("attendees/<reference>", TicketViewSet, AttendeeViewSet, "ticket"),
    *to_one("attendees/<reference>", OrderViewSet, AttendeeViewSet, "order"),
    *to_one("attendees/<reference>", EventViewSet, AttendeeViewSet, "event"),
    path("users/<reference>", UserViewSet.as_view(READ), name="user"),
    path("users/<reference>/events", OwnEventsViewSet.as_view(LIST), name="user-events"),
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
    path("", start_pages.start, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", figures, name="metrics"),
    path("auth/session", SessionView.as_view(), name="session"),
    path("auth/pair", PairView.as_view(), name="auth-pair"),
    path("v1/", include(v1)),
    path("jsi18n/<language>/", gzip_page(Words.as_view()), name="jsi18n"),
    path("jsi18n/<language>/words.<version>.js", gzip_page(Words.as_view()), name="words"),
    path("till/", start_pages.to("till", Act.SELL), name="any-till"),
    path("till/<event>/", till.sell, name="till"),
    path("till/<event>/api/orders", TillOrderViewSet.as_view(LIST | CREATE), name="till-api-orders"),
    path("till/<event>/api/orders/given-up", TillGivenUpViewSet.as_view(CREATE), name="till-api-given-up"),
    path(
        "till/<event>/api/orders/<reference>", TillOrderViewSet.as_view(READ | CHANGE), name="till-api-order"
    ),
    path("till/<event>/api/discount", TillDiscountViewSet.as_view(CREATE), name="till-api-discount"),
    path("till/<event>/state/", till.state, name="till-state"),
    path("till/<event>/lock/", till_lock.lock, name="till-lock"),
    path("till/<event>/unlock/", lock_pages.unlock, name="till-unlock"),
    path("till/<event>/relief/", relief_pages.relief, name="till-relief"),
    path("till/<event>/display/", till.display, name="till-display"),
    path("till/<event>/signed-in/", till_lock.signed_in, name="till-signed-in"),
    path("till/<event>/recent/", till_orders.recent, name="till-recent"),
    path("till/<event>/orders/<identifier>/", till_orders.order, name="till-done"),
    path("till/<event>/orders/<identifier>/mail/", till_mail.mail, name="till-mail"),
    path("till/<event>/orders/<identifier>/pay/", till_orders.pay, name="till-pay"),
    path("till/<event>/orders/<identifier>/cancel/", till_orders.take_back, name="till-cancel"),
    path("till/<event>/orders/<identifier>/guests/<pk>/", till_guests.guest, name="till-guest"),
    path("till/<event>/orders/<identifier>/given-back/", till_orders.given_back, name="till-given-back"),
    path("till/<event>/orders/<identifier>/acts/<act>/", till_acts.act, name="till-act"),
    path("till/<event>/orders/<identifier>/codes/", paper.codes, name="till-codes"),
    path("till/<event>/orders/<identifier>/print/", paper.print_page, name="till-print"),
    path("till/<event>/orders/<identifier>/order.pdf", paper.order_pdf, name="till-pdf"),
    path("till/<event>/shift/", shifts.shift, name="shift"),
    path("till/<event>/shift/movement/", shifts.movement, name="shift-movement"),
    path("till/<event>/shift/count/", shifts.count, name="shift-count"),
    path("till/<event>/movements/<pk>/", shifts.slip, name="shift-slip"),
    path("till/<event>/shifts/", reports.shifts, name="shifts"),
    path("till/<event>/shifts/<pk>/report/", reports.shift_report, name="shift-report"),
    path("till/<event>/shifts/<pk>/report.csv", reports.shift_report_csv, name="shift-report-csv"),
    path("till/<event>/totals/", reports.totals, name="totals"),
    path("till/<event>/totals.csv", reports.totals_csv, name="totals-csv"),
    path("events/", start_pages.to("event-home", Act.CHECK_IN), name="any-event"),
    path("events/new/", first_pages.new_event, name="event-new"),
    path("events/<event>/", home.home, name="event-home"),
    path("events/<event>/check/", home.check, name="event-check"),
    path("events/<event>/live/", live_pages.live, name="event-live"),
    path("events/<event>/night/", night_pages.show, name="event-night"),
    path("events/<event>/night.csv", night_pages.as_csv, name="event-night-csv"),
    path("events/<event>/night.xlsx", night_pages.as_xlsx, name="event-night-xlsx"),
    path("events/<event>/printer/", home.printer, name="event-printer"),
    path("events/<event>/edit/<section>/", home.edit, name="event-edit"),
    path("events/<event>/guests/", guest_list.guests, name="guests"),
    path("events/<event>/guests/add/", guest_list.add, name="guests-add"),
    path("events/<event>/guests/import/", guest_list.import_list, name="guests-import"),
    path("events/<event>/guests/<pk>/admit/", guest_list.admit, name="guests-admit"),
    path("events/<event>/copy/", copies.copy, name="event-copy"),
    path("events/<event>/rehearse/", copies.rehearsal, name="event-rehearse"),
    path("events/<event>/delete/", copies.delete, name="event-delete"),
    path("events/<event>/mail/", event_mail.mail, name="event-mail"),
    path("events/<event>/exports/", exports.exports, name="exports"),
    path("events/<event>/exports/<pk>/file/", exports.file, name="exports-file"),
    path("door/pair/", PairPage.as_view(), name="pair"),  # before an event's door, whatever it is called
    path("pin/", PinView.as_view(), name="pin"),
    path("two-step/", TwoStepView.as_view(), name="two-step"),
    path("language/", LanguageView.as_view(), name="language"),
    path("log-ins/", LogInsView.as_view(), name="log-ins"),
    path("door/worker.js", door.worker, name="door-worker"),
    path("door/<event>/api/", include(door_api)),
    path("door/", start_pages.to("door", Act.CHECK_IN), name="any-door"),
    path("door/<event>/", door.door, name="door"),
    path("door/<event>/list/", door.guests, name="door-list"),
    path("door/<event>/search/", door.search, name="door-search"),
    # Short, for a small QR code.
    path("c/<token>/", claims.claim, name="claim"),
    path("c/<token>/order.pdf", paper.claim_pdf, name="claim-pdf"),
    path("join/", JoinPage.as_view(), name="join"),
    # Whatever was pasted behind it, lest an error be logged with a link that was mangled.
    path("join/<path:token>", open_link, name="join-link"),
    path("forgot/", ForgotView.as_view(), name="forgot"),
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
    if (unavailable := busy_page(request, sys.exc_info()[1])) is not None:
        return unavailable
    if _speaks_json(request):
        return refusals.server_error(request)
    return defaults.server_error(request)
