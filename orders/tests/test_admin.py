"""The admin: rights come from the member's role, and end at the member's events."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from attendees.tests.factories import DraftFactory
from events.models import Event, Member
from events.tests.factories import EventFactory, MemberFactory
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(event, cashier):
    return sold_onsite(
        event=event, lines=[Line(TicketFactory(event=event).pk, 2)], seller=cashier, payments=[Paid("cash")]
    )


@pytest.fixture
def elsewhere():
    """The same at another event."""
    event = EventFactory()
    return sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)], payments=[Paid("cash")])


def as_(client, user):
    client.force_login(user)
    return client


def url(obj, action="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[obj.pk])


def listing(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def rows_of(order):
    """One row of every model that belongs to an event."""
    return {
        "event": order.event,
        "ticket": order.tickets[0],
        "attendee": order.attendees.first(),
        "order": order,
        "payment": order.payments.first(),
        "member": Member.objects.filter(event=order.event).first(),
    }


class TestLogIn:
    def log_in(self, client, user):
        return client.post("/admin/login/?next=/admin/", {"username": user.email, "password": PASSWORD})

    @pytest.mark.parametrize("role", ["organizer", "cashier", "registrar"])
    def test_members_may(self, client, member, role):
        assert self.log_in(client, member(role)).status_code == 302
        assert client.get("/admin/").status_code == 200

    def test_strangers_may_make_an_event_and_read_nothing(self, client, stranger, order):
        assert self.log_in(client, stranger).status_code == 302
        assert "Create your first event" in client.get("/admin/").content.decode()
        assert client.get("/admin/events/event/add/").status_code == 200
        assert client.get("/admin/orders/order/").status_code == 403

    def test_superusers_may(self, client):
        assert (
            self.log_in(client, User.objects.create_superuser("root@example.com", PASSWORD)).status_code
            == 302
        )

    def test_inactive_members_may_not(self, client, cashier):
        cashier.is_active = False
        cashier.save()
        assert self.log_in(client, cashier).status_code == 200

    def test_member_who_was_removed_is_out_at_once(self, client, cashier):
        as_(client, cashier)
        assert client.get("/admin/orders/order/").status_code == 200
        cashier.memberships.all().delete()
        assert client.get("/admin/orders/order/").status_code == 403


MATRIX = {
    # role: (rows one may see, rows one may change)
    "organizer": (
        {"event", "ticket", "attendee", "order", "payment", "member"},
        {"event", "ticket", "attendee", "member"},
    ),
    # No list of payments to add up before the count; of an attendee the name can be corrected.
    "cashier": ({"event", "ticket", "attendee", "order"}, {"attendee"}),
    "registrar": ({"event", "ticket"}, set()),
}


@pytest.mark.parametrize("role", MATRIX)
def test_role_decides_what_is_seen_and_changed(client, member, order, role):
    as_(client, member(role))
    seen, changed = set(), set()
    for name, row in rows_of(order).items():
        response = client.get(url(row))
        if response.status_code == 200:
            seen.add(name)
            if 'name="_save"' in response.content.decode():
                changed.add(name)
        assert client.get(listing(type(row))).status_code == (200 if name in MATRIX[role][0] else 403)
    assert (seen, changed) == MATRIX[role]


@pytest.mark.parametrize("role", MATRIX)
def test_other_events_are_out_of_sight(client, member, order, elsewhere, role):
    as_(client, member(role))
    MemberFactory(event=elsewhere.event)
    for row in rows_of(elsewhere).values():
        assert client.get(url(row)).status_code in (302, 403)
        page = client.get(listing(type(row)))
        assert page.status_code == 403 or url(row) not in page.content.decode()


def test_role_at_one_event_gives_nothing_at_another(client, organizer, order, elsewhere):
    """An organizer here who is a cashier there reads the tickets there, and changes them here only."""
    MemberFactory(event=elsewhere.event, user=organizer, role="cashier")
    as_(client, organizer)
    here, there = order.tickets[0], elsewhere.tickets[0]
    assert 'name="_save"' in client.get(url(here)).content.decode()
    assert 'name="_save"' not in client.get(url(there)).content.decode()
    assert client.post(url(there), {"name": "x"}).status_code == 403
    choices = client.get(reverse("admin:tickets_ticket_add")).content.decode()
    assert str(order.event) in choices
    assert str(elsewhere.event) not in choices
    form = {
        "event": elsewhere.event.pk,
        "name": "Sneaky",
        "type": "free",
        "price": "0",
        "min_order": 1,
        "position": 0,
    }
    assert client.post(reverse("admin:tickets_ticket_add"), form).status_code == 200
    assert not Ticket.objects.filter(name="Sneaky").exists()


@pytest.mark.parametrize("role", ["organizer", "superuser"])
def test_books_are_written_by_nobody(client, member, order, role):
    user = User.objects.create_superuser("root@example.com") if role == "superuser" else member(role)
    as_(client, user)
    rows = rows_of(order)
    for name in ("order", "attendee", "payment"):
        assert (
            client.get(reverse(f"admin:{rows[name]._meta.label_lower.replace('.', '_')}_add")).status_code
            == 403
        )
        assert client.post(url(rows[name], "delete"), {"post": "yes"}).status_code == 403
        assert client.post(url(rows[name]), {"amount": "0", "price_paid": "0"}).status_code in (302, 403)
    assert Order.objects.get().amount == 40
    assert {attendee.price_paid for attendee in order.attendees.all()} == {20}


def test_accounts_are_the_superusers(client, organizer):
    as_(client, organizer)
    for name in ("accounts_user", "accounts_apitoken"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403
    as_(client, User.objects.create_superuser("root@example.com"))
    for name in ("accounts_user", "accounts_apitoken"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_every_page_of_the_superuser_opens(client, order):
    as_(client, User.objects.create_superuser("root@example.com", PASSWORD))
    for model, model_admin in admin.site._registry.items():
        assert client.get(listing(model) + "?q=x").status_code == 200, model
        if model_admin.has_add_permission(type("R", (), {"user": User.objects.get(is_superuser=True)})()):
            assert client.get(listing(model) + "add/").status_code == 200, model
    for row in rows_of(order).values():
        assert client.get(url(row)).status_code == 200


@pytest.mark.parametrize("model", [Event, Ticket, Order])
def test_list_costs_the_same_for_one_and_for_three_rows(
    client, organizer, event, order, model, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    as_(client, organizer)
    client.get(listing(model))
    with CaptureQueriesContext(connection) as one:
        client.get(listing(model))
    for _ in range(2):
        ticket = TicketFactory(event=event)
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=organizer)
    with django_assert_num_queries(len(one)):
        client.get(listing(model))


class TestEvents:
    FORM = {
        "name": "Spring Ball",
        "identifier": "spring-ball",
        "state": "draft",
        "starts_at_0": "2027-03-20",
        "starts_at_1": "18:00",
        "ends_at_0": "2027-03-21",
        "day_ends_at": "04:00",
        "reentry": "always",
        "ends_at_1": "02:00",
        "timezone": "Europe/Lisbon",
        "currency": "EUR",
    }

    def change(self, client, event, **fields):
        form = {**self.FORM, "identifier": event.identifier, "name": event.name, **fields}
        members = {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
        members |= {"invitations-TOTAL_FORMS": 0, "invitations-INITIAL_FORMS": 0}
        return client.post(url(event), {**members, **form})

    def test_creator_becomes_organizer(self, client, cashier):
        response = as_(client, cashier).post(reverse("admin:events_event_add"), self.FORM)
        assert response.status_code == 302
        assert Member.objects.get(event__identifier="spring-ball").user == cashier

    @pytest.mark.parametrize(
        ("field", "value"),
        [("currency", "XXX"), ("timezone", "Mars"), ("identifier", "123"), ("ends_at_0", "2027-03-19")],
    )
    def test_what_makes_no_sense_is_refused(self, client, cashier, field, value):
        response = as_(client, cashier).post(reverse("admin:events_event_add"), {**self.FORM, field: value})
        assert response.status_code == 200
        assert Event.objects.count() == 1

    def test_currency_stays_once_there_is_an_order(self, client, organizer, order):
        response = self.change(as_(client, organizer), order.event, currency="USD")
        assert "cannot change any more" in response.content.decode()
        order.event.refresh_from_db()
        assert order.event.currency == "EUR"

    def test_nobody_deletes_one(self, client, organizer, event):
        assert as_(client, organizer).post(url(event, "delete"), {"post": "yes"}).status_code == 403


class TestTickets:
    def test_form_does_not_write_stock(self, client, organizer, event):
        ticket = TicketFactory(event=event, quantity=10)
        as_(client, organizer)
        page = client.get(url(ticket)).content.decode()
        assert 'name="sold"' not in page
        sold_onsite(event=event, lines=[Line(ticket.pk, 4)])
        form = {
            "name": "Grown-up",
            "type": "paid",
            "price": "20",
            "quantity": 10,
            "min_order": 1,
            "position": 0,
            "admits": "on",
        }
        assert client.post(url(ticket), {**form, "sold": 0}).status_code == 302
        ticket.refresh_from_db()
        assert (ticket.name, ticket.sold) == ("Grown-up", 4)
        response = client.post(url(ticket), {**form, "quantity": 3})
        assert "4 are sold already." in response.content.decode()

    def test_name_of_another_is_refused(self, client, organizer, event):
        first, second = TicketFactory.create_batch(2, event=event)
        form = {"name": first.name, "type": "paid", "price": "20", "min_order": 1, "position": 0}
        response = as_(client, organizer).post(url(second), form)
        assert "has a ticket of this name already" in response.content.decode()

    def test_price_that_does_not_fit_the_currency_is_refused(self, client, organizer, event):
        Event.objects.update(currency="JPY")
        ticket = TicketFactory(event=event)
        form = {"name": "x", "type": "paid", "price": "10.50", "min_order": 1, "position": 0}
        response = as_(client, organizer).post(url(ticket), form)
        assert "at most 0 decimals" in response.content.decode()

    def test_with_sales_cannot_be_deleted(self, client, organizer, order):
        as_(client, organizer).post(url(order.tickets[0], "delete"), {"post": "yes"})
        assert Ticket.objects.exists()

    def test_that_was_only_entered_goes_with_its_drafts(self, client, organizer, event):
        draft = DraftFactory(ticket__event=event)
        as_(client, organizer)
        assert draft.email not in client.get(url(draft.ticket, "delete")).content.decode()
        client.post(url(draft.ticket, "delete"), {"post": "yes"})
        assert not Ticket.objects.exists()

    def act(self, client, *tickets):
        form = {"action": "sell_onsite", "_selected_action": [ticket.pk for ticket in tickets]}
        return client.post(listing(Ticket), form)

    def test_sell_onsite_leads_to_the_till_with_these_tickets(self, client, cashier, event):
        first, second = TicketFactory.create_batch(2, event=event)
        response = self.act(as_(client, cashier), first, second)
        assert response.status_code == 302
        assert response.url == f"/till/{event.identifier}/?tickets={first.pk}%2C{second.pk}"
        assert client.get(response.url).status_code == 200

    def test_sell_onsite_of_several_events_is_refused_with_a_message(self, client, cashier, event):
        other = MemberFactory(user=cashier).event
        self.act(as_(client, cashier), TicketFactory(event=event), TicketFactory(event=other))
        assert "belong to several events" in client.get(listing(Ticket)).content.decode()

    def test_sell_onsite_is_not_for_registrars(self, client, registrar, event):
        TicketFactory(event=event)
        assert "sell_onsite" not in as_(client, registrar).get(listing(Ticket)).content.decode()

    def test_sell_onsite_where_one_is_only_registrar_is_refused(self, client, registrar, event):
        MemberFactory(user=registrar, role="cashier")
        ticket = TicketFactory(event=event)
        response = self.act(as_(client, registrar), ticket)
        assert f"does not allow this for: {ticket}" in client.get(response.url).content.decode()


class TestLinksToTheTill:
    @pytest.mark.parametrize("where", ["index", "event", "orders"])
    def test_sellers_find_it(self, client, cashier, event, where):
        as_(client, cashier)
        page = {"index": "/admin/", "event": url(event), "orders": listing(Order)}[where]
        assert f'href="/till/{event.identifier}/"' in client.get(page).content.decode()

    def test_registrars_do_not(self, client, registrar, event):
        as_(client, registrar)
        for page in ("/admin/", url(event), listing(Event)):
            assert "/till/" not in client.get(page).content.decode()


def test_order_page_shows_attendees_and_payments(client, cashier, order):
    page = as_(client, cashier).get(url(order)).content.decode()
    for attendee in order.attendees.all():
        assert attendee.code in page
    assert "40.00 EUR" in page
    assert UserFactory.build().email not in page


def test_search_finds_orders_and_attendees(client, cashier, order):
    as_(client, cashier)
    attendee = order.attendees.first()
    code = order.identifier
    for model, text in [(Order, code), (Order, f"%23{code[:4]}-{code[4:]}"), (type(attendee), attendee.code)]:
        assert f">{order.identifier}<" in client.get(f"{listing(model)}?q={text}").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "id__range=1",
        "created_at__year=99999999999",
        "id__in=" + "9" * 30,
        "event__id__exact=" + "9" * 30,
        "status__exact=%00",
        "identifier__startswith=%00",
        "q=%00",
        "o=x",
        "p=99999",
        "id__exact=abc",
        "seller__password__startswith=p",
    ],
)
def test_odd_parameters_of_a_list_are_no_fault_of_ours(client, organizer, order, query):
    client.raise_request_exception = False
    response = as_(client, organizer).get(f"{listing(Order)}?{query}")
    assert response.status_code in (200, 302, 400)


def test_order_page_costs_the_same_for_one_and_for_thirty_attendees(client, cashier, event):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    as_(client, cashier)
    ticket = TicketFactory(event=event)
    counts = []
    for quantity in (1, 30):
        order = sold_onsite(
            event=event,
            lines=[Line(ticket.pk, quantity)],
            seller=cashier,
            payments=[Paid("card", 1), Paid("cash")],
        )
        client.get(url(order))
        with CaptureQueriesContext(connection) as captured:
            client.get(url(order))
        counts.append(len(captured))
    assert counts[0] == counts[1]
