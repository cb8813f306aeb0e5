"""Every address is sent whatever opens something, under every name that a form or a serializer has for it:
right, wrong, and while the application breaks. Nothing of it may be in a statement, a log, a mail or an
answer. The addresses are those of the URL map and the admin's, the names those of the forms themselves.
"""

import logging
import re
from copy import deepcopy

import pytest
from django import forms
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from accounts.forms import PinForm
from accounts.models import RecoveryCode
from onsite_project.tests import asking, permissions
from onsite_project.tests.admin_cells import VIEWS, Admin
from onsite_project.tests.asking import (
    FORM,
    MEDIA_TYPE,
    PLAIN,
    Ask,
    address,
    ask,
    form,
    question,
    undone,
)
from onsite_project.tests.url_map import patterns

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
RULES = permissions.rules()
SENDS = ("POST", "PATCH", "PUT")
# What is typed where a name of these is asked for: text that has no other reason to be anywhere.
WRONG = {"pin": "907351", "repeated": "907351", "code": "ZKJHGFDSZKJH"}
OTHERWISE = "kingfisher-teapot-81"
ASKERS = ("nobody", "cashier", "superuser")


def all_of(kind):
    for each in kind.__subclasses__():
        yield each
        yield from all_of(each)


def names():
    """What forms and serializers call what opens something: they hide what is typed, or never show it."""
    found = {"code", "token"}  # of a pairing page, which shows it while it is typed; of a program
    for each in all_of(forms.BaseForm):
        fields = getattr(each, "base_fields", {})
        found |= {name for name, field in fields.items() if isinstance(field.widget, forms.PasswordInput)}
    for each in all_of(serializers.Serializer):
        fields = getattr(each, "_declared_fields", {})
        texts = {n: f for n, f in fields.items() if n in found or (f.write_only and n in ("pin", "password"))}
        found |= {*texts}
    return sorted(found)


NAMES = names()


def wrong():
    return {name: WRONG.get(name, OTHERWISE) for name in NAMES}


def opening(url):
    """The names at an address. A discount's code is printed and handed out, and opens nothing."""
    return {*NAMES} - ({"code"} if "discount" in url else set())


def sent_in(body, names):
    """The values in what is sent that stand under one of the names, however deep."""
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in pairs:
        if name in names and isinstance(value, str):
            yield value
        yield from sent_in(value, names)


def spoilt(sent, house):
    """The same as what is sent, with each of the names beside what it has, or in its place."""
    other = deepcopy(sent)
    if other.content_type == MEDIA_TYPE:
        other.body = other.body if isinstance(other.body, dict) and "data" in other.body else {"data": {}}
        attributes = other.body["data"].setdefault("attributes", {})
        attributes |= {**wrong(), "approval": {"user": house.here.organizer.pk, "pin": WRONG["pin"]}}
        attributes.setdefault("reason", "x")
        for line in attributes.get("on-site-tickets", []):
            line |= {"price": "0.00", "reason": "x", "approval": attributes["approval"]}
    else:
        other.body = {**(other.body or {}), **wrong()}
    return other


def questions(house, asker):
    """The method, the address and what is sent, of everything that takes anything."""
    listed = set()
    for rule in RULES:
        if rule.method in SENDS:
            url, sent = question(rule, house.here, asker)
            listed.add(rule.path)
            yield rule.method, url, sent
            yield rule.method, url, spoilt(sent, house)
    for text in dict.fromkeys(patterns()):
        if text not in listed:
            for kind in (FORM, PLAIN):
                yield "POST", address(text, house.here), Ask(wrong(), content_type=kind)
    yield from in_admin(house, asker)


def in_admin(house, asker):
    """Every form that is registered, filled in as it stands, with each name beside."""
    if asker.in_admin is None:
        return
    cells = Admin(house)
    for model in admin.site._registry:
        for view in VIEWS:
            url = cells.url(model._meta.label_lower, view)
            yield "POST", url, form(**wrong())


def left_behind(values, response, queries, records, mails):
    looked_for = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in {*values}))
    formatter = logging.Formatter("%(name)s %(message)s")
    texts = {
        "statement": [query["sql"] for query in queries],
        "log": [f"{formatter.format(record)} {record.args}" for record in records],
        "mail": [str(part) for one in mails for part in (one.subject, one.body, one.alternatives)],
        "answer": [response.content.decode(errors="replace"), str(response.headers)],
    }
    for where, each in texts.items():
        for text in each:
            if found := looked_for.search(text):
                yield where, text[max(0, found.start() - 80) : found.end() + 20]


def walk(house, asker, caplog):
    wrong_ones, asked = [], 0
    for method, url, sent in questions(house, asker):
        values = [*sent_in(sent.body, opening(url))]
        if not values:
            continue
        asked += 1
        caplog.clear()
        mail.outbox = []
        with undone(), CaptureQueriesContext(connection) as queries:
            response = ask(asker, method, url, sent)
        found = left_behind(values, response, queries, caplog.records, mail.outbox)
        wrong_ones += [(method, url, *each) for each in found]
    return wrong_ones, asked


@pytest.mark.parametrize("name", ASKERS)
def test_nothing_that_is_sent_is_left_behind(house, caplog, name):
    caplog.set_level(logging.DEBUG)
    found, asked = walk(house, house.askers[name], caplog)
    assert not found
    assert asked > 200


def test_nothing_that_is_sent_is_in_an_error_mail(house, caplog, settings, monkeypatch):
    settings.ADMINS = [("Operator", "operator@example.com")]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "onsite_project.tests.breaking.BreakingMiddleware"]
    monkeypatch.setattr(asking, "BROWSER", asking.Browser())
    handler = next(h for h in logging.getLogger("django").handlers if hasattr(h, "include_html"))
    monkeypatch.setattr(handler, "include_html", True)
    caplog.set_level(logging.DEBUG)
    found, asked = walk(house, house.askers["nobody"], caplog)
    assert not found
    assert asked > 200
    assert mail.outbox


class TestControl:
    """A walk that cannot fail would show nothing."""

    def pin_page(self, house, caplog):
        url, sent = "/pin/", form(**wrong())
        with undone(), CaptureQueriesContext(connection) as queries:
            response = ask(house.askers["cashier"], "POST", url, sent)
        return {
            where
            for where, _text in left_behind(
                [*sent_in(sent.body, NAMES)], response, queries, caplog.records, []
            )
        }

    def test_form_that_shows_what_was_typed_is_found(self, house, caplog, monkeypatch):
        monkeypatch.setattr(PinForm.base_fields["pin"].widget, "render_value", True)
        assert self.pin_page(house, caplog) == {"answer"}

    def test_form_that_keeps_what_was_typed_is_found(self, house, caplog, monkeypatch):
        def keeps(form):
            RecoveryCode.objects.create(user=form.request.user, digest=form.data["pin"])
            logging.getLogger("onsite").info("refused %s", form.data["password"])
            return form.cleaned_data["pin"]

        caplog.set_level(logging.INFO)
        monkeypatch.setattr(PinForm, "clean_pin", keeps)
        assert self.pin_page(house, caplog) == {"log", "statement"}

    def test_names_are_those_that_forms_and_serializers_have(self):
        assert {"password", "password1", "new_password1", "old_password", "pin", "repeated", "code"} <= {
            *NAMES
        }
