"""Whatever is nonsense in the environment is refused at once, a line a variable, by whatever starts."""

import os
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest
from django.conf import settings

from base import given
from base.given import Unfit
from onsite_project.environment import Environment, env

pytestmark = pytest.mark.alike

ROOT = Path(settings.BASE_DIR)
SECRET = "Hunter2Hunter"
FLAG = ["treu", "2", "-1"]
SECONDS = ["abc", "-1", "0", "nan", "1e3", "1_0", "2s", "99999999"]
WHOLE = ["two", "-1", "1.5", "1_0", "٣", "9" * 30]
SOME = [*WHOLE, "0"]
HOSTS = ["https://a.example", "a.example:80", "a b", "a;b"]
ORIGINS = ["box.example.org", "https://a.example/path", "ftp://a.example", "https://a b"]
FOLDER, FILE = str(ROOT), str(ROOT / "manage.py")

NONSENSE = {
    "DEBUG": FLAG,
    "ALLOWED_HOSTS": HOSTS,
    "WEB_CONCURRENCY": SOME,
    "MAIL_FROM": ["box office", "a@b@c"],
    "MAILS_AN_HOUR_PER_TILL": SOME,
    "MAILS_AN_HOUR_PER_ACCOUNT": SOME,
    "MAILS_A_DAY_PER_EVENT": SOME,
    "PORT": ["http", "0", "65536", "-1"],
    "BIND": ["127.0.0.1:http", "127.0.0.1:0", "http://127.0.0.1", "a b"],
    "PIDFILE": [FOLDER],
    "FORWARDED_ALLOW_IPS": ["localhost", "127.0.0.1;::1", "10.0.0.1/8"],
    "SCRIPT_NAME": ["/onsite"],
    "FORCE_SCRIPT_NAME": ["/onsite"],
    "MOST_ROWS": SOME,
    "CORS_ALLOWED_ORIGINS": ORIGINS,
    "CSRF_TRUSTED_ORIGINS": ORIGINS,
    "EVENTS_A_DAY": WHOLE,
    "INVITATIONS_A_DAY": WHOLE,
    "DRAFTS": WHOLE,
    "GIVEN_UP_KEYS": WHOLE,
    "ROWS_PER_EVENT": SOME,
    "DESCRIPTION_LENGTH": SOME,
    "STREAMED_ROWS": WHOLE,
    "EXPORTS": WHOLE,
    "WEBHOOKS_TO_PRIVATE_ADDRESSES": FLAG,
    "OUTBOX_DAYS": [*SOME, "36501"],
    "OUTBOX_THREADS": [*SOME, "1001"],
    "NIGHTLY_AT": ["25:00", "night", "05:00+02:00"],
    "LANGUAGE_CODE": ["xx", "EN", "de-AT"],
    "TIME_ZONE": ["Mars/Base", "../etc/passwd", "Europe"],
    "HASHED_STATIC_FILES": FLAG,
    "STATIC_ROOT": [FILE],
    "SECURE_SSL_REDIRECT": FLAG,
    "LOG_FORMAT": ["xml", "JSON"],
    "METRICS_TOKEN": [SECRET],
    "METRICS_FOLDER": [FILE],
    "ADMINS": ["nobody", "a@example.org;b@example.org"],
    "EMAIL_URL": [
        "mail.example.org",
        f"imap://u:{SECRET}@h",
        f"smtp://u:{SECRET}@h:port",
        "smtp://",
        "smtp://:25",
    ],
    "SERVER_EMAIL": ["nobody", "Onsite <nobody>"],
    "SENTRY_DSN": ["sentry.example.org", f"https://{SECRET}@h/project", "https://h/1"],
    "DATABASE_URL": [
        "foo/bar",
        "postgres//x",
        "sqlite://db.sqlite3",
        "sqlite://",
        "sqlite:///",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "sqlite:db.sqlite3",
        "sqlite:////nowhere/x/db.sqlite3",
        f"sqlite:///{FOLDER}",
        f"mysql://u:{SECRET}@h/x",
        f"postgres://u:{SECRET}@h:port/x",
        f"postgres://u:{SECRET}@h",
        f"postgres://u:pass/{SECRET}@h:1/x",
        f"postgres//u:{SECRET}@h/x",
        f"postgresql://h?password={SECRET}@y",
    ],
    "LOCK_TIMEOUT": SECONDS,
    "STATEMENT_TIMEOUT": SECONDS,
    "SILENCE_TIMEOUT": SECONDS,
    "TRANSACTION_TIMEOUT": SECONDS,
    "SQLITE_BUSY_TIMEOUT": SECONDS,
    "MIGRATE_LOCK_TIMEOUT": [each for each in SECONDS if each != "0"],
    "WORKER_TIMEOUT": SOME,
    "PROXY_TIMEOUT": SOME,
    "CLIENT_TIMEOUT": SOME,
    "CONNECT_TIMEOUT": SOME,
    "ONSITE_MAINTENANCE": FLAG,
    "LIMITS_BY_ROLE": FLAG,
    "PREPARE_STATEMENTS": FLAG,
}
# Of these, anything is something: words on paper, a key, names of fonts that need not be there.
ANYTHING = {"SECRET_KEY", "ISSUER_NAME", "ISSUER_ADDRESS", "ISSUER_TAX_NUMBER", "RECEIPT_FOOTER", "PDF_FONTS"}
# What only our own processes say to each other, and what is refused whatever it is.
NOT_FOR_OPERATORS = {"ONSITE_MAINTENANCE", "SCRIPT_NAME", "FORCE_SCRIPT_NAME"}


