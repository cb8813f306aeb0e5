"""Every address of the URL map, asked by everybody, answers as the table says (`permissions.txt`)."""

import re
import sys
from inspect import unwrap

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Value
from django.urls import get_resolver, path
from django.views import View

from accounts.pages import OfPeople
from attendees.models import AttendeeQuerySet
from books import pages as books
from door.admin import StationAdmin
from events.access import event_of_page
from events.admin_site import OnsiteAdminSite
from events.models import Act, Role
from onsite_project.tests import permissions
from onsite_project.tests.admin_cells import ACTIONS, Admin
from onsite_project.tests.asking import address, answer, ask, question, undone
from onsite_project.tests.house import ASKERS
from onsite_project.tests.url_map import patterns
from orders import cancellable
from orders import views as orders
from orders.admin import OrderAdmin
from shifts import drawer
from tickets.admin import TicketAdmin
from tickets.views import TicketViewSet
from till import pages as till
from till import paper

pytestmark = pytest.mark.django_db
# A redirect, a catalogue, a link that proves itself and the admin's pages take every method like GET.
LIKE_GET = re.compile(r"(admin/.*|healthz|readyz|jsi18n/.*|(set-password|join)/<.*|)")
METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT")
CURIOUS = ("nobody", "stranger", "buyer", "registrar", "superuser")  # who tries the other methods
NAMED = (
    "events",
    "till",
    "door",
    "tickets",
    "orders",
    "check-ins",
    "attendees",
    "movements",
    "shifts",
    "counts",
    "devices",
    "members",
    "invitations",
    "changes",
    "stations",
    "quotas",
    "holds",
    "discounts",
    "exports",
    "tills",
    "payments",
    "users",
)
MADE = ("v1/tickets", "v1/quotas", "v1/holds", "v1/discounts")
REFUSED = {"401", "403", "404", "405", "login"}
OF_A_MODEL = re.compile(r"admin/[a-z]+/[a-z]+/((add|<object_id>(/(change|delete|history))?)/)?")
RULES = permissions.rules()


def unlisted():
    known = {rule.path for rule in RULES}
    models = {f"admin/{model.replace('.', '/')}/" for model in permissions.rights()}
    for text in patterns():
        of_model = OF_A_MODEL.fullmatch(text) and any(text.startswith(model) for model in models)
        if text not in known and not of_model:
            yield text


def place(house, rule):
    return house.draft if rule.about == "draft" else house.here


def by_rule(house, asker):
    """The cells of the table itself: a name, the right answers, how to get the one that is given."""
    for rule in RULES:
        right = {rule.answer(asker)}
        is_public = "schema" in rule.path or rule.path in ("v1/auth/login", "v1/auth/logout")
        if asker.name == "revoked device" and rule.path.startswith("v1/") and not is_public:
            right = {"401"}  # a token that has ended is told, also where none is needed
        yield rule.key, right, lambda rule=rule: given(rule, place(house, rule), asker)


def of_a_draft(house, asker):
    """An event that is no longer published is not there, for whoever has no role at it."""
    for rule in RULES:
        if (asker.is_anonymous or asker.column in ("account", "buyer")) and is_about_an_event(rule):
            right = {"404", "401", "login"} if asker.is_anonymous else {"404"}
            yield f"{rule.key} of a draft", right, lambda rule=rule: given(rule, house.draft, asker)


def is_about_an_event(rule):
    sells = rule.path in (*MADE, "v1/attendees", "v1/orders", "v1/check-ins") and rule.method == "POST"
    named = re.match(r"(v1|till|door|events)/.*<", rule.path) and rule.key != "POST till/<event>/signed-in/"
    own = rule.about == "one's own draft" or rule.path.startswith("v1/users/")
    return (sells or bool(named)) and not own


def given(rule, f, asker):
    url, sent = question(rule, f, asker)
    return answer(ask(asker, rule.method, url, sent), sent.mark)


def by_other_methods(house, asker):
    """No address does what the table does not list."""
    listed = {(rule.method, rule.path) for rule in RULES}
    for text in dict.fromkeys(rule.path for rule in RULES if not LIKE_GET.fullmatch(rule.path)):
        url = address(text, house.here)
        for method in METHODS:
            if (method, text) not in listed:
                yield f"{method} {text}", REFUSED, lambda m=method, u=url: answer(ask(asker, m, u))


