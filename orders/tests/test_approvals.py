"""Another price than the ticket's own: by an organizer, or with an organizer's PIN."""

import logging
from decimal import Decimal

import pytest

from accounts.models import PinTries, User
from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from attendees.models import Attendee
from base.errors import Conflict, Forbidden, Invalid
from base.tests.client import error, errors
from events.approvals import Approval, possible_approvers
from events.invitations import invite
from events.tests.factories import EventFactory
from orders.idempotency import fingerprint
from orders.models import Order, Payment
from orders.sale import Line, Sale
from orders.settlement import Paid
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
RIGHT, WRONG = "482913", "900913"
LINE = "/data/attributes/on-site-tickets/0"


@pytest.fixture
def approver(organizer):
    set_pin(organizer, RIGHT)
    return organizer


@pytest.fixture
def comp(api, cashier, event, adult, approver):
    """Posts one Adult for nothing: `comp(pin=..., price=..., reason=...)`."""

    def post(pin=RIGHT, user=None, seller=cashier, approval=..., headers=None, **fields):
        if approval is ...:
            approval = {"user": user or approver.pk, "pin": pin}
        line = {"id": adult.pk, "quantity": 2, "price": "0.00", "reason": "crew", "approval": approval}
        return api(seller).sell(event, {**line, **fields}, headers=headers)

    return post


def nothing_sold(adult):
    adult.refresh_from_db()
    return adult.sold == 0 and not Order.objects.exists() and not Attendee.objects.exists()


def refused(response, status, code, pointer, adult):
    assert response.status_code == status, response.content
    found = error(response)
    assert (found["code"], found["source"]["pointer"]) == (code, pointer)
    assert nothing_sold(adult)
    return found


class TestOrganizer:
    def test_comp(self, sell, adult, organizer):
        order = sell(seller=organizer, lines=[Line(adult.pk, 2, Decimal(0), reason="crew")])
        assert (order.status, order.amount, order.payment_mode) == ("completed", 0, "free")
        rows = Attendee.objects.values_list("price_paid", "price_reason", "approved_by")
        assert set(rows) == {(0, "crew", organizer.pk)}
        assert not Payment.objects.exists()

    def test_override(self, sell, adult, organizer):
        lines = [Line(adult.pk, 1, Decimal("12.50"), reason="student"), Line(adult.pk, 1)]
        order = sell(seller=organizer, lines=lines, payments=[Paid("cash")])
        assert order.amount == Decimal("32.50")
        assert [(a.price_paid, a.price_reason, a.approved_by) for a in order.attendees.all()] == [
            (Decimal("12.50"), "student", organizer),
            (20, "", None),
        ]

    def test_through_the_api(self, comp, organizer):
        assert comp(seller=organizer, approval=None).status_code == 201
        assert Attendee.objects.first().approved_by == organizer

    def test_superuser(self, comp):
        boss = User.objects.create_superuser("boss@example.com")
        assert comp(seller=boss, approval=None).status_code == 201

    def test_script_answers_to_nobody(self, sell, adult):
        order = sell(seller=None, lines=[Line(adult.pk, 1, Decimal(0), reason="press")])
        assert [(a.price_reason, a.approved_by) for a in order.attendees.all()] == [("press", None)]

    def test_organizer_who_names_a_colleague_needs_the_colleagues_pin(self, comp, adult, organizer, member):
        colleague = member("organizer")
        set_pin(colleague, "190283")
        refused(comp(seller=organizer, user=colleague.pk), 403, "wrong-pin", f"{LINE}/approval/pin", adult)
        assert comp(seller=organizer, user=colleague.pk, pin="190283").status_code == 201
        assert Attendee.objects.first().approved_by == colleague


