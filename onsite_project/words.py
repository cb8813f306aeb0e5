"""The words of the scripts, at an address for each language, so that browsers keep them apart."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
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


class Words(JavaScriptCatalog):
    """Django's, without the words of Django's own scripts, and short."""

    def get(self, request: HttpRequest, *args: Any, language: str, **kwargs: Any) -> HttpResponse:
        if language not in settings.COMPLETE_LANGUAGES:
            raise Http404
        with translation.override(language):
            self.translation = DjangoTranslation(language, self.domain, settings.LOCALE_PATHS)
            return self.render_to_response(self.get_context_data())

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        formats = {name: str(context["formats"][name]) for name in FORMATS}
        parts = (_short(context["catalog"]), _short(formats), context["plural"] or "n!==1")
        return HttpResponse(SCRIPT % parts, "text/javascript; charset=utf-8")


def _short(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
