"""The one settings file; whatever differs between machines comes from the environment or `.env`."""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

import base.generic  # noqa: F401 - before any model or form is made

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; `make install` writes a random one into .env")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "onsite_project.apps.OnsiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_json_api",
    "django_filters",
    "knox",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_spectacular_jsonapi",
    "audit",
    "accounts",
    "events",
    "devices",
    "tickets",
    "shifts",
    "attendees",
    "door",
    "orders",
    "books",
    "till",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "onsite_project.middleware.Headers",
    "onsite_project.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "onsite_project.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "onsite_project.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "onsite_project.middleware.AuthenticationMiddleware",
    "onsite_project.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.LogIns",
    "onsite_project.middleware.KnowsWhoAsks",
    "onsite_project.middleware.BusyPages",
    "devices.middleware.DevicesSeen",
]

ROOT_URLCONF = "onsite_project.urls"
WSGI_APPLICATION = "onsite_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["base.templatetags.money", "base.templatetags.times"],
        },
    },
]

# --- Database ---------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url_config(env("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
}
_database = DATABASES["default"]
_options = _database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    if sqlite3.sqlite_version_info < (3, 35):
        raise ImproperlyConfigured("Onsite needs SQLite 3.35 or newer (RETURNING), or a PostgreSQL.")
    # IMMEDIATE serializes the writers (SQLite has no row locks); FULL keeps what was acknowledged
    # through a power cut.
    _options |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # Threads in tests need one file, not a memory database for each connection.
    _database["TEST"] = {"NAME": str(BASE_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    # A queue at a ticket's row ends in "busy, try again", never in a hang.
    _options.setdefault("options", "-c lock_timeout=5000 -c statement_timeout=30000")
# PostgreSQL plans the hot statements once in each connection. Not behind a pooler that hands every
# transaction another one: PgBouncer's `pool_mode = transaction`.
PREPARE_STATEMENTS = env.bool("PREPARE_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Who is there -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.authentication.PasswordBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of before; a log-in replaces it
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.NotGuessable"},
    {"NAME": "accounts.passwords.EndsLogIns"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"  # also where `next` leads off this site
OTP_TOTP_ISSUER = "Onsite"
OTP_TOTP_THROTTLE_FACTOR = 0  # accounts.limits counts
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # a shift's length, from the last time that somebody did something
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model, no secret
# Our token is swapped in; knox's own table is never made.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30)}

# How many workers gunicorn.conf.py starts.
WORKERS = env.int("WEB_CONCURRENCY", default=os.cpu_count() or 1)
# gunicorn's own variable, and its default: the proxies whose X-Forwarded-* headers are believed.
FORWARDED_ALLOW_IPS = env.list("FORWARDED_ALLOW_IPS", default=["127.0.0.1", "::1"])

# --- The API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "base.api.rendering.OneFormat",
    "DEFAULT_PARSER_CLASSES": ["base.api.parsing.JSONAPIParser"],
    "DEFAULT_RENDERER_CLASSES": ["base.api.rendering.JSONAPIRenderer"],
    "DEFAULT_PAGINATION_CLASS": "base.api.pagination.Pagination",
    "DEFAULT_FILTER_BACKENDS": [
        "rest_framework_json_api.filters.OrderingFilter",
        "rest_framework_json_api.django_filters.DjangoFilterBackend",
    ],
    "DEFAULT_SCHEMA_CLASS": "base.api.schema.Schema",
    "EXCEPTION_HANDLER": "base.api.refusals.exception_handler",
    "PAGE_SIZE": 20,
    "URL_FORMAT_OVERRIDE": None,
}
JSON_API_FORMAT_FIELD_NAMES = "dasherize"
# So many rows one answer is made of, with all that belongs to them; a page ends early.
MOST_ROWS = env.int("MOST_ROWS", default=2000)

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(v1|auth)/"
CORS_EXPOSE_HEADERS = ["Location", "Retry-After"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key"]

SPECTACULAR_SETTINGS = {
    "TITLE": "Onsite",
    "DESCRIPTION": "The box office at the door of an event: sell a ticket, take the money, let them in.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["drf_spectacular_jsonapi.hooks.fix_nested_path_parameters"],
    "POSTPROCESSING_HOOKS": ["base.api.schema.finish"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# --- What nobody honest needs more of -----------------------------------------------------------

EVENTS_A_DAY = env.int("EVENTS_A_DAY", default=50)  # made by one account
INVITATIONS_A_DAY = env.int("INVITATIONS_A_DAY", default=200)  # made by one account
DRAFTS = env.int("DRAFTS", default=1000)  # attendees that one account has entered and not yet ordered
GIVEN_UP_KEYS = env.int("GIVEN_UP_KEYS", default=10_000)  # sales that one account has given up
ROWS_PER_EVENT = env.int("ROWS_PER_EVENT", default=1000)  # tickets, tills, stations, devices, of each
DESCRIPTION_LENGTH = env.int("DESCRIPTION_LENGTH", default=20_000)  # letters

# --- The rest ---------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_TZ = True
FORMAT_MODULE_PATH = "base.formats"
# Of what belongs to no event: accounts, log-ins. Everything else goes by the event's clock.
TIME_ZONE = env("TIME_ZONE", default="UTC")

# Who sells in law, of events that name nobody themselves; \n in an address begins a line.
ISSUER_NAME = env.str("ISSUER_NAME", default="")
ISSUER_ADDRESS = env.str("ISSUER_ADDRESS", default="", multiline=True)
ISSUER_TAX_NUMBER = env.str("ISSUER_TAX_NUMBER", default="")
RECEIPT_FOOTER = env.str("RECEIPT_FOOTER", default="", multiline=True)
# Fonts of PDFs beside the one that comes with Onsite, the first that has a letter first: files, patterns,
# and `FILE#2` for the third of a collection.
PDF_FONTS = env.list(
    "PDF_FONTS",
    default=[
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/noto/NotoSans*-Regular.ttf",
        "/usr/share/fonts/truetype/tlwg/Garuda.ttf",
        "/usr/share/fonts/truetype/lohit-*/Lohit-*.ttf",
        "/usr/share/fonts/truetype/wqy/wqy-*hei.ttc",
        "/usr/share/fonts/opentype/ipa*-gothic/ipa*.ttf",
        "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    ],
)

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Either as they lie in the checkout and the packages, or under names of what is in them: gunicorn collects
# them when it starts, so there is no collectstatic to forget.
HASHED_STATIC_FILES = env.bool("HASHED_STATIC_FILES", default=not DEBUG)
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")) if HASHED_STATIC_FILES else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "onsite_project.static_files.HashedFiles"
        if HASHED_STATIC_FILES
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC_FILES
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600  # of names that do not change

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
# A browser takes a cookie of this prefix from this very host only, over HTTPS: no neighbour can set it.
_host = "__Host-" if SECURE_SSL_REDIRECT else ""
SESSION_COOKIE_NAME = f"{_host}sessionid"
CSRF_COOKIE_NAME = f"{_host}csrftoken"
KNOWN_BROWSER_COOKIE_NAME = f"{_host}known"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
X_FRAME_OPTIONS = "SAMEORIGIN"
# Everything comes from here, in files: no page has a script, a style or a handler in itself.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # in the style sheet of the schema's page
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}
PERMISSIONS_POLICY = {
    **dict.fromkeys(["camera", "screen-wake-lock"], "(self)"),  # the door's
    **dict.fromkeys(
        ["accelerometer", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone"], "()"
    ),
    **dict.fromkeys(["midi", "payment", "publickey-credentials-get", "serial", "usb"], "()"),
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether subdomains are HTTPS too is the operator's to know
    "security.W021",  # and so is the browsers' preload list
    "security.W019",  # receipts are printed from a frame of the same origin
]

DEFAULT_EXCEPTION_REPORTER = "base.reports.Report"
DEFAULT_EXCEPTION_REPORTER_FILTER = "base.reports.ReportFilter"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"secrets": {"()": "base.reports.WithoutSecrets"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["secrets"]},
        "django.security.csrf": {"filters": ["secrets"]},
        "django.server": {"filters": ["secrets"], "handlers": ["stderr"]},
        "fontTools": {"level": "WARNING"},  # tells every step of each PDF's font
    },
}
