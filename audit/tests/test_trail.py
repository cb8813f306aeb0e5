"""Every change of who may do what, and of what is sold how, leaves a row."""

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from attendees.models import Attendee
from audit.models import Audited, Change
from base import languages
from devices import lifecycle
from devices.tests.factories import add_device
from door.models import Station
from events.models import Event, Invitation, Member
from events.paragraph_models import MailParagraph
from events.tests.factories import EventFactory, MemberFactory
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.models import Till
from shifts.tests.factories import TillFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/change/"


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@example.com")


# A guest's name that is corrected is told in the story of the order (`attendees.models.Correction`).
TOLD_ELSEWHERE = {Attendee}


def last(kind=None):
    changes = Change.objects.all()
    return (changes.filter(kind=kind) if kind else changes).first()


def url(obj, page="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{page}", args=[obj.pk])


def test_whatever_a_form_changes_is_audited(rf, boss):
    request = rf.get("/")
    request.user = boss
    for model, model_admin in admin.site._registry.items():
        may = (model_admin.has_add_permission, model_admin.has_change_permission)
        if any(has(request) for has in may) and model not in TOLD_ELSEWHERE:
            assert issubclass(model, Audited), model


class TestRow:
    @pytest.mark.parametrize(
        "row",
        [
            Member(user=User(email="ana@example.com"), role="cashier"),
            Invitation(email="ana@example.com", role="cashier"),
            MailParagraph(language="fr"),
        ],
    )
    def test_is_called_the_same_whatever_language_is_spoken(self, row):
        with languages.spoken("de"):
            german, shown = row.audited_name, str(row)
        assert row.audited_name == german != ""
        assert str(row) != shown

    def test_names_who_when_from_where_before_and_after(self, api, event, organizer, now):
        ticket = TicketFactory(event=event, price=20)
        document = {"data": {"type": "ticket", "id": str(ticket.pk), "attributes": {"price": "25.00"}}}
        assert api(organizer).patch(f"/v1/tickets/{ticket.pk}", document).status_code == 200
        change = last("tickets.ticket")
        assert (change.by, change.address, change.event) == (organizer, "127.0.0.1", event)
        assert (change.act, change.before, change.after) == (
            "changed",
            {"price": "20.00"},
            {"price": "25.00"},
        )
        assert change.at >= now

    def test_of_a_script_names_nobody(self, event):
        Ticket.objects.create(event=event, name="Adult")
        assert (last().by, last().address, last().act) == (None, "", "added")

    def test_is_there_only_if_the_change_is(self, event):
        with transaction.atomic():
            Event.objects.filter(pk=event.pk).update(name="x")
            transaction.set_rollback(True)
        assert not Change.objects.filter(name="x").exists()
        assert last().act == "added"

    def test_is_not_written_for_what_stays(self, event):
        count = Change.objects.count()
        event.save()
        Event.objects.update(name=event.name, inside=3)
        assert Change.objects.count() == count

    def test_of_a_sale_there_is_none(self, event, cashier):
        ticket = TicketFactory(event=event)
        count = Change.objects.count()
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier)
        assert Change.objects.count() == count

    def test_is_neither_edited_nor_deleted(self, event):
        change = last()
        for act in (change.save, change.delete):
            with pytest.raises(TypeError):
                act()


class TestBulk:
    def test_update_is_kept_row_by_row(self, event):
        first, second = TicketFactory.create_batch(2, event=event, price=20)
        Ticket.objects.filter(pk=first.pk).update(price=25)
        Ticket.objects.update(price=25)
        assert [(c.row, c.before) for c in Change.objects.filter(act="changed")] == [
            (second.pk, {"price": "20.00"}),
            (first.pk, {"price": "20.00"}),
        ]

    def test_removal_is_kept_row_by_row(self, event):
        for role in ("cashier", "registrar"):
            MemberFactory(event=event, role=role)
        assert Member.objects.all().delete()[0] == 2
        assert {c.before["role"] for c in Change.objects.filter(act="removed")} == {"cashier", "registrar"}
        assert Member.objects.all().delete() == (0, {})


