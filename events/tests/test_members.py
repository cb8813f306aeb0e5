"""Whoever leaves, an event is organized by somebody."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from audit.models import Change
from base.errors import Conflict, NotFound
from events import members
from events.forms import RoleForm
from events.models import Member, Role
from events.tests.admin_form import change_in_admin
from events.tests.factories import EventFactory, MemberFactory

pytestmark = pytest.mark.django_db
LAST = "Nobody else organizes the event"


def organizes(event):
    return event.members.filter(role=Role.ORGANIZER, user__is_active=True).exists()


@pytest.fixture
def last(event, organizer):
    """The only organizer, beside a colleague whose account is closed and a cashier."""
    MemberFactory(event=event, role=Role.ORGANIZER, user__is_active=False)
    MemberFactory(event=event, role=Role.CASHIER)
    return event.members.get(user=organizer)


@pytest.fixture
def other(event):
    return MemberFactory(event=event, role=Role.ORGANIZER)


class TestLastOrganizer:
    def test_act_refuses_and_leaves_nothing_behind(self, event, last):
        Change.objects.all().delete()
        for act in (lambda: members.change_role(last, Role.CASHIER), lambda: members.take_out([last])):
            with pytest.raises(Conflict, match=LAST):
                act()
        assert organizes(event)
        assert not Change.objects.exists()

    def test_all_organizers_at_once_are_refused(self, event, last, other):
        with pytest.raises(Conflict):
            members.take_out([other, last])
        assert event.members.filter(pk__in=[other.pk, last.pk]).count() == 2

    @pytest.mark.parametrize(("do", "fields"), [("save", {"role": "cashier"}), ("delete", {})])
    def test_stays_at_home(self, client, event, last, do, fields):
        client.force_login(last.user)
        sent = {"sheet": "members", "row": last.pk, "do": do, **fields}
        response = client.post(f"/events/{event.identifier}/edit/people/", sent)
        assert response.status_code in (409, 422)
        assert LAST in response.content.decode()
        assert organizes(event)

    def test_stays_in_the_admin(self, client, event, last):
        client.force_login(last.user)
        page = f"/admin/events/member/{last.pk}/"
        assert LAST in client.post(f"{page}change/", {"role": "registrar"}).content.decode()
        assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 409
        chosen = {"action": "delete_selected", "_selected_action": last.pk, "post": "yes"}
        assert client.post("/admin/events/member/", chosen).status_code == 409
        assert organizes(event)

    @pytest.mark.parametrize(("method", "body"), [("patch", {"role": "cashier"}), ("delete", None)])
    def test_stays_by_the_api(self, api, event, last, method, body):
        document = body and {"data": {"type": "member", "id": str(last.pk), "attributes": body}}
        response = getattr(api(last.user), method)(
            f"/v1/members/{last.pk}", *([document] if document else [])
        )
        assert response.status_code == 409
        assert response.json()["errors"][0]["code"] == "last-organizer"
        assert organizes(event)

    def test_goes_where_another_organizes(self, client, event, last, other):
        client.force_login(last.user)
        sent = {"sheet": "members", "row": last.pk, "do": "delete"}
        assert client.post(f"/events/{event.identifier}/edit/people/", sent).status_code == 302
        assert not Member.objects.filter(pk=last.pk).exists()

    def test_of_one_event_is_not_kept_by_another(self, last):
        MemberFactory(event=EventFactory(), user=last.user, role=Role.ORGANIZER)
        with pytest.raises(Conflict):
            members.take_out([last])


@pytest.fixture
def inline(client, event, last):
    """Sends the admin's form of the event with these `rows` of members: member, role, whether to delete."""
    client.force_login(last.user)

    def send(*rows):
        sent = {"members-TOTAL_FORMS": len(rows), "members-INITIAL_FORMS": len(rows)}
        for number, (member, role, goes) in enumerate(rows):
            sent |= {f"members-{number}-id": member.pk, f"members-{number}-event": event.pk}
            sent[f"members-{number}-role"] = role
            sent |= {f"members-{number}-DELETE": "on"} if goes else {}
        return change_in_admin(client, event, **sent)

    return send


class TestWhoIsGoneAlready:
    def test_is_not_brought_back(self, event, last):
        gone = event.members.get(role=Role.CASHIER)
        Member.objects.filter(pk=gone.pk).delete()
        for act in (lambda: members.change_role(gone, Role.ORGANIZER), lambda: members.take_out([gone])):
            with pytest.raises(NotFound):
                act()
        assert not Member.objects.filter(user=gone.user).exists()

    def test_is_not_brought_back_by_a_form(self, event, last):
        gone = event.members.get(role=Role.CASHIER)
        form = RoleForm({"role": "organizer"}, instance=gone)
        Member.objects.filter(pk=gone.pk).delete()
        with transaction.atomic():
            assert not form.is_valid()


class TestInline:
    @pytest.mark.parametrize(("role", "goes"), [("cashier", False), ("organizer", True)])
    def test_last_organizer_stays(self, event, last, inline, role, goes):
        response = inline((last, role, goes))
        assert LAST in response.content.decode()
        assert organizes(event)

    def test_who_goes_may_name_a_successor(self, event, last, inline):
        cashier = event.members.get(role=Role.CASHIER)
        response = inline((last, "cashier", False), (cashier, "organizer", False))
        assert response.status_code == 302, response.content.decode()
        assert organizes(event)
        last.refresh_from_db()
        assert last.role == "cashier"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_of_two_who_leave_at_once_one_stays(locked, monkeypatch):
    """Without the lock, the control, both go."""
    event = EventFactory()
    leaving = [MemberFactory(event=event, role=Role.ORGANIZER) for _ in range(2)]
    if not locked:
        monkeypatch.setattr(type(Member.objects.all()), "select_for_update", lambda rows, **_: rows)
    both_here = Barrier(2)

    def leave(member):
        try:
            with transaction.atomic():
                Member.objects.filter(event=event).count()
                both_here.wait(10)
                members.check_organizers(event, {member.pk: None})
                if not locked:
                    both_here.wait(10)
                member.delete()
        except Conflict:
            pass
        finally:
            connection.close()

    threads = [Thread(target=leave, args=[member]) for member in leaving]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert organizes(event) == locked
