"""Webhooks as organizers have them in the admin."""

from datetime import UTC, datetime
from html import unescape

import pytest

from audit.models import Change
from events.tests.factories import EventFactory
from outbox import signing
from outbox.models import Hook, Message, Topic
from outbox.tests.factories import HookFactory, MessageFactory

pytestmark = pytest.mark.django_db
HOOKS, MESSAGES = "/admin/outbox/hook/", "/admin/outbox/message/"


@pytest.fixture
def organizer(member):
    return member("organizer")


@pytest.fixture
def admin(client, organizer):
    client.force_login(organizer)
    return client


def text(response):
    assert response.status_code == 200
    return unescape(response.content.decode())


def add(admin, event, **fields):
    form = {
        "event": event.pk,
        "url": "https://hook.example.com/a",
        "topics": ["order.placed"],
        "is_active": "on",
    }
    return admin.post(f"{HOOKS}add/", {**form, **fields})


def act(admin, page, name, *rows):
    return admin.post(page, {"action": name, "_selected_action": [row.pk for row in rows]}, follow=True)


class TestAdding:
    def test_secret_is_shown_this_once(self, admin, event):
        shown = text(add(admin, event))
        hook = Hook.objects.get()
        secret = signing.secret_of(hook.seed)
        assert secret in shown
        assert (hook.event, hook.topics, hook.is_active) == (event, ["order.placed"], True)
        for page in (
            HOOKS,
            f"{HOOKS}{hook.pk}/change/",
            f"{HOOKS}{hook.pk}/history/",
            "/admin/audit/change/",
        ):
            assert secret not in text(admin.get(page))
            assert hook.seed not in text(admin.get(page))
        assert secret not in str(dict(admin.session.items()))

    def test_all_is_heard_of_unless_said_otherwise(self, admin):
        assert text(admin.get(f"{HOOKS}add/")).count("checked") >= len(Topic.values)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"url": "http://hook.example.com/"},
            {"url": "https://me:secret@hook.example.com/"},
            {"url": "nonsense"},
            {"url": "https://hook.example.com/\n"},
            {"topics": ["order.eaten"]},
            {"topics": []},
        ],
    )
    def test_what_is_wrong_is_refused(self, admin, event, wrong):
        if wrong == {"url": "https://hook.example.com/\n"}:
            wrong = {"url": "https://hook.example.com/\na"}
        assert "errornote" in text(add(admin, event, **wrong))
        assert not Hook.objects.exists()

    def test_not_of_another_event(self, admin):
        assert "errornote" in text(add(admin, EventFactory()))

    def test_not_by_who_only_sells(self, client, member, event):
        client.force_login(member("cashier"))
        assert add(client, event).status_code == 403


class TestChanging:
    def change(self, admin, hook, **fields):
        form = {"url": hook.url, "topics": hook.topics, **({"is_active": "on"} if hook.is_active else {})}
        return admin.post(f"{HOOKS}{hook.pk}/change/", {**form, **fields}, follow=True)

    def test_is_in_the_audit_trail(self, admin, event):
        hook = HookFactory(event=event)
        self.change(admin, hook, url="https://other.example.com/", topics=["shift.closed"])
        hook.refresh_from_db()
        assert hook.url == "https://other.example.com/"
        change = Change.objects.filter(kind="outbox.hook").first()
        assert change.after == {"url": "https://other.example.com/", "topics": ["shift.closed"]}

    def test_leaves_the_secret_and_the_event_alone(self, admin, event):
        hook = HookFactory(event=event)
        self.change(admin, hook, event=EventFactory().pk, seed="x", is_active="")
        seed = hook.seed
        hook.refresh_from_db()
        assert (hook.event, hook.seed, hook.is_active) == (event, seed, False)

    def test_other_secret_is_shown_once_and_told_in_the_trail_without_it(self, admin, event):
        hook = HookFactory(event=event)
        former = hook.seed
        shown = text(act(admin, HOOKS, "change_secret", hook))
        hook.refresh_from_db()
        assert hook.former_seed == former != hook.seed
        assert signing.secret_of(hook.seed) in shown
        assert signing.secret_of(former) not in shown
        kept = str([(change.before, change.after) for change in Change.objects.all()])
        assert hook.seed not in kept
        assert former not in kept


class TestActions:
    def test_test_is_written_down_at_once(self, admin, event):
        resting = HookFactory(event=event, rests_until=datetime(2999, 1, 1, tzinfo=UTC))
        off = HookFactory(event=event, is_active=False)
        told = text(act(admin, HOOKS, "send_test", resting, off))
        assert "1 test is on its way." in told
        assert "not in use" in told
        message = Message.objects.get()
        assert (message.hook, message.topic, message.payload["type"]) == (
            resting,
            "webhook.test",
            "webhook.test",
        )
        resting.refresh_from_db()
        assert resting.rests_until is None

    @pytest.mark.parametrize("state", ["done", "given-up"])
    def test_delivery_is_sent_again_under_its_id(self, admin, event, state):
        message = MessageFactory(
            hook__event=event, state=state, tries=10, ended_at=datetime.now(UTC), message_id="evt_1"
        )
        assert "1 delivery is on its way." in text(act(admin, MESSAGES, "send_again", message))
        message.refresh_from_db()
        assert (message.state, message.tries, message.ended_at) == ("waiting", 0, None)
        assert message.message_id == "evt_1"

    def test_what_a_worker_has_is_left_to_it(self, admin, event):
        lease = datetime(2999, 1, 1, tzinfo=UTC)
        message = MessageFactory(hook__event=event, tries=1, leased_until=lease)
        act(admin, MESSAGES, "send_again", message)
        message.refresh_from_db()
        assert (message.tries, message.leased_until) == (1, lease)


def test_deliveries_tell_every_try(admin, event):
    tried = [
        {"at": "2026-05-01T20:00:00+00:00", "answer": answer, "ms": 12} for answer in ("500", "<b>204</b>")
    ]
    message = MessageFactory(hook__event=event, state="done", ended_at=datetime.now(UTC), log=tried)
    page = admin.get(f"{MESSAGES}{message.pk}/change/").content.decode()
    assert "500 (12 ms)" in page
    assert "&lt;b&gt;204" in page
    assert "order placed" in text(admin.get(MESSAGES))


def test_what_is_only_announced_is_no_delivery(admin, event):
    row = Message.objects.create(kind="announcement", event=event, payload=[])
    assert f"{MESSAGES}{row.pk}/" not in text(admin.get(MESSAGES))


def test_deliveries_cannot_be_edited(admin, event):
    message = MessageFactory(hook__event=event)
    assert admin.post(f"{MESSAGES}{message.pk}/change/", {"state": "done"}).status_code == 403
    assert admin.get(f"{MESSAGES}add/").status_code == 403


def test_deleted_webhook_takes_its_deliveries_along(admin, event):
    message = MessageFactory(hook__event=event)
    admin.post(f"{HOOKS}{message.hook_id}/delete/", {"post": "yes"})
    assert not Hook.objects.exists()
    assert not Message.objects.exists()