def of_nothing(house, asker):
    """What one may not see answers with the very bytes of what does not exist."""
    for rule in RULES:
        if rule.answer(asker) == "404" and is_about_an_event(rule) and rule.method == "GET":
            yield f"{rule.key} of nothing", {"same"}, lambda rule=rule: as_nothing(rule, house, asker)


def as_nothing(rule, house, asker):
    url, sent = question(rule, place(house, rule), asker)
    nothing = address(rule.path, house.here, dict.fromkeys(NAMED, "999999999"))
    seen, other = ask(asker, rule.method, url, sent), ask(asker, rule.method, nothing, sent)
    return "same" if (seen.status_code, seen.content) == (other.status_code, other.content) else "different"


def all_cells(house, asker):
    """Everything that is asked of one asker."""
    yield from by_rule(house, asker)
    yield from of_a_draft(house, asker)
    yield from of_nothing(house, asker)
    yield from Admin(house).cells(asker)
    if asker.name in CURIOUS:
        yield from by_other_methods(house, asker)


def walk(cells):
    """The cells whose answer is not right, as text."""
    wrong = []
    for name, right, get in cells:
        with undone():
            got = get()
        if got not in right:
            wrong.append(f"{name}: {got}, not {' or '.join(sorted(right))}")
    return wrong


@pytest.mark.walk
@pytest.mark.parametrize("name", ASKERS)
def test_everybody_is_answered_as_the_table_says(house, name):
    wrong = walk(all_cells(house, house.askers[name]))
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.walk
def test_the_walk_asks_thousands(house, capsys):
    cells = sum(1 for asker in house.askers.values() for _cell in all_cells(house, asker))
    with capsys.disabled():
        sys.stdout.write(f" [{cells} cells] ")
    assert cells > 10_000  # as docs/security.md says


def in_admin(house, asker):
    return Admin(house).cells(asker)


def some(cells, house, name, *named):
    """Those of one asker's cells that are named so: all of them take long."""
    return (cell for cell in cells(house, house.askers[name]) if any(text in cell[0] for text in named))


