"""What happens at the same time: one link has one member, and a limit is no limit of each worker."""

import pytest

from accounts.tests.factories import UserFactory
from audit.models import Change
from base.errors import Conflict, NotFound, TooMany
from devices import lifecycle
from devices.tests.factories import add_device
from events import invitations, planning
from events.models import Event, Member
from events.tests.factories import EventFactory
from orders.tests.rush import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_ten_who_redeem_one_link_at_once_one_is_the_member():
    event = EventFactory()
    _invitation, token = invitations.invite(event=event, email="a@example.com", role="cashier", by=None)
    users = UserFactory.create_batch(10)
    answers = at_once(*(lambda user=user: invitations.redeem(token, user=user) for user in users))
    assert sum(isinstance(answer, NotFound) for answer in answers) == 9
    assert event.members.count() == 1


def test_who_redeems_two_links_of_an_event_at_once_has_one_role():
    event, user = EventFactory(), UserFactory()
    tokens = [
        invitations.invite(event=event, email="a@example.com", role=role, by=None)[1]
        for role in ("cashier", "registrar")
    ]
    answers = at_once(*(lambda token=token: invitations.redeem(token, user=user) for token in tokens))
    assert {type(answer) for answer in answers} == {Member, Conflict}
    assert Member.objects.filter(user=user).count() == 1


def test_device_that_two_revoke_at_once_was_revoked_by_one():
    device = add_device(EventFactory())
    answers = at_once(*[lambda: lifecycle.revoke(device)] * 6)
    assert sorted(answers) == [False] * 5 + [True]
    assert Change.objects.filter(kind="devices.device", act="changed").count() == 1


def test_limit_of_events_holds_for_all_workers_together(settings, now):
    settings.EVENTS_A_DAY = 3
    user = UserFactory()
    fields = {"name": "Ball", "starts_at": now, "ends_at": now}
    answers = at_once(*[lambda: planning.create_event(creator=user, **fields)] * 8)
    assert sum(isinstance(answer, TooMany) for answer in answers) == 5
    assert Event.objects.count() == 3
