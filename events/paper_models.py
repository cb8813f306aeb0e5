"""What an event has printed on paper."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from base import languages
from base.validators import validate_lines


class WritesPaper(models.Model):
    """Mixin of the event: who sells in law (`events.issuer`), and what else stands on receipts."""

    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        default="",
        db_default="",
        choices=languages.offered,
        help_text=_(
            "Of what guests get: receipts, tickets and mail; screens speak the language of who uses them. "
            "Empty: that of this site."
        ),
    )
    issuer_name = models.CharField(
        _("issuer"),
        max_length=200,
        blank=True,
        help_text=_(
            "Who sells, on receipts and reports. Name, address and tax number empty: the installation's."
        ),
    )
    issuer_address = models.TextField(
        _("issuer's address"), max_length=500, blank=True, validators=[validate_lines]
    )
    issuer_tax_number = models.CharField(_("issuer's tax number"), max_length=100, blank=True)
    receipt_footer = models.TextField(
        _("footer of receipts"),
        max_length=500,
        blank=True,
        validators=[validate_lines],
        help_text=_("Empty: the installation's."),
    )
    claims = models.BooleanField(
        _("claim links"),
        default=True,
        db_default=True,
        help_text=_(
            "A QR code on receipts, with which guests see their tickets on their telephones and put in names."
        ),
    )

    class Meta:
        abstract = True

    @property
    def paper_language(self) -> str:
        """In which guests are written to."""
        return self.language or languages.of_this_site()
