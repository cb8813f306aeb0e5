import logging
import os
from typing import TYPE_CHECKING, Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
logger = logging.getLogger(__name__)

NO_SUB_PATH = (
    "Onsite is served at the root of a host name of its own, not below a path: take SCRIPT_NAME away."
)


class Utf8Request(WSGIRequest):
    """Reads UTF-8, whatever charset the client claims: Django would look any codec of Python up,
    `hex` among them, and fail before anything could answer.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class AtTheRoot(WSGIHandler):
    """Answers nothing below a path, as a server or a proxy may name one by SCRIPT_NAME: half would work. (The
    door's service worker, `__Host-` cookies and the scripts' addresses belong to the root.)
    """

    request_class = Utf8Request

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> HttpResponseBase:
        if environ.get("SCRIPT_NAME"):
            logger.warning(NO_SUB_PATH)
            answer = HttpResponse(f"{NO_SUB_PATH}\n", content_type="text/plain; charset=utf-8")
            start_response("500 Internal Server Error", [*answer.items()])
            return answer
        return super().__call__(environ, start_response)


django.setup(set_prefix=False)
application = AtTheRoot()
