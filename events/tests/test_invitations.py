"""Whoever redeems an invitation becomes the member; an address decides nothing."""

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD
from audit.models import Change
from base.errors import Conflict, Forbidden, NotFound, TooMany
from devices.tests.factories import add_device
from events import invitations
from events.models import Event, Invitation, Member
from events.tests.factories import EventFactory, MemberFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/events/invitation/"
CHOSEN = "a long enough one"


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


@pytest.fixture
def invited(event, organizer):
    """An open invitation and its token."""
    return invitations.invite(event=event, email="ana@example.com", role="cashier", by=organizer)


@pytest.fixture
def token(invited):
    return invited[1]


def url(obj, page="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{page}", args=[obj.pk])


def invite(page, event, email="ana@example.com", role="cashier"):
    return page.post(f"{LIST}add/", {"event": event.pk, "email": email, "role": role})


def links_in(response):
    return re.findall(r'href="http://testserver(/join/[^"]+)"', response.content.decode())


def act(page, action, *chosen):
    form = {"action": action, "_selected_action": [invitation.pk for invitation in chosen]}
    return page.post(LIST, form, follow=True)


class TestRedeem:
    def test_makes_a_member_once(self, event, invited, token, stranger):
        member = invitations.redeem(token, user=stranger)
        assert (member.event, member.user, member.role) == (event, stranger, "cashier")
        invited[0].refresh_from_db()
        assert invited[0].redeemed_by == stranger
        with pytest.raises(NotFound):
            invitations.redeem(token, user=MemberFactory().user)
        assert event.members.filter(role="cashier").count() == 1

    def test_ends_after_three_days(self, token, stranger, now):
        with pytest.raises(NotFound):
            invitations.redeem(token, user=stranger, at=now + timedelta(days=3, minutes=1))
        invitations.redeem(token, user=stranger, at=now + timedelta(days=2, hours=23))

    def test_of_what_was_withdrawn_is_refused(self, invited, token, stranger):
        assert invitations.withdraw(invited[0])
        assert not invitations.withdraw(invited[0])
        with pytest.raises(NotFound):
            invitations.redeem(token, user=stranger)

    def test_of_what_was_renewed_needs_the_other_link(self, invited, token, stranger, organizer):
        invitations.withdraw(invited[0])
        renewed = invitations.renew(invited[0], by=organizer)
        with pytest.raises(NotFound):
            invitations.redeem(token, user=stranger)
        invitations.redeem(renewed, user=stranger)
        with pytest.raises(Conflict):
            invitations.renew(invited[0], by=organizer)

    @pytest.mark.parametrize("loses", ["role", "account"])
    def test_of_who_is_no_organizer_any_more_is_refused(self, token, stranger, organizer, loses):
        if loses == "role":
            organizer.memberships.update(role="cashier")
        else:
            User.objects.filter(pk=organizer.pk).update(is_active=False)
        with pytest.raises(NotFound):
            invitations.redeem(token, user=stranger)

    def test_by_a_member_is_refused_and_leaves_the_link(self, token, organizer, stranger):
        with pytest.raises(Conflict):
            invitations.redeem(token, user=organizer)
        invitations.redeem(token, user=stranger)

    def test_by_a_device_is_refused(self, token):
        with pytest.raises(Forbidden):
            invitations.redeem(token, user=add_device(EventFactory()).user)

    @pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 50, "x" * 5000])
    def test_of_nonsense_is_refused(self, stranger, token):
        with pytest.raises(NotFound):
            invitations.redeem(token, user=stranger)

    def test_makes_a_new_account_with_the_member_or_neither(self, token):
        terms = {"email": "Else@example.com", "name": "Ana", "password": CHOSEN}
        member = invitations.redeem_as_new(token, **terms)
        assert (member.user.email, member.user.check_password(CHOSEN)) == ("else@example.com", True)
        with pytest.raises(NotFound):
            invitations.redeem_as_new(token, **{**terms, "email": "third@example.com"})
        assert not User.objects.filter(email="third@example.com").exists()


