#!/usr/bin/env python
"""Keeps an evening as this version writes it, for `onsite_project/tests/test_upgrade.py`: run it once, on
the day of a release, in a checkout of it, and commit what it wrote.

    python tools/keep_release.py        writes onsite_project/tests/releases/VERSION.json

The evening is made by the acts themselves in a database of its own: sales of every kind, money taken and
given back, guests in and out, a shift that was closed and one that is open, a device, a draft, an account
with a PIN and one with a token.
"""

import json
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def make_evening() -> None:
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import ApiToken, User
    from accounts.pins import set_pin
    from attendees.corrections import correct
    from attendees.models import Attendee
    from devices import lifecycle as devices
    from door.admission import Scan, check_in, check_out
    from door.models import Phone, Station
    from door.undo import undo
    from events.approvals import Approval
    from events.models import Event, FormerIdentifier, Member
    from events.planning import change_mail
    from home.models import Tick
    from limits.holds import write_hold
    from limits.models import Hold, Quota
    from limits.quotas import write_quota
    from orders.amending import Ask
    from orders.exchanges import exchange
    from orders.guest_list import Entry, Way, put_on_list
    from orders.idempotency import give_up
    from orders.lifecycle import cancel, complete, expire_overdue
    from orders.partial import cancel_attendees
    from orders.reissue import swap_code
    from orders.sale import Basket, Guest, Line, Sale
    from orders.sales import place_order, sell_onsite
    from orders.settlement import Paid
    from prices.claims import Claim
    from prices.discounts import write_discount
    from prices.models import Discount
    from shifts import drawer
    from shifts.desk import Desk
    from shifts.models import Shift, Till
    from tickets.models import Ticket

    event = Event.objects.get(identifier="demo")
    event.capacity = 5000
    event.mail_reply_to, event.mail_reports = "desk@example.com", True
    event.save()
    change_mail(event, texts={"en": "Bus 7 until two.", "ar": "الحافلة رقم ٧ حتى الثانية."})
    FormerIdentifier.objects.create(event=event, identifier="demo-night")
    Tick.objects.create(event=event, point="printer", by=User.objects.get(email="organizer@example.com"))
    organizer, cashier = (User.objects.get(email=f"{role}@example.com") for role in ("organizer", "cashier"))
    set_pin(organizer, "493817")
    ApiToken.objects.create(user=cashier)
    tickets = {ticket.name: ticket for ticket in event.tickets.all()}
    adult, child = tickets["Adult"], tickets["Child"]
    desk = Desk(cashier, drawer_required=True)

    def sell(lines: list, payments: list, **terms: object) -> object:
        return sell_onsite(Sale(event, lines, payments, **terms), desk=desk).order

    ana = Guest("Ana", "Müller", "ana@example.com")
    sold = sell([Line(adult.pk, 2, guests=(ana,)), Line(child.pk, 1)], [Paid("cash", tendered=Decimal(100))])
    sell([Line(adult.pk, 1)], [Paid("card")], billing={"company": "Example GmbH"})
    sell([Line(adult.pk, 1)], [Paid("cash", Decimal(5)), Paid("card", Decimal(15))], admit=True)
    comp = Line(adult.pk, 1, Decimal(0), reason="press", approval=Approval(organizer.pk, "493817"))
    sell([comp], [])
    paid_later = sell([Line(child.pk, 2)], [], status="pending")
    complete(paid_later, payments=[Paid("card")], desk=desk)
    sell([Line(child.pk, 1)], [], status="pending", order_notes="comes at nine")
    undone = sell([Line(adult.pk, 3)], [Paid("cash")])
    cancel(undone, desk=desk)
    amended = sell([Line(adult.pk, 3)], [Paid("cash")])
    one, two, three = amended.attendees.order_by("pk")
    ask = Ask(Desk(organizer, amended.shift.till_id), "changed their mind")
    cancel_attendees(amended, attendees=[one.pk], ask=ask, amount=Decimal(5))
    exchange(amended, attendees=[two.pk], ticket=child.pk, ask=ask)
    swap_code(amended, attendee=three.pk, ask=ask)
    correct(sold.attendees.order_by("pk")[1], by=cashier, firstname="Łukasz", email="lukasz@example.com")
    buyer = User.objects.create_user("buyer@example.com", "correct horse battery", name="Bo Li")
    draft = [Attendee.objects.create(ticket=adult, creator=buyer, firstname="Bo") for _ in range(2)]
    place_order(Basket(event, draft[:1]), buyer=buyer)

    write_quota(Quota(event=event, name="Seats", size=5000), [adult, child])
    guest_list = Hold(event=event, ticket=child, name="Guest list", quantity=3, open_to=Hold.OpenTo.MEMBERS)
    write_hold(guest_list, Member.objects.filter(event=event, user=cashier))
    sell([Line(child.pk, 1, hold_id=guest_list.pk)], [Paid("cash")])

    write_discount(Discount(event=event, name="Student", percent=Decimal(20)), [adult])
    voucher = Discount(event=event, name="Voucher", amount=Decimal(5), once_per_sale=True, code="V1", limit=1)
    write_discount(voucher)
    sell([Line(adult.pk, 2)], [Paid("cash")], discount=Claim(code="V1"))

    listed = [Entry(adult.pk, "Cy", "Ono", key="7"), Entry(child.pk, "Di", way=Way.AT_DOOR)]
    put_on_list(event, listed, by=organizer)
    programme = Ticket.objects.create(event=event, name="Programme", price=Decimal(5), admits=False)
    sell([Line(adult.pk, 1), Line(programme.pk, 1)], [Paid("cash")])
    sell_onsite(Sale(event, [Line(child.pk, 1)], status="pending"), at=timezone.now() - timedelta(hours=2))
    expire_overdue(event)

    gate = Station.objects.create(event=event, name="Family gate")
    gate.tickets.add(child)
    guests = list(sold.attendees.order_by("pk"))
    check_in(Scan(event, guests[0].code), by=cashier)
    undo(check_in(Scan(event, guests[1].code), by=cashier), by=cashier)
    check_in(Scan(event, guests[2].code, station=gate), by=cashier)
    check_out(Scan(event, guests[2].code, station=gate), by=cashier)
    check_in(Scan(event, "NOBODYSCODE"), by=cashier)
    told = {"browser": "0123456789abcdef", "waiting": 2, "told_at": timezone.now()}
    Phone.objects.create(event=event, user=cashier, **told)

    give_up(key="a sale without an answer", desk=desk)

    till = Till.objects.get(event=event)
    shift = Shift.objects.get(till=till)
    drawer.move_cash(shift=shift, amount=Decimal("-20"), reason="change", desk=desk)
    drawer.count(shift=shift, cash=Decimal("121.00"), card=Decimal(0), by=cashier)
    drawer.count(shift=shift, cash=drawer.expected_cash(shift), card=drawer.expected_card(shift), by=cashier)
    drawer.close_shift(shift=shift, by=cashier)
    drawer.open_shift(till=till, cashier=cashier, opening_float=Decimal(50), note="change for the bar")
    sell([Line(child.pk, 1)], [Paid("cash")])
    devices.add_device(event=event, name="North tablet", role="registrar")
    lost = devices.add_device(event=event, name="Lost tablet", role="cashier")
    devices.pair(devices.new_pairing_code(lost))
    devices.revoke(lost)


