from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from audit.models import SECRET, Audited, AuditedQuerySet, Change
from base.identifiers import masked_email


class UserManager(BaseUserManager.from_queryset(AuditedQuerySet["User"])):
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
    REQUIRED_FIELDS: list[str] = []

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
        """As colleagues and guests may read it: whoever has given no name is told by a masked address."""
        return self.name or masked_email(self.email)

    @property
    def audited_account(self) -> int:
        return self.pk

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A password that somebody has chosen is noted; not one that is hashed anew, or made unusable."""
        is_another = self._password is not None and not self._state.adding
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            if is_another:
                Change.note(self, Change.Act.CHANGED, {"password": SECRET}, {"password": SECRET})

    def clean(self) -> None:
        self.email = type(self).objects.normalize_email(self.email)

    def get_short_name(self) -> str:
        return str(self)

    # Django's admin asks these; our own models' admins ask the member's role instead.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser


class ApiToken(Audited, AbstractAuthToken):
    """A log-in to the API: only its SHA-512 is stored, and deleting it ends it at once."""

    unaudited = ("token_key",)

    objects = AuthTokenManager.from_queryset(AuditedQuerySet["ApiToken"])()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.token_key}… ({self.user})"

    @property
    def audited_name(self) -> str:
        """Not how it begins."""
        return ""


class PinGuesses(models.Model):
    """How often somebody has typed an approver's PIN wrongly in a row, and until when the pair rests."""

    asker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    approver = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    wrong = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("guesses of a PIN")
        verbose_name_plural = _("guesses of PINs")
        constraints = [
            models.UniqueConstraint(fields=["asker", "approver"], name="pin_guesses_once_per_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.asker}, {self.approver}: {self.wrong}"