def test_day_has_so_many_invitations_of_one_account(settings, event, organizer, now):
    settings.INVITATIONS_A_DAY = 2

    def invite(at):
        invitations.invite(event=event, email="a@example.com", role="cashier", by=organizer, at=at)

    invite(now - timedelta(hours=25))
    invite(now), invite(now)
    with pytest.raises(TooMany) as refused:
        invite(now)
    assert refused.value.problems[0].meta == {"made": 2, "limit": 2}
    invitations.invite(event=event, email="a@example.com", role="cashier", by=None)


class TestAdmin:
    def test_shows_a_link_that_works_and_no_account_is_made(self, page, client, event, stranger):
        response = invite(page, event, "New@example.com")
        assert "no-store" in response["Cache-Control"]
        assert '<svg class="qr"' in response.content.decode()
        (link,) = links_in(response)
        assert not User.objects.filter(email="new@example.com").exists()
        client.force_login(stranger)
        client.get(link)
        assert client.post("/join/", {"how": "join"}).status_code == 302
        assert Member.objects.get(user=stranger).role == "cashier"

    def test_does_not_tell_whether_an_address_has_an_account(self, page, event, stranger):
        device, boss = add_device(event).user, User.objects.create_superuser("boss@example.com")
        shown = set()
        for email in (stranger.email, device.email, boss.email, "nobody@example.com"):
            content = invite(page, event, email).content.decode()
            for varies in (r"/join/[^\"<]+", re.escape(email), r"<svg.*?</svg>", r'value="[^"]*"', r"nonce"):
                content = re.sub(varies, "", content, flags=re.DOTALL)
            shown.add(content)
        assert len(shown) == 1
        assert not Member.objects.filter(user__in=[stranger, boss]).exists()

    def test_account_made_for_a_colleagues_address_gains_nothing(self, page, client, event):
        """It was there first; the colleague redeems the link all the same."""
        squatter = User.objects.create_user("ana@example.com", PASSWORD)
        (link,) = links_in(invite(page, event, squatter.email, "organizer"))
        assert not squatter.memberships.exists()
        client.logout()
        client.get(link)
        form = {"how": "register", "email": "ana.two@example.com", "name": "Ana"}
        client.post("/join/", {**form, "password1": CHOSEN, "password2": CHOSEN})
        assert event.members.get(user__name="Ana").role == "organizer"
        assert not squatter.memberships.exists()

    def test_on_the_events_page(self, page, event, organizer):
        form = {
            "name": event.name,
            "identifier": event.identifier,
            "state": "draft",
            "starts_at_0": "2027-03-20",
            "starts_at_1": "18:00",
            "ends_at_0": "2027-03-21",
            "ends_at_1": "02:00",
            "day_ends_at": "04:00",
            "reentry": "always",
            "timezone": "Europe/Lisbon",
            "currency": "EUR",
            "members-TOTAL_FORMS": 1,
            "members-INITIAL_FORMS": 1,
            "members-0-id": Member.objects.get(user=organizer).pk,
            "members-0-event": event.pk,
            "members-0-role": "organizer",
            "invitations-TOTAL_FORMS": 2,
            "invitations-INITIAL_FORMS": 0,
        }
        for n, email in enumerate(["a@example.com", "b@example.com"]):
            form |= {f"invitations-{n}-event": event.pk, f"invitations-{n}-email": email}
            form |= {f"invitations-{n}-role": "registrar"}
        assert len(links_in(page.post(url(event), form))) == 2
        assert {i.invited_by for i in event.invitations.all()} == {organizer}
        assert "a@example.com" in page.get(url(event)).content.decode()
        twice = {**form, "invitations-1-email": "a@example.com"}
        assert "invited already" in page.post(url(event), twice).content.decode()
        Invitation.objects.update(withdrawn_at=event.starts_at)
        assert "invited once" in page.post(url(event), twice).content.decode()

    # A capital I with a dot becomes two characters in lower case.
    @pytest.mark.parametrize("email", ["x", "", "a\x00@example.com", "İ" * 60 + "@" + "d" * 47 + ".example"])
    def test_address_that_is_none_is_refused(self, page, event, email):
        assert not links_in(invite(page, event, email)) or len(email) < 254
        assert Invitation.objects.count() <= 1

    def test_twice_is_refused(self, page, event):
        invite(page, event)
        assert "invited already" in invite(page, event).content.decode()

    def test_too_many_are_refused_with_the_number(self, page, event, settings):
        settings.INVITATIONS_A_DAY = 0
        assert "at most 0" in invite(page, event).content.decode()

    def test_renews_and_withdraws(self, page, client, event, stranger):
        (old,) = links_in(invite(page, event))
        invitation = Invitation.objects.get()
        (new,) = links_in(act(page, "renew", invitation))
        assert "1 invitation is withdrawn" in act(page, "withdraw", invitation).content.decode()
        for link in (old, new):
            client.get(link)
            assert client.get("/join/").status_code == 404
        (last,) = links_in(act(page, "renew", invitation))
        invitations.redeem(last.removeprefix("/join/"), user=stranger)
        assert "redeemed already" in act(page, "renew", invitation).content.decode()
        assert "0 invitations are" in act(page, "withdraw", invitation).content.decode()
        for state in ("open", "redeemed", "over"):
            assert page.get(LIST, {"state": state}).status_code == 200
        assert "redeemed" in page.get(url(invitation)).content.decode()

    @pytest.mark.parametrize("role", ["cashier", "registrar", "elsewhere"])
    def test_is_for_the_events_organizers(self, client, event, member, invited, role):
        client.force_login(member("organizer", EventFactory()) if role == "elsewhere" else member(role))
        assert invite(client, event, "b@example.com").status_code in (200, 403)
        assert client.get(url(invited[0])).status_code in (302, 403)
        act(client, "renew", invited[0]), act(client, "withdraw", invited[0])
        assert [i.withdrawn_at for i in Invitation.objects.all()] == [None]
        assert invitations.find(invited[1])

    def test_role_is_changed_but_nobody_is_moved(self, page, event, organizer, member):
        elsewhere = MemberFactory(user=organizer, role="organizer").event
        row = Member.objects.get(user=member("cashier"))
        page.post(url(row), {"event": elsewhere.pk, "user": organizer.pk, "role": "registrar"})
        row.refresh_from_db()
        assert (row.event, row.role) == (event, "registrar")
        assert row.user != organizer

    def test_superusers_make_members_at_once(self, client, event, stranger):
        client.force_login(User.objects.create_superuser("boss@example.com"))
        form = {"event": event.pk, "user": stranger.pk, "role": "cashier"}
        assert client.post("/admin/events/member/add/", form).status_code == 302
        assert Member.objects.get(user=stranger).role == "cashier"

    def test_organizers_make_none_without_an_invitation(self, page, event, stranger):
        form = {"event": event.pk, "user": stranger.pk, "role": "cashier"}
        assert page.post("/admin/events/member/add/", form).status_code == 403

    def test_whoever_creates_an_event_is_accepted(self, api, stranger):
        attributes = {"name": "Ball", "starts-at": "2027-01-01T20:00:00Z", "ends-at": "2027-01-01T23:00:00Z"}
        document = {"data": {"type": "event", "attributes": attributes}}
        assert api(stranger).post("/v1/events", document).status_code == 201
        assert Event.objects.get(name="Ball").members.get().user == stranger


