"""The settings; whatever differs between machines comes from the environment or `.env`. Those of the database
stand in `database_settings`.
"""

import os
from datetime import timedelta

from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

import base.generic  # noqa: F401 - before any model or form is made
from base import given
from onsite_project.database_settings import *  # noqa: F403
from onsite_project.environment import BASE_DIR, env
from onsite_project.openapi import DESCRIPTION, TAGS

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
if not SECRET_KEY:
    env.refuse("SECRET_KEY is not set; `make install` writes a random one into .env")
ALLOWED_HOSTS = env.entries(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"], each=given.allowed_host, empty=False
)

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
    "outbox",
    "accounts",
    "events",
    "devices",
    "tickets",
    "limits",
    "prices",
    "shifts",
    "attendees",
    "door",
    "orders",
    "claims",
    "books",
    "guests",
    "exports",
    "till",
    "home",
]

MIDDLEWARE = [
    "onsite_project.middleware.KnowsWhoAsks",
    "onsite_project.monitoring.Watches",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "onsite_project.middleware.Headers",
    "onsite_project.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "onsite_project.middleware.SessionMiddleware",
    "onsite_project.middleware.LocaleMiddleware",
    "onsite_project.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "onsite_project.middleware.AuthenticationMiddleware",
    "onsite_project.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.LogIns",
    "onsite_project.middleware.BusyPages",
    "events.middleware.RenamedEvents",
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
            "libraries": {"charts": "base.templatetags.charts"},
            "builtins": [
                "base.templatetags.languages",
                "base.templatetags.money",
                "base.templatetags.times",
            ],
        },
    },
]

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
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
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

# --- Where it is served -------------------------------------------------------------------------

# How many workers gunicorn.conf.py starts: more than cores, because some wait for others' locks, half of them
# at most.
CORES = os.cpu_count() or 1
WORKERS = env.whole("WEB_CONCURRENCY", default=2 * CORES + 1, most=1000)
# Where it listens; `make run` too.
PORT = env.read("PORT", 8000, given.port)
BIND = env.entries("BIND", default=[f"127.0.0.1:{PORT}"], each=given.listened, empty=False)
# By which to find the master; the new one writes its own to the same name with `.2` until the old one ends.
PIDFILE = env.read("PIDFILE", "", given.file_path)
# gunicorn's own variable, and its default: the proxies whose X-Forwarded-* headers are believed.
FORWARDED_ALLOW_IPS = env.entries("FORWARDED_ALLOW_IPS", default=["127.0.0.1", "::1"], each=given.proxy)
# The door's service worker, the cookies and the scripts' addresses belong to the root of a host name.
for _name in ("SCRIPT_NAME", "FORCE_SCRIPT_NAME"):
    env.read(_name, "", given.nothing)

# --- The API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "base.api.rendering.OneFormat",
    "DEFAULT_PARSER_CLASSES": ["base.api.parsing.JSONAPIParser"],
    "DEFAULT_RENDERER_CLASSES": ["base.api.rendering.JSONAPIRenderer"],
    "DEFAULT_PAGINATION_CLASS": "base.api.pagination.Pagination",
    "DEFAULT_FILTER_BACKENDS": [
        "base.api.filters.OrderingFilter",
        "base.api.filters.FilterBackend",
    ],
    "DEFAULT_SCHEMA_CLASS": "base.api.schema.Schema",
    "EXCEPTION_HANDLER": "base.api.refusals.exception_handler",
    "PAGE_SIZE": 20,
    "URL_FORMAT_OVERRIDE": None,
}
JSON_API_FORMAT_FIELD_NAMES = "dasherize"
# So many rows one answer is made of, with all that belongs to them; a page ends early.
MOST_ROWS = env.whole("MOST_ROWS", default=2000)

CORS_ALLOWED_ORIGINS = env.entries("CORS_ALLOWED_ORIGINS", each=given.origin)
CORS_URLS_REGEX = r"^/(v1|auth)/"
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "X-Request-ID"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "x-request-id",
]

