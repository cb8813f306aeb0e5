"""Devices in the admin: the organizers' own."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from devices import lifecycle
from devices.models import Device
from devices.tests.factories import add_device
from events.models import Member
from events.tests.factories import EventFactory, MemberFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/devices/device/"
ADD = "/admin/devices/device/add/"


@pytest.fixture
def tablet(event):
    return add_device(event)


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


def change(device):
    return reverse("admin:devices_device_change", args=[device.pk])


def act(page, action, *chosen, **fields):
    form = {"action": action, "_selected_action": [device.pk for device in chosen], **fields}
    return page.post(LIST, form, follow=True)


class TestAdd:
    def add(self, page, event, **fields):
        return page.post(ADD, {"event": event and event.pk, "name": "Gate", "role": "cashier", **fields})

    def test_makes_user_and_role_and_leads_to_the_pairing(self, page, event):
        response = self.add(page, event)
        device = Device.objects.get()
        assert response.url == change(device)
        member = Member.objects.get(user=device.user)
        assert (member.event, member.role, device.user.name) == (event, "cashier", "Gate")
        assert 'value="pair"' in page.get(response.url).content.decode()

    def test_name_of_another_is_refused(self, page, event, tablet):
        response = self.add(page, event, name=tablet.name)
        assert "has a device of this name already" in response.content.decode()

    @pytest.mark.parametrize("fields", [{"role": "organizer"}, {"name": ""}, {"name": "a\x00"}])
    def test_what_makes_no_sense_is_refused(self, page, event, fields):
        assert self.add(page, event, **fields).status_code == 200
        assert not Device.objects.exists()

    def test_of_another_event_is_refused(self, page, organizer):
        elsewhere = MemberFactory(user=organizer, role="cashier").event
        assert self.add(page, elsewhere).status_code == 200
        assert not Device.objects.exists()

    def test_rename(self, page, tablet):
        add_device(tablet.event, name="Taken")
        assert page.post(change(tablet), {"name": "Gate 2"}).status_code == 302
        assert User.objects.get(pk=tablet.user_id).name == "Gate 2"
        assert "already" in page.post(change(tablet), {"name": "Taken"}).content.decode()

    def test_revoked_one_opens_and_gives_its_name_away(self, page, event, tablet):
        lifecycle.revoke(tablet)
        assert self.add(page, event, name=tablet.name).status_code == 302
        assert page.post(change(tablet), {"name": tablet.name}).status_code == 302
        assert 'value="pair"' not in page.get(change(tablet)).content.decode()


class TestPair:
    def test_shows_a_code_that_pairs(self, page, tablet):
        response = act(page, "pair", tablet)
        content = response.content.decode()
        groups = re.search(r'pairing-code"><span>(\w{4})</span> <span>(\w{4})</span>', content)
        assert lifecycle.pair("".join(groups.groups())) == tablet
        assert "http://testserver/door/pair/" in content
        assert '<svg class="qr"' in content
        assert "not HTTPS" in content
        assert "no-store" in response["Cache-Control"]

    def test_one_at_a_time(self, page, event, tablet):
        assert "Choose one device" in act(page, "pair", tablet, add_device(event, name="x")).content.decode()

    def test_not_a_revoked_one(self, page, tablet):
        lifecycle.revoke(tablet)
        assert "was revoked" in act(page, "pair", tablet).content.decode()


class TestRevoke:
    def test_asks_first(self, page, tablet):
        assert "logged out at once" in act(page, "revoke", tablet).content.decode()
        tablet.refresh_from_db()
        assert not tablet.is_revoked
        assert "1 device is revoked." in act(page, "revoke", tablet, confirmed="yes").content.decode()
        tablet.refresh_from_db()
        assert tablet.is_revoked
        assert "0 devices are revoked." in act(page, "revoke", tablet).content.decode()


@pytest.mark.parametrize("role", ["cashier", "registrar", "elsewhere"])
def test_nobody_else_sees_or_touches_them(client, member, tablet, role):
    user = member("organizer", EventFactory()) if role == "elsewhere" else member(role)
    client.force_login(user)
    assert client.get(LIST).status_code == (200 if role == "elsewhere" else 403)
    assert client.get(change(tablet)).status_code in (302, 403)
    act(client, "pair", tablet)
    act(client, "revoke", tablet, confirmed="yes")
    tablet.refresh_from_db()
    assert (tablet.pairing_digest, tablet.revoked_at) == (None, None)


def test_nobody_deletes_one(page, tablet):
    assert page.post(reverse("admin:devices_device_delete", args=[tablet.pk])).status_code == 403


@pytest.mark.parametrize(
    ("state", "names"), [("no", {"in use"}), ("yes", {"lost"}), ("maybe", {"in use", "lost"})]
)
def test_list_is_filtered_by_state(page, event, state, names):
    add_device(event, name="in use")
    lifecycle.revoke(add_device(event, name="lost"))
    rows = page.get(LIST, {"revoked": state}).context["cl"].result_list
    assert {row.name for row in rows} == names


def test_list_costs_the_same_for_one_and_for_three(page, event, tablet, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page.get(LIST)
    with CaptureQueriesContext(connection) as one:
        content = page.get(LIST).content.decode()
    assert "registrar" in content
    add_device(event, name="2"), add_device(event, name="3")
    with django_assert_max_num_queries(len(one)):
        page.get(LIST)


class TestMembers:
    """A device is a member, but not one that the forms for members change."""

    def test_lists_show_people(self, page, event, tablet):
        for listing in ("/admin/events/member/", reverse("admin:events_event_change", args=[event.pk])):
            assert tablet.user.email not in page.get(listing).content.decode()
        member = Member.objects.get(user=tablet.user)
        assert page.get(reverse("admin:events_member_change", args=[member.pk])).status_code == 302

    def test_device_gets_no_second_role(self, client, event, tablet):
        client.force_login(User.objects.create_superuser("root@example.com"))
        form = {"event": EventFactory().pk, "user": tablet.user_id, "role": "organizer"}
        response = client.post(reverse("admin:events_member_add"), form)
        assert "This is a device" in response.content.decode()
        assert tablet.user.memberships.count() == 1

    def test_superuser_makes_no_person_of_it(self, client, tablet):
        client.force_login(User.objects.create_superuser("root@example.com"))
        assert tablet.user.email not in client.get("/admin/accounts/user/").content.decode()
        assert client.get(f"/admin/accounts/user/{tablet.user_id}/change/").status_code == 302


@pytest.mark.parametrize(
    ("role", "cards"),
    [
        ("organizer", ["Sell", "Door", "Shift", "Home", "Live picture"]),
        ("cashier", ["Sell", "Door", "Shift", "Home"]),
        ("registrar", ["Door", "Home"]),
    ],
)
def test_index_leads_to_the_work(client, event, member, role, cards):
    client.force_login(member(role))
    content = client.get("/admin/").content.decode()
    assert re.findall(rf'aria-label="([\w ]+): {event}"', content) == cards
    assert f'href="/door/{event.identifier}/"' in content
