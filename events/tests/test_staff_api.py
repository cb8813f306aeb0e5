"""Members, invitations, devices and the audit trail by token."""

import pytest

from base.tests.client import document, error, relation
from devices.models import Device
from events.invitations import redeem
from events.models import Invitation, Member, Role
from events.tests.factories import EventFactory, MemberFactory

pytestmark = pytest.mark.django_db


def invitation(event, **more):
    attributes = {"email": "new@example.com", "role": "cashier", **more}
    return document("invitation", None, {"event": relation("event", event.pk)}, **attributes)


def device(event, **more):
    relationships = {"event": relation("event", event.pk)}
    return document("device", None, relationships, **{"name": "Gate", "role": "registrar", **more})


class TestInvitations:
    def test_the_link_is_shown_once_and_makes_a_member(self, api, event, organizer, stranger):
        made = api(organizer).post("/v1/invitations", invitation(event)).json()
        token = made["meta"]["link"].rpartition("/join/")[2].strip("/")
        assert redeem(token, user=stranger).role == "cashier"
        read = api(organizer).get(f"/v1/invitations/{made['data']['id']}").json()
        assert (read["data"]["attributes"]["state"], token in str(read)) == ("redeemed", False)

    def test_an_address_is_invited_once(self, api, event, organizer):
        api(organizer).post("/v1/invitations", invitation(event))
        again = api(organizer).post("/v1/invitations", invitation(event, email="NEW@example.com"))
        assert (again.status_code, error(again)["source"]) == (422, {"pointer": "/data/attributes/email"})
        assert Invitation.objects.count() == 1

    def test_another_link_voids_the_one_before(self, api, event, organizer, stranger):
        made = api(organizer).post("/v1/invitations", invitation(event)).json()
        url = f"/v1/invitations/{made['data']['id']}"
        other = api(organizer).post(f"{url}/renewal", document("invitation", None, {}))
        assert other.status_code == 201
        assert other.json()["meta"]["link"] != made["meta"]["link"]
        sent = document("invitation", made["data"]["id"], state="withdrawn")
        ended = api(organizer).patch(url, sent).json()
        assert (ended["data"]["attributes"]["state"], "meta" in ended) == ("withdrawn", False)

    def test_nobody_else_invites(self, api, event, cashier, stranger):
        for user in (cashier, stranger):
            assert api(user).post("/v1/invitations", invitation(event)).status_code == 403
        assert not Invitation.objects.exists()

    def test_an_organizer_elsewhere_invites_nobody_here(self, api, event):
        elsewhere = MemberFactory(event=EventFactory(), role=Role.ORGANIZER).user
        assert api(elsewhere).post("/v1/invitations", invitation(event)).status_code == 403


class TestMembers:
    def test_an_organizer_lists_changes_and_removes_people(self, api, event, organizer):
        client, member = api(organizer), MemberFactory(event=event, role=Role.REGISTRAR)
        api(organizer).post("/v1/devices", device(event))
        listed = client.get(f"/v1/events/{event.pk}/members").json()["data"]
        devices = [str(pk) for pk in Member.objects.filter(user__is_device=True).values_list("pk", flat=True)]
        assert str(member.pk) in {row["id"] for row in listed}
        assert not {row["id"] for row in listed} & {*devices}
        url = f"/v1/members/{member.pk}"
        changed = client.patch(url, document("member", member.pk, role="cashier")).json()["data"]
        assert changed["attributes"]["role"] == "cashier"
        refused = client.patch(url, document("member", member.pk, role="king"))
        assert (refused.status_code, error(refused)["source"]) == (422, {"pointer": "/data/attributes/role"})
        assert (client.delete(url).status_code, client.get(url).status_code) == (204, 404)
        for pk in devices:
            assert client.delete(f"/v1/members/{pk}").status_code == 404


class TestDevices:
    def test_a_device_comes_with_a_code_that_pairs_it_once(self, api, event, organizer, client):
        made = api(organizer).post("/v1/devices", device(event)).json()
        code = {"code": made["meta"]["pairing-code"]}
        paired = client.post("/auth/pair", code, content_type="application/json")
        assert paired.json()["role"] == "registrar"
        assert client.post("/auth/pair", code, content_type="application/json").status_code == 401
        read = api(organizer).get(f"/v1/devices/{made['data']['id']}").json()
        assert code["code"] not in str(read)

    def test_a_revoked_device_is_out_for_good(self, api, event, organizer):
        client = api(organizer)
        made = client.post("/v1/devices", device(event)).json()["data"]
        url = f"/v1/devices/{made['id']}"
        ended = client.patch(url, document("device", made["id"], is_revoked=True)).json()["data"]
        assert ended["attributes"]["revoked-at"]
        assert not Device.objects.get().user.is_active
        back = client.patch(url, document("device", made["id"], is_revoked=False))
        assert (back.status_code, error(back)["code"]) == (422, "device-revoked")
        code = client.post(f"{url}/pairing-code", document("device", None, {}))
        assert (code.status_code, error(code)["code"]) == (409, "device-revoked")
        assert client.post("/v1/devices", device(event)).status_code == 201  # its name is free

    def test_a_device_is_renamed_and_stays_what_it_is(self, api, event, organizer):
        client = api(organizer)
        made = client.post("/v1/devices", device(event)).json()["data"]
        url = f"/v1/devices/{made['id']}"
        assert client.patch(url, document("device", made["id"], name="Bar")).status_code == 200
        assert Device.objects.get().user.name == "Bar"
        refused = client.patch(url, document("device", made["id"], role="cashier"))
        assert error(refused)["code"] == "role-is-fixed"
        whole = client.get(url).json()["data"]
        assert client.patch(url, {"data": whole}).json()["data"] == whole

    @pytest.mark.parametrize(("sent", "name"), [({"name": "Gate"}, "name"), ({"role": "organizer"}, "role")])
    def test_what_cannot_be_is_refused(self, api, event, organizer, sent, name):
        api(organizer).post("/v1/devices", device(event))
        refused = api(organizer).post("/v1/devices", device(event, **{"name": "Other", **sent}))
        assert (refused.status_code, error(refused)["source"]) == (
            422,
            {"pointer": f"/data/attributes/{name}"},
        )

    def test_an_event_has_so_many_devices(self, api, event, organizer, settings):
        settings.ROWS_PER_EVENT = 0
        refused = api(organizer).post("/v1/devices", device(event))
        assert (refused.status_code, error(refused)["code"]) == (409, "too-many-rows")


def test_the_audit_trail_is_read_per_event(api, event, organizer):
    client = api(organizer)
    made = client.post("/v1/devices", device(event)).json()["data"]
    url = f"/v1/events/{event.pk}/changes?filter[kind]=devices.device"
    added = client.get(url).json()["data"][-1]["attributes"]
    assert (added["act"], added["row"], added["after"]["name"]) == ("added", int(made["id"]), "Gate")
    assert added["by"] == str(organizer)
    elsewhere = MemberFactory(event=EventFactory(), role=Role.ORGANIZER).user
    assert api(elsewhere).get(f"/v1/events/{event.pk}/changes").status_code == 403
