"""Who sells in law: what receipts, reports and invoices of an event say."""

from dataclasses import dataclass

from django.conf import settings

from events.models import Event


@dataclass(frozen=True)
class Issuer:
    """Any of it may be empty; the address and the footer have lines. `dataclasses.asdict` makes data of it,
    and `Issuer(**data)` the same again.
    """

    name: str = ""
    address: str = ""
    tax_number: str = ""
    footer: str = ""

    @property
    def is_named(self) -> bool:
        return bool(self.name or self.address or self.tax_number)


def issuer_of(event: Event) -> Issuer:
    """The event's, or the installation's (`ISSUER_NAME` ...). Name, address and tax number come from one of
    them, lest one firm stands there with the number of another.
    """
    footer = event.receipt_footer or settings.RECEIPT_FOOTER
    own = Issuer(event.issuer_name, event.issuer_address, event.issuer_tax_number, footer)
    if own.is_named:
        return own
    return Issuer(settings.ISSUER_NAME, settings.ISSUER_ADDRESS, settings.ISSUER_TAX_NUMBER, footer)
