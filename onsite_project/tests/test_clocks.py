"""Whatever a person types or reads is by the event's clock, with its time zone named."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.db.models import DateTimeField
from django.urls import reverse
from django.utils import translation
from django.utils.formats import get_format

from accounts.models import User
from base import times
from events.models import Event
from onsite_project.tests.rows import SCOPED, an_event, row_of
from onsite_project.tests.url_map import addresses
from shifts.models import CashMovement, Shift

pytestmark = pytest.mark.usefixtures("short_menu")
# In no test's past: what has ended then is shown otherwise.
PLANTED = datetime(2046, 11, 28, 19, 14, 33, tzinfo=UTC)
LATER = timedelta(seconds=20)
SHOWN = {
    "Pacific/Auckland": ("29 Nov 2046", "08:14"),
    "America/St_Johns": ("28 Nov 2046", "15:44"),
}
CLOCK = re.compile(r"\d{1,2}:\d\d|\d{1,2}[ap]\.m\.")


class Text(HTMLParser):
    """What is to be read on a page, what stands in its fields included."""

    def __init__(self, page):
        super().__init__()
        self.said, self.is_script = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.is_script = tag == "script"
        if tag == "input":
            self.said.append(dict(attrs).get("value") or "")

    def handle_endtag(self, tag):
        self.is_script = False

    def handle_data(self, data):
        if not self.is_script:
            self.said.append(data)

    def __str__(self):
        return " ".join(" ".join(self.said).split())


def plant(at):
    """Let everything that has happened have happened in that minute."""
    rooms = {app for app in settings.INSTALLED_APPS if (Path(settings.BASE_DIR) / app).is_dir()} | {"admin"}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            fields = [f for f in model._meta.concrete_fields if isinstance(f, DateTimeField)]
            if model._meta.app_label in rooms and fields:
                sets = [f"{f.column} = CASE WHEN {f.column} IS NOT NULL THEN %s END" for f in fields]
                values = [f.get_db_prep_value(at + LATER * ("end" in f.name), connection) for f in fields]
                cursor.execute(f"UPDATE {model._meta.db_table} SET {', '.join(sets)}", values)


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@example.com")


@pytest.fixture(params=["Pacific/Auckland"])
def far(request, boss):
    """An event far away, everything of which happened in one minute, and another in Berlin."""
    event = an_event(timezone=request.param)
    begins = dict.fromkeys(("sales_starts_at", "valid_from"), PLANTED)
    event.tickets.update(**begins, sales_ends_at=PLANTED + LATER, valid_until=PLANTED + LATER)
    an_event()
    for model in SCOPED:
        LogEntry.objects.log_actions(boss.pk, [row_of(event, model)], CHANGE)
    plant(PLANTED)
    return event


def just_now(event):
    """What a page that says what time it is may say: it need not be the planted one."""
    now, zone = datetime.now(UTC), ZoneInfo(event.timezone)
    return {f"{(now - timedelta(minutes=ago)).astimezone(zone):%H:%M}" for ago in range(3)}


def is_by_its_clock(page, event):
    """No other clock than the event's stands on it, and its zone if that does."""
    _day, clock = SHOWN[event.timezone]
    found = {shown.zfill(5) for shown in CLOCK.findall(page)} - just_now(event)
    assert not found & {"19:14", "20:14", "7:14"}, page
    if clock in found:
        assert event.timezone in page, page
    return clock in found


def admin_pages(event):
    for model, model_admin in SCOPED.items():
        row, name = row_of(event, model), f"admin:{model._meta.app_label}_{model._meta.model_name}"
        has_times = any(isinstance(field, DateTimeField) for field in model._meta.concrete_fields)
        chosen = f"?{model_admin.event_lookup}={event.pk}" if model is not Event else f"?q={event.identifier}"
        yield reverse(f"{name}_changelist") + chosen, False
        yield reverse(f"{name}_change", args=[row.pk]), has_times
        yield reverse(f"{name}_history", args=[row.pk]), True
        yield reverse(f"{name}_delete", args=[row.pk]), False