class TestCashier:
    def test_with_the_right_pin(self, comp, approver, cashier):
        response = comp()
        assert response.status_code == 201
        assert response.json()["data"]["attributes"]["amount"] == "0.00"
        rows = Attendee.objects.values_list("price_reason", "approved_by", "order__seller")
        assert set(rows) == {("crew", approver.pk, cashier.pk)}

    def test_wrapped_as_the_open_event_server_has_it(self, api, cashier, event, adult, approver):
        attributes = {
            "id": str(adult.pk),
            "quantity": "1",
            "price": "5",
            "reason": "student",
            "approval": {"user": str(approver.pk), "pin": RIGHT},
        }
        line = {"data": {"type": "on-site-ticket", "attributes": attributes}}
        assert api(cashier).sell(event, line).status_code == 201
        assert Order.objects.get().amount == 5

    def test_without_approval(self, comp, adult):
        refused(comp(approval=None), 403, "approval-required", f"{LINE}/approval", adult)

    def test_with_a_wrong_pin(self, comp, adult):
        found = refused(comp(pin=WRONG), 403, "wrong-pin", f"{LINE}/approval/pin", adult)
        assert found["meta"] == {"tries-left": 4}

    def test_five_wrong_ones_lock(self, comp, adult):
        codes = [error(comp(pin=WRONG))["code"] for _ in range(5)]
        assert codes == ["wrong-pin"] * 4 + ["pin-locked"]
        found = refused(comp(), 403, "pin-locked", f"{LINE}/approval", adult)
        assert 0 < found["meta"]["seconds"] <= 900

    def test_locked_is_this_cashier_alone(self, comp, member):
        for _ in range(5):
            comp(pin=WRONG)
        other = member("organizer")
        set_pin(other, "190283")
        assert error(comp(user=other.pk, pin="190283"))["code"] == "pin-locked"
        assert comp(seller=member("cashier")).status_code == 201

    def test_password_of_the_organizer_works_all_the_same(self, comp, approver):
        for _ in range(5):
            comp(pin=WRONG)
        assert comp(approval={"user": approver.pk, "password": PASSWORD}).status_code == 201
        assert Attendee.objects.first().approved_by == approver

    def test_with_a_wrong_password(self, comp, adult, approver):
        wrong = {"user": approver.pk, "password": "wrong"}
        refused(comp(approval=wrong), 403, "wrong-password", f"{LINE}/approval/password", adult)
        for _ in range(19):
            comp(approval=wrong)
        response = comp(approval={"user": approver.pk, "password": PASSWORD})
        assert (response.status_code, error(response)["code"]) == (429, "throttled")
        assert nothing_sold(adult)
        assert comp().status_code == 201, "the PIN is another way"

    @pytest.mark.parametrize("sent", [{}, {"pin": RIGHT, "password": PASSWORD}])
    def test_with_a_pin_or_a_password(self, comp, approver, sent):
        assert comp(approval={"user": approver.pk, **sent}).status_code == 422

    def test_right_one_resets(self, comp):
        for _ in range(4):
            comp(pin=WRONG)
        assert comp().status_code == 201
        assert error(comp(pin=WRONG))["meta"] == {"tries-left": 4}

    def test_several_lines_are_one_question(self, sell, adult, approver):
        comp = Line(adult.pk, 1, Decimal(0), reason="crew", approval=Approval(approver.pk, RIGHT))
        assert sell(lines=[comp, Line(adult.pk, 1), comp]).amount == 20
        wrong = Approval(approver.pk, WRONG)
        with pytest.raises(Forbidden) as refusal:
            sell(lines=[Line(adult.pk, 1), Line(adult.pk, 1, Decimal(0), reason="x", approval=wrong)] * 2)
        (problem,) = refusal.value.problems
        assert problem.path == ("lines", 1, "approval", "pin")
        assert set(PinTries.objects.values_list("wrong", flat=True)) == {1}

    def test_sold_out_uses_up_no_try(self, comp, adult):
        adult.quantity = 1
        adult.save()
        response = comp()
        assert (response.status_code, error(response)["code"]) == (409, "sold-out")
        assert set(PinTries.objects.values_list("wrong", flat=True)) == {0}


class TestApprover:
    @pytest.mark.parametrize("role", ["cashier", "registrar", None, "elsewhere", "unknown", "removed"])
    def test_who_is_no_organizer_here(self, comp, adult, member, stranger, approver, role):
        user = {None: stranger, "removed": approver}.get(role)
        if role == "elsewhere":
            user = member("organizer", EventFactory())
        elif role in ("cashier", "registrar"):
            user = member(role)
        if user is not None:
            set_pin(user, RIGHT)
        if role == "removed":
            user.memberships.all().delete()
        response = comp(user=user.pk if user else 999_999)
        refused(response, 403, "not-an-organizer", f"{LINE}/approval/user", adult)
        assert not PinTries.objects.exists()

    def test_who_is_invited_and_has_not_joined(self, comp, adult, event, approver, organizer):
        event.members.filter(user=approver).delete()
        invite(event=event, email=approver.email, role="organizer", by=organizer)
        refused(comp(pin=WRONG), 403, "not-an-organizer", f"{LINE}/approval/user", adult)
        assert not PinTries.objects.exists()
        assert possible_approvers(event) == []

    def test_superuser_who_is_no_member(self, comp, adult):
        boss = User.objects.create_superuser("boss@example.com")
        set_pin(boss, RIGHT)
        refused(comp(user=boss.pk), 403, "not-an-organizer", f"{LINE}/approval/user", adult)

    def test_who_was_deactivated(self, comp, adult, approver):
        approver.is_active = False
        approver.save()
        refused(comp(), 403, "not-an-organizer", f"{LINE}/approval/user", adult)

    def test_who_has_no_pin(self, comp, adult, member):
        refused(comp(user=member("organizer").pk), 403, "no-pin", f"{LINE}/approval", adult)

    def test_cashier_does_not_approve_their_own(self, comp, adult, cashier):
        set_pin(cashier, RIGHT)
        refused(comp(user=cashier.pk), 403, "not-an-organizer", f"{LINE}/approval/user", adult)

    def test_whom_a_till_can_ask(self, event, approver, member):
        named = member("organizer")
        named.name = "Ana"
        set_pin(named, "190283")
        named.save()
        member("organizer")
        gone = member("organizer")
        gone.is_active = False
        gone.save()
        for user in (gone, member("cashier"), member("organizer", EventFactory())):
            set_pin(user, RIGHT)
        assert possible_approvers(event) == [(named.pk, "Ana"), (approver.pk, str(approver))]


