"""How each address is asked: what is sent, where it is, and what kind of answer comes back."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import SimpleCookie
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.tests.factories import PASSWORD
from base.tests.client import MEDIA_TYPE, document, order_document, relation
from claims.tokens import token_of
from devices import lifecycle
from events.invitations import invite
from guests.importing import Guests, sealed
from orders.guest_list import Entry
from orders.models import Order
from shifts import drawer

FORM, PLAIN = "application/x-www-form-urlencoded", "application/json"
LOGIN = "/admin/login/"
PARAMETER = re.compile(r"([\w-]+)/<([a-z_0-9]+)>")


@dataclass
class Ask:
    """What is sent: a document of the API, plain JSON, or a form; `query` goes behind the address, `at`
    replaces what stands in it, and `mark` is what an answer that tells something holds.
    """

    body: object = None
    query: str = ""
    at: dict | None = None
    mark: str = ""
    cookies: dict = field(default_factory=dict)
    content_type: str = MEDIA_TYPE
    headers: dict = field(default_factory=dict)

    @property
    def text(self):
        if self.content_type == FORM:
            return urlencode(self.body, doseq=True)
        return "" if self.body is None else json.dumps(self.body)


def form(query="", **fields):
    return Ask(fields, query, content_type=FORM)


def event(f, **attributes):
    times = {"starts-at": "2030-05-01T20:00:00Z", "ends-at": "2030-05-02T02:00:00Z"}
    return Ask(
        document("event", f.event.pk if attributes else None, **{"name": "New", **times, **attributes})
    )


def new_ticket(f):
    relationships = {"event": relation("event", f.event.pk)}
    return Ask(document("ticket", None, relationships, name="New", type="free", price="0.00"))


def new_hold(f):
    return Ask(document("hold", None, {"ticket": relation("ticket", f.unsold.pk)}, name="New", quantity=1))


def onsite(f, till=None):
    sent = order_document(f.event, (f.ticket, 1))
    if till is not None:
        sent["data"]["relationships"]["till"] = relation("till", till.pk)
    return Ask(sent, "?onsite=true")


def given_up():
    return Ask(document("order", None, {}), headers={"Idempotency-Key": "given up"})


def online(f, a):
    """Everybody orders an attendee of their own."""
    ids = [a.draft.pk if a.draft else f.guest.pk]
    relationships = {"event": relation("event", f.event.pk), "attendees": relation("attendee", ids)}
    return Ask(document("order", None, relationships))


def draft(f):
    relationships = {"ticket": relation("ticket", f.ticket.pk), "event": relation("event", f.event.pk)}
    return Ask(document("attendee", None, relationships, firstname="A", lastname="B", email="a@example.com"))


def own_draft(f, a):
    return Ask(at={"attendees": a.draft.pk if a.draft else f.guest.pk})


def scan(f):
    where = {"event": relation("event", f.event.pk), "attendee": relation("attendee", f.bought_guest.pk)}
    return Ask(document("check-in", None, where, direction="in"))


def group(order):
    return Ask(document("check-in", None, {}), at={"orders": order.identifier})


def told(order, **attributes):
    return Ask(document("order", order.pk, **attributes), at={"orders": order.identifier})


def completed(f, order, **more):
    return Ask(
        document("order", order.identifier, status="completed", **more), at={"orders": order.identifier}
    )


def act(order, **attributes):
    """Something that is done to an order that was sold."""
    return Ask(document("order", None, {}, **attributes), at={"orders": order.identifier})


def checked(f, guest):
    return Ask(document("attendee", guest.pk, is_checked_out=True), at={"attendees": guest.pk})


def of_ticket(f, a):
    return Ask(at={"tickets": f.bought_guest.ticket_id}, mark=f'"attendee","id":"{f.bought_guest.pk}"')


def renamed(guest):
    return Ask(document("attendee", guest.pk, lastname="Sousa"), at={"attendees": guest.pk})


def others(f):
    return f"?shift={f.others['shift'].pk}"


def own(f, a):
    """The asker's own shift and movement, if they have any, else the cashier's."""
    desk = f.desks.get(a.user and a.user.pk, f.own)
    return Ask(at={"movements": desk["movement"].pk, "shifts": desk["closed"].pk})


def till(f, a):
    """Where the asker opens a shift, perhaps for the second time."""
    return f.desks[a.user.pk]["till"] if a.user and a.user.pk in f.desks else f.free_till


def of_event(f, type_, **attributes):
    return Ask(document(type_, None, {"event": relation("event", f.event.pk)}, **attributes))


def opened(f, a):
    """Where the asker opens a shift, who has none then."""
    with_shift = f.desks.get(a.user and a.user.pk)
    if with_shift is not None:
        counted_and_closed(with_shift["shift"])
    where = {"till": relation("till", f.free_till.pk)}
    return Ask(document("shift", None, where, opening_float="100"))


def counted_and_closed(shift):
    drawer.count(shift=shift, cash=Decimal(0), card=Decimal(0), by=shift.cashier)
    drawer.close_shift(shift=shift, by=shift.cashier, note="so it is")


def closed_for(f):
    """The end of a colleague's shift that was counted, and to which nobody owes anything."""
    shift = f.others["shift"]
    Order.objects.filter(pk=f.due.pk).update(money_due=False)
    drawer.count(shift=shift, cash=Decimal(0), card=Decimal(0), by=shift.cashier)
    return Ask(document("shift", shift.pk, state="closed", note="so it is"), at={"shifts": shift.pk})


