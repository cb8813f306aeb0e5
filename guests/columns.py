"""What the columns of a list are called, in the languages and ways in which people call them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from base.errors import Invalid, Problem

# By what is read of each. Folded: small letters without accents, blanks and signs.
NAMES: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "fullname", "guest", "guestname", "attendee", "attendeename", "gast", "ganzername"),
        *("nomcomplet", "invite", "nombrecompleto", "nomecompleto", "invitado", "convidado"),
    ),
    "firstname": (
        *("firstname", "first", "givenname", "forename", "vorname", "prenom", "nombre", "primeironome"),
        *("nomeproprio", "voornaam", "fornavn", "imie", "attendeefirstname"),
    ),
    "lastname": (
        *("lastname", "last", "surname", "familyname", "nachname", "familienname", "nom", "nomdefamille"),
        *("apellido", "apellidos", "apelido", "sobrenome", "cognome", "achternaam", "etternavn", "nazwisko"),
        "attendeelastname",
    ),
    "email": (
        *("email", "emailaddress", "mail", "emailadresse", "mailadresse", "courriel", "correo"),
        *("adressemail", "correoelectronico", "attendeeemail"),
    ),
    "ticket": (
        *("ticket", "tickettype", "ticketname", "category", "kategorie", "karte", "kartenart", "billet"),
        *("tarif", "entrada", "bilhete", "ingresso", "biglietto", "categorie", "type", "typ"),
    ),
    "key": (
        *("key", "id", "nr", "no", "number", "nummer", "numero", "code", "ref", "kundennummer", "uid"),
        *("orderid", "ordernumber", "bestellnummer", "barcode", "attendeeid"),
    ),
    "way": (
        *("payment", "status", "paid", "paymentstatus", "bezahlt", "zahlung", "paiement", "paye", "pago"),
        *("pagado", "way"),
    ),
    "reference": ("reference", "paymentreference", "referenz", "zahlungsreferenz", "referencia"),
}
OF_NAME = {name: field for field, names in NAMES.items() for name in names}
WHO = ("name", "firstname", "lastname", "email", "key")


@dataclass(frozen=True)
class Columns:
    """Where each field stands, and what its column is called there; the names of those that are `ignored`."""

    places: Mapping[str, int]
    titles: Mapping[str, str]
    ignored: Sequence[str]

    def read(self, cells: Sequence[str], field: str) -> str:
        """What a row says of the field; empty if nothing."""
        place = self.places.get(field)
        return cells[place] if place is not None and place < len(cells) else ""


def folded(text: str) -> str:
    """A name as it is compared: small letters and digits, without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalnum()) or text.strip()


def columns_of(titles: Sequence[str]) -> Columns:
    """What the columns of a list hold, by their names in its first row. Raises `Invalid` `two-columns` for
    two of the same, and `no-columns` where none says who the guests are.
    """
    places: dict[str, int] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    for place, title in enumerate(titles):
        field = OF_NAME.get(folded(title))
        if field is None:
            ignored += [title] if title else []
        elif field in places:
            detail = _("“%(one)s” and “%(other)s” are two columns for the same.")
            shown = {"one": titles[places[field]], "other": title}
            problems.append(Problem("two-columns", detail % shown, ("file",)))
        else:
            places[field] = place
    if not any(field in places for field in WHO):
        detail = _("No column says who it is: the first row names them, “Name” or “First name”, say.")
        problems.append(Problem("no-columns", detail, ("file",)))
    if problems:
        raise Invalid(*problems)
    return Columns(places, {field: titles[place] for field, place in places.items()}, ignored)