class TestForms:
    def test_event(self, page, event):
        members = {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
        members |= {"invitations-TOTAL_FORMS": 0, "invitations-INITIAL_FORMS": 0}
        form = {
            name: getattr(event, name) for name in ("name", "identifier", "timezone", "currency", "reentry")
        }
        times = {
            f"{end}_at_{part}": text
            for end in ("starts", "ends")
            for part, text in (("0", "2027-01-01"), ("1", "20:00"))
        }
        page.post(url(event), {**members, **form, **times, "day_ends_at": "04:00", "state": "draft"})
        change = last("events.event")
        assert (change.before["state"], change.after["state"]) == ("published", "draft")

    def test_till(self, page, event):
        page.post(reverse("admin:shifts_till_add"), {"event": event.pk, "name": "North"})
        assert (last().act, last().name, last().kind) == ("added", "North", "shifts.till")
        page.post(url(Till.objects.get()), {"name": "South"})
        assert (last().before, last().after) == ({"name": "North"}, {"name": "South"})

    def test_station_with_its_tickets(self, page, event):
        ticket = TicketFactory(event=event)
        form = {"event": event.pk, "name": "Gate", "direction": "both", "tickets": [ticket.pk]}
        page.post(reverse("admin:door_station_add"), form)
        assert (last().before, last().after) == ({"tickets": []}, {"tickets": [ticket.name]})
        page.post(url(Station.objects.get(), "delete"), {"post": "yes"})
        assert (last().act, last().name) == ("removed", "Gate")

    def test_member(self, page, event):
        cashier = MemberFactory(event=event)
        page.post(url(cashier, "delete"), {"post": "yes"})
        assert (last().act, last().before, last().account) == ("removed", {"role": "cashier"}, cashier.user)

    def test_account(self, client, boss, stranger):
        client.force_login(boss)
        client.post(url(stranger), {"email": stranger.email, "name": "Ana", "is_superuser": "on"})
        assert last().after == {"name": "Ana", "is_active": False, "is_superuser": True}
        assert (last().by, last().account) == (boss, stranger)


class TestDevices:
    def test_from_the_beginning_to_the_end(self, event):
        device = add_device(event)
        acts = [(c.kind, c.act) for c in Change.objects.filter(account=device.user)]
        assert acts == [("devices.device", "added"), ("events.member", "added"), ("accounts.user", "added")]
        code = lifecycle.new_pairing_code(device)
        assert last().after == {"pairing_digest": "***"}
        lifecycle.pair(code)
        assert last("devices.device").before == {"pairing_digest": "***"}
        ApiToken.objects.create(user=device.user)
        lifecycle.revoke(device)
        assert "revoked_at" in last("devices.device").after
        assert last("accounts.user").after == {"is_active": False}
        assert last("accounts.apitoken").act == "removed"


class TestSecrets:
    def test_are_in_no_row(self, client, organizer, event):
        log_in = {"email": organizer.email, "password": PASSWORD}
        token = client.post("/auth/session", log_in, content_type="application/json").json()["access_token"]
        row = ApiToken.objects.get()  # which ends with the password
        set_pin(organizer, "135790")
        organizer.set_password("another long one")
        organizer.save()
        device = add_device(event)
        code = lifecycle.new_pairing_code(device)
        organizer.refresh_from_db()
        device.refresh_from_db()
        secrets = {"135790", token, row.digest, row.token_key, code, "another long one"}
        secrets |= {organizer.pin, organizer.password, device.pairing_digest}
        written = str([*Change.objects.values()])
        assert not [secret for secret in secrets if secret in written]

    def test_that_are_another_are_told_to_be(self, organizer):
        for pin in ("135790", "246801"):
            set_pin(organizer, pin)
        assert (last().before, last().after) == ({"pin": "***"}, {"pin": "***"})
        organizer.set_password("another long one")
        organizer.save()
        assert last().after == {"password": "***"}

    def test_password_that_is_hashed_anew_or_made_unusable_is_no_change(self, organizer):
        count = Change.objects.count()
        organizer.set_unusable_password()
        organizer.save()
        assert Change.objects.count() == count


class TestWhoReads:
    @pytest.mark.parametrize(("role", "status"), [("cashier", 403), ("registrar", 403), ("organizer", 200)])
    def test_members(self, client, event, member, role, status):
        client.force_login(member(role))
        assert client.get(LIST).status_code == status

    def test_organizers_their_own_events(self, page, event):
        here, there = TillFactory(event=event), TillFactory(event=EventFactory())
        content = page.get(LIST).content.decode()
        assert here.name in content
        assert there.name not in content
        assert page.get(url(last())).status_code == 302
        assert page.get(url(Change.objects.get(name=here.name))).status_code == 200

    def test_organizers_the_pins_and_tokens_of_their_members_but_not_from_where(
        self, page, client, event, member, stranger, boss
    ):
        cashier = member("cashier")
        for user in (cashier, stranger):
            set_pin(user, "135790")
            log_in = {"email": user.email, "password": PASSWORD}
            client.post("/auth/session", log_in, content_type="application/json", REMOTE_ADDR="203.0.113.9")
        page.force_login(Member.objects.get(event=event, role="organizer").user)
        rows = page.get(LIST).context["cl"].result_list
        assert [row.account for row in rows if row.event is None] == [cashier, cashier]
        assert "203.0.113.9" not in page.get(LIST).content.decode()
        page.force_login(boss)
        assert "203.0.113.9" in page.get(LIST).content.decode()

    def test_nobody_changes_it(self, client, boss, event):
        client.force_login(boss)
        change = last()
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(url(change), {"name": "x"}).status_code == 403
        assert client.post(url(change, "delete"), {"post": "yes"}).status_code == 403

    def test_list_says_what_changed_in_words(self, page, event):
        Ticket.objects.filter(pk=TicketFactory(event=event, price=20).pk).update(price=25)
        assert "price: 20.00 → 25.00" in page.get(LIST).content.decode()

    def test_list_costs_the_same_for_one_and_for_three(self, page, event, django_assert_max_num_queries):
        page.get(LIST)
        with CaptureQueriesContext(connection) as few:
            page.get(LIST)
        TillFactory.create_batch(3, event=event)
        with django_assert_max_num_queries(len(few)):
            page.get(LIST)


def test_long_texts_are_told_by_their_beginning(event):
    for letter in "ab":
        event.description = letter * 20_000
        event.save()
    change = last("events.event")
    beginnings = {"description": "a" * 500 + "… (20000)"}, {"description": "b" * 500 + "… (20000)"}
    assert (change.before, change.after) == beginnings
