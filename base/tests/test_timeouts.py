"""Who waits how long: each inside the next, and as the database was told."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection

from base.timeouts import CHAINS, misfits, start_options
from onsite_project.checks import missing_limits, say_what_is_missing, timeouts_nest

PAIRS = [pair for chain in CHAINS for pair in pairwise(chain)]
STATIC = Path(configured.BASE_DIR, "static/onsite")


def test_timeouts_nest_as_they_come():
    assert list(misfits(configured)) == []


@pytest.mark.parametrize(("inner", "outer"), PAIRS)
@pytest.mark.parametrize("as_long", [True, False])
def test_timeout_that_is_not_inside_the_next_is_refused_by_name(settings, inner, outer, as_long):
    setattr(settings, inner, getattr(settings, outer) + (0 if as_long else 1))
    problems = [
        problem for problem in timeouts_nest() if f"{inner} (" in problem.msg and outer in problem.msg
    ]
    assert [problem.id for problem in problems] == ["onsite.E002"]
    with pytest.raises(SystemExit, match=inner):
        say_what_is_missing()


@pytest.mark.parametrize("inner", sorted({inner for inner, _outer in PAIRS}))
def test_timeout_that_is_none_is_refused(settings, inner):
    setattr(settings, inner, 0)
    assert inner in {pair[0] for pair in misfits(settings)}


@pytest.mark.parametrize("script", ["common/api.js", "till/server.js"])
def test_tills_scripts_are_as_patient_as_the_settings_believe(script):
    text = (STATIC / script).read_text()
    waits = [int(number) for number in re.findall(r"(?:PATIENCE = |patience: )(\d+)", text)]
    assert waits
    assert min(waits) >= configured.SCREEN_PATIENCE * 1000


def test_door_waits_for_whoever_is_told_busy():
    (patience,) = re.findall(r"const PATIENCE = (\d+)", (STATIC / "door/gate.js").read_text())
    assert int(patience) > configured.LOCK_TIMEOUT * 1000


def test_options_are_what_every_postgresql_knows():
    limits = {"lock_timeout": 2, "statement_timeout": 0.5, "transaction_timeout": 10}
    assert start_options(limits) == "-c lock_timeout=2000 -c statement_timeout=500"


LIMITS = {
    "lock_timeout": 2,
    "statement_timeout": 5,
    "idle_in_transaction_session_timeout": 10,
    "transaction_timeout": 10,
}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestSession:
    @pytest.fixture(autouse=True)
    def _anew(self, settings, monkeypatch):
        settings.POSTGRES_LIMITS = LIMITS
        connection.close()
        options = {**connection.settings_dict["OPTIONS"], "options": start_options(LIMITS)}
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
        yield
        connection.close()

    @staticmethod
    def known():
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s)", [[*LIMITS]])
            return {name for (name,) in cursor.fetchall()}

    def test_has_all_the_limits_that_its_server_knows(self):
        assert list(missing_limits("default")) == []
        assert len(self.known()) == (4 if connection.pg_version >= 170_000 else 3)

    def test_of_a_role_without_them_is_told_what_to_say(self, settings):
        settings.LIMITS_BY_ROLE = True
        connection.settings_dict["OPTIONS"].pop("options")
        said = list(missing_limits("default"))
        assert len(said) == len(self.known())
        assert "ALTER ROLE postgres SET lock_timeout = 2000" in said

    def test_of_a_role_that_was_told_has_them(self, settings):
        settings.LIMITS_BY_ROLE = True
        connection.settings_dict["OPTIONS"].pop("options")
        said = list(missing_limits("default"))
        with connection.cursor() as cursor:
            cursor.execute(";".join(said))
            connection.close()
        try:
            assert list(missing_limits("default")) == []
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER ROLE postgres RESET ALL")

    def test_that_waits_longer_than_it_may_is_named(self):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1min'; SET statement_timeout = 0")
        assert [said.split(" SET ")[1].split(" ")[0] for said in missing_limits("default")] == [
            "lock_timeout",
            "statement_timeout",
        ]

    def test_is_looked_at_when_gunicorn_starts_and_not_kept(self, caplog):
        connection.settings_dict["OPTIONS"]["options"] = ""
        say_what_is_missing()
        assert "SET lock_timeout = 2000" in caplog.text
        assert connection.connection is None

    def test_that_cannot_be_had_yet_does_not_keep_gunicorn_from_starting(self, caplog, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        say_what_is_missing()
        assert "does not answer yet" in caplog.text