def test_every_page_of_the_admin_goes_by_the_events_clock(client, boss, far):
    client.force_login(boss)
    for address, must in admin_pages(far):
        page = client.get(address, follow=True)
        if page.status_code == 200 and "text/html" in page["Content-Type"]:
            shows = is_by_its_clock(str(Text(page.content.decode())), far)
            assert shows or not must or page.redirect_chain, address


def test_every_other_page_goes_by_the_events_clock(client, boss, far):
    client.force_login(boss)
    order = far.orders.get()
    shift = Shift.objects.get(till__event=far)
    names = {"event": far.identifier, "reference": order.pk, "identifier": order.identifier, "pk": shift.pk}
    walked = {path for path in addresses(names) if path.startswith(("/till/", "/door/"))}
    walked |= {reverse("shift-slip", args=[far.identifier, CashMovement.objects.get(shift=shift).pk])}
    walked |= {f"{reverse('till-recent', args=[far.identifier])}?q={order.identifier[:6]}"}
    walked |= {f"{reverse('shift', args=[far.identifier])}?shift={shift.pk}"}
    walked |= {f"{reverse('shift-count', args=[far.identifier])}?shift={shift.pk}"}
    shown = set()
    for path in walked:
        page = client.get(path)
        if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
            continue
        if is_by_its_clock(str(Text(page.content.decode())), far):
            shown.add(path)
    for name, args in {
        "till-done": [order.identifier],
        "till-print": [order.identifier],
        "till-recent": [],
        "shift-report": [shift.pk],
        "shifts": [],
    }.items():
        assert reverse(name, args=[far.identifier, *args]) in shown, name
    assert any("/movements/" in path for path in shown)
    assert any("/shift/count/" in path for path in shown)


@pytest.mark.parametrize("far", ["America/St_Johns"], indirect=True)
def test_lists_over_several_time_zones_show_each_row_its_own(client, boss, far):
    client.force_login(boss)
    for model in SCOPED:
        page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        text = str(Text(page.content.decode()))
        day, clock = SHOWN[far.timezone]
        assert page.context["cl"].date_hierarchy is None
        if f"{day}, {clock}" in text:
            assert re.search(rf"{day}, {clock}(:33)? {far.timezone}", text)
            assert re.search(r"28 Nov 2046, 20:14(:33)? Europe/Berlin", text), model
        assert not re.search(r"19:14(?!(:33)? UTC)", text)  # of an account's own there is no event
    for model in ("orders_order", "orders_payment", "shifts_shift", "door_checkin", "audit_change"):
        page = client.get(reverse(f"admin:{model}_changelist")).content.decode()
        assert f"{day}, {clock}" in page, model


def lists_with_days(event):
    """Each that offers days, with its address and what chooses the event."""
    for model, model_admin in SCOPED.items():
        if model_admin.date_hierarchy:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            yield model, url, {model_admin.event_lookup: event.pk}


@pytest.mark.parametrize("far", ["Pacific/Auckland", "America/St_Johns"], indirect=True)
def test_days_are_offered_and_counted_once_one_event_is_chosen(client, boss, far):
    client.force_login(boss)
    day = times.Zone(far.timezone).fromutc(PLANTED.replace(tzinfo=times.Zone(far.timezone))).date()
    for model, url, chosen in lists_with_days(far):
        name = SCOPED[model].date_hierarchy
        page = client.get(url, chosen)
        assert page.context["cl"].date_hierarchy == name
        assert f"Days of {far.timezone}" in page.content.decode()
        parts = {"year": day.year, "month": day.month}
        for number, found in ((day.day, True), (day.day - 1, False), (day.day + 1, False)):
            if number == 31:
                continue
            asked = {f"{name}__{part}": value for part, value in {**parts, "day": number}.items()}
            page = client.get(url, chosen | asked)
            assert bool(page.context["cl"].result_count) is found, (model, number)