class TestPage:
    @pytest.fixture
    def visitor(self, client, token):
        client.get(f"/join/{token}")
        return client

    def register(self, visitor, **fields):
        form = {"how": "register", "email": "ana@example.com", "name": "Ana"}
        return visitor.post("/join/", {**form, "password1": CHOSEN, "password2": CHOSEN, **fields})

    def log_in(self, visitor, user, password=PASSWORD):
        return visitor.post("/join/", {"how": "log-in", "username": user.email, "password": password})

    def test_says_what_one_is_invited_to(self, visitor, event):
        content = visitor.get("/join/").content.decode()
        assert f"invited to {event} as cashier" in content
        assert 'value="ana@example.com"' in content

    def test_tells_a_new_account_of_no_log_ins_that_would_end(self, visitor):
        content = visitor.get("/join/").content.decode()
        assert "at least 12 characters" in content
        assert "ends everything else" not in content

    def test_of_a_new_account(self, visitor, event):
        response = self.register(visitor)
        assert response.url == f"/till/{event.identifier}/"
        assert visitor.get(response.url).status_code == 200
        assert event.members.get(role="cashier").user.name == "Ana"
        assert visitor.get("/join/").status_code == 404

    @pytest.mark.parametrize(
        "fields",
        [{"email": "x"}, {"name": ""}, {"password2": "other"}, {"password1": "short", "password2": "short"}],
    )
    def test_of_a_new_account_that_makes_no_sense(self, visitor, fields):
        response = self.register(visitor, **fields)
        assert response.status_code == 422
        assert CHOSEN not in response.content.decode()
        assert not Member.objects.filter(role="cashier").exists()

    def test_of_an_account_that_logs_in(self, visitor, event, stranger):
        assert self.log_in(visitor, stranger, "wrong").status_code == 422
        assert self.log_in(visitor, stranger).url == f"/till/{event.identifier}/"
        assert Member.objects.get(user=stranger).role == "cashier"

    def test_of_an_account_that_forgot_that_it_is_one(self, visitor, stranger):
        refused = self.register(visitor, email=stranger.email)
        assert refused.status_code == 422
        assert "cannot be used for a new account" in refused.content.decode()
        assert self.register(visitor, email=stranger.email, password1=PASSWORD).status_code == 302
        assert Member.objects.get(user=stranger).role == "cashier"

    def test_addresses_that_are_tried_count_as_failed_log_ins(self, visitor, stranger):
        for _try in range(11):
            answer = self.register(visitor, email=stranger.email)
        assert answer.status_code == 429

    def test_of_who_is_logged_in(self, visitor, event, stranger):
        visitor.force_login(stranger)
        assert stranger.email in visitor.get("/join/").content.decode()
        assert visitor.post("/join/", {"how": "join"}).status_code == 302
        assert Member.objects.get(user=stranger).event == event

    def test_of_a_member_says_so(self, visitor, organizer):
        visitor.force_login(organizer)
        response = visitor.post("/join/", {"how": "join"})
        assert response.status_code == 409
        assert "have a role" in response.content.decode()

    def test_on_a_tablet_asks_who_it_is(self, visitor, stranger):
        visitor.force_login(add_device(EventFactory()).user)
        assert 'value="register"' in visitor.get("/join/").content.decode()
        assert visitor.post("/join/", {"how": "join"}).status_code == 422
        assert self.log_in(visitor, stranger).status_code == 302

    def test_nobody_joins_without_being_logged_in(self, visitor):
        assert visitor.post("/join/", {"how": "join"}).status_code == 422

    @pytest.mark.parametrize("role", ["organizer", "registrar"])
    def test_leads_to_the_work(self, client, event, stranger, role):
        _invitation, token = invitations.invite(event=event, email="a@example.com", role=role, by=None)
        client.force_login(stranger)
        client.get(f"/join/{token}")
        response = client.post("/join/", {"how": "join"})
        assert client.get(response.url).status_code == 200

    def test_needs_its_csrf_token(self, token, stranger):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(stranger)
        strict.get(f"/join/{token}")
        assert strict.post("/join/", {"how": "join"}).status_code == 403


class TestToken:
    """It is in no table, no log and no page but the one that hands it over."""

    def test_is_kept_nowhere(self, page, client, event, stranger, caplog):
        caplog.set_level(logging.DEBUG)
        (link,) = links_in(invite(page, event))
        token = link.removeprefix("/join/")
        client.force_login(stranger)
        client.get(link)
        client.post("/join/", {"how": "join"})
        tables = [*Invitation.objects.values(), *Change.objects.values(), *LogEntry.objects.values()]
        tables += [session.get_decoded() for session in Session.objects.all()]
        assert token not in str(tables)
        assert token not in caplog.text

    @pytest.mark.parametrize(
        "mangle", ["{}/", "{}.", "{}/x", "%20{}", "{}%00", "<{}>", "{}\N{RIGHT DOUBLE QUOTATION MARK}"]
    )
    @pytest.mark.parametrize("method", ["get", "post", "put"])
    def test_that_was_mangled_is_in_no_log(self, client, token, caplog, mangle, method):
        caplog.set_level(logging.INFO)
        answer = getattr(client, method)("/join/" + mangle.format(token))
        assert (answer.status_code, answer.url) == (302, "/join/")
        assert client.get("/join/").status_code in (200, 404)
        assert token not in caplog.text
