"""The words of the scripts, at an address for each language, so that browsers keep them apart."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View

from base import words

FOR_EVER = "public, max-age=31536000, immutable"


class Words(View):
    """Nothing in them is anybody's own. They are kept by the address that names them; who asks by another
    gets today's, and keeps nothing.
    """

    def get(self, request: HttpRequest, *, language: str, version: str = "") -> HttpResponse:
        if language not in settings.COMPLETE_LANGUAGES:
            raise Http404
        response = HttpResponse(words.script(language), "text/javascript; charset=utf-8")
        if version == words.version(language):
            response.headers["Cache-Control"] = FOR_EVER
        return response