def start(*command, **environment):
    """What a command does where the environment has this too."""
    clean = {name: value for name, value in os.environ.items() if name not in NONSENSE}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**clean, "DATABASE_URL": "sqlite:///db.sqlite3", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def lines(ended):
    """What it said before it ended, with nothing done."""
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == ""
    assert SECRET not in ended.stderr
    return ended.stderr.splitlines()


def test_every_setting_refuses_nonsense_and_all_are_told_in_a_line_each():
    assert env.names == NONSENSE.keys() | ANYTHING
    for values in zip_longest(*NONSENSE.values()):
        wrong = {name: value for name, value in zip(NONSENSE, values, strict=True) if value is not None}
        told = lines(start("manage.py", "check", **wrong))
        assert {line.split()[0] for line in told} == wrong.keys()
        assert len(told) == len(wrong)
        assert all(re.fullmatch(r"[A-Z_]+ is .+; wanted: .+", line) for line in told)


GUNICORN = str(Path(sys.executable).with_name("gunicorn"))


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "migrate"],
        ["manage.py", "runserver", "--noreload"],
        ["manage.py", "worker"],
        ["manage.py", "nothing-like-that"],
        ["tools/run_demo.py"],
        ["-c", "import onsite_project.wsgi"],
        [GUNICORN, "onsite_project.wsgi"],
    ],
)
def test_whatever_starts_ends_with_one_line_without_a_traceback(command):
    assert lines(start(*command, LOG_FORMAT="xml", PORT="8000")) == [
        "LOG_FORMAT is 'xml'; wanted: plain or json"
    ]


def test_port_of_make_run_is_a_number():
    (line,) = lines(start("tools/run_demo.py", PORT="http"))
    assert line.startswith("Port http cannot be used: no number of a port.")


def test_key_that_is_missing_is_told_with_what_makes_one():
    (line,) = lines(start("manage.py", "check", SECRET_KEY=""))
    assert line.startswith("SECRET_KEY is not set; `make install`")


def test_slash_that_is_missing_is_shown():
    (line,) = lines(start("manage.py", "check", DATABASE_URL="sqlite://db.sqlite3"))
    assert line == "DATABASE_URL is sqlite://db.sqlite3; wanted: three slashes: sqlite:///db.sqlite3"


