"""Organizers set quotas and holds in the admin; what is refused stands beside what was typed."""

from datetime import timedelta

import pytest

from audit.models import Change
from events.models import Member
from limits.models import Hold, Quota
from limits.tests.factories import hold_of, quota_of
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(client, organizer):
    client.force_login(organizer)
    return client


def errors(response):
    assert response.status_code == 200, response.content
    return dict(response.context["adminform"].form.errors)


class TestQuota:
    def sent(self, event, *tickets, **fields):
        return {
            "event": event.pk,
            "name": "Seats",
            "size": 5,
            "tickets": [ticket.pk for ticket in tickets],
            **fields,
        }

    def test_is_added_changed_and_deleted(self, admin, event, adult, child, sell, fresh):
        sell((adult, 2))
        assert admin.post("/admin/limits/quota/add/", self.sent(event, adult)).status_code == 302
        quota = Quota.objects.get()
        assert (fresh(quota), list(quota.tickets.all())) == (2, [adult])
        url = f"/admin/limits/quota/{quota.pk}"
        shown = admin.get(f"{url}/change/").content.decode()
        assert f'<option value="{adult.pk}" selected>' in shown
        assert admin.post(f"{url}/change/", self.sent(event, child, size=3)).status_code == 302
        assert (fresh(quota), list(quota.tickets.all())) == (0, [child])
        assert admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 302
        assert Ticket.objects.get(pk=child.pk).limited_by == 0
        assert Change.objects.filter(kind="limits.quota", act="removed").count() == 1

    def test_size_below_what_is_used_is_refused_beside_it(self, admin, event, adult, sell):
        sell((adult, 3))
        refused = admin.post("/admin/limits/quota/add/", self.sent(event, adult, size=2))
        assert errors(refused) == {"size": ["3 of its tickets are sold or held already."]}
        assert not Quota.objects.exists()

    def test_name_is_one_of_the_event(self, admin, event, adult):
        quota_of(adult, size=5)
        assert "__all__" in errors(admin.post("/admin/limits/quota/add/", self.sent(event, adult)))

    def test_tickets_of_others_are_not_offered(self, admin, event, member, organizer):
        other = TicketFactory()
        refused = admin.post("/admin/limits/quota/add/", self.sent(event, other))
        assert "tickets" in errors(refused)
        own = TicketFactory(event__name="Mine")
        member("organizer", own.event)
        Member.objects.create(event=own.event, user=organizer, role="organizer")
        refused = admin.post("/admin/limits/quota/add/", self.sent(event, own))
        assert errors(refused) == {"tickets": ["A quota has tickets of its event."]}
        assert "Mine: " in admin.get("/admin/limits/quota/add/").content.decode()

    def test_list_shows_what_is_left(self, admin, adult, sell):
        quota_of(adult, size=9)
        sell((adult, 2))
        page = admin.get("/admin/limits/quota/").content.decode()
        assert '<td class="field-left">7</td>' in page


