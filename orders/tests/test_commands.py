"""`manage.py sell_onsite`."""

import io
import json
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from attendees.models import Attendee
from limits.tests.factories import hold_of
from onsite_project.tests.databases import environment
from orders.models import Order
from prices.tests.factories import discount_of
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

    def test_sells_from_a_hold_and_with_a_discount(self):
        hold = hold_of(self.adult, 2)
        student = discount_of(self.event, percent=50)
        discount_of(self.event, name="Voucher", amount=5, code="FIVE")
        run(
            "sell_onsite",
            self.event.identifier,
            "Adult=1",
            "--hold",
            str(hold.pk),
            "--discount",
            str(student.pk),
        )
        run("sell_onsite", self.event.identifier, "Adult=1", "--code", "five")
        first, second = Order.objects.order_by("pk")
        assert (first.amount, second.amount) == (10, 15)
        assert [order.attendees.get().hold_id for order in (first, second)] == [hold.pk, None]

    @pytest.mark.parametrize(
        "arguments",
        [("--hold", "9999"), ("--hold", "x"), ("--hold", "9" * 30), ("--discount", "9999"), ("--code", "NO")],
    )
    def test_hold_or_discount_that_there_is_not_sells_nothing(self, arguments):
        with pytest.raises(CommandError):
            run("sell_onsite", self.event.identifier, "Adult=1", *arguments)
        assert not Order.objects.exists()

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
            (
                ["{event}", "Adult=1", "--guest=Adult=Ana,Silva,nowhere"],
                "Adult=Ana,Silva,nowhere: Enter a valid",
            ),
            (["{event}", "Adult=1", "--guest=Ana"], "TICKET=FIRSTNAME"),
            (["{event}", "Adult=1", "--guest=Adult=Ana", "--guest=Adult=Bo"], "More attendees are named"),
            (["{event}"], "Nothing is ordered"),
        ],
    )
    def test_refusal_says_why_and_sells_nothing(self, arguments, says):
        with pytest.raises(CommandError, match=says):
            run("sell_onsite", *(a.format(event=self.event.identifier) for a in arguments))
        assert not Order.objects.exists()

    def test_key_without_seller_sells_once_in_all_scripts_and_is_nobody_elses(self, cashier):
        for seller in (None, None, cashier.email, None):
            run("sell_onsite", self.event.identifier, "Adult=1", seller=seller, idempotency_key="k")
        assert sorted(Order.objects.values_list("seller", flat=True), key=str) == [cashier.pk, None]
        with pytest.raises(CommandError, match="other"):
            run("sell_onsite", self.event.identifier, "Adult=2", idempotency_key="k")
        assert Order.objects.count() == 2

    def test_guests_have_some_of_the_tickets(self):
        run(
            "sell_onsite",
            self.event.identifier,
            "Adult=3",
            "--guest=Adult=Ana,Silva",
            "--guest=Adult=Bo,,bo@example.org",
        )
        guests = Attendee.objects.order_by("pk").values_list("firstname", "lastname", "email")
        assert list(guests) == [("Ana", "Silva", ""), ("Bo", "", "bo@example.org"), ("", "", "")]

    def test_json_tells_all_that_a_script_needs(self):
        out = run(
            "sell_onsite", self.event.identifier, "Adult=2", "--guest=Adult=Ana", "--tender=cash", "--json"
        )
        order = Order.objects.get()
        told = json.loads(out)
        assert (told["identifier"], told["status"], told["amount"]) == (
            order.identifier,
            "completed",
            "40.00",
        )
        assert {one["code"] for one in told["attendees"]} == set(
            order.attendees.values_list("code", flat=True)
        )
        assert told["attendees"][0]["firstname"] == "Ana"

    def test_json_tells_what_was_refused_and_where(self):
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("sell_onsite", self.event.identifier, "Adult=4", "--json", stdout=out)
        (error,) = json.loads(out.getvalue())["errors"]
        assert (error["code"], error["at"][0], error["meta"]["available"]) == ("sold-out", "Adult=4", 3)

    @pytest.fixture
    def listed(self, tmp_path):
        def sell(text, *options, encoding="utf-8"):
            path = tmp_path / "list"
            path.write_bytes(text.encode(encoding))
            return run("sell_onsite", self.event.identifier, "--lines", str(path), *options)

        return sell

    @pytest.mark.parametrize(
        "text",
        [
            "Adult=1\n\nAdult=2\n",
            "ticket\nAdult\nAdult\nAdult\n",
            "\ufeffTicket;Quantity;Firstname\r\nAdult;2;Ana\r\n;;\r\nAdult;1;Bo\r\n",
            "ticket,quantity,price\nAdult,3,\n",
        ],
    )
    def test_list_is_one_sale(self, listed, text):
        listed(text)
        assert Order.objects.get().attendees.count() == 3

    def test_list_names_guests_and_prices_of_donations(self, listed):
        DonationFactory(event=self.event, name="Supporter")
        listed(
            'ticket;price;firstname;lastname;email\nSupporter;"7,50";Ana;Silva;ana@example.org\nSupporter;7.50;Bo\n'
        )
        assert Order.objects.get().amount == 15
        assert set(Attendee.objects.values_list("firstname", "lastname")) == {("Ana", "Silva"), ("Bo", "")}

    def test_a_hundred_guests_are_few_lines(self, listed):
        Ticket.objects.update(quantity=100)
        listed("ticket,firstname\n" + "".join(f"Adult,Guest {n}\n" for n in range(100)))
        assert Order.objects.get().attendees.exclude(firstname="").count() == 100

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Adult=1\nSenior=1\nJunior=1", ["row 2: .* no ticket 'Senior'", "row 3: .* no ticket 'Junior'"]),
            ("Adult=1\nAdult 2", ["row 2: .* TICKET=QTY"]),
            ("Adult=1\nAdult=3", ["row 1, row 2: Only 3 Adult are left, 4 wanted"]),
            (
                "ticket,quantity\nAdult,1.5\nAdult,-1\n,1\nAdult,0",
                ["row 2: '1.5'", "row 3: '-1'", "row 4: Which"],
            ),
            ("ticket,price\nAdult,1.234\nAdult,two", ["row 2: '1.234' is no price", "row 3: 'two'"]),
            ("ticket,seat\nAdult,4", ["'seat'"]),
            ("ticket,ticket\nAdult,4", ["each once"]),
            (
                "ticket,email\nAdult,nobody\nAdult,a@b.example\nAdult,@",
                ["row 2: Enter a valid", "row 4: Enter a valid"],
            ),
            ("ticket,firstname\nAdult," + "x" * 101, ["row 2: .*100"]),
            ("ticket,quantity\nAdult,0\n", ["row 2: A quantity is at least 1"]),
            ("ticket,firstname\nAdult," + "x" * 140_000, ["no CSV"]),
            ("", ["Nothing is ordered"]),
            ("ticket,quantity\n", ["Nothing is ordered"]),
        ],
    )
    def test_list_that_is_refused_names_every_row_and_sells_nothing(self, listed, text, says):
        with pytest.raises(CommandError) as refusal:
            listed(text)
        for pattern in says:
            assert re.search(pattern, str(refusal.value)), str(refusal.value)
        assert not Order.objects.exists()

    def test_list_that_is_not_there(self):
        with pytest.raises(CommandError, match="No such file"):
            run("sell_onsite", self.event.identifier, "--lines", "nowhere.csv")

    def test_list_in_another_encoding_is_refused(self, listed):
        with pytest.raises(CommandError, match="UTF-8"):
            listed("ticket,firstname\nAdult,Zoë\n", encoding="latin-1")

    def test_stranger_is_no_seller(self, stranger):
        with pytest.raises(CommandError, match="may not sell"):
            run("sell_onsite", self.event.identifier, "Adult=1", seller=stranger.email)


