from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from attendees.models import Attendee
from base import qr

register = template.Library()


@register.filter(name="qr")
def qr_of(attendee: Attendee) -> SafeString:
    """`{{ attendee|qr }}`: the QR code of the attendee's code as inline SVG."""
    return qr.svg(attendee.code, _("QR code: %s") % attendee.sold_as)


@register.filter
def qr_of_link(address: str) -> SafeString:
    """`{{ receipt.link|qr_of_link }}`: the QR code of the page where a guest sees the tickets."""
    return qr.svg(address, _("QR code: your tickets on your phone"))
