import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.models import ROLES, Act, role_of
from onsite_project.money import PriceField, TaxRateField
from tickets.models import Ticket

# Sixteen letters that lie on the same keys on QWERTY, QWERTZ and AZERTY, so that a scanner set to
# another keyboard still types them right; upper case fits the QR code's alphanumeric mode.
CODE_LETTERS = "BCDFGHJKLNPRSTVX"
CODE_LENGTH = 20
_FROM_HEX = str.maketrans("0123456789abcdef", CODE_LETTERS)


def new_code() -> str:
    """A secret code: 80 random bits, 4 to a letter."""
    return secrets.token_hex(CODE_LENGTH // 2).translate(_FROM_HEX)


class AttendeeQuerySet(models.QuerySet["Attendee"]):
    def for_user(self, user: User) -> Self:
        """The attendees that `user` may see, each with `masked`: whether as a registrar, who sees
        neither code nor whole e-mail address.

        A draft (without an order) is its creator's alone.
        """
        own = Q(order__isnull=True, creator=user) | Q(order__buyer=user)
        sales = Q(role__in=ROLES[Act.READ_SALES])
        return (
            self.annotate(role=role_of(user, "ticket__event_id"))
            .annotate(masked=Case(When(own | sales, then=Value(False)), default=Value(True)))
            .filter(own | Q(order__isnull=False, role__in=ROLES[Act.READ_GUESTS]))
        )

    def by_reference(self, reference: int | str) -> Self:
        """By id; an attendee's code is a secret and no reference."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Attendee(models.Model):
    """One admission. A walk-in may stay without a name; its code admits whoever carries it."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="attendees", verbose_name=_("ticket")
    )
    order = models.ForeignKey(
        "orders.Order",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendees",
        verbose_name=_("order"),
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("creator"),
        help_text=_("Who entered an attendee that was not yet ordered."),
    )
    price_paid = PriceField(_("price paid"), default=0)
    tax_rate = TaxRateField(
        _("tax rate"), null=True, blank=True, help_text=_("The ticket's, when it was sold.")
    )
    price_reason = models.CharField(
        _("reason of the price"), max_length=200, blank=True, help_text=_("Why it is not the ticket's own.")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("price approved by"),
    )
    firstname = models.CharField(_("first name"), max_length=100, blank=True)
    lastname = models.CharField(_("last name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, default=new_code, editable=False)

    objects = AttendeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["pk"]
        # Each index costs every attendee that is sold.
        indexes = [
            models.Index(fields=["creator"], name="attendee_draft_of", condition=Q(order__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="attendee_code_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(creator__isnull=False),
                name="attendee_belongs_to_somebody",
            ),
            models.CheckConstraint(condition=Q(price_paid__gte=0), name="attendee_price_not_negative"),
        ]

    class JSONAPIMeta:
        resource_name = "attendee"

    def __str__(self) -> str:
        return self.full_name or str(_("Onsite attendee"))

    @property
    def full_name(self) -> str:
        """First and last name; empty for a walk-in who gave none."""
        return f"{self.firstname} {self.lastname}".strip()

    @property
    def code_groups(self) -> list[str]:
        """The code as people read it aloud and type it: four letters at a time."""
        return [self.code[start : start + 4] for start in range(0, len(self.code), 4)]

    @property
    def masked_email(self) -> str:
        """Enough of the address to recognise it by: `a…@example.com`."""
        name, at, domain = self.email.partition("@")
        return f"{name[:1]}…{at}{domain}" if at else ""