@pytest.mark.django_db(transaction=True)
class TestNobodyReads:
    """What is sold stays sold, and the exit code says so."""

    @pytest.fixture(autouse=True)
    def place(self, event):
        TicketFactory(event=event, name="Ädult", price=20, quantity=3)
        self.command = [sys.executable, "manage.py", "sell_onsite", event.identifier, "Ädult=1"]

    def run(self, shell, **more):
        return subprocess.run(
            ["sh", "-c", shell, "sh", *self.command],
            cwd=settings.BASE_DIR,
            env=environment(**more),
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.mark.parametrize("to", [">/dev/full", ">&-", ">/dev/full 2>/dev/full", ">&- 2>&-"])
    @pytest.mark.parametrize("how", ["", "--json"])
    def test_sold_and_not_shown(self, to, how):
        done = self.run(f'"$@" {how} {to}')
        order = Order.objects.get()
        assert done.returncode == 3, done.stderr
        if "2>" not in to:
            assert done.stderr == f"Sold: order {order.identifier}. The report could not be shown.\n"

    def test_pipe_that_is_closed(self):
        done = self.run('{ "$@"; echo $? >&2; } | true')
        assert Order.objects.count() == 1
        assert done.stderr.endswith("3\n")
        assert "Traceback" not in done.stderr

    def test_list_from_standard_input(self):
        done = self.run('printf "ticket;quantity\nÄdult;2\n" | "$1" "$2" "$3" "$4" --lines - --json')
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["attendees"]) == 2

    def test_letters_that_the_terminal_has_not(self):
        done = self.run('"$@"', PYTHONIOENCODING="ascii")
        assert (done.returncode, Order.objects.count()) == (0, 1)
        assert "dult" in done.stdout