class TestSecret:
    def test_pin_is_nowhere(self, comp, caplog, adult, approver):
        caplog.set_level(logging.DEBUG)
        bodies = [comp(pin=pin).content.decode() for pin in (WRONG, "90091", RIGHT)]
        rows = [str(row) for model in (Order, Attendee, PinTries, User) for row in model.objects.values()]
        seen = "\n".join(
            [*bodies, *rows, *(r.getMessage() for r in caplog.records if r.name != "django.db.backends")]
        )
        assert RIGHT not in seen
        assert "90091" not in seen
        assert len(Order.objects.get().fingerprint) == 64

    def test_representations(self, event, adult, approver):
        approval = Approval(approver.pk, RIGHT)
        sale = Sale(event, [Line(adult.pk, 1, Decimal(0), reason="crew", approval=approval)])
        assert RIGHT not in f"{approval!r} {approval} {sale!r} {sale.said()!r}"

    def test_fingerprint_is_the_same_for_every_pin_of_one_approver(self, event, adult, approver):
        approvals = [Approval(approver.pk, RIGHT), Approval(approver.pk, WRONG), Approval(0, RIGHT)]
        same, alike, other = (
            fingerprint(Sale(event, [Line(adult.pk, 1, Decimal(0), reason="crew", approval=approval)]))
            for approval in approvals
        )
        assert same == alike != other

    def test_refusal_carries_no_pin(self, sell, adult, approver):
        approval = Approval(approver.pk, WRONG)
        with pytest.raises(Forbidden) as refusal:
            sell(lines=[Line(adult.pk, 1, Decimal(0), reason="crew", approval=approval)])
        assert WRONG not in f"{refusal.value!r} {refusal.value.__cause__!r} {refusal.value.problems!r}"


