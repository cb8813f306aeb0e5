"""Whatever the size of the screen: everything can be reached, and what counts is in sight."""

import re

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

SALE = re.compile(r"/api/orders\?onsite=true")
SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
# Whether the middle of an element is what one sees there.
IN_SIGHT = """(element) => {
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.bottom <= innerHeight && (element.contains(top) || top?.contains(element));
}"""


@pytest.fixture
def many(event, house):
    """Twelve kinds of ticket, of which each digit has one and three have none."""
    return [
        TicketFactory(
            event=event, name=f"Kind {n} of a long name that goes on", price=n, quantity=9, position=n
        )
        for n in range(3, 13)
    ]


def fill_basket(hand):
    for tile in hand.page.locator(".tile").all():
        tile.click()


@SIZES
def test_everything_is_in_the_bar_or_its_menu(till, axe, size):
    hand = till(size)
    if size != DESKTOP:
        hand.tap("Menu")
    for name in ("Find a ticket", "Keys", "Lock"):
        assert hand.page.get_by_role("button", name=name, exact=True).is_visible(), name
    for name in ("Recent", "Shift", "Display", "Administration"):
        assert hand.page.get_by_role("link", name=name, exact=True).is_visible(), name
    assert hand.page.locator("#who").is_visible()
    targets = hand.page.locator(".bar a, .bar button").locator("visible=true").all()
    assert min(min(t.bounding_box()["width"], t.bounding_box()["height"]) for t in targets) >= 48
    axe(hand.page)
    hand.tap("Find a ticket")
    hand.page.keyboard.type("Chi")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_selector("#rows >> text=Child", state="attached")


def test_escape_closes_the_menu_and_nothing_else(till):
    hand = till(TABLET)
    hand.press("1")
    hand.tap("Menu")
    hand.press("Escape")
    assert not hand.page.locator("#who").is_visible()
    assert hand.page.locator(".row").count() == 1


@SIZES
def test_full_basket_shows_its_newest_row_and_what_admits(till, many, size):
    hand = till(size)
    fill_basket(hand)
    if size == PHONE:
        hand.tap("12 tickets")
    rows = hand.page.locator(".row")
    assert rows.count() == 12
    assert rows.last.evaluate(IN_SIGHT)
    assert rows.nth(1).bounding_box()["height"] >= 44
    hand.press("-" if size == PHONE else "1 2 3")
    touched = hand.page.locator(".row >> nth=2" if size != PHONE else ".row >> nth=-1")
    assert touched.evaluate(IN_SIGHT)
    switch = hand.page.get_by_role("switch", name="Admit now")
    assert switch.bounding_box()["height"] >= 48
    assert switch.get_attribute("aria-checked") == "false"
    switch.press("Space")
    assert switch.get_attribute("aria-checked") == "true"


def test_rows_are_lower_from_the_eighth_on(till, event, house):
    for n in range(3, 11):
        TicketFactory(event=event, name=f"Kind {n}", price=n, quantity=9, position=n)
    hand = till()
    hand.press("1 3 4 5 6 7 8")
    assert {row.bounding_box()["height"] for row in hand.page.locator(".row").all()} == {56}
    hand.press("9")
    assert {row.bounding_box()["height"] for row in hand.page.locator(".row").all()} == {44}


@pytest.mark.parametrize(
    "size",
    [DESKTOP, TABLET, PHONE, (1024, 600), (844, 390), (360, 640)],
    ids=lambda size: "x".join(map(str, size)),
)
def test_next_and_the_first_code_are_in_sight_after_a_sale_of_many_kinds(till, many, size):
    hand = till(size)
    fill_basket(hand)
    hand.press("Enter 5 0 0 Enter")
    hand.after_answer(".codes .qr")
    assert hand.page.get_by_role("button", name="Next").evaluate(IN_SIGHT)
    code = hand.page.locator(".codes .qr").first
    assert code.evaluate(IN_SIGHT)
    box = code.bounding_box()
    assert box["width"] >= 160
    assert box["y"] + box["height"] <= size[1]


def test_guests_stand_under_their_tickets(till):
    hand = till()
    hand.press("1 2 2 n")
    hand.page.wait_for_selector("dialog >> text=Whose name?")
    hand.press("1")
    hand.page.keyboard.type("Ada")
    hand.page.keyboard.press("Enter")
    assert "Ada" in hand.page.inner_text(".row >> nth=0")
    hand.press("n Enter")
    hand.page.keyboard.type("Bob")
    hand.page.keyboard.press("Enter")
    assert "Bob" in hand.page.inner_text(".row >> nth=1")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    names = (
        Order.objects.get().attendees.order_by("ticket__position", "pk").values_list("firstname", flat=True)
    )
    assert sorted(names) == ["", "Ada", "Bob"]


