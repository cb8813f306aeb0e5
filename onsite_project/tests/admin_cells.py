"""The admin's part of the walk: what each role may do with the rows of each model."""

from html.parser import HTMLParser

from django.contrib.messages import get_messages
from django.db.models import Q
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from audit.models import Change
from books.nightly import CHECK_BOOKS
from onsite_project.tests.asking import answer, ask, form
from onsite_project.tests.permissions import rights
from outbox.models import TEST, Message

REFUSED = {"403", "404", "422"}
VIEWS = ("changelist", "add", "change", "delete", "history")
# The action that a word of the table stands for, and what is sent along once it asks for more.
ACTIONS = {
    "delete": ("delete_selected", {"post": "yes"}),
    "links": ("show_password_links", {}),
    "codes-off": ("turn_off_two_step", {}),
    "renew": ("renew", {}),
    "withdraw": ("withdraw", {}),
    "pair": ("pair", {}),
    "revoke": ("revoke", {"confirmed": "1"}),
    "give-back": ("give_back", {}),
    "sell": ("sell_onsite", {}),
    "cancel": ("cancel_orders", {"reason": "x"}),
    "test": ("send_test", {}),
    "rotate": ("change_secret", {}),
    "again": ("send_again", {}),
    "recheck": ("check_again", {}),
    "books": ("check_books", {}),
}
NEW = {
    "accounts.user": {"email": "new@example.com"},
    "events.event": {
        "name": "New",
        "identifier": "new-1",
        **{
            "starts_at_0": "2030-05-01",
            "starts_at_1": "20:00",
            "ends_at_0": "2030-05-02",
            "ends_at_1": "02:00",
        },
    },
    "events.member": {"role": "cashier"},
    "outbox.hook": {"url": "https://new.example.com/"},
    "events.invitation": {"email": "new@example.com", "role": "cashier"},
    "devices.device": {"name": "New", "role": "cashier"},
    "tickets.ticket": {"name": "New", "type": "free", "price": "0"},
    "shifts.till": {"name": "New"},
    "limits.quota": {"name": "New", "size": "9"},
    "limits.hold": {"name": "New", "quantity": "1", "open_to": "all"},
    "prices.discount": {"name": "New", "percent": "10"},
    "door.station": {"name": "New", "direction": "in"},
}
NOT_SENT = ("submit", "file", "checkbox", "radio")  # unless it is checked


class Fields(HTMLParser):
    """What a browser sends back of a page's form when nobody has typed anything."""

    def __init__(self, page):
        super().__init__()
        self.found, self.select, self.text = {}, None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name, kind = attrs.get("name"), attrs.get("type")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attrs:
            self.found.setdefault(self.select, []).append(attrs.get("value", ""))
        elif tag == "textarea":
            self.text, self.found[name] = name, ""
        elif tag == "input" and name and (kind not in NOT_SENT or "checked" in attrs):
            self.found[name] = attrs.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data):
        if self.text:
            self.found[self.text] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.text = None


def stored(row):
    """All of a row as it stands in the database, None once it is deleted; the second steps of people,
    tests of webhooks, and checks of the books that were asked for.
    """
    asked = Message.objects.filter(Q(topic=TEST) | Q(kind=CHECK_BOOKS))
    beside = TOTPDevice.objects.count(), asked.count()
    return type(row)._base_manager.filter(pk=row.pk).values().first(), beside


def words_of(asker, model, by_role):
    """What the asker may do with rows of that model: who has no role makes events."""
    own = {"add"} if model == "events.event" and asker.in_admin == "account" else set()
    return by_role.get(asker.in_admin, own)


