"""The words of the scripts, at an address for each language, so that browsers keep them apart."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog


class Words(JavaScriptCatalog):
    """Django's, without the words of Django's own scripts."""

    def get(self, request: HttpRequest, *args: Any, language: str, **kwargs: Any) -> HttpResponse:
        if language not in settings.COMPLETE_LANGUAGES:
            raise Http404
        with translation.override(language):
            self.translation = DjangoTranslation(language, self.domain, settings.LOCALE_PATHS)
            return self.render_to_response(self.get_context_data())