SPECTACULAR_SETTINGS = {
    "TITLE": "Onsite",
    "DESCRIPTION": DESCRIPTION,
    "TAGS": TAGS,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Closed, else a tablet draws 119 operations and their models before it answers a tap.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "defaultModelsExpandDepth": -1},
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["drf_spectacular_jsonapi.hooks.fix_nested_path_parameters"],
    "POSTPROCESSING_HOOKS": ["base.api.schema.finish"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# --- What nobody honest needs more of -----------------------------------------------------------

EVENTS_A_DAY = env.whole("EVENTS_A_DAY", default=50, least=0)  # made by one account
INVITATIONS_A_DAY = env.whole("INVITATIONS_A_DAY", default=200, least=0)  # made by one account
DRAFTS = env.whole("DRAFTS", default=1000, least=0)  # attendees that one account has entered and not ordered
GIVEN_UP_KEYS = env.whole("GIVEN_UP_KEYS", default=10_000, least=0)  # sales that one account has given up
ROWS_PER_EVENT = env.whole("ROWS_PER_EVENT", default=1000)  # tickets, tills, stations, devices, of each
DESCRIPTION_LENGTH = env.whole("DESCRIPTION_LENGTH", default=20_000)  # letters

# So many rows a table is streamed of while somebody waits; more are written into a file by the worker. Well
# within WORKER_TIMEOUT, on a slow machine too (docs/exports.md).
STREAMED_ROWS = env.whole("STREAMED_ROWS", default=50_000, least=0)
EXPORTS = env.whole("EXPORTS", default=20, least=0)  # files of one event, kept or waited for

# --- What leaves -----------------------------------------------------------------------------------

# Webhooks go to the world by https alone. True: to this machine and its network as well, and by http; then
# whoever organizes an event reaches what only this machine ought to.
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.flag("WEBHOOKS_TO_PRIVATE_ADDRESSES", default=False)
OUTBOX_DAYS = env.whole("OUTBOX_DAYS", default=30, most=36_500)  # so long the log of deliveries goes back
OUTBOX_THREADS = env.whole("OUTBOX_THREADS", default=8, most=1000)  # so many webhooks are told at once
MAILS_AN_HOUR_PER_TILL = env.whole("MAILS_AN_HOUR_PER_TILL", default=60)  # to guests who ask for tickets
MAILS_AN_HOUR_PER_ACCOUNT = env.whole("MAILS_AN_HOUR_PER_ACCOUNT", default=300)  # over all its events
MAILS_A_DAY_PER_EVENT = env.whole("MAILS_A_DAY_PER_EVENT", default=2000)  # that its staff has sent
# When the worker does what it does each night, within the hour, by the clock of TIME_ZONE; empty: never.
NIGHTLY_AT = env.read("NIGHTLY_AT", "05:00", given.clock, empty=True)

# --- The rest ---------------------------------------------------------------------------------

# Each by its own name, as whoever looks for it reads it.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
# Those that everything is translated into, which a test holds: no other is offered to anybody.
COMPLETE_LANGUAGES = ["en", "de", "fr", "es", "ar"]
# What is spoken where neither an account, nor a browser, nor an event says otherwise.
LANGUAGE_CODE = env.read("LANGUAGE_CODE", "en", given.one_of(*COMPLETE_LANGUAGES))
LOCALE_PATHS = [str(BASE_DIR / "locale")]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "base.formats"
# Of what belongs to no event: accounts, log-ins. Everything else goes by the event's clock.
TIME_ZONE = env.read("TIME_ZONE", "UTC", given.time_zone)

# Who sells in law, of events that name nobody themselves; \n in an address begins a line.
ISSUER_NAME = env.text("ISSUER_NAME")
ISSUER_ADDRESS = env.text("ISSUER_ADDRESS", lines=True)
ISSUER_TAX_NUMBER = env.text("ISSUER_TAX_NUMBER")
RECEIPT_FOOTER = env.text("RECEIPT_FOOTER", lines=True)
# Fonts of PDFs beside the one that comes with Onsite, the first that has a letter first: files, patterns,
# and `FILE#2` for the third of a collection.
PDF_FONTS = env.entries(
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
HASHED_STATIC_FILES = env.flag("HASHED_STATIC_FILES", default=not DEBUG)
STATIC_ROOT = env.read("STATIC_ROOT", str(BASE_DIR / "staticfiles"), given.folder_path)
if not HASHED_STATIC_FILES:
    STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "onsite_project.static_files.HashedFiles"
        if HASHED_STATIC_FILES
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's pages need them
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
WHITENOISE_USE_FINDERS = not HASHED_STATIC_FILES
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600  # of names that do not change

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from this machine
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
# A browser takes a cookie of this prefix from this very host only, over HTTPS: no neighbour can set it.
_host = "__Host-" if SECURE_SSL_REDIRECT else ""
SESSION_COOKIE_NAME = f"{_host}sessionid"
CSRF_COOKIE_NAME = f"{_host}csrftoken"
KNOWN_BROWSER_COOKIE_NAME = f"{_host}known"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # in no cookie
CSRF_TRUSTED_ORIGINS = env.entries("CSRF_TRUSTED_ORIGINS", each=given.origin)
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

# --- What is told of it ---------------------------------------------------------------------------

# One JSON object a line, or plain text for people.
LOG_FORMAT = env.read("LOG_FORMAT", "plain" if DEBUG else "json", given.one_of("plain", "json"))
# Whoever sends it as a bearer token reads `/metrics`; without one there is no such page.
# It is guessed at without a limit.
METRICS_TOKEN = env.secret("METRICS_TOKEN", shortest=16)
# Where gunicorn's workers keep what they count, unless it is a folder in memory.
METRICS_FOLDER = env.read("METRICS_FOLDER", "", given.folder_path)
# Who is written to when something breaks, and through which server: `smtp+tls://user:password@host:587`.
ADMINS = [("", address) for address in env.entries("ADMINS", each=given.address)]
SERVER_EMAIL = env.read("SERVER_EMAIL", "onsite@localhost", given.address)
EMAIL_TIMEOUT = 5  # seconds; a worker waits for it
# Named, it is for everybody's mail (`outbox.mailing`); else only ADMINS are written to.
_email = env.url("EMAIL_URL", None, given.mail)
SENDS_MAIL = _email is not None
vars().update(_email or given.mail("smtp://localhost:25"))
MAIL_FROM = env.read("MAIL_FROM", SERVER_EMAIL, given.address)
ERROR_MAIL_EVERY = 60  # seconds; each worker writes one at most
# Where faults are told beside the log, with `pip install -r requirements-sentry.txt`.
SENTRY_DSN = env.url("SENTRY_DSN", "", given.sentry)

DEFAULT_EXCEPTION_REPORTER = "base.reports.Report"
DEFAULT_EXCEPTION_REPORTER_FILTER = "base.reports.ReportFilter"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "base.logs.JsonLines"},
    },
    "filters": {
        "secrets": {"()": "base.reports.WithoutSecrets"},
        "refusals": {"()": "base.reports.WithoutRefusals"},
        "seldom": {"()": "base.reports.Seldom"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["secrets"]},
        "mail": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "filters": ["secrets", "seldom"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["mail"], "level": "INFO"},
        "django.request": {"filters": ["refusals", "secrets"]},
        "django.security.csrf": {"filters": ["secrets"]},
        "django.server": {"filters": ["secrets"], "handlers": ["stderr"]},
        "fontTools": {"level": "WARNING"},  # tells every step of each PDF's font
    },
}

env.refuse_nonsense()
