from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.crypto import hash_token
from knox.models import AbstractAuthToken

from audit.models import SECRET, Audited, AuditedQuerySet, Change
from base import languages
from base.identifiers import masked_email
from base.tokens import beginning, new_token


def shown_name(name: str, email: str) -> str:
    """As colleagues and guests may read it: whoever has given no name is told by a masked address."""
    return name or masked_email(email)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> AuditedQuerySet["User"]:
        return AuditedQuerySet(self.model, using=self._db)

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account; without a password it cannot log in until one is set by link."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


class User(Audited, AbstractBaseUser):
    """An account, which logs in by e-mail.

    What it may do comes from its roles at events (`events.Member`); only a superuser has rights of
    its own. It is never deleted, because sales name it: it is deactivated.
    """

    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("This e-mail address has an account already.")}
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        default="",
        db_default="",
        choices=languages.offered,
        help_text=_("Of the screens, and of what is mailed. Empty: as the browser says."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Take this away instead of deleting the account.")
    )
    is_superuser = models.BooleanField(_("superuser"), default=False, help_text=_("May do everything."))
    pin = models.CharField(
        _("PIN"),
        max_length=128,
        blank=True,
        editable=False,
        help_text=_("Hashed; approves what a cashier may not do alone."),
    )
    is_device = models.BooleanField(
        _("device"),
        default=False,
        editable=False,
        help_text=_("A tablet or a till of its own: it never logs in by password, and has no PIN."),
    )
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    unaudited = ("last_login", "password")  # but see `save`
    audited_secrets = ("pin",)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(is_device=False) | models.Q(is_superuser=False, pin=""),
                name="user_device_approves_nothing",
            ),
        ]

    def __str__(self) -> str:
        return shown_name(self.name, self.email)

    @property
    def audited_account(self) -> int:
        return self.pk

    def clean(self) -> None:
        self.email = type(self).objects.normalize_email(self.email)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; with a new password, which is noted where it replaces another, ends in the same transaction
        what the old one has opened (`accounts.passwords.EndsLogIns`).
        """
        self.is_new = self._state.adding
        super().save(*args, **kwargs)

    def password_has_changed(self) -> None:
        """Note it, if it is not the first one, and end what the old one has opened."""
        if not self.is_new:
            Change.note(self, Change.Act.CHANGED, {"password": SECRET}, {"password": SECRET})
        self.end_log_ins()

    def end_log_ins(self) -> None:
        """End every session and every token, wherever they are in use."""
        self.sessions.all().delete()
        self.auth_token_set.all().delete()

    def get_short_name(self) -> str:
        return str(self)

    # Django's admin asks these; our own models' admins ask the member's role instead.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser


class ApiTokenManager(models.Manager["ApiToken"]):
    def get_queryset(self) -> AuditedQuerySet["ApiToken"]:
        return AuditedQuerySet(self.model, using=self._db)

    def create(  # type: ignore[override]  # as knox's
        self, *, user: User, ttl: timedelta | None = None, **fields: Any
    ) -> tuple["ApiToken", str]:
        """A new token of `user`, which works for `ttl` (None: as long as the settings say): the row, and what
        is shown this once.
        """
        now = timezone.now()
        expiry = now + (ttl or settings.REST_KNOX["TOKEN_TTL"])
        token = new_token(user.pk, issued=now, expiry=expiry)
        kept = {"digest": hash_token(token), "token_key": beginning(token), "expiry": expiry}
        return super().create(user=user, **kept, **fields), token


class ApiToken(Audited, AbstractAuthToken):
    """A log-in to the API: only its SHA-512 is stored, and deleting it ends it at once.

    One that `refreshes` opens nothing: others are made by it (`refresher`), which end with it.
    """

    REFRESHED = timedelta(minutes=90)

    refreshes = models.BooleanField(
        _("makes others"), default=False, db_default=False, help_text=_("And opens nothing by itself.")
    )
    refresher = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="refreshed",
        verbose_name=_("made by"),
    )
    agent = models.CharField(_("program"), max_length=200, blank=True, help_text=_("As it called itself."))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    unaudited = ("token_key", "agent", "address")

    objects = ApiTokenManager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.token_key}… ({self.user})"

    @property
    def audited_name(self) -> str:
        """Not how it begins."""
        return ""

    @property
    def log_in(self) -> "ApiToken":
        """What ends all tokens of the same log-in when it is deleted."""
        return self.refresher or self

    def refresh(self) -> str:
        """Another token by this one that `refreshes`, for `REFRESHED`; those that have ended go."""
        now = timezone.now()
        self.refreshed.filter(expiry__lte=now).delete()
        kept = {"agent": self.agent, "address": self.address, "refresher": self}
        _row, token = ApiToken.objects.create(user=self.user, ttl=self.REFRESHED, **kept)
        return token


class RecoveryCode(models.Model):
    """A code that stands once for the app's, as a keyed digest. `accounts.second_factor` writes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")

    def __str__(self) -> str:
        return f"{self.user}: {self.digest[:8]}"


