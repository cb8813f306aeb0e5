"""A house with all that is in one, for the walk through every address: three events, each with its own
staff and one of everything, and everybody who may come along.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.test import Client

from accounts.models import ApiToken
from accounts.tests.factories import UserFactory
from attendees.tests.factories import DraftFactory
from audit.models import Change
from books.models import BooksCheck
from devices import lifecycle
from devices.tests.factories import add_device
from door.admission import check_in
from door.models import Station
from door.scan import Scan
from events.invitations import invite
from events.models import Event, Member, Role
from events.tests.factories import EventFactory, MemberFactory
from exports.tests.factories import written
from limits.models import Hold, Quota
from orders import takings
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.settlement import Taking
from orders.tests.factories import ordered_online, sold_onsite
from outbox.models import Hook
from outbox.tests.factories import HookFactory, MessageFactory
from prices.models import Discount
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import TillFactory
from tickets.models import Ticket
from tickets.tests.factories import FreeTicketFactory

STAFF = ("registrar", "cashier", "organizer")
WORKERS = (*STAFF, "registrar device", "cashier device")
OUTSIDE = (
    "nobody",
    "holder",
    "stranger",
    "former member",
    "buyer",
    "buyer elsewhere",
    "revoked device",
    "superuser",
)
ASKERS = (*OUTSIDE, *WORKERS, *(f"{name} elsewhere" for name in WORKERS))


@dataclass
class Asker:
    """Somebody, as a token and a session that were made before anything was asked. `column` is where the
    table says what they may; in the admin, staff from `elsewhere` are asked by role.
    """

    name: str
    column: str
    user: object = None
    role: str | None = None
    elsewhere: bool = False
    draft: object = None  # an attendee of their own, not ordered yet, and a draft to be
    cookies: dict = field(default_factory=dict)
    token: str = ""

    def __post_init__(self):
        if self.user is None:
            return
        client = Client()
        client.force_login(self.user)
        self.cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        _row, self.token = ApiToken.objects.create(user=self.user)

    @property
    def is_anonymous(self):
        """Whether nobody is logged in, whatever link they hold."""
        return self.column in ("nobody", "holder")

    @property
    def is_device(self):
        return self.user is not None and self.user.is_device

    @property
    def kinds(self):
        """What the table may make an exception for."""
        return {"device"} if self.is_device else {self.role} & {"superuser"}

    @property
    def in_admin(self):
        """The role that the admin judges by, `account` for whoever has none; None for whoever has no business
        there.
        """
        return None if self.user is None or self.is_device else self.role or "account"

    @property
    def admin_column(self):
        """The admin's own pages ask for a role at any event; to them a device is nobody."""
        return {None: "nobody", "superuser": "organizer"}.get(self.in_admin, self.in_admin)


