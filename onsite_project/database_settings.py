"""The settings of the database, and how long anybody waits: `settings` takes them all over."""

import sqlite3

from base import given
from base.timeouts import milliseconds, start_options
from onsite_project.environment import BASE_DIR, env

# --- How long anybody waits ---------------------------------------------------------------------

# Seconds, each inside the next, so that whoever is further in gives up first and can say why
# (`base.timeouts`; a check refuses what does not nest).
# For somebody else's lock: whoever is told to try again can, who looks at a screen that hangs cannot.
LOCK_TIMEOUT = env.seconds("LOCK_TIMEOUT", default=2)
# A look-up takes milliseconds; what takes longer than this holds a worker for nothing.
STATEMENT_TIMEOUT = env.seconds("STATEMENT_TIMEOUT", default=5)
# The server has given up by then: if it has not said so, the network is silent.
SILENCE_TIMEOUT = env.seconds("SILENCE_TIMEOUT", default=STATEMENT_TIMEOUT + 1)
# A machine that lost its network holds its locks until then; TCP by itself would take two hours.
TRANSACTION_TIMEOUT = env.seconds("TRANSACTION_TIMEOUT", default=10)
# gunicorn kills a worker that is busy for longer, and its request is lost: a large PDF may take a while.
WORKER_TIMEOUT = env.read("WORKER_TIMEOUT", 30, given.whole_seconds)
# What the proxy before it is set to (nginx: `proxy_read_timeout`), and what clients of the API should be.
PROXY_TIMEOUT = env.read("PROXY_TIMEOUT", 40, given.whole_seconds)
CLIENT_TIMEOUT = env.read("CLIENT_TIMEOUT", 60, given.whole_seconds)
# To reach the database at all. With a silent answer before it, that is 503 within 10 seconds.
CONNECT_TIMEOUT = env.read("CONNECT_TIMEOUT", 3, given.whole_seconds)
# The till's and the door's scripts wait as long at least before they ask again, with the same key.
SCREEN_PATIENCE = 5
# For SQLite's one writer: in time to tell it to a till.
SQLITE_BUSY_TIMEOUT = env.seconds("SQLITE_BUSY_TIMEOUT", default=4)
# `manage.py`, most of all `migrate`: as long as it takes, but whoever waits for its locks waits for those it
# waits for, too, so it does not wait long for one.
MAINTENANCE = env.flag("ONSITE_MAINTENANCE", default=False)
MIGRATE_LOCK_TIMEOUT = env.seconds("MIGRATE_LOCK_TIMEOUT", default=4, least=0)

# --- Database ---------------------------------------------------------------------------------

DATABASES = {
    "default": env.url("DATABASE_URL", given.database(f"sqlite:///{BASE_DIR / 'db.sqlite3'}"), given.database)
}
# What PostgreSQL is to hold to in our sessions, by its names, in seconds.
POSTGRES_LIMITS: dict[str, float] = (
    {"lock_timeout": MIGRATE_LOCK_TIMEOUT}
    if MAINTENANCE
    else {
        "lock_timeout": LOCK_TIMEOUT,
        "statement_timeout": STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": TRANSACTION_TIMEOUT,
        "transaction_timeout": TRANSACTION_TIMEOUT,  # of PostgreSQL 17
    }
)
DATABASE_PATIENCE = 0 if MAINTENANCE else SILENCE_TIMEOUT
# Behind a pooler, which takes no start options: its role has them (`ALTER ROLE ... SET`), and a check says
# which it has not.
LIMITS_BY_ROLE = env.flag("LIMITS_BY_ROLE", default=False)
_database = DATABASES["default"]
_options = _database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "base.sqlite3"
    if sqlite3.sqlite_version_info < (3, 35):
        env.refuse("Onsite needs SQLite 3.35 or newer (RETURNING), or a PostgreSQL.")
    # IMMEDIATE serializes the writers (SQLite has no row locks); FULL keeps what was acknowledged
    # through a power cut.
    _options |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": SQLITE_BUSY_TIMEOUT,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # Threads in tests need one file, not a memory database for each connection.
    _database["TEST"] = {"NAME": str(BASE_DIR / "test.sqlite3")}
else:
    _database["ENGINE"] = "base.postgresql"
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    # libpq's own words, for a network that breaks: https://www.postgresql.org/docs/current/libpq-connect.html
    _options = _database["OPTIONS"] = {
        "connect_timeout": CONNECT_TIMEOUT,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": milliseconds(SILENCE_TIMEOUT),
        **({} if LIMITS_BY_ROLE else {"options": start_options(POSTGRES_LIMITS)}),
        **_options,
    }
# PostgreSQL plans the hot statements once in each connection. Not behind a pooler that hands every
# transaction another one: PgBouncer's `pool_mode = transaction`.
PREPARE_STATEMENTS = env.flag("PREPARE_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