SENSE = {
    "ALLOWED_HOSTS": ["a.example, b.example,", ".example.org,[::1],*"],
    "FORWARDED_ALLOW_IPS": ["*", "10.0.0.0/8, ::1"],
    "BIND": ["unix:/run/onsite.sock", ":8000", "[::1]:8000"],
    "CSRF_TRUSTED_ORIGINS": ["https://*.example.org, http://localhost:8000"],
    "ADMINS": ["a@example.org, Box office <b@example.org>"],
    "NIGHTLY_AT": [""],
    "LOCK_TIMEOUT": ["1.5", ""],
    "DEBUG": [" TRUE "],
    "METRICS_TOKEN": ["x" * 16],
    "DATABASE_URL": [
        "postgresql://onsite@/onsite?host=/var/run/postgresql",
        "postgres://u:p%40ss@a:1,b:2/x",
        "postgresql://?service=onsite",
    ],
    "EMAIL_URL": ["smtp+tls://user:password@mail.example.org:587", "consolemail://"],
}


def test_what_makes_sense_is_taken():
    """Each process is given one value of each; what it does not take it would name."""
    for values in zip_longest(*SENSE.values()):
        taken = {name: value for name, value in zip(SENSE, values, strict=True) if value is not None}
        ended = start("-c", "from django.conf import settings; settings.DEBUG", **taken, **DJANGO)
        assert (ended.returncode, ended.stderr) == (0, "")


DJANGO = {"DJANGO_SETTINGS_MODULE": "onsite_project.settings"}


def test_lists_are_read_without_the_blanks_between():
    assert given.entries(" a.example , b.example,, ", given.allowed_host) == ["a.example", "b.example"]
    assert given.entries("::0:1", given.proxy) == ["::1"]


def test_variable_may_be_what_another_is_or_begin_with_a_dollar(monkeypatch):
    monkeypatch.setenv("OTHER", "x" * 20)
    monkeypatch.setenv("A_TOKEN", "$OTHER")
    monkeypatch.setenv("B_TOKEN", "$ecret-without-other")
    read = Environment()
    assert read.secret("A_TOKEN") == "x" * 20
    assert read.secret("B_TOKEN") == "$ecret-without-other"


def test_new_setting_is_refused_like_all(monkeypatch):
    monkeypatch.setenv("TICKETS_PER_CAT", "many")
    read = Environment()
    assert read.whole("TICKETS_PER_CAT", default=9) == 9
    with pytest.raises(SystemExit, match=r"^TICKETS_PER_CAT is 'many'; wanted: a whole number of 1 or more$"):
        read.refuse_nonsense()


def test_long_nonsense_is_cut():
    read = Environment()
    os.environ["LONG"] = "a" * 500
    try:
        read.whole("LONG", default=1)
    finally:
        del os.environ["LONG"]
    assert len(read.nonsense[0]) < 150


@pytest.mark.parametrize(
    "url", ["postgres//u:s3cret@h", "x?password=s3cret", "s3:cret:s3cret", "a://s3cret:80@"]
)
def test_nothing_of_a_url_that_might_be_a_password_is_shown(url):
    assert "s3cret" not in given.without_secrets(url)


def test_sentry_without_its_library_is_said_at_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(Unfit, match="requirements-sentry"):
        given.sentry("http://key@127.0.0.1/1")


def test_every_setting_is_in_the_documentation():
    documented = (ROOT / "README.md").read_text() + (ROOT / "docs/operating.md").read_text()
    rows = "".join(line for line in documented.splitlines() if line.startswith("| `"))
    assert {name for name in env.names - NOT_FOR_OPERATORS if f"`{name}`" not in rows} == set()


def test_documentation_names_no_setting_that_is_none():
    documented = (ROOT / "docs/operating.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in documented.splitlines() if line.startswith("| `")]
    assert rows
    assert set(re.findall(r"`([A-Z_]+)`", "".join(rows))) <= env.names
