"""Who and what the demo has: its tickets, its guests, what they buy and when they come."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

# What everybody finds who tries the demo: README, docs/clients and `make run` sell by these names.
TICKETS: tuple[Mapping[str, Any], ...] = (
    {"name": "Adult", "type": "paid", "price": 20, "quantity": 500, "tax_rate": 19},
    {
        "name": "Child",
        "type": "paid",
        "price": 8,
        "quantity": 200,
        "max_order": 10,
        "tax_rate": 7,
        "door_note": "up to 12 years",
    },
    {"name": "Balcony", "type": "paid", "price": 45, "quantity": 12},
    {"name": "Supporter", "type": "donation", "min_price": 5, "max_price": 500},
    {"name": "Crew", "type": "free", "quantity": 30, "is_hidden": True},
)
PROGRAMME: Mapping[str, Any] = {
    "name": "Programme",
    "type": "paid",
    "price": 4,
    "tax_rate": 7,
    "admits": False,
}
BALCONY_LEFT = 2


class Basket(NamedTuple):
    """What one party buys, by the tickets' names, and how many of a hundred parties do."""

    weight: int
    tickets: Mapping[str, int]


BASKETS = (
    Basket(30, {"Adult": 2}),
    Basket(26, {"Adult": 1}),
    Basket(12, {"Adult": 2, "Child": 1}),
    Basket(9, {"Adult": 2, "Child": 2}),
    Basket(7, {"Adult": 1, "Child": 1}),
    Basket(6, {"Adult": 2, "Programme": 1}),
    Basket(4, {"Adult": 4}),
    Basket(4, {"Supporter": 1}),
    Basket(2, {"Adult": 1, "Child": 3, "Programme": 1}),
)
DONATIONS = (Decimal(10), Decimal(15), Decimal(25), Decimal(50))
SALES = 240
# From so many minutes after the beginning on, so many sales a minute, as parts of all: few, a rush, fewer.
CURVE = ((-45, 1), (-30, 3), (-15, 9), (0, 10), (15, 7), (30, 4), (50, 2), (80, 1))


class Script(NamedTuple):
    """First and last names in one script, and how many of a hundred guests write theirs so."""

    weight: int
    firsts: str
    lasts: str


SCRIPTS = (
    Script(
        38,
        "Ana Björn Chloé Zoë Łukasz Siân Mehmet İpek Nguyệt Søren Amélie José",
        "Silva Müller O’Connor Garção Żółkiewska Sørensen Yıldız Nguyễn Lefèvre Þórsdóttir Kovács",
    ),
    Script(10, "Ελένη Νίκος Δάφνη Γιώργος", "Παπαδοπούλου Γεωργίου Καραμανλή Οικονόμου"),
    Script(10, "Олена Дмитро Марија Ђорђе Светлана", "Шевченко Ковальчук Петровић Щербакова Іваненко"),
    Script(9, "ליאור נועה אבישג יונתן", "כהן בן־דוד שפירא מזרחי"),
    Script(10, "ليلى عمر فاطمة يوسف", "الخطيب حدّاد بن‌علی الزهراني"),
    Script(9, "小雨 美咲 大輔 志明", "王 佐藤 渡邊 陳"),
    Script(5, "지우 민준 서연", "김 이 박"),
    Script(5, "अनन्या रोहित दीक्षा", "शर्मा कुलकर्णी मिश्रा"),
    Script(4, "สมชาย กุลธิดา พิมพ์ชนก", "วงศ์สุวรรณ ศรีประเสริฐ"),
    Script(2, "Անի Գոռ", "Հակոբյան Պետրոսյան"),
    Script(2, "ნინო გიორგი", "ბერიძე კაპანაძე"),
    Script(1, "Wolfeschlegelsteinhausenbergerdorff", "Featherstonehaugh-Cholmondeley-Majoribanks"),
)


def name_of(rng: Random) -> tuple[str, str]:
    """A guest's first and last name."""
    (script,) = rng.choices(SCRIPTS, [script.weight for script in SCRIPTS])
    return rng.choice(script.firsts.split()), rng.choice(script.lasts.split())


class Expected(NamedTuple):
    """Somebody on the guest list: the ticket's name, how it is paid (`orders.guest_list.Way`), and after how
    many minutes they come (None: not yet).
    """

    firstname: str
    lastname: str
    ticket: str
    way: str
    comes: int | None


GUEST_LIST = (
    Expected("Grace", "Adeyemi", "Adult", "free", -12),
    Expected("Αριάδνη", "Βλάχου", "Adult", "free", -8),
    Expected("Тарас", "Гриценко", "Adult", "free", 3),
    Expected("מיכל", "אברהמי", "Adult", "free", 9),
    Expected("سلمى", "المنصوري", "Adult", "paid", -3),
    Expected("健太", "高橋", "Adult", "paid", 14),
    Expected("อรทัย", "จันทร์เพ็ญ", "Adult", "paid", 28),
    Expected("आरव", "देशपांडे", "Adult", "paid", None),
    Expected("Dagný", "Jónsdóttir", "Adult", "at-door", 18),
    Expected("Ngozi", "Okonkwo", "Adult", "at-door", 37),
    Expected("Çağla", "Öztürk", "Child", "at-door", None),
    Expected("Василиса", "Ђукић", "Adult", "at-door", None),
    Expected("林", "建國", "Adult", "free", None),
    Expected("Rūta", "Žemaitė", "Adult", "free", None),
    Expected("يحيى", "القاضي", "Child", "free", None),
    Expected("Zsófia", "Szűcs", "Adult", "paid", None),
)