@pytest.mark.parametrize("typed", ["999", "501", "1000", "5000"])
def test_more_than_a_sale_can_hold_is_not_cut(till, typed):
    hand = till()
    hand.press(f"1 * {' '.join(typed)}")
    assert hand.page.inner_text("output") == typed
    assert "At most 500" in hand.page.inner_text("#payment .problem")
    hand.press("Enter")
    assert hand.page.inner_text(".row .quantity") == "1"


class TestSoldOut:
    CONTRAST = """(element) => {
      const light = (color) => {
        const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05;
      };
      let opacity = 1;
      for (let at = element; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
      if (opacity < 1) return 0;
      const [one, two] = [getComputedStyle(element).color, getComputedStyle(document.body).backgroundColor]
        .map(light);
      return Math.max(one, two) / Math.min(one, two);
    }"""

    @pytest.fixture
    def none_left(self, event, house):
        sold_onsite(event=event, lines=[Line(house[1].pk, 10)])

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_tile_can_be_read(self, till, none_left, dark):
        page = till(dark=dark).page
        for part in (".name", ".price", ".left"):
            assert page.eval_on_selector(f".tile.out {part}", self.CONTRAST) >= 4.5

    def test_tile_says_so_when_it_is_pressed(self, till, none_left):
        hand = till()
        hand.ticket("Child")
        hand.page.wait_for_selector("#toast >> text=Child is sold out.")
        assert not hand.page.locator(".row").count()

    def test_more_than_are_left_says_so_at_once(self, till, event, house):
        sold_onsite(event=event, lines=[Line(house[1].pk, 8)])
        hand = till()
        hand.press("2 2")
        assert "left" not in hand.page.inner_text(".row")
        hand.press("2")
        assert "2 left, 3 wanted" in hand.page.inner_text(".row")
        hand.press("-")
        assert "wanted" not in hand.page.inner_text(".row")


def test_nothing_says_sold_or_counts_down_after_undo(till):
    hand = till()
    hand.press("1 Enter 5 0 Enter")
    hand.after_answer(".done-panel")
    hand.press("u")
    hand.page.wait_for_selector(".undone")
    hand.page.wait_for_timeout(1500)
    text = hand.page.inner_text("body")
    assert not any(said in text for said in ("Sold", "Paid", "CHANGE", "Undo ")), text
    assert not hand.page.locator("[data-undo]").count()
    assert "Give back 20.00 EUR." in hand.page.inner_text(".done-panel")
    hand.press("Enter")
    assert not hand.page.inner_text("#strip")


class TestReload:
    def test_basket_is_still_there(self, till):
        hand = till()
        hand.press("1 1 2")
        hand.page.reload()
        hand.page.wait_for_selector(".ready .row")
        assert hand.page.locator(".row").count() == 2
        hand.press("Enter Enter")
        hand.after_answer(".done-panel")
        assert Order.objects.get().amount == 48
        hand.page.reload()
        hand.page.wait_for_selector(".ready .tile")
        assert not hand.page.locator(".row").count()

    def test_card_at_the_terminal_is_still_asked_for(self, till):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        hand.page.reload()
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert Order.objects.get().status == "completed"

    def test_sale_that_was_sent_is_not_sold_again(self, till):
        hand = till()
        hand.page.route(SALE, lambda route: route.fetch() and None)  # the answer never arrives
        hand.press("1 Enter Enter")
        for _ in range(100):
            hand.page.wait_for_timeout(50)
            if Order.objects.exists():
                break
        hand.page.reload()
        hand.page.wait_for_selector("#waiting >> text=was sold")
        assert not hand.page.locator(".row").count()
        assert Order.objects.count() == 1

    def test_another_cashier_is_asked(self, till, log_in, organizer):
        hand = till()
        hand.press("1 1")
        log_in(hand.page.context, organizer)
        hand.page.reload()
        hand.page.wait_for_selector("dialog >> text=This basket is of")
        hand.tap("Empty it")
        hand.page.wait_for_selector("#rows .empty")
        assert not hand.page.locator("text=Restore").count()
