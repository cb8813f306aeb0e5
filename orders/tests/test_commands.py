"""`manage.py sell_onsite` and `manage.py seed_demo`."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from door.models import Station
from events.models import Event, Member
from orders.models import Order
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, TicketFactory

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


class TestSellOnsite:
    @pytest.fixture(autouse=True)
    def tickets(self, event):
        self.event = event
        self.adult = TicketFactory(event=event, name="Adult", price=20, quantity=3)

    def test_sells_by_name_and_by_id(self):
        child = TicketFactory(event=self.event, name="Child", price=8)
        out = run("sell_onsite", self.event.identifier, "Adult=2", f"{child.pk}=1", "--tender", "card")
        order = Order.objects.get()
        assert f"{order.identifier}  completed  48.00 EUR" in out
        assert out.count("Onsite attendee") == 3
        assert order.payments.get().tender == "card"

    def test_without_tender_stays_unpaid(self):
        run("sell_onsite", str(self.event.pk), "Adult=1")
        assert Order.objects.get().status == "pending"

    def test_donation_names_its_price(self):
        DonationFactory(event=self.event, name="Supporter")
        run("sell_onsite", self.event.identifier, "Supporter=2@7.50", "--tender=cash")
        assert Order.objects.get().amount == 15

    def test_seller_is_recorded(self, cashier):
        run("sell_onsite", self.event.identifier, "Adult=1", "--seller", cashier.email)
        assert Order.objects.get().seller == cashier

    def test_key_sells_once(self, cashier):
        for _ in range(2):
            run("sell_onsite", self.event.identifier, "Adult=1", seller=cashier.email, idempotency_key="k")
        assert Order.objects.count() == 1

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["nowhere", "Adult=1"], "no event"),
            (["{event}", "Adult=4"], "Only 3 Adult are left, 4 wanted."),
            (["{event}", "Adult=0"], "at least 1"),
            (["{event}", "Adult"], "TICKET=QTY"),
            (["{event}", "Adult=1@10,50"], "TICKET=QTY"),
            (["{event}", "Adult=1@1,234.50"], "TICKET=QTY"),
            (["{event}", "Adult=1@1.234"], "TICKET=QTY"),
            (["{event}", "Senior=1"], "it has: Adult"),
            (["{event}", "999999=1"], "has no ticket 999999"),
            (["{event}", "Adult=1", "--tender=gold"], "invalid choice"),
            (["{event}", "Adult=1", "--seller=nobody@example.com"], "may not sell"),
            (["{event}", "Adult=1", "--idempotency-key=k"], "name the seller"),
        ],
    )
    def test_refusal_says_why_and_sells_nothing(self, arguments, says):
        with pytest.raises(CommandError, match=says):
            run("sell_onsite", *(a.format(event=self.event.identifier) for a in arguments))
        assert not Order.objects.exists()

    def test_stranger_is_no_seller(self, stranger):
        with pytest.raises(CommandError, match="may not sell"):
            run("sell_onsite", self.event.identifier, "Adult=1", seller=stranger.email)


class TestSeedDemo:
    def everything(self):
        models = (User, Event, Member, Ticket, Order, Station)
        return [list(model.objects.order_by("pk").values()) for model in models]

    def test_makes_the_demo_and_again_changes_nothing(self, settings):
        settings.DEBUG = True
        run("seed_demo")
        once = self.everything()
        run("seed_demo")
        assert self.everything() == once
        assert Event.objects.get().identifier == "demo"
        tickets = Ticket.objects.all()
        assert len(tickets) == 5
        assert [t.available for t in tickets if t.name == "Balcony"] == [2]
        assert list(Station.objects.values_list("name", flat=True)) == ["North", "South"]
        for role in ("organizer", "cashier", "registrar"):
            member = Member.objects.get(user__email=f"{role}@example.com")
            assert member.role == role
            assert member.user.check_password("onsite-demo")

    def test_without_debug_wants_a_password(self, monkeypatch):
        with pytest.raises(CommandError, match="DEMO_PASSWORD"):
            run("seed_demo")
        assert not User.objects.exists()
        monkeypatch.setenv("DEMO_PASSWORD", "something else")
        run("seed_demo")
        assert User.objects.first().check_password("something else")
