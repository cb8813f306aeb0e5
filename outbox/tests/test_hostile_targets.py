"""Whoever is told what happens may be anything: no sale waits for it, and no other hook for long."""

import pytest

from onsite_project.tests.waiting import soon
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox.models import Hook, Message
from outbox.tests import targets
from outbox.tests.factories import HookFactory
from outbox.tests.targets import Target, answering, certificate
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]

SALES = 10
TEMPERS = {
    "silent": targets.silent,
    "dripping": targets.dripping,
    "never beginning": targets.continuing,
    "a head without an end": targets.endless_head,
    "100 MB": targets.huge,
    "closing at once": targets.closes,
    "nonsense": targets.garbage,
    "redirecting": answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"),
    "failing": answering(b"HTTP/1.1 500 Oops\r\n\r\n"),
}


@pytest.fixture
def hostile(event, tmp_path):
    """A hook for each temper, for a certificate that nobody knows, and one where nobody is."""
    context, _file = certificate(tmp_path, "hook.example.com")
    made = {name: Target(temper) for name, temper in TEMPERS.items()}
    made["wrong certificate"] = Target(context=context)
    made["nobody there"] = Target()
    made["nobody there"].close()
    yield {name: HookFactory(event=event, url=server.url) for name, server in made.items()}
    for server in made.values():
        server.close()


@pytest.mark.parametrize("threads", [2, 8])
def test_delays_no_sale_and_no_other_hook(event, working, hostile, threads):
    ticket, good = TicketFactory(event=event), Target()
    friend = HookFactory(event=event, url=good.url)
    with working(threads):
        for _ in range(SALES):
            sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed")
        soon(lambda: len(good.requests) == 2 * SALES, 60)
        soon(lambda: Hook.objects.filter(failed=0).exclude(pk=friend.pk).count() == 1, 60)  # the 100 MB
    good.close()
    friend.refresh_from_db()
    assert (friend.delivered, friend.failed) == (2 * SALES, 0)
    waiting = Message.objects.filter(state="waiting").values_list("hook", flat=True)
    assert set(waiting) <= {hook.pk for hook in hostile.values()}


def test_private_address_is_refused_where_the_settings_do_not_allow_it(event, working, settings):
    private = Target()
    HookFactory(event=event, url=private.url.replace("http:", "https:"))
    with working():
        settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
        sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)])
        soon(lambda: Message.objects.filter(hook__isnull=False, tries=1, leased_until=None).exists())
    private.close()
    assert not private.connections
    assert Message.objects.get().log[0]["answer"] == "the name leads to a private address"
