"""The words of the scripts in each language: what a page loads before them, and where that is."""

import hashlib
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

FORMATS = ("DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR", "NUMBER_GROUPING")
# What Django gives to scripts, as far as ours ask for it: a till loads this before it shows anything.
SCRIPT = """"use strict";{
const words=%s,formats=%s,form=n=>Number(%s);
Object.assign(window,{
gettext:text=>words[text]??text,
ngettext:(one,many,n)=>words[one]?.[form(n)]??(n===1?one:many),
interpolate:(text,values)=>text.replace(/%%\\(\\w+\\)s/g,name=>values[name.slice(2,-2)]),
get_format:name=>formats[name],
});}
"""


@cache
def script(language: str) -> str:
    """Django's script for a language, without the words of Django's own scripts, and short."""
    catalogue = JavaScriptCatalog()
    with translation.override(language):
        catalogue.translation = DjangoTranslation(language, catalogue.domain, settings.LOCALE_PATHS)
        said = catalogue.get_context_data()
    formats = {name: str(said["formats"][name]) for name in FORMATS}
    return SCRIPT % (_short(said["catalog"]), _short(formats), said["plural"] or "n!==1")


def _short(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


@cache
def version(language: str) -> str:
    """A name for what the script says now."""
    return hashlib.sha256(script(language).encode()).hexdigest()[:12]


def address(language: str) -> str:
    """Where the script is: elsewhere once it says anything else, so that browsers may keep it for good."""
    return reverse("words", args=[language, version(language)])