def make_accounts() -> None:
    """What accounts leave behind: log-ins, a PIN guessed at, recovery codes; who is invited, relieves, and
    is told what happens.
    """
    from datetime import timedelta

    from django.test import Client, override_settings

    from accounts import limits, second_factor
    from accounts.models import User
    from accounts.pins import check_pin
    from base.errors import Forbidden
    from books import nightly
    from books.dialects import POINT
    from events.invitations import invite
    from events.models import Event
    from exports import asking, working
    from exports.catalogue import TABLES
    from outbox import mailing
    from outbox.hooks import give_secret, send_test
    from outbox.models import Hook, MailTopic, Message
    from shifts import drawer
    from shifts.models import Shift

    organizer, cashier, buyer = (
        User.objects.get(email=f"{name}@example.com") for name in ("organizer", "cashier", "buyer")
    )
    Client().force_login(organizer)
    second_factor.new_recovery_codes(organizer)
    try:
        check_pin(asker=cashier, approver=organizer, pin="000000")
    except Forbidden:
        pass
    limits.spend([limits.Share(limits.Allowance(10, timedelta(days=9999)), "password", "203.0.113.0")])
    invite(event=Event.objects.get(), email="new@example.com", role="registrar", by=organizer)
    drawer.relieve(shift=Shift.objects.open().get(), user=buyer, let_in_by=organizer)
    hook = Hook(event=Event.objects.get(), url="https://hook.example.com/")
    give_secret(hook)
    hook.save()
    send_test([hook])
    with override_settings(SENDS_MAIL=True):
        mailing.post(MailTopic.SAMPLE, to=organizer.email, event_id=hook.event_id, event=hook.event_id)
    nightly.check_books(Message(kind=nightly.CHECK_BOOKS))
    by = {"event": Event.objects.get(), "table": TABLES["orders"], "dialect": POINT, "by": organizer}
    asking.ask(**by, format="csv")
    working.write(Message(kind=asking.EXPORT, tries=1, payload=Message.objects.latest("pk").payload))


def rows() -> dict:
    """Every table of ours, as the fields of its model write their values down."""
    from django.apps import apps

    kept = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in OURS:
            continue
        fields = model._meta.local_concrete_fields
        kept[model._meta.label] = [
            {field.attname: field.value_to_string(row) for field in fields if _value(row, field) is not None}
            for row in model._base_manager.order_by("pk")
        ]
    return kept


def _value(row: object, field: object) -> object:
    return getattr(row, field.attname)


def figures() -> dict:
    """What was told of the evening, and must be told of it ever after."""
    from attendees.models import Attendee
    from books.reports import report
    from orders.models import Order
    from shifts.models import Shift

    books = {}
    for shift in Shift.objects.select_related("till__event").order_by("pk"):
        told = report(shift)
        books[str(shift.pk)] = [str(told.figures.net), str(told.expected_cash), str(told.figures.sold)]
    return {
        "shifts": books,
        "orders": {o.identifier: [o.status, str(o.amount)] for o in Order.objects.order_by("pk")},
        "inside": list(Attendee.objects.filter(is_inside=True).order_by("pk").values_list("pk", flat=True)),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "onsite_project.settings",
            "DATABASE_URL": f"sqlite:///{folder}/evening.sqlite3",
            "DEBUG": "1",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.recorder import MigrationRecorder

        from onsite_project import __version__

        call_command("migrate", verbosity=0)
        call_command("seed_demo", "--empty", verbosity=0)
        make_evening()
        make_accounts()
        applied = MigrationRecorder(connection).applied_migrations()
        kept = {
            "version": __version__,
            "migrations": sorted(f"{app}.{name}" for app, name in applied if app in OURS),
            "rows": rows(),
            "figures": figures(),
        }
    path = ROOT / "onsite_project" / "tests" / "releases" / f"{__version__}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    print(f"{path.relative_to(ROOT)}: {sum(map(len, kept['rows'].values()))} rows")


OURS = {path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py")}

if __name__ == "__main__":
    main()