class SpentAllowance(models.Model):
    """What of an allowance is spent (`accounts.limits`): all of it has come back at `until`, which is in
    milliseconds since 1970, so that both databases reckon alike.
    """

    key = models.CharField(max_length=64, primary_key=True)
    until = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("spent allowance")
        verbose_name_plural = _("spent allowances")

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.until}"


class Session(AbstractBaseSession):
    """A log-in to the pages, in one browser; deleting it ends it at once. `accounts.sessions` writes it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sessions",
        verbose_name=_("user"),
    )
    started_at = models.DateTimeField(_("since"), null=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    agent = models.CharField(_("browser"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True)

    class Meta(AbstractBaseSession.Meta):
        pass

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


class PinTries(models.Model):
    """How often somebody has typed PINs wrongly, or how often somebody's PIN was typed wrongly by anybody,
    and until when they rest. `accounts.pins` writes it.
    """

    class Side(models.TextChoices):
        ASKER = "asker", _("asker")
        APPROVER = "approver", _("approver")

    LIMITS = {Side.ASKER: 5, Side.APPROVER: 20}
    REST, LONGEST_REST = timedelta(minutes=15), timedelta(days=1)
    ONE_COMES_BACK = timedelta(hours=2)
    A_REST_IS_FORGOTTEN = timedelta(days=1)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pin_tries")
    side = models.CharField(max_length=8, choices=Side.choices)
    wrong = models.PositiveSmallIntegerField(default=0)
    rests = models.PositiveSmallIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    last_wrong_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("tries of PINs")
        verbose_name_plural = _("tries of PINs")
        constraints = [models.UniqueConstraint(fields=["user", "side"], name="pin_tries_once_per_side")]

    def __str__(self) -> str:
        return f"{self.user}, {self.side}: {self.wrong}"

    @property
    def left(self) -> int:
        return self.LIMITS[self.Side(self.side)] - self.wrong

    def rest_at(self, at: datetime) -> timedelta:
        """How long no PIN is judged yet."""
        return max(self.rests_until - at, timedelta()) if self.rests_until else timedelta()

    def count_wrong(self, at: datetime) -> None:
        """One more; too many bring a rest, each four times as long as the one before. Quiet hours let
        tries come back, quiet days let rests be forgotten.
        """
        quiet = max(at - self.last_wrong_at, timedelta()) if self.last_wrong_at else timedelta()
        self.wrong = max(0, self.wrong - quiet // self.ONE_COMES_BACK) + 1
        self.rests = max(0, self.rests - quiet // self.A_REST_IS_FORGOTTEN)
        self.last_wrong_at, self.rests_until = at, None
        if self.left <= 0:
            self.rests_until = at + min(self.REST * 4 ** min(self.rests, 9), self.LONGEST_REST)
            self.wrong, self.rests = 0, self.rests + 1