class Admin:
    """The admin as somebody meets it who asks about the things of one event."""

    def __init__(self, house):
        f = house.here
        self.superuser, self.newcomer = house.askers["superuser"], house.askers["stranger"].user
        self.event = f.event
        TOTPDevice.objects.create(user=f.member.user)
        self.rows = {
            "accounts.user": f.member.user,
            "accounts.apitoken": f.registrar.auth_token_set.get(),
            "events.event": f.event,
            "audit.change": Change.objects.get(event=f.event, name=f.station.name),
            "outbox.hook": f.hook,
            "books.bookscheck": f.books_check,
            "outbox.message": f.message,
            "events.invitation": f.invitation,
            "events.member": f.member,
            "devices.device": f.device,
            "tickets.ticket": f.unsold,
            "limits.quota": f.quota,
            "limits.hold": f.hold,
            "prices.discount": f.discount,
            "shifts.till": f.free_till,
            "shifts.shift": f.own["closed"],
            "shifts.cashcount": f.count,
            "shifts.cashmovement": f.own["movement"],
            "attendees.attendee": f.guest,
            "door.station": f.station,
            "door.checkin": f.check_in,
            "orders.order": f.unpaid,
            "orders.payment": f.payment,
        }
        self._sent = {}
        self._before = {model: stored(row) for model, row in self.rows.items()}

    def url(self, model, view):
        row = [] if view in ("changelist", "add") else [self.rows[model].pk]
        return reverse(f"admin:{model.replace('.', '_')}_{view}", args=row)

    def cells(self, asker):
        """Each as its name, the answers that are right, and how to get the one that is given."""
        for model, by_role in rights().items():
            words = words_of(asker, model, by_role)
            for name, allowed, get in self._asked(model, words, asker):
                right = {"login"} if asker.in_admin is None else {allowed} if allowed else REFUSED
                yield f"{name} {model}", right, get
        yield from self._apps(asker)

    def _asked(self, model, words, asker):
        here = not asker.elsewhere
        reads, adds = "read" in words, "add" in words
        yield "GET list", reads and ("yes" if here else "none"), self._page(asker, model, "changelist")
        yield (
            "GET popup",
            reads and ("yes" if here else "none"),
            self._page(asker, model, "changelist", "?_popup=1"),
        )
        yield "GET add", adds and "yes", self._page(asker, model, "add")
        adds_here = adds and (here or model == "events.event")
        yield "POST add", adds_here and "yes", lambda: self._save(asker, model, "add")
        yield "GET row", here and reads and "yes", self._page(asker, model, "change")
        yield "POST row", here and "change" in words and "yes", lambda: self._save(asker, model, "change")
        yield "GET delete", here and "delete" in words and "yes", self._page(asker, model, "delete")
        yield "POST delete", here and "delete" in words and "yes", lambda: self._delete(asker, model)
        yield "GET history", here and "history" in words and "yes", self._page(asker, model, "history")
        for word in ACTIONS:
            yield f"POST {word}", here and word in words and "yes", lambda w=word: self._act(asker, model, w)

    def _apps(self, asker):
        by_app = {}
        for model, by_role in rights().items():
            words = words_of(asker, model, by_role)
            by_app.setdefault(model.partition(".")[0], set()).update(words)
        for app, words in by_app.items():
            right = "login" if asker.in_admin is None else "yes" if words & {"read", "add"} else "404"
            yield f"GET app {app}", {right}, lambda app=app: answer(ask(asker, "GET", f"/admin/{app}/"))

    def _page(self, asker, model, view, query=""):
        mark = self._mark(model) if view == "changelist" else ""
        return lambda: self._answer(ask(asker, "GET", self.url(model, view) + query), mark)

    def _mark(self, model):
        """What a list has of the row: the way to it, or what it is about."""
        return self.rows[model].name if model == "audit.change" else self.url(model, "change")

    def _answer(self, response, mark=""):
        """As the table says it: the admin leads from what is not there to its index."""
        gone = response.status_code == 302 and response.url == reverse("admin:index")
        return "404" if gone else answer(response, mark)

    def _save(self, asker, model, view):
        """Send the form back as it is, or filled for the event; shown again, it was refused."""
        if asker.in_admin and (model, view) not in self._sent:
            page = ask(self.superuser, "GET", self.url(model, view)).content.decode()
            self._sent[model, view] = Fields(page).found
        fields = self._sent.get((model, view), {})
        if view == "add":
            beside = {"user": self.newcomer.pk, "ticket": self.rows["tickets.ticket"].pk}
            fields = fields | {"event": self.event.pk, **beside} | NEW.get(model, {})
        response = ask(asker, "POST", self.url(model, view), form(**fields))
        return (
            "422"
            if response.status_code == 200 and "errornote" in response.content.decode()
            else self._answer(response)
        )

    def _delete(self, asker, model):
        return self._answer(ask(asker, "POST", self.url(model, "delete"), form(post="yes")))

    def _act(self, asker, model, word):
        """Whether an action did something to the row, or led to where it is done."""
        name, more = ACTIONS[word]
        row = self.rows[model]
        sent = form(action=name, _selected_action=row.pk, **more)
        response = ask(asker, "POST", self.url(model, "changelist"), sent)
        if response.status_code == 302 and response.url.startswith(("/admin/login/", "/till/")):
            return answer(response)
        if response.status_code in (200, 302):
            said = " ".join(map(str, get_messages(response.wsgi_request))) + response.content.decode()
            done = stored(row) != self._before[model] or "/set-password/" in said
            return "yes" if done else "403"
        return answer(response)
