"""Times that are typed in the admin's forms are read by the clock of the event."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.contrib import admin
from django.db.models import DateTimeField
from django.urls import reverse

from accounts.models import User
from base.errors import DomainError
from base.moments import MomentField
from events.models import Event
from events.tests.factories import EventFactory
from onsite_project.tests.admin_cells import Fields
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import FreeTicketFactory

pytestmark = pytest.mark.django_db
TICKET_TIMES = ["sales_starts_at", "sales_ends_at", "valid_from", "valid_until"]
EVENT_TIMES = ["starts_at", "ends_at"]
TYPED = [(Ticket, name) for name in TICKET_TIMES] + [(Event, name) for name in EVENT_TIMES]
AGAIN = datetime(2026, 10, 25, 1, 30, 15, 250_000, tzinfo=UTC)  # 02:30:15 for the second time


@pytest.fixture
def boss(client):
    boss = User.objects.create_superuser("boss@example.com")
    client.force_login(boss)
    return boss


@pytest.fixture
def event(boss):
    day = datetime(2026, 5, 1, tzinfo=UTC)
    EventFactory(name="Elsewhere", timezone="Asia/Tokyo")
    return EventFactory(timezone="Europe/Berlin", starts_at=day, ends_at=day + timedelta(days=900))


def url(row, page="change"):
    args = [] if page == "add" else [row.pk]
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=args)


def typed(client, row, **times):
    """Send the row's form with some times changed: `sales_ends_at="2026-11-28 14:30"`."""
    fields = Fields(client.get(url(row)).content.decode()).found
    for name, text in times.items():
        fields[f"{name}_0"], fields[f"{name}_1"] = text.split()
    return client.post(url(row), fields)


def refusals(page):
    return " ".join(error for errors in page.context["adminform"].form.errors.values() for error in errors)


def test_sale_ends_when_the_clock_of_the_event_says_so(client, event):
    ticket = FreeTicketFactory(event=event)
    assert typed(client, ticket, sales_ends_at="2026-11-28 14:30").status_code == 302
    ticket.refresh_from_db()
    assert ticket.sales_ends_at == datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
    sale = {"event": event, "lines": [Line(ticket.pk, 1)]}
    sold_onsite(**sale, at=datetime(2026, 11, 28, 13, 30, tzinfo=UTC))
    with pytest.raises(DomainError):
        sold_onsite(**sale, at=datetime(2026, 11, 28, 13, 30, 1, tzinfo=UTC))
    assert Order.objects.count() == 1
    page = client.get(url(ticket)).content.decode()
    assert 'value="14:30:00"' in page
    assert "Europe/Berlin" in page
    assert "13:30" not in page


def test_new_ticket_is_read_by_the_event_that_is_chosen(client, event):
    page = client.get(url(Ticket, "add")).content.decode()
    assert "by the event&#x27;s clock" in page
    assert all(f'data-zone="{zone}"' in page for zone in ("Europe/Berlin", "Asia/Tokyo"))
    new = Fields(page).found | {"event": event.pk, "name": "New", "type": "free", "price": "0"}
    new |= {"sales_ends_at_0": "2026-07-01", "sales_ends_at_1": "14:30"}
    assert client.post(url(Ticket, "add"), new).status_code == 302
    assert Ticket.objects.get(name="New").sales_ends_at == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(("model", "name"), TYPED)
def test_time_that_the_clock_skips_or_shows_twice_is_refused_beside_its_field(client, event, model, name):
    row = event if model is Event else FreeTicketFactory(event=event)
    for text, refusal in (
        ("2027-03-28 02:30", "Europe/Berlin has no 02:30 on 28 Mar 2027: clocks are put forward."),
        ("2026-10-25 02:30", "Europe/Berlin has 02:30 twice on 25 Oct 2026: clocks are put back."),
    ):
        page = typed(client, row, **{name: text})
        assert page.status_code == 200
        assert [*page.context["adminform"].form.errors] == [name]
        assert refusal in refusals(page)
        assert f'value="{text.split()[1]}"' in page.content.decode()  # what was typed stays


@pytest.mark.parametrize(("model", "name"), TYPED)
def test_time_that_stands_there_stays_the_very_instant(client, event, model, name):
    row = event if model is Event else FreeTicketFactory(event=event)
    type(row).objects.filter(pk=row.pk).update(**{name: AGAIN})
    earlier = {"starts_at": "2026-10-25 01:00"} if name == "ends_at" else {}
    assert typed(client, row, **earlier).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == AGAIN


def test_zone_that_is_corrected_means_the_same_clock(client, event):
    """20:00 that was taken for UTC is meant in Auckland."""
    start = datetime(2026, 5, 1, 20, tzinfo=UTC)
    Event.objects.filter(pk=event.pk).update(timezone="UTC", starts_at=start)
    fields = Fields(client.get(url(event)).content.decode()).found | {"timezone": "Pacific/Auckland"}
    assert client.post(url(event), fields).status_code == 302
    event.refresh_from_db()
    assert event.starts_at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert 'value="20:00:00"' in client.get(url(event)).content.decode()


def test_zone_that_is_none_is_refused_and_the_times_stay_as_typed(client, event):
    fields = Fields(client.get(url(event)).content.decode()).found | {"timezone": "Moon/Crater"}
    page = client.post(url(event), fields)
    assert "Moon/Crater is no time zone" in refusals(page)
    assert f'value="{fields["starts_at_1"]}"' in page.content.decode()


def test_new_event_is_read_by_the_zone_that_is_typed(client, event):
    page = client.get(url(Event, "add")).content.decode()
    assert all(text in page for text in ("data-of-browser", "onsite/common/zones.js"))
    new = Fields(page).found | {"name": "New", "timezone": "America/St_Johns"}
    new |= {
        "starts_at_0": "2026-07-01",
        "starts_at_1": "20:00",
        "ends_at_0": "2026-07-02",
        "ends_at_1": "02:00",
    }
    assert client.post(url(Event, "add"), new).status_code == 302
    made = Event.objects.get(name="New")
    assert (made.starts_at, made.ends_at) == tuple(
        datetime(2026, *when, tzinfo=UTC) for when in ((7, 1, 22, 30), (7, 2, 4, 30))
    )
    assert "data-of-browser" not in client.get(url(made)).content.decode()


def test_every_form_that_asks_for_a_time_asks_by_the_events_clock(rf, event, boss):
    """Whoever adds another."""
    request = rf.get("/")
    request.user = boss
    for model, model_admin in admin.site._registry.items():
        if not model_admin.has_add_permission(request):
            continue
        places = [model_admin.get_form(request)]
        places += [inline.get_formset(request).form for inline in model_admin.get_inline_instances(request)]
        for form in places:
            for name, field in form.base_fields.items():
                if isinstance(field, forms.DateTimeField | forms.SplitDateTimeField):
                    assert isinstance(field, MomentField), (model, name)
    assert any(isinstance(field, DateTimeField) for field in Ticket._meta.fields)