class TestRetry:
    def test_same_key_with_another_pin_is_the_same_request(self, comp):
        key = {"Idempotency-Key": "k"}
        first = comp(headers=key)
        again = comp(pin=WRONG, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert set(PinTries.objects.values_list("wrong", flat=True)) == {0}

    def test_retry_while_locked_is_answered(self, comp):
        key = {"Idempotency-Key": "k"}
        first = comp(headers=key)
        for _ in range(5):
            comp(pin=WRONG)
        assert comp(headers=key).json() == first.json()

    def test_wrong_pin_leaves_the_key_free(self, comp):
        key = {"Idempotency-Key": "k"}
        assert comp(pin=WRONG, headers=key).status_code == 403
        assert comp(headers=key).status_code == 201

    @pytest.mark.parametrize("other", [{"price": "1.00"}, {"reason": "press"}])
    def test_same_key_for_another_price_is_refused(self, comp, other):
        key = {"Idempotency-Key": "k"}
        comp(headers=key)
        assert error(comp(headers=key, **other))["code"] == "idempotency-key-reused"

    def test_same_key_with_another_approver_is_refused(self, comp, member):
        other = member("organizer")
        set_pin(other, "190283")
        key = {"Idempotency-Key": "k"}
        comp(headers=key)
        assert error(comp(headers=key, user=other.pk, pin="190283"))["code"] == "idempotency-key-reused"


class TestForm:
    @pytest.mark.parametrize(
        "pin", [482913, "48291", "4829130", " 482913 ", "٤٨٢٩١٣", "48291a", "", None, True, [], {}, 482913.0]
    )
    def test_pin_is_a_string_of_six_digits(self, comp, adult, pin):
        response = comp(pin=pin)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"{LINE}/approval/pin"
        assert nothing_sold(adult)
        assert not PinTries.objects.exists()

    @pytest.mark.parametrize("user", ["ana@example.com", -1, 1.5, True, [], {}, "٣"])
    def test_user_is_an_id(self, comp, adult, user):
        response = comp(user=user or "x")
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"{LINE}/approval/user"

    @pytest.mark.parametrize("approval", ["482913", 1, [], True])
    def test_approval_is_an_object(self, comp, adult, approval):
        refused(comp(approval=approval), 422, "invalid", f"{LINE}/approval", adult)

    def test_every_member_is_required(self, comp):
        found = errors(comp(approval={}))
        assert {e["source"]["pointer"] for e in found} == {f"{LINE}/approval/user", f"{LINE}/approval/pin"}

    @pytest.mark.parametrize("reason", [None, "", "  "])
    def test_approval_needs_a_reason(self, comp, adult, reason):
        refused(comp(reason=reason), 422, "reason-required", f"{LINE}/reason", adult)

    def test_reason_needs_a_price(self, comp, adult):
        refused(comp(price=None), 422, "required", f"{LINE}/price", adult)

    def test_long_reason(self, comp, adult):
        refused(comp(reason="x" * 201), 422, "max-length", f"{LINE}/reason", adult)

    def test_blank_reason_of_a_script(self, adult):
        with pytest.raises(Invalid, match="Say why"):
            Line(adult.pk, 1, Decimal(0), reason="  ")


class TestPrice:
    @pytest.mark.parametrize(
        ("price", "detail"), [("-0.01", "cannot be negative"), ("-20", "cannot be negative")]
    )
    def test_negative(self, comp, adult, price, detail):
        found = refused(comp(price=price), 422, "invalid-amount", f"{LINE}/price", adult)
        assert detail in found["detail"]

    @pytest.mark.parametrize("price", ["0.001", "abc", True, [], "1" * 13])
    def test_no_sum_of_money(self, comp, adult, price):
        response = comp(price=price)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"{LINE}/price"
        assert nothing_sold(adult)

    def test_fraction_of_a_yen(self, comp, event, adult):
        event.currency = "JPY"
        event.save()
        refused(comp(price="999.50"), 422, "invalid-amount", f"{LINE}/price", adult)
        assert comp(price="999.00").status_code == 201

    def test_negative_without_a_reason(self, comp, adult):
        refused(comp(price="-1", reason=None, approval=None), 422, "price-is-fixed", f"{LINE}/price", adult)

    def test_without_a_reason_the_price_stays_fixed(self, comp, adult, organizer):
        response = comp(seller=organizer, reason=None, approval=None)
        refused(response, 422, "price-is-fixed", f"{LINE}/price", adult)

    def test_free_ticket_may_cost_something_for_once(self, sell, event, organizer):
        crew = FreeTicketFactory(event=event)
        lines = [Line(crew.pk, 1, Decimal(3), reason="deposit for the badge")]
        assert sell(seller=organizer, lines=lines, payments=[Paid("cash")]).amount == 3

    def test_believed_amount_is_that_of_the_other_price(self, sell, adult, organizer):
        lines = [Line(adult.pk, 2, Decimal(5), reason="x")]
        with pytest.raises(Invalid, match=r"The amount is 10\.00"):
            sell(seller=organizer, lines=lines, amount=Decimal(40))
        assert sell(seller=organizer, lines=lines, amount=Decimal(10)).amount == 10


class TestDonation:
    @pytest.mark.parametrize(("price", "code"), [(4, "price-too-low"), (101, "price-too-high")])
    def test_keeps_its_bounds(self, sell, event, organizer, price, code):
        ticket = DonationFactory(event=event)
        with pytest.raises(Invalid) as refusal:
            sell(seller=organizer, lines=[Line(ticket.pk, 1, Decimal(price))])
        assert refusal.value.problems[0].code == code

    @pytest.mark.parametrize("price", [0, 4, 101])
    def test_reason_goes_beyond_them(self, sell, event, organizer, price):
        ticket = DonationFactory(event=event)
        order = sell(seller=organizer, lines=[Line(ticket.pk, 1, Decimal(price), reason="patron")])
        assert order.amount == price
        assert order.attendees.all()[0].approved_by == organizer

    def test_needs_no_approval_within_them(self, sell, event):
        order = sell(lines=[Line(DonationFactory(event=event).pk, 1, Decimal(7))])
        assert [(a.price_reason, a.approved_by) for a in order.attendees.all()] == [("", None)]


def test_comp_counts_as_sold(sell, event, organizer):
    ticket = TicketFactory(event=event, quantity=1)
    comp = Line(ticket.pk, 1, Decimal(0), reason="crew")
    sell(seller=organizer, lines=[comp])
    with pytest.raises(Conflict, match="sold out"):
        sell(seller=organizer, lines=[comp])
