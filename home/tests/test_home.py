"""An event's home, what is missing before doors open, and addresses without an event."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import pins
from books import reports
from devices import lifecycle
from events.at_hand import at_hand
from events.models import Act, Event
from events.tests.factories import EventFactory, MemberFactory
from home.checklist import checklist
from home.figures import figures_of
from home.models import Tick
from limits.tests.factories import quota_of
from orders.lifecycle import cancel
from orders.sale import Line, Sale
from orders.sales import sell_onsite
from orders.settlement import Paid
from shifts.desk import Desk
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def address(event, page=""):
    return f"/events/{event.identifier}/{page}"


def done(event):
    return {found.point.name for found in checklist(event) if found.is_done}


def sell(event, ticket, by, quantity=1, tender="card"):
    sale = Sale(event, [Line(ticket.pk, quantity)], [Paid(tender)])
    return sell_onsite(sale, desk=Desk(by)).order


@pytest.fixture
def early(event):
    event.starts_at, event.ends_at = timezone.now() + 48 * HOUR, timezone.now() + 54 * HOUR
    event.state = Event.State.DRAFT
    event.save()
    return event


class TestChecklist:
    def test_new_event_lacks_everything(self, early, organizer):
        assert done(early) == set()

    def test_each_point_is_measured(self, early, organizer):
        ticket = TicketFactory(event=early)
        assert done(early) == {"tickets"}
        TillFactory(event=early)
        pins.set_pin(organizer, "493817")
        seller = MemberFactory(event=early, role="cashier").user
        assert done(early) == {"tickets", "till", "pin", "cashier"}
        lifecycle.pair(
            lifecycle.new_pairing_code(lifecycle.add_device(event=early, name="T", role="registrar"))
        )
        early.state = Event.State.PUBLISHED
        early.save()
        assert done(early) == {"tickets", "till", "pin", "cashier", "tablet", "published"}
        order = sell(early, ticket, seller)
        assert "sale" not in done(early)
        cancel(order, desk=Desk(seller))
        assert "sale" in done(early)

    def test_device_that_was_never_paired_is_no_tablet(self, early):
        lifecycle.add_device(event=early, name="T", role="cashier")
        assert done(early) == set()

    def test_point_is_ticked_and_that_taken_back(self, client, early, organizer):
        client.force_login(organizer)
        client.post(address(early, "check/"), {"tick": "printer"})
        client.post(address(early, "check/"), {"tick": "printer"})
        assert done(early) == {"printer"}
        assert f"ticked by {organizer}" in client.get(address(early)).content.decode()
        client.post(address(early, "check/"), {"untick": "printer"})
        assert done(early) == set()

    def test_what_is_no_point_is_not_there(self, client, early, organizer):
        client.force_login(organizer)
        for sent in ({}, {"tick": "nothing"}, {"untick": "\x00"}):
            assert client.post(address(early, "check/"), sent).status_code == 404
        assert not Tick.objects.exists()

    def test_event_is_published_from_there(self, client, early, organizer):
        client.force_login(organizer)
        assert client.post(address(early, "check/"), {"publish": ""}).status_code == 302
        early.refresh_from_db()
        assert early.is_published

    @pytest.mark.parametrize("role", ["cashier", "registrar"])
    def test_is_the_organizers_alone(self, client, early, member, role):
        client.force_login(member(role))
        assert client.post(address(early, "check/"), {"publish": ""}).status_code == 403
        assert "Before doors open" not in client.get(address(early)).content.decode()

    def test_is_over_when_doors_open(self, client, early, organizer):
        client.force_login(organizer)
        assert "Before doors open" in client.get(address(early)).content.decode()
        early.starts_at = timezone.now() - HOUR
        early.save()
        text = client.get(address(early)).content.decode()
        assert "Before doors open" not in text
        assert "Inside" in text


class TestFigures:
    def test_sold_taken_and_left(self, event, cashier):
        adult = TicketFactory(event=event, price=20, quantity=10)
        sell(event, adult, cashier, 3)
        found = figures_of(event)
        assert (found.inside, found.sold, str(found.taken), found.left) == (0, 3, "60.00", 7)

    def test_taken_is_what_was_handed_over_as_in_the_books(self, event, cashier):
        event.cash_rounding = Decimal("0.05")
        event.save()
        sell(event, TicketFactory(event=event, price=Decimal("10.03")), cashier, tender="cash")
        assert figures_of(event).taken == Decimal("10.05") == reports.totals(event).whole.net

    def test_tickets_that_share_a_quota_share_what_it_leaves(self, event):
        tickets = [TicketFactory(event=event, quantity=n) for n in (None, None, 5)]
        quota_of(*tickets[:2], size=100)
        assert figures_of(event).left == 105

    def test_quota_that_is_wider_than_its_tickets_adds_nothing(self, event):
        quota_of(TicketFactory(event=event, quantity=5), size=100)
        assert figures_of(event).left == 5

    def test_one_ticket_without_a_limit_is_no_limit(self, event):
        TicketFactory(event=event, quantity=5)
        TicketFactory(event=event, quantity=None)
        assert figures_of(event).left is None

    def test_money_is_the_organizers_to_see(self, client, event, cashier):
        sell(event, TicketFactory(event=event, price=20), cashier)
        client.force_login(cashier)
        assert "20.00" not in client.get(address(event)).content.decode()


class TestAtHand:
    def at(self, begins, name, **more):
        now = timezone.now()
        return EventFactory(name=name, starts_at=now + begins, ends_at=now + begins + 6 * HOUR, **more)

    def test_what_is_on_then_what_comes_then_what_was(self, stranger):
        for begins, name in [(90 * HOUR, "later"), (-90 * HOUR, "was"), (-HOUR, "on"), (9 * HOUR, "soon")]:
            MemberFactory(event=self.at(begins, name), user=stranger, role="cashier")
        self.at(-HOUR, "somebody else's")
        found = [event.name for event in at_hand(stranger, Act.SELL, most=9)]
        assert found == ["on", "soon", "later", "was"]
        assert [event.name for event in at_hand(stranger, Act.SELL, most=2)] == ["on", "soon"]

    @pytest.mark.parametrize(("page", "act"), [("till", "cashier"), ("door", "registrar")])
    def test_address_without_an_event_leads_to_the_only_one(self, client, event, member, page, act):
        client.force_login(member(act))
        assert client.get(f"/{page}/")["Location"] == f"/{page}/{event.identifier}/"

    def test_and_to_where_one_worked_last(self, client, event, cashier):
        other = self.at(-HOUR, "on")
        MemberFactory(event=other, user=cashier, role="cashier")
        client.force_login(cashier)
        assert client.get("/till/")["Location"] == f"/till/{other.identifier}/"
        client.get(f"/till/{event.identifier}/")
        assert client.get("/till/")["Location"] == f"/till/{event.identifier}/"
        assert client.get("/door/")["Location"] == f"/door/{event.identifier}/"

    def test_not_to_where_one_may_no_longer(self, client, event, cashier):
        client.force_login(cashier)
        client.get(f"/till/{event.identifier}/")
        cashier.memberships.all().delete()
        assert client.get("/till/")["Location"] == "/"

    def test_registrar_has_no_till_to_be_led_to(self, client, registrar):
        client.force_login(registrar)
        assert client.get("/till/")["Location"] == "/"

    @pytest.mark.parametrize("page", ["/till/", "/door/", "/events/", "/events/new/"])
    def test_nobody_is_led_to_the_log_in(self, client, page):
        assert client.get(page)["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize(("role", "page"), [("cashier", "till"), ("registrar", "door")])
    def test_device_that_opens_the_site_is_at_its_work(self, client, event, role, page):
        device = lifecycle.add_device(event=event, name="Tablet", role=role)
        client.force_login(device.user)
        assert client.get("/")["Location"] == f"/{page}/{event.identifier}/"
        assert client.get(f"/{page}/")["Location"] == f"/{page}/{event.identifier}/"

    def test_index_shows_the_events_at_hand(self, client, stranger):
        for number in range(10):
            MemberFactory(event=self.at(number * HOUR, f"Night {number}"), user=stranger, role="organizer")
        client.force_login(stranger)
        text = client.get("/admin/").content.decode()
        cards = text[text.index("event-cards") : text.index("all-lists")]
        assert cards.count('class="event-card"') == 8
        assert "Night 9" not in cards
        assert "All events" in cards


def test_home_is_nothing_to_strangers(client, early, stranger):
    client.force_login(stranger)
    for page in ("", "edit/tickets/", "printer/"):
        assert client.get(address(early, page)).status_code == 404


def test_tab_that_is_none_is_not_there(client, event, organizer):
    client.force_login(organizer)
    assert client.get(address(event, "edit/nothing/")).status_code == 404
