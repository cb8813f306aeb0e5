"""What holds for every list and form of the admin, whoever adds another: found from the site itself."""

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.utils import quote
from django.db.models import ForeignKey
from django.urls import reverse

from accounts.models import User
from events.admin_site import ScopedAdmin
from events.models import ROLES, Act
from events.tests.factories import MemberFactory
from onsite_project.tests.rows import SCOPED, an_event, row_of

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
CONFIRMED = {"post": "yes", "confirmed": "yes", "reason": "rain"}
LOOKUPS = ("exact", "startswith", "regex", "gte", "in", "isnull")


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def here(db):
    return an_event()


@pytest.fixture
def there(db):
    return an_event()


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@example.com")


def actions():
    for model, model_admin in SCOPED.items():
        for _function, name, _label in model_admin._get_base_actions():
            yield model, name


def readers(model, act):
    """The roles that see a row of the model, and may not do `act` with it."""
    return ROLES[SCOPED[model].reads] - (ROLES[act] if act else frozenset())


@pytest.mark.parametrize(("model", "name"), [*actions()])
def test_action_asks_for_the_right_on_each_row(client, here, there, model, name):
    """Of whoever organizes one event, and only reads at the other."""
    model_admin = SCOPED[model]
    act = model_admin.acts_of(model_admin.get_action(name)[0])[0]
    if not (roles := readers(model, act)):
        pytest.skip("whoever reads it may do it")
    user = MemberFactory(event=here, role="organizer").user
    MemberFactory(event=there, user=user, role=min(roles))
    client.force_login(user)
    rows = [row_of(here, model), row_of(there, model)]
    before = model.objects.filter(pk=rows[1].pk).values().get()
    form = {"action": name, "_selected_action": [row.pk for row in rows], **CONFIRMED}
    page = client.post(url(model, "changelist"), form, follow=True)
    assert model.objects.filter(pk=rows[1].pk).values().get() == before
    if name in model_admin.get_actions(page.wsgi_request):
        told = page.content.decode() + client.get(url(model, "changelist")).content.decode()
        assert f"does not allow this for: {rows[1]}" in told


def test_every_action_names_the_right_that_it_needs():
    for model_admin in admin.site._registry.values():
        for function, name, _label in model_admin._get_base_actions():
            if function.__module__.split(".")[0] == "axes":
                continue  # for superusers
            assert getattr(function, "allowed_permissions", None), f"{model_admin}: {name}"


def test_walk_has_a_row_of_every_model(here):
    assert all(row_of(here, model) for model in SCOPED)


def changelist(rf, user, model, **query):
    request = rf.get(url(model, "changelist"), query)
    request.user = user
    return admin.site._registry[model].get_changelist_instance(request)


def parameters(model):
    """Lookups of every field, and of what it refers to, which a client may think of."""
    for field in model._meta.concrete_fields:
        names = [field.name]
        if isinstance(field, ForeignKey):
            names += [f"{field.name}__{other.name}" for other in field.related_model._meta.concrete_fields]
        yield from (f"{name}__{lookup}" for name in names for lookup in LOOKUPS)


@pytest.mark.parametrize("model", [*admin.site._registry])
def test_list_takes_the_filters_that_it_offers_and_no_other(rf, boss, here, there, model):
    offered = {
        name for spec in changelist(rf, boss, model).filter_specs for name in spec.expected_parameters()
    }
    for name in {*parameters(model)} - offered:
        with pytest.raises(DisallowedModelAdminLookup):
            changelist(rf, boss, model, **{name: "1"})


@pytest.mark.parametrize("model", [*admin.site._registry])
def test_lists_own_links_work(rf, client, boss, here, model):
    client.force_login(boss)
    page = changelist(rf, boss, model)
    for spec in page.filter_specs:
        for choice in spec.choices(page):
            assert client.get(url(model, "changelist") + choice["query_string"]).status_code == 200
    if name := page.model_admin.date_hierarchy:
        chosen = {page.model_admin.event_lookup: here.pk}
        for parts in ({"year": 2026}, {"year": 2026, "month": 3}, {"year": 2026, "month": 3, "day": 1}):
            query = chosen | {f"{name}__{part}": number for part, number in parts.items()}
            assert client.get(url(model, "changelist"), query).status_code == 200
        month_alone = chosen | {f"{name}__month": 3}
        assert client.get(url(model, "changelist"), month_alone).status_code == 400


@pytest.mark.parametrize("model", [*SCOPED])
def test_rows_are_named_by_their_id_only(client, boss, here, model):
    client.force_login(boss)
    row = row_of(here, model)
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        value = getattr(row, field.attname)
        for page, named in (("changelist", []), ("add", []), ("change", [value]), ("delete", [value])):
            if named == [""] or named == [None]:
                continue
            answer = client.get(url(model, page, *map(quote, named)), {"_to_field": field.name, "_popup": 1})
            assert answer.status_code in (400, 403), (page, field)


@pytest.mark.parametrize("model", [*SCOPED])
def test_long_search_and_odd_order_find_nothing_more(client, boss, here, model):
    client.force_login(boss)
    for query in ({"q": "x " * 500}, {"o": "99.-98.event__name"}, {"_changelist_filters": "code__regex=x"}):
        answer = client.get(url(model, "changelist"), query)
        assert answer.status_code in (200, 400)


@pytest.mark.parametrize("role", ["registrar", "cashier", "organizer", "superuser"])
def test_fields_are_completed_where_a_form_offers_it(client, boss, here, role):
    client.force_login(boss if role == "superuser" else MemberFactory(event=here, role=role).user)
    for model in admin.site._registry:
        model_admin = admin.site._registry[model]
        for field in (f for f in model._meta.get_fields() if getattr(f, "remote_field", None)):
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            answer = client.get("/admin/autocomplete/", {**query, "field_name": field.name, "term": ""})
            fills_in = role == "superuser" and field.name in model_admin.autocomplete_fields
            assert answer.status_code in ([200] if fills_in else [403, 404]), field


@pytest.mark.parametrize("role", ["registrar", "cashier", "organizer"])
def test_history_is_for_organizers(client, here, role):
    """It names the members who changed what."""
    client.force_login(MemberFactory(event=here, role=role).user)
    for model in SCOPED:
        row = row_of(here, model)
        change, history = (client.get(url(model, page, row.pk)) for page in ("change", "history"))
        assert history.status_code in ([200] if role == "organizer" else [302, 403])
        assert ("historylink" in change.content.decode()) == (role == "organizer")


def test_every_list_of_an_event_is_walked():
    unscoped = {model._meta.label for model in admin.site._registry} - {m._meta.label for m in SCOPED}
    assert not {label for label in unscoped if label.split(".")[0] not in ("accounts", "axes")}
    assert all(isinstance(model_admin, ScopedAdmin) for model_admin in SCOPED.values())
    assert Act.MANAGE in {model_admin.changes for model_admin in SCOPED.values()}


@pytest.mark.parametrize("model", [*admin.site._registry])
def test_superuser_reads_every_list_where_there_is_no_event_yet(client, boss, model):
    client.force_login(boss)
    assert client.get(url(model, "changelist")).status_code == 200
    adds = admin.site._registry[model].has_add_permission
    page = client.get(url(model, "add"))
    assert page.status_code == (200 if adds(page.wsgi_request) else 403)