class Filled:
    """An event, its staff, and one of everything that an event has."""

    def __init__(self, **event):
        self.event = EventFactory(**event)
        for role in (*STAFF, "colleague"):
            kind = "cashier" if role == "colleague" else role
            user = UserFactory(name=f"{role} of {self.event}")
            setattr(self, role, MemberFactory(event=self.event, user=user, role=Role(kind)).user)
        self.buyer = UserFactory()
        self.device = add_device(self.event, name=f"Tablet of {self.event}")
        self.cashier_device = add_device(self.event, role=Role.CASHIER, name=f"Desk of {self.event}")
        self.station = Station.objects.create(event=self.event, name=f"Gate of {self.event}")
        self.member = MemberFactory(event=self.event, role=Role.REGISTRAR)
        # Not in the audit trail, of which the first page must have what is asked about.
        (self.hook,) = Hook.objects.bulk_create([HookFactory.build(event=self.event)])
        self.books_check = BooksCheck.objects.create(
            event=self.event, checked_at=self.hook.created_at, number=0
        )
        self.message = MessageFactory(hook=self.hook, state="given-up", ended_at=self.hook.created_at)
        self.invitation, _token = invite(event=self.event, email="x@example.com", role="cashier", by=None)
        self._open_tills()
        self._sell()
        self._admit()
        self.export = written(self.event, self.organizer)
        self.change = Change.objects.filter(event=self.event).latest("pk")

    def _open_tills(self):
        self.free_till = TillFactory(event=self.event)
        sellers = (self.cashier, self.colleague, self.cashier_device.user)
        self.desks = {user.pk: self._till_of(user) for user in sellers}
        self.own, self.others = self.desks[self.cashier.pk], self.desks[self.colleague.pk]
        self.count = self.own["closed"].last_count

    def _till_of(self, cashier):
        """A till of theirs: a shift that is closed, one that is open, and a movement in it."""
        till = TillFactory(event=self.event)
        closed = drawer.open_shift(till=till, cashier=cashier, opening_float=Decimal(100))
        drawer.count(shift=closed, cash=Decimal(100), card=Decimal(0), pieces={}, by=cashier)
        closed = drawer.close_shift(shift=closed, by=cashier)
        shift = drawer.open_shift(till=till, cashier=cashier, opening_float=Decimal(100))
        moved = drawer.move_cash(
            shift=shift, desk=Desk(cashier), amount=Decimal(5), reason="x", idempotency_key="x"
        )
        return {"till": till, "closed": closed, "shift": shift, "movement": moved}

    def _sell(self):
        self.unsold = FreeTicketFactory(event=self.event, name=f"Unsold of {self.event}")
        self.hidden = FreeTicketFactory(event=self.event, name=f"Hidden of {self.event}", is_hidden=True)
        self.ticket = FreeTicketFactory(event=self.event, name=f"Day pass of {self.event}")
        self.dear = FreeTicketFactory(event=self.event, name=f"Dear of {self.event}", type="paid", price=20)
        self._limit()
        guests = (Guest("Ana", "Silva", f"ana{self.event.pk}@example.com"),)
        lines = [Line(self.ticket.pk, 2, guests=guests)]
        self.order = sold_onsite(event=self.event, lines=lines, seller=self.cashier)
        lines = [Line(self.dear.pk, 2)]
        self.unpaid = sold_onsite(event=self.event, lines=lines, seller=self.cashier, status="pending")
        self.gone = cancel(sold_onsite(event=self.event, lines=lines, seller=self.cashier, status="pending"))
        self.bought, self.ordered = (self._order(ticket) for ticket in (self.ticket, self.dear))
        paid = Line(self.dear.pk, 1)
        paid = sold_onsite(event=self.event, lines=[paid], seller=self.cashier, status="completed")
        self.payment = paid.payments.get()
        self.due = self._paid_too_late()

    def _limit(self):
        """A quota, a hold and a discount of a ticket that nobody buys; not in the audit trail either."""
        (self.discount,) = Discount.objects.bulk_create([Discount(event=self.event, name="Crew", percent=50)])
        self.discount.tickets.add(self.hidden)
        self.code = "SHOWN"
        shown = Discount(event=self.event, name="Shown", percent=5, code=self.code)
        Discount.objects.bulk_create([shown])
        (self.quota,) = Quota.objects.bulk_create([Quota(event=self.event, name="Seats", size=5)])
        hold = Hold(event=self.event, ticket=self.hidden, name="List", quantity=1, open_to="members")
        (self.hold,) = Hold.objects.bulk_create([hold])
        Ticket.objects.filter(pk=self.hidden.pk).update(held=1)
        self.organizing = Member.objects.get(event=self.event, user=self.organizer)
        self.hold.members.add(self.organizing)

    def _paid_too_late(self):
        """An order that a card has paid at the colleague's till after its ticket had gone to others. Written
        as it ends: there is a ticket left, and one of its own would be a row more on every list.
        """
        order = sold_onsite(event=self.event, lines=[Line(self.dear.pk, 1)], seller=self.cashier)
        cancel(order)
        Order.objects.filter(pk=order.pk).update(status="expired", money_due=True)
        takings.record(
            order,
            [Taking("card", order.amount)],
            desk=Desk(self.colleague),
            shift=self.others["shift"],
            at=order.created_at,
        )
        return order

    def _order(self, ticket):
        draft = DraftFactory(ticket=ticket, creator=self.buyer, email=f"bo{self.event.pk}@example.com")
        return ordered_online(event=self.event, attendees=[draft], buyer=self.buyer)

    def _admit(self):
        self.guest = self.order.attendees.order_by("pk").first()
        self.bought_guest = self.bought.attendees.get()
        seen = Scan(event=self.event, attendee_id=self.guest.pk)
        self.check_in = check_in(seen, by=self.registrar)


class House:
    """The event that everybody asks about, a `draft` one with the same staff beside its own, and one
    `elsewhere`; and the `askers` by name.
    """

    def __init__(self):
        self.here = Filled(name="Here", identifier="here-1")
        self.elsewhere = Filled(name="Elsewhere", identifier="elsewhere-1")
        self.draft = Filled(name="Draft", identifier="draft-1", state=Event.State.PUBLISHED)
        Event.objects.filter(pk=self.draft.event.pk).update(state=Event.State.DRAFT)
        for role in STAFF:
            MemberFactory(event=self.draft.event, user=getattr(self.here, role), role=Role(role))
        self.superuser = UserFactory(is_superuser=True, name="superuser")
        self.askers = {asker.name: asker for asker in [*self._outside(), *self._staff()]}
        assert tuple(self.askers) == ASKERS
        for asker in self.askers.values():
            if asker.user is not None and asker.user.is_active:
                asker.draft = DraftFactory(ticket=self.here.ticket, creator=asker.user)

    def _outside(self):
        former = MemberFactory(event=self.here.event, role=Role.ORGANIZER)
        yield Asker("nobody", "nobody")
        yield Asker("holder", "holder")
        yield Asker("stranger", "account", UserFactory())
        yield Asker("former member", "account", former.user)
        Member.objects.filter(pk=former.pk).delete()
        yield Asker("buyer", "buyer", self.here.buyer)
        yield Asker("buyer elsewhere", "account", self.elsewhere.buyer)
        lost = add_device(self.here.event, role=Role.CASHIER, name="Lost")
        yield Asker("revoked device", "nobody", lost.user)
        lifecycle.revoke(lost)
        lost.user.refresh_from_db()
        yield Asker("superuser", "organizer", self.superuser, role="superuser")

    def _staff(self):
        for place, elsewhere in ((self.here, False), (self.elsewhere, True)):
            where = " elsewhere" if elsewhere else ""
            users = {role: getattr(place, role) for role in STAFF}
            users |= {"registrar device": place.device.user, "cashier device": place.cashier_device.user}
            for name, user in users.items():
                role = name.partition(" ")[0]
                column = "account" if elsewhere else role
                yield Asker(f"{name}{where}", column, user, role, elsewhere)