def in_colleagues(f, type_, **attributes):
    return Ask(document(type_, None, **attributes), at={"shifts": f.others["shift"].pk})


def listed(f, **fields):
    """Somebody who is on the guest list, and has not come yet."""
    order = f.payment.order
    Order.objects.filter(pk=order.pk).update(list_key="1")
    at = {"guests": order.attendees.get().pk}
    return Ask(fields, at=at, content_type=FORM, mark=order.identifier if not fields else "")


def set_password(f, **fields):
    user = f.member.user
    link = {
        "set-password": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return Ask(fields, at=link, content_type=FORM)


def invited(f, **fields):
    _invitation, token = invite(event=f.event, email="new@example.com", role="cashier", by=None)
    return Ask(fields, cookies={"invitation": token}, content_type=FORM)


def claimed(f, a, **fields):
    """With the claim link of an order, which but its holder nobody has."""
    told = token_of(f.order) if a is None or a.column == "holder" else "0" * 34
    return Ask(fields, at={"c": told}, content_type=FORM)


def named(f, a):
    return claimed(f, a, attendee=f.order.attendees.order_by("pk").last().pk, firstname="Bo")


def relieved(f):
    return form(at_till(f), colleague=f.colleague.pk, password=PASSWORD)


def at_till(f):
    return f"?till={f.others['till'].pk}"


BETTER = "nine wet horses"
JOIN = {
    "how": "register",
    "email": "new@example.com",
    "name": "New",
    "password1": BETTER,
    "password2": BETTER,
}
CARD = {"payments": [{"tender": "card", "amount": "40.00"}]}
COUNTED = {"sum": "105", "card": "0"}
MOVED = {"direction": "in", "amount": "5", "reason": "x", "idempotency_key": "y"}

# By the table's own words; what is not here is asked for with nothing sent.
ASKED = {
    "POST auth/session": lambda f, a: Ask({"email": f.buyer.email, "password": PASSWORD}, content_type=PLAIN),
    "POST v1/auth/login": lambda f, a: Ask(
        {"email": f.buyer.email, "password": PASSWORD}, content_type=PLAIN
    ),
    "POST v1/auth/logout": lambda f, a: Ask(content_type=PLAIN),
    "POST v1/auth/token/refresh": lambda f, a: Ask(content_type=PLAIN),
    "POST auth/pair": lambda f, a: Ask({"code": lifecycle.new_pairing_code(f.device)}, content_type=PLAIN),
    "POST door/pair/": lambda f, a: form(code=lifecycle.new_pairing_code(f.device)),
    "GET set-password/<uidb64>/<token>/": lambda f, a: set_password(f),
    "POST set-password/<uidb64>/<token>/": lambda f, a: set_password(
        f, new_password1=BETTER, new_password2=BETTER
    ),
    "POST forgot/": lambda f, a: form(email=f.buyer.email),
    "GET jsi18n/<language>/": lambda f, a: Ask(at={"jsi18n": "en"}),
    "GET jsi18n/<language>/words.<version>.js": lambda f, a: Ask(at={"jsi18n": "en"}),
    "GET c/<token>/": claimed,
    "POST c/<token>/": named,
    "GET c/<token>/order.pdf": claimed,
    "GET c/<token>/ (with the link)": lambda f, a: claimed(f, None),
    "GET c/<token>/order.pdf (with the link)": lambda f, a: claimed(f, None),
    "GET join/ (with an invitation)": lambda f, a: invited(f),
    "POST join/ (with an invitation)": lambda f, a: invited(f, **JOIN),
    "POST language/": lambda f, a: form(language=""),
    "POST two-step/": lambda f, a: form(act="begin"),
    "POST pin/": lambda f, a: form(password=PASSWORD, pin="135790", repeated="135790"),
    "GET v1/events": lambda f, a: Ask(mark=f.event.identifier),
    "GET v1/events (draft)": lambda f, a: Ask(mark=f.event.identifier),
    "GET v1/events/<event>/tickets": lambda f, a: Ask(mark=f.ticket.name),
    "GET v1/events/<event>/tickets (hidden)": lambda f, a: Ask(mark=f.hidden.name),
    "GET v1/tickets": lambda f, a: Ask(query="?page[size]=100", mark=f.ticket.name),
    "GET v1/tickets (hidden)": lambda f, a: Ask(query="?page[size]=100", mark=f.hidden.name),
    "GET v1/tickets/<reference> (how many are sold)": lambda f, a: Ask(mark='"sold":'),
    "GET v1/tickets/<reference> (hidden)": lambda f, a: Ask(at={"tickets": f.hidden.pk}),
    "POST v1/events": lambda f, a: event(f),
    "PATCH v1/events/<reference>": lambda f, a: event(f, name="Changed"),
    "POST v1/tickets": lambda f, a: new_ticket(f),
    "PATCH v1/tickets/<reference>": lambda f, a: Ask(document("ticket", f.unsold.pk, name="Changed")),
    "POST v1/events/<event>/exports": lambda f, a: Ask(
        document("export", None, {}, table="payments", format="xlsx")
    ),
    "GET v1/events/<event>/exports/<table>.csv": lambda f, a: Ask(at={"exports": "orders"}),
    "POST events/<event>/mail/": lambda f, a: form(paragraph_en="Bus 7"),
    "POST events/<event>/exports/": lambda f, a: form(what="attendees:xlsx"),
    "POST v1/quotas": lambda f, a: of_event(f, "quota", name="New", size=9),
    "PATCH v1/quotas/<reference>": lambda f, a: Ask(document("quota", f.quota.pk, size=8)),
    "POST v1/discounts": lambda f, a: of_event(f, "discount", name="New", percent=10),
    "PATCH v1/discounts/<reference>": lambda f, a: Ask(document("discount", f.discount.pk, percent=20)),
    "POST v1/holds": lambda f, a: new_hold(f),
    "PATCH v1/holds/<reference>": lambda f, a: Ask(document("hold", f.hold.pk, quantity=2)),
    **{
        f"GET v1/holds/<reference>/{between}members": lambda f, a: Ask(mark=f'"id":"{f.organizing.pk}"')
        for between in ("", "relationships/")
    },
    "POST v1/attendees": lambda f, a: draft(f),
    "POST v1/orders (online)": online,
    "POST v1/orders (onsite)": lambda f, a: onsite(f),
    "POST v1/orders/given-up": lambda f, a: given_up(),
    "POST till/<event>/api/discount": lambda f, a: Ask(document("discount", None, code=f.code)),
    "POST till/<event>/api/orders/given-up": lambda f, a: given_up(),
    "GET v1/orders": lambda f, a: Ask(mark=f.bought.identifier),
    "POST till/<event>/api/orders (onsite)": lambda f, a: onsite(f),
    "PATCH till/<event>/api/orders/<reference>": lambda f, a: completed(f, f.unpaid, **CARD),
    "GET v1/orders/<reference> (ordered online)": lambda f, a: Ask(at={"orders": f.bought.identifier}),
    **{
        f"GET v1/orders/<{name}>/{related} (ordered online)": lambda f, a: Ask(
            at={"orders": f.bought.identifier}
        )
        for name, related in [
            ("order", "check-ins"),
            *(
                ("reference", f"{between}{name}")
                for name in ("event", "attendees", "tickets")
                for between in ("", "relationships/")
            ),
        ]
    },
    **{
        f"GET v1/attendees/<reference>/{related} (ordered online)": lambda f, a: Ask(
            at={"attendees": f.bought_guest.pk}
        )
        for related in (
            "event",
            "relationships/event",
            "ticket",
            "relationships/ticket",
            "order",
            "relationships/order",
        )
    },
    "POST v1/shifts": opened,
    **{
        f"GET v1/shifts/<reference>{part} (one's own)": lambda f, a: own(f, a)
        for part in ("", "/movements", "/counts", "/report", "/report.csv")
    },
    "PATCH v1/shifts/<reference>": lambda f, a: closed_for(f),
    "POST v1/shifts/<reference>/movements": lambda f, a: in_colleagues(f, "movement", amount="5", reason="x"),
    "POST v1/shifts/<reference>/counts": lambda f, a: in_colleagues(f, "count", cash="105", card="0"),
    "POST v1/devices": lambda f, a: of_event(f, "device", name="New", role="cashier"),
    "PATCH v1/devices/<reference>": lambda f, a: Ask(document("device", f.device.pk, name="Other")),
    "POST v1/devices/<reference>/pairing-code": lambda f, a: Ask(document("device", None, {})),
    "POST v1/invitations": lambda f, a: of_event(f, "invitation", email="y@example.com", role="cashier"),
    "PATCH v1/invitations/<reference>": lambda f, a: Ask(
        document("invitation", f.invitation.pk, state="withdrawn")
    ),
    "POST v1/invitations/<reference>/renewal": lambda f, a: Ask(document("invitation", None, {})),
    "PATCH v1/members/<reference>": lambda f, a: Ask(document("member", f.member.pk, role="cashier")),
    "GET v1/orders/<reference>/order.pdf (ordered online)": lambda f, a: Ask(
        at={"orders": f.bought.identifier}
    ),
    "PATCH v1/orders/<reference>": lambda f, a: completed(f, f.unpaid, **CARD),
    "PATCH v1/orders/<reference> (cancelled, ordered online)": lambda f, a: told(
        f.ordered, status="cancelled"
    ),
    "PATCH v1/orders/<reference> (billing, ordered online)": lambda f, a: told(f.ordered, company="ACME"),
    "PATCH v1/orders/<reference> (billing, completed)": lambda f, a: told(f.bought, company="ACME"),
    "PATCH v1/orders/<reference> (ordered online)": lambda f, a: completed(
        f, f.ordered, payments=[{"tender": "card", "amount": "20.00"}]
    ),
    "POST v1/orders/<reference>/cancel-attendees": lambda f, a: act(
        f.unpaid, attendees=[f.unpaid.attendees.first().pk]
    ),
    "POST v1/orders/<reference>/refund": lambda f, a: act(
        f.payment.order, amount="5.00", reason="x", refund_tender="card"
    ),
    "POST v1/orders/<reference>/exchange": lambda f, a: act(
        f.payment.order, attendees=[f.payment.order.attendees.get().pk], ticket=f.ticket.pk, reason="x"
    ),
    "POST v1/orders/<reference>/restore": lambda f, a: act(f.gone),
    "POST v1/orders/<reference>/swap-code": lambda f, a: act(f.order, attendee=f.guest.pk),
    "POST v1/orders/<reference>/transfer": lambda f, a: act(f.order, attendee=f.guest.pk, firstname="Bo"),
    **{
        f"POST v1/orders/<reference>/{name} (ordered online)": lambda f, a: act(
            f.bought, attendee=f.bought_guest.pk
        )
        for name in ("swap-code", "transfer")
    },
    "GET v1/orders/<reference>/story (ordered online)": lambda f, a: Ask(at={"orders": f.bought.identifier}),
    "POST till/<event>/orders/<identifier>/acts/<act>/": lambda f, a: form(guest=f.guest.pk),
    "POST till/<event>/": lambda f, a: form(
        **{f"quantity_{f.ticket.pk}": 1, "tender": "cash", "idempotency_key": "y"}
    ),
    "POST till/<event>/orders/<identifier>/mail/": lambda f, a: form(to="guest@example.com"),
    "POST till/<event>/orders/<identifier>/pay/": lambda f, a: Ask(
        {"tender": "card"}, at={"orders": f.unpaid.identifier}, content_type=FORM
    ),
    "POST till/<event>/orders/<identifier>/cancel/": lambda f, a: Ask(
        {}, at={"orders": f.unpaid.identifier}, content_type=FORM
    ),
    "POST till/<event>/orders/<identifier>/guests/<pk>/": lambda f, a: form(lastname="Sousa"),
    "POST till/<event>/orders/<identifier>/given-back/": lambda f, a: Ask(
        {}, at={"orders": f.due.identifier}, content_type=FORM
    ),
    "POST v1/events/<event>/guest-list": lambda f, a: Ask(
        document("attendee", None, {}, entries=[{"ticket": f.ticket.pk, "firstname": "Bo"}])
    ),
    "GET events/<event>/guests/": lambda f, a: listed(f),
    "POST events/<event>/guests/<pk>/admit/": lambda f, a: listed(f, nonce=str(uuid4())),
    "POST events/<event>/guests/add/": lambda f, a: form(ticket=f.ticket.pk, way="free", firstname="Bo"),
    "POST events/<event>/guests/import/": lambda f, a: form(
        sealed=sealed(Guests([Entry(f.ticket.pk, "Bo")], [2]), event=f.event, user=a.user or f.organizer)
    ),
    "POST events/new/": lambda f, a: form(
        name="New", identifier=f"new-{uuid4().hex[:8]}", timezone="UTC", currency="EUR"
    ),
    "POST events/<event>/check/": lambda f, a: form(tick="printer"),
    "GET events/<event>/edit/<section>/": lambda f, a: Ask(at={"edit": "tickets"}),
    "POST events/<event>/edit/<section>/": lambda f, a: Ask(
        {"sheet": "tills", "row": "new", "do": "save", "name": "New"},
        at={"edit": "places"},
        content_type=FORM,
    ),
    "POST events/<event>/copy/": lambda f, a: form(
        name="Copy", identifier=f"copy-{uuid4().hex[:8]}", starts_at="2030-05-01T20:00"
    ),
    "POST events/<event>/rehearse/": lambda f, a: form(identifier=f"copy-{uuid4().hex[:8]}"),
    "POST events/<event>/delete/": lambda f, a: form(name=f.event.name),
    "POST till/<event>/shift/": lambda f, a: form(till=till(f, a).pk, sum="100"),
    "POST till/<event>/shift/movement/": lambda f, a: form(**MOVED),
    "POST till/<event>/shift/count/": lambda f, a: form(**COUNTED),
    "GET till/<event>/movements/<pk>/ (one's own)": lambda f, a: own(f, a),
    "GET till/<event>/shifts/<pk>/report/ (one's own)": lambda f, a: own(f, a),
    "GET till/<event>/shifts/<pk>/report.csv (one's own)": lambda f, a: own(f, a),
    "GET till/<event>/shift/ (a colleague's)": lambda f, a: Ask(query=others(f)),
    "GET till/<event>/shift/movement/ (a colleague's)": lambda f, a: Ask(query=others(f)),
    "POST till/<event>/shift/movement/ (a colleague's)": lambda f, a: form(others(f), **MOVED),
    "GET till/<event>/shift/count/ (a colleague's)": lambda f, a: Ask(query=others(f)),
    "POST till/<event>/shift/count/ (a colleague's)": lambda f, a: form(others(f), **COUNTED),
    "GET v1/events/<event>/orders (payments)": lambda f, a: Ask(mark='"tender"'),
    "GET till/<event>/api/orders (payments)": lambda f, a: Ask(mark='"tender"'),
    "GET till/<event>/relief/": lambda f, a: Ask(query=at_till(f)),
    "POST till/<event>/relief/": lambda f, a: relieved(f),
    "POST v1/orders (at a colleague's till)": lambda f, a: onsite(f, f.others["till"]),
    "POST till/<event>/api/orders (at a colleague's till)": lambda f, a: onsite(f, f.others["till"]),
    "POST v1/check-ins": lambda f, a: scan(f),
    "GET v1/tickets/<reference>/attendees": of_ticket,
    "GET v1/tickets/<reference>/relationships/attendees": of_ticket,
    "GET v1/users/<reference>": lambda f, a: Ask(at={"users": a.user.pk if a.user else f.buyer.pk}),
    "GET v1/users/<reference>/events": lambda f, a: Ask(
        at={"users": a.user.pk if a.user else f.buyer.pk}, mark=f'"{f.event.identifier}"'
    ),
    "GET v1/users/<reference> (another's)": lambda f, a: Ask(at={"users": f.member.user.pk}),
    "GET v1/users/<reference>/events (another's)": lambda f, a: Ask(at={"users": f.member.user.pk}),
    "GET v1/events/<event>/attendees/search": lambda f, a: Ask(mark="Silva"),
    "GET v1/events/<event>/attendees": lambda f, a: Ask(mark="Silva"),
    "POST door/<event>/api/check-ins": lambda f, a: scan(f),
    "GET door/<event>/search/": lambda f, a: Ask(query="?q=Silva", mark="Silva"),
    "POST v1/orders/<order>/check-ins": lambda f, a: group(f.order),
    "POST door/<event>/api/orders/<order>/check-ins": lambda f, a: group(f.order),
    "POST v1/orders/<order>/check-ins (ordered online)": lambda f, a: group(f.bought),
    "POST door/<event>/api/orders/<order>/check-ins (ordered online)": lambda f, a: group(f.bought),
    "POST v1/check-ins/<check_in>/undo": lambda f, a: Ask(document("check-in", None, {})),
    "POST door/<event>/api/check-ins/<check_in>/undo": lambda f, a: Ask(document("check-in", None, {})),
    "PATCH v1/attendees/<reference>": lambda f, a: checked(f, f.guest),
    "PATCH v1/attendees/<reference> (ordered online)": lambda f, a: Ask(
        document("attendee", f.bought_guest.pk, is_checked_in=True), at={"attendees": f.bought_guest.pk}
    ),
    "GET v1/attendees/<reference> (one's own draft)": lambda f, a: own_draft(f, a),
    "DELETE v1/attendees/<reference> (one's own draft)": lambda f, a: own_draft(f, a),
    "DELETE v1/attendees/<reference> (ordered online)": lambda f, a: Ask(at={"attendees": f.bought_guest.pk}),
    "PATCH v1/attendees/<reference> (another name)": lambda f, a: renamed(f.guest),
    "PATCH v1/attendees/<reference> (another name, ordered online)": lambda f, a: renamed(f.bought_guest),
    "GET v1/attendees/<reference> (ordered online)": lambda f, a: Ask(at={"attendees": f.bought_guest.pk}),
    "GET v1/attendees/<reference> (code)": lambda f, a: Ask(
        at={"attendees": f.bought_guest.pk}, mark=f.bought_guest.code
    ),
    "GET v1/attendees/<reference> (e-mail)": lambda f, a: Ask(
        at={"attendees": f.bought_guest.pk}, mark=f.bought_guest.email
    ),
    "GET admin/autocomplete/": lambda f, a: Ask(query="?app_label=events&model_name=member&field_name=user"),
    "GET admin/<app_label>/ (events)": lambda f, a: Ask(at={"admin": "events"}),
    "POST admin/login/": lambda f, a: form(username=f.organizer.email, password=PASSWORD),
    "POST admin/password_change/": lambda f, a: form(
        old_password=PASSWORD, new_password1=BETTER, new_password2=BETTER
    ),
}


def question(rule, f, asker):
    """Where a rule is asked about, and what is sent."""
    asked = ASKED.get(rule.key)
    if asked is None and rule.about == "a colleague's till":
        sent = ASKED.get(f"{rule.method} {rule.path}", lambda f, a: Ask())(f, asker)
        sent.query = at_till(f)
    else:
        sent = asked(f, asker) if asked else Ask()
    return address(rule.path, f, sent.at) + sent.query, sent


def address(path, f, at=None):
    """Where `path` of the URL map lies for the things of an event."""
    things = {
        "events": f.event.identifier,
        "till": f.event.identifier,
        "door": f.event.identifier,
        "tickets": f.unsold.pk,
        "orders": f.order.identifier,
        "check-ins": f.check_in.pk,
        "attendees": f.guest.pk,
        "stations": f.station.pk,
        "quotas": f.quota.pk,
        "holds": f.hold.pk,
        "discounts": f.discount.pk,
        "tills": f.free_till.pk,
        "payments": f.payment.pk,
        "guests": f.guest.pk,
        "acts": "swap-code",
        "counts": f.others["closed"].last_count.pk,
        "devices": f.device.pk,
        "members": f.member.pk,
        "invitations": f.invitation.pk,
        "changes": f.change.pk,
        "exports": f.export.pk,
        "movements": f.others["movement"].pk,
        "shifts": f.others["closed"].pk,
        **(at or {}),
    }
    filled = PARAMETER.sub(lambda found: f"{found[1]}/{things.get(found[1], 1)}", path)
    return "/" + re.sub(r"<(\w+)>", lambda found: str(things.get(found[1], "x")), filled)


@contextmanager
def undone():
    """As if nothing had happened. What must not run inside a transaction does not see this one."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own TestCase does, so that durable blocks may lie inside
    with block:
        yield
        transaction.set_rollback(True)


class Browser(RequestFactory):
    """Django's test client without what it keeps of every answer, which takes longer than the answer."""

    def __init__(self):
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **environ):
        return self.handler(self._base_environ(**environ))


BROWSER = Browser()


def ask(asker, method, url, sent=None):
    """The response to what the asker sends, with their token where the API knows no session."""
    sent = sent or Ask()
    BROWSER.cookies = SimpleCookie(asker.cookies | sent.cookies)
    knows_tokens = asker.token and url.startswith(("/v1/", "/auth/"))
    headers = {"Authorization": f"Bearer {asker.token}"} if knows_tokens else {}
    response = BROWSER.generic(
        method, url, sent.text, content_type=sent.content_type, headers={**headers, **sent.headers}
    )
    response.asker = asker
    return response


def answer(response, mark=""):
    """The kind of an answer, in the table's words; the status where it has none."""
    status = response.status_code
    if status in (301, 302):
        session = response.cookies.get(settings.SESSION_COOKIE_NAME)
        ended = session is not None and not session.value and not response.asker.is_anonymous
        return "login" if response.url.startswith(LOGIN) and not ended else "yes"
    if 200 <= status < 300:
        told = not mark or mark in response.content.decode(errors="replace")
        return "yes" if told else "none"
    return str(status)
