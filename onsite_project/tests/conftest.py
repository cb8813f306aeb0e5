import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection

from onsite_project.tests.asking import undone
from onsite_project.tests.house import House


@pytest.fixture(scope="module")
def short_menu():
    """The list beside every page of the admin asks for every right to every model: half of the time."""
    listed = admin.site.get_app_list
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            admin.site, "get_app_list", lambda request, app=None: listed(request, app) if app else []
        )
        yield


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, short_menu):
    """Filled once; every question to it is undone."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, undone():
        patch.setattr(settings, "SENDS_MAIL", True)
        house = House()
        connection.check_constraints()  # else after each test, and undone with it
        yield house