def test_filters_beside_the_days_of_one_event_work(client, boss, far):
    client.force_login(boss)
    for model, url, chosen in lists_with_days(far):
        day = {
            f"{SCOPED[model].date_hierarchy}__{part}": getattr(PLANTED, part)
            for part in ("year", "month", "day")
        }
        found = client.get(url, chosen | day).context["cl"]
        for spec in found.filter_specs:
            for choice in spec.choices(found):
                assert client.get(url + choice["query_string"]).status_code == 200, choice


@pytest.mark.django_db
def test_what_has_no_event_goes_by_the_installations_time_zone(client, boss, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    client.force_login(boss)
    plant(PLANTED)
    log_ins = str(Text(client.get(reverse("log-ins")).content.decode()))
    accounts = str(Text(client.get(reverse("admin:accounts_user_changelist")).content.decode()))
    account = str(Text(client.get(reverse("admin:accounts_user_change", args=[boss.pk])).content.decode()))
    for page in (log_ins, accounts, account):
        assert "29 Nov 2046, 04:14 Asia/Tokyo" in page
        assert "19:14" not in page


def test_the_api_speaks_utc(api, organizer, event, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    Event.objects.filter(pk=event.pk).update(starts_at=PLANTED, ends_at=PLANTED)
    answer = api(organizer).get(f"/v1/events/{event.pk}")
    assert answer.json()["data"]["attributes"]["starts-at"] == "2046-11-28T19:14:33Z"


# --- one format -------------------------------------------------------------------------------------

OTHER_WAYS = {
    ".py": r"strftime|\bdate_format|\btime_format|formats\.localize|template_localtime|naturaltime",
    ".html": r"\|\s*(date|time|localtime|utc|timezone|timesince)\b|\{%\s*(now|timezone|localtime)\b",
    ".js": r"toLocale(Date|Time)?String|toTimeString|toDateString|DateTimeFormat|getHours|getMinutes",
}
OTHERS = {"staticfiles", "node_modules", "tests", "vendor", "benchmarks", "tools", "migrations"}
HOMES = {"base/times.py", "static/onsite/common/times.js"}


def sources():
    base = Path(settings.BASE_DIR)
    for suffix in OTHER_WAYS:
        for path in [*base.glob(f"*{suffix}"), *base.glob(f"[a-z]*/**/*{suffix}")]:
            name = path.relative_to(base)
            if not OTHERS & {*name.parts}:
                yield path, str(name)


def test_times_are_written_in_one_way():
    found = {
        f"{name}: {way[0]}"
        for path, name in sources()
        if name not in HOMES
        for way in re.finditer(OTHER_WAYS[path.suffix], path.read_text())
    }
    # It asks the browser where it is.
    assert found == {"static/onsite/common/zones.js: DateTimeFormat"}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_language_names_the_time_zone_of_a_time(language):
    with translation.override(language):
        for name in ("DATETIME_FORMAT", "SHORT_DATETIME_FORMAT", "EXACT_DATETIME_FORMAT"):
            assert get_format(name).endswith(" e")
        assert times.moment(PLANTED, "Europe/Berlin").endswith(" Europe/Berlin")


def test_times_in_english():
    assert times.moment(PLANTED, "Europe/Berlin") == "28 Nov 2046, 20:14 Europe/Berlin"
    assert times.moment(PLANTED, "Europe/Berlin", exact=True) == "28 Nov 2046, 20:14:33 Europe/Berlin"
    assert times.clock(PLANTED, "America/St_Johns") == "15:44"
    assert times.clock(time(4)) == "04:00"
    assert times.calendar_day(date(2026, 11, 8)) == "8 Nov 2026"


@pytest.mark.parametrize(
    ("minute", "shown"), [(30, "02:30 CEST Europe/Berlin"), (90, "02:30 CET Europe/Berlin")]
)
def test_a_time_that_the_clock_shows_twice_says_which(minute, shown):
    at = datetime(2026, 10, 25, minute // 60, minute % 60, tzinfo=UTC)
    assert times.moment(at, "Europe/Berlin") == f"25 Oct 2026, {shown}"