class TestHold:
    def sent(self, event, ticket, **fields):
        return {
            "event": event.pk,
            "ticket": ticket.pk,
            "name": "Guest list",
            "quantity": 4,
            "open_to": "all",
            **fields,
        }

    def test_is_set_changed_and_given_back(self, admin, event, adult, sell, fresh):
        assert admin.post("/admin/limits/hold/add/", self.sent(event, adult)).status_code == 302
        hold = Hold.objects.get()
        sell((adult, 1, hold))
        url = f"/admin/limits/hold/{hold.pk}/change/"
        assert admin.post(url, {"name": "Press", "quantity": 6, "open_to": "all"}).status_code == 302
        assert (fresh(hold), fresh(adult)) == ((6, 1), (1, 5))
        sent = {"action": "give_back", "_selected_action": hold.pk}
        told = admin.post("/admin/limits/hold/", sent, follow=True).content.decode()
        assert "5 tickets are back on sale." in told
        assert (fresh(hold), fresh(adult)) == ((1, 1), (1, 0))

    def test_more_than_there_is_is_refused_beside_it(self, admin, event, adult, sell):
        quota_of(adult, size=3)
        refused = admin.post("/admin/limits/hold/add/", self.sent(event, adult))
        assert errors(refused) == {"quantity": ["Only 3 Adult are left."]}

    def test_below_what_was_sold_is_refused_beside_it(self, admin, event, adult, sell):
        hold = hold_of(adult, 4)
        sell((adult, 3, hold))
        url = f"/admin/limits/hold/{hold.pk}/change/"
        refused = admin.post(url, {"name": "Guest list", "quantity": 2, "open_to": "all"})
        assert errors(refused) == {"quantity": ["3 are sold already."]}

    def test_names_are_one_of_the_ticket(self, admin, event, adult, child):
        hold_of(adult, 1), hold_of(child, 1)
        hold = hold_of(adult, 1, name="Press")
        url = f"/admin/limits/hold/{hold.pk}/change/"
        refused = admin.post(url, {"name": "Guest list", "quantity": 1, "open_to": "all"})
        assert "__all__" in errors(refused)

    def test_till_is_named_if_it_is_for_one(self, admin, event, adult, cashier):
        till = event.tills.get()
        sent = self.sent(event, adult, open_to="till")
        assert "__all__" in errors(admin.post("/admin/limits/hold/add/", sent))
        assert admin.post("/admin/limits/hold/add/", {**sent, "till": till.pk}).status_code == 302
        assert Hold.objects.get().till == till

    def test_members_are_named(self, admin, event, adult, cashier):
        named = Member.objects.get(event=event, user=cashier)
        sent = self.sent(event, adult, open_to="members", members=[named.pk])
        assert admin.post("/admin/limits/hold/add/", sent).status_code == 302
        assert list(Hold.objects.get().members.all()) == [named]
        told = Change.objects.filter(kind="limits.hold").order_by("pk")
        assert told.last().after == {"members": [str(cashier)]}

    def test_ticket_of_another_event_is_refused_beside_it(self, admin, event, organizer):
        own = TicketFactory()
        Member.objects.create(event=own.event, user=organizer, role="organizer")
        refused = admin.post("/admin/limits/hold/add/", self.sent(event, own))
        assert errors(refused) == {"ticket": ["This belongs to another event."]}

    def test_one_that_was_sold_from_is_not_deleted(self, admin, adult, sell):
        hold = hold_of(adult, 4)
        sell((adult, 1, hold))
        page = admin.get(f"/admin/limits/hold/{hold.pk}/delete/")
        assert page.context["protected"] == ["Guest list"]
        admin.post(
            "/admin/limits/hold/", {"action": "delete_selected", "_selected_action": hold.pk, "post": "yes"}
        )
        assert Hold.objects.exists()

    def test_end_is_typed_by_the_events_clock(self, admin, event, adult, now):
        day = (now + timedelta(days=400)).date().isoformat()
        sent = self.sent(event, adult, ends_at_0=day, ends_at_1="20:00")
        assert admin.post("/admin/limits/hold/add/", sent).status_code == 302
        assert Hold.objects.get().ends_at.hour in (18, 19)  # Europe/Berlin

    def test_cashier_sees_and_does_not_change(self, client, cashier, adult):
        client.force_login(cashier)
        hold = hold_of(adult, 4)
        assert client.get("/admin/limits/hold/").status_code == 200
        url = f"/admin/limits/hold/{hold.pk}/change/"
        assert client.post(url, {"name": "Mine", "quantity": 1, "open_to": "all"}).status_code == 403


class TestTicket:
    def test_quantity_below_what_is_held_is_refused_beside_it(self, admin, event, adult, sell):
        hold_of(adult, 4)
        sell((adult, 2))
        url = f"/admin/tickets/ticket/{adult.pk}/change/"
        sent = {"name": "Adult", "type": "paid", "price": "20", "quantity": 5, "min_order": 1, "position": 0}
        sent["admits"] = "on"
        refused = admin.post(url, sent)
        said = "2 are sold already, and 4 are held: give some back first."
        assert errors(refused) == {"quantity": [said]}

    def test_list_shows_what_is_held_and_left(self, admin, adult, child, django_assert_max_num_queries):
        quota_of(adult, child, size=7)
        hold_of(adult, 4)
        page = admin.get("/admin/tickets/ticket/").content.decode()
        assert '<td class="field-held">4</td>' in page
        assert page.count('<td class="field-left">3</td>') == 2
