"""`/v1/quotas` and `/v1/holds`, and selling from a hold by token."""

import pytest

from base.tests.client import document, error, errors, relation
from events.models import Member
from limits.models import Hold, Quota
from limits.tests.factories import hold_of, quota_of
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def new_quota(event, *tickets, **attributes):
    relationships = {
        "event": relation("event", event.pk),
        "tickets": relation("ticket", [ticket.pk for ticket in tickets]),
    }
    return document("quota", None, relationships, **{"name": "Seats", "size": 5, **attributes})


def new_hold(ticket, **attributes):
    relationships = {"ticket": relation("ticket", ticket.pk)}
    return document("hold", None, relationships, **{"name": "Guest list", "quantity": 4, **attributes})


class TestQuota:
    def test_is_made_read_changed_and_deleted(self, api, organizer, event, adult, child, fresh):
        client = api(organizer)
        made = client.post("/v1/quotas", new_quota(event, adult))
        assert made.status_code == 201, made.content
        data = made.json()["data"]
        assert data["attributes"] == {"name": "Seats", "size": 5, "used": 0, "left": 5}
        assert data["relationships"]["tickets"]["data"] == [{"type": "ticket", "id": str(adult.pk)}]
        url = f"/v1/quotas/{data['id']}"
        sent = document("quota", data["id"], {"tickets": relation("ticket", [child.pk])}, size=3)
        changed = client.patch(url, sent).json()["data"]
        assert changed["attributes"]["size"] == 3
        assert [one["id"] for one in changed["relationships"]["tickets"]["data"]] == [str(child.pk)]
        assert [row["id"] for row in client.get(f"{url}/tickets").json()["data"]] == [str(child.pk)]
        assert client.delete(url).status_code == 204
        assert Ticket.objects.get(pk=child.pk).limited_by == 0

    def test_smaller_than_what_is_used_is_refused(self, api, organizer, event, adult, sell):
        seats = quota_of(adult, size=5)
        sell((adult, 3))
        refused = api(organizer).patch(f"/v1/quotas/{seats.pk}", document("quota", seats.pk, size=2))
        assert refused.status_code == 409
        assert error(refused)["code"] == "quota-below-used"
        assert error(refused)["source"] == {"pointer": "/data/attributes/size"}
        assert error(refused)["meta"] == {"used": 3}

    @pytest.mark.parametrize(
        ("tickets", "status"),
        [("abc", 422), ([1], 422), ([{"type": "ticket", "id": "99999999"}], 404), ({"type": "ticket"}, 422)],
    )
    def test_tickets_that_are_none_are_refused(self, api, organizer, event, tickets, status):
        sent = new_quota(event)
        sent["data"]["relationships"]["tickets"] = {"data": tickets}
        response = api(organizer).post("/v1/quotas", sent)
        assert response.status_code in (status, 400), response.content
        assert not Quota.objects.exists()

    def test_ticket_of_another_event_is_refused(self, api, organizer, event, member):
        other = TicketFactory()
        refused = api(organizer).post("/v1/quotas", new_quota(event, other))
        assert refused.status_code == 422
        assert error(refused)["source"] == {"pointer": "/data/relationships/tickets"}

    def test_name_is_one_of_the_event(self, api, organizer, event, adult):
        quota_of(adult, size=5)
        refused = api(organizer).post("/v1/quotas", new_quota(event))
        assert refused.status_code == 422
        assert error(refused)["source"] == {"pointer": "/data/attributes/name"}

    def test_list_costs_the_same_for_one_and_for_three(
        self, api, cashier, event, adult, child, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client, url = api(cashier), f"/v1/events/{event.pk}/quotas"
        quota_of(adult, child, size=5)
        with CaptureQueriesContext(connection) as one:
            assert client.get(url).status_code == 200
        quota_of(adult, child, size=5, name="Dinners"), quota_of(child, size=5, name="Beds")
        with django_assert_num_queries(len(one)):
            assert len(client.get(url).json()["data"]) == 3

    def test_sold_out_names_it(self, api, cashier, event, adult, child):
        quota_of(adult, child, size=3)
        refused = api(cashier).sell(event, (adult, 2), (child, 2))
        assert refused.status_code == 409
        assert error(refused)["code"] == "sold-out"
        assert error(refused)["source"] == {"pointer": "/data/attributes/on-site-tickets/1/quantity"}
        assert error(refused)["meta"] == {"available": 1, "wanted": 2, "quota": "Seats"}

    def test_available_is_what_it_leaves(self, api, cashier, event, adult, child, sell):
        quota_of(adult, child, size=3)
        sell((adult, 1))
        listed = api(cashier).get(f"/v1/events/{event.pk}/tickets").json()["data"]
        assert [row["attributes"]["available"] for row in listed] == [2, 2]
        one = api(cashier).get(f"/v1/tickets/{child.pk}").json()["data"]
        assert one["attributes"]["available"] == 2


class TestHold:
    def test_is_set_read_given_back_and_deleted(self, api, organizer, adult, fresh):
        client = api(organizer)
        made = client.post("/v1/holds", new_hold(adult, **{"ends-at": "2130-05-01T20:00:00Z"}))
        assert made.status_code == 201, made.content
        data = made.json()["data"]
        assert data["attributes"] == {
            "name": "Guest list",
            "quantity": 4,
            "sold": 0,
            "left": 4,
            "ends-at": "2130-05-01T20:00:00Z",
            "open-to": "all",
        }
        url = f"/v1/holds/{data['id']}"
        changed = client.patch(url, document("hold", data["id"], quantity=1)).json()["data"]
        assert changed["attributes"]["left"] == 1
        assert fresh(adult) == (0, 1)
        assert client.delete(url).status_code == 204
        assert fresh(adult) == (0, 0)

    def test_more_than_there_is_is_refused(self, api, organizer, adult):
        refused = api(organizer).post("/v1/holds", new_hold(adult, quantity=11))
        assert refused.status_code == 409
        assert error(refused)["code"] == "not-enough-left"
        assert error(refused)["meta"] == {"left": 10}

    def test_more_than_anybody_holds_is_refused(self, api, organizer, event):
        ticket = TicketFactory(event=event, quantity=None)
        refused = api(organizer).post("/v1/holds", new_hold(ticket, quantity=1_000_001))
        assert (refused.status_code, error(refused)["code"]) == (422, "max-value")

    def test_below_what_was_sold_is_refused(self, api, organizer, adult, sell):
        guests = hold_of(adult, 4)
        sell((adult, 3, guests))
        refused = api(organizer).patch(f"/v1/holds/{guests.pk}", document("hold", guests.pk, quantity=1))
        assert (refused.status_code, error(refused)["code"]) == (409, "quantity-below-sold")
        refused = api(organizer).delete(f"/v1/holds/{guests.pk}")
        assert (refused.status_code, error(refused)["code"]) == (409, "hold-in-use")

    def test_for_a_till_names_it(self, api, organizer, event, adult, cashier):
        till = event.tills.get()
        refused = api(organizer).post("/v1/holds", new_hold(adult, **{"open-to": "till"}))
        assert refused.status_code == 422
        assert error(refused)["source"] == {"pointer": "/data/relationships/till"}
        sent = new_hold(adult, **{"open-to": "till"})
        sent["data"]["relationships"]["till"] = relation("till", till.pk)
        made = api(organizer).post("/v1/holds", sent)
        assert made.status_code == 201, made.content
        assert made.json()["data"]["relationships"]["till"]["data"] == {"type": "till", "id": str(till.pk)}

    def test_for_members_names_them(self, api, organizer, event, adult, cashier):
        named = Member.objects.get(event=event, user=cashier)
        sent = new_hold(adult, **{"open-to": "members"})
        sent["data"]["relationships"]["members"] = relation("member", [named.pk])
        assert api(organizer).post("/v1/holds", sent).status_code == 201
        assert Hold.objects.get().may_be_sold_from(cashier.pk, None)

    def test_stays_with_its_ticket(self, api, organizer, adult, child):
        guests = hold_of(adult, 4)
        sent = document("hold", guests.pk, {"ticket": relation("ticket", child.pk)})
        refused = api(organizer).patch(f"/v1/holds/{guests.pk}", sent)
        assert (refused.status_code, error(refused)["code"]) == (422, "ticket-is-fixed")

    def test_cashier_reads_and_does_not_change(self, api, cashier, event, adult):
        guests = hold_of(adult, 4)
        client = api(cashier)
        assert len(client.get(f"/v1/events/{event.pk}/holds").json()["data"]) == 1
        sent = document("hold", guests.pk, quantity=1)
        assert client.patch(f"/v1/holds/{guests.pk}", sent).status_code == 403
        assert client.delete(f"/v1/holds/{guests.pk}").status_code == 403
        assert client.post("/v1/holds", new_hold(adult, name="Mine")).status_code == 403

    def test_stranger_and_registrar_see_nothing(self, api, stranger, registrar, event, adult):
        guests = hold_of(adult, 4)
        for asker in (stranger, registrar):
            assert api(asker).get(f"/v1/holds/{guests.pk}").status_code == 404
            assert api(asker).get(f"/v1/events/{event.pk}/holds").status_code == 403

    def test_is_sold_from(self, api, cashier, event, adult, fresh):
        guests = hold_of(adult, 8)
        line = {"id": adult.pk, "quantity": 3}
        refused = api(cashier).sell(event, line)
        assert error(refused)["meta"] == {"available": 2, "wanted": 3}
        sold = api(cashier).sell(event, {**line, "hold": str(guests.pk)})
        assert sold.status_code == 201, sold.content
        assert (fresh(adult), fresh(guests)) == ((3, 5), (8, 3))

    def test_line_that_may_not_be_sold_from_it_is_pointed_at(self, api, cashier, event, adult, child):
        named = hold_of(adult, 2, open_to="members")
        line = {"id": adult.pk, "quantity": 1}
        refused = api(cashier).sell(event, line, {**line, "hold": named.pk})
        assert (refused.status_code, error(refused)["code"]) == (403, "not-from-this-hold")
        assert error(refused)["source"] == {"pointer": "/data/attributes/on-site-tickets/1/hold"}
        unknown = api(cashier).sell(event, {"id": child.pk, "quantity": 1, "hold": named.pk})
        assert (unknown.status_code, error(unknown)["code"]) == (404, "unknown-hold")
        malformed = api(cashier).sell(event, {**line, "hold": "x"})
        assert malformed.status_code == 422
        assert len(errors(malformed)) == 1

    def test_key_sent_again_from_another_place_is_another_request(self, api, cashier, event, adult):
        guests = hold_of(adult, 2)
        line, key = {"id": adult.pk, "quantity": 1}, {"headers": {"Idempotency-Key": "k"}}
        client = api(cashier)
        first = client.sell(event, {**line, "hold": guests.pk}, **key)
        again = client.sell(event, {**line, "hold": guests.pk}, **key)
        assert first.json()["data"]["id"] == again.json()["data"]["id"]
        assert client.sell(event, line, **key).status_code == 422