@pytest.mark.walk
class TestControl:
    """A walk that cannot fail would show nothing."""

    def test_a_page_without_its_guard_is_found(self, house, monkeypatch):
        guarded = books.event_of_page
        monkeypatch.setattr(
            books, "event_of_page", lambda request, event, act: guarded(request, event, Act.CHECK_IN)
        )
        assert walk(by_rule(house, house.askers["registrar"])) == [
            f"GET till/<event>/{page}: yes, not 403" for page in ("shifts/", "totals/", "totals.csv")
        ]

    def test_an_endpoint_without_its_guard_is_found(self, house, monkeypatch):
        monkeypatch.setattr(orders, "require", lambda event, act: None)
        wrong = walk(by_rule(house, house.askers["stranger"]))
        assert wrong == [
            f"POST {url} (onsite): yes, not 403" for url in ("v1/orders", "till/<event>/api/orders")
        ]

    def test_a_page_without_its_decorator_is_found(self, house, monkeypatch):
        for pattern in get_resolver().url_patterns:
            if getattr(pattern, "name", None) == "shift":
                monkeypatch.setattr(pattern, "callback", unwrap(pattern.callback))
        wrong = walk(some(by_rule, house, "nobody", "till/<event>/shift/"))
        assert "GET till/<event>/shift/: 403, not login" in wrong

    def test_a_page_without_its_mixin_is_found(self, house, monkeypatch):
        monkeypatch.setattr(OfPeople, "dispatch", View.dispatch)
        wrong = walk(some(by_rule, house, "cashier device", " pin/", " log-ins/", " two-step/"))
        assert {f"GET {path}: yes, not 403" for path in ("pin/", "log-ins/", "two-step/")} <= {*wrong}

    def test_an_endpoint_without_its_permission_is_found(self, house, monkeypatch):
        monkeypatch.setattr(TicketViewSet, "permission_classes", [])
        wrong = walk(some(by_rule, house, "registrar", "v1/tickets/"))
        assert wrong == [f"{verb} v1/tickets/<reference>: yes, not 403" for verb in ("PATCH", "DELETE")]

    def test_rows_without_their_scope_are_found(self, house, monkeypatch):
        everything = AttendeeQuerySet.with_role
        shown = {"masked": Value(False)}
        monkeypatch.setattr(
            AttendeeQuerySet, "for_user", lambda self, user: everything(self, user).annotate(**shown)
        )
        wrong = walk(some(by_rule, house, "stranger", "v1/attendees/"))
        assert "GET v1/attendees/<reference>: yes, not 404" in wrong
        wrong = walk(some(by_rule, house, "registrar", "v1/attendees/"))
        assert "GET v1/attendees/<reference> (e-mail): yes, not none" in wrong

    def test_a_list_of_the_admin_without_its_scope_is_found(self, house, monkeypatch):
        monkeypatch.setattr(TicketAdmin, "get_queryset", ModelAdmin.get_queryset)
        wrong = walk(some(in_admin, house, "organizer elsewhere", "tickets.ticket"))
        assert "GET list tickets.ticket: yes, not none" in wrong

    def test_an_action_without_its_right_is_found(self, house, monkeypatch):
        monkeypatch.setattr(OrderAdmin, "acts_of", lambda self, action: [Act.READ_SALES])
        monkeypatch.setattr(OrderAdmin, "has_manage_permission", lambda self, request: True)
        monkeypatch.setattr(cancellable, "role_at", lambda event, user: Role.ORGANIZER)
        wrong = walk(some(in_admin, house, "cashier", "orders.order"))
        assert wrong == ["POST cancel orders.order: yes, not 403 or 404 or 422"]

    def test_a_download_without_its_guard_is_found(self, house, monkeypatch):
        guarded = event_of_page
        monkeypatch.setattr(paper, "till_event", lambda request, event: guarded(request, event, Act.CHECK_IN))
        wrong = walk(some(by_rule, house, "registrar", "order.pdf"))
        assert wrong == ["GET till/<event>/orders/<identifier>/order.pdf: yes, not 403"]

    def test_a_drawer_without_its_guard_is_found(self, house, monkeypatch):
        monkeypatch.setattr(drawer, "works_at", lambda event, shift, by: True)
        wrong = walk(some(by_rule, house, "cashier", "shift/movement/"))
        assert "POST till/<event>/shift/movement/ (a colleague's): yes, not 403" in wrong

    def test_an_admin_without_its_guard_is_found(self, house, monkeypatch):
        monkeypatch.setattr(OnsiteAdminSite, "has_permission", lambda self, request: True)
        assert walk(some(by_rule, house, "cashier device", "GET admin/")) != []

    def test_rows_of_the_admin_without_their_guard_are_found(self, house, monkeypatch):
        monkeypatch.setattr(StationAdmin, "reads", Act.READ_GUESTS)
        wrong = walk(Admin(house).cells(house.askers["registrar"]))
        assert "GET row door.station: yes, not 403 or 404 or 422" in wrong

    def test_an_address_that_is_not_listed_is_found(self, monkeypatch):
        new = path("till/<event>/new/", till.sell)
        monkeypatch.setattr(get_resolver(), "url_patterns", [*get_resolver().url_patterns, new])
        assert [*unlisted()] == ["till/<event>/new/"]


def test_every_address_is_in_the_table():
    assert not [*unlisted()]


def test_the_table_names_no_address_that_is_gone():
    assert not {rule.path for rule in RULES} - {*patterns()}
    assert {model.label_lower for model in (m._meta for m in admin.site._registry)} == {*permissions.rights()}


def test_every_action_of_the_admin_has_a_word_of_the_table():
    """A new action without one would be asked of nobody."""
    registered = {name for a in admin.site._registry.values() for _f, name, _l in a._get_base_actions()}
    assert registered == {name for name, _more in ACTIONS.values()}
    of_forms = {"read", "add", "change", "delete", "history"}
    words = {word for by_role in permissions.rights().values() for each in by_role.values() for word in each}
    assert words == of_forms | {*ACTIONS}


def test_the_page_is_what_the_table_makes():
    assert permissions.PAGE.read_text() == permissions.page()
